"""Which resources occur together in a group, other things equal: networks of partial correlations.

Undirected and cross-sectional: an edge is no cause, and no node is "the one to change". Networks
of few people are noise, so a minimum is part of every function; ``network_stability`` says how far
a network would come out the same again.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeAlias

import numpy as np

from measurement.inputs import Floats, MissingRows, Table, matrix, matrix_with_gaps
from measurement.lasso import ebic_lasso

Method: TypeAlias = Literal["plain", "shrunk", "lasso"]

MINIMUM_N = 150
FIRM_FROM = 250


class Standing(StrEnum):
    """How much weight a network of this many persons can bear."""

    HIDDEN = "too few people"
    TENTATIVE = "tentative"
    FIRM = "firm"

    @classmethod
    def of(cls, n: int) -> "Standing":
        if n < MINIMUM_N:
            return cls.HIDDEN
        return cls.TENTATIVE if n < FIRM_FROM else cls.FIRM


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Partial correlations between variables; 0 on the diagonal and where there is no edge.

    ``shrinkage`` is the weight of "no correlations at all" (shrunk) or the penalty (lasso), 0 for
    plain ones.
    """

    labels: tuple[Hashable, ...]
    edges: Floats
    method: Method
    shrinkage: float
    n: int
    standing: Standing

    @property
    def edge_list(self) -> Floats:
        """The partial correlations of all pairs, in the order (1,2), (1,3), ..., (2,3), ..."""
        return _pairs(self.edges)


def partial_correlations(
    scores: Table,
    labels: Sequence[Hashable],
    *,
    method: Method = "lasso",
    minimum_n: int = MINIMUM_N,
    missing: MissingRows = "raise",
) -> Network:
    """Estimate how two variables go together among people who are alike in all others.

    Parameters
    ----------
    scores
        Persons x variables; persons of several communities centred first (:func:`centred`).
    labels
        One name per variable.
    method
        ``"plain"`` inverts the correlations; ``"shrunk"`` first draws them towards 0 by the
        amount that their own uncertainty suggests; ``"lasso"`` sets weak edges to 0 (EBIC, gamma
        .5).
    minimum_n
        Fewer complete persons are refused.
    missing
        ``"raise"`` refuses missing values, ``"complete"`` keeps complete persons.

    Raises
    ------
    ValueError
        If there are too few persons or fewer than two variables, a variable does not vary, the
        labels do not match, or (plain) a variable follows exactly from others.

    References
    ----------
    Schäfer & Strimmer 2005, Statistical Applications in Genetics and Molecular Biology 4(1):32;
    Epskamp & Fried 2018, Psychological Methods 23(4):617-634.
    """
    table = matrix(scores, "scores", missing=missing)
    _check(table, labels, method, minimum_n)
    edges, shrinkage = _ESTIMATORS[method](table)
    n = table.shape[0]
    return Network(tuple(labels), edges, method, shrinkage, n, Standing.of(n))


def centred(scores: Table, communities: Sequence[Hashable]) -> Floats:
    """Subtract from each person the mean of the person's community.

    Otherwise differences between communities pose as edges. Gaps stay gaps and are left out of
    the means.

    Parameters
    ----------
    scores
        Persons x variables; ``None`` and NaN mean missing.
    communities
        One label per person.

    Raises
    ------
    ValueError
        If the numbers of persons differ, or a value is infinite.
    """
    table = matrix_with_gaps(scores, "scores").copy()
    if len(communities) != table.shape[0]:
        raise ValueError(f"communities must hold {table.shape[0]} labels, not {len(communities)}.")
    order = {label: place for place, label in enumerate(dict.fromkeys(communities))}
    codes = np.array([order[label] for label in communities], dtype=np.int64)
    for code in order.values():
        members = table[codes == code]
        answered = np.maximum((~np.isnan(members)).sum(axis=0), 1)
        table[codes == code] = members - np.nansum(members, axis=0) / answered
    return table


def _plain(table: Floats) -> tuple[Floats, float]:
    correlations = _correlations(table)
    if np.linalg.eigvalsh(correlations)[0] < 1e-10:  # noqa: PLR2004 -- rounding of a zero
        raise ValueError("A variable follows exactly from others; leave one of them out.")
    return _edges(_inverse(correlations)), 0.0


def _shrunk(table: Floats) -> tuple[Floats, float]:
    correlations = _correlations(table)
    n = table.shape[0]
    standardised = (table - table.mean(axis=0)) / table.std(axis=0, ddof=1)
    # The estimated variance of each correlation, from the spread of the persons' products.
    products = standardised[:, :, None] * standardised[:, None, :]
    variances = ((products - products.mean(axis=0)) ** 2).sum(axis=0) * n / (n - 1) ** 3
    signal = float((_pairs(correlations) ** 2).sum())
    share = min(float(_pairs(variances).sum()) / signal, 1.0) if signal else 1.0
    shrunken = (1 - share) * correlations + share * np.eye(correlations.shape[0])
    return _edges(_inverse(shrunken)), share


def _lasso(table: Floats) -> tuple[Floats, float]:
    chosen = ebic_lasso(_correlations(table), table.shape[0])
    return _edges(chosen.precision), chosen.penalty


_ESTIMATORS: dict[Method, Callable[[Floats], tuple[Floats, float]]] = {
    "plain": _plain,
    "shrunk": _shrunk,
    "lasso": _lasso,
}


def _correlations(table: Floats) -> Floats:
    if (np.ptp(table, axis=0) == 0).any():
        constant = int(np.flatnonzero(np.ptp(table, axis=0) == 0)[0])
        raise ValueError(f"Variable {constant} does not vary.")
    return np.asarray(np.corrcoef(table, rowvar=False), dtype=np.float64)


def _inverse(correlations: Floats) -> Floats:
    return np.asarray(np.linalg.inv(correlations), dtype=np.float64)


def _edges(precision: Floats) -> Floats:
    scale = np.sqrt(np.diag(precision))
    edges = -precision / np.outer(scale, scale)
    np.fill_diagonal(edges, 0)
    return np.asarray(edges + 0.0)  # no negative zeros


def _pairs(square: Floats) -> Floats:
    return np.asarray(square[np.triu_indices(square.shape[0], 1)])


def _check(table: Floats, labels: Sequence[Hashable], method: str, minimum_n: int) -> None:
    n, variables = table.shape
    if variables < 2:  # noqa: PLR2004 -- an edge has two ends
        raise ValueError(f"scores must have at least 2 variables, not {variables}.")
    if len(set(labels)) != variables or len(labels) != variables:
        raise ValueError(f"labels must hold {variables} different names, not {list(labels)!r}.")
    if method not in _ESTIMATORS:
        raise ValueError(f"method must be plain, shrunk or lasso, not {method!r}.")
    # Below, there is no correlation matrix that could be inverted.
    smallest = max(minimum_n, variables + 2)
    if n < smallest:
        raise ValueError(f"A network needs {smallest} complete persons, not {n}.")
