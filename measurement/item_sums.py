"""The sums of the items of a scale, from which its reliability follows."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from measurement.exact import Sums, check_possible, products, spread, total


@dataclass(frozen=True, slots=True)
class ItemSums(Sums):
    """The sums of the items of a scale and of their products, over complete answers.

    Parameters
    ----------
    n
        How many people answered every item.
    sums
        The sum of each item.
    products
        The sum of the products of each pair of items: the upper triangle with the diagonal, row
        by row, (0, 0), (0, 1), ..., (1, 1), (1, 2), ...
    """

    n: int
    sums: tuple[int, ...]
    products: tuple[int, ...]

    def __post_init__(self) -> None:
        self._make_whole()
        items = len(self.sums)
        if len(self.products) != items * (items + 1) // 2:
            raise ValueError(f"{items} items cannot have {len(self.products)} products.")
        own = {
            first: (self.sums[first], product)
            for (first, second), product in zip(_pairs(items), self.products, strict=True)
            if first == second
        }
        for (first, second), product in zip(_pairs(items), self.products, strict=True):
            check_possible(self.n, own[first], own[second], product)

    @classmethod
    def zero(cls, items: int) -> Self:
        """Return the sums of nobody."""
        return cls(0, (0,) * items, (0,) * (items * (items + 1) // 2))

    @classmethod
    def from_values(
        cls, values: NDArray[np.integer[Any]], answered: NDArray[np.bool_] | None = None
    ) -> Self:
        """Add up the items of many people, exactly.

        Parameters
        ----------
        values
            What each answer counts for, whole numbers, respondents x items, as ``item_values``
            gives them.
        answered
            Which answers were given, the same shape; None means all. Respondents with a gap are
            left out, so that all sums are about the same people.

        Raises
        ------
        ValueError
            If ``values`` is not a table of whole numbers or ``answered`` has another shape.
        """
        table = np.asarray(values)
        if table.ndim != 2 or table.dtype.kind not in "iu":  # noqa: PLR2004 -- rows, columns
            raise ValueError("values must be whole numbers, respondents x items.")
        given = np.ones(table.shape, dtype=np.bool_) if answered is None else np.asarray(answered)
        if given.shape != table.shape:
            raise ValueError(f"answered must have the shape {table.shape}, not {given.shape}.")
        complete = table[given.all(axis=1)].astype(np.int64)
        columns = np.ascontiguousarray(complete.T)
        cross = products(columns)
        upper = tuple(cross[first][second] for first, second in _pairs(len(columns)))
        return cls(len(complete), tuple(map(total, columns)), upper)

    def spread(self, first: int, second: int) -> int:
        """Return n (n - 1) times the covariance of two items, given by their positions."""
        low, high = min(first, second), max(first, second)
        position = low * len(self.sums) - low * (low - 1) // 2 + high - low
        return spread(self.n, self.sums[first], self.sums[second], self.products[position])


def _pairs(items: int) -> Iterator[tuple[int, int]]:
    return combinations_with_replacement(range(items), 2)
