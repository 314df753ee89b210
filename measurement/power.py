"""How many pairs are needed, and what so many pairs can show."""

from collections.abc import Callable
from math import ceil, isfinite, sqrt
from typing import Final

from scipy.special import nctdtr, stdtrit

from measurement.inputs import confidence_level

FEWEST_PAIRS: Final = 2
MOST_PAIRS: Final = 10**9


def half_width(n: int, sd_change: float, *, confidence: float = 0.95) -> float:
    """Return how far the interval of a mean change reaches to each side.

    Parameters
    ----------
    n
        Number of pairs, two or more.
    sd_change
        Standard deviation of the changes: s √(2 (1 - r)) where both times vary by s.
    confidence
        Of the interval, between 0 and 1.

    Raises
    ------
    ValueError
        If there are fewer than two pairs or ``sd_change`` is not positive.
    """
    level = confidence_level(confidence)
    _check_pairs(n)
    _check_positive(sd_change, "sd_change")
    return float(stdtrit(n - 1, (1 + level) / 2)) * sd_change / sqrt(n)


def power_of_pairs(
    n: int, sd_change: float, smallest_change: float, *, significance: float = 0.05
) -> float:
    """Return the chance that a two-sided paired t-test finds a change of this size.

    Parameters
    ----------
    n
        Number of pairs, two or more.
    sd_change
        Standard deviation of the changes.
    smallest_change
        The true change, in the same unit; the sign does not matter.
    significance
        Of the test, between 0 and 1.

    Raises
    ------
    ValueError
        If a number is out of its range.

    References
    ----------
    Cohen (1988), Statistical power analysis for the behavioral sciences, 2nd ed., chapter 2.
    """
    _check_share(significance, "significance")
    _check_pairs(n)
    _check_positive(sd_change, "sd_change")
    if not isfinite(smallest_change):
        raise ValueError(f"smallest_change must be a number, not {smallest_change}.")
    noncentrality = abs(smallest_change) / sd_change * sqrt(n)
    critical = float(stdtrit(n - 1, 1 - significance / 2))
    # The wrong tail is P(T < -critical) = P(T > critical) of the mirrored distribution.
    missed = float(nctdtr(n - 1, noncentrality, critical))
    mistaken = 1 - float(nctdtr(n - 1, -noncentrality, critical))
    return 1 - missed + mistaken


def pairs_needed(
    sd_change: float,
    smallest_change: float,
    *,
    power: float = 0.8,
    significance: float = 0.05,
    design_effect: float = 1.0,
) -> int:
    """Return how many pairs are needed to find the smallest change that matters.

    Parameters
    ----------
    sd_change
        Standard deviation of the changes.
    smallest_change
        The smallest change that matters, in the same unit; the sign does not matter.
    power
        The chance to find it, between 0 and 1.
    significance
        Of the two-sided paired t-test, between 0 and 1.
    design_effect
        How many times as many pairs are needed because people were trained together, 1 or more.

    Raises
    ------
    ValueError
        If a number is out of its range, or more than a billion pairs would be needed.
    """
    _check_share(power, "power")
    _check_positive(abs(smallest_change), "smallest_change")
    pairs = _fewest(
        lambda n: power_of_pairs(n, sd_change, smallest_change, significance=significance) >= power
    )
    return _inflated(pairs, design_effect)


def pairs_for_half_width(
    sd_change: float,
    largest_half_width: float,
    *,
    confidence: float = 0.95,
    design_effect: float = 1.0,
) -> int:
    """Return how many pairs are needed for an interval that reaches so far to each side.

    Parameters and errors as for :func:`pairs_needed`; ``largest_half_width`` is in the unit of
    the change.
    """
    _check_positive(largest_half_width, "largest_half_width")
    pairs = _fewest(lambda n: half_width(n, sd_change, confidence=confidence) <= largest_half_width)
    return _inflated(pairs, design_effect)


def _fewest(enough: Callable[[int], bool]) -> int:
    """Find the smallest number of pairs that is enough, where more are never worse."""
    high = FEWEST_PAIRS
    while not enough(high):
        if high > MOST_PAIRS:
            raise ValueError("more than a billion pairs would be needed.")
        high *= 2
    low = max(high // 2, FEWEST_PAIRS - 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _inflated(pairs: int, design_effect: float) -> int:
    if not (isfinite(design_effect) and design_effect >= 1):
        raise ValueError(f"design_effect must be 1 or more, not {design_effect}.")
    return ceil(pairs * design_effect)


def _check_pairs(n: int) -> None:
    if n < FEWEST_PAIRS:
        raise ValueError(f"n must be at least {FEWEST_PAIRS} pairs, not {n}.")


def _check_positive(value: float, name: str) -> None:
    if not (isfinite(value) and value > 0):
        raise ValueError(f"{name} must be greater than 0, not {value}.")


def _check_share(value: float, name: str) -> None:
    if not 0 < value < 1:
        raise ValueError(f"{name} must lie between 0 and 1, not {value}.")
