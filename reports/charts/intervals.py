"""Dots with the interval that fits the data, and a narrower one inside it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from reports.charts.axes import AXIS, Axis, axis_below, axis_of
from reports.charts.lettering import row_words
from reports.charts.shapes import DOT, WIDTH, Box, Dot, Drawing, Line, Mark, Shape, TickText
from reports.claims import Kind

#: The part of a 95 % interval that its inner half fills: 0.674 of 1.960 standard errors.
INNER_HALF = 0.344
BELOW_WORDS = 15.0
BELOW_MARKS = 17.0


@dataclass(frozen=True, slots=True)
class Interval:
    """One row of an interval chart; without figures, it says why there are none."""

    label: str
    note: str
    kind: Kind
    value: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None


def interval_chart(
    title: str,
    description: str,
    rows: Sequence[Interval],
    smallest_change: Decimal | None,
    *,
    tick_text: TickText,
) -> Drawing:
    """Draw each row's figure with its intervals, zero, and the band of what does not matter.

    The shape of the point tells the evidence class, so that nobody needs to see colours. The
    inner interval holds half of what the outer one does, if chance is normal.
    """
    bounds = [
        float(bound)
        for row in rows
        for bound in (row.value, row.low, row.high)
        if bound is not None
    ]
    band = float(smallest_change or 0)
    if not band:  # then zero is what counts, and stands in the middle
        bounds += [-bound for bound in bounds]
    axis = axis_of([*bounds, band, -band])
    drawn: list[Mark] = []
    top = 0.0
    for row in rows:
        marks, top = _row(row, axis, top)
        drawn += marks
    ground: list[Mark] = []
    if band:
        low, high = axis.place(-band), axis.place(band)
        ground.append(Box("band", low, 4, high - low, top - 4))
    marks = [*ground, *axis_below(axis, top, tick_text), *drawn]
    return Drawing(title, description, WIDTH, top + AXIS, tuple(marks))


def _row(row: Interval, axis: Axis, top: float) -> tuple[list[Mark], float]:
    marks, y = row_words(row.label, row.note, top + 4)
    if row.value is None:
        return marks, y + BELOW_MARKS
    y += BELOW_WORDS
    zero = Line("zero", axis.place(0), y - 9, axis.place(0), y + BELOW_MARKS)
    return [*marks, zero, *_figure(row, axis, y)], y + BELOW_MARKS


def _figure(row: Interval, axis: Axis, y: float) -> Iterator[Mark]:
    value = float(row.value or 0)
    if row.low is not None and row.high is not None:
        low, high = float(row.low), float(row.high)
        yield Line("interval", axis.place(low), y, axis.place(high), y)
        inner = (value + INNER_HALF * (low - value), value + INNER_HALF * (high - value))
        yield Line("likely", axis.place(inner[0]), y, axis.place(inner[1]), y)
    yield point(row.kind, axis.place(value), y)


def point(kind: Kind, x: float, y: float) -> Mark:
    """Return an arrowhead for higher or lower, a square for the same, a ring for cannot tell."""
    size = DOT + 1.5
    if kind in {Kind.CLEAR_RISE, Kind.RISE_SIZE_UNCERTAIN}:
        return Shape("point", ((x - size, y - size), (x + size, y), (x - size, y + size)))
    if kind in {Kind.CLEAR_FALL, Kind.FALL_SIZE_UNCERTAIN}:
        return Shape("point", ((x + size, y - size), (x - size, y), (x + size, y + size)))
    if kind == Kind.LITTLE_OR_NO_CHANGE:
        return Box("point", x - DOT, y - DOT, 2 * DOT, 2 * DOT)
    return Dot("ring", x, y, DOT)
