"""How many went from step to step, and how many did not: boxes below each other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import get_language_bidi

from reports.charts.lettering import LETTER, LINE, wrap
from reports.charts.shapes import MARGIN, WIDTH, Box, Drawing, Line, Mark, Words, arrowhead

BOX_WIDTH = 200.0
PADDING = 9.0
#: Between two boxes, where nothing is said beside the arrow.
ARROW = 26.0
ELBOW = 16.0
SIDE_WIDTH = WIDTH - 2 * MARGIN - BOX_WIDTH - ELBOW


@dataclass(frozen=True, slots=True)
class Step:
    label: str
    #: How many, in words: withheld ones too.
    note: str
    #: What is said beside the arrow to the next step.
    leaving: str = ""


def flow_chart(
    title: str, description: str, steps: Sequence[Step], *, beside: Step | None = None
) -> Drawing:
    """Draw the steps from top to bottom; `beside` is one that joins the last from the side.

    Where the language runs from right to left, the boxes stand on the right.
    """
    marks: list[Mark] = []
    top = 1.0
    for number, step in enumerate(steps):
        is_last = number == len(steps) - 1
        drawn, bottom = _box(step, _left(), top, BOX_WIDTH)
        marks += drawn
        if is_last and beside is not None:
            side, side_bottom = _joining(beside, top, bottom)
            marks += side
            bottom = max(bottom, side_bottom)
        if is_last:
            top = bottom
            break
        lines = wrap(step.leaving, SIDE_WIDTH) if step.leaving else []
        room = max(ARROW, len(lines) * LINE + 8)
        marks += _arrow(bottom, bottom + room, lines)
        top = bottom + room
    return Drawing(title, description, WIDTH, top + 2, tuple(marks))


def _left() -> float:
    return WIDTH - MARGIN - BOX_WIDTH if get_language_bidi() else MARGIN


def _box(step: Step, x: float, top: float, width: float) -> tuple[list[Mark], float]:
    inner = width - 2 * PADDING
    side = "end" if get_language_bidi() else "start"
    start = x + width - PADDING if get_language_bidi() else x + PADDING
    y = top + PADDING + LETTER - 3
    words: list[Mark] = []
    for role, text in (("text", step.label), ("label", step.note)):
        for line in wrap(text, inner, bold=role == "label"):
            words.append(Words(role, start, y, side, line))
            y += LINE
    bottom = y - LINE + PADDING
    return [Box("step", x, top, width, bottom - top), *words], bottom


def _joining(step: Step, top: float, bottom: float) -> tuple[list[Mark], float]:
    right_to_left = get_language_bidi()
    x = MARGIN if right_to_left else WIDTH - MARGIN - SIDE_WIDTH
    marks, lowest = _box(step, x, top, SIDE_WIDTH)
    y = top + (min(bottom, lowest) - top) / 2
    start, end, way = (
        (x + SIDE_WIDTH, x + SIDE_WIDTH + ELBOW, 1.0) if right_to_left else (x, x - ELBOW, -1.0)
    )
    return [*marks, Line("arrow", start, y, end - way * 5, y), arrowhead(end, y, way, 0)], lowest


def _arrow(top: float, bottom: float, lines: Sequence[str]) -> Iterator[Mark]:
    middle = _left() + BOX_WIDTH / 2
    yield Line("arrow", middle, top, middle, bottom - 5)
    yield arrowhead(middle, bottom, 0, 1)
    if not lines:
        return
    right_to_left = get_language_bidi()
    edge = MARGIN + SIDE_WIDTH if right_to_left else WIDTH - MARGIN - SIDE_WIDTH
    way, anchor = (-1, "end") if right_to_left else (1, "start")
    y = (top + bottom) / 2
    yield Line("arrow", middle, y, edge - way * 9, y)
    yield arrowhead(edge - way * 4, y, way, 0)
    first = y - (len(lines) - 1) * LINE / 2 + LETTER / 2 - 2
    for number, line in enumerate(lines):
        yield Words("note", edge, first + number * LINE, anchor, line)
