"""What can be learned by subtracting one published figure from another.

A figure that is safe by itself can betray a few persons together with a second one: the same
figure a week later, or the same figure of a slightly larger population.
"""

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from itertools import permutations, product
from typing import TypeVar

from measurement.attacker import Interval
from measurement.disclosure import THRESHOLD, check_threshold

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class PublishedMean:
    """A mean as it was published: rounded to ``step``, with the range in which n must lie."""

    mean: float
    step: float
    n_low: int
    n_high: int

    def __post_init__(self) -> None:
        if self.step < 0:
            raise ValueError(f"step must not be negative, not {self.step!r}.")
        if not 1 <= self.n_low <= self.n_high:
            raise ValueError(f"n must lie between 1 and more, not {self.n_low} and {self.n_high}.")


@dataclass(frozen=True, slots=True)
class Remainder:
    """Too few persons who are in one published population and not in others within it."""

    outer: Hashable
    inner: tuple[Hashable, ...]
    size: int


def newcomers_mean(
    before: PublishedMean, after: PublishedMean, *, minimum: float, maximum: float
) -> Interval:
    """Derive the mean of those who came between two releases.

    ``(n2 m2 - n1 m1) / (n2 - n1)``, at its smallest and largest given the rounding of both means
    and all pairs of n that are possible.

    Parameters
    ----------
    before, after
        The two releases; somebody must have come.
    minimum, maximum
        The ends of the scale, which also bound the result.

    Raises
    ------
    ValueError
        If no possible n after exceeds a possible n before, or the scale has no width.
    """
    if not minimum < maximum:
        raise ValueError(f"minimum must be below maximum, not {minimum!r} and {maximum!r}.")
    sizes = [
        (first, second)
        for first, second in product(
            range(before.n_low, before.n_high + 1), range(after.n_low, after.n_high + 1)
        )
        if second > first
    ]
    if not sizes:
        raise ValueError("after must hold more persons than before.")
    lows, highs = zip(*(_one_newcomers_mean(before, after, *pair) for pair in sizes), strict=True)
    return Interval(max(min(lows), minimum), min(max(highs), maximum))


def unsafe_changes(changes: Mapping[Key, int], *, threshold: int = THRESHOLD) -> tuple[Key, ...]:
    """Return the cells in which too few persons changed for a new release.

    The difference of two releases is a figure about those who were added or removed. It is safe
    where nobody changed, or at least as many as the threshold.

    Parameters
    ----------
    changes
        For each published cell, how many persons were added or removed since its last release.
    threshold
        The smallest number that may be shown.

    Raises
    ------
    ValueError
        If a number is negative or the threshold below 2.
    """
    check_threshold(threshold)
    for key, changed in changes.items():
        if changed < 0:
            raise ValueError(f"changes must not be negative; {key!r} has {changed}.")
    return tuple(key for key, changed in changes.items() if 0 < changed < threshold)


def unsafe_remainders(
    populations: Mapping[Key, Collection[Hashable]], *, threshold: int = THRESHOLD
) -> tuple[Remainder, ...]:
    """Return the differences of nested published populations that are too small.

    Checked are each population within another one, and each population against all that lie
    within it together (parent minus children). A remainder may be empty.

    Parameters
    ----------
    populations
        The persons (any identifiers) behind each published figure.
    threshold
        The smallest number that may be shown.

    Raises
    ------
    ValueError
        If the threshold is below 2.
    """
    check_threshold(threshold)
    members = {key: frozenset(persons) for key, persons in populations.items()}
    within: dict[Key, list[Key]] = {key: [] for key in members}
    for outer, inner in permutations(members, 2):
        if members[inner] < members[outer]:
            within[outer].append(inner)
    checks: list[tuple[Key, tuple[Key, ...]]] = [
        (outer, (inner,)) for outer, inners in within.items() for inner in inners
    ]
    checks += [(outer, tuple(inners)) for outer, inners in within.items() if len(inners) > 1]
    sizes = [
        Remainder(outer, inner, len(members[outer].difference(*(members[key] for key in inner))))
        for outer, inner in checks
    ]
    return tuple(remainder for remainder in sizes if 0 < remainder.size < threshold)


def _one_newcomers_mean(
    before: PublishedMean, after: PublishedMean, first: int, second: int
) -> tuple[float, float]:
    difference = second * after.mean - first * before.mean
    slack = (second * after.step + first * before.step) / 2
    came = second - first
    return (difference - slack) / came, (difference + slack) / came
