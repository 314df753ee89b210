"""Whole numbers that are added up without rounding and without overflow."""

from collections.abc import Sequence
from dataclasses import Field, fields
from fractions import Fraction
from operator import add, index, mul, sub
from typing import Any, ClassVar, Final, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

Units: TypeAlias = Sequence[int] | NDArray[np.integer[Any]]
Integers: TypeAlias = NDArray[np.int64]

LARGEST: Final = int(np.iinfo(np.int64).max)
LARGEST_IN_FLOAT: Final = 2 ** (np.finfo(np.float64).nmant + 1)


class Sums:
    """What all sums can do: be added, and be taken away again.

    Subclasses are frozen dataclasses of whole numbers, or of tuples of them; their fields whose
    name begins with "unit" must agree instead.
    """

    __slots__ = ()
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    def __add__(self, other: Self) -> Self:
        return self._combined(other, 1)

    def __sub__(self, other: Self) -> Self:
        return self._combined(other, -1)

    def _combined(self, other: Self, sign: int) -> Self:
        if type(other) is not type(self):
            raise TypeError(f"cannot combine {type(self).__name__} and {type(other).__name__}.")
        combined = {}
        for field in fields(self):
            mine, theirs = getattr(self, field.name), getattr(other, field.name)
            if not field.name.startswith("unit"):
                combined[field.name] = _plus(mine, theirs, sign)
            elif mine == theirs:
                combined[field.name] = mine
            else:
                raise ValueError(f"{field.name} must agree, not be {mine} and {theirs}.")
        return type(self)(**combined)

    def _make_whole(self) -> None:
        """Turn every field into Python integers, which unlike numpy's never overflow."""
        for field in fields(self):
            object.__setattr__(self, field.name, _whole(getattr(self, field.name), field.name))


def _plus(mine: Any, theirs: Any, sign: int) -> Any:  # noqa: ANN401 -- whole numbers or tuples
    operation = add if sign > 0 else sub
    if not isinstance(mine, tuple):
        return operation(mine, theirs)
    if len(mine) != len(theirs):
        raise ValueError(f"the number of items must agree, not be {len(mine)} and {len(theirs)}.")
    return tuple(map(operation, mine, theirs))


def _whole(value: Any, name: str) -> Any:  # noqa: ANN401 -- whole numbers or tuples
    try:
        return tuple(map(index, value)) if isinstance(value, tuple) else index(value)
    except TypeError as error:
        raise ValueError(f"{name} must be whole, not {value!r}.") from error


def spread(n: int, first: int, second: int, product: int) -> int:
    """Return n (n - 1) times the covariance, from the sums of two scores and of their products."""
    return n * product - first * second


def moment(n: int, first: int, second: int, product: int, square_unit: int) -> Fraction | None:
    """Return the covariance (n - 1) in points squared, exactly; None for fewer than two people."""
    if n < 2:  # noqa: PLR2004 -- one person does not vary
        return None
    return Fraction(spread(n, first, second, product), n * (n - 1) * square_unit)


def check_possible(n: int, first: tuple[int, int], second: tuple[int, int], product: int) -> None:
    """Refuse sums that no scores could have; ``first`` and ``second`` are sum and sum of squares.

    Raises
    ------
    ValueError
        If n is negative, nobody has scores other than zero, or the sum of squares or of products
        contradicts the others (Cauchy-Schwarz).
    """
    nobody = n == 0 and any((*first, *second, product))
    own = [spread(n, total, total, squared) for total, squared in (first, second)]
    cross = spread(n, first[0], second[0], product)
    alone = n == 1 and any((*own, cross))
    if n < 0 or nobody or alone or min(own) < 0 or cross**2 > own[0] * own[1]:
        raise ValueError(f"no scores of {n} people have these sums: {first}, {second}, {product}.")


def integers(values: Units, name: str) -> Integers:
    """Turn whole numbers into an array of 64 bits; raises ValueError where that is impossible."""
    array = np.asarray(values)
    if array.size == 0:
        array = array.astype(np.int64)
    if array.ndim != 1 or array.dtype.kind not in "iu" or array.dtype == np.uint64:
        raise ValueError(f"{name} must be a list of whole numbers of 64 bits.")
    return array.astype(np.int64)


def total(values: Integers) -> int:
    """Return the exact sum."""
    if _size(values) * len(values) <= LARGEST:
        return int(values.sum())
    return sum(values.tolist())


def dot(first: Integers, second: Integers) -> int:
    """Return the exact sum of the products."""
    if _size(first) * _size(second) * len(first) <= LARGEST:
        return int(first @ second)
    return sum(map(mul, first.tolist(), second.tolist()))


def products(columns: Integers) -> list[list[int]]:
    """Return the exact sums of the products of every two rows of a table."""
    if _size(columns.ravel()) ** 2 * columns.shape[1] <= LARGEST_IN_FLOAT:
        # Floating point is exact up to here, and its matrix product many times faster.
        floats = columns.astype(np.float64)
        return [[int(entry) for entry in row] for row in floats @ floats.T]
    return [[dot(first, second) for second in columns] for first in columns]


def _size(values: Integers) -> int:
    # Not abs(): the most negative number of 64 bits has no positive counterpart.
    return max(int(values.max()), -int(values.min())) if len(values) else 0
