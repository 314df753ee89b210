"""Stressor reactivity of a group and its change, with intervals, from sums alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from scipy import stats

from measurement.inputs import confidence_level
from measurement.line_sums import LineSums, Number
from measurement.reactivity import SIGN, Direction
from measurement.reference_line import ReferenceLine


@dataclass(frozen=True, slots=True)
class CommunityReactivity:
    """Mean stressor reactivity of a group, always beside its exposure, problems, n and R2.

    The interval takes the line as given; ``line_standard_error`` says how uncertain the line
    itself is at this exposure (it shifts all groups that are scored by it together). Both, and
    ``standard_error``, are ``None`` where they cannot be known: one person, no covariance.
    """

    mean: float
    low: float | None
    high: float | None
    standard_error: float | None
    line_standard_error: float | None
    confidence: float
    n: int
    exposure_mean: float
    problems_mean: float
    outside_range: bool
    r_squared: float
    direction: Direction
    sign: str = SIGN


@dataclass(frozen=True, slots=True)
class ReactivityChange:
    """Mean change of stressor reactivity of the same persons by one fixed line, after - before.

    Below 0 they have fewer problems for their load than before, that is, they are more resilient.
    The interval takes the line as given and is ``None`` for a single person.
    """

    mean: float
    low: float | None
    high: float | None
    standard_error: float | None
    confidence: float
    n: int
    exposure_change: float
    problems_change: float
    r_squared: float
    direction: Direction
    sign: str = SIGN


def community_mean_from_sums(
    line: ReferenceLine, sums: LineSums, *, confidence: float = 0.95
) -> CommunityReactivity:
    """Compute the mean stressor reactivity of a group, with interval, from its sums alone.

    ``mean SR = (mean P - a - b mean E - c mean E^2) / residual_sd``, in exact arithmetic; equal
    to the mean of the persons' scores.

    Parameters
    ----------
    line
        A frozen reference line.
    sums
        The sums over the persons of the group, in the units of the line.
    confidence
        Of the interval (Student's t over persons), between 0 and 1.

    Raises
    ------
    ValueError
        If there is nobody, or a curved line lacks the sums it needs for the interval.
    """
    _check_people(sums.n)
    level = confidence_level(confidence)
    weights = [Fraction(1), -Fraction(line.slope), -Fraction(line.curvature)][: line.degree + 1]
    totals = [Fraction(sums.problems), Fraction(sums.exposure), Fraction(sums.exposure_squares)]
    raised = sum((w * t for w, t in zip(weights, totals, strict=False)), Fraction()) / sums.n
    mean = float((raised - Fraction(line.intercept)) / Fraction(line.residual_sd))
    squares = _squares(sums, line.degree)
    error = _mean_error(_centred_squares(weights, totals, squares, sums.n), sums.n, line)
    reach = None if error is None else _half_width(error, sums.n, level)
    load = float(totals[1] / sums.n)
    return CommunityReactivity(
        mean=mean,
        low=None if reach is None else mean - reach,
        high=None if reach is None else mean + reach,
        standard_error=error,
        line_standard_error=_line_error(line, load, float(totals[2] / sums.n)),
        confidence=level,
        n=sums.n,
        exposure_mean=load,
        problems_mean=float(totals[0] / sums.n),
        outside_range=not line.exposure_low <= load <= line.exposure_high,
        r_squared=line.r_squared,
        direction=Direction.of(mean),
    )


def community_change_from_sums(
    line: ReferenceLine, differences: LineSums, *, confidence: float = 0.95
) -> ReactivityChange:
    """Compute the mean change of stressor reactivity from the sums of the persons' differences.

    Parameters
    ----------
    line
        The frozen straight line that scores both waves.
    differences
        Sums over linked persons of (exposure after - before) and (problems after - before).
    confidence
        Of the interval (Student's t over persons), between 0 and 1.

    Raises
    ------
    ValueError
        If there is nobody, or the line is curved: then the change depends on the level of
        exposure, which differences do not tell.
    """
    _check_people(differences.n)
    level = confidence_level(confidence)
    if line.degree > 1:
        raise ValueError("The change by a curved line cannot be computed from differences.")
    weights = [Fraction(1), -Fraction(line.slope)]
    totals = [Fraction(differences.problems), Fraction(differences.exposure)]
    raised = totals[0] + weights[1] * totals[1]
    mean = float(raised / differences.n / Fraction(line.residual_sd))
    spread = _centred_squares(weights, totals, _squares(differences, 1), differences.n)
    error = _mean_error(spread, differences.n, line)
    reach = None if error is None else _half_width(error, differences.n, level)
    return ReactivityChange(
        mean=mean,
        low=None if reach is None else mean - reach,
        high=None if reach is None else mean + reach,
        standard_error=error,
        confidence=level,
        n=differences.n,
        exposure_change=float(totals[1] / differences.n),
        problems_change=float(totals[0] / differences.n),
        r_squared=line.r_squared,
        direction=Direction.of(mean),
    )


def _line_error(line: ReferenceLine, load: float, squared_load: float) -> float | None:
    if line.covariance is None:
        return None
    place = np.array([1, load, squared_load][: line.degree + 1])
    return float(np.sqrt(place @ np.array(line.covariance) @ place) / line.residual_sd)


def _squares(sums: LineSums, degree: int) -> list[list[Fraction]]:
    """Return the cross-products of problems, exposure and (curved) squared exposure."""
    table: list[list[Number | None]] = [
        [sums.problems_squares, sums.products, sums.squares_products],
        [sums.products, sums.exposure_squares, sums.exposure_cubes],
        [sums.squares_products, sums.exposure_cubes, sums.exposure_fourths],
    ]
    size = degree + 1
    return [[_known(entry) for entry in row[:size]] for row in table[:size]]


def _known(value: Number | None) -> Fraction:
    if value is None:
        raise ValueError("A curved line needs the sums of cubes, fourth powers and E^2 P.")
    return Fraction(value)


def _centred_squares(
    weights: Sequence[Fraction],
    totals: Sequence[Fraction],
    squares: Sequence[Sequence[Fraction]],
    n: int,
) -> Fraction:
    size = range(len(weights))
    return sum(
        (
            weights[i] * weights[j] * (squares[i][j] - totals[i] * totals[j] / n)
            for i in size
            for j in size
        ),
        Fraction(),
    )


def _mean_error(squares: Fraction, n: int, line: ReferenceLine) -> float | None:
    if n == 1:
        return None
    # Sums of floats can fall a rounding error below zero where everybody lies equally far.
    variance = max(float(squares), 0.0) / (n - 1)
    return float(np.sqrt(variance / n) / line.residual_sd)


def _half_width(error: float, n: int, level: float) -> float:
    return float(stats.t.ppf((1 + level) / 2, n - 1)) * error


def _check_people(n: int) -> None:
    if n < 1:
        raise ValueError(f"sums must be about at least 1 person, not {n}.")
