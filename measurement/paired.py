"""How much the same people changed, from before to after."""

from dataclasses import dataclass
from math import sqrt
from typing import ClassVar, NamedTuple

import numpy as np

from measurement.inputs import Floats, MissingRows, Values, confidence_level, pairs
from measurement.student import uncertainty
from measurement.sums import PairSums
from measurement.variance import sample_variance


@dataclass(frozen=True, slots=True)
class PairedChange:
    """The mean change of people who answered both times, with its uncertainty.

    Attributes
    ----------
    n
        How many people have both scores. Everything below is about these people, in points.
    mean_before, mean_after, change
        Means, and the mean of after minus before; None for nobody.
    sd_before, sd_after, sd_change
        Standard deviations (n - 1); None for fewer than two people.
    standard_error, low, high
        Of the mean change, and its confidence interval by the t distribution; None for fewer
        than two people.
    t, degrees_of_freedom, p_value
        Of the paired t-test that the change is zero, two-sided. None for fewer than two people;
        t and p are None, too, where everybody changed by exactly the same.
    correlation
        Of before with after; None for fewer than two people, or if one of them does not vary.
    """

    people: ClassVar[str] = "same people"

    n: int
    mean_before: float | None
    sd_before: float | None
    mean_after: float | None
    sd_after: float | None
    change: float | None
    sd_change: float | None
    standard_error: float | None
    low: float | None
    high: float | None
    t: float | None
    degrees_of_freedom: int | None
    p_value: float | None
    correlation: float | None


def paired_change(
    before: Values,
    after: Values,
    *,
    confidence: float = 0.95,
    missing: MissingRows = "complete",
) -> PairedChange:
    """Measure how much the same people changed.

    Parameters
    ----------
    before, after
        Scores of the same people in the same order; None and NaN mean missing.
    confidence
        Of the interval, between 0 and 1.
    missing
        ``"complete"`` uses the people with both scores, ``"raise"`` refuses missing scores.

    Raises
    ------
    ValueError
        If the lengths differ, scores are not finite numbers, or are missing and refused.

    Notes
    -----
    The interval is d ± t(n - 1) s_d / √n, with d the mean and s_d the standard deviation of
    the differences. It describes a change of these people; without a comparison group it says
    nothing about the cause. People trained together are less independent than it assumes: see
    the module about clusters.

    References
    ----------
    Student (1908), Biometrika 6(1):1-25, https://doi.org/10.1093/biomet/6.1.1
    """
    level = confidence_level(confidence)
    return _change(_moments(*pairs(before, after, missing=missing)), level)


def paired_change_from_sums(sums: PairSums, *, confidence: float = 0.95) -> PairedChange:
    """Measure how much the same people changed, from the exact sums of their scores.

    The result is that of :func:`paired_change` from the raw scores, in points. Means and
    variances are formed in whole numbers and become floating point at the very end.
    """
    level = confidence_level(confidence)
    parts = (sums.before, sums.after, sums.change)
    moments = _Moments(
        sums.n,
        [float(part.mean or 0) for part in parts],
        [float(part.variance or 0) for part in parts],
        float(sums.covariance or 0),
    )
    return _change(moments, level)


class _Moments(NamedTuple):
    n: int
    means: list[float]  # before, after, change
    variances: list[float]
    covariance: float


def _moments(before: Floats, after: Floats) -> _Moments:
    n = before.size
    if n == 0:
        return _Moments(0, [0.0] * 3, [0.0] * 3, 0.0)
    difference = after - before
    size = max(float(np.abs(scores).max()) for scores in (before, after))
    means = [float(scores.mean()) for scores in (before, after, difference)]
    variances = [
        sample_variance(before),
        sample_variance(after),
        sample_variance(difference, size=size),
    ]
    products = (before - means[0]) @ (after - means[1])
    return _Moments(n, means, variances, float(products) / max(n - 1, 1))


def _change(moments: _Moments, level: float) -> PairedChange:
    n, means, variances, covariance = moments
    if n == 0:
        return PairedChange(0, *[None] * 13)
    if n == 1:
        return PairedChange(1, means[0], None, means[1], None, means[2], *[None] * 8)
    standard_deviations = [sqrt(variance) for variance in variances]
    standard_error = sqrt(variances[2] / n)
    found = uncertainty(means[2], standard_error, n - 1, level)
    return PairedChange(
        n=n,
        mean_before=means[0],
        sd_before=standard_deviations[0],
        mean_after=means[1],
        sd_after=standard_deviations[1],
        change=means[2],
        sd_change=standard_deviations[2],
        standard_error=standard_error,
        low=found.low,
        high=found.high,
        t=found.t,
        degrees_of_freedom=n - 1,
        p_value=found.p_value,
        correlation=_correlation(variances[0], variances[1], covariance),
    )


def _correlation(first: float, second: float, covariance: float) -> float | None:
    if first == 0 or second == 0:
        return None
    # Rounding can lead a little beyond the bounds.
    return max(-1.0, min(1.0, covariance / sqrt(first * second)))
