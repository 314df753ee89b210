"""The exact sums of many groups at once: one pass over everybody, whatever the number of groups.

The same whole numbers as :mod:`measurement.sums` and :mod:`measurement.item_sums` give group by
group; for thousands of communities this is many times faster.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import mul
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from measurement.exact import LARGEST_IN_FLOAT, Integers
from measurement.item_sums import ItemSums
from measurement.sums import PairSums

#: The number of each person's group, from 0.
Groups: TypeAlias = NDArray[np.intp]


def group_sizes(groups: Groups, size: int) -> list[int]:
    """Return how many people each of ``size`` groups has."""
    counts: list[int] = np.bincount(groups, minlength=size).tolist()
    return counts


def group_totals(groups: Groups, values: Integers, size: int) -> list[int]:
    """Return the exact sum of the values of each of ``size`` groups."""
    if _largest(values) * len(values) <= LARGEST_IN_FLOAT:
        # Floating point is exact up to here, and adds up groups in one pass.
        sums = np.bincount(groups, weights=values, minlength=size)
        whole: list[int] = sums.astype(np.int64).tolist()
        return whole
    return _slowly(groups, values.tolist(), size)


def group_products(groups: Groups, first: Integers, second: Integers, size: int) -> list[int]:
    """Return the exact sum of first times second of each of ``size`` groups."""
    if _largest(first) * _largest(second) * len(first) <= LARGEST_IN_FLOAT:
        return group_totals(groups, first * second, size)
    return _slowly(groups, list(map(mul, first.tolist(), second.tolist())), size)


@dataclass(frozen=True, slots=True)
class GroupedPairSums:
    """The sums of :class:`PairSums`, one number per group in each list."""

    n: list[int]
    sum_before: list[int]
    sum_after: list[int]
    sum_before_squared: list[int]
    sum_after_squared: list[int]
    sum_products: list[int]

    @classmethod
    def from_scores(
        cls, groups: Groups, before: Integers, after: Integers, size: int
    ) -> "GroupedPairSums":
        """Add up the scores of people who have both, in units, by the number of their group."""
        return cls(
            group_sizes(groups, size),
            group_totals(groups, before, size),
            group_totals(groups, after, size),
            group_products(groups, before, before, size),
            group_products(groups, after, after, size),
            group_products(groups, before, after, size),
        )

    def of(self, group: int, unit: int) -> PairSums:
        """Return the sums of one group; raises ValueError where no scores could have them."""
        return PairSums(
            self.n[group],
            self.sum_before[group],
            self.sum_after[group],
            self.sum_before_squared[group],
            self.sum_after_squared[group],
            self.sum_products[group],
            unit,
        )


@dataclass(frozen=True, slots=True)
class GroupedItemSums:
    """The sums of :class:`ItemSums`: ``sums`` and ``products`` hold one list per item or pair."""

    n: list[int]
    sums: list[list[int]]
    products: list[list[int]]

    @classmethod
    def from_values(
        cls, groups: Groups, values: NDArray[np.integer[Any]], size: int
    ) -> "GroupedItemSums":
        """Add up the items of people who answered all of them, respondents x items."""
        table = np.asarray(values, dtype=np.int64)
        if _largest(table.ravel()) ** 2 * len(table) > LARGEST_IN_FLOAT:
            return cls._slowly(groups, table, size)
        order = np.argsort(groups, kind="stable")
        bounds = np.searchsorted(groups[order], np.arange(size + 1))
        # A column of ones makes the matrix product give the sums, too. It is exact up to here.
        rows = np.concatenate([np.ones((len(table), 1)), table[order]], axis=1)
        crossed = np.empty((size, rows.shape[1], rows.shape[1]))
        for group, (start, stop) in enumerate(pairwise(bounds.tolist())):
            part = rows[start:stop]
            crossed[group] = part.T @ part
        whole = crossed.astype(np.int64)
        above = np.triu_indices(table.shape[1])
        return cls(
            group_sizes(groups, size),
            whole[:, 0, 1:].T.tolist(),
            whole[:, 1:, 1:][:, above[0], above[1]].T.tolist(),
        )

    @classmethod
    def _slowly(cls, groups: Groups, table: Integers, size: int) -> "GroupedItemSums":
        columns = list(table.T)
        return cls(
            group_sizes(groups, size),
            [group_totals(groups, column, size) for column in columns],
            [
                group_products(groups, first, second, size)
                for position, first in enumerate(columns)
                for second in columns[position:]
            ],
        )

    def of(self, group: int) -> ItemSums:
        """Return the sums of one group."""
        return ItemSums(self.n[group], _nth(self.sums, group), _nth(self.products, group))


def _nth(columns: Sequence[Sequence[int]], group: int) -> tuple[int, ...]:
    return tuple(column[group] for column in columns)


def _largest(values: Integers) -> int:
    # Not abs(): the most negative number of 64 bits has no positive counterpart.
    return max(int(values.max()), -int(values.min())) if len(values) else 0


def _slowly(groups: Groups, values: list[int], size: int) -> list[int]:
    sums = [0] * size
    for group, value in zip(groups.tolist(), values, strict=True):
        sums[group] += value
    return sums
