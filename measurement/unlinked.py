"""How much a group changed when nobody knows who is who: before and after are different people."""

from dataclasses import dataclass
from math import sqrt
from typing import ClassVar

from measurement.inputs import MissingValues, Values, confidence_level, vector
from measurement.student import uncertainty
from measurement.sums import ScoreSums
from measurement.variance import sample_variance

FEWEST_TO_VARY = 2


@dataclass(frozen=True, slots=True)
class UnlinkedChange:
    """The difference between two groups of different people, with its uncertainty.

    It must always be labelled so (``people``): who left and who joined is part of the difference.

    Attributes
    ----------
    n_before, n_after
        How many people have a score. Everything below is in points.
    mean_before, mean_after, change
        Means, and their difference; None where nobody has a score.
    sd_before, sd_after
        Standard deviations (n - 1); None for fewer than two people.
    standard_error, low, high
        Of the difference, and its confidence interval; None unless both groups have two people.
    t, degrees_of_freedom, p_value
        Of Welch's test that the difference is zero, two-sided; None, too, where nobody in either
        group differs from the others.
    """

    people: ClassVar[str] = "different people"

    n_before: int
    n_after: int
    mean_before: float | None
    sd_before: float | None
    mean_after: float | None
    sd_after: float | None
    change: float | None
    standard_error: float | None
    low: float | None
    high: float | None
    t: float | None
    degrees_of_freedom: float | None
    p_value: float | None


@dataclass(frozen=True, slots=True)
class _Group:
    n: int
    mean: float | None
    variance: float | None

    @property
    def sd(self) -> float | None:
        return None if self.variance is None else sqrt(self.variance)


def unlinked_change(
    before: Values,
    after: Values,
    *,
    confidence: float = 0.95,
    missing: MissingValues = "drop",
) -> UnlinkedChange:
    """Compare the scores of two groups of different people.

    Parameters
    ----------
    before, after
        Scores of two groups, of any sizes; None and NaN mean missing.
    confidence
        Of the interval, between 0 and 1.
    missing
        ``"drop"`` leaves missing scores out, ``"raise"`` refuses them.

    Raises
    ------
    ValueError
        If scores are not finite numbers, or are missing and refused.

    Notes
    -----
    The variances need not be equal (Welch). Linked pairs of the same number of people are far
    more precise, because each person is then compared with himself or herself.

    References
    ----------
    Welch (1947), Biometrika 34(1-2):28-35, https://doi.org/10.1093/biomet/34.1-2.28
    """
    level = confidence_level(confidence)
    groups = []
    for values, name in ((before, "before"), (after, "after")):
        scores = vector(values, name, missing=missing)
        mean = float(scores.mean()) if scores.size else None
        variance = sample_variance(scores) if scores.size >= FEWEST_TO_VARY else None
        groups.append(_Group(scores.size, mean, variance))
    return _compare(groups[0], groups[1], level)


def unlinked_change_from_sums(
    before: ScoreSums, after: ScoreSums, *, confidence: float = 0.95
) -> UnlinkedChange:
    """Compare two groups of different people, from the exact sums of their scores.

    The result is that of :func:`unlinked_change` from the raw scores, in points.
    """
    level = confidence_level(confidence)
    groups = [
        _Group(
            sums.n,
            None if sums.mean is None else float(sums.mean),
            None if sums.variance is None else float(sums.variance),
        )
        for sums in (before, after)
    ]
    return _compare(groups[0], groups[1], level)


def _compare(before: _Group, after: _Group, level: float) -> UnlinkedChange:
    described = (before.n, after.n, before.mean, before.sd, after.mean, after.sd)
    if before.mean is None or after.mean is None:
        return UnlinkedChange(*described, *[None] * 7)
    change = after.mean - before.mean
    if before.variance is None or after.variance is None:
        return UnlinkedChange(*described, change, *[None] * 6)
    first, second = before.variance / before.n, after.variance / after.n
    standard_error = sqrt(first + second)
    if standard_error == 0:
        return UnlinkedChange(*described, change, 0.0, change, change, None, None, None)
    share = first / (first + second)
    degrees = 1 / (share**2 / (before.n - 1) + (1 - share) ** 2 / (after.n - 1))
    found = uncertainty(change, standard_error, degrees, level)
    return UnlinkedChange(
        *described,
        change,
        standard_error,
        found.low,
        found.high,
        found.t,
        degrees,
        found.p_value,
    )
