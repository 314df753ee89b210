"""A printable sheet of code cards: the only place where codes ever stand."""

from dataclasses import dataclass

import segno
from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from communities.models import Community
from surveys import codes, interface
from surveys.pictures import Picture, pictures_at
from surveys.services import IssuedCard


@dataclass(frozen=True, slots=True)
class PrintedCard:
    code: str
    qr: SafeString
    pictures: list[Picture]


@dataclass(frozen=True, slots=True)
class Instruction:
    language: str
    direction: str
    text: str


def entry_address() -> str:
    return settings.SITE_URL + reverse("surveys:enter")


def printed(card: IssuedCard) -> PrintedCard:
    # Behind the # nothing is sent to a server or kept in its log.
    code = segno.make_qr(f"{entry_address()}#{card.code}", error="m")
    drawing = code.svg_inline(scale=1, border=2, omitsize=True, svgclass="qr", lineclass=None)
    return PrintedCard(
        code=codes.spaced(card.code),
        qr=mark_safe(drawing),  # noqa: S308 - drawn by us from an address and a code
        pictures=pictures_at(list(card.pictures)),
    )


def instructions(community: Community) -> list[Instruction]:
    """Return what to do with a card, in the languages that people there speak."""
    known = dict(settings.LANGUAGES)
    spoken = [language for language in community.languages if language in known]
    found = []
    for language in spoken or list(known):
        with translation.override(language):
            text = _("Keep this card. It is yours alone, and nobody knows who has it.")
        found.append(Instruction(language, interface.direction(language), text))
    return found
