"""Charts as geometry: pure functions from published figures to shapes, drawn elsewhere.

Everything is laid out for a phone of 360 px and grows from there. Axes run from left to right in
every language; only the side of the words changes.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import floor, log10

from reports.claims import Kind

WIDTH = 360.0
MARGIN = 12.0
ROW = 52.0
BAR_ROW = 44.0
AXIS = 30.0
DOT = 5.5
BAR = 14.0
#: The most ticks that stay readable on a phone.
TICKS = 6


@dataclass(frozen=True, slots=True)
class Line:
    role: str
    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True, slots=True)
class Box:
    role: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Shape:
    """A closed shape from point to point."""

    role: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Dot:
    role: str
    x: float
    y: float
    radius: float


@dataclass(frozen=True, slots=True)
class Words:
    """Text at a point; `anchor` is start, middle or end, counted from the left."""

    role: str
    x: float
    y: float
    anchor: str
    text: str


#: How a figure on the axis is written in the language of the report.
TickText = Callable[[Decimal], str]
Mark = Line | Box | Shape | Dot | Words


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart, ready to be drawn: what it shows, in words too."""

    title: str
    description: str
    width: float
    height: float
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Interval:
    """One row of an interval chart; without figures, it says why there are none."""

    label: str
    note: str
    kind: Kind
    value: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    label: str
    note: str
    value: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Axis:
    """From figures to places: zero is always on it."""

    low: float
    high: float
    step: float

    def place(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(MARGIN + share * (WIDTH - 2 * MARGIN), 2)

    def ticks(self) -> Iterator[Decimal]:
        step = Decimal(repr(self.step))
        tick = Decimal(repr(self.low))
        while tick <= Decimal(repr(self.high)):
            yield tick
            tick += step


def axis_of(values: Sequence[float]) -> Axis:
    """Return an axis around the values and zero that begins and ends at a round figure."""
    least, most = min(*values, 0.0), max(*values, 0.0)
    step = _round_step((most - least) / (TICKS - 1))
    low, high = -step * -floor(least / step), step * -floor(-most / step)
    return Axis(_tidy(low), _tidy(high), step)


def _round_step(rough: float) -> float:
    """Return the least of 1, 2, 5 x 10^k that is no smaller."""
    if rough <= 0:
        return 1.0
    power = 10.0 ** floor(log10(rough))
    return _tidy(next(power * digit for digit in (1, 2, 5, 10) if power * digit >= rough * 0.999))


def _tidy(value: float) -> float:
    return round(value, 6) + 0.0  # no minus before a zero


def interval_chart(
    title: str,
    description: str,
    rows: Sequence[Interval],
    smallest_change: Decimal,
    *,
    right_to_left: bool,
    tick_text: TickText,
) -> Drawing:
    """Draw each row's difference with its interval, zero, and the band of what does not matter.

    The shape of the point tells the evidence class, so that nobody needs to see colours.
    """
    bounds = [float(bound) for row in rows for bound in (row.low, row.high) if bound is not None]
    band = float(smallest_change)
    axis = axis_of([*bounds, band, -band])
    bottom = ROW * len(rows) + 8
    marks: list[Mark] = [
        Box("band", axis.place(-band), 4, axis.place(band) - axis.place(-band), bottom - 4)
    ]
    marks += _axis_marks(axis, bottom, tick_text)
    marks.append(Line("zero", axis.place(0), 4, axis.place(0), bottom))
    for position, row in enumerate(rows):
        marks += _interval_marks(row, axis, ROW * position, right_to_left=right_to_left)
    return Drawing(title, description, WIDTH, bottom + AXIS, tuple(marks))


def bar_chart(title: str, description: str, rows: Sequence[Bar], *, right_to_left: bool) -> Drawing:
    """Draw counts below each other; a withheld one is an outline, as long for one as for all."""
    longest = max((float(row.value) for row in rows if row.value is not None), default=1.0) or 1.0
    space = WIDTH - 2 * MARGIN
    marks: list[Mark] = []
    for position, row in enumerate(rows):
        top = BAR_ROW * position
        marks += _row_words(row.label, row.note, top + 16, right_to_left=right_to_left)
        length = space if row.value is None else max(space * float(row.value) / longest, 1.0)
        start = WIDTH - MARGIN - length if right_to_left else MARGIN
        role = "withheld" if row.value is None else "bar"
        marks.append(Box(role, round(start, 2), top + 22, round(length, 2), BAR))
    return Drawing(title, description, WIDTH, BAR_ROW * len(rows) + 4, tuple(marks))


def _axis_marks(axis: Axis, bottom: float, tick_text: TickText) -> Iterator[Mark]:
    for tick in axis.ticks():
        x = axis.place(float(tick))
        yield Line("tick", x, bottom, x, bottom + 5)
        yield Words("scale", x, bottom + 20, "middle", tick_text(tick))
    yield Line("axis", MARGIN, bottom, WIDTH - MARGIN, bottom)


def _interval_marks(
    row: Interval, axis: Axis, top: float, *, right_to_left: bool
) -> Iterator[Mark]:
    yield from _row_words(row.label, row.note, top + 18, right_to_left=right_to_left)
    if row.value is None or row.low is None or row.high is None:
        return
    y = top + 34
    yield Line("interval", axis.place(float(row.low)), y, axis.place(float(row.high)), y)
    yield _point(row.kind, axis.place(float(row.value)), y)


def _row_words(label: str, note: str, y: float, *, right_to_left: bool) -> Iterator[Mark]:
    left, right = (note, label) if right_to_left else (label, note)
    yield Words("note" if right_to_left else "label", MARGIN, y, "start", left)
    yield Words("label" if right_to_left else "note", WIDTH - MARGIN, y, "end", right)


def _point(kind: Kind, x: float, y: float) -> Mark:
    """Return an arrowhead for higher or lower, a square for the same, a ring for cannot tell."""
    size = DOT + 1.5
    if kind in {Kind.CLEAR_RISE, Kind.RISE_SIZE_UNCERTAIN}:
        return Shape("point", ((x - size, y - size), (x + size, y), (x - size, y + size)))
    if kind in {Kind.CLEAR_FALL, Kind.FALL_SIZE_UNCERTAIN}:
        return Shape("point", ((x + size, y - size), (x - size, y), (x + size, y + size)))
    if kind == Kind.LITTLE_OR_NO_CHANGE:
        return Box("point", x - DOT, y - DOT, 2 * DOT, 2 * DOT)
    return Dot("ring", x, y, DOT)
