"""Twenty dots for twenty equally plausible values: how sure one may be, to be counted by eye."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from statistics import NormalDist

from reports.charts.axes import AXIS, axis_below, axis_of
from reports.charts.shapes import WIDTH, Box, Dot, Drawing, Line, Mark, TickText

DOTS = 20
RADIUS = 6.0
#: A 95 % interval reaches so many standard errors to each side.
REACH = 1.96


def plausible_values(value: Decimal, low: Decimal, high: Decimal) -> list[float]:
    """Return twenty values, each as plausible as the others, by a normal approximation."""
    error = float(high - low) / 2 / REACH
    if error <= 0:
        return [float(value)] * DOTS
    normal = NormalDist(float(value), error)
    return [normal.inv_cdf((number + 0.5) / DOTS) for number in range(DOTS)]


def quantile_chart(
    title: str,
    description: str,
    values: Sequence[float],
    smallest_change: Decimal,
    *,
    tick_text: TickText,
) -> Drawing:
    """Stack the dots over the axis; those within the band of what does not matter are rings."""
    band = float(smallest_change)
    axis = axis_of([*values, band, -band])
    columns = [round(axis.place(value) / (2 * RADIUS)) for value in values]
    tallest = max(Counter(columns).values())
    base = tallest * 2 * RADIUS + 12
    left, right = axis.place(-band), axis.place(band)
    marks: list[Mark] = [
        Box("band", left, 4, right - left, base - 4),
        Line("zero", axis.place(0), 4, axis.place(0), base),
        *axis_below(axis, base, tick_text),
    ]
    filled: Counter[int] = Counter()
    for value, column in zip(values, columns, strict=True):
        y = base - RADIUS - 2 - filled[column] * 2 * RADIUS
        filled[column] += 1
        role = "ring" if abs(value) < band else "point"
        marks.append(Dot(role, column * 2 * RADIUS, y, RADIUS - 1.2))
    return Drawing(title, description, WIDTH, base + AXIS, tuple(marks))
