"""Strain and distress as a plane, with the frozen line of what is usual in the network."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import hypot

from reports.charts.axes import Axis, axis_around, axis_below, axis_beside
from reports.charts.lettering import SMALL, row_words, wrap
from reports.charts.shapes import (
    MARGIN,
    WIDTH,
    Dot,
    Drawing,
    Line,
    Mark,
    Point,
    Shape,
    TickText,
    Trail,
    Words,
    arrowhead,
)

HEIGHT = 210.0
LEFT = 44.0


@dataclass(frozen=True, slots=True)
class UsualLine:
    """What is usual at the two ends of the part that is shown."""

    start: Point
    end: Point
    #: So much of everybody's spread lies to each side of it.
    spread: float


@dataclass(frozen=True, slots=True)
class PlaneWords:
    across: str
    upwards: str
    more: str
    less: str


def plane_chart(
    title: str,
    description: str,
    line: UsualLine,
    arrow: tuple[Point, Point],
    words: PlaneWords,
    *,
    tick_text: TickText,
) -> Drawing:
    """Draw the line with its band, and an arrow from before (a ring) to after."""
    heading, y = row_words(words.upwards, "", 0)
    top, bottom = y + 12, y + 12 + HEIGHT
    before, after = arrow
    ends = sorted((line.start[1], line.end[1]))
    lowest, highest = max(ends[0] - line.spread, 0.0), ends[1] + line.spread
    loads = [line.start[0], line.end[0], before[0], after[0]]
    across = axis_around(loads, start=LEFT, end=WIDTH - MARGIN)
    up = axis_around([lowest, highest, before[1], after[1]], start=bottom, end=top)
    marks: list[Mark] = [
        *heading,
        *_usual(line, across, up),
        *axis_beside(up, LEFT, tick_text),
        *axis_below(across, bottom, tick_text),
        *_sides(words, top, bottom),
        *_arrow(_at(before, across, up), _at(after, across, up)),
    ]
    y = bottom + 24
    for text in wrap(words.across, WIDTH - MARGIN - LEFT, bold=True):
        y += 17
        marks.append(Words("label", (LEFT + WIDTH - MARGIN) / 2, y, "middle", text))
    return Drawing(title, description, WIDTH, y + 8, tuple(marks))


def _at(point: Point, across: Axis, up: Axis) -> Point:
    return across.place(point[0]), up.place(point[1])


def _usual(line: UsualLine, across: Axis, up: Axis) -> Iterator[Mark]:
    (x1, y1), (x2, y2) = line.start, line.end
    # Nobody has less than no distress, so the band ends there.
    edges = (
        (x1, max(y1 - line.spread, up.low)),
        (x2, max(y2 - line.spread, up.low)),
        (x2, y2 + line.spread),
        (x1, y1 + line.spread),
    )
    yield Shape("band", tuple(_at(edge, across, up) for edge in edges))
    yield Trail("middle", (_at(line.start, across, up), _at(line.end, across, up)))


def _sides(words: PlaneWords, top: float, bottom: float) -> Iterator[Mark]:
    width = (WIDTH - MARGIN - LEFT) * 0.6
    for number, line in enumerate(wrap(words.more, width, SMALL)):
        yield Words("scale", LEFT + 8, top + 14 + number * 15, "start", line)
    lines = wrap(words.less, width, SMALL)
    for number, line in enumerate(lines):
        y = bottom - 8 - (len(lines) - 1 - number) * 15
        yield Words("scale", WIDTH - MARGIN - 4, y, "end", line)


def _arrow(start: Point, end: Point) -> Iterator[Mark]:
    length = hypot(end[0] - start[0], end[1] - start[1])
    if length > 1:
        dx, dy = (end[0] - start[0]) / length, (end[1] - start[1]) / length
        yield Line("interval", *start, end[0] - dx * 6, end[1] - dy * 6)
        yield arrowhead(*end, dx, dy, 6.0)
    else:  # so near that an arrow has no direction
        yield Dot("point", *end, 4.0)
    yield Dot("ring", *start, 4.5)
