import math

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from statsmodels.stats.outliers_influence import OLSInfluence

from measurement.line_checks import fairness_check, line_diagnostics, nested_f_test
from measurement.reactivity import SIGN, Direction, score_reactivity
from measurement.reference_line import fit_line

EXPOSURE = [2, 4, 6, 8, 10, 3, 7, 9]
PROBLEMS = [5, 9, 8, 14, 13, 3, 14, 10]
LINE = fit_line(EXPOSURE, PROBLEMS)


def test_curvature_test_agrees_with_statsmodels() -> None:
    straight = sm.OLS(PROBLEMS, np.vander(EXPOSURE, 2)).fit()
    curved = sm.OLS(PROBLEMS, np.vander(EXPOSURE, 3)).fit()
    f, p, difference = curved.compare_f_test(straight)

    result = nested_f_test(EXPOSURE, PROBLEMS)

    assert_allclose([result.f, result.p_value], [f, p], rtol=1e-9)
    assert (result.df_numerator, result.df_denominator, result.n) == (difference, 5, 8)
    assert_allclose(result.r_squared_straight, straight.rsquared, rtol=1e-12)
    assert_allclose(result.r_squared_curved, curved.rsquared, rtol=1e-12)
    assert result.recommended_degree == 1


def test_clear_rising_curve_is_recommended() -> None:
    exposure = np.arange(2, 14)

    result = nested_f_test(exposure, exposure**2 + [0, 1, 0, -1] * 3)

    assert result.monotone
    assert result.recommended_degree == 2


def test_curve_that_turns_inside_the_range_is_not_recommended() -> None:
    exposure = np.arange(12)

    result = nested_f_test(exposure, (exposure - 6) ** 2 + [0, 1, 0, -1] * 3)

    assert result.p_value < 1e-6
    assert not result.monotone
    assert result.recommended_degree == 1


def test_falling_curve_is_monotone_too() -> None:
    exposure = np.arange(2, 14)

    assert nested_f_test(exposure, -(exposure**2) + [0, 1, 0, -1] * 3).monotone


@pytest.mark.parametrize(("turn", "monotone"), [(14, True), (12, False), (1, True), (3, False)])
@pytest.mark.parametrize("unit", [0.5, 0.001])
def test_curve_is_monotone_if_it_turns_outside_the_range(
    turn: float,
    monotone: bool,  # noqa: FBT001 -- a table of cases
    unit: float,
) -> None:
    exposure = np.arange(2, 14)
    problems = unit * ((exposure - turn) ** 2 + np.array([0, 0.01, 0, -0.01] * 3))

    assert nested_f_test(exposure, problems).monotone is monotone


def test_p_value_must_be_below_the_significance() -> None:
    exposure = np.arange(2, 14)
    problems = exposure**2 + np.array([0, 9, 0, -9] * 3)
    p_value = nested_f_test(exposure, problems).p_value

    at_the_border = nested_f_test(exposure, problems, significance=p_value)

    assert at_the_border.monotone
    assert at_the_border.recommended_degree == 1


def test_significance_decides() -> None:
    p_value = nested_f_test(EXPOSURE, PROBLEMS).p_value
    lenient = nested_f_test(EXPOSURE, PROBLEMS, significance=p_value + 0.01)

    assert lenient.recommended_degree == (2 if lenient.monotone else 1)
    with pytest.raises(ValueError, match=r"significance must lie between 0 and 1, not 0"):
        nested_f_test(EXPOSURE, PROBLEMS, significance=0)
    with pytest.raises(ValueError, match=r"significance must lie between 0 and 1, not 1"):
        nested_f_test(EXPOSURE, PROBLEMS, significance=1)


def test_curvature_test_leaves_incomplete_persons_out_on_request() -> None:
    complete = nested_f_test(EXPOSURE, PROBLEMS)

    assert nested_f_test([*EXPOSURE, None], [*PROBLEMS, 3], missing="complete") == complete
    with pytest.raises(ValueError, match="missing"):
        nested_f_test([*EXPOSURE, None], [*PROBLEMS, 3])


@pytest.mark.parametrize("degree", [1, 2])
def test_diagnostics_agree_with_statsmodels(degree: int) -> None:
    design = np.vander(EXPOSURE, degree + 1, increasing=True)
    reference = OLSInfluence(sm.OLS(PROBLEMS, design).fit())

    result = line_diagnostics(EXPOSURE, PROBLEMS, degree=degree)

    assert_allclose(result.leverage, reference.hat_matrix_diag, rtol=1e-9)
    assert_allclose(result.studentised, reference.resid_studentized_internal, rtol=1e-9)
    assert_allclose(result.cooks_distance, reference.cooks_distance[0], rtol=1e-9)
    assert result.influential.size == 0
    assert result.n == 8


def test_one_person_who_decides_the_line_is_named() -> None:
    result = line_diagnostics([1, 2, 3, 4, 30, None], [1, 2, 2, 3, 0, 1], missing="complete")

    assert_array_equal(result.influential, [4])


def test_person_who_alone_determines_the_line_is_refused() -> None:
    with pytest.raises(ValueError, match="Person 3 alone determines the line"):
        line_diagnostics([2, 2, 2, 7], [1, 2, 3, 9])


@pytest.mark.parametrize("reliability", [0.6, 0.7, 0.8, 0.9])
def test_bias_is_what_error_in_exposure_brings_about(reliability: float) -> None:
    # Simulation: everybody reacts alike, problems = true exposure + noise, and exposure is
    # measured with the given reliability. A group one SD more burdened then seems reactive.
    generator = np.random.default_rng(20210101)
    burden = generator.normal(size=400_000)
    noise = generator.normal(size=burden.size) * math.sqrt(1 / reliability - 1)
    problems = burden + generator.normal(size=burden.size)
    line = fit_line(burden + noise, problems)

    result = fairness_check(line, 1, 1, reliability=reliability)

    assert_allclose(result.corrected, 0, atol=0.01)
    assert_allclose(
        result.bias, (1 - reliability) / math.sqrt(2 - reliability), atol=0.01
    )  # closed form: the slope is reliability, the residual variance 1 + (1 - reliability)


def test_heavily_burdened_group_looks_worse_than_it_is() -> None:
    result = fairness_check(LINE, 9, 11)

    load, trouble = 9 - 6.125, 11 - 9.5
    assert_allclose(result.reactivity, (trouble - LINE.slope * load) / LINE.residual_sd)
    assert_allclose(result.corrected, (trouble - LINE.slope / 0.7 * load) / LINE.residual_sd)
    assert_allclose(result.bias, result.reactivity - result.corrected)
    assert result.bias > 0
    assert result.reliability == 0.7
    assert result.r_squared == LINE.r_squared
    assert result.sign == SIGN


def test_check_of_a_group_repeats_its_reactivity() -> None:
    result = fairness_check(LINE, 9, 11)

    assert_allclose(result.reactivity, score_reactivity(LINE, [9], [11]).values[0], rtol=1e-12)


def test_comparison_that_turns_round_is_reported() -> None:
    result = fairness_check(LINE, 8, 10.5, compared_with=(6, 8))

    assert result.flips
    assert result.direction is Direction.MORE
    assert result.corrected_direction is Direction.FEWER


def test_change_at_the_same_exposure_is_unbiased() -> None:
    result = fairness_check(LINE, 6, 7, compared_with=(6, 9), reliability=0.5)

    assert result.bias == 0
    assert not result.flips
    assert result.direction is result.corrected_direction is Direction.FEWER


def test_perfect_reliability_changes_nothing() -> None:
    assert fairness_check(LINE, 9, 11, reliability=1).bias == 0


@pytest.mark.parametrize("reliability", [0, -0.1, 1.1, math.nan])
def test_reliability_must_be_possible(reliability: float) -> None:
    with pytest.raises(ValueError, match="reliability must be above 0 and up to 1"):
        fairness_check(LINE, 9, 11, reliability=reliability)


def test_means_must_be_finite_and_the_line_straight() -> None:
    with pytest.raises(ValueError, match="Means must be finite"):
        fairness_check(LINE, math.nan, 11)
    with pytest.raises(ValueError, match="Means must be finite"):
        fairness_check(LINE, 9, 11, compared_with=(math.inf, 3))
    with pytest.raises(ValueError, match="needs a straight line"):
        fairness_check(fit_line(EXPOSURE, PROBLEMS, degree=2), 9, 11)


@given(st.floats(0, 20), st.floats(0, 20), st.floats(0, 20), st.floats(0, 20))
def test_comparison_the_other_way_has_the_opposite_sign(
    load: float, trouble: float, other_load: float, other_trouble: float
) -> None:
    one = fairness_check(LINE, load, trouble, compared_with=(other_load, other_trouble))
    other = fairness_check(LINE, other_load, other_trouble, compared_with=(load, trouble))

    assert_allclose([one.reactivity, one.corrected], [-other.reactivity, -other.corrected])
    assert one.flips == other.flips
