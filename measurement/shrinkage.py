"""What to believe of a small community: its own figure, drawn towards what all have in common."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import brentq

from measurement.cluster_summary import ClusterSummary
from measurement.inputs import Floats, Values, vector


@dataclass(frozen=True, slots=True)
class Heterogeneity:
    """How much communities truly differ, beyond the noise of each.

    Attributes
    ----------
    tau2
        Variance of the true values, at least 0.
    mean, standard_error
        Of the common mean, weighted by precision.
    q
        Cochran's Q: about K - 1 where communities do not differ.
    communities
        How many were used.
    """

    tau2: float
    mean: float
    standard_error: float
    q: float
    communities: int
    method: Literal["Paule-Mandel", "DerSimonian-Laird"]


@dataclass(frozen=True, slots=True)
class ShrunkenEstimate:
    """One community, raw and shrunken; show both.

    Attributes
    ----------
    raw, variance
        Its own figure and the squared standard error of that.
    weight
        Lambda, from 0 (nothing known of its own) to 1 (taken as it is).
    value
        The empirical-Bayes estimate.
    posterior_sd
        sqrt(lambda v): its uncertainty, were tau2 and the common mean known.
    standard_error
        The same with the uncertainty of the common mean; use this for intervals.
    """

    raw: float
    variance: float
    weight: float
    value: float
    posterior_sd: float
    standard_error: float


@dataclass(frozen=True, slots=True)
class Shrinkage:
    """All communities, in the order in which they came; never sort them by value."""

    tau2: float
    mean: float
    estimates: tuple[ShrunkenEstimate, ...]


def paule_mandel(means: Values, variances: Values) -> Heterogeneity:
    """Estimate how much communities differ: the tau2 at which the weighted spread is K - 1.

    The default here. With fewer than five communities tau2 is a guess: show raw figures.

    Parameters
    ----------
    means
        One figure per community, best a change.
    variances
        Squared standard error of each, above 0; from
        :func:`measurement.clusters.clustered_change` where people were trained in groups.

    Raises
    ------
    ValueError
        If there are fewer than two communities, lengths differ, or a variance is not positive.

    References
    ----------
    Paule & Mandel 1982, Journal of Research of the National Bureau of Standards 87:377-385, doi
    10.6028/jres.087.022. Veroniki et al. 2016, Research Synthesis Methods 7:55-79, doi
    10.1002/jrsm.1164.
    """
    raw, noise = _communities(means, variances)

    def excess(tau2: float) -> float:
        return _spread(raw, noise + tau2) - (raw.size - 1)

    tau2 = _root(excess, float(noise.max())) if excess(0.0) > 0 else 0.0
    return _heterogeneity(raw, noise, tau2, "Paule-Mandel")


def dersimonian_laird(means: Values, variances: Values) -> Heterogeneity:
    """Estimate how much communities differ, in one step without iteration.

    The older method, for comparison with other software; tau2 comes out too small where
    communities differ much. Parameters and errors as for :func:`paule_mandel`.

    References
    ----------
    DerSimonian & Laird 1986, Controlled Clinical Trials 7:177-188, doi
    10.1016/0197-2456(86)90046-2.
    """
    raw, noise = _communities(means, variances)
    weights = 1 / noise
    scale = weights.sum() - (weights**2).sum() / weights.sum()
    tau2 = max(0.0, float((_spread(raw, noise) - (raw.size - 1)) / scale))
    return _heterogeneity(raw, noise, tau2, "DerSimonian-Laird")


def shrink(means: Values, variances: Values, tau2: float) -> Shrinkage:
    """Draw each community towards the common mean, the more the less is known of it.

    lambda = tau2 / (tau2 + v); value = lambda raw + (1 - lambda) mu, mu weighted by 1/(v + tau2).

    Shrink changes, not levels, and only from five communities on; that rule is the caller's.

    Parameters
    ----------
    means, variances
        As for :func:`paule_mandel`.
    tau2
        Variance of the true values, from :func:`paule_mandel` or given; at least 0.

    Raises
    ------
    ValueError
        If there are fewer than two communities, a variance is not positive, or tau2 is negative.

    References
    ----------
    Efron & Morris 1975, Journal of the American Statistical Association 70:311-319, doi
    10.1080/01621459.1975.10479864. Morris 1983, ibid. 78:47-55 (uncertainty of the mean).
    """
    raw, noise = _communities(means, variances)
    if not (np.isfinite(tau2) and tau2 >= 0):
        raise ValueError(f"tau2 must be finite and at least 0, not {tau2!r}.")
    mean = _weighted_mean(raw, noise + tau2)
    weights = tau2 / (tau2 + noise)
    posterior = weights * noise
    errors = posterior + (1 - weights) ** 2 / (1 / (noise + tau2)).sum()
    columns = (raw, noise, weights, weights * raw + (1 - weights) * mean)
    estimates = tuple(
        ShrunkenEstimate(*(float(number) for number in row))
        for row in zip(*columns, np.sqrt(posterior), np.sqrt(errors), strict=True)
    )
    return Shrinkage(tau2=float(tau2), mean=mean, estimates=estimates)


def sampling_variances(communities: ClusterSummary) -> Floats:
    """Return v = s2_w / n of each community, with one s2_w, pooled over all of them.

    A handful of people say little about their own spread; that of all communities together
    serves better, if it is about the same everywhere. Persons are taken as independent: where
    workshops cluster, use the squared standard errors of ``clustered_change`` instead.

    Parameters
    ----------
    communities
        A summary with one cluster per community.

    Raises
    ------
    ValueError
        If no community has two persons, or nobody differs.
    """
    freedom = communities.n - communities.clusters
    if freedom < 1 or communities.squares_within <= 0:
        raise ValueError("the spread inside communities needs two persons of one who differ.")
    variances: Floats = communities.squares_within / freedom / communities.sizes
    return variances


def _communities(means: Values, variances: Values) -> tuple[Floats, Floats]:
    raw, noise = vector(means, "means"), vector(variances, "variances")
    if raw.size != noise.size:
        raise ValueError(
            f"means and variances must be equally long, not {raw.size} and {noise.size}."
        )
    if raw.size < 2:  # noqa: PLR2004 -- one community has nobody to differ from
        raise ValueError(f"two communities are needed, not {raw.size}.")
    if noise.min() <= 0:
        raise ValueError(f"variances must be positive; {float(noise.min())!r} is not.")
    return raw, noise


def _weighted_mean(raw: Floats, variances: Floats) -> float:
    weights = 1 / variances
    return float(weights @ raw / weights.sum())


def _spread(raw: Floats, variances: Floats) -> float:
    return float(((raw - _weighted_mean(raw, variances)) ** 2 / variances).sum())


def _root(falling: Callable[[float], float], scale: float) -> float:
    high = scale
    while falling(high) > 0:
        high *= 4
    return float(brentq(falling, 0.0, high, xtol=1e-14 * scale, rtol=1e-14))


def _heterogeneity(
    raw: Floats, noise: Floats, tau2: float, method: Literal["Paule-Mandel", "DerSimonian-Laird"]
) -> Heterogeneity:
    return Heterogeneity(
        tau2=tau2,
        mean=_weighted_mean(raw, noise + tau2),
        standard_error=float((1 / (noise + tau2)).sum() ** -0.5),
        q=_spread(raw, noise),
        communities=raw.size,
        method=method,
    )
