"""One line from repeated waves: a mixed model in which every person has an own line.

For a finished study whose occasions are compared with each other. A programme that goes on uses
the line of its first wave (``reference_line``); this one shows how much the choice matters.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, minimize

from measurement.inputs import Floats, Values
from measurement.line_sums import load_and_problems
from measurement.reference_line import ReferenceLine

STARTS = ((1.0, 0.0, 1.0), (0.3, 0.0, 0.1), (3.0, 0.0, 0.3))


@dataclass(frozen=True, slots=True)
class MixedLine:
    """The line for the average person, and how much persons differ from it.

    ``line`` holds the fixed effects, by which scores are computed; its ``n`` counts persons.
    Standard deviations of persons' intercepts (where exposure is 0) and slopes, their
    correlation (``None`` where one of them does not vary), and the residual within persons.
    """

    line: ReferenceLine
    intercept_sd: float
    slope_sd: float
    correlation: float | None
    within_sd: float
    log_likelihood: float
    n_rows: int


class _Products(NamedTuple):
    """Cross-products per person: of the design, of design and answers, of the answers."""

    design: Floats
    mixed: Floats
    answers: Floats
    n_rows: int


class _Solution(NamedTuple):
    coefficients: Floats
    precision: Floats
    variance: float
    deviance: float


def fit_mixed_line(exposure: Values, problems: Values, persons: Sequence[Hashable]) -> MixedLine:
    """Fit problems on exposure with a random intercept and slope per person (REML).

    ``P_it = (a + u_i) + (b + v_i) E_it + e_it``. Scores use the fixed effects a and b only.

    Parameters
    ----------
    exposure, problems, persons
        One entry per assessment, in the same order; ``persons`` holds any labels.

    Raises
    ------
    ValueError
        If lengths differ, a value is missing or infinite, exposure or problems do not vary,
        there are fewer than three persons, nobody was assessed twice, or the fit fails.

    References
    ----------
    Laird & Ware 1982, Biometrics 38(4):963-974; Bates et al. 2015, Journal of Statistical
    Software 67(1), section 3 (profiled REML criterion).
    """
    loads, troubles = load_and_problems(exposure, problems)
    codes = _codes(persons, loads.size)
    for name, values in (("exposure", loads), ("problems", troubles)):
        if np.ptp(values) == 0:
            raise ValueError(f"{name} must vary.")
    # Standardised, the search meets numbers of one size; the model itself does not mind.
    load_unit, trouble_unit = loads.std(), troubles.std()
    products = _cross_products(
        (loads - loads.mean()) / load_unit, (troubles - troubles.mean()) / trouble_unit, codes
    )
    factor = _best_factor(products)
    found = _solve(factor, products)
    to_raw = np.array([[1, -loads.mean() / load_unit], [0, 1 / load_unit]]) * trouble_unit
    coefficients = to_raw @ found.coefficients + [troubles.mean(), 0]
    covariance = to_raw @ np.linalg.inv(found.precision) @ to_raw.T * found.variance
    spread = to_raw @ factor @ factor.T @ to_raw.T * found.variance
    deviations = np.sqrt(np.diag(spread))
    log_likelihood = -found.deviance / 2 - (loads.size - 2) * np.log(trouble_unit)
    return MixedLine(
        line=_as_line(loads, troubles, coefficients, covariance, int(codes.max()) + 1),
        intercept_sd=float(deviations[0]),
        slope_sd=float(deviations[1]),
        correlation=float(spread[0, 1] / deviations.prod()) if deviations.all() else None,
        within_sd=float(np.sqrt(found.variance) * trouble_unit),
        log_likelihood=float(log_likelihood - np.log(load_unit)),
        n_rows=loads.size,
    )


def _codes(persons: Sequence[Hashable], rows: int) -> NDArray[np.int64]:
    if len(persons) != rows:
        raise ValueError(f"persons must hold {rows} labels, not {len(persons)}.")
    order = {person: index for index, person in enumerate(dict.fromkeys(persons))}
    if len(order) < 3:  # noqa: PLR2004 -- a spread and a covariance of lines need three
        raise ValueError(f"A mixed line needs at least 3 persons, not {len(order)}.")
    if len(order) == rows:
        raise ValueError("A mixed line needs persons who were assessed more than once.")
    return np.array([order[person] for person in persons], dtype=np.int64)


def _cross_products(loads: Floats, troubles: Floats, codes: NDArray[np.int64]) -> _Products:
    def per_person(values: Floats) -> Floats:
        return np.bincount(codes, weights=values).astype(np.float64)

    n, e = per_person(np.ones_like(loads)), per_person(loads)
    design = np.array([[n, e], [e, per_person(loads**2)]]).transpose(2, 0, 1)
    mixed = np.array([per_person(troubles), per_person(loads * troubles)]).T
    return _Products(design, mixed, per_person(troubles**2), loads.size)


def _factor(parameters: Floats) -> Floats:
    return np.array([[parameters[0], 0], [parameters[1], parameters[2]]])


def _best_factor(products: _Products) -> Floats:
    """Search the Cholesky factor of the persons' covariance, relative to the residual variance."""
    bounds = Bounds([0, -np.inf, 0], [np.inf] * 3)

    def deviance(parameters: Floats) -> float:
        return _solve(_factor(parameters), products).deviance

    results = [
        minimize(
            deviance,
            np.array(start),
            method="L-BFGS-B",
            bounds=bounds,
            options={"ftol": 1e-14, "gtol": 1e-8, "maxiter": 500},
        )
        for start in STARTS
    ]
    best = min(results, key=lambda result: float(result.fun))
    if not np.isfinite(best.fun):
        raise ValueError("The mixed line cannot be fitted to these data.")
    return _factor(best.x)


def _solve(factor: Floats, products: _Products) -> _Solution:
    """Return the best fixed effects and the REML deviance for given relative covariances."""
    reduced = products.design @ factor
    inner = np.eye(2) + factor.T @ reduced
    solved = np.linalg.solve(inner, np.swapaxes(reduced, 1, 2))
    precision = (products.design - reduced @ solved).sum(axis=0)
    projected = products.mixed @ factor
    weighted = np.linalg.solve(inner, projected[..., None])
    right = (products.mixed[..., None] - reduced @ weighted)[..., 0].sum(axis=0)
    squares = (products.answers - (projected[:, None, :] @ weighted)[:, 0, 0]).sum()
    coefficients = np.linalg.solve(precision, right)
    freedom = products.n_rows - 2
    variance = float(squares - coefficients @ right) / freedom
    logarithms = np.linalg.slogdet(inner)[1].sum() + np.linalg.slogdet(precision)[1]
    deviance = float(logarithms + freedom * (1 + np.log(2 * np.pi * variance)))
    return _Solution(coefficients, precision, variance, deviance)


def _as_line(
    loads: Floats, troubles: Floats, coefficients: Floats, covariance: Floats, n: int
) -> ReferenceLine:
    residuals = troubles - coefficients[0] - coefficients[1] * loads
    return ReferenceLine(
        n=n,
        intercept=float(coefficients[0]),
        slope=float(coefficients[1]),
        curvature=0.0,
        residual_sd=float(residuals.std(ddof=1)),
        # The fixed effects are not the least-squares line: the squared correlation is a share.
        r_squared=float(np.corrcoef(loads, troubles)[0, 1] ** 2),
        exposure_mean=float(loads.mean()),
        exposure_low=float(loads.min()),
        exposure_high=float(loads.max()),
        residual_variance=float(residuals.var(ddof=1)),
        covariance=tuple(tuple(row) for row in covariance.tolist()),
        method="mixed model (REML) with random intercept and slope",
    )
