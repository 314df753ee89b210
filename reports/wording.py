"""Numbers, names and lists in the language of a report: the same figure looks the same throughout.

Digits are Latin in every language. In right-to-left text, figures and names are isolated, so that
a minus stays before its number.
"""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _

MINUS = "\N{MINUS SIGN}"
#: Letters for what has no figure, in brackets: a screen reader says them, an asterisk is skipped.
WITHHELD = "[c]"
VERY_UNCERTAIN = "[u]"
#: Where digits are Latin, Arabic and Dari write a point, as English does.
WITH_DECIMAL_COMMA = frozenset({"de", "tr", "uk"})

_LEFT_TO_RIGHT = "\N{LEFT-TO-RIGHT ISOLATE}"
_AS_IT_IS = "\N{FIRST STRONG ISOLATE}"
_END = "\N{POP DIRECTIONAL ISOLATE}"


def speaking(language: str) -> AbstractContextManager[None]:
    """Write in this language inside the block."""
    return translation.override(language)


def plain(value: Decimal | int) -> str:
    """Write a figure for a program: no exponent, no zeros at the end."""
    return format(Decimal(value).normalize(), "f")


def number(value: Decimal | int) -> str:
    """Write a figure, without a sign where it is positive."""
    text = plain(value).replace("-", MINUS)
    if get_language() in WITH_DECIMAL_COMMA:
        text = text.replace(".", ",")
    return _isolated(text, _LEFT_TO_RIGHT)


def signed(value: Decimal) -> str:
    """Write a difference, with its sign."""
    text = number(value)
    return text if value <= 0 else _isolated(f"+{bare(text)}", _LEFT_TO_RIGHT)


def day(value: date) -> str:
    return date_format(value, "DATE_FORMAT")


def name(texts: Mapping[str, str], source_language: str) -> str:
    """Return a text of the questionnaire in the language of the report, else in its own."""
    text = texts.get(get_language() or "", texts.get(source_language, ""))
    return isolated(text)


def isolated(text: str) -> str:
    """Keep a name's own direction inside a sentence of the other."""
    return _isolated(text, _AS_IT_IS)


def listed(names: Iterable[str]) -> str:
    return _(", ").join(names)


def _isolated(text: str, start: str) -> str:
    return f"{start}{text}{_END}" if get_language_bidi() else text


def bare(text: str) -> str:
    """Return a text without the marks around it that keep its direction."""
    return text.strip(_LEFT_TO_RIGHT + _AS_IT_IS + _END)
