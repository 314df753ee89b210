"""More or fewer problems than usual for the load: stressor reactivity by a frozen line.

Stressor reactivity (SR) is the distance of a person's problems from the reference line, in
residual standard deviations. The sign is a trap, so every result carries it in words: **above
zero means more problems than usual for this load, that is, less resilient**.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from measurement.inputs import (
    Floats,
    MissingRows,
    Values,
    matrix_with_gaps,
)
from measurement.line_sums import load_and_problems
from measurement.reference_line import ReferenceLine

SIGN = (
    "Above 0: more problems than usual for this load, less resilient. "
    "Below 0: fewer problems than usual for this load, more resilient."
)


class Direction(StrEnum):
    """What the sign of a stressor reactivity, or of a difference of two, says."""

    MORE = "more problems than usual for this load"
    USUAL = "as many problems as usual for this load"
    FEWER = "fewer problems than usual for this load"

    @classmethod
    def of(cls, reactivity: float) -> "Direction":
        if reactivity > 0:
            return cls.MORE
        return cls.FEWER if reactivity < 0 else cls.USUAL


@dataclass(frozen=True, slots=True, eq=False)
class ReactivityScores:
    """Stressor reactivity of each person, in residual standard deviations of the line.

    ``respondents`` gives the position of each value in the input. ``outside_range`` marks persons
    whose exposure the line has never seen: their value is an extrapolation. ``standard_errors``
    is ``None`` for a line that was published without covariance.
    """

    values: Floats
    standard_errors: Floats | None
    outside_range: NDArray[np.bool_]
    respondents: NDArray[np.int64]
    n: int
    n_outside_range: int
    r_squared: float
    sign: str = SIGN

    @property
    def resilience(self) -> Floats:
        """The same with the sign turned round: above 0 is more resilient."""
        return -self.values


def score_reactivity(
    line: ReferenceLine, exposure: Values, problems: Values, *, missing: MissingRows = "raise"
) -> ReactivityScores:
    """Place each person above or below the line.

    ``SR = (P - a - b E - c E^2) / residual_sd``; the standard error of one score is that of a
    person who was not in the reference sample, ``sqrt(s^2 + x' Cov x) / residual_sd``.

    Parameters
    ----------
    line
        A frozen reference line.
    exposure, problems
        One value per person in the same order, in the units of the line.
    missing
        ``"raise"`` refuses missing values, ``"complete"`` keeps persons with both.

    Raises
    ------
    ValueError
        If the lengths differ, or a value is infinite or (with ``"raise"``) missing.

    References
    ----------
    Kalisch et al. 2021, Frontiers in Psychology 12:710493; Veer et al. 2021, Translational
    Psychiatry 11:67.
    """
    loads, troubles = load_and_problems(exposure, problems, missing=missing)
    gaps = np.isnan(matrix_with_gaps([list(exposure), list(problems)], "exposure and problems"))
    outside = (loads < line.exposure_low) | (loads > line.exposure_high)
    return ReactivityScores(
        values=(troubles - line.expected(loads)) / line.residual_sd,
        standard_errors=_standard_errors(line, loads),
        outside_range=outside,
        respondents=np.flatnonzero(~gaps.any(axis=0)),
        n=loads.size,
        n_outside_range=int(outside.sum()),
        r_squared=line.r_squared,
    )


def _standard_errors(line: ReferenceLine, loads: Floats) -> Floats | None:
    if line.covariance is None or line.residual_variance is None:
        return None
    design = np.vander(loads, line.degree + 1, increasing=True)
    of_line = np.einsum("ij,jk,ik->i", design, np.array(line.covariance), design)
    return np.asarray(np.sqrt(line.residual_variance + of_line) / line.residual_sd)
