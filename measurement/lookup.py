"""A scale's rule worked out beforehand for every code that an item may have.

Where answers are stored as small codes, looking up what each counts for is many times faster than
working it out; the numbers are those of :func:`measurement.scoring.score_matrix`.
"""

from collections.abc import Collection
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from measurement.scales import Integers, ItemRule, ScaleRule
from measurement.scoring import LARGEST_UNITS, Codes, mark_not_scored

# One number per code holds all that is added up over the items of a respondent: whether it is an
# answer, whether the item applies, whether the code is impossible, and above these the points.
_APPLIES: Final = 8
_IMPOSSIBLE: Final = 16
_POINTS: Final = 32
_COUNT: Final = (1 << _APPLIES) - 1


class ScoreTable:
    """The scoring of one scale by looking up codes from 0.

    Parameters
    ----------
    rule
        How the scale is scored.
    values
        What each code of each item stands for, codes x items: a value, or one of the numbers
        below.
    missing, does_not_apply
        The numbers in ``values`` that mean "not answered" and "does not apply".

    Raises
    ------
    ValueError
        If the scale has so many items (more than 40) that its units need more than 64 bits.
    """

    def __init__(
        self,
        rule: ScaleRule,
        values: Codes,
        *,
        missing: int | Collection[int],
        does_not_apply: int | Collection[int],
    ) -> None:
        if rule.largest_units > LARGEST_UNITS:
            raise ValueError(
                f"the scores of {len(rule.items)} items do not fit into 64 bits; split the scale."
            )
        self.rule = rule
        whole = np.asarray(values, dtype=np.int64)
        applies = ~np.isin(whole, _several(does_not_apply))
        answered = applies & ~np.isin(whole, _several(missing))
        self._counted = [
            _counted(item, column, given)
            for item, column, given in zip(rule.items, whole.T, answered.T, strict=True)
        ]
        self._tables = [
            _table(rule, item, column, given, valid)
            for item, column, given, valid in zip(
                rule.items, whole.T, answered.T, applies.T, strict=True
            )
        ]

    def score(self, codes: NDArray[np.unsignedinteger[Any]]) -> tuple[Integers, NDArray[np.bool_]]:
        """Return the scores in units, as ``score_matrix`` does, and who answered every item.

        Parameters
        ----------
        codes
            Respondents x items.

        Raises
        ------
        ValueError
            If a code stands for a value out of the bounds of its item.
        """
        sums = self._add_up(codes)
        first = next(iter(sums.values()))
        answers = first & _COUNT
        units = np.zeros(len(codes), dtype=np.int64)
        for weights, total in sums.items():
            units += (total >> _POINTS) * np.array(weights, dtype=np.int64)[answers]
        if (first >> _IMPOSSIBLE & _COUNT).any():
            self._refuse(codes)
        units = mark_not_scored(self.rule, units, answers, first >> _APPLIES & _COUNT)
        return units, answers == len(self.rule.items)

    def item_values(self, codes: NDArray[np.unsignedinteger[Any]]) -> Integers:
        """Return what each answer counts for after reversing, respondents x items; 0 without."""
        found = np.empty(codes.shape, dtype=np.int64)
        for position, counted in enumerate(self._counted):
            found[:, position] = counted[codes[:, position]]
        return found

    def _add_up(self, codes: NDArray[np.unsignedinteger[Any]]) -> dict[tuple[int, ...], Integers]:
        """Add up the tables over the items, apart for items whose points weigh differently.

        The counts stand in the first of them, for all items.
        """
        sums: dict[tuple[int, ...], Integers] = {}
        leading = self.rule.unit_weights[0]
        for position, table in enumerate(self._tables):
            weights = self.rule.unit_weights[position]
            found = table[codes[:, position]]
            if weights != leading:
                sums[leading] += found & ((1 << _POINTS) - 1)
            if weights in sums:
                sums[weights] += found
            else:
                sums[weights] = found
        return sums

    def _refuse(self, codes: NDArray[np.unsignedinteger[Any]]) -> None:
        for position, table in enumerate(self._tables):
            wrong = (table[codes[:, position]] >> _IMPOSSIBLE & _COUNT).astype(np.bool_)
            if wrong.any():
                item, row = self.rule.items[position], int(wrong.argmax())
                raise ValueError(
                    f"items[{position}] in row {row} must lie between {item.minimum} and "
                    f"{item.maximum}."
                )


def _several(codes: int | Collection[int]) -> list[int]:
    return [codes] if isinstance(codes, int) else list(codes)


def _counted(item: ItemRule, values: Integers, answered: NDArray[np.bool_]) -> Integers:
    return np.where(answered, item.directed(_recoded(item, values)), 0)


def _table(
    rule: ScaleRule,
    item: ItemRule,
    values: Integers,
    answered: NDArray[np.bool_],
    applies: NDArray[np.bool_],
) -> Integers:
    known = _recoded(item, values)
    impossible = answered & ((known < item.minimum) | (known > item.maximum))
    kept = np.where(answered & ~impossible, known, item.minimum)
    points = rule.points(item, item.directed(kept)) * answered
    flags = answered | (applies.astype(np.int64) << _APPLIES)
    packed: Integers = (points << _POINTS) + flags + (impossible.astype(np.int64) << _IMPOSSIBLE)
    return packed


def _recoded(item: ItemRule, values: Integers) -> Integers:
    recoded = values.copy()
    for code, value in item.recodes.items():
        recoded[values == code] = value
    return recoded
