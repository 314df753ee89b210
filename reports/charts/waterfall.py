"""From the figure of the last report to that of this one, step by step."""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.charts.axes import AXIS, axis_below, axis_of
from reports.charts.bars import ABOVE_BAR, BELOW_BAR
from reports.charts.lettering import row_words
from reports.charts.shapes import BAR, DOT, WIDTH, Box, Drawing, Line, Mark, Shape, TickText, tidy


@dataclass(frozen=True, slots=True)
class Step:
    label: str
    note: str
    value: float
    #: Whether the value is where the figure stands, and not by how much it moved.
    is_level: bool = False


def waterfall_chart(
    title: str, description: str, steps: Sequence[Step], *, tick_text: TickText
) -> Drawing:
    """Draw levels as marks and moves as bars between them, with a point to where they go."""
    places = _places(steps)
    axis = axis_of([place for pair in places for place in pair])
    marks: list[Mark] = []
    top = 0.0
    for step, (start, end) in zip(steps, places, strict=True):
        words, y = row_words(step.label, step.note, top)
        y += ABOVE_BAR
        marks += [*words, Line("zero", axis.place(0), y, axis.place(0), y + BAR + BELOW_BAR)]
        x1, x2 = axis.place(start), axis.place(end)
        if step.is_level:
            marks.append(Box("bar", tidy(x2 - 3), y, 6, BAR))
        else:
            marks += _move(x1, x2, y)
        top = y + BAR + BELOW_BAR
    marks = [*axis_below(axis, top, tick_text), *marks]
    return Drawing(title, description, WIDTH, top + AXIS, tuple(marks))


def _places(steps: Sequence[Step]) -> list[tuple[float, float]]:
    places = []
    now = 0.0
    for step in steps:
        start, now = now, step.value if step.is_level else now + step.value
        places.append((now if step.is_level else start, now))
    return places


def _move(x1: float, x2: float, y: float) -> list[Mark]:
    middle = y + BAR / 2
    if abs(x2 - x1) < 1:
        return [Line("plan", x1, y, x1, y + BAR)]
    way = 1 if x2 > x1 else -1
    tip = tidy(x2 - way * min(DOT * 2, abs(x2 - x1)))
    return [
        Line("interval", x1, middle, x2, middle),
        Shape("point", ((tip, y), (x2, middle), (tip, y + BAR))),
    ]
