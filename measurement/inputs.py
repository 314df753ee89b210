"""What comes in: finite numbers, of the right shape, with missing values handled as asked.

Every function of this package passes its arguments through here, so that bad input is refused
in one way: a ``ValueError`` that names the argument, the position and the value.
"""

from collections.abc import Sequence
from typing import Any, Literal, SupportsFloat, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Values: TypeAlias = Sequence[SupportsFloat | None] | NDArray[Any]
Table: TypeAlias = Sequence[Sequence[SupportsFloat | None]] | NDArray[Any]
MissingValues: TypeAlias = Literal["raise", "drop"]
MissingRows: TypeAlias = Literal["raise", "complete"]

NUMERIC_KINDS = "biuf"


def vector(values: Values, name: str, *, missing: MissingValues = "raise") -> Floats:
    """Turn a list of numbers into an array of finite floats.

    Parameters
    ----------
    values
        One number per respondent (or whatever is counted); ``None`` and NaN mean missing.
    name
        What the numbers are called in an error message.
    missing
        ``"raise"`` refuses missing values, ``"drop"`` leaves them out.

    Raises
    ------
    ValueError
        If ``values`` is not one-dimensional, holds something that is not a number, holds
        infinity, or holds missing values that were to be refused.
    """
    _check_policy(missing, MissingValues)
    numbers = _floats(values, name, dimensions=1)
    absent = np.isnan(numbers)
    if missing == "raise":
        _refuse_missing(absent, name)
    return numbers[~absent]


def matrix(values: Table, name: str, *, missing: MissingRows = "raise") -> Floats:
    """Turn a table of numbers into an array of finite floats, respondents x items.

    Parameters
    ----------
    values
        One row per respondent, one column per item; ``None`` and NaN mean missing.
    name
        What the table is called in an error message.
    missing
        ``"raise"`` refuses missing values, ``"complete"`` keeps the complete rows only.

    Raises
    ------
    ValueError
        If ``values`` is not two-dimensional, holds something that is not a number, holds
        infinity, or holds missing values that were to be refused.
    """
    _check_policy(missing, MissingRows)
    numbers = _floats(values, name, dimensions=2)
    absent = np.isnan(numbers)
    if missing == "raise":
        _refuse_missing(absent, name)
    return numbers[~absent.any(axis=1)]


def matrix_with_gaps(values: Table, name: str) -> Floats:
    """Turn a table of numbers into an array in which missing values stay, as NaN.

    For functions that decide themselves how many gaps of a respondent are acceptable. Raises
    ``ValueError`` as :func:`matrix` does, except for missing values.
    """
    return _floats(values, name, dimensions=2)


def vector_with_gaps(values: Values, name: str) -> Floats:
    """Turn a list of numbers into an array in which missing values stay, as NaN.

    For values that belong to a label or a group each, so that both can be dropped together.
    Raises ``ValueError`` as :func:`vector` does, except for missing values.
    """
    return _floats(values, name, dimensions=1)


def pairs(
    before: Values, after: Values, *, missing: MissingRows = "raise"
) -> tuple[Floats, Floats]:
    """Turn two lists about the same respondents into two arrays of equal length.

    Parameters
    ----------
    before, after
        The same respondents in the same order; ``None`` and NaN mean missing.
    missing
        ``"raise"`` refuses missing values, ``"complete"`` keeps respondents with both values.

    Raises
    ------
    ValueError
        If the lengths differ, or one of the two would be refused by :func:`vector`.
    """
    _check_policy(missing, MissingRows)
    first = _floats(before, "before", dimensions=1)
    second = _floats(after, "after", dimensions=1)
    if first.size != second.size:
        raise ValueError(
            f"before and after must be equally long, not {first.size} and {second.size}."
        )
    if missing == "raise":
        _refuse_missing(np.isnan(first), "before")
        _refuse_missing(np.isnan(second), "after")
    linked = ~(np.isnan(first) | np.isnan(second))
    return first[linked], second[linked]


def confidence_level(value: float) -> float:
    """Return the confidence level, a share between 0 and 1 (exclusive), such as 0.95."""
    if not 0 < value < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {value!r}.")
    return float(value)


def _floats(values: Values | Table, name: str, *, dimensions: int) -> Floats:
    raw = _as_array(values, name)
    if raw.size == 0 and raw.ndim < dimensions:
        raw = raw.reshape((0,) * dimensions)
    if raw.ndim != dimensions:
        raise ValueError(f"{name} must have {dimensions} dimension(s), not {raw.ndim}.")
    numbers = _as_numbers(raw, name)
    infinite = np.isinf(numbers)
    if infinite.any():
        position = _first(infinite)
        raise ValueError(f"{name} must be finite; found {_at(numbers, position)} at {position}.")
    return numbers


def _as_array(values: Values | Table, name: str) -> NDArray[Any]:
    if isinstance(values, np.ma.MaskedArray):
        return np.ma.filled(values.astype(np.float64), np.nan)
    try:
        raw = np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{name} must have rows of equal length.") from error
    # A list that holds None or text has no numeric type yet; its own objects are looked at.
    return raw if raw.dtype.kind in NUMERIC_KINDS else np.asarray(values, dtype=object)


def _as_numbers(raw: NDArray[Any], name: str) -> Floats:
    if raw.dtype.kind in NUMERIC_KINDS:
        return raw.astype(np.float64)
    numbers = np.empty(raw.shape, dtype=np.float64)
    for position, value in np.ndenumerate(raw):
        numbers[position] = _number(value, name, _plain(position))
    return numbers


def _number(value: object, name: str, position: int | tuple[int, ...]) -> float:
    if value is None:
        return float("nan")
    if isinstance(value, str | bytes | complex) or not isinstance(value, SupportsFloat):
        raise ValueError(  # noqa: TRY004 -- a caller handles bad input in one way
            f"{name} must hold numbers; found {value!r} at {position}."
        )
    return float(value)


def _refuse_missing(absent: NDArray[np.bool_], name: str) -> None:
    if absent.any():
        raise ValueError(
            f"{name} has {int(absent.sum())} missing value(s), the first at {_first(absent)}."
        )


def _first(flags: NDArray[np.bool_]) -> int | tuple[int, ...]:
    return _plain(tuple(np.argwhere(flags)[0]))


def _plain(position: tuple[Any, ...]) -> int | tuple[int, ...]:
    indices = tuple(int(index) for index in position)
    return indices[0] if len(indices) == 1 else indices


def _at(numbers: Floats, position: int | tuple[int, ...]) -> float:
    return float(numbers[position])


def _check_policy(missing: str, allowed: object) -> None:
    policies = get_args(allowed)
    if missing not in policies:
        raise ValueError(f"missing must be one of {', '.join(policies)}, not {missing!r}.")
