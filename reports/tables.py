"""The tables of a report: each shows all that its chart shows, and stands for it alone."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from indicators.gate import Cell
from indicators.models import Observation
from reports.claims import IN_WORDS, Kind
from reports.measures import UNIT_WORDS, Unit, measure_of
from reports.names import group_name
from reports.parts import Entry, Table
from reports.shares import share_words
from reports.source import ReportedScale, Source
from reports.statements import is_very_uncertain
from reports.wording import VERY_UNCERTAIN, WITHHELD, isolated, name, number, signed


def reference(cell: Cell) -> str:
    """Name a cell as the JSON file does."""
    where = (cell.scale, cell.dimension, cell.category)
    return "/".join([cell.measure, *(part for part in where if part)])


def figure(cell: Cell, text: str | None = None) -> Entry:
    """Show a cell's figure or, where it is withheld, the mark that says so."""
    if cell.value is None:
        return Entry(missing_words(cell), reference(cell), is_figure=True)
    return Entry(text or number(cell.value), reference(cell), is_figure=True)


def count_table(caption: str, rows: Sequence[tuple[str, Cell]]) -> Table:
    return Table(
        caption,
        (_("What"), _("How many")),
        tuple((Entry(label), figure(cell)) for label, cell in rows),
    )


def change_table(source: Source, caption: str, scales: Sequence[ReportedScale]) -> Table:
    rows = [(scale_name(source, scale), "", "", scale.key) for scale in scales]
    return _changes(source, caption, rows)


def group_table(source: Source, caption: str, cells: Sequence[Cell]) -> Table:
    """Show the groups of a breakdown in the order in which they are given."""
    rows = [
        (
            group_name(source, (cell.dimension, cell.category)),
            cell.dimension,
            cell.category,
            cell.scale,
        )
        for cell in cells
    ]
    return _changes(source, caption, rows)


def _changes(source: Source, caption: str, rows: Sequence[tuple[str, str, str, str]]) -> Table:
    head = (_("Scale"), _("Before"), _("After"), _("Difference"), _("People"), _("In words"))
    body = []
    for label, dimension, category, scale in rows:
        before, after, change = (
            source.cell(measure, scale, dimension, category)
            for measure in ("before", "after", "change")
        )
        people = Entry(number(change.n_rounded), is_figure=True) if change.n_rounded else None
        body.append(
            (
                Entry(label),
                figure(before),
                figure(after),
                figure(change, difference(change)),
                people or Entry(WITHHELD, is_figure=True),
                Entry(in_words(change)),
            )
        )
    return Table(caption, head, tuple(body))


def share_entry(cell: Cell) -> Entry:
    """Show a share as it may be told for so many people."""
    return Entry(share_words(cell), reference(cell), is_figure=True)


def words_of(cell: Cell) -> str:
    """Write a figure with its unit."""
    if cell.value is None:
        return missing_words(cell)
    unit = measure_of(cell).unit
    if unit == Unit.PER_CENT:
        return share_words(cell)
    if unit in {Unit.POINTS, Unit.DEVIATIONS} and cell.low is not None:
        return difference(cell)
    if unit in {Unit.COUNT, Unit.PEOPLE}:
        return number(cell.value)
    return f"{number(cell.value)} ({UNIT_WORDS[unit]})"


def missing_words(cell: Cell) -> str:
    """Say why there is no figure: withheld, not available, or not applicable."""
    if cell.observation in {Observation.NOT_AVAILABLE, Observation.NOT_APPLICABLE}:
        return f"[{cell.observation.value}]"
    return WITHHELD


def measure_words(source: Source, cell: Cell) -> str:
    """Name a figure, with its scale and its group where it is of one."""
    scale = source.scale(cell.scale)
    parts = [
        str(measure_of(cell).words),
        scale_name(source, scale) if scale else "",
        group_name(source, (cell.dimension, cell.category)) if cell.dimension else "",
    ]
    return " – ".join(part for part in parts if part)


def measure_table(caption: str, cells: Sequence[Cell], source: Source) -> Table:
    """Show cells of many kinds, one below the other, each with its unit."""
    return Table(
        caption,
        (_("What"), _("How many")),
        tuple(
            (
                Entry(measure_words(source, cell)),
                Entry(words_of(cell), reference(cell), is_figure=True),
            )
            for cell in cells
        ),
    )


def effect_table(source: Source, scales: Sequence[ReportedScale]) -> Table:
    return Table(
        _("Difference in standard deviations (average of before and after)"),
        (_("Scale"), _("Standardised difference")),
        tuple(
            (Entry(scale_name(source, scale)), figure(cell, signed(cell.value)))
            for scale in scales
            if (cell := source.cell("effect", scale.key)).value is not None
        ),
    )


def difference(cell: Cell) -> str:
    """Write a difference with the interval that fits the data."""
    if cell.value is None or cell.low is None or cell.high is None:
        return WITHHELD
    return value_words(cell.value, cell.low, cell.high)


def value_words(value: Decimal, low: Decimal, high: Decimal) -> str:
    words = _("%(value)s (%(low)s to %(high)s)") % {
        "value": signed(value),
        "low": number(low),
        "high": number(high),
    }
    return isolated(words)


def in_words(cell: Cell) -> str:
    words = str(IN_WORDS[Kind(cell.evidence) if cell.evidence else Kind.WITHHELD])
    return f"{words} {VERY_UNCERTAIN}" if is_very_uncertain(cell) else words


def scale_name(source: Source, scale: ReportedScale) -> str:
    return name(scale.titles, source.source_language)


def bounds_of(scale: ReportedScale) -> tuple[Decimal, Decimal]:
    return scale.minimum, scale.maximum
