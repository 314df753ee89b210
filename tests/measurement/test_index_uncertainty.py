import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from measurement.index_uncertainty import index_interval, rank_intervals, ranks, simulate_indices

Find = Callable[[str], Path]

# Files asem_*.csv and the figures in reference.json: R package COINr 1.1.14 (MIT, W. Becker),
# object ASEM_COIN; data of the EU Joint Research Centre, ASEM Sustainable Connectivity 2018.
PILLARS = ["ConEcFin", "Instit", "P2P", "Physical", "Political", "Environ", "Social", "SusEcFin"]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_asem_weights_decide_the_place(shared_data: Find, seed: int) -> None:
    reference = json.loads(shared_data("reference.json").read_text())["asem_*.csv"]
    figures = reference["computed"]["weight_uncertainty"]
    pillars = pd.read_csv(shared_data("asem_aggregated_reference.csv"))[PILLARS].to_numpy()

    indices = simulate_indices(pillars, seed=seed)
    result = rank_intervals(indices)

    assert (result.draws, result.confidence) == (1000, 0.9)
    assert_allclose(
        np.median(result.width), figures["median_width_in_places"], atol=figures["tolerance"]
    )


def test_draws_are_repeatable_and_centred_on_equal_weights() -> None:
    scores = [[20, 80, 50, 60], [50, 50, 50, 50]]

    indices = simulate_indices(scores, seed=5, draws=4000, aggregations=["arithmetic"])

    assert_array_equal(
        indices, simulate_indices(scores, seed=5, draws=4000, aggregations=["arithmetic"])
    )
    assert indices.shape == (4000, 2)
    assert_allclose(indices[:, 1], 50)
    assert_allclose(indices[:, 0].mean(), 52.5, atol=0.3)
    # Variance of a Dirichlet mean: sum of w (x - mean)^2 / (total concentration + 1).
    variance = np.var(scores[0]) / (4 * 20 + 1)
    assert_allclose(indices[:, 0].var(), variance, rtol=0.1)


def test_weights_may_be_drawn_from_all_over() -> None:
    indices = simulate_indices(
        [[20, 80]], seed=5, draws=4000, concentration=0.5, aggregations=["arithmetic"]
    )

    # As above: 30^2 / (2 * 0.5 + 1).
    assert_allclose(indices[:, 0].var(), 450, rtol=0.1)


def test_one_of_the_two_aggregations_is_drawn_half_of_the_time() -> None:
    indices = simulate_indices([[20, 80]], seed=5, draws=2000, concentration=1e7)

    assert_allclose(np.unique(indices.round()), [40, 50])
    assert_allclose((indices.round() == 50).mean(), 0.5, atol=0.04)
    only = simulate_indices(
        [[20, 80]], seed=5, draws=20, concentration=1e7, aggregations=["geometric"]
    )
    assert_allclose(only, 40, atol=0.1)


def test_defaults_of_the_draws() -> None:
    scores = [[20, 80], [30, 40]]

    indices = simulate_indices(scores, seed=5)

    expected = simulate_indices(
        scores,
        seed=5,
        draws=1000,
        concentration=20,
        aggregations=["arithmetic", "geometric"],
        floor=1,
    )
    assert_array_equal(indices, expected)
    assert index_interval(scores, seed=5) == index_interval(
        scores, seed=5, draws=1000, concentration=20, confidence=0.9, floor=1
    )


def test_infinite_values_are_named() -> None:
    with pytest.raises(ValueError, match=r"^scores must be finite"):
        simulate_indices([[math.inf]], seed=1)
    with pytest.raises(ValueError, match=r"^persons must be finite"):
        index_interval([[math.inf]], seed=1)
    with pytest.raises(ValueError, match=r"^indices must be finite"):
        rank_intervals([[math.inf]])


def test_floor_reaches_the_draws() -> None:
    settings = {"seed": 5, "draws": 9, "concentration": 1e7}
    indices = simulate_indices([[0, 100]], aggregations=["geometric"], floor=4, **settings)  # type: ignore[arg-type]  # a dictionary of settings

    assert_allclose(indices, 20, rtol=0.01)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"draws": 0}, "draws must be at least 1, not 0"),
        ({"concentration": 0}, "concentration must be positive and finite, not 0"),
        ({"concentration": math.inf}, "concentration must be positive and finite, not inf"),
        ({"aggregations": []}, r"aggregations must name arithmetic, geometric or both, not \[\]"),
        ({"aggregations": ["harmonic"]}, "aggregations must name arithmetic"),
        ({"scores": [[]]}, "scores must have at least one domain"),
    ],
)
def test_simulation_refuses_what_it_cannot_draw(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        simulate_indices(**{"scores": [[20, 80]], "seed": 1, **change})  # type: ignore[arg-type]  # one at a time


def test_interval_of_the_index_holds_all_that_could_be_otherwise() -> None:
    generator = np.random.default_rng(8)
    persons = generator.normal([60, 40, 50, 70], 15, size=(40, 4)).clip(0, 100)

    result = index_interval(persons, seed=3, draws=4000)

    assert_allclose(result.value, persons.mean())
    assert (result.n, result.draws, result.seed, result.confidence) == (40, 4000, 3, 0.9)
    assert result.low < result.value < result.high
    assert result == index_interval(persons, seed=3, draws=4000)
    assert result != index_interval(persons, seed=4, draws=4000)


def test_interval_with_fixed_weights_is_the_bootstrap_interval_of_the_mean() -> None:
    generator = np.random.default_rng(8)
    persons = np.repeat(generator.normal(50, 5, size=(60, 1)), 4, axis=1)  # all domains alike

    result = index_interval(persons, seed=3, draws=20_000, confidence=0.95)

    # All domains equal: weights and aggregation make no difference, persons alone do.
    bootstrap = stats.bootstrap(
        (persons[:, 0],), np.mean, n_resamples=20_000, method="percentile", rng=generator
    )
    assert_allclose(
        [result.low, result.high],
        [bootstrap.confidence_interval.low, bootstrap.confidence_interval.high],
        atol=0.06,
    )


def test_interval_uses_the_geometric_mean_and_its_floor_too() -> None:
    persons = [[0, 100]] * 5

    low = index_interval(persons, seed=1, concentration=1e7).low
    lifted = index_interval(persons, seed=1, concentration=1e7, floor=4).low

    assert_allclose([low, lifted], [10, 20], rtol=0.01)


def test_interval_needs_people() -> None:
    with pytest.raises(ValueError, match="persons must hold at least 2 persons, not 1"):
        index_interval([[20, 80]], seed=1)
    with pytest.raises(ValueError, match="persons must hold at least 2 persons, not 0"):
        index_interval([], seed=1)
    with pytest.raises(ValueError, match="confidence must lie between 0 and 1"):
        index_interval([[20, 80]] * 3, seed=1, confidence=90)
    with pytest.raises(ValueError, match="at least one domain"):
        index_interval([[], []], seed=1)


def test_ranks_agree_with_scipy() -> None:
    indices = np.array([[3.0, 1, 2, 2], [5, 5, 5, 1]])

    assert_array_equal(ranks(indices), stats.rankdata(-indices, axis=1))


def test_rank_interval_of_units_that_never_change_places() -> None:
    result = rank_intervals([[3, 1], [5, 2]], confidence=0.5)

    assert_array_equal(result.low, [1, 2])
    assert_array_equal(result.width, [0, 0])
    assert (result.confidence, result.draws) == (0.5, 2)


def test_rank_interval_is_the_middle_of_the_draws() -> None:
    draws = np.array([[1.0, 2]] * 30 + [[2.0, 1]] * 70)

    result = rank_intervals(draws, confidence=0.9)

    assert_array_equal([result.low, result.high], [[1, 1], [2, 2]])
    assert_array_equal(rank_intervals(draws, confidence=0.2).high, [1, 2])


def test_rank_interval_needs_draws() -> None:
    with pytest.raises(ValueError, match=r"^indices must hold at least one draw and one unit"):
        rank_intervals([])
    with pytest.raises(ValueError, match="confidence must lie between 0 and 1"):
        rank_intervals([[1, 2]], confidence=1)
