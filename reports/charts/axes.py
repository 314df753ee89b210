"""Axes of figures: they run from left to right and upwards in every language."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import floor, log10

from reports.charts.shapes import MARGIN, WIDTH, Line, Mark, TickText, Words, tidy

#: Below an axis, for its ticks and their figures.
AXIS = 30.0
#: The most ticks that stay readable on a phone.
TICKS = 6


@dataclass(frozen=True, slots=True)
class Axis:
    """From figures to places: zero is always on it."""

    low: float
    high: float
    step: float
    start: float = MARGIN
    end: float = WIDTH - MARGIN

    def place(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return tidy(self.start + share * (self.end - self.start))

    def ticks(self) -> Iterator[Decimal]:
        step = Decimal(repr(self.step))
        tick = Decimal(repr(self.low))
        while tick <= Decimal(repr(self.high)):
            yield tick
            tick += step


def axis_of(values: Sequence[float], *, start: float = MARGIN, end: float = WIDTH - MARGIN) -> Axis:
    """Return an axis around the values and zero that begins and ends at a round figure."""
    return axis_around([*values, 0.0], start=start, end=end)


def axis_around(
    values: Sequence[float], *, start: float = MARGIN, end: float = WIDTH - MARGIN
) -> Axis:
    """Return an axis around the values alone, from a round figure to a round figure."""
    least, most = min(values), max(values)
    step = _round_step((most - least) / (TICKS - 1))
    low, high = -step * -floor(least / step), step * -floor(-most / step)
    return Axis(_plain(low), _plain(high) if high > low else _plain(low + step), step, start, end)


def _round_step(rough: float) -> float:
    """Return the least of 1, 2, 5 x 10^k that is no smaller."""
    if rough <= 0:
        return 1.0
    power = 10.0 ** floor(log10(rough))
    return _plain(next(power * digit for digit in (1, 2, 5, 10) if power * digit >= rough * 0.999))


def _plain(value: float) -> float:
    return round(value, 6) + 0.0  # no minus before a zero


def axis_below(axis: Axis, y: float, tick_text: TickText) -> Iterator[Mark]:
    """Draw the axis that runs from left to right."""
    for tick in axis.ticks():
        x = axis.place(float(tick))
        yield Line("tick", x, y, x, y + 5)
        yield Words("scale", x, y + 20, "middle", tick_text(tick))
    yield Line("axis", axis.start, y, axis.end, y)


def axis_beside(axis: Axis, x: float, tick_text: TickText) -> Iterator[Mark]:
    """Draw the axis that runs upwards, its figures on the left of it."""
    for tick in axis.ticks():
        y = axis.place(float(tick))
        yield Line("tick", x - 5, y, x, y)
        yield Words("scale", x - 8, y + 4, "end", tick_text(tick))
    yield Line("axis", x, axis.start, x, axis.end)
