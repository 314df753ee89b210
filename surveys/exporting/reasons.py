"""How an export writes down why there is no answer."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from surveys import interface
from surveys.document import Document
from surveys.encoding import NotAnswered

#: In the order of their codes, which users of older files rely on: append only.
REASONS = (
    NotAnswered.NOT_ANSWERED,
    NotAnswered.DONT_KNOW,
    NotAnswered.PREFER_NOT_TO_SAY,
    NotAnswered.DOES_NOT_APPLY,
    NotAnswered.DONT_UNDERSTAND,
    NotAnswered.NOT_ASKED,
)
_FIRST_CODE = -91

WORDS: dict[NotAnswered, str | Promise] = {
    **interface.NOT_ANSWERED,
    NotAnswered.NOT_ANSWERED: _("No answer"),
    NotAnswered.NOT_ASKED: _("Not asked"),
}


def reason_codes(document: Document) -> dict[NotAnswered, int]:
    """Return reason → code: -91 and down, lower still where an answer could be that low."""
    lowest = min((item.minimum for item in document.items if item.bounded), default=0)
    first = _FIRST_CODE + min(lowest, 0)
    return {reason: first - number for number, reason in enumerate(REASONS)}
