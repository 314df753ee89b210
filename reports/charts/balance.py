"""One bar of a hundred per cent: up, neither, down, and what noise alone would give each way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reports.charts.bars import ABOVE_BAR, BELOW_BAR
from reports.charts.lettering import row_words
from reports.charts.shapes import MARGIN, SPACE, WIDTH, Box, Drawing, Line, Mark, Trail, tidy

HEIGHT = 20.0
HATCH = 5.0


@dataclass(frozen=True, slots=True)
class Balance:
    """Shares from 0 to 1; lower ones lie left, higher ones right, as on every axis here."""

    label: str
    note: str
    down: float
    up: float
    chance: float | None = None


def balance_chart(title: str, description: str, rows: Sequence[Balance]) -> Drawing:
    """Draw a bar per row: hatched for lower, light for neither, full for higher."""
    marks: list[Mark] = []
    top = 0.0
    for row in rows:
        words, y = row_words(row.label, row.note, top)
        y += ABOVE_BAR
        marks += [*words, *_bar(row, y)]
        top = y + HEIGHT + BELOW_BAR
    return Drawing(title, description, WIDTH, top, tuple(marks))


def _bar(row: Balance, y: float) -> Iterator[Mark]:
    down, up = tidy(SPACE * row.down), tidy(SPACE * row.up)
    right = WIDTH - MARGIN - up
    yield Box("neither", MARGIN, y, SPACE, HEIGHT)
    if row.up:
        yield Box("bar", tidy(right), y, up, HEIGHT)
    if row.down:
        yield Box("down", MARGIN, y, down, HEIGHT)
        yield Trail("hatch", tuple(_zigzag(MARGIN, MARGIN + down, y)))
    if row.chance is not None:
        reach = tidy(SPACE * row.chance)
        for x in (MARGIN + reach, WIDTH - MARGIN - reach):
            yield Line("chance", x, y - 4, x, y + HEIGHT + 4)


def _zigzag(left: float, right: float, y: float) -> Iterator[tuple[float, float]]:
    x, below = left, True
    while x <= right:
        yield tidy(x), y + HEIGHT if below else y
        below = not below
        x += HATCH
