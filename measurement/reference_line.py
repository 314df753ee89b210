"""How many problems are usual for a given load: the frozen line of problems on exposure.

The line is fitted once, on one row per person, and never again for the same series of waves. A
line that is refitted in every wave has residuals that average 0 in every wave, and so hides any
change that the group shares.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import numpy as np

from measurement.exposure import StressorClass
from measurement.inputs import Floats, MissingRows, Values
from measurement.line_sums import LineSums, Number, load_and_problems

Exact: TypeAlias = list[list[Fraction]]

DEGREES = (1, 2)
NEGLIGIBLE = 1e-20  # residual squares that are nothing but rounding, as a share of all squares


@dataclass(frozen=True, slots=True)
class ReferenceLine:
    """A line ``P = a + b E (+ c E^2)`` with everything that is needed to score by it for ever.

    ``n`` counts persons. ``residual_sd`` (n - 1) is the unit of stressor reactivity,
    ``residual_variance`` (n - number of coefficients) belongs to the covariance of the
    coefficients, which is ``None`` for a published line without one. Exposures outside
    ``exposure_low`` to ``exposure_high`` are extrapolation. ``stressor_classes`` holds the
    constants by which exposure was made comparable; empty where it is a plain sum.
    """

    n: int
    intercept: float
    slope: float
    curvature: float
    residual_sd: float
    r_squared: float
    exposure_mean: float
    exposure_low: float
    exposure_high: float
    residual_variance: float | None = None
    covariance: tuple[tuple[float, ...], ...] | None = None
    stressor_classes: tuple[StressorClass, ...] = ()
    method: str = "external"
    degree: int = 1

    def __post_init__(self) -> None:
        _check_degree(self.degree)
        if not self.residual_sd > 0:
            raise ValueError(f"residual_sd must be positive, not {self.residual_sd!r}.")
        if not 0 <= self.r_squared <= 1:
            raise ValueError(f"r_squared must lie between 0 and 1, not {self.r_squared!r}.")
        if not self.exposure_low <= self.exposure_mean <= self.exposure_high:
            raise ValueError(
                f"exposure_mean {self.exposure_mean!r} must lie within the range of exposure, "
                f"{self.exposure_low!r} to {self.exposure_high!r}."
            )
        if self.degree == 1 and self.curvature != 0:
            raise ValueError(f"A line of degree 1 has no curvature, not {self.curvature!r}.")
        if self.covariance is not None and len(self.covariance) != self.degree + 1:
            raise ValueError(
                f"covariance must have {self.degree + 1} rows, not {len(self.covariance)}."
            )

    def expected(self, exposure: Floats) -> Floats:
        """Return the problems that are usual for each exposure."""
        return self.intercept + self.slope * exposure + self.curvature * exposure**2


def fit_line(
    exposure: Values,
    problems: Values,
    *,
    degree: int = 1,
    winsorise: float | None = None,
    stressor_classes: tuple[StressorClass, ...] = (),
    missing: MissingRows = "raise",
) -> ReferenceLine:
    """Fit the line of problems on exposure by ordinary least squares.

    Parameters
    ----------
    exposure, problems
        One value per **person**, in the same order. Repeated waves must be averaged per person
        first: rows that are not persons make the line look far more certain than it is.
    degree
        1 for a straight line, 2 for a curved one (see ``line_checks.nested_f_test``).
    winsorise
        How many standard deviations from the mean a value may lie before it is pulled in *for
        the fit* (3 is usual); ``None`` means never. The residual SD is that of the values as
        they are.
    stressor_classes
        Constants of the exposure, kept with the line.
    missing
        ``"raise"`` refuses missing values, ``"complete"`` keeps persons with both.

    Raises
    ------
    ValueError
        If there are too few persons (degree + 2), exposure takes too few values, or the points
        lie on the line exactly, so that no residual SD exists.

    References
    ----------
    Kalisch et al. 2021, Frontiers in Psychology 12:710493.
    """
    _check_degree(degree)
    loads, troubles = load_and_problems(exposure, problems, missing=missing)
    _check_fit(loads.size, len(set(loads.tolist())), degree)
    fit_loads, fit_troubles = _winsorised(loads, winsorise), _winsorised(troubles, winsorise)
    centre = float(fit_loads.mean())
    # Powers of the distance from the mean: raw powers would lose digits far from zero.
    design = np.vander(fit_loads - centre, degree + 1, increasing=True)
    centred = np.linalg.lstsq(design, fit_troubles, rcond=None)[0]
    squares = float(((fit_troubles - design @ centred) ** 2).sum())
    total = float(((fit_troubles - fit_troubles.mean()) ** 2).sum())
    variance = squares / (loads.size - degree - 1)
    to_raw = _shift(-centre, degree)
    coefficients = to_raw @ centred
    residuals = troubles - np.vander(loads - centre, degree + 1, increasing=True) @ centred
    _check_residuals(squares, total)
    return ReferenceLine(
        n=loads.size,
        intercept=float(coefficients[0]),
        slope=float(coefficients[1]),
        curvature=float(coefficients[2]) if degree > 1 else 0.0,
        residual_sd=float(residuals.std(ddof=1)),
        r_squared=max(1 - squares / total, 0.0),
        exposure_mean=float(loads.mean()),
        exposure_low=float(loads.min()),
        exposure_high=float(loads.max()),
        residual_variance=variance,
        covariance=_rows(to_raw @ np.linalg.inv(design.T @ design) @ to_raw.T * variance),
        stressor_classes=stressor_classes,
        method="ordinary least squares" + ("" if winsorise is None else ", winsorised"),
        degree=degree,
    )


def fit_line_from_sums(
    sums: LineSums,
    *,
    exposure_range: tuple[float, float],
    degree: int = 1,
    stressor_classes: tuple[StressorClass, ...] = (),
) -> ReferenceLine:
    """Fit the same line as :func:`fit_line` without the rows, in exact arithmetic.

    Parameters
    ----------
    sums
        The sums over persons; a curved line needs those of cubes and fourth powers too.
    exposure_range
        The lowest and the highest exposure, which sums do not tell.
    degree, stressor_classes
        As for :func:`fit_line`.

    Raises
    ------
    ValueError
        As :func:`fit_line`, and if sums that a curved line needs are missing.
    """
    _check_degree(degree)
    low, high = exposure_range
    if not low < high:
        raise ValueError(f"exposure_range must ascend, not {low!r} and {high!r}.")
    if sums.n < degree + 2:
        raise ValueError(f"A line of degree {degree} needs {degree + 2} persons, not {sums.n}.")
    moments, answers = _normal_equations(sums, degree)
    inverse = _inverted(moments)
    coefficients = [_dot(row, answers) for row in inverse]
    problems, squared = Fraction(sums.problems), Fraction(sums.problems_squares)
    squares = squared - _dot(coefficients, answers)
    total = squared - problems**2 / sums.n
    _check_residuals(float(squares), float(total))
    variance = squares / (sums.n - degree - 1)
    return ReferenceLine(
        n=sums.n,
        intercept=float(coefficients[0]),
        slope=float(coefficients[1]),
        curvature=float(coefficients[2]) if degree > 1 else 0.0,
        residual_sd=math.sqrt(squares / (sums.n - 1)),
        r_squared=float(1 - squares / total),
        exposure_mean=float(Fraction(sums.exposure) / sums.n),
        exposure_low=float(low),
        exposure_high=float(high),
        residual_variance=float(variance),
        covariance=tuple(tuple(float(entry * variance) for entry in row) for row in inverse),
        stressor_classes=stressor_classes,
        method="ordinary least squares",
        degree=degree,
    )


def _normal_equations(sums: LineSums, degree: int) -> tuple[Exact, list[Fraction]]:
    powers: list[Number | None] = [sums.n, sums.exposure, sums.exposure_squares]
    products: list[Number | None] = [sums.problems, sums.products]
    if degree > 1:
        powers += [sums.exposure_cubes, sums.exposure_fourths]
        products.append(sums.squares_products)
    known_powers = [Fraction(value) for value in powers if value is not None]
    known_products = [Fraction(value) for value in products if value is not None]
    if len(known_powers) < len(powers) or len(known_products) < len(products):
        raise ValueError("A curved line needs the sums of cubes, fourth powers and E^2 P.")
    size = degree + 1
    return [known_powers[row : row + size] for row in range(size)], known_products


def _inverted(matrix: Exact) -> Exact:
    """Invert a small positive definite matrix exactly (Gauss-Jordan)."""
    size = len(matrix)
    work = [
        [*row, *(Fraction(index == place) for place in range(size))]
        for index, row in enumerate(matrix)
    ]
    for index in range(size):
        pivot = work[index][index]
        if pivot <= 0:
            raise ValueError("exposure must take more different values to fit this line.")
        work[index] = [entry / pivot for entry in work[index]]
        for other in range(size):
            if other != index:
                factor = work[other][index]
                work[other] = [
                    entry - factor * lead
                    for entry, lead in zip(work[other], work[index], strict=True)
                ]
    return [row[size:] for row in work]


def _dot(left: list[Fraction], right: list[Fraction]) -> Fraction:
    return sum((one * other for one, other in zip(left, right, strict=True)), Fraction())


def _winsorised(values: Floats, deviations: float | None) -> Floats:
    if deviations is None:
        return values
    if not deviations > 0:
        raise ValueError(f"winsorise must be positive, not {deviations!r}.")
    reach = deviations * values.std(ddof=1)
    return np.clip(values, values.mean() - reach, values.mean() + reach)


def _shift(distance: float, degree: int) -> Floats:
    """Return the matrix that rewrites a polynomial in E + distance as one in E."""
    full = np.array([[1, distance, distance**2], [0, 1, 2 * distance], [0, 0, 1]])
    return full[: degree + 1, : degree + 1]


def _rows(matrix: Floats) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in matrix.tolist())


def _check_degree(degree: int) -> None:
    if degree not in DEGREES:
        raise ValueError(f"degree must be 1 or 2, not {degree!r}.")


def _check_fit(n: int, different_exposures: int, degree: int) -> None:
    if n < degree + 2:
        raise ValueError(f"A line of degree {degree} needs {degree + 2} persons, not {n}.")
    if different_exposures <= degree:
        raise ValueError(
            f"exposure must take at least {degree + 1} different values, not {different_exposures}."
        )


def _check_residuals(squares: float, total: float) -> None:
    if squares <= NEGLIGIBLE * total:
        raise ValueError("problems must vary around the line; every residual is 0.")
