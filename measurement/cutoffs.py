"""Where the line runs between people with symptoms and people without."""

from dataclasses import dataclass
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from measurement.inputs import Floats

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Cutoff:
    """A line between people with and without symptoms; on the line is the functional side.

    Parameters
    ----------
    value
        In points.
    higher_is_better
        Whether high scores lie on the functional side.
    """

    value: float
    higher_is_better: bool

    def crossings(self, before: Floats, after: Floats) -> tuple[Flags, Flags]:
        """Tell who crossed to the functional and who to the clinical side."""
        clinical_before, clinical_after = self._clinical(before), self._clinical(after)
        return clinical_before & ~clinical_after, ~clinical_before & clinical_after

    def _clinical(self, scores: Floats) -> Flags:
        return scores < self.value if self.higher_is_better else scores > self.value


@dataclass(frozen=True, slots=True)
class Population:
    """Mean and standard deviation of the scores of a group, in points."""

    mean: float
    sd: float

    def __post_init__(self) -> None:
        if not (isfinite(self.mean) and isfinite(self.sd) and self.sd > 0):
            raise ValueError(f"no population has mean {self.mean} and sd {self.sd}.")


def cutoff_a(clinical: Population, *, higher_is_better: bool) -> Cutoff:
    """Return the line two standard deviations beyond the mean of the clinical population.

    For use where nothing is known about people without symptoms.

    References
    ----------
    Jacobson and Truax (1991), Journal of Consulting and Clinical Psychology 59(1):12-19,
    https://doi.org/10.1037/0022-006X.59.1.12 (a, b and c).
    """
    away = 2 * clinical.sd
    return Cutoff(clinical.mean + (away if higher_is_better else -away), higher_is_better)


def cutoff_b(functional: Population, *, higher_is_better: bool) -> Cutoff:
    """Return the line two standard deviations from the mean of the functional population."""
    away = 2 * functional.sd
    return Cutoff(functional.mean - (away if higher_is_better else -away), higher_is_better)


def cutoff_c(clinical: Population, functional: Population) -> Cutoff:
    """Return the line at which a score is as likely in one population as in the other.

    The preferred one, where the populations overlap. The direction follows from the means; raises
    ValueError if they are equal.
    """
    if clinical.mean == functional.mean:
        raise ValueError(f"populations with the same mean ({clinical.mean}) have no line between.")
    weighted = functional.sd * clinical.mean + clinical.sd * functional.mean
    value = weighted / (clinical.sd + functional.sd)
    return Cutoff(value, functional.mean > clinical.mean)
