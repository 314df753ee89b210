"""Would this network come out again: intervals of its edges, and how many people it can lose."""

from dataclasses import dataclass

import numpy as np

from measurement.inputs import Floats, MissingRows, Table, confidence_level, matrix
from measurement.networks import Method, Network, partial_correlations


@dataclass(frozen=True, slots=True, eq=False)
class EdgeIntervals:
    """Percentile intervals of all edges, in the order of ``Network.edge_list``.

    ``share_present`` tells in how many of the draws the edge was there at all.
    """

    estimates: Floats
    low: Floats
    high: Floats
    share_present: Floats
    confidence: float
    n: int
    draws: int
    seed: int


@dataclass(frozen=True, slots=True, eq=False)
class Stability:
    """Which share of the persons may be lost before the edges change (CS-coefficient).

    ``coefficient`` is the largest share for which 95 % of the draws still agree with the whole
    network (correlation of the edges .7 or more); 0 if there is none. It should reach .25, better
    .5. ``agreement`` holds, for each dropped share, the correlation that 95 % of the draws reach.
    """

    coefficient: float
    dropped_shares: Floats
    agreement: Floats
    n: int
    draws: int
    seed: int


AGREEING = 0.7
ASSURANCE = 0.95
DROPPED_SHARES = tuple(round(share, 3) for share in np.linspace(0.05, 0.75, 10).tolist())


def edge_intervals(
    scores: Table,
    network: Network,
    *,
    seed: int,
    draws: int = 1000,
    confidence: float = 0.95,
    missing: MissingRows = "raise",
) -> EdgeIntervals:
    """Draw the persons again and again and see how far each edge moves.

    Parameters
    ----------
    scores, missing
        The persons from whom the network was estimated, and what was done with gaps.
    network
        The network whose edges are in question; it is estimated anew by the same method.
    seed
        Makes the draws repeatable.
    draws
        How many; at least 1.
    confidence
        Between 0 and 1.

    Raises
    ------
    ValueError
        If the network is not one of these persons, or a draw cannot be estimated (a variable may
        not vary in it).

    References
    ----------
    Epskamp, Borsboom & Fried 2018, Behavior Research Methods 50:195-212.
    """
    table = _persons_of(network, scores, missing)
    level = confidence_level(confidence)
    _check_draws(draws)
    generator = np.random.default_rng(seed)
    samples = (generator.integers(network.n, size=network.n) for _ in range(draws))
    drawn = np.array([_edge_list(table[rows], network.method) for rows in samples])
    ends = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    present = np.asarray((drawn != 0).mean(axis=0))
    return EdgeIntervals(
        network.edge_list, ends[0], ends[1], present, level, network.n, draws, seed
    )


def network_stability(
    scores: Table,
    network: Network,
    *,
    seed: int,
    draws: int = 100,
    missing: MissingRows = "raise",
) -> Stability:
    """Leave out ever more persons and see how long the edges keep their pattern.

    Parameters
    ----------
    scores, network, missing
        As for :func:`edge_intervals`.
    seed
        Makes the draws repeatable.
    draws
        For each of the ten shares from 5 % to 75 %; at least 1.

    Raises
    ------
    ValueError
        As :func:`edge_intervals`.

    References
    ----------
    Epskamp, Borsboom & Fried 2018, Behavior Research Methods 50:195-212.
    """
    table = _persons_of(network, scores, missing)
    _check_draws(draws)
    generator = np.random.default_rng(seed)
    agreement = np.empty(len(DROPPED_SHARES))
    for place, share in enumerate(DROPPED_SHARES):
        kept = network.n - round(share * network.n)
        samples = (generator.choice(network.n, kept, replace=False) for _ in range(draws))
        alike = [
            _agreement(network.edge_list, _edge_list(table[rows], network.method))
            for rows in samples
        ]
        agreement[place] = np.quantile(alike, 1 - ASSURANCE)
    enough = np.flatnonzero(agreement >= AGREEING)
    coefficient = DROPPED_SHARES[enough[-1]] if enough.size else 0.0
    shares = np.array(DROPPED_SHARES)
    return Stability(coefficient, shares, agreement, network.n, draws, seed)


def _persons_of(network: Network, scores: Table, missing: MissingRows) -> Floats:
    table = matrix(scores, "scores", missing=missing)
    if table.shape != (network.n, len(network.labels)):
        raise ValueError(
            f"The network is about {network.n} persons and {len(network.labels)} variables, "
            f"not {table.shape[0]} and {table.shape[1]}."
        )
    return table


def _edge_list(table: Floats, method: Method) -> Floats:
    labels = range(table.shape[1])
    return partial_correlations(table, labels, method=method, minimum_n=0).edge_list


def _agreement(whole: Floats, part: Floats) -> float:
    """Correlate two lists of edges; a list without any difference agrees with nothing."""
    if np.ptp(whole) == 0 or np.ptp(part) == 0:
        return 0.0
    return float(np.corrcoef(whole, part)[0, 1])


def _check_draws(draws: int) -> None:
    if draws < 1:
        raise ValueError(f"draws must be at least 1, not {draws!r}.")
