"""How far the items of a scale agree with each other, and the same people with themselves.

A list of resources is not a test of one trait: a place at school does not follow from a job, so
low agreement between such items is no fault. These figures inform; they are never a reason to
drop an item.
"""

from dataclasses import dataclass
from math import atanh, sqrt, tanh

import numpy as np
from scipy.special import fdtri, ndtri

from measurement.factor import OneFactor, one_factor
from measurement.inputs import (
    Floats,
    MissingRows,
    Table,
    Values,
    confidence_level,
    matrix,
)
from measurement.paired import paired_change
from measurement.sums import ItemSums
from measurement.variance import sample_variance

FEWEST_COLUMNS = 2
FEWEST_TO_VARY = 2
FEWEST_FOR_FISHER = 4


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A reliability, 1 at best, with its confidence interval.

    Attributes
    ----------
    n
        How many people it rests on.
    columns
        How many items, or occasions.
    value, low, high
        None where fewer than two people answered or the answers do not vary; the bounds also
        where there is nothing that an interval could rest on.
    """

    n: int
    columns: int
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Omega:
    """A reliability by one common factor; see :func:`omega`.

    Attributes
    ----------
    n, columns
        How many people it rests on, and how many items.
    value
        None where the items do not vary, determine each other, or too few people answered.
    factor
        The loadings behind it, or None.
    """

    n: int
    columns: int
    value: float | None
    factor: OneFactor | None


@dataclass(frozen=True, slots=True)
class IntraclassCorrelation:
    """Agreement of a single occasion, and of the mean of all occasions."""

    single: Coefficient
    mean: Coefficient


def alpha(
    items: Table, *, confidence: float = 0.95, missing: MissingRows = "complete"
) -> Coefficient:
    """Tell how far the items of a scale agree with each other (Cronbach's alpha).

    Parameters
    ----------
    items
        Respondents x items, two items or more, reversed items already turned round; None and NaN
        mean missing.
    confidence
        Of the interval, between 0 and 1.
    missing
        ``"complete"`` uses respondents who answered every item, ``"raise"`` refuses gaps.

    Raises
    ------
    ValueError
        If there are fewer than two items, or the table is refused by :func:`inputs.matrix`.

    Notes
    -----
    α = k / (k - 1) (1 - tr C / 1'C1), C the covariances of the k items. Show it from 50 people on:
    with 30, an alpha of .70 has the interval .49 to .84.

    References
    ----------
    Cronbach (1951), Psychometrika 16(3):297-334, https://doi.org/10.1007/BF02310555; interval:
    Feldt, Woodruff and Salih (1987), Applied Psychological Measurement 11(1):93-103, formulas 6-7.
    """
    level = confidence_level(confidence)
    table = _columns(items, missing)
    n, count = table.shape
    whole = sample_variance(table.sum(axis=1)) if n else 0.0
    parts = sum(sample_variance(column) for column in table.T)
    return _alpha(n, count, parts / whole if whole else None, level)


def alpha_from_sums(sums: ItemSums, *, confidence: float = 0.95) -> Coefficient:
    """Tell how far the items of a scale agree, from their exact sums; see :func:`alpha`."""
    level = confidence_level(confidence)
    count = len(sums.sums)
    _check_columns(count)
    parts = sum(sums.spread(item, item) for item in range(count))
    whole = sum(sums.spread(one, other) for one in range(count) for other in range(count))
    return _alpha(sums.n, count, parts / whole if whole else None, level)


def feldt_interval(
    value: float, n: int, items: int, *, confidence: float = 0.95
) -> tuple[float, float]:
    """Return the confidence interval of an alpha; see :func:`alpha`.

    Raises
    ------
    ValueError
        If there are fewer than two people or items, or alpha exceeds 1.
    """
    level = confidence_level(confidence)
    _check_columns(items)
    if n < FEWEST_TO_VARY or not value <= 1:
        raise ValueError(f"no interval for an alpha of {value} with n = {n}.")
    people, rest = n - 1, (n - 1) * (items - 1)
    low, high = (
        1 - (1 - value) * float(fdtri(people, rest, (1 + side * level) / 2)) for side in (1, -1)
    )
    return low, high


def omega(items: Table, *, missing: MissingRows = "complete") -> Omega:
    """Tell how much of the sum of the items comes from one common factor (McDonald's omega).

    Parameters
    ----------
    items
        Respondents x items, three items or more; for two see :func:`spearman_brown`.
    missing
        ``"complete"`` uses respondents who answered every item, ``"raise"`` refuses gaps.

    Raises
    ------
    ValueError
        If there are fewer than three items, or the table is refused.

    Notes
    -----
    ω = (Σ λ)² / ((Σ λ)² + Σ θ), with loadings λ and unique variances θ in the unit of the items,
    because it is their raw sum that is reported. Where the items have little in common, several
    factors fit equally well, and the value means nothing.

    References
    ----------
    McDonald (1999), Test theory: a unified treatment, chapter 6.
    """
    table = _columns(items, missing)
    n, count = table.shape
    covariance = np.cov(table.T) if n >= FEWEST_TO_VARY else np.zeros((count, count))
    for item, column in enumerate(table.T):
        if n and sample_variance(column) == 0:
            covariance[item] = covariance[:, item] = 0
    return _omega(n, covariance)


def omega_from_sums(sums: ItemSums) -> Omega:
    """Tell the same from the exact sums of the items; see :func:`omega`."""
    count = len(sums.sums)
    freedom = max(sums.n * (sums.n - 1), 1)
    covariance = np.array(
        [[sums.spread(one, other) / freedom for other in range(count)] for one in range(count)]
    )
    return _omega(sums.n, covariance)


def spearman_brown(
    first: Values,
    second: Values,
    *,
    confidence: float = 0.95,
    missing: MissingRows = "complete",
) -> Coefficient:
    """Tell how reliable the sum of two items is: 2 r / (1 + r).

    Parameters and errors as for :func:`retest`. None where r = -1.

    References
    ----------
    Eisinga, te Grotenhuis and Pelzer (2013), International Journal of Public Health
    58(4):637-642, https://doi.org/10.1007/s00038-012-0416-3
    """
    single = retest(first, second, confidence=confidence, missing=missing)
    stepped = [_stepped_up(r) for r in (single.value, single.low, single.high)]
    return Coefficient(single.n, single.columns, *stepped)


def retest(
    first: Values,
    second: Values,
    *,
    confidence: float = 0.95,
    missing: MissingRows = "complete",
) -> Coefficient:
    """Tell how far unchanged people give the same answers again: the correlation.

    Parameters
    ----------
    first, second
        Scores of the same people on two occasions, about two weeks apart, without a workshop in
        between; None and NaN mean missing.
    confidence
        Of the interval (Fisher's z; it needs four people), between 0 and 1.
    missing
        ``"complete"`` uses people with both scores, ``"raise"`` refuses gaps.

    Raises
    ------
    ValueError
        If the lengths differ, scores are not finite numbers, or are missing and refused.

    References
    ----------
    Fisher (1921), Metron 1:3-32 (the interval).
    """
    level = confidence_level(confidence)
    linked = paired_change(first, second, missing=missing)
    r = linked.correlation
    if r is None or linked.n < FEWEST_FOR_FISHER or abs(r) == 1:
        return Coefficient(linked.n, 2, r, None, None)
    half_width = float(ndtri((1 + level) / 2)) / sqrt(linked.n - 3)
    return Coefficient(linked.n, 2, r, tanh(atanh(r) - half_width), tanh(atanh(r) + half_width))


def icc_one_way(
    ratings: Table, *, confidence: float = 0.95, missing: MissingRows = "complete"
) -> IntraclassCorrelation:
    """Tell how much people differ from each other, compared with themselves: ICC(1).

    Parameters
    ----------
    ratings
        Respondents x occasions (or raters), two occasions or more.
    confidence
        Of the intervals, between 0 and 1.
    missing
        ``"complete"`` uses respondents with every occasion, ``"raise"`` refuses gaps.

    Raises
    ------
    ValueError
        If there are fewer than two occasions, or the table is refused.

    Notes
    -----
    Unlike :func:`retest`, a shift of everybody between the occasions counts as disagreement.

    References
    ----------
    Shrout and Fleiss (1979), Psychological Bulletin 86(2):420-428,
    https://doi.org/10.1037/0033-2909.86.2.420, ICC(1, 1) and ICC(1, k).
    """
    level = confidence_level(confidence)
    table = _columns(ratings, missing)
    n, count = table.shape
    nothing = Coefficient(n, count, None, None, None)
    if n < FEWEST_TO_VARY or sample_variance(table.ravel()) == 0:
        return IntraclassCorrelation(nothing, nothing)
    between = count * sample_variance(table.mean(axis=1))
    within = float(np.mean([sample_variance(row) for row in table]))
    if within == 0:
        perfect = Coefficient(n, count, 1.0, None, None)
        return IntraclassCorrelation(perfect, perfect)
    ratio = between / within
    upper = (1 + level) / 2
    low = ratio / float(fdtri(n - 1, n * (count - 1), upper))
    high = ratio * float(fdtri(n * (count - 1), n - 1, upper))
    ratios = (ratio, low, high)
    single = [(f - 1) / (f + count - 1) for f in ratios]
    mean = [1 - 1 / f if f else None for f in ratios]
    return IntraclassCorrelation(Coefficient(n, count, *single), Coefficient(n, count, *mean))


def _columns(items: Table, missing: MissingRows) -> Floats:
    table = matrix(items, "items", missing=missing)
    _check_columns(table.shape[1])
    return table


def _check_columns(count: int) -> None:
    if count < FEWEST_COLUMNS:
        raise ValueError(f"at least {FEWEST_COLUMNS} items are needed, not {count}.")


def _alpha(n: int, count: int, share_of_items: float | None, level: float) -> Coefficient:
    if n < FEWEST_TO_VARY or share_of_items is None:
        return Coefficient(n, count, None, None, None)
    # Items that are the same reach 1 exactly; rounding must not lead beyond.
    value = min(count / (count - 1) * (1 - share_of_items), 1.0)
    return Coefficient(n, count, value, *feldt_interval(value, n, count, confidence=level))


def _omega(n: int, covariance: Floats) -> Omega:
    factor = one_factor(covariance)
    if factor is None:
        return Omega(n, len(covariance), None, None)
    common = sum(factor.loadings) ** 2
    return Omega(n, len(covariance), common / (common + sum(factor.uniquenesses)), factor)


def _stepped_up(r: float | None) -> float | None:
    return None if r is None or r == -1 else 2 * r / (1 + r)
