"""The published cells that funders ask for, each once, with its name, step and value.

Every crosswalk is made from these, so that no two of them can say different figures.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from indicators.gate import Cell
from reports.claims import IN_WORDS
from reports.formats.cells import group_of, mark, title_of
from reports.measures import Measure, Result, Unit, measure_of
from reports.parts import Entry
from reports.source import Source
from reports.tables import difference, in_words, reference
from reports.wording import WITHHELD, bare, number

#: Where a resource stands that is nearer to what people have than to what they can.
LIFE_ITSELF = frozenset({"education", "employment"})


@dataclass(frozen=True, slots=True)
class Shown:
    """A cell with what every crosswalk says of it, in the active language."""

    cell: Cell
    measure: Measure
    title: str
    steps: tuple[int, ...]
    entry: Entry
    in_words: str


def shown_indicators(source: Source) -> Iterator[Shown]:
    """Yield the cells about everybody that say what was done or what differs, in their order.

    What the programme doesn't measure is left out; what is withheld is there, and says so.
    """
    for cell in source.cells:
        measure = measure_of(cell)
        if measure.result is Result.NONE or cell.dimension or _is_context(cell, source):
            continue
        if cell.value is None and mark(cell) != WITHHELD:
            continue
        yield Shown(
            cell,
            measure,
            full_title(cell, source),
            _steps(cell, measure, source),
            Entry(value_in_words(cell), reference(cell), is_figure=True),
            why_in_words(cell),
        )


def full_title(cell: Cell, source: Source) -> str:
    """Name a cell with its scale and group: `Difference – Belonging – women`."""
    parts = (str(measure_of(cell).words), title_of(cell, source), group_of(cell, source))
    return " – ".join(part for part in parts if part)


def value_in_words(cell: Cell) -> str:
    """Write a cell's figure as the report does, with its unit and its interval."""
    if cell.value is None:
        return mark(cell)
    if cell.low is not None:
        return bare(difference(cell))
    per_cent = measure_of(cell).unit is Unit.PER_CENT
    return bare(number(cell.value)) + (" %" if per_cent else "")


def why_in_words(cell: Cell) -> str:
    """Say in words what a figure means or why there is none."""
    if cell.evidence in IN_WORDS:
        return in_words(cell)
    if cell.value is not None:
        return ""
    if mark(cell) == WITHHELD:
        return _("withheld, so that nobody can be told from it")
    return _("not available")


def _is_context(cell: Cell, source: Source) -> bool:
    """Tell whether a scale is about strain or distress: these are no aims of the programme."""
    roles = {scale.key: scale.role for scale in source.scales}
    return cell.measure == "change" and roles.get(cell.scale) in {"exposure", "problems"}


def _steps(cell: Cell, measure: Measure, source: Source) -> tuple[int, ...]:
    domains = {scale.key: scale.domain for scale in source.scales}
    return (6,) if domains.get(cell.scale) in LIFE_ITSELF else measure.steps
