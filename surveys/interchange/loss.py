"""What an export can't say in the other format."""

from collections.abc import Mapping
from dataclasses import dataclass

from surveys.document import Item, SourceKey


@dataclass(frozen=True, slots=True)
class Export:
    """A file, and what of the questionnaire it doesn't hold."""

    content: bytes
    file_name: str
    content_type: str
    losses: tuple[str, ...] = ()


def rules(item: Item, own_format: str) -> Mapping[SourceKey, str]:
    """Return what the item's file said, if that file had this format: rules are in its language."""
    return item.source if item.source.get(SourceKey.FORMAT) == own_format else {}


def has_foreign_rules(item: Item, own_format: str) -> bool:
    return bool(item.source) and not rules(item, own_format)
