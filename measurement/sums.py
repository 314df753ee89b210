"""Exact sums that stand for the scores of many people: mergeable, removable, small.

Scores are whole numbers of 1 / ``unit`` (see :mod:`measurement.scoring`), so their sums are
whole numbers too: adding in any order, merging communities and removing a person who withdraws
give exactly what the raw scores would give. Floating-point sums of squares do not.

All sums here are Python integers, which never overflow. A set of sums that no data could have
produced is refused, so that a wrong removal is found when it happens and not in a report.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Self

import numpy as np

from measurement.exact import (
    Integers,
    Sums,
    Units,
    check_possible,
    dot,
    integers,
    moment,
    total,
)
from measurement.inputs import MissingRows
from measurement.item_sums import ItemSums
from measurement.scoring import is_scored

__all__ = ["ItemSums", "PairSums", "ScoreSums"]


@dataclass(frozen=True, slots=True)
class ScoreSums(Sums):
    """The sums of one score over different people.

    Parameters
    ----------
    n
        How many people have a score.
    total, total_squared
        The sums of the scores and of their squares, in units and units squared.
    unit
        How many units make one point.
    """

    n: int
    total: int
    total_squared: int
    unit: int

    def __post_init__(self) -> None:
        self._make_whole()
        own = (self.total, self.total_squared)
        check_possible(self.n, own, own, self.total_squared)

    @classmethod
    def zero(cls, unit: int) -> Self:
        """Return the sums of nobody."""
        return cls(0, 0, 0, unit)

    @classmethod
    def from_scores(cls, units: Units, unit: int, *, missing: MissingRows = "complete") -> Self:
        """Add up the scores of many people; see :meth:`PairSums.from_scores`."""
        (scores,) = _scored(missing, scores=units)
        return cls(len(scores), total(scores), dot(scores, scores), unit)

    @property
    def mean(self) -> Fraction | None:
        """The mean in points, exactly; None for nobody."""
        return Fraction(self.total, self.n * self.unit) if self.n else None

    @property
    def variance(self) -> Fraction | None:
        """The variance in points squared (n - 1), exactly; None for fewer than two people."""
        return moment(self.n, self.total, self.total, self.total_squared, self.unit**2)


@dataclass(frozen=True, slots=True)
class PairSums(Sums):
    """The sums of one score of the same people before and after.

    Parameters
    ----------
    n
        How many people have both scores.
    sum_before, sum_after, sum_before_squared, sum_after_squared, sum_products
        The sums of the scores, of their squares and of before times after, in units and units
        squared.
    unit
        How many units make one point.
    """

    n: int
    sum_before: int
    sum_after: int
    sum_before_squared: int
    sum_after_squared: int
    sum_products: int
    unit: int

    def __post_init__(self) -> None:
        self._make_whole()
        before = (self.sum_before, self.sum_before_squared)
        after = (self.sum_after, self.sum_after_squared)
        check_possible(self.n, before, after, self.sum_products)

    @classmethod
    def zero(cls, unit: int) -> Self:
        """Return the sums of nobody."""
        return cls(0, 0, 0, 0, 0, 0, unit)

    @classmethod
    def from_scores(
        cls, before: Units, after: Units, unit: int, *, missing: MissingRows = "complete"
    ) -> Self:
        """Add up the scores of many people, exactly.

        Parameters
        ----------
        before, after
            Scores of the same people in the same order, in units, as ``score_matrix`` gives
            them.
        unit
            How many units make one point.
        missing
            ``"complete"`` leaves out people who lack one of the two scores, ``"raise"``
            refuses them.

        Raises
        ------
        ValueError
            If the lengths differ, scores are not whole numbers of 64 bits, or scores are
            missing that were to be refused.
        """
        first, second = _scored(missing, before=before, after=after)
        return cls(
            len(first),
            total(first),
            total(second),
            dot(first, first),
            dot(second, second),
            dot(first, second),
            unit,
        )

    @property
    def before(self) -> ScoreSums:
        """The sums of the scores before."""
        return ScoreSums(self.n, self.sum_before, self.sum_before_squared, self.unit)

    @property
    def after(self) -> ScoreSums:
        """The sums of the scores after."""
        return ScoreSums(self.n, self.sum_after, self.sum_after_squared, self.unit)

    @property
    def change(self) -> ScoreSums:
        """The sums of the differences, after minus before."""
        squared = self.sum_after_squared - 2 * self.sum_products + self.sum_before_squared
        return ScoreSums(self.n, self.sum_after - self.sum_before, squared, self.unit)

    @property
    def covariance(self) -> Fraction | None:
        """The covariance in points squared (n - 1), exactly; None for fewer than two people."""
        return moment(self.n, self.sum_before, self.sum_after, self.sum_products, self.unit**2)


def _scored(missing: MissingRows, **scores: Units) -> list[Integers]:
    arrays = [integers(values, name) for name, values in scores.items()]
    if len({len(array) for array in arrays}) > 1:
        sizes = " and ".join(str(len(array)) for array in arrays)
        raise ValueError(f"{' and '.join(scores)} must be equally long, not {sizes}.")
    complete = np.logical_and.reduce([is_scored(array) for array in arrays])
    if missing == "raise" and not complete.all():
        raise ValueError(
            f"{int((~complete).sum())} missing score(s), the first at {int(complete.argmin())}."
        )
    return [array[complete] for array in arrays]
