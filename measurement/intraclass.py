"""How alike people are who were trained together, and what that costs in independent people."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

import numpy as np
from scipy.special import fdtri

from measurement.cluster_summary import ClusterSummary, summarise
from measurement.inputs import MissingValues, Values, confidence_level, vector


@dataclass(frozen=True, slots=True)
class IntraclassCorrelation:
    """How much of the variance lies between clusters.

    Attributes
    ----------
    value
        ICC(1), at most 1; below 0 where clusters differ less than chance would make them.
    low, high
        Its interval at ``confidence``.
    n, clusters
        Persons and clusters used.
    typical_size
        The size n0 that stands for clusters of unequal size.
    mean_square_between, mean_square_within
        Of the analysis of variance.
    """

    value: float
    low: float
    high: float
    confidence: float
    n: int
    clusters: int
    typical_size: float
    mean_square_between: float
    mean_square_within: float


def icc(
    values: Values,
    clusters: Iterable[Hashable],
    *,
    confidence: float = 0.95,
    missing: MissingValues = "raise",
) -> IntraclassCorrelation:
    """Say how alike people of the same cluster are, compared with people of different clusters.

    ICC(1) from a one-way analysis of variance: (MSB - MSW) / (MSB + (n0 - 1) MSW).

    Parameters
    ----------
    values, clusters, missing
        As for :func:`measurement.cluster_summary.summarise`.
    confidence
        Of the interval, which is exact for normal values and equal sizes.

    Raises
    ------
    ValueError
        If there are fewer than two clusters, no cluster has two persons, or nothing varies.

    References
    ----------
    Shrout & Fleiss 1979, Psychological Bulletin 86:420-428, doi 10.1037/0033-2909.86.2.420.
    Donner 1986, International Statistical Review 54:67-82, doi 10.2307/1403259 (unequal sizes).
    """
    return pooled_icc([summarise(values, clusters, missing=missing)], confidence=confidence)


def pooled_icc(
    groups: Iterable[ClusterSummary], *, confidence: float = 0.95
) -> IntraclassCorrelation:
    """Estimate one ICC for the workshops of many communities.

    One community has too few workshops to tell; a programme has many. Differences between the
    communities themselves are taken out, as each is compared with its own average.

    Parameters
    ----------
    groups
        For each community the summary of its workshops.

    Raises
    ------
    ValueError
        If no community has two clusters, no cluster has two persons, or nothing varies.
    """
    level = confidence_level(confidence)
    parts = list(groups)
    n, clusters = sum(part.n for part in parts), sum(part.clusters for part in parts)
    between, within = clusters - len(parts), n - clusters
    if between < 1:
        raise ValueError(f"an ICC needs two clusters of one group, not {clusters} cluster(s).")
    if within < 1:
        raise ValueError("an ICC needs a cluster of two persons; all have one.")
    mean_square_between = sum(part.squares_between for part in parts) / between
    mean_square_within = sum(part.squares_within for part in parts) / within
    if mean_square_between == mean_square_within == 0:
        raise ValueError("an ICC needs values that differ; all are the same.")
    size = (n - sum(part.weighted_size for part in parts)) / between
    low, high = (
        _correlation(
            mean_square_between, mean_square_within * float(fdtri(between, within, share)), size
        )
        for share in ((1 + level) / 2, (1 - level) / 2)
    )
    return IntraclassCorrelation(
        value=_correlation(mean_square_between, mean_square_within, size),
        low=low,
        high=high,
        confidence=level,
        n=n,
        clusters=clusters,
        typical_size=size,
        mean_square_between=mean_square_between,
        mean_square_within=mean_square_within,
    )


def design_effect(sizes: Values, icc: float) -> float:
    """Say how many times more people clusters need than independent people would.

    1 + (n_w - 1) ICC with n_w = sum n^2 / N, the size of the cluster of an average person.

    Parameters
    ----------
    sizes
        Persons per cluster, each at least 1.
    icc
        Between -1 and 1.

    Raises
    ------
    ValueError
        If there is no cluster, a size is below 1, or the ICC cannot belong to such sizes.

    References
    ----------
    Kish 1965, Survey Sampling, § 5.4; Kerry & Bland 2001, Statistics in Medicine 20:377-390.
    """
    counts = vector(sizes, "sizes")
    if not counts.size or counts.min() < 1:
        raise ValueError(f"sizes must hold persons per cluster, at least 1 each, not {sizes!r}.")
    if not -1 <= icc <= 1:
        raise ValueError(f"icc must lie between -1 and 1, not {icc!r}.")
    effect = 1 + (float(counts @ counts / counts.sum()) - 1) * icc
    if effect <= 0:
        raise ValueError(f"icc {icc!r} is impossible with clusters of these sizes.")
    return effect


def effective_n(sizes: Values, icc: float) -> float:
    """Say how many independent persons the persons in clusters are worth: N / design effect."""
    return float(np.sum(vector(sizes, "sizes"))) / design_effect(sizes, icc)


def _correlation(between: float, within: float, size: float) -> float:
    return (between - within) / (between + (size - 1) * within)
