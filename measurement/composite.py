"""One index from several domains: fixed goalposts, open weights, two ways to aggregate.

The profile of the domains comes first, the index last. It serves to see one community over time.
**It is not for ranking communities**: other sensible weights put them in another order
(``index_uncertainty``).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from measurement.inputs import Floats, Table, Values, matrix, vector

Aggregation: TypeAlias = Literal["arithmetic", "geometric"]
Outside: TypeAlias = Literal["raise", "cap"]

FLOOR = 1.0  # a geometric mean needs positive scores: a domain at 0 would erase the others
FULL_SCALE = 100.0


@dataclass(frozen=True, slots=True)
class Goalposts:
    """The values that count as 0 and as 100, fixed for all communities and waves.

    ``worst`` may be the larger of the two, for an indicator of which less is better. Goalposts
    taken from the communities themselves would let one fall because another rose.
    """

    worst: float
    best: float

    def __post_init__(self) -> None:
        if not np.isfinite([self.worst, self.best]).all():
            raise ValueError(f"Goalposts must be finite, not {self.worst!r} and {self.best!r}.")
        if self.worst == self.best:
            raise ValueError(f"Goalposts must differ; both are {self.worst!r}.")


@dataclass(frozen=True, slots=True)
class CommunityIndex:
    """The index of one community, with the domains that made it and the lowest of them."""

    value: float
    aggregation: Aggregation
    domains: tuple[str, ...]
    missing_domains: tuple[str, ...]
    lowest_domain: str
    lowest_score: float
    n_domains: int


def rescale(values: Values, goalposts: Goalposts, *, outside: Outside = "raise") -> Floats:
    """Express values on a scale from 0 (worst) to 100 (best).

    Parameters
    ----------
    values
        Any unit; one per community, person or wave.
    goalposts
        The fixed worst and best value, in the same unit.
    outside
        ``"raise"`` refuses values beyond the goalposts; ``"cap"`` counts them as 0 or 100.

    Raises
    ------
    ValueError
        If a value is missing, infinite, or (with ``"raise"``) beyond the goalposts.
    """
    if outside not in ("raise", "cap"):
        raise ValueError(f"outside must be raise or cap, not {outside!r}.")
    numbers = vector(values, "values")
    span = goalposts.best - goalposts.worst
    scores = (numbers - goalposts.worst) / span * FULL_SCALE
    beyond = np.flatnonzero((scores < 0) | (scores > FULL_SCALE))
    if outside == "raise" and beyond.size:
        raise ValueError(
            f"values must lie between the goalposts {goalposts.worst!r} and {goalposts.best!r}; "
            f"found {numbers[beyond[0]]} at {beyond[0]}."
        )
    return np.clip(scores, 0, FULL_SCALE)


def aggregate(
    scores: Table,
    *,
    weights: Values | None = None,
    aggregation: Aggregation = "arithmetic",
    floor: float = FLOOR,
) -> Floats:
    """Combine the domains of each unit to one number.

    The arithmetic mean lets a strong domain make up for a weak one in full; the geometric mean
    lets it do so only in part, and so rewards balance.

    Parameters
    ----------
    scores
        Units x domains, without gaps.
    weights
        One per domain, not negative, of any sum above 0; ``None`` weighs all the same.
    aggregation
        ``"arithmetic"`` or ``"geometric"``.
    floor
        Geometric only: lower scores count as this; positive.

    Raises
    ------
    ValueError
        If there is no domain, a score is missing or infinite, or weights or floor do not fit.

    References
    ----------
    OECD/JRC 2008, Handbook on Constructing Composite Indicators.
    """
    if aggregation not in ("arithmetic", "geometric"):
        raise ValueError(f"aggregation must be arithmetic or geometric, not {aggregation!r}.")
    table = matrix(scores, "scores")
    shares = _shares(weights, table.shape[1])
    if aggregation == "arithmetic":
        return np.asarray(table @ shares)
    return np.asarray(np.exp(floored_logarithms(table, floor) @ shares))


def community_index(
    profile: Mapping[str, float | None],
    *,
    minimum_domains: int,
    weights: Mapping[str, float] | None = None,
    aggregation: Aggregation = "arithmetic",
    floor: float = FLOOR,
) -> CommunityIndex | None:
    """Combine the domain scores of one community, if enough of them are there.

    Parameters
    ----------
    profile
        For each domain its score; ``None`` where it is missing or does not apply. Such a domain
        is left out, never counted as 0.
    minimum_domains
        How many domains must have a score (3 of 4 in our own index).
    weights, aggregation, floor
        As for :func:`aggregate`, weights by domain.

    Returns
    -------
    The index, or ``None`` if too few domains have a score.

    Raises
    ------
    ValueError
        If ``minimum_domains`` is below 1, a domain lacks a weight, or as :func:`aggregate`.
    """
    if minimum_domains < 1:
        raise ValueError(f"minimum_domains must be at least 1, not {minimum_domains!r}.")
    known = {domain: score for domain, score in profile.items() if score is not None}
    if len(known) < minimum_domains:
        return None
    if weights is not None and not set(known) <= set(weights):
        lacking = sorted(set(known) - set(weights))
        raise ValueError(f"weights must name every domain; {', '.join(lacking)} lack one.")
    chosen = None if weights is None else [weights[domain] for domain in known]
    value = aggregate([list(known.values())], weights=chosen, aggregation=aggregation, floor=floor)
    lowest = min(known, key=lambda domain: known[domain])
    return CommunityIndex(
        value=float(value[0]),
        aggregation=aggregation,
        domains=tuple(known),
        missing_domains=tuple(domain for domain in profile if domain not in known),
        lowest_domain=lowest,
        lowest_score=float(known[lowest]),
        n_domains=len(known),
    )


def floored_logarithms(scores: Floats, floor: float) -> Floats:
    """Return the logarithms for a geometric mean of scores that are lifted to the floor.

    Raises ``ValueError`` if the floor is not positive and finite.
    """
    if not 0 < floor < np.inf:
        raise ValueError(f"floor must be positive and finite, not {floor!r}.")
    return np.log(np.maximum(scores, floor))


def _shares(weights: Values | None, domains: int) -> Floats:
    if not domains:
        raise ValueError("scores must have at least one domain.")
    if weights is None:
        return np.full(domains, 1 / domains)
    given = vector(weights, "weights")
    if given.size != domains:
        raise ValueError(f"weights must hold {domains} numbers, not {given.size}.")
    if (given < 0).any() or not given.sum() > 0:
        raise ValueError(f"weights must not be negative nor all 0: {given.tolist()}.")
    return np.asarray(given / given.sum())
