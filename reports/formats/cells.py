"""How a published cell is written in lists: the same in tables for people and for programs."""

from decimal import Decimal

from indicators.gate import Cell
from indicators.models import Confidentiality, Observation
from reports.names import group_name
from reports.source import Source
from reports.wording import WITHHELD, bare, name, plain

#: What a spreadsheet takes for a formula if a text begins with it.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
NOT_AVAILABLE = "[x]"
NOT_APPLICABLE = "[z]"


def mark(cell: Cell) -> str:
    """Return the letter that stands for a figure that isn't there: never zero, never nothing."""
    if cell.confidentiality != Confidentiality.FREE:
        return WITHHELD
    if cell.observation == Observation.NOT_APPLICABLE:
        return NOT_APPLICABLE
    return NOT_AVAILABLE


def written(value: Decimal | int | None, cell: Cell) -> str:
    """Write a figure of a cell for a program, or the mark that stands for it."""
    return mark(cell) if value is None else plain(value)


def harmless(text: str) -> str:
    """Keep a spreadsheet from taking a text for a formula."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def title_of(cell: Cell, source: Source) -> str:
    """Return the name of a cell's scale in the active language, or nothing."""
    titles = {scale.key: scale.titles for scale in source.scales}
    if cell.scale not in titles:
        return cell.scale
    # In a cell of its own, no other text can pull the direction of a name along.
    return bare(name(titles[cell.scale], source.source_language))


def group_of(cell: Cell, source: Source) -> str:
    """Return the words of a cell's category in the active language, or nothing."""
    return bare(group_name(source, (cell.dimension, cell.category))) if cell.category else ""
