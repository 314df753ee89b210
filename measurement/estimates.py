"""An estimate with its interval, and the name of what it is an estimate of."""

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

from scipy.special import stdtr, stdtrit

from measurement.inputs import confidence_level

# Person-average: every person counts the same, a large workshop more than a small one.
# Cluster-average: every cluster counts the same (a community-average, if clusters are
# communities). The two differ as soon as the size of a cluster has to do with its change.
Estimand: TypeAlias = Literal["person-average", "cluster-average", "precision-weighted average"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number, how uncertain it is, and what it stands for.

    Attributes
    ----------
    estimand
        Over what the average runs.
    value, standard_error, low, high
        In the unit of the data; ``low`` to ``high`` is the interval at ``confidence``.
    degrees_of_freedom
        Of the t distribution that made the interval.
    """

    estimand: Estimand
    value: float
    standard_error: float
    degrees_of_freedom: float
    low: float
    high: float
    confidence: float

    @property
    def t(self) -> float | None:
        """Value over standard error; None where nothing varies."""
        return self.value / self.standard_error if self.standard_error > 0 else None

    @property
    def p_value(self) -> float | None:
        """Two-sided p value against zero; None where nothing varies."""
        if self.t is None:
            return None
        return 2 * float(stdtr(self.degrees_of_freedom, -abs(self.t)))


def t_estimate(
    value: float,
    standard_error: float,
    degrees_of_freedom: float,
    *,
    estimand: Estimand,
    confidence: float = 0.95,
) -> Estimate:
    """Put a symmetric t interval around a value.

    Raises
    ------
    ValueError
        If the degrees of freedom are not positive, or the standard error is negative.
    """
    level = confidence_level(confidence)
    if not degrees_of_freedom > 0:
        raise ValueError(f"degrees_of_freedom must be positive, not {degrees_of_freedom!r}.")
    if not (standard_error >= 0 and math.isfinite(standard_error)):
        raise ValueError(f"standard_error must be finite, not negative, not {standard_error!r}.")
    half_width = t_quantile((1 + level) / 2, degrees_of_freedom) * standard_error
    return Estimate(
        estimand=estimand,
        value=float(value),
        standard_error=float(standard_error),
        degrees_of_freedom=float(degrees_of_freedom),
        low=float(value - half_width),
        high=float(value + half_width),
        confidence=level,
    )


def t_quantile(share: float, degrees_of_freedom: float) -> float:
    """Return the value below which this share of a t distribution lies."""
    return float(stdtrit(degrees_of_freedom, share))
