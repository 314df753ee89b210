"""Regression whose standard errors allow for clusters without assuming how alike people are."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from measurement.cluster_summary import label_positions
from measurement.estimates import Estimate, t_estimate
from measurement.inputs import Floats, Table, Values, vector
from measurement.least_squares import design_matrix, fit

Correction: TypeAlias = Literal["CR1", "CR2"]


@dataclass(frozen=True, slots=True)
class RobustFit:
    """A least-squares regression with cluster-robust intervals; estimand: the person-average.

    Attributes
    ----------
    coefficients
        One estimate per column of the predictors, the intercept first.
    correction
        How the standard errors were made.
    n, clusters
        Persons and clusters used.
    """

    coefficients: tuple[Estimate, ...]
    correction: Correction
    n: int
    clusters: int


def cluster_robust(
    outcome: Values,
    predictors: Table | None,
    clusters: Iterable[Hashable],
    *,
    correction: Correction = "CR2",
    confidence: float = 0.95,
) -> RobustFit:
    """Fit a line through persons, and take its uncertainty from the differences of clusters.

    Use CR2 with its Bell-McCaffrey degrees of freedom; it keeps its promise from about five
    clusters. CR1, with K - 1 degrees, is what most software prints and is too small below some
    forty clusters: for comparison only.

    Parameters
    ----------
    outcome
        One number per person; nothing missing.
    predictors
        Persons x columns, without the intercept, which is added; None for the mean alone.
    clusters
        The cluster of each person: any label.

    Raises
    ------
    ValueError
        If there are fewer than two clusters, predictors are redundant, a coefficient rests on
        one cluster alone, or the input is refused.

    References
    ----------
    Bell & McCaffrey 2002, Survey Methodology 28:169-181. Pustejovsky & Tipton 2018, Journal of
    Business & Economic Statistics 36:672-683, doi 10.1080/07350015.2016.1247004. CR1 as in Stata:
    K/(K - 1) * (N - 1)/(N - p).
    """
    values = vector(outcome, "outcome")
    design = design_matrix(predictors, values.size)
    positions, labels = label_positions(clusters, values.size, "outcome")
    if len(labels) < 2:  # noqa: PLR2004 -- one cluster says nothing about differences
        raise ValueError(f"cluster-robust errors need two clusters, not {len(labels)}.")
    line = fit(design, values)
    members = [np.flatnonzero(positions == cluster) for cluster in range(len(labels))]
    if correction == "CR1":
        freedoms, scores = _plain_scores(design, line.residuals, line.bread, members)
    elif correction == "CR2":
        freedoms, scores = _adjusted_scores(design, line.residuals, line.bread, members)
    else:
        raise ValueError(f"correction must be CR1 or CR2, not {correction!r}.")
    errors = np.sqrt(np.sum(scores**2, axis=0))
    estimates = tuple(
        t_estimate(value, error, freedom, estimand="person-average", confidence=confidence)
        for value, error, freedom in zip(line.coefficients, errors, freedoms, strict=True)
    )
    return RobustFit(
        coefficients=estimates, correction=correction, n=values.size, clusters=len(labels)
    )


def _plain_scores(
    design: Floats, residuals: Floats, bread: Floats, members: list[NDArray[np.intp]]
) -> tuple[Floats, Floats]:
    n, columns = design.shape
    clusters = len(members)
    inflation = clusters / (clusters - 1) * (n - 1) / (n - columns)
    scores = np.array([residuals[rows] @ design[rows] @ bread for rows in members])
    return np.full(columns, clusters - 1.0), scores * np.sqrt(inflation)


def _adjusted_scores(
    design: Floats, residuals: Floats, bread: Floats, members: list[NDArray[np.intp]]
) -> tuple[Floats, Floats]:
    """Return the degrees of freedom per coefficient, and cluster scores x coefficients."""
    adjusted = [_adjustment(design[rows], bread) @ design[rows] @ bread for rows in members]
    scores = np.array(
        [residuals[rows] @ weights for rows, weights in zip(members, adjusted, strict=True)]
    )
    # A score is a weighted sum of residuals. Were persons independent, the scores of clusters g
    # and h would have the covariance w_g'w_h (the same persons only) - w_g'X_g (X'X)^-1 X_h'w_h.
    leverages = np.array(
        [design[rows].T @ weights for rows, weights in zip(members, adjusted, strict=True)]
    )
    lengths = np.array([np.sum(weights**2, axis=0) for weights in adjusted])
    freedoms = np.empty(design.shape[1])
    for column in range(design.shape[1]):
        lever = leverages[:, :, column]
        covariance = np.diag(lengths[:, column]) - lever @ bread @ lever.T
        if np.trace(covariance) <= 1e-12 * bread[column, column]:
            raise ValueError(f"coefficient {column} rests on one cluster alone.")
        freedoms[column] = np.trace(covariance) ** 2 / np.sum(covariance**2)
    return freedoms, scores


def _adjustment(rows: Floats, bread: Floats) -> Floats:
    """Symmetric inverse root of I - H of one cluster; directions that H uses up are left out."""
    roots, directions = np.linalg.eigh(np.eye(len(rows)) - rows @ bread @ rows.T)
    left = roots > len(rows) * 1e-12
    scaled = directions[:, left] / np.sqrt(roots[left])
    inverse_root: Floats = scaled @ directions[:, left].T
    return inverse_root
