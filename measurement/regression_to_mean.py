"""How much a group that was chosen for its need would have improved without any help."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.special import log_ndtr

from measurement.inputs import Values, vector


@dataclass(frozen=True, slots=True)
class SplitChange:
    """The change of a chosen group, split in two; person-average.

    Attributes
    ----------
    observed
        Mean of after minus before in the group.
    by_regression
        What regression to the mean alone would have made.
    beyond
        Observed minus by_regression. Still a change, not an effect.
    n
        Persons of the group.
    """

    observed: float
    by_regression: float
    beyond: float
    n: int


def expected_change(before: float, population_mean: float, retest_correlation: float) -> float:
    """Say how much somebody with this score is expected to change if nothing happens.

    -(1 - r)(y1 - mu), where the spread of the population stays the same.

    Parameters
    ----------
    before
        The first score, or the mean first score of a group.
    population_mean
        Of the population from which they were chosen, which itself does not change.
    retest_correlation
        Between two occasions without intervention, from -1 to 1.

    Raises
    ------
    ValueError
        If the correlation is out of range or a number is not finite.

    References
    ----------
    Barnett, van der Pols & Dobson 2005, International Journal of Epidemiology 34:215-220, doi
    10.1093/ije/dyh299.
    """
    correlation = _correlation(retest_correlation)
    distance = before - population_mean
    if not math.isfinite(distance):
        raise ValueError(f"scores must be finite, not {before!r} and {population_mean!r}.")
    return -(1 - correlation) * distance


def expected_change_beyond_cutoff(
    cutoff: float,
    *,
    population_mean: float,
    population_sd: float,
    retest_correlation: float,
    chosen: Literal["above", "below"],
) -> float:
    """Say how much a group chosen by a cut-off is expected to change if nothing happens.

    Of a normal population everybody above (or below) the cut-off is taken. Their mean moves back
    by sd (1 - r) C(z), C(z) = phi(z) / (1 - Phi(z)).

    Raises
    ------
    ValueError
        If the sd is not positive, the correlation is out of range, or ``chosen`` is unknown.

    References
    ----------
    Davis 1976, American Journal of Epidemiology 104:493-498; Barnett et al. 2005, formula 1.
    """
    correlation = _correlation(retest_correlation)
    if not (math.isfinite(population_sd) and population_sd > 0):
        raise ValueError(f"population_sd must be positive and finite, not {population_sd!r}.")
    if chosen not in ("above", "below"):
        raise ValueError(f"chosen must be above or below, not {chosen!r}.")
    sign = 1 if chosen == "above" else -1
    distance = sign * (cutoff - population_mean) / population_sd
    if not math.isfinite(distance):
        raise ValueError(f"cut-off and mean must be finite, not {cutoff!r}, {population_mean!r}.")
    # The logarithm keeps the ratio right far out in the tail, where both parts vanish.
    ratio = math.exp(-(distance**2) / 2 - math.log(2 * math.pi) / 2 - float(log_ndtr(-distance)))
    return -sign * (1 - correlation) * population_sd * ratio


def correlation_of_change_with_baseline(
    retest_correlation: float, *, sd_before: float = 1.0, sd_after: float = 1.0
) -> float:
    """Say how change and baseline correlate by construction; never plot one against the other.

    (r s2 - s1) / s_d; at equal spread -sqrt((1 - r)/2), so -0.5 at r = .5 with nothing behind it.

    Raises
    ------
    ValueError
        If a spread is not positive, the correlation is out of range, or nobody changes differently.
    """
    correlation = _correlation(retest_correlation)
    if not (0 < sd_before < math.inf and 0 < sd_after < math.inf):
        raise ValueError(f"spreads must be positive and finite: {sd_before!r}, {sd_after!r}.")
    squares = sd_before**2 + sd_after**2 - 2 * correlation * sd_before * sd_after
    if squares <= 0:
        raise ValueError("change does not vary, so that it correlates with nothing.")
    return (correlation * sd_after - sd_before) / math.sqrt(squares)


def split_change(
    before: Values, after: Values, *, population_mean: float, retest_correlation: float
) -> SplitChange:
    """Split the change of a chosen group into regression to the mean and what is beyond.

    Parameters
    ----------
    before, after
        Linked scores of the group, nothing missing, at least one person.
    population_mean, retest_correlation
        As for :func:`expected_change`; from an untreated panel, not from this group.

    Raises
    ------
    ValueError
        If nobody is there, lengths differ, or the input is refused.
    """
    first, second = vector(before, "before"), vector(after, "after")
    if first.size != second.size or not first.size:
        raise ValueError(
            f"before and after must hold the same persons, not {first.size} and {second.size}."
        )
    observed = float(np.mean(second - first))
    by_regression = expected_change(float(first.mean()), population_mean, retest_correlation)
    return SplitChange(
        observed=observed,
        by_regression=by_regression,
        beyond=observed - by_regression,
        n=first.size,
    )


def _correlation(value: float) -> float:
    if not -1 <= value <= 1:
        raise ValueError(f"retest_correlation must lie between -1 and 1, not {value!r}.")
    return float(value)
