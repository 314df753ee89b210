"""A sparse network of partial correlations: the graphical lasso, chosen by extended BIC."""

from dataclasses import dataclass

import numpy as np

from measurement.inputs import Floats

PENALTIES = 100
SMALLEST_PENALTY = 0.01  # as a share of the one that leaves no edge at all
STEPS = 5000
STEP_WEIGHT = 0.3
RELAXATION = 1.6
TOLERANCE = 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class SparsePrecision:
    """The chosen inverse correlation matrix; entries that are 0 are edges that are not there."""

    precision: Floats
    penalty: float
    ebic: float


def graphical_lasso(correlations: Floats, penalties: Floats) -> Floats:
    """Find the sparse inverse of a correlation matrix for each of several penalties.

    Maximises ``log det K - trace(S K) - penalty * sum of |K_ij|, i != j`` by the alternating
    direction method of multipliers, all penalties at once. The diagonal is not penalised.

    Parameters
    ----------
    correlations
        Variables x variables.
    penalties
        Above 0, any number of them.

    Returns
    -------
    Penalties x variables x variables.

    Raises
    ------
    ValueError
        If a penalty is not positive or the search does not converge.

    References
    ----------
    Friedman, Hastie & Tibshirani 2008, Biostatistics 9(3):432-441; Boyd et al. 2011, Foundations
    and Trends in Machine Learning 3(1), section 6.5.
    """
    if not (penalties > 0).all():
        raise ValueError(f"penalties must be positive, not {penalties.tolist()}.")
    size = correlations.shape[0]
    found = np.empty((penalties.size, size, size))
    # Each penalty leaves the search as soon as it has converged.
    open_places = np.arange(penalties.size)
    thresholds = penalties[:, None, None] * (1 - np.eye(size)) / STEP_WEIGHT
    sparse, dual = np.broadcast_to(np.eye(size), found.shape), np.zeros_like(found)
    for _ in range(STEPS):
        dense = _dense(sparse - dual, correlations)
        relaxed = RELAXATION * dense + (1 - RELAXATION) * sparse
        shrunk = _soft(relaxed + dual, thresholds)
        dual = dual + relaxed - shrunk
        gap = np.maximum(np.abs(dense - shrunk), np.abs(shrunk - sparse)).max(axis=(1, 2))
        sparse, done = shrunk, gap < TOLERANCE
        found[open_places[done]] = sparse[done]
        open_places, thresholds = open_places[~done], thresholds[~done]
        sparse, dual = sparse[~done], dual[~done]
        if not open_places.size:
            return found
    raise ValueError("The graphical lasso does not converge for these correlations.")


def _dense(target: Floats, correlations: Floats) -> Floats:
    values, vectors = np.linalg.eigh(STEP_WEIGHT * target - correlations)
    roots = (values + np.sqrt(values**2 + 4 * STEP_WEIGHT)) / (2 * STEP_WEIGHT)
    return np.asarray((vectors * roots[:, None, :]) @ np.swapaxes(vectors, 1, 2))


def _soft(values: Floats, thresholds: Floats) -> Floats:
    return np.asarray(np.sign(values) * np.maximum(np.abs(values) - thresholds, 0))


def ebic_lasso(correlations: Floats, n: int, *, gamma: float = 0.5) -> SparsePrecision:
    """Choose the penalty whose network has the smallest extended BIC.

    ``EBIC = -2 L + E log n + 4 gamma E log p`` with ``L = n/2 (log det K - trace(S K))`` and E
    edges, over 100 penalties between the largest correlation and a hundredth of it.

    Parameters
    ----------
    correlations
        Variables x variables.
    n
        Persons behind them.
    gamma
        0 to 1; larger values prefer fewer edges.

    Raises
    ------
    ValueError
        If gamma is out of range, or as :func:`graphical_lasso`.

    References
    ----------
    Foygel & Drton 2010, NIPS 23:604-612; Epskamp & Fried 2018, Psychological Methods
    23(4):617-634.
    """
    if not 0 <= gamma <= 1:
        raise ValueError(f"gamma must lie between 0 and 1, not {gamma!r}.")
    size = correlations.shape[0]
    upper = np.triu_indices(size, 1)
    largest = float(np.abs(correlations[upper]).max())
    if largest == 0:
        return SparsePrecision(np.eye(size), 0.0, n * float(size))
    penalties = np.geomspace(largest, largest * SMALLEST_PENALTY, PENALTIES)
    candidates = graphical_lasso(correlations, penalties)
    fit = np.linalg.slogdet(candidates)[1] - (candidates * correlations).sum(axis=(1, 2))
    edges = (candidates[:, *upper] != 0).sum(axis=1)
    ebic = -n * fit + edges * (np.log(n) + 4 * gamma * np.log(size))
    best = int(ebic.argmin())
    return SparsePrecision(candidates[best], float(penalties[best]), float(ebic[best]))
