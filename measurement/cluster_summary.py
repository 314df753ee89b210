"""What is kept of each cluster: how many, their mean, and how much they differ inside.

A cluster is whatever was trained together: a workshop, a training group, a community.
Every estimate for clusters follows from these three numbers, so that it can be made from stored
sums as well as from single values.
"""

from collections.abc import Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from measurement.inputs import Floats, MissingValues, Values, vector, vector_with_gaps

# Sums of squares that were added up as floats may miss the exact value by rounding.
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class ClusterSummary:
    """The clusters of one community or arm, in order of first appearance.

    Attributes
    ----------
    labels
        One name per cluster.
    sizes, means, squares
        Persons, their mean, and their sum of squared deviations from that mean, per cluster.
    """

    labels: tuple[Hashable, ...]
    sizes: Floats
    means: Floats
    squares: Floats

    @property
    def n(self) -> int:
        """Persons in all clusters together."""
        return int(self.sizes.sum())

    @property
    def clusters(self) -> int:
        """How many clusters have at least one person."""
        return len(self.labels)

    @property
    def person_average(self) -> float:
        """Mean over persons: large clusters count more."""
        return float(self.sizes @ self.means / self.sizes.sum())

    @property
    def cluster_average(self) -> float:
        """Mean over clusters: each counts the same."""
        return float(self.means.mean())

    @property
    def squares_between(self) -> float:
        """Squared distance of the cluster means from the person-average, weighted by size."""
        return float(self.sizes @ (self.means - self.person_average) ** 2)

    @property
    def squares_within(self) -> float:
        """Sum of squared deviations from the mean of the own cluster."""
        return float(self.squares.sum())

    @property
    def weighted_size(self) -> float:
        """Size of the cluster of an average person (Kish): sum of n squared over N."""
        return float(self.sizes @ self.sizes / self.sizes.sum())

    def part(self, labels: Collection[Hashable]) -> "ClusterSummary":
        """Return the clusters with these labels, in the order of this summary."""
        kept = np.array([label in labels for label in self.labels])
        return ClusterSummary(
            labels=tuple(label for label in self.labels if label in labels),
            sizes=self.sizes[kept],
            means=self.means[kept],
            squares=self.squares[kept],
        )


def summarise(
    values: Values, clusters: Iterable[Hashable], *, missing: MissingValues = "raise"
) -> ClusterSummary:
    """Summarise the values of each cluster.

    Parameters
    ----------
    values
        One number per person, for example after minus before.
    clusters
        The cluster of each person: any label that can be compared, never missing.
    missing
        ``"raise"`` refuses missing values, ``"drop"`` leaves these persons out.

    Raises
    ------
    ValueError
        If the lengths differ, a label is missing, nobody is left, or a value is refused.
    """
    numbers, members, labels = labelled(values, clusters, "values", missing=missing)
    if not numbers.size:
        raise ValueError("values must hold at least one person, not 0.")
    sizes = np.bincount(members, minlength=len(labels)).astype(np.float64)
    means = np.bincount(members, weights=numbers, minlength=len(labels)) / sizes
    squares: Floats = np.zeros(len(labels))
    np.add.at(squares, members, (numbers - means[members]) ** 2)
    return ClusterSummary(labels=labels, sizes=sizes, means=means, squares=squares)


def summary_from_sums(
    sums: Iterable[tuple[int, float, float]], labels: Sequence[Hashable] | None = None
) -> ClusterSummary:
    """Summarise clusters of which only the sums are kept: (n, sum, sum of squares) each.

    The arithmetic is exact, so that integer sums give what the single values would have given,
    however large the numbers are. A cluster of which everybody withdrew, (0, 0, 0), is left out.

    Parameters
    ----------
    sums
        For each cluster the persons, the sum of their values and the sum of the squares.
    labels
        One name per cluster; positions, if None.

    Raises
    ------
    ValueError
        If a count is negative or not whole, if sums cannot belong together, or nobody is left.
    """
    rows = list(sums)
    names = tuple(labels) if labels is not None else tuple[Hashable, ...](range(len(rows)))
    if len(names) != len(rows) or len(set(names)) != len(names):
        raise ValueError(f"labels must name each of the {len(rows)} clusters once.")
    described = [(name, _described(*row)) for name, row in zip(names, rows, strict=True)]
    kept = [(name, cluster) for name, cluster in described if cluster[0]]
    if not kept:
        raise ValueError("sums must hold at least one person, not 0.")
    sizes, means, squares = np.array([cluster for _, cluster in kept], dtype=np.float64).T
    return ClusterSummary(
        labels=tuple(name for name, _ in kept), sizes=sizes, means=means, squares=squares
    )


def labelled(
    values: Values, labels: Iterable[Hashable], name: str, *, missing: MissingValues = "raise"
) -> tuple[Floats, NDArray[np.intp], tuple[Hashable, ...]]:
    """Return the values that are there, the number of the label of each, and the labels."""
    gaps = vector_with_gaps(values, name)
    complete = vector(gaps, name, missing=missing)
    positions, distinct = label_positions(labels, gaps.size, name)
    kept = positions[~np.isnan(gaps)]
    used, members = np.unique(kept, return_inverse=True)
    return complete, members, tuple(distinct[position] for position in used)


def label_positions(
    labels: Iterable[Hashable], count: int, name: str
) -> tuple[NDArray[np.intp], tuple[Hashable, ...]]:
    """Give each label a number, in order of first appearance.

    Raises
    ------
    ValueError
        If there is not exactly one label per value, or a label is missing.
    """
    positions: dict[Hashable, int] = {}
    members = []
    for position, label in enumerate(labels):
        # NaN is the only value that differs from itself; it would make a group of its own.
        if label is None or label != label:  # noqa: PLR0124 -- asks for NaN of any type
            raise ValueError(f"each of {name} needs a label; {label!r} found at {position}.")
        members.append(positions.setdefault(label, len(positions)))
    if len(members) != count:
        raise ValueError(f"{name} and labels must be equally long, not {count}, {len(members)}.")
    return np.array(members, dtype=np.intp), tuple(positions)


def _described(n: int, total: float, squares: float) -> tuple[int, float, float]:
    if not float(n).is_integer() or n < 0:
        raise ValueError(f"the n of a cluster must be a whole number from 0, not {n!r}.")
    if not (np.isfinite(float(total)) and np.isfinite(float(squares))):
        raise ValueError(f"the sums of a cluster must be finite, not {(n, total, squares)!r}.")
    if n == 0:
        if total or squares:
            raise ValueError(f"a cluster of 0 persons has sums of 0, not {(total, squares)!r}.")
        return 0, 0.0, 0.0
    count, exact_total, exact_squares = int(n), _exact(total), _exact(squares)
    inside = count * exact_squares - exact_total * exact_total
    if inside < 0 and float(-inside) > ROUNDING * float(count * exact_squares):
        raise ValueError(f"sums of a cluster cannot belong together: {(n, total, squares)!r}.")
    return count, float(exact_total / count), max(float(inside / count), 0.0)


def _exact(number: float) -> int | Fraction:
    """Whole numbers as they are, which is quick; others as the fraction that a float is."""
    return int(number) if number == int(number) else Fraction(number)
