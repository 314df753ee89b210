"""Turn answers into scores: exactly for one respondent, fast for a million.

One rule (:class:`ScaleRule`) gives the same score in two ways: as a fraction for one respondent
(:func:`score`), and as whole numbers of 1 / ``unit`` for many respondents at once
(:func:`score_matrix`). Whole numbers can be added up, stored and taken away again without any
rounding, which is what :mod:`measurement.sums` lives on.
"""

from collections.abc import Collection, Sequence
from fractions import Fraction
from operator import index
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from measurement.scales import (
    DOES_NOT_APPLY,
    Answer,
    DoesNotApply,
    Integers,
    ItemRule,
    Method,
    NotScored,
    ScaleRule,
)

__all__ = [
    "DOES_NOT_APPLY",
    "DOES_NOT_APPLY_CODE",
    "MISSING_CODE",
    "NOT_APPLICABLE_UNITS",
    "NOT_ENOUGH_ANSWERED_UNITS",
    "Answer",
    "DoesNotApply",
    "ItemRule",
    "Method",
    "NotScored",
    "ScaleRule",
    "is_scored",
    "item_values",
    "score",
    "score_matrix",
]

Codes: TypeAlias = NDArray[np.integer[Any]]

MISSING_CODE: Final = int(np.iinfo(np.int16).min)
DOES_NOT_APPLY_CODE: Final = MISSING_CODE + 1
LARGEST_UNITS: Final = int(np.iinfo(np.int64).max)
NOT_ENOUGH_ANSWERED_UNITS: Final = int(np.iinfo(np.int64).min)
NOT_APPLICABLE_UNITS: Final = NOT_ENOUGH_ANSWERED_UNITS + 1


def score(rule: ScaleRule, answers: Sequence[Answer]) -> Fraction | NotScored:
    """Score the answers of one respondent, exactly.

    Parameters
    ----------
    rule
        How the scale is scored.
    answers
        One code per item, in the order of the rule; None means not answered, whatever the
        reason, and ``DOES_NOT_APPLY`` that the item does not concern this person.

    Returns
    -------
    Fraction | NotScored
        The score in the unit of the method (per cent, points or items), or why there is none.

    Raises
    ------
    ValueError
        If the number of answers is wrong or a code is out of its declared bounds.
    """
    if len(answers) != len(rule.items):
        raise ValueError(f"expected {len(rule.items)} answers, not {len(answers)}.")
    not_applicable = sum(answer is DOES_NOT_APPLY for answer in answers)
    points = [
        (rule.items[position], rule.points(rule.items[position], _value(rule, position, code)))
        for position, code in enumerate(answers)
        if code is not None and not isinstance(code, DoesNotApply)
    ]
    status = rule.status(len(points), not_applicable)
    if status is not None:
        return status
    return sum((rule.weight(len(points), item) * point for item, point in points), Fraction())


def _value(rule: ScaleRule, position: int, code: int) -> int:
    item = rule.items[position]
    try:
        whole = index(code)
    except TypeError as error:
        raise ValueError(f"items[{position}] must be a whole number, not {code!r}.") from error
    value = item.recodes.get(whole, whole)
    if not item.minimum <= value <= item.maximum:
        raise _out_of_bounds(f"items[{position}]", item, code)
    return item.directed(value)


def score_matrix(
    rule: ScaleRule,
    codes: Codes,
    *,
    missing: int | Collection[int] = MISSING_CODE,
    does_not_apply: int | Collection[int] = DOES_NOT_APPLY_CODE,
) -> Integers:
    """Score many respondents at once, in whole numbers of 1 / ``rule.unit``.

    Parameters
    ----------
    rule
        How the scale is scored.
    codes
        Whole numbers, respondents x items.
    missing, does_not_apply
        The code or codes that mean "not answered" and "does not apply". They must lie outside
        the bounds and recodes of every item.

    Returns
    -------
    numpy.ndarray
        One number per respondent: the score times ``rule.unit``, or
        ``NOT_ENOUGH_ANSWERED_UNITS`` or ``NOT_APPLICABLE_UNITS``, both far below any score;
        :func:`is_scored` tells which is which.

    Raises
    ------
    ValueError
        If the shape is wrong, a code is out of its declared bounds (the message names item, row
        and code), or the scale has so many items (more than 40) that its units need more than
        64 bits.
    """
    if rule.largest_units > LARGEST_UNITS:
        raise ValueError(
            f"the scores of {len(rule.items)} items do not fit into 64 bits; split the scale."
        )
    columns = _columns(rule, codes)
    applies = ~np.isin(columns, _absent_codes(rule, does_not_apply))
    answered = applies & ~np.isin(columns, _absent_codes(rule, missing))
    answers = answered.sum(axis=0)
    units = np.zeros(columns.shape[1], dtype=np.int64)
    for position, item in enumerate(rule.items):
        values = _values(item, columns[position], answered[position], position)
        points = rule.points(item, values) * answered[position]
        units += points * np.array(rule.unit_weights[position], dtype=np.int64)[answers]
    return mark_not_scored(rule, units, answers, applies.sum(axis=0))


def is_scored(units: Integers) -> NDArray[np.bool_]:
    """Tell, for each respondent, whether :func:`score_matrix` found a score."""
    return units > NOT_APPLICABLE_UNITS


def item_values(
    rule: ScaleRule,
    codes: Codes,
    *,
    missing: int | Collection[int] = MISSING_CODE,
    does_not_apply: int | Collection[int] = DOES_NOT_APPLY_CODE,
) -> tuple[Integers, NDArray[np.bool_]]:
    """Return what each answer counts for after recoding and reversing, and which were given.

    Both arrays are respondents x items; a value that was not given stands as 0.
    Arguments and errors are those of :func:`score_matrix`.
    """
    columns = _columns(rule, codes)
    absent = (*_absent_codes(rule, missing), *_absent_codes(rule, does_not_apply))
    answered = ~np.isin(columns, absent)
    values = np.empty(columns.shape, dtype=np.int64)
    for position, item in enumerate(rule.items):
        values[position] = _values(item, columns[position], answered[position], position)
    return (values * answered).T, answered.T


def _columns(rule: ScaleRule, codes: Codes) -> Codes:
    table = np.asarray(codes)
    if table.ndim != 2 or table.shape[1] != len(rule.items):  # noqa: PLR2004 -- rows and columns
        raise ValueError(f"codes must be respondents x {len(rule.items)}, not {table.shape}.")
    if table.dtype.kind not in "iu":
        raise ValueError(f"codes must be whole numbers, not {table.dtype}.")
    # Item after item is read below, which is several times faster on adjacent memory.
    return np.ascontiguousarray(table.T)


def _absent_codes(rule: ScaleRule, codes: int | Collection[int]) -> tuple[int, ...]:
    absent = (codes,) if isinstance(codes, int) else tuple(codes)
    for position, item in enumerate(rule.items):
        for code in absent:
            if item.minimum <= code <= item.maximum or code in item.recodes:
                raise ValueError(
                    f"{code} cannot mean absent: it is an answer of items[{position}]."
                )
    return absent


def _values(item: ItemRule, column: Codes, answered: NDArray[np.bool_], position: int) -> Integers:
    values = column.astype(np.int64)
    for code, value in item.recodes.items():
        values[column == code] = value
    values[~answered] = item.minimum
    wrong = (values < item.minimum) | (values > item.maximum)
    if wrong.any():
        row = int(wrong.argmax())
        raise _out_of_bounds(f"items[{position}] in row {row}", item, int(column[row]))
    return item.directed(values)


def mark_not_scored(
    rule: ScaleRule, units: Integers, answers: Integers, applicable: Integers
) -> Integers:
    """Put the mark of what is missing in the place of each score that must not be.

    ``answers`` and ``applicable`` say of each respondent how many items have an answer, and apply.
    """
    size = len(rule.items)
    required = np.array([rule.required(count) for count in range(size + 1)])
    units[answers < required[applicable]] = NOT_ENOUGH_ANSWERED_UNITS
    units[2 * (size - applicable) > size] = NOT_APPLICABLE_UNITS
    return units


def _out_of_bounds(where: str, item: ItemRule, code: int) -> ValueError:
    return ValueError(f"{where} must lie between {item.minimum} and {item.maximum}, not {code}.")
