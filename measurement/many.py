"""The change of many groups at once: the numbers of one group after the other, over arrays.

The same formulas as :func:`measurement.paired.paired_change_from_sums`,
:func:`measurement.clusters.clustered_change_from_sums` and
:func:`measurement.effect_sizes.paired_effects`, for a whole network in one pass. A number that
does not exist is NaN here.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri, poch, stdtrit

from measurement.inputs import Floats, confidence_level
from measurement.scales import Integers

#: Whole numbers of 64 bits or, where they don't fit, of any size.
Whole: TypeAlias = NDArray[Any]

LARGEST_PRODUCT = 2**62


@dataclass(frozen=True, slots=True)
class ManySums:
    """The sums of pairs, one entry per group, in units of 1 / ``unit`` points."""

    n: Integers
    sum_before: Whole
    sum_after: Whole
    sum_before_squared: Whole
    sum_after_squared: Whole
    sum_products: Whole
    unit: Integers

    def of(self, chosen: NDArray[Any]) -> "ManySums":
        """Return some of the groups."""
        return ManySums(*(getattr(self, name)[chosen] for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class ManyChanges:
    """What :class:`measurement.paired.PairedChange` says, one entry per group, in points."""

    n: Integers
    mean_before: Floats
    mean_after: Floats
    change: Floats
    sd_before: Floats
    sd_after: Floats
    sd_change: Floats
    low: Floats
    high: Floats
    correlation: Floats


@dataclass(frozen=True, slots=True)
class ManyIntervals:
    """Intervals of mean changes, one entry per group."""

    low: Floats
    high: Floats


def many_changes(sums: ManySums, *, confidence: float = 0.95) -> ManyChanges:
    """Measure how much the people of each group changed."""
    level = confidence_level(confidence)
    n, unit = sums.n, sums.unit.astype(np.float64)
    totals = sums.sum_after - sums.sum_before
    squares = sums.sum_after_squared - 2 * sums.sum_products + sums.sum_before_squared
    with np.errstate(divide="ignore", invalid="ignore"):
        before = _spread(n, sums.sum_before, sums.sum_before, sums.sum_before_squared) / unit**2
        after = _spread(n, sums.sum_after, sums.sum_after, sums.sum_after_squared) / unit**2
        between = _spread(n, sums.sum_before, sums.sum_after, sums.sum_products) / unit**2
        changed = _spread(n, totals, totals, squares) / unit**2
        change = _floats(totals) / (n * unit)
        reach = stdtrit(n - 1.0, (1 + level) / 2) * np.sqrt(changed / n)
        varies = (before > 0) & (after > 0)
        correlation = np.where(varies, between / np.sqrt(before * after), np.nan)
        return ManyChanges(
            n=n,
            mean_before=_floats(sums.sum_before) / (n * unit),
            mean_after=_floats(sums.sum_after) / (n * unit),
            change=change,
            sd_before=np.sqrt(before),
            sd_after=np.sqrt(after),
            sd_change=np.sqrt(changed),
            low=change - reach,
            high=change + reach,
            correlation=np.clip(correlation, -1, 1),
        )


def _spread(n: Whole, first: Whole, second: Whole, products: Whole) -> Floats:
    """Return the covariance in units squared (n - 1), the difference formed in whole numbers."""
    sizes = [max(map(abs, (part.max(initial=0), part.min(initial=0)))) for part in (first, second)]
    most = max(
        int(n.max(initial=0)) * int(products.max(initial=0)), *(int(one) ** 2 for one in sizes)
    )
    kind = object if most > LARGEST_PRODUCT else np.int64
    wide = [part.astype(kind) for part in (n, products, first, second)]
    apart = _floats(wide[0] * wide[1] - wide[2] * wide[3])
    return np.where(n > 1, apart / np.maximum(n * (n - 1.0), 1), np.nan)


def _floats(whole: Whole) -> Floats:
    return whole.astype(np.float64)


def many_clustered(
    clusters: ManySums, groups: NDArray[np.intp], prior_icc: Floats, *, confidence: float = 0.95
) -> ManyIntervals:
    """Put an interval around the mean change of each group that allows for its clusters.

    Parameters
    ----------
    clusters
        The sums of each cluster; none is empty.
    groups
        The number of the group that each cluster belongs to, from 0.
    prior_icc
        For each group how much people of one cluster resemble each other, at least.

    Returns
    -------
    ManyIntervals
        In points; NaN for fewer than two people.
    """
    level, size = confidence_level(confidence), len(prior_icc)
    n = clusters.n.astype(np.float64)
    totals = clusters.sum_after - clusters.sum_before
    squares = clusters.sum_after_squared - 2 * clusters.sum_products + clusters.sum_before_squared
    unit = clusters.unit.astype(np.float64)
    spread = np.nan_to_num(_spread(clusters.n, totals, totals, squares))
    inside = np.maximum(spread * (n - 1), 0) / unit**2
    means = _floats(totals) / (n * unit)

    def over(values: Floats) -> Floats:
        return np.bincount(groups, weights=values, minlength=size).astype(np.float64)

    people, count = over(n), over(np.ones(len(n)))
    with np.errstate(divide="ignore", invalid="ignore"):
        average = over(n * means) / people
        between = over(n * (means - average[groups]) ** 2)
        within = over(inside)
        weighted = over(n**2) / people
        icc = np.maximum(prior_icc, _own_icc(people, count, between, within, weighted))
        effect = 1 + (weighted - 1) * icc
        variance = (between + within) / (people - effect)
        freedom = _freedom(people, over(n**2), over(n**3), icc, effect)
        reach = stdtrit(freedom, (1 + level) / 2) * np.sqrt(variance * effect / people)
    return ManyIntervals(average - reach, average + reach)


def _own_icc(
    people: Floats, clusters: Floats, between: Floats, within: Floats, weighted: Floats
) -> Floats:
    """Return the ICC that each group's own clusters show; 0 where they can show none."""
    mean_between, mean_within = between / (clusters - 1), within / (people - clusters)
    typical = (people - weighted) / (clusters - 1)
    icc = (mean_between - mean_within) / (mean_between + (typical - 1) * mean_within)
    estimable = (clusters > 1) & (clusters < people) & (between + within > 0)
    return np.where(estimable, icc, 0.0)


def _freedom(people: Floats, squared: Floats, cubed: Floats, icc: Floats, effect: Floats) -> Floats:
    """Return the degrees of freedom of :func:`measurement.clusters.clustered_change`."""
    apart, mixed, alike = (1 - icc) ** 2, 2 * icc * (1 - icc), icc**2
    of_square = people * (apart + mixed) + alike * squared
    of_mean = apart + (mixed * squared + alike * cubed) / people
    return (people - effect) ** 2 / (of_square - 2 * of_mean + effect**2)


def many_effects(changes: ManyChanges, *, confidence: float = 0.95) -> tuple[Floats, ManyIntervals]:
    """Return g_av of each group with its interval: the change in standard deviations."""
    level = confidence_level(confidence)
    n = changes.n.astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        d_av = changes.change / np.sqrt((changes.sd_before**2 + changes.sd_after**2) / 2)
        variance = (2 * (1 - changes.correlation) + d_av**2 / 2) / n
        reach = float(ndtri((1 + level) / 2)) * np.sqrt(variance)
        freedom = np.where(n > 2, n - 1, np.nan)  # noqa: PLR2004 -- J needs two degrees of freedom
        correction = poch((freedom - 1) / 2, 0.5) / np.sqrt(freedom / 2)
    exists = np.isfinite(d_av)
    value = np.where(exists, d_av * correction, np.nan)
    return value, ManyIntervals((d_av - reach) * correction, (d_av + reach) * correction)
