"""How often chance alone would have dealt such a difference, by dealing the labels anew."""

from collections.abc import Collection, Hashable, Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations, islice
from math import comb
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from measurement.cluster_summary import ClusterSummary, summarise
from measurement.clusters import arms_of
from measurement.inputs import Floats, MissingValues, Values

# Two sums of the same numbers in another order may differ by rounding; they count as equal.
ROUNDING = 1e-12
# Up to so many assignments, all are looked at (10 of 20 clusters: 184,756); else so many at random.
MOST_ASSIGNMENTS = 200_000
CHUNK = 20_000


@dataclass(frozen=True, slots=True)
class PermutationTest:
    """The observed difference among those that other draws of the labels would have given.

    Attributes
    ----------
    estimand
        Over what the average of each arm runs.
    difference
        Treated minus comparison, in the unit of the data.
    p_value
        Share of assignments with a difference at least as large in size (two-sided).
    assignments
        How many were looked at.
    exact
        Whether these were all.
    smallest_p_value
        What this design can reach at best; above .05 it cannot show anything.
    n, treated_clusters, comparison_clusters
        Persons and clusters used.
    """

    estimand: Literal["person-average", "cluster-average"]
    difference: float
    p_value: float
    assignments: int
    exact: bool
    smallest_p_value: float
    n: int
    treated_clusters: int
    comparison_clusters: int


def permutation_test(
    values: Values,
    clusters: Iterable[Hashable],
    treated: Collection[Hashable],
    *,
    estimand: Literal["person-average", "cluster-average"] = "cluster-average",
    seed: int = 0,
    missing: MissingValues = "raise",
) -> PermutationTest:
    """Compare treated clusters with the others, against all ways to deal the labels.

    Valid without any assumption about the values, if a lot decided which clusters were treated.
    Labels are dealt to whole clusters, as in the design, never to persons.

    Parameters
    ----------
    values
        One number per person, for example after minus before.
    clusters
        The cluster of each person: any label.
    treated
        The labels of the treated clusters; all others are the comparison.
    estimand
        ``"cluster-average"``: each cluster counts the same; ``"person-average"``: each person.
    seed
        Of the random assignments that are looked at, where there are more than 200,000 in all.
    missing
        ``"raise"`` refuses missing values, ``"drop"`` leaves these persons out.

    Raises
    ------
    ValueError
        If an arm is empty, a treated label does not occur, or the input is refused.

    References
    ----------
    Gail et al. 1996, Statistics in Medicine 15:1069-1092. Phipson & Smyth 2010, Statistical
    Applications in Genetics and Molecular Biology 9:39, doi 10.2202/1544-6115.1585.
    """
    if estimand not in ("cluster-average", "person-average"):
        raise ValueError(f"estimand must be cluster-average or person-average, not {estimand!r}.")
    summary = summarise(values, clusters, missing=missing)
    first, second = arms_of(summary, treated)
    weights = summary.sizes if estimand == "person-average" else np.ones(summary.clusters)
    # Counted from the average of all, so that the size of the values costs no accuracy.
    centred = summary.means - summary.person_average
    observed = _differences(centred, weights, _positions(summary, treated)).item()
    total = comb(summary.clusters, first.clusters)
    exact = total <= MOST_ASSIGNMENTS
    draws = (
        _all_assignments(summary.clusters, first.clusters)
        if exact
        else _random_assignments(summary.clusters, first.clusters, seed)
    )
    limit = abs(observed) - ROUNDING * float(np.abs(centred).max())
    as_large = sum(
        int(np.count_nonzero(np.abs(_differences(centred, weights, rows)) >= limit))
        for rows in draws
    )
    # The observed assignment is one of all; among random ones it has to be counted as well.
    counted, assignments = (as_large, total) if exact else (as_large + 1, MOST_ASSIGNMENTS + 1)
    mirrored = first.clusters == second.clusters
    return PermutationTest(
        estimand=estimand,
        difference=observed,
        p_value=counted / assignments,
        assignments=assignments,
        exact=exact,
        smallest_p_value=_smallest_p_value(total, assignments, mirrored=mirrored),
        n=summary.n,
        treated_clusters=first.clusters,
        comparison_clusters=second.clusters,
    )


def _positions(summary: ClusterSummary, treated: Collection[Hashable]) -> NDArray[np.intp]:
    chosen = [position for position, label in enumerate(summary.labels) if label in treated]
    return np.array([chosen], dtype=np.intp)


def _smallest_p_value(total: int, assignments: int, *, mirrored: bool) -> float:
    # With equal arms each assignment has a mirror image with the same difference in size.
    return max((2 if mirrored else 1) / total, 1 / assignments)


def _differences(centred: Floats, weights: Floats, chosen: NDArray[np.intp]) -> Floats:
    """Treated minus comparison for each row of positions of treated clusters."""
    products = weights * centred
    treated = products[chosen].sum(axis=1)
    treated_weight = weights[chosen].sum(axis=1)
    rest, rest_weight = products.sum() - treated, weights.sum() - treated_weight
    differences: Floats = treated / treated_weight - rest / rest_weight
    return differences


def _all_assignments(clusters: int, treated: int) -> Iterator[NDArray[np.intp]]:
    every = combinations(range(clusters), treated)
    while rows := list(islice(every, CHUNK)):
        yield np.array(rows, dtype=np.intp)


def _random_assignments(clusters: int, treated: int, seed: int) -> Iterator[NDArray[np.intp]]:
    generator = np.random.default_rng(seed)
    for _ in range(MOST_ASSIGNMENTS // CHUNK):
        deck = np.tile(np.arange(clusters), (CHUNK, 1))
        yield generator.permuted(deck, axis=1)[:, :treated]
