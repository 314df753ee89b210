"""How is a scale scored: its items, their declared bounds, the answers that it needs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from fractions import Fraction
from functools import cached_property
from math import lcm
from typing import Final, Literal, TypeAlias, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

Method: TypeAlias = Literal["percent_of_maximum", "sum", "mean", "count"]
Integers: TypeAlias = NDArray[np.int64]
Number = TypeVar("Number", int, Integers)

FEWEST_ANSWERS_THAT_AVERAGE: Final = 2


class DoesNotApply(Enum):
    """The one answer that is neither a value nor missing."""

    DOES_NOT_APPLY = auto()


class NotScored(Enum):
    """Why there is no score: too much is missing, or the scale does not concern this person."""

    NOT_ENOUGH_ANSWERED = auto()
    NOT_APPLICABLE = auto()


DOES_NOT_APPLY: Final = DoesNotApply.DOES_NOT_APPLY
Answer: TypeAlias = int | DoesNotApply | None


@dataclass(frozen=True, slots=True)
class ItemRule:
    """How one item counts: its declared bounds, its direction, its recodes.

    Parameters
    ----------
    minimum, maximum
        The declared bounds of the values (after recoding), both included. They come from the
        questionnaire, never from the data: otherwise a reversed item would change its meaning
        from one workshop to the next.
    reversed
        Whether a high value means little; then x counts as maximum + minimum - x.
    recodes
        Values for codes that count as something else, for example ``{9: 0}``. A code that is
        not named here is its own value.
    """

    minimum: int
    maximum: int
    reversed: bool = False
    recodes: Mapping[int, int] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        if self.minimum >= self.maximum:
            raise ValueError(f"minimum {self.minimum} must be less than maximum {self.maximum}.")
        # A copy, because the rule is frozen and the mapping of the caller is not.
        object.__setattr__(self, "recodes", dict(self.recodes))
        for code, value in self.recodes.items():
            if not self.minimum <= value <= self.maximum:
                raise ValueError(
                    f"recode {code} to {value} lies outside {self.minimum} to {self.maximum}."
                )

    def directed(self, value: Number) -> Number:
        """Turn a value round where a high one means little."""
        return self.maximum + self.minimum - value if self.reversed else value


@dataclass(frozen=True)
class ScaleRule:
    """How the items of a scale make one score.

    Parameters
    ----------
    items
        One rule per item, in the order of the answers.
    method
        ``"percent_of_maximum"``: 0 to 100, each item rescaled by its own bounds.
        ``"sum"``: the number of items times the mean of the answered ones.
        ``"mean"``: the mean of the answered items.
        ``"count"``: the number of items times the share of answered ones that reach
        ``threshold``.
    minimum_answered
        How many items must be answered where all of them apply.
    threshold
        The least value (after recoding and reversing) that ``"count"`` counts.

    Notes
    -----
    All four are person-mean prorated: a missing answer counts as the mean of the answers that
    the same person gave, never as zero. See :meth:`required` for items that do not apply.

    References
    ----------
    Cohen, Cohen, Aiken and West (1999), Multivariate Behavioral Research 34(3):315-346
    (per cent of maximum possible). Mazza, Enders and Ruehlman (2015), Multivariate Behavioral
    Research 50(5):504-519, https://doi.org/10.1080/00273171.2015.1068157 (when proration
    misleads).
    """

    items: tuple[ItemRule, ...]
    method: Method
    minimum_answered: int
    threshold: int = 1

    def __post_init__(self) -> None:
        if self.method not in get_args(Method):
            allowed = ", ".join(get_args(Method))
            raise ValueError(f"method must be one of {allowed}, not {self.method!r}.")
        if not 1 <= self.minimum_answered <= len(self.items):
            raise ValueError(
                f"minimum_answered must lie between 1 and the number of items "
                f"({len(self.items)}), not {self.minimum_answered}."
            )

    def required(self, applicable: int) -> int:
        """Return how many answers are needed when so many items apply.

        Where everything applies, it is ``minimum_answered``. Where something does not, as many
        may be left out as before, but half of what applies must be answered and never fewer
        than two, unless the scale itself asks for less.
        """
        fewer = self.minimum_answered - (len(self.items) - applicable)
        half = (applicable + 1) // 2
        return min(self.minimum_answered, max(FEWEST_ANSWERS_THAT_AVERAGE, half, fewer))

    def status(self, answered: int, not_applicable: int) -> NotScored | None:
        """Return why there is no score, or None where there is one."""
        if 2 * not_applicable > len(self.items):
            return NotScored.NOT_APPLICABLE
        if answered < self.required(len(self.items) - not_applicable):
            return NotScored.NOT_ENOUGH_ANSWERED
        return None

    @cached_property
    def unit(self) -> int:
        """The least whole number that makes every possible score, times it, a whole number."""
        return lcm(
            *(
                self.weight(answered, item).denominator
                for answered in self.scored_counts
                for item in self.items
            )
        )

    def weight(self, answered: int, item: ItemRule) -> Fraction:
        """Return how much one point of an item adds to a score made of so many answers."""
        if self.method == "percent_of_maximum":
            return Fraction(100, answered * (item.maximum - item.minimum))
        if self.method == "mean":
            return Fraction(1, answered)
        return Fraction(len(self.items), answered)

    @cached_property
    def unit_weights(self) -> tuple[tuple[int, ...], ...]:
        """For each item, what one point adds to a score in units, by the number of answers."""
        return tuple(
            tuple(
                int(self.weight(answered, item) * self.unit)
                if answered in self.scored_counts
                else 0
                for answered in range(len(self.items) + 1)
            )
            for item in self.items
        )

    @cached_property
    def scored_counts(self) -> frozenset[int]:
        """The numbers of answers that a score can be made of."""
        size = len(self.items)
        return frozenset(
            answered
            for applicable in range(size - size // 2, size + 1)
            for answered in range(self.required(applicable), applicable + 1)
        )

    def points(self, item: ItemRule, value: Number) -> Number:
        """Return what a value adds up to before it is weighted."""
        if self.method == "percent_of_maximum":
            return value - item.minimum
        return (value >= self.threshold) * 1 if self.method == "count" else value

    @property
    def largest_units(self) -> int:
        """The unit times a number that no score exceeds in size."""
        extreme = max(max(abs(item.minimum), abs(item.maximum)) for item in self.items)
        largest = {"percent_of_maximum": 100, "mean": extreme, "count": len(self.items)}
        return self.unit * largest.get(self.method, extreme * len(self.items))
