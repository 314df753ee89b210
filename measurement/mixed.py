"""A model in which every cluster has its own level around a common one."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from measurement.cluster_summary import label_positions
from measurement.estimates import Estimate, t_estimate
from measurement.inputs import Floats, Table, Values, confidence_level, vector
from measurement.least_squares import design_matrix, fit

Criterion: TypeAlias = Literal["REML", "ML"]

# The likelihood may have more than one hill; it is looked at on a grid before it is climbed.
EXPONENTS = np.linspace(-6, 12, 91)  # of ten, for the ratio of the two variances


@dataclass(frozen=True, slots=True)
class RandomIntercept:
    """A mixed model with one random intercept per cluster.

    Attributes
    ----------
    coefficients
        The intercept first, then one per predictor. Its estimand is the precision-weighted
        average: between person-average (ICC near 0) and cluster-average (ICC near 1).
    between_variance, within_variance, icc
        Of clusters around the line, of persons around their cluster, and the share of the first.
    log_likelihood
        By ``criterion``; do not compare REML fits with different predictors.
    n, clusters
        Persons and clusters used.
    """

    coefficients: tuple[Estimate, ...]
    between_variance: float
    within_variance: float
    icc: float
    log_likelihood: float
    criterion: Criterion
    n: int
    clusters: int

    @property
    def at_boundary(self) -> bool:
        """True where no difference between clusters was found: errors are then too small."""
        return self.between_variance == 0


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """What the likelihood needs to know: sums over all, and per cluster."""

    sizes: Floats
    products: Floats  # [X y]'[X y]
    totals: Floats  # clusters x columns of [X y]
    criterion: Criterion


@dataclass(frozen=True, slots=True, eq=False)
class _Solution:
    coefficients: Floats
    inverse: Floats
    within_variance: float
    log_likelihood: float


def random_intercept(
    outcome: Values,
    predictors: Table | None,
    clusters: Iterable[Hashable],
    *,
    criterion: Criterion = "REML",
    confidence: float = 0.95,
) -> RandomIntercept:
    """Estimate a mean, or a line, when people of one cluster are alike.

    For ten clusters or more (per arm, where arms are compared). Below that take
    :func:`measurement.clusters.clustered_change`, cluster means or permutation.

    Parameters
    ----------
    outcome
        One number per person; nothing missing.
    predictors
        Persons x columns, without the intercept, which is added; None for the mean alone.
    clusters
        The cluster of each person: any label.
    criterion
        ``"REML"`` for estimates, ``"ML"`` to compare models by likelihood.
    confidence
        Of the t intervals with K - p degrees of freedom, p counting the coefficients: strict
        for predictors that vary inside clusters.

    Raises
    ------
    ValueError
        If there are not more clusters than coefficients, every cluster has one person,
        nothing varies inside clusters, predictors are redundant, or the input is refused.

    References
    ----------
    Harville 1977, Journal of the American Statistical Association 72:320-338, doi
    10.1080/01621459.1977.10480998.
    """
    level = confidence_level(confidence)
    if criterion not in ("REML", "ML"):
        raise ValueError(f"criterion must be REML or ML, not {criterion!r}.")
    values = vector(outcome, "outcome")
    design = design_matrix(predictors, values.size)
    positions, labels = label_positions(clusters, values.size, "outcome")
    start = fit(design, values)
    sums = _sums(design, start.residuals, positions, criterion)
    _check(sums, design.shape[1])
    ratio = _best_ratio(sums)
    solution = _solve(sums, ratio)
    errors = np.sqrt(solution.within_variance * np.diag(solution.inverse))
    freedom = len(labels) - design.shape[1]
    estimates = tuple(
        t_estimate(value, error, freedom, estimand="precision-weighted average", confidence=level)
        for value, error in zip(start.coefficients + solution.coefficients, errors, strict=True)
    )
    return RandomIntercept(
        coefficients=estimates,
        between_variance=ratio * solution.within_variance,
        within_variance=solution.within_variance,
        icc=ratio / (1 + ratio),
        log_likelihood=solution.log_likelihood,
        criterion=criterion,
        n=values.size,
        clusters=len(labels),
    )


def _sums(
    design: Floats, residuals: Floats, positions: NDArray[np.intp], criterion: Criterion
) -> _Sums:
    # The residuals stand for the outcome: smaller numbers, the same variances.
    columns = np.column_stack([design, residuals])
    sizes = np.bincount(positions).astype(np.float64)
    totals = np.zeros((sizes.size, columns.shape[1]))
    np.add.at(totals, positions, columns)
    return _Sums(sizes=sizes, products=columns.T @ columns, totals=totals, criterion=criterion)


def _check(sums: _Sums, coefficients: int) -> None:
    if sums.sizes.size <= coefficients:
        raise ValueError(
            f"{coefficients} coefficient(s) need more clusters than {sums.sizes.size}."
        )
    if sums.sizes.max() < 2:  # noqa: PLR2004 -- else persons and clusters are the same
        raise ValueError("a random intercept needs a cluster of two persons; all have one.")
    # With an endless ratio only what varies inside clusters is left.
    inside = sums.products - (sums.totals / sums.sizes[:, None]).T @ sums.totals
    if inside[-1, -1] <= 1e-12 * sums.products[-1, -1]:
        raise ValueError("a random intercept needs persons of one cluster who differ.")


def _best_ratio(sums: _Sums) -> float:
    """Return the ratio of the variances between and inside clusters with the highest likelihood."""

    def badness(exponent: float) -> float:
        return -_solve(sums, 10**exponent).log_likelihood

    heights = np.array([badness(exponent) for exponent in EXPONENTS])
    best = int(heights.argmin())
    found = minimize_scalar(
        badness,
        bounds=(
            float(EXPONENTS[max(best - 1, 0)]),
            float(EXPONENTS[min(best + 1, EXPONENTS.size - 1)]),
        ),
        method="bounded",
        options={"xatol": 1e-10},
    )
    nothing_between = -_solve(sums, 0.0).log_likelihood
    return 10 ** float(found.x) if found.fun < nothing_between else 0.0


def _solve(sums: _Sums, ratio: float) -> _Solution:
    """Fit the coefficients and the variance inside clusters for a given ratio of variances."""
    pull = ratio / (1 + ratio * sums.sizes)
    weighted = sums.products - (sums.totals * pull[:, None]).T @ sums.totals
    crossed, cross, square = weighted[:-1, :-1], weighted[:-1, -1], weighted[-1, -1]
    inverse = np.linalg.inv(crossed).astype(np.float64)
    coefficients = inverse @ cross
    columns = len(crossed)
    freedom = sums.sizes.sum() - (columns if sums.criterion == "REML" else 0)
    variance = float(square - cross @ coefficients) / freedom
    deviance = freedom * (np.log(2 * np.pi * variance) + 1) + np.log1p(ratio * sums.sizes).sum()
    if sums.criterion == "REML":
        deviance += np.linalg.slogdet(crossed)[1]
    return _Solution(
        coefficients=coefficients,
        inverse=inverse,
        within_variance=variance,
        log_likelihood=float(-deviance / 2),
    )
