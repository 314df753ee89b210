"""A questionnaire in one language, as plain data: what a page shows and a phone downloads.

It is the same for everybody, so it is made once per version and language.
"""

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils import translation
from django.utils.functional import Promise

from surveys import interface
from surveys.document import CONSENT_PATH, Document, Item, Kind, Section, Text, missing_strings
from surveys.forms import REASON_SUFFIX, FilledIn
from surveys.models import LinkageMode
from surveys.pictures import PICTURES
from surveys.recordings import addresses
from surveys.services import codec_by_hash


@dataclass(frozen=True, slots=True)
class Body:
    """Bytes that are the same for everybody, also compressed once."""

    plain: bytes
    compressed: bytes

    @classmethod
    def of(cls, text: str) -> "Body":
        plain = text.encode()
        return cls(plain, gzip.compress(plain, mtime=0))


@lru_cache(maxsize=256)
def offered_languages(content_hash: str) -> list[dict[str, str]]:
    """Return the languages of the site in which nothing of this version is missing."""
    return complete_languages(codec_by_hash(content_hash).document)


def complete_languages(document: Document) -> list[dict[str, str]]:
    return [
        language
        for language in interface.languages()
        if language["code"] in document.languages
        and not missing_strings(document, language["code"])
    ]


def best_language(content_hash: str, wanted: str) -> str:
    """Return the wanted language if the version is complete in it, else that of its source."""
    offered = [language["code"] for language in offered_languages(content_hash)]
    if wanted in offered:
        return wanted
    return codec_by_hash(content_hash).document.source_language


def present(document: Document, language: str) -> dict[str, Any]:
    """Return the questions, choices and surrounding words in one language."""
    audio = addresses(document, language)
    with translation.override(interface.spoken(language)):
        return {
            "language": language,
            "dir": interface.direction(language),
            "languages": complete_languages(document),
            "title": document.title[language],
            "description": _words(document.description, language),
            "audio": audio.get("description") or audio.get("title"),
            "consentAudio": audio.get(CONSENT_PATH),
            "choices": {
                choices.key: [
                    {
                        "value": choice.value,
                        "text": choice.text[language],
                        "symbol": choice.symbol,
                    }
                    for choice in choices.choices
                ]
                for choices in document.choice_sets
            },
            "sections": [
                _present_section(section, language, audio) for section in document.sections
            ],
            "notAnswered": _translated(interface.NOT_ANSWERED),
            "support": _present_support(document, language),
            "supportContact": settings.SUPPORT_CONTACT,
            "consent": {
                mode.value: _present_consent(mode, document.age_band) for mode in LinkageMode
            },
            "recovery": _present_recovery(),
            "words": _translated(interface.SCRIPT_WORDS),
        }


def _present_section(section: Section, language: str, audio: Mapping[str, str]) -> dict[str, Any]:
    return {
        "key": section.key,
        "title": section.title[language],
        "introduction": _words(section.introduction, language),
        "audio": audio.get(f"sections.{section.key}.introduction"),
        "items": [
            _present_item(item, language) | {"audio": audio.get(f"items.{item.key}.text")}
            for item in section.items
        ],
    }


def _present_item(item: Item, language: str) -> dict[str, Any]:
    return {
        "key": item.key,
        "kind": item.kind.value,
        "text": item.text[language],
        "hint": _words(item.hint, language),
        "choices": item.choice_set.key if item.choice_set else None,
        "numbers": _numbers(item),
        "notAnswered": [reason.value for reason in item.not_answered],
        "required": item.required,
    }


def _numbers(item: Item) -> dict[str, int] | None:
    if item.numbers is None:
        return None
    return {"minimum": item.minimum, "maximum": item.maximum, "step": item.numbers.step}


def _present_support(document: Document, language: str) -> dict[str, str] | None:
    if document.support is None:
        return None
    return {
        "after": document.support.after,
        "title": document.support.title[language],
        "text": interface.with_support(document.support.text[language]),
    }


def _present_consent(mode: str, age_band: str) -> dict[str, Any]:
    return {
        "introduction": [str(text) for text in interface.consent_introduction(mode, age_band)],
        "scopes": [
            {"key": key, "text": str(text), "needed": key == interface.NEEDED_CONSENT}
            for key, text in interface.consent_scopes(mode).items()
        ],
    }


def _present_recovery() -> dict[str, Any]:
    """Return what is asked, once and if one likes, so that a lost card can be found again."""
    return _translated(interface.RECOVERY_WORDS) | {
        "pictures": [
            {"value": number, "name": str(picture.name), "source": static(picture.path)}
            for number, picture in enumerate(PICTURES)
        ],
    }


def _words(text: Text | None, language: str) -> str:
    return text[language] if text else ""


def _translated(words: Mapping[Any, str | Promise]) -> dict[str, str]:
    return {str(key): str(text) for key, text in words.items()}


@lru_cache(maxsize=256)
def questions_as_json(content_hash: str, language: str) -> Body:
    document = codec_by_hash(content_hash).document
    return Body.of(json.dumps(present(document, language), ensure_ascii=False))


@lru_cache(maxsize=256)
def questions_as_page(
    content_hash: str,
    language: str,
    mode: str = LinkageMode.CODE_CARD.value,
    asks_recovery: bool = False,  # noqa: FBT001, FBT002 - part of what the page is cached under
) -> Body:
    """Return the page of the whole questionnaire, still empty."""
    empty = FilledIn(asks_recovery=asks_recovery)
    return Body.of(render_page(codec_by_hash(content_hash).document, language, mode, empty))


def render_page(
    document: Document,
    language: str,
    mode: str = LinkageMode.CODE_CARD.value,
    filled: FilledIn | None = None,
    preview: Mapping[str, object] | None = None,
) -> str:
    """Return the page of the whole questionnaire, with what somebody has filled in so far."""
    questionnaire = present(document, language)
    questionnaire["consent"] = questionnaire["consent"][mode]
    filled = filled or FilledIn()
    for section in questionnaire["sections"]:
        # Not "items": a template would call the dictionary's method.
        section["questions"] = [
            _with_given(item, questionnaire, filled) for item in section["items"]
        ]
    for scope in questionnaire["consent"]["scopes"]:
        scope["given"] = scope["key"] in filled.consent_scopes
    with translation.override(interface.spoken(language)):
        return render_to_string(
            "surveys/preview.html" if preview else "surveys/questions.html",
            {
                "questionnaire": questionnaire,
                "errors": filled.errors,
                "message": filled.message,
                "programme_name": settings.PROGRAMME_NAME,
                "support_contact": settings.SUPPORT_CONTACT,
                "preview": preview,
                "recovery": filled.recovery if filled.asks_recovery else None,
                "asks_recovery": filled.asks_recovery,
            },
        )


def _with_given(
    item: dict[str, Any], questionnaire: dict[str, Any], filled: FilledIn
) -> dict[str, Any]:
    """Return the question with its options and what was chosen."""
    given = filled.given.get(item["key"], [])
    is_choice = item["kind"] == Kind.CHOICE
    return item | {
        "options": [
            option | {"given": str(option["value"]) in given}
            for option in questionnaire["choices"].get(item["choices"], [])
        ],
        "reasons": [
            {
                "value": reason,
                "text": questionnaire["notAnswered"][reason],
                "given": reason in given,
            }
            for reason in item["notAnswered"]
        ],
        "reason_name": item["key"] if is_choice else item["key"] + REASON_SUFFIX,
        "typed": "" if set(given) & set(item["notAnswered"]) else "".join(given[:1]),
        "error": filled.errors.get(item["key"], ""),
    }
