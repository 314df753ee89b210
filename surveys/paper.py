"""A questionnaire on paper: the same questions, a box for the card, and a receipt to tear off."""

import json
from pathlib import Path
from typing import Any

import segno
import typst
from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from surveys import codes, interface
from surveys.document import Document, Item
from surveys.models import LinkageMode, Wave
from surveys.paper_codes import REASONS, codes_of
from surveys.presentation import present
from surveys.receipts import new_receipt
from surveys.services import document_of

TYPST = Path(__file__).resolve().parent / "typst"
#: typst knows no Dari; it is Persian as written in Afghanistan.
PRINTED_AS = {"fa-af": ("fa", "AF")}
#: What stands in the boxes of the consent, in its order.
SCOPES = "ABCD"
HASH_SHOWN = 12


def print_papers(wave: Wave, language: str, copies: int) -> bytes:
    """Return a tagged PDF with copies of the questionnaire, each with a receipt of its own."""
    form = _form(wave, language)
    form["copies"] = [{"receipt": codes.spaced(new_receipt())} for _copy in range(copies)]
    pdf: bytes = typst.compile(
        TYPST / "questionnaire.typ",
        root=TYPST,
        font_paths=[settings.PDF_FONTS],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"form": json.dumps(form)},
        timestamp=0,
        pdf_standards=["ua-1"],
    )
    return pdf


def form_version(wave: Wave, language: str) -> str:
    """Return what stands on each page and in its QR code: which form this is, to the letter."""
    version = wave.plan.version
    document = document_of(version)
    return " ".join([document.code, document.version, language, version.content_hash[:HASH_SHOWN]])


def _form(wave: Wave, language: str) -> dict[str, Any]:
    document = document_of(wave.plan.version)
    questionnaire = present(document, language)
    consent = questionnaire["consent"][wave.plan.linkage_mode]
    spoken = interface.spoken(language)
    printed, region = PRINTED_AS.get(spoken, (spoken, None))
    version = form_version(wave, language)
    has_card = wave.plan.linkage_mode != LinkageMode.ANONYMOUS
    with translation.override(spoken):
        sticker = _("Put the sticker of your card here, or write down its code.")
        slip = _(
            "Tear this off and keep it. With this receipt you can ask whether your answers have "
            "arrived, and delete them:"
        )
    return {
        "language": printed,
        "region": region,
        "rtl": questionnaire["dir"] == "rtl",
        "title": questionnaire["title"],
        "description": questionnaire["description"],
        "version": version,
        "qr": segno.make_qr(version, error="m").svg_inline(border=1, omitsize=True),
        "sticker": sticker if has_card else "",
        "words": {"consent": questionnaire["words"]["consent"], "slip": slip},
        "introduction": consent["introduction"],
        "scopes": [
            {"code": letter, "text": scope["text"], "symbol": ""}
            for letter, scope in zip(SCOPES, consent["scopes"], strict=False)
        ],
        "sections": _sections(document, questionnaire),
        "address": settings.SITE_URL + reverse("surveys:receipt"),
    }


def in_order(document: Document) -> list[Item]:
    """Return the items as they stand on the paper."""
    return [item for section in document.sections for item in section.items]


def _sections(document: Document, questionnaire: dict[str, Any]) -> list[dict[str, Any]]:
    numbers = {item.key: number for number, item in enumerate(in_order(document), start=1)}
    support = questionnaire["support"]
    return [
        {
            "title": section["title"],
            "introduction": section["introduction"],
            "items": [
                {"number": numbers[shown["key"]]}
                | _item(document.item(shown["key"]), shown, questionnaire)
                for shown in section["items"]
            ],
            "support": support if support and support["after"] == section["key"] else None,
        }
        for section in questionnaire["sections"]
    ]


def _item(item: Item, shown: dict[str, Any], questionnaire: dict[str, Any]) -> dict[str, Any]:
    choices = questionnaire["choices"].get(shown["choices"], [])
    by_value = {choice["value"]: choice for choice in choices}
    return {
        "key": item.key,
        "kind": item.kind.value,
        "text": shown["text"],
        "hint": shown["hint"] or _hint(shown, questionnaire["words"]),
        "options": [
            {"code": code, "text": by_value[value]["text"], "symbol": by_value[value]["symbol"]}
            for code, value in codes_of(item).items()
            if value in by_value
        ],
        "reasons": [
            {"code": REASONS[reason], "text": questionnaire["notAnswered"][reason], "symbol": ""}
            for reason in item.not_answered
        ],
    }


def _hint(shown: dict[str, Any], words: dict[str, str]) -> str:
    if shown["kind"] == "multiple":
        return words["several"]
    return words["number"].format(**shown["numbers"]) if shown["numbers"] else ""
