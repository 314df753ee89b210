import json
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from measurement.composite import (
    Goalposts,
    aggregate,
    community_index,
    rescale,
)
from measurement.index_uncertainty import ranks

Find = Callable[[str], Path]

# Files asem_*.csv and the figures in reference.json: R package COINr 1.1.14 (MIT, W. Becker),
# object ASEM_COIN; data of the EU Joint Research Centre, ASEM Sustainable Connectivity 2018.
PILLARS = ["ConEcFin", "Instit", "P2P", "Physical", "Political", "Environ", "Social", "SusEcFin"]
domain_scores = st.lists(
    st.lists(st.integers(0, 100), min_size=4, max_size=4), min_size=1, max_size=10
)


def asem_pillars(shared_data: Find) -> pd.DataFrame:
    reference = pd.read_csv(shared_data("asem_aggregated_reference.csv"), index_col="UnitCode")
    return reference[PILLARS]


def expected(shared_data: Find) -> dict[str, dict[str, float]]:
    values = json.loads(shared_data("reference.json").read_text())["asem_*.csv"]
    return {**values["computed"], "tolerance": values["tolerance"]}


def test_asem_normalised(shared_data: Find) -> None:
    raw = pd.read_csv(shared_data("asem_treated.csv"), index_col="UnitCode")
    normalised = pd.read_csv(shared_data("asem_normalised.csv"), index_col="UnitCode")
    directions = pd.read_csv(shared_data("asem_directions.csv"), index_col="IndCode")["Direction"]
    tolerance = expected(shared_data)["tolerance"]["normalised"]

    for indicator, direction in directions.items():
        values = raw[indicator].to_numpy()
        ends = sorted([values.min(), values.max()], reverse=direction < 0)
        scores = rescale(values, Goalposts(*ends))

        assert_allclose(scores, normalised[indicator], rtol=0, atol=tolerance)
    assert len(directions) == 49


def test_asem_index(shared_data: Find) -> None:
    normalised = pd.read_csv(shared_data("asem_normalised.csv"), index_col="UnitCode")
    structure = pd.read_csv(shared_data("asem_structure.csv"))
    published = pd.read_csv(shared_data("asem_aggregated_reference.csv"), index_col="UnitCode")
    tolerance = expected(shared_data)["tolerance"]["aggregated"]

    level = normalised
    for column, above in (("IndCode", "Agg1"), ("Agg1", "Agg2"), ("Agg2", "Agg3")):
        parts = structure[[column, above]].drop_duplicates().groupby(above)[column]
        level = pd.DataFrame(
            {name: aggregate(level[list(members)].to_numpy()) for name, members in parts},
            index=level.index,
        )
        assert_allclose(level, published[level.columns], rtol=0, atol=tolerance)
    assert level.columns.tolist() == ["Index"]
    top = level["Index"].nlargest(5).round(2).to_dict()
    assert top == {"CHE": 68.38, "NLD": 64.82, "DNK": 64.80, "NOR": 64.47, "BEL": 63.54}


def test_asem_arithmetic_and_geometric_order_units_differently(shared_data: Find) -> None:
    pillars = asem_pillars(shared_data).to_numpy()
    figures = expected(shared_data)

    arithmetic = aggregate(pillars)
    geometric = aggregate(pillars, aggregation="geometric", floor=1)

    correlation = stats.spearmanr(arithmetic, geometric).statistic
    shifts = np.abs(np.subtract(*ranks(np.array([arithmetic, geometric]))))
    comparison = figures["arithmetic_vs_geometric"]
    assert_allclose(
        correlation, comparison["spearman"], atol=figures["tolerance"]["rank_correlation"]
    )
    assert shifts.max() == comparison["largest_rank_shift"] == 9


def test_rescale_turns_round_what_is_better_when_low() -> None:
    assert_array_equal(rescale([0, 5, 20], Goalposts(0, 20)), [0, 25, 100])
    assert_array_equal(rescale([0, 5, 20], Goalposts(20, 0)), [100, 75, 0])


def test_rescale_refuses_or_caps_what_lies_beyond() -> None:
    goalposts = Goalposts(worst=10, best=0)

    with pytest.raises(ValueError, match=r"between the goalposts 10 and 0; found 11\.0 at 1"):
        rescale([5, 11, 12], goalposts)
    with pytest.raises(ValueError, match=r"found -1\.0 at 0"):
        rescale([-1], goalposts)
    assert_array_equal(rescale([-1, 5, 11], goalposts, outside="cap"), [100, 50, 0])
    with pytest.raises(ValueError, match="outside must be raise or cap, not 'drop'"):
        rescale([5], goalposts, outside="drop")  # type: ignore[arg-type]  # what one may try


@pytest.mark.parametrize(("worst", "best"), [(1, 1), (math.nan, 1), (0, math.inf)])
def test_goalposts_must_be_two(worst: float, best: float) -> None:
    with pytest.raises(ValueError, match="Goalposts must"):
        Goalposts(worst, best)


def test_means_of_two_domains() -> None:
    assert_allclose(aggregate([[20, 80]]), [50])
    assert_allclose(aggregate([[20, 80]], aggregation="geometric"), [40])
    assert_allclose(aggregate([[20, 80]], weights=[3, 1]), [35])
    assert_allclose(aggregate([[20, 80]], weights=[0, 2], aggregation="geometric"), [80])


def test_infinite_values_are_named() -> None:
    with pytest.raises(ValueError, match=r"^values must be finite"):
        rescale([math.inf], Goalposts(0, 1))
    with pytest.raises(ValueError, match=r"^scores must be finite"):
        aggregate([[math.inf]])
    with pytest.raises(ValueError, match=r"^weights must be finite"):
        aggregate([[1, 2]], weights=[math.inf, 1])


def test_weights_below_one_are_weights() -> None:
    assert_allclose(aggregate([[20, 80]], weights=[0.3, 0.1]), [35])


def test_floor_keeps_an_empty_domain_from_erasing_the_others() -> None:
    assert_allclose(aggregate([[0, 100]], aggregation="geometric"), [10])
    assert_allclose(aggregate([[0, 100]], aggregation="geometric", floor=4), [20])


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1], "weights must hold 2 numbers, not 1"),
        ([1, -1], "must not be negative nor all 0"),
        ([0, 0], "must not be negative nor all 0"),
        ([1, None], "weights has 1 missing"),
    ],
)
def test_weights_must_fit(weights: list[float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        aggregate([[1, 2]], weights=weights)


def test_aggregate_refuses_what_it_does_not_know() -> None:
    with pytest.raises(ValueError, match="aggregation must be arithmetic or geometric"):
        aggregate([[1, 2]], aggregation="harmonic")  # type: ignore[arg-type]  # what one may try
    with pytest.raises(ValueError, match=r"^scores must have at least one domain"):
        aggregate([[], []])
    with pytest.raises(ValueError, match="scores has 1 missing"):
        aggregate([[1, None]])


@pytest.mark.parametrize("floor", [0, -1, math.inf, math.nan])
def test_floor_must_be_positive(floor: float) -> None:
    with pytest.raises(ValueError, match="floor must be positive and finite"):
        aggregate([[1, 2]], aggregation="geometric", floor=floor)


def test_index_names_its_domains_and_the_lowest() -> None:
    profile = {"relationships": 70, "education": 55, "inclusion": 40, "employment": None}

    result = community_index(profile, minimum_domains=3)

    assert result is not None
    assert_allclose(result.value, 55)
    assert result.domains == ("relationships", "education", "inclusion")
    assert result.missing_domains == ("employment",)
    assert (result.lowest_domain, result.lowest_score, result.n_domains) == ("inclusion", 40, 3)
    assert result.aggregation == "arithmetic"


def test_index_weighs_the_domains_that_are_there() -> None:
    result = community_index(
        {"a": 20, "b": None, "c": 80},
        minimum_domains=2,
        weights={"a": 3, "b": 5, "c": 1},
        aggregation="geometric",
    )

    assert result is not None
    assert_allclose(result.value, 20 ** (3 / 4) * 80 ** (1 / 4))
    assert result.aggregation == "geometric"


def test_index_takes_floor_and_exactly_its_weights() -> None:
    result = community_index(
        {"a": 0, "b": 100},
        minimum_domains=2,
        weights={"a": 1, "b": 1},
        aggregation="geometric",
        floor=4,
    )

    assert result is not None
    assert_allclose(result.value, 20)


def test_no_index_from_too_few_domains() -> None:
    assert community_index({"a": 20, "b": None}, minimum_domains=2) is None
    assert community_index({}, minimum_domains=1) is None


def test_index_refuses_what_cannot_be_meant() -> None:
    with pytest.raises(ValueError, match="minimum_domains must be at least 1, not 0"):
        community_index({"a": 1}, minimum_domains=0)
    with pytest.raises(ValueError, match=r"^weights must name every domain; b, c lack one"):
        community_index({"a": 1, "b": 2, "c": 3}, minimum_domains=1, weights={"a": 1})
    with pytest.raises(ValueError, match="missing"):
        community_index({"a": math.nan}, minimum_domains=1)


@given(domain_scores)
def test_geometric_never_exceeds_arithmetic(scores: list[list[int]]) -> None:
    table = np.maximum(scores, 1)

    arithmetic, geometric = aggregate(table), aggregate(table, aggregation="geometric")

    assert (geometric <= arithmetic + 1e-9).all()
    assert (geometric >= table.min(axis=1) - 1e-9).all()


@given(domain_scores, st.lists(st.integers(1, 9), min_size=4, max_size=4), st.integers(2, 9))
def test_index_depends_on_proportions_of_weights_and_not_on_other_units(
    scores: list[list[int]], weights: list[int], factor: int
) -> None:
    result = aggregate(scores, weights=weights)

    assert_allclose(aggregate(scores, weights=[factor * w for w in weights]), result)
    assert_allclose(aggregate(scores[:1], weights=weights), result[:1])
    assert_allclose(aggregate([row[::-1] for row in scores], weights=weights[::-1]), result)
