import math
from typing import Literal, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from measurement.regression_to_mean import (
    correlation_of_change_with_baseline,
    expected_change,
    expected_change_beyond_cutoff,
    split_change,
)

NAN = float("nan")
Side = Literal["above", "below"]


def test_expected_change_by_hand() -> None:
    # science.md, Regression to the mean: -(1 - r)(y1 - mu) = -.3 * (70 - 50).
    assert_allclose(expected_change(70, 50, 0.7), -6, rtol=1e-12)
    assert expected_change(50, 50, 0.7) == 0
    assert expected_change(70, 50, 1) == 0


@pytest.mark.parametrize(("cutoff", "chosen"), [(40, "below"), (75, "above"), (60, "above")])
def test_expected_change_beyond_a_cutoff_agrees_with_the_truncated_normal(
    cutoff: float, chosen: Side
) -> None:
    # The population of Barnett et al. 2005: mean 60, sd 15, people below 40 chosen.
    edge = (cutoff - 60) / 15
    limits = (-math.inf, edge) if chosen == "below" else (edge, math.inf)
    mean_of_chosen = float(stats.truncnorm.mean(*limits, loc=60, scale=15))

    result = expected_change_beyond_cutoff(
        cutoff, population_mean=60, population_sd=15, retest_correlation=0.7, chosen=chosen
    )

    assert_allclose(result, -0.3 * (mean_of_chosen - 60), rtol=1e-8)


def test_chosen_people_change_as_expected_in_a_simulation() -> None:
    generator = np.random.default_rng(5)
    before, after = generator.multivariate_normal(
        [60, 60], [[225, 0.6 * 225], [0.6 * 225, 225]], size=400_000
    ).T

    result = expected_change_beyond_cutoff(
        40, population_mean=60, population_sd=15, retest_correlation=0.6, chosen="below"
    )

    # About 36,000 chosen; the error of their mean change is .07.
    assert_allclose((after - before)[before < 40].mean(), result, atol=0.3)


def test_expected_change_stays_right_far_out() -> None:
    # Mills' ratio: far out C(z) is z + 1/z - 2/z^3.
    result = expected_change_beyond_cutoff(
        50, population_mean=0, population_sd=1, retest_correlation=0, chosen="above"
    )

    assert_allclose(result, -(50 + 1 / 50 - 2 / 50**3), rtol=1e-8)


def test_correlation_of_change_at_equal_spread() -> None:
    # science.md, Regression to the mean: -sqrt((1 - r)/2).
    assert_allclose(correlation_of_change_with_baseline(0.5), -0.5, rtol=1e-12)
    assert_allclose(correlation_of_change_with_baseline(0.8), -math.sqrt(0.1), rtol=1e-12)


def test_correlation_of_change_agrees_with_data_of_unequal_spread() -> None:
    before, after = np.array([3.0, 5.0, 9.0, 4.0, 7.0]), np.array([4.0, 4.0, 12.0, 1.0, 9.0])

    result = correlation_of_change_with_baseline(
        float(np.corrcoef(before, after)[0, 1]),
        sd_before=before.std(ddof=1),
        sd_after=after.std(ddof=1),
    )

    assert_allclose(result, np.corrcoef(before, after - before)[0, 1], rtol=1e-10)


@given(st.floats(-0.99, 0.99), st.floats(0.1, 50), st.floats(0.1, 50))
def test_correlation_of_change_is_a_correlation(
    correlation: float, sd_before: float, sd_after: float
) -> None:
    result = correlation_of_change_with_baseline(
        correlation, sd_before=sd_before, sd_after=sd_after
    )

    assert -1 - 1e-9 <= result <= 1 + 1e-9


def test_split_adds_up_to_the_observed_change() -> None:
    # Mean 70 before, 60 after; population 50, r .7: 6 of the 10 points by regression.
    result = split_change([65, 75], [60, 60], population_mean=50, retest_correlation=0.7)

    assert_allclose((result.observed, result.by_regression, result.beyond), (-10, -6, -4))
    assert result.n == 2


def test_a_group_that_was_not_chosen_owes_nothing_to_regression() -> None:
    result = split_change([40, 60], [45, 65], population_mean=50, retest_correlation=0.5)

    assert (result.by_regression, result.beyond) == (0, 5)


@pytest.mark.parametrize("correlation", [-1.1, 1.1, NAN])
def test_an_impossible_correlation_is_refused(correlation: float) -> None:
    with pytest.raises(ValueError, match="retest_correlation must lie between -1 and 1"):
        expected_change(70, 50, correlation)
    with pytest.raises(ValueError, match="retest_correlation must lie between -1 and 1"):
        correlation_of_change_with_baseline(correlation)


@pytest.mark.parametrize(("before", "mean"), [(NAN, 50), (70, math.inf)])
def test_expected_change_refuses_what_is_not_finite(before: float, mean: float) -> None:
    with pytest.raises(ValueError, match="scores must be finite"):
        expected_change(before, mean, 0.7)


@pytest.mark.parametrize(
    ("cutoff", "sd", "chosen", "message"),
    [
        (40, 0, "below", "population_sd must be positive and finite, not 0"),
        (40, NAN, "below", "population_sd must be positive and finite, not nan"),
        (40, 15, "beside", "chosen must be above or below, not 'beside'"),
        (NAN, 15, "below", "cut-off and mean must be finite, not nan"),
    ],
)
def test_cutoff_refuses_bad_input(cutoff: float, sd: float, chosen: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        expected_change_beyond_cutoff(
            cutoff,
            population_mean=60,
            population_sd=sd,
            retest_correlation=0.7,
            chosen=cast("Side", chosen),
        )


def test_change_that_does_not_vary_correlates_with_nothing() -> None:
    with pytest.raises(ValueError, match="change does not vary"):
        correlation_of_change_with_baseline(1)


@pytest.mark.parametrize(("sd_before", "sd_after"), [(0, 1), (1, 0), (1, math.inf)])
def test_correlation_of_change_refuses_an_impossible_spread(
    sd_before: float, sd_after: float
) -> None:
    with pytest.raises(ValueError, match="spreads must be positive and finite"):
        correlation_of_change_with_baseline(0.5, sd_before=sd_before, sd_after=sd_after)


@pytest.mark.parametrize(("before", "after"), [([], []), ([1, 2], [1])])
def test_split_refuses_other_persons(before: list[float], after: list[float]) -> None:
    with pytest.raises(ValueError, match="before and after must hold the same persons"):
        split_change(before, after, population_mean=50, retest_correlation=0.5)
