"""Two shares of the same group, joined by a line: who came, and who lives here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import get_language_bidi

from reports.charts.axes import AXIS, axis_below, axis_of
from reports.charts.lettering import GAP, LETTER, row_words, width_of
from reports.charts.shapes import DOT, MARGIN, WIDTH, Dot, Drawing, Line, Mark, TickText, Words

KEY = 26.0


@dataclass(frozen=True, slots=True)
class Dumbbell:
    label: str
    note: str
    #: The filled dot and the ring; None where it is withheld or not known.
    first: Decimal | None
    second: Decimal | None


def dumbbell_chart(
    title: str,
    description: str,
    rows: Sequence[Dumbbell],
    names: tuple[str, str],
    *,
    tick_text: TickText,
) -> Drawing:
    """Draw each row's two figures; `names` say what the dot and the ring are."""
    values = [float(value) for row in rows for value in (row.first, row.second) if value]
    axis = axis_of([*values, 1.0])
    marks: list[Mark] = list(_key(names))
    top = KEY
    for row in rows:
        words, y = row_words(row.label, row.note, top + 4)
        y += 14
        places = [
            None if value is None else axis.place(float(value)) for value in (row.first, row.second)
        ]
        marks += [*words, *_pair(places[0], places[1], y)]
        top = y + 14
    marks += axis_below(axis, top, tick_text)
    return Drawing(title, description, WIDTH, top + AXIS, tuple(marks))


def _pair(first: float | None, second: float | None, y: float) -> Iterator[Mark]:
    if first is not None and second is not None:
        yield Line("join", first, y, second, y)
    if second is not None:
        yield Dot("ring", second, y, DOT + 1)
    if first is not None:
        yield Dot("point", first, y, DOT - 1)


def _key(names: tuple[str, str]) -> Iterator[Mark]:
    """Say what dot and ring mean, from the side on which the language begins."""
    way = -1 if get_language_bidi() else 1
    x = WIDTH - MARGIN if way < 0 else MARGIN
    anchor = "end" if way < 0 else "start"
    for name, mark in zip(names, ("point", "ring"), strict=True):
        yield Dot(mark, x + way * DOT, LETTER - 4, DOT)
        yield Words("scale", x + way * (DOT * 2 + 6), LETTER, anchor, name)
        x += way * (DOT * 2 + 6 + width_of(name) + GAP)
