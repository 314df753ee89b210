"""How far the index of a community depends on choices: weights, aggregation, and who answered.

``rank_intervals`` shows whoever designs an index that a ranking of communities would not hold. It
is a diagnosis and never published.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from measurement.composite import FLOOR, Aggregation, floored_logarithms
from measurement.inputs import Floats, Table, confidence_level, matrix


@dataclass(frozen=True, slots=True)
class IndexInterval:
    """Where the index lies when weights, aggregation and persons are drawn again and again."""

    value: float
    low: float
    high: float
    confidence: float
    n: int
    draws: int
    seed: int


@dataclass(frozen=True, slots=True, eq=False)
class RankIntervals:
    """Diagnostic only: the places that each unit takes over all draws (1 = highest index).

    Not for publication: it shows that a ranking would not hold.
    """

    low: Floats
    high: Floats
    confidence: float
    draws: int

    @property
    def width(self) -> Floats:
        return self.high - self.low


def simulate_indices(
    scores: Table,
    *,
    seed: int,
    draws: int = 1000,
    concentration: float = 20.0,
    aggregations: Sequence[Aggregation] = ("arithmetic", "geometric"),
    floor: float = FLOOR,
) -> Floats:
    """Compute the index of each unit under many sets of weights and both ways to aggregate.

    Parameters
    ----------
    scores
        Units x domains, without gaps.
    seed
        Makes the draws repeatable.
    draws
        How many; at least 1.
    concentration
        Of the Dirichlet distribution of weights, the same for each domain; 20 lets a weight of
        1/4 vary by about a fifth of itself, large values keep the weights equal.
    aggregations
        One of them is drawn each time, with equal chances.
    floor
        As for :func:`measurement.composite.aggregate`.

    Returns
    -------
    Draws x units.

    Raises
    ------
    ValueError
        If ``draws``, ``concentration`` or ``aggregations`` are not possible, or as
        :func:`measurement.composite.aggregate`.
    """
    table = matrix(scores, "scores")
    weights, geometric = _drawn_settings(
        np.random.default_rng(seed), (draws, table.shape[1]), concentration, aggregations
    )
    indices = weights @ table.T
    if geometric.any():
        logarithms = floored_logarithms(table, floor)
        indices[geometric] = np.exp(weights[geometric] @ logarithms.T)
    return np.asarray(indices)


def index_interval(
    persons: Table,
    *,
    seed: int,
    draws: int = 1000,
    concentration: float = 20.0,
    confidence: float = 0.9,
    floor: float = FLOOR,
) -> IndexInterval:
    """Give the index of one community an interval that owns up to all that could be otherwise.

    Each draw takes the persons anew (with replacement), other weights, and one of the two ways to
    aggregate; the interval holds the middle ``confidence`` of the indices.

    Parameters
    ----------
    persons
        Domain scores, persons x domains, complete persons only.
    seed, draws, concentration, floor
        As for :func:`simulate_indices`.
    confidence
        Between 0 and 1.

    Returns
    -------
    The interval round the index of equal weights and arithmetic mean.

    Raises
    ------
    ValueError
        If there are fewer than two persons, or as :func:`simulate_indices`.
    """
    table = matrix(persons, "persons")
    level = confidence_level(confidence)
    n, domains = table.shape
    if n < 2:  # noqa: PLR2004 -- one person drawn again is always the same
        raise ValueError(f"persons must hold at least 2 persons, not {n}.")
    generator = np.random.default_rng(seed)
    weights, geometric = _drawn_settings(
        generator, (draws, domains), concentration, ("arithmetic", "geometric")
    )
    # How often each person is drawn: the same as drawing persons, in less memory.
    copies = generator.multinomial(n, np.full(n, 1 / n), size=draws)
    profiles = copies @ table / n
    arithmetic = (profiles * weights).sum(axis=1)
    balanced = np.exp((floored_logarithms(profiles, floor) * weights).sum(axis=1))
    low, high = _middle(np.where(geometric, balanced, arithmetic), level)
    value = float(table.mean())
    return IndexInterval(value, float(low), float(high), level, n, draws, seed)


def rank_intervals(indices: Table, *, confidence: float = 0.9) -> RankIntervals:
    """Show how many places the units exchange; a diagnosis of the index, not for publication.

    Parameters
    ----------
    indices
        Draws x units, from :func:`simulate_indices`.
    confidence
        Between 0 and 1.

    Raises
    ------
    ValueError
        If there is no draw or no unit, or a value is missing or infinite.
    """
    table = matrix(indices, "indices")
    level = confidence_level(confidence)
    if not table.size:
        raise ValueError("indices must hold at least one draw and one unit.")
    low, high = _middle(ranks(table), level)
    return RankIntervals(low, high, level, table.shape[0])


def ranks(indices: Floats) -> Floats:
    """Return the place of each unit within each draw, 1 = highest; equal units share the mean."""
    above = (indices[:, None, :] > indices[:, :, None]).sum(axis=2)
    equal = (indices[:, None, :] == indices[:, :, None]).sum(axis=2)
    return np.asarray(above + (equal + 1) / 2)


def _drawn_settings(
    generator: np.random.Generator,
    shape: tuple[int, int],
    concentration: float,
    aggregations: Sequence[Aggregation],
) -> tuple[Floats, NDArray[np.bool_]]:
    draws, domains = shape
    if draws < 1:
        raise ValueError(f"draws must be at least 1, not {draws!r}.")
    if not domains:
        raise ValueError("scores must have at least one domain.")
    if not 0 < concentration < np.inf:
        raise ValueError(f"concentration must be positive and finite, not {concentration!r}.")
    if not aggregations or not set(aggregations) <= {"arithmetic", "geometric"}:
        raise ValueError(
            f"aggregations must name arithmetic, geometric or both, not {aggregations!r}."
        )
    weights = generator.dirichlet(np.full(domains, concentration), size=draws)
    chosen = generator.integers(len(aggregations), size=draws)
    is_geometric = np.array([name == "geometric" for name in aggregations])
    return weights, np.asarray(is_geometric[chosen])


def _middle(values: Floats, level: float) -> tuple[Floats, Floats]:
    ends = np.quantile(values, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return np.asarray(ends[0]), np.asarray(ends[1])
