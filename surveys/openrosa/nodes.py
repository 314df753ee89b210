"""What the questions of a wave are called in its form.

Keys of items may be of any script and hold signs that XML or a phone's XPath don't take, so each
node is called after its position, and after as much of the key as everybody takes.
"""

import re
from dataclasses import dataclass

from surveys.document import Document, Item, Kind
from surveys.models import LinkageMode, Wave

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_]+")
_FORM_ID = re.compile(r"(?P<code>.+)\.wave(?P<wave>[0-9]{1,18})", re.ASCII)

ROOT = "/data"
CARD, CARD_TYPED = "card", "card_typed"
LANGUAGE, CONSENT, BEGUN, RECEIPT = "language", "consent", "start", "receipt"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the names of its nodes."""

    item: Item
    name: str

    @property
    def reason_name(self) -> str:
        """Return the node that says why there is no answer, where the answer itself can't."""
        return f"{self.name}_why"

    @property
    def has_reason_node(self) -> bool:
        return bool(self.item.not_answered) and self.item.kind != Kind.CHOICE


def asked(document: Document) -> list[Asked]:
    return [
        Asked(item, f"q{position}_{_NOT_IN_A_NAME.sub('', item.key)}".rstrip("_"))
        for position, item in enumerate(document.items, 1)
    ]


def has_card(wave: Wave) -> bool:
    return wave.plan.linkage_mode != LinkageMode.ANONYMOUS


def form_id(wave: Wave, document: Document) -> str:
    """Return the id of a wave's form. Each wave has its own, so that before stays before."""
    return f"{document.code}.wave{wave.pk}"


def wave_of_form(identity: str) -> int | None:
    found = _FORM_ID.fullmatch(identity)
    return int(found["wave"]) if found else None
