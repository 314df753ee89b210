import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects

from measurement.funnel import funnel, funnel_limits

VALUES = [2.0, 7.0, -3.0, 12.0, 5.0, 4.0, -9.0, 6.0, 3.0, 1.0]
ERRORS = [1.0, 2.0, 2.5, 3.0, 1.5, 2.0, 4.0, 1.0, 2.0, 3.0]


def test_tau2_without_winsorising_is_that_of_dersimonian_and_laird() -> None:
    # Spiegelhalter's additive model is the method of moments, hence equal to statsmodels.
    result = funnel(VALUES, ERRORS, winsorised_share=0)

    expected = combine_effects(np.array(VALUES), np.square(ERRORS), method_re="dl")
    assert expected.tau2 > 0
    assert_allclose(result.tau2, expected.tau2, rtol=1e-10)
    assert_allclose(result.target, expected.mean_effect_fe, rtol=1e-10)
    assert_allclose(result.phi, expected.q / 10, rtol=1e-10)


def test_winsorising_pulls_in_the_tails() -> None:
    result = funnel(VALUES, ERRORS, target=0, winsorised_share=0.1)

    distances = np.sort(np.divide(VALUES, ERRORS))
    # Quantiles of ten values by linear interpolation lie at positions .9 and 8.1.
    low = distances[0] + 0.9 * (distances[1] - distances[0])
    high = distances[8] + 0.1 * (distances[9] - distances[8])
    left = stats.norm.expect(lambda z: np.clip(z, stats.norm.ppf(0.1), stats.norm.ppf(0.9)) ** 2)
    assert_allclose(result.phi, np.mean(np.clip(distances, low, high) ** 2) / left, rtol=1e-6)


def test_an_outlier_does_not_hide_itself() -> None:
    values = [1.0, -1.0, 0.5, -0.5, 1.5, -1.5, 0.8, -0.8, 0.2, 6.0]

    plain, winsorised = (funnel(values, [1] * 10, winsorised_share=share) for share in (0, 0.1))

    assert winsorised.tau2 < plain.tau2 / 2
    assert winsorised.points[-1].outside == (True, True)
    assert sum(point.outside[0] for point in winsorised.points) == 1


def test_limits_by_hand() -> None:
    # 5 +/- 1.959964 * sqrt(3^2 + 4^2).
    assert_allclose(funnel_limits(5, 3, 16, 0.95), (5 - 9.79982, 5 + 9.79982), atol=1e-5)
    # Spiegelhalter 2005: 99.8 % limits lie at 3.09 standard errors.
    assert_allclose(funnel_limits(0, 1, 0, 0.998), (-3.09, 3.09), atol=5e-4)


def test_points_know_which_limits_they_exceed() -> None:
    result = funnel([0, 0, 2.5, -4.0], [1, 1, 1, 1], target=0, winsorised_share=0.4)

    assert (result.tau2, result.levels) == (0, (0.95, 0.998))
    assert [point.outside for point in result.points] == [
        (False, False),
        (False, False),
        (True, False),
        (True, True),
    ]
    assert_allclose(result.points[0].limits, [(-1.96, 1.96), (-3.09, 3.09)], atol=5e-4)


def test_a_known_target_is_kept() -> None:
    assert funnel(VALUES, ERRORS, target=1.5).target == 1.5


def test_no_community_is_flagged_where_all_are_the_same() -> None:
    result = funnel([4, 4, 4], [1, 2, 3])

    assert (result.target, result.tau2, result.phi) == (4, 0, 0)
    assert not any(any(point.outside) for point in result.points)


def test_ordinary_differences_are_not_flagged() -> None:
    # indicators.md, Simulations: of 20 communities at 95 %, 2.9 flags without overdispersion,
    # 0.8 with it (true SD 3; nominal 1). The spread of change is assumed, so only the order holds.
    generator = np.random.default_rng(12)
    flags = {"ignored": 0, "modelled": 0}
    for _ in range(300):
        errors = 20 * 0.8**0.5 / np.sqrt(generator.integers(12, 90, 20))
        values = generator.normal(4, 3, 20) + generator.normal(0, errors)
        result = funnel(values, errors)
        flags["modelled"] += sum(point.outside[0] for point in result.points)
        flags["ignored"] += sum(
            not low <= value <= high
            for value, (low, high) in zip(
                values,
                [funnel_limits(result.target, float(error), 0, 0.95) for error in errors],
                strict=True,
            )
        )

    assert 2 < flags["ignored"] / 300 < 5
    assert 0.7 < flags["modelled"] / 300 < 1.3


@given(
    st.lists(st.tuples(st.integers(-40, 40), st.integers(1, 9)), min_size=2, max_size=9),
    st.integers(-60, 60),
)
def test_funnel_knows_neither_shift_nor_sign(
    communities: list[tuple[int, int]], shift: int
) -> None:
    values = np.array([value for value, _ in communities])
    errors = [error for _, error in communities]

    first, second = funnel(values, errors), funnel(shift - values, errors)

    assert_allclose(second.tau2, first.tau2, rtol=1e-6, atol=1e-9)
    assert_allclose(second.target, shift - first.target, rtol=1e-9, atol=1e-9)
    assert first.tau2 >= 0


@pytest.mark.parametrize(
    ("values", "errors", "share", "message"),
    [
        ([1], [1], 0.1, "a funnel needs two communities, not 1"),
        ([1, 2], [1], 0.1, "equally long, not 2, 1"),
        ([1, 2], [1, 0], 0.1, "standard_errors must be positive; 0.0 is not"),
        ([1, 2], [1, 1], 0.5, "winsorised_share must be from 0 to below 0.5: 0.5"),
        ([1, 2], [1, 1], -0.1, "winsorised_share must be from 0 to below 0.5: -0.1"),
        ([1, None], [1, 1], 0.1, "values has 1 missing"),
    ],
)
def test_funnel_refuses_bad_input(
    values: list[float], errors: list[float], share: float, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        funnel(values, errors, winsorised_share=share)


def test_funnel_refuses_an_impossible_level() -> None:
    with pytest.raises(ValueError, match="confidence must lie between 0 and 1, not 95"):
        funnel(VALUES, ERRORS, levels=(95,))


@pytest.mark.parametrize(("error", "tau2"), [(-1, 0), (1, -1), (math.nan, 0)])
def test_limits_refuse_negative_spread(error: float, tau2: float) -> None:
    with pytest.raises(ValueError, match="standard_error and tau2 must not be negative"):
        funnel_limits(0, error, tau2, 0.95)
