import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from measurement.inputs import Floats
from measurement.network_stability import DROPPED_SHARES, edge_intervals, network_stability
from measurement.networks import Network, partial_correlations


def people(n: int, weight: float = 0.6, seed: int = 1) -> Floats:
    generator = np.random.default_rng(seed)
    scores = generator.normal(size=(n, 4))
    scores[:, 1] += weight * scores[:, 0]
    scores[:, 2] -= weight * scores[:, 3]
    return scores


def network(scores: Floats) -> Network:
    return partial_correlations(scores, range(4), method="plain", minimum_n=20)


def test_intervals_are_about_as_wide_as_theory_says() -> None:
    # Fisher: the standard error of z is 1 / sqrt(n - 3 - controls).
    scores = people(400)
    result = edge_intervals(scores, network(scores), seed=5, draws=800)

    spread = np.arctanh(result.high) - np.arctanh(result.low)

    assert_allclose(spread, 2 * 1.96 / np.sqrt(400 - 3 - 2), rtol=0.2)
    assert (result.low <= result.estimates).all()
    assert (result.estimates <= result.high).all()
    assert_array_equal(result.estimates, network(scores).edge_list)
    assert_array_equal(result.share_present, 1)
    assert (result.confidence, result.n, result.draws, result.seed) == (0.95, 400, 800, 5)


def test_confidence_sets_the_width() -> None:
    scores = people(100)
    wide = edge_intervals(scores, network(scores), seed=5, draws=200)
    narrow = edge_intervals(scores, network(scores), seed=5, draws=200, confidence=0.5)

    assert (narrow.low > wide.low).all()
    assert (narrow.high < wide.high).all()


def test_draws_are_repeatable() -> None:
    scores = people(60)
    first, again, other = (
        edge_intervals(scores, network(scores), seed=seed, draws=20) for seed in (5, 5, 6)
    )

    assert_array_equal(first.low, again.low)
    assert (first.low != other.low).any()


def test_sparse_network_tells_how_often_an_edge_was_there() -> None:
    scores = people(150)
    sparse = partial_correlations(scores, range(4))

    result = edge_intervals(scores, sparse, seed=5, draws=20)

    assert result.share_present[0] == 1
    assert 0 <= result.share_present[1] < 1


def test_strong_edges_survive_the_loss_of_most_persons() -> None:
    scores = people(400, weight=1)

    result = network_stability(scores, network(scores), seed=5, draws=40)

    assert result.coefficient == 0.75
    assert_array_equal(result.dropped_shares, DROPPED_SHARES)
    assert result.agreement[0] > 0.99
    assert result.agreement[0] > result.agreement[-1] > 0.7
    assert (result.n, result.draws, result.seed) == (400, 40, 5)


def test_noise_is_not_stable() -> None:
    scores = people(60, weight=0)

    result = network_stability(scores, network(scores), seed=5, draws=60)

    assert result.coefficient < 0.4
    last = [DROPPED_SHARES[place] for place in np.flatnonzero(result.agreement >= 0.7)]
    assert result.coefficient == max(last, default=0)


def test_empty_network_has_no_stability() -> None:
    scores = people(150, weight=0, seed=4)
    empty = partial_correlations(scores, range(4))

    result = network_stability(scores, empty, seed=5, draws=3)

    assert_array_equal(empty.edge_list, 0)
    assert result.coefficient == 0
    assert_array_equal(result.agreement, 0)


def test_shares_are_those_of_the_published_method() -> None:
    # Epskamp, Borsboom & Fried 2018: ten shares from 5 % to 75 %.
    assert DROPPED_SHARES[0] == 0.05
    assert DROPPED_SHARES[-1] == 0.75
    assert len(DROPPED_SHARES) == 10


def test_persons_must_be_those_of_the_network() -> None:
    scores = people(60)

    with pytest.raises(ValueError, match="about 60 persons and 4 variables, not 59 and 4"):
        edge_intervals(scores[1:], network(scores), seed=1)
    with pytest.raises(ValueError, match="about 60 persons and 4 variables, not 60 and 3"):
        network_stability(scores[:, 1:], network(scores), seed=1)


def test_gaps_are_handled_as_for_the_network() -> None:
    scores = people(60).tolist()
    gaps = [*scores, [1, 2, None, 4]]
    whole = network(people(60))

    complete = edge_intervals(gaps, whole, seed=5, draws=5, missing="complete")
    stability = network_stability(gaps, whole, seed=5, draws=5, missing="complete")

    assert_array_equal(complete.low, edge_intervals(scores, whole, seed=5, draws=5).low)
    assert stability.n == 60
    with pytest.raises(ValueError, match="missing"):
        edge_intervals(gaps, whole, seed=5, draws=5)


def test_impossible_draws_are_refused() -> None:
    scores = people(60)

    with pytest.raises(ValueError, match="draws must be at least 1, not 0"):
        edge_intervals(scores, network(scores), seed=1, draws=0)
    with pytest.raises(ValueError, match="draws must be at least 1, not 0"):
        network_stability(scores, network(scores), seed=1, draws=0)
    with pytest.raises(ValueError, match="confidence must lie between 0 and 1"):
        edge_intervals(scores, network(scores), seed=1, draws=3, confidence=95)
