"""One common factor behind several items, by maximum likelihood."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import minimize

from measurement.inputs import Floats

SMALLEST_UNIQUENESS: Final = 0.005
SMALLEST_EIGENVALUE: Final = 1e-10
FEWEST_ITEMS: Final = 3


@dataclass(frozen=True, slots=True)
class OneFactor:
    """How strongly each item depends on one common factor, in the unit of the items.

    Attributes
    ----------
    loadings
        Change of each item for one standard deviation of the factor; their sum is not negative.
    uniquenesses
        Variance of each item that the factor does not explain.
    at_bound
        Whether an item is explained entirely (a Heywood case): the model does not fit well.
    """

    loadings: tuple[float, ...]
    uniquenesses: tuple[float, ...]
    at_bound: bool


def one_factor(covariance: Floats) -> OneFactor | None:
    """Fit one common factor to the covariances of three or more items.

    Parameters
    ----------
    covariance
        Items x items.

    Returns
    -------
    OneFactor | None
        None where an item does not vary, or the items determine each other.

    Raises
    ------
    ValueError
        If there are fewer than three items.

    References
    ----------
    Jöreskog (1967), Psychometrika 32(4):443-482, https://doi.org/10.1007/BF02289658
    """
    items = len(covariance)
    if items < FEWEST_ITEMS:
        raise ValueError(f"one factor needs at least {FEWEST_ITEMS} items, not {items}.")
    deviations = np.sqrt(np.diag(covariance))
    if (deviations == 0).any():
        return None
    correlation = covariance / np.outer(deviations, deviations)
    if float(np.linalg.eigvalsh(correlation)[0]) < SMALLEST_EIGENVALUE:
        return None
    fit = minimize(
        _misfit,
        (1 - 0.5 / items) / np.diag(np.linalg.inv(correlation)),
        args=(correlation,),
        jac=True,
        method="L-BFGS-B",
        bounds=[(SMALLEST_UNIQUENESS, 1)] * items,
        options={"ftol": 1e-15, "gtol": 1e-9},
    )
    loadings = _loadings(fit.x, correlation) * deviations
    return OneFactor(
        tuple(float(loading) for loading in loadings),
        tuple(float(uniqueness) for uniqueness in fit.x * deviations**2),
        bool((fit.x <= SMALLEST_UNIQUENESS).any()),
    )


def _misfit(uniquenesses: Floats, correlation: Floats) -> tuple[float, Floats]:
    """Return the likelihood's discrepancy, minimised over the loadings, and its slope."""
    eigenvalues = np.linalg.eigvalsh(_scaled(uniquenesses, correlation))[:-1]
    loadings = _loadings(uniquenesses, correlation)
    unexplained = np.outer(loadings, loadings) + np.diag(uniquenesses) - correlation
    discrepancy = float(np.sum(eigenvalues - np.log(eigenvalues) - 1))
    return discrepancy, np.diag(unexplained) / uniquenesses**2


def _loadings(uniquenesses: Floats, correlation: Floats) -> Floats:
    eigenvalues, vectors = np.linalg.eigh(_scaled(uniquenesses, correlation))
    strength = np.sqrt(max(float(eigenvalues[-1]) - 1, 0))
    loadings: Floats = np.sqrt(uniquenesses) * vectors[:, -1] * strength
    return loadings if loadings.sum() >= 0 else -loadings


def _scaled(uniquenesses: Floats, correlation: Floats) -> Floats:
    roots = np.sqrt(uniquenesses)
    scaled: Floats = correlation / np.outer(roots, roots)
    return scaled
