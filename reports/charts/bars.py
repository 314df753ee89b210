"""Bars: counts below each other, what was held against what was planned, and columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from reports.charts.lettering import LINE, SMALL, row_words, wrap
from reports.charts.shapes import BAR, MARGIN, SPACE, WIDTH, Box, Drawing, Line, Mark, Words, tidy

ABOVE_BAR = 7.0
BELOW_BAR = 12.0
COLUMN_HEIGHT = 120.0
#: Of the place of a column, how much it fills.
COLUMN_SHARE = 0.7


@dataclass(frozen=True, slots=True)
class Bar:
    label: str
    note: str
    value: Decimal | None = None
    #: What was planned, where something was.
    plan: Decimal | None = None


def bar_chart(title: str, description: str, rows: Sequence[Bar]) -> Drawing:
    """Draw figures below each other; a withheld one is an outline, as long for one as for all."""
    longest = max((float(row.value) for row in rows if row.value is not None), default=1.0) or 1.0
    marks: list[Mark] = []
    top = 0.0
    for row in rows:
        words, y = row_words(row.label, row.note, top)
        marks += [*words, _bar(row.value, longest, y + ABOVE_BAR)]
        top = y + ABOVE_BAR + BAR + BELOW_BAR
    return Drawing(title, description, WIDTH, top, tuple(marks))


def bullet_chart(title: str, description: str, rows: Sequence[Bar]) -> Drawing:
    """Draw what was held as a bar and what was planned as a stroke, each row in its own measure."""
    marks: list[Mark] = []
    top = 0.0
    for row in rows:
        words, y = row_words(row.label, row.note, top)
        y += ABOVE_BAR
        plan, held = float(row.plan or 0), float(row.value or 0)
        longest = max(plan, held) or 1.0
        x = tidy(MARGIN + SPACE * plan / longest)
        marks += [
            *words,
            Box("ground", MARGIN, y, tidy(x - MARGIN), BAR),
            Box("bar", MARGIN, y + 4, tidy(SPACE * held / longest), BAR - 8),
            Line("plan", x, y - 3, x, y + BAR + 3),
        ]
        top = y + BAR + BELOW_BAR
    return Drawing(title, description, WIDTH, top, tuple(marks))


def _bar(value: Decimal | None, longest: float, y: float) -> Mark:
    if value is None:
        return Box("withheld", MARGIN, y, SPACE, BAR)
    return Box("bar", MARGIN, y, max(tidy(SPACE * float(value) / longest), 1.0), BAR)


def column_chart(title: str, description: str, columns: Sequence[Bar]) -> Drawing:
    """Draw ordered categories as columns beside each other, from left to right."""
    most = max((float(column.value) for column in columns if column.value), default=1.0)
    place = SPACE / len(columns)
    base = COLUMN_HEIGHT + LINE
    marks: list[Mark] = [Line("axis", MARGIN, base, WIDTH - MARGIN, base)]
    lowest = base
    for number, column in enumerate(columns):
        middle = tidy(MARGIN + place * (number + 0.5))
        high = COLUMN_HEIGHT if column.value is None else COLUMN_HEIGHT * float(column.value) / most
        role = "withheld" if column.value is None else "bar"
        width = tidy(place * COLUMN_SHARE)
        marks += [
            Box(role, tidy(middle - width / 2), tidy(base - high), width, tidy(high)),
            Words("note", middle, tidy(base - high - 5), "middle", column.note),
        ]
        y = base
        for line in wrap(column.label, place - 4, SMALL):
            y += LINE
            marks.append(Words("scale", middle, y, "middle", line))
        lowest = max(lowest, y)
    return Drawing(title, description, WIDTH, lowest + 8, tuple(marks))
