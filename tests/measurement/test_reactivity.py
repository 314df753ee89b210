from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from measurement.group_reactivity import community_change_from_sums, community_mean_from_sums
from measurement.line_sums import line_sums
from measurement.reactivity import SIGN, Direction, score_reactivity
from measurement.reference_line import ReferenceLine, fit_line

# The worked example of the project's method notes, with all its digits.
EXPOSURE = [2, 4, 6, 8, 10, 3, 7, 9]
PROBLEMS = [5, 9, 8, 14, 13, 3, 14, 10]
LATER_EXPOSURE = [4, 6, 6, 9, 11, 5, 8, 9]
LATER_PROBLEMS = [6, 9, 7, 12, 12, 5, 11, 8]

LINE = fit_line(EXPOSURE, PROBLEMS)
CURVE = fit_line(EXPOSURE, PROBLEMS, degree=2)

people = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 36)), min_size=2, max_size=30)


def test_worked_example_scores() -> None:
    result = score_reactivity(LINE, EXPOSURE, PROBLEMS)

    # fmt: off
    expected = [0.0952, 0.8039, -0.5633, 0.9758, -0.3914, -1.2111, 1.4518, -1.1609]
    # fmt: on
    assert_allclose(result.values, expected, atol=5e-5)
    assert_allclose(result.resilience, -result.values)
    assert (result.n, result.n_outside_range) == (8, 0)
    assert result.r_squared == LINE.r_squared


def test_worked_example_follow_up_by_the_fixed_line() -> None:
    result = score_reactivity(LINE, LATER_EXPOSURE, LATER_PROBLEMS)

    # fmt: off
    expected = [-1.0637, -0.3567, -2.3567, -0.7962, -3.0892, -3.2102, -0.6497, -4.7962]
    # fmt: on
    assert_allclose(result.values * LINE.residual_sd, expected, atol=5e-5)
    change = result.values - score_reactivity(LINE, EXPOSURE, PROBLEMS).values
    assert_allclose(change.mean(), -0.8469, atol=5e-5)


def test_worked_example_flags_the_person_whose_load_the_line_never_saw() -> None:
    result = score_reactivity(LINE, LATER_EXPOSURE, LATER_PROBLEMS)

    assert_array_equal(np.flatnonzero(result.outside_range), [4])
    assert result.n_outside_range == 1


def test_range_includes_its_ends() -> None:
    result = score_reactivity(LINE, [1.9, 2, 10, 10.1], [5, 5, 5, 5])

    assert_array_equal(result.outside_range, [True, False, False, True])


def test_worked_example_refitted_line_hides_everything() -> None:
    refitted = fit_line(LATER_EXPOSURE, LATER_PROBLEMS)

    result = score_reactivity(refitted, LATER_EXPOSURE, LATER_PROBLEMS)

    assert_allclose([refitted.intercept, refitted.slope], [1.8671, 0.9494], atol=5e-5)
    assert_allclose(result.values.mean(), 0, atol=1e-14)


def test_worked_example_person_under_more_load_is_the_more_resilient() -> None:
    result = score_reactivity(LINE, EXPOSURE, PROBLEMS)

    assert result.resilience[7] > result.resilience[1]
    assert PROBLEMS[7] > PROBLEMS[1]


def test_own_sample_of_a_line_has_mean_0_and_sd_1() -> None:
    result = score_reactivity(LINE, EXPOSURE, PROBLEMS)

    assert_allclose(result.values.mean(), 0, atol=1e-14)
    assert_allclose(result.values.std(ddof=1), 1, rtol=1e-14)
    assert_allclose(np.corrcoef(result.values, EXPOSURE)[0, 1], 0, atol=1e-14)
    # Most of stressor reactivity is problems where exposure predicts little.
    assert_allclose(
        np.corrcoef(result.values, PROBLEMS)[0, 1], np.sqrt(1 - LINE.r_squared), rtol=1e-14
    )


@pytest.mark.parametrize("line", [LINE, CURVE])
def test_standard_error_is_that_of_a_prediction(line: ReferenceLine) -> None:
    design = np.vander(EXPOSURE, line.degree + 1, increasing=True)
    fresh = np.vander([1, 6, 12], line.degree + 1, increasing=True)
    reference = sm.OLS(PROBLEMS, design).fit().get_prediction(fresh)

    result = score_reactivity(line, [1, 6, 12], [3, 4, 5])

    assert result.standard_errors is not None
    assert_allclose(result.standard_errors * line.residual_sd, reference.se_obs, rtol=1e-10)


@pytest.mark.parametrize("field", ["covariance", "residual_variance"])
def test_published_line_without_covariance_has_no_standard_errors(field: str) -> None:
    line = replace(LINE, **{field: None})  # type: ignore[arg-type]  # either of two fields

    assert score_reactivity(line, [5], [5]).standard_errors is None


def test_every_result_says_what_the_sign_means() -> None:
    sums = line_sums([5, 6], [5, 7])

    assert score_reactivity(LINE, [5], [5]).sign == SIGN
    assert community_mean_from_sums(LINE, sums).sign == SIGN
    assert community_change_from_sums(LINE, sums).sign == SIGN
    assert "Above 0: more problems than usual for this load, less resilient." in SIGN
    assert "Below 0: fewer problems than usual for this load, more resilient." in SIGN


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.1, "more problems than usual for this load"),
        (0, "as many problems as usual for this load"),
        (-0.1, "fewer problems than usual for this load"),
    ],
)
def test_direction_in_words(value: float, words: str) -> None:
    assert Direction.of(value) == words


def test_scores_stay_beside_their_persons() -> None:
    result = score_reactivity(LINE, [2, None, 6], [5, 4, 8], missing="complete")

    assert_array_equal(result.respondents, [0, 2])
    assert_allclose(result.values, [0.0952, -0.5633], atol=5e-5)
    with pytest.raises(ValueError, match="exposure has 1 missing"):
        score_reactivity(LINE, [2, None, 6], [5, 4, 8])


def test_nobody_is_scored() -> None:
    result = score_reactivity(LINE, [], [])

    assert (result.n, result.values.size) == (0, 0)


def test_curved_line_scores_by_its_curve() -> None:
    fitted = np.polynomial.Polynomial.fit(EXPOSURE, PROBLEMS, 2)

    result = score_reactivity(CURVE, [3, 8], [4, 4])

    assert_allclose(result.values * CURVE.residual_sd, 4 - fitted(np.array([3, 8])), rtol=1e-9)


@given(people, st.integers(1, 5), st.integers(-9, 9))
def test_reactivity_does_not_depend_on_the_unit_of_problems(
    rows: list[tuple[int, int]], scale: int, shift: int
) -> None:
    exposure, problems = (np.array(column) for column in zip(*rows, strict=True))
    other_unit = fit_line(EXPOSURE, [scale * value + shift for value in PROBLEMS])

    original = score_reactivity(LINE, exposure, problems).values
    changed = score_reactivity(other_unit, exposure, scale * problems + shift).values

    assert_allclose(changed, original, atol=1e-9)
