"""The interval of a change of problems that is freed from the change of exposure."""

from collections.abc import Sequence
from math import sqrt
from typing import Any, cast

from indicators.catalogue.formula import Facts, Formula, Scalar, compute
from measurement.clusters import design_effect
from measurement.estimates import t_quantile

CONFIDENCE = 0.95
FEWEST = 2
CHANGES = ("problems_change", "exposure_change")


def residual_interval(
    formula: Formula, facts: Facts, *, sizes: Sequence[int], icc: float
) -> tuple[float | None, float | None]:
    """Return the interval of a figure that weighs the changes of problems and of exposure.

    Each person adds w_P · ΔP + w_E · ΔE to the figure. The spread of these parts follows from the
    stored squares and products; people of one workshop resemble each other, which the design
    effect of workshops of these `sizes` allows for. The line itself is taken as given.
    """
    n = int(_number(facts, "stress_pairs"))
    if n < FEWEST:
        return None, None
    value = compute(formula, facts)
    weights = [_weight(formula, facts, name, value) for name in CHANGES]
    squares = [
        [_number(facts, "problems_change_squared"), _number(facts, "change_products")],
        [_number(facts, "change_products"), _number(facts, "exposure_change_squared")],
    ]
    totals = [_number(facts, name) for name in CHANGES]
    spread = sum(
        weights[i] * weights[j] * (squares[i][j] - totals[i] * totals[j] / n)
        for i in range(2)
        for j in range(2)
    )
    effect = max(design_effect(sizes, icc), 1.0) if sizes else 1.0
    # Each part is a person's share of the mean, hence n and not 1 / n.
    error = sqrt(max(spread, 0.0) * n / (n - 1) * effect)
    reach = t_quantile((1 + CONFIDENCE) / 2, n - 1) * error
    return float(value) - reach, float(value) + reach


def _weight(formula: Formula, facts: Facts, name: str, value: Scalar) -> float:
    """Return how much one more point of a change moves the figure, which is linear in it."""
    moved: dict[str, Any] = {**facts, name: _number(facts, name) + 1}
    return float(compute(formula, moved)) - float(value)


def _number(facts: Facts, name: str) -> float:
    return float(cast("Scalar", facts[name]))
