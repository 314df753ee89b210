"""One scale over the cycles of a community: time runs from left to right in every language.

Panels of one page share their axis, so that they can be compared by eye.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from reports.charts import Axis, Box, Dot, Drawing, Line, Mark, Shape, Words, axis_of
from reports.claims import Kind

WIDTH = 360.0
#: Room for the figures of the axis on the left.
LEFT = 44.0
RIGHT = 352.0
TOP = 10.0
HEIGHT = 130.0
BOTTOM = TOP + HEIGHT
SIZE = 7.0
#: Labels of more columns than these would touch each other on a phone.
MOST_LABELS = 6

RISES = frozenset({Kind.CLEAR_RISE, Kind.RISE_SIZE_UNCERTAIN})
FALLS = frozenset({Kind.CLEAR_FALL, Kind.FALL_SIZE_UNCERTAIN})


@dataclass(frozen=True, slots=True)
class Column:
    """One cycle: its difference with the interval, or none, and why it begins anew."""

    label: str
    kind: Kind
    smallest: Decimal
    value: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    is_broken: bool = False


def shared_axis(columns: Sequence[Column]) -> Axis:
    """Return the axis of all panels: zero, every interval and every band are on it."""
    bounds = [float(bound) for one in columns for bound in (one.low, one.high) if bound is not None]
    band = max(float(one.smallest) for one in columns)
    return axis_of([*bounds, band, -band])


def trend_chart(
    title: str,
    description: str,
    columns: Sequence[Column],
    axis: Axis,
    tick_text: Callable[[Decimal], str],
) -> Drawing:
    """Draw the difference of each cycle; the shape of its point tells the evidence class."""
    width = (RIGHT - LEFT) / len(columns)
    marks: list[Mark] = []
    for place, column in enumerate(columns):
        band = float(column.smallest)
        top = _y(axis, band)
        height = round(_y(axis, -band) - top, 2)
        marks.append(Box("band", _x(place, width), top, round(width, 2), height))
    marks += _axis_marks(axis, tick_text)
    every = -(-len(columns) // MOST_LABELS)
    for place, column in enumerate(columns):
        middle = round(LEFT + (place + 0.5) * width, 2)
        if column.is_broken:
            marks.append(Line("break", _x(place, width), TOP, _x(place, width), BOTTOM))
        # The newest is always named, and from there each second, third and so on.
        if (len(columns) - 1 - place) % every == 0:
            marks.append(Words("scale", middle, BOTTOM + 20, "middle", column.label))
        marks += _figure_marks(column, axis, middle)
    return Drawing(title, description, WIDTH, BOTTOM + 28, tuple(marks))


def _x(place: int, width: float) -> float:
    return round(LEFT + place * width, 2)


def _y(axis: Axis, value: float) -> float:
    share = (axis.high - value) / (axis.high - axis.low)
    return round(TOP + share * HEIGHT, 2)


def _axis_marks(axis: Axis, tick_text: Callable[[Decimal], str]) -> Iterator[Mark]:
    for tick in axis.ticks():
        y = _y(axis, float(tick))
        yield Line("tick", LEFT - 5, y, LEFT, y)
        yield Words("scale", LEFT - 8, y + 4, "end", tick_text(tick))
    yield Line("axis", LEFT, TOP, LEFT, BOTTOM)
    yield Line("zero", LEFT, _y(axis, 0), RIGHT, _y(axis, 0))


def _figure_marks(column: Column, axis: Axis, x: float) -> Iterator[Mark]:
    if column.value is None or column.low is None or column.high is None:
        yield Words("scale", x, _y(axis, 0) - 6, "middle", "[c]")
        return
    yield Line("interval", x, _y(axis, float(column.low)), x, _y(axis, float(column.high)))
    yield _point(column.kind, x, _y(axis, float(column.value)))


def _point(kind: Kind, x: float, y: float) -> Mark:
    """Return an arrowhead upwards or downwards, a square for the same, a ring for cannot tell."""
    if kind in RISES:
        return Shape("point", ((x - SIZE, y + SIZE), (x, y - SIZE), (x + SIZE, y + SIZE)))
    if kind in FALLS:
        return Shape("point", ((x - SIZE, y - SIZE), (x, y + SIZE), (x + SIZE, y - SIZE)))
    if kind == Kind.LITTLE_OR_NO_CHANGE:
        return Box("point", x - 5.5, y - 5.5, 11, 11)
    return Dot("ring", x, y, 5.5)
