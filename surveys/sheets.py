"""A printable sheet of code cards: the only place where codes ever stand."""

from dataclasses import dataclass

import segno
from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from communities.models import Community
from surveys import codes, interface
from surveys.links import personal_address
from surveys.pictures import Picture, pictures_at
from surveys.services import IssuedCard, IssuedLink

KEEP_CARD = _("Keep this card. It is yours alone, and nobody knows who has it.")
ANSWER_OPENLY = _("Answer the questions here. Nobody asks for your name, and you need no card.")


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


def drawn(address: str) -> SafeString:
    """Return an address as a QR code."""
    code = segno.make_qr(address, error="m")
    drawing = code.svg_inline(scale=1, border=2, omitsize=True, svgclass="qr", lineclass=None)
    return mark_safe(drawing)  # noqa: S308 - drawn by us from an address


def printed(card: IssuedCard) -> PrintedCard:
    return PrintedCard(
        code=codes.spaced(card.code),
        qr=drawn(personal_address(card.code)),
        pictures=pictures_at(list(card.pictures)),
    )


@dataclass(frozen=True, slots=True)
class PrintedLink:
    participant: str
    code: str
    address: str
    qr: SafeString


def printed_link(link: IssuedLink) -> PrintedLink:
    address = personal_address(link.code)
    return PrintedLink(link.participant.code, codes.spaced(link.code), address, drawn(address))


def instructions(community: Community) -> list[Instruction]:
    """Return what to do with a card, in the languages that people there speak."""
    return _in_their_languages(community, KEEP_CARD)


def answering_openly(community: Community) -> list[Instruction]:
    """Return what an anonymous wave is, in the languages that people there speak."""
    return _in_their_languages(community, ANSWER_OPENLY)


def _in_their_languages(community: Community, words: str | Promise) -> list[Instruction]:
    known = dict(settings.LANGUAGES)
    spoken = [language for language in community.languages if language in known]
    found = []
    for language in spoken or list(known):
        with translation.override(language):
            text = str(words)
        found.append(Instruction(language, interface.direction(language), text))
    return found
