"""One community among others: a funnel by precision, and a caterpillar of drawn-in figures.

The others have no names, no sizes and no order but how much is known of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reports.charts.axes import AXIS, Axis, axis_below, axis_beside, axis_of
from reports.charts.lettering import SMALL, wrap
from reports.charts.shapes import (
    DOT,
    MARGIN,
    WIDTH,
    Dots,
    Drawing,
    Line,
    Mark,
    Point,
    Shape,
    TickText,
    Trail,
    Words,
    tidy,
)

HEIGHT = 220.0
LEFT = 48.0
ROW = 11.0
OWN_ROW = 22.0
#: So many dots keep a drawing small; more are put together where they touch.
MOST_DOTS = 400


@dataclass(frozen=True, slots=True)
class Limits:
    """Where ordinary variation ends at one precision: low, high, for each level."""

    precision: float
    levels: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Spot:
    precision: float
    value: float


@dataclass(frozen=True, slots=True)
class Shrunken:
    value: float
    low: float
    high: float
    is_own: bool = False


def funnel_chart(
    title: str,
    description: str,
    spots: tuple[Spot, Sequence[Spot]],
    curves: tuple[float, Sequence[Limits]],
    *,
    axis_title: str,
    tick_text: TickText,
) -> Drawing:
    """Draw own spot (a diamond) among the others (rings), the middle and its limits.

    `spots` are the own one and the others, `curves` the middle and the limits over precision.
    Precision grows to the right; it has no figures, as they would tell how many people answered.
    """
    own, others = spots
    middle, limits = curves
    bounds = [bound for limit in limits for pair in limit.levels for bound in pair]
    up = axis_of([*bounds, own.value, *(spot.value for spot in others)], start=HEIGHT, end=8.0)
    most = max(limit.precision for limit in limits)
    along = Axis(0.0, most, most, LEFT, WIDTH - MARGIN)
    marks: list[Mark] = [
        *axis_beside(up, LEFT, tick_text),
        Line("axis", LEFT, HEIGHT, WIDTH - MARGIN, HEIGHT),
        Line("zero", LEFT, up.place(0), WIDTH - MARGIN, up.place(0)),
        Line("middle", LEFT, up.place(middle), WIDTH - MARGIN, up.place(middle)),
        *_limit_lines(limits, along, up),
        Dots("others", _distinct((along.place(s.precision), up.place(s.value)) for s in others)),
        _diamond(along.place(own.precision), up.place(own.value)),
    ]
    y = HEIGHT
    for line in wrap(axis_title, WIDTH - MARGIN - LEFT, SMALL):
        y += 18
        marks.append(Words("scale", (LEFT + WIDTH - MARGIN) / 2, y, "middle", line))
    return Drawing(title, description, WIDTH, y + 8, tuple(marks))


def _limit_lines(limits: Sequence[Limits], along: Axis, up: Axis) -> Iterator[Mark]:
    roles = ("limit", "far")[: len(limits[0].levels)]
    for level, role in enumerate(roles):
        for side in (0, 1):
            yield Trail(
                role,
                tuple(
                    (along.place(limit.precision), up.place(limit.levels[level][side]))
                    for limit in limits
                ),
            )


def _distinct(points: Iterator[Point]) -> tuple[Point, ...]:
    """Return places on a grid, each once: hundreds of communities lie on top of each other."""
    places = list(points)
    grid = 1
    while True:
        distinct = {
            (float(grid * round(x / grid)), float(grid * round(y / grid))) for x, y in places
        }
        if len(distinct) <= MOST_DOTS:
            return tuple(sorted(distinct))
        grid += 1


def _diamond(x: float, y: float) -> Shape:
    size = DOT + 2
    return Shape(
        "point",
        ((x, tidy(y - size)), (tidy(x + size), y), (x, tidy(y + size)), (tidy(x - size), y)),
    )


def caterpillar_chart(
    title: str,
    description: str,
    rows: Sequence[Shrunken],
    middle: float,
    *,
    own_label: str,
    tick_text: TickText,
) -> Drawing:
    """Draw one line per community in the order given; only the own one has a label."""
    axis = axis_of([bound for row in rows for bound in (row.low, row.high)])
    drawn: list[Mark] = []
    top = 6.0
    others: list[Point] = []
    for row in rows:
        y = top + (OWN_ROW if row.is_own else 0.0) + ROW / 2
        role = "interval" if row.is_own else "thin"
        drawn.append(Line(role, axis.place(row.low), y, axis.place(row.high), y))
        if row.is_own:
            drawn += [_diamond(axis.place(row.value), y), _own_words(own_label, top, axis)]
        else:
            others.append((axis.place(row.value), y))
        top = y + ROW / 2
    ground: list[Mark] = [
        Line("zero", axis.place(0), 2, axis.place(0), top),
        Line("middle", axis.place(middle), 2, axis.place(middle), top),
    ]
    marks = (*ground, *axis_below(axis, top, tick_text), *drawn, Dots("others", tuple(others)))
    return Drawing(title, description, WIDTH, top + AXIS, marks)


def _own_words(label: str, top: float, axis: Axis) -> Words:
    return Words("label", (axis.start + axis.end) / 2, top + 16, "middle", label)
