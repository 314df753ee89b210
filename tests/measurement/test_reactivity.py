from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from measurement.reactivity import (
    SIGN,
    Direction,
    community_change_from_sums,
    community_mean_from_sums,
    score_reactivity,
)
from measurement.reference_line import LineSums, ReferenceLine, fit_line, line_sums

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


def test_worked_example_problems_fell_little_while_exposure_rose() -> None:
    result = community_change_from_sums(LINE, difference_sums())

    assert (result.problems_change, result.exposure_change) == (-0.75, 1.125)
    assert_allclose(result.mean, -0.8469, atol=5e-5)
    assert result.direction is Direction.FEWER


def test_worked_example_person_under_more_load_is_the_more_resilient() -> None:
    result = score_reactivity(LINE, EXPOSURE, PROBLEMS)

    assert result.resilience[7] > result.resilience[1]
    assert PROBLEMS[7] > PROBLEMS[1]


def test_worked_example_community_mean_from_sums() -> None:
    scores = score_reactivity(LINE, LATER_EXPOSURE, LATER_PROBLEMS)

    result = community_mean_from_sums(LINE, line_sums(LATER_EXPOSURE, LATER_PROBLEMS))

    assert_allclose(result.mean, scores.values.mean(), rtol=0, atol=1e-15)
    assert (result.exposure_mean, result.problems_mean, result.n) == (7.25, 8.75, 8)
    assert result.r_squared == LINE.r_squared
    assert result.direction is Direction.FEWER


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


def test_group_at_a_published_line_has_no_error_of_the_line() -> None:
    line = replace(LINE, covariance=None)

    assert community_mean_from_sums(line, line_sums([5, 6], [5, 7])).line_standard_error is None


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


@pytest.mark.parametrize("line", [LINE, CURVE])
@given(rows=people)
def test_sums_give_the_mean_and_interval_of_the_scores(
    line: ReferenceLine, rows: list[tuple[int, int]]
) -> None:
    exposure, problems = zip(*rows, strict=True)
    scores = score_reactivity(line, exposure, problems).values

    result = community_mean_from_sums(line, line_sums(exposure, problems), confidence=0.9)

    assert_allclose(result.mean, scores.mean(), atol=1e-12)
    assert result.standard_error is not None
    assert result.low is not None
    assert result.high is not None
    reach = stats.t.ppf(0.95, scores.size - 1) * stats.sem(scores)
    assert_allclose(
        [result.low, result.high], [scores.mean() - reach, scores.mean() + reach], atol=1e-7
    )
    assert_allclose(result.standard_error, stats.sem(scores), atol=1e-7)
    assert result.confidence == 0.9


def test_line_error_is_that_of_the_fitted_mean() -> None:
    reference = sm.OLS(PROBLEMS, sm.add_constant(EXPOSURE)).fit().get_prediction([[1, 5.5]])

    result = community_mean_from_sums(LINE, line_sums([5, 6], [5, 7]))

    assert result.line_standard_error is not None
    assert_allclose(result.line_standard_error * LINE.residual_sd, reference.se_mean, rtol=1e-10)


@pytest.mark.parametrize(("load", "outside"), [(1, True), (2, False), (10, False), (11, True)])
def test_group_outside_the_range_is_flagged(load: int, outside: bool) -> None:  # noqa: FBT001 -- a table of cases
    assert community_mean_from_sums(LINE, line_sums([load], [5])).outside_range is outside


def test_one_person_has_a_mean_and_no_interval() -> None:
    level = community_mean_from_sums(LINE, line_sums([5], [5]))
    change = community_change_from_sums(LINE, line_sums([1], [2]))

    assert (level.low, level.high, level.standard_error) == (None, None, None)
    assert (change.low, change.high, change.standard_error) == (None, None, None)
    assert (level.n, change.n) == (1, 1)


def test_nobody_has_no_mean() -> None:
    nobody = LineSums(0, 0, 0, 0, 0, 0)

    with pytest.raises(ValueError, match="about at least 1 person, not 0"):
        community_mean_from_sums(LINE, nobody)
    with pytest.raises(ValueError, match="about at least 1 person, not 0"):
        community_change_from_sums(LINE, nobody)


def test_confidence_must_be_a_share() -> None:
    with pytest.raises(ValueError, match="confidence must lie between 0 and 1"):
        community_mean_from_sums(LINE, line_sums([5], [5]), confidence=95)
    with pytest.raises(ValueError, match="confidence must lie between 0 and 1"):
        community_change_from_sums(LINE, line_sums([5], [5]), confidence=95)


def test_curved_line_needs_more_sums() -> None:
    with pytest.raises(ValueError, match="A curved line needs the sums of cubes"):
        community_mean_from_sums(CURVE, LineSums(2, 11, 12, 61, 67, 74))
    with pytest.raises(ValueError, match="cannot be computed from differences"):
        community_change_from_sums(CURVE, difference_sums())


def test_float_sums_never_give_a_negative_variance() -> None:
    # Everybody has the same distance from the line; 0.1 is not exact in binary.
    sums = LineSums(3, 3 * 0.1, 3 * 0.1, 3 * 0.1 * 0.1, 3 * 0.1 * 0.1, 3 * 0.1 * 0.1)

    assert community_mean_from_sums(LINE, sums).standard_error == pytest.approx(0, abs=1e-8)


@given(people)
def test_change_from_sums_is_the_paired_change_of_the_scores(rows: list[tuple[int, int]]) -> None:
    exposure, problems = (np.array(column) for column in zip(*rows, strict=True))
    before = score_reactivity(LINE, exposure, problems).values
    after = score_reactivity(LINE, exposure[::-1] + 1, problems[::-1] - 2).values
    change = after - before
    reach = stats.t.ppf(0.975, change.size - 1) * stats.sem(change)

    result = community_change_from_sums(
        LINE, line_sums(exposure[::-1] + 1 - exposure, problems[::-1] - 2 - problems)
    )

    assert result.standard_error is not None
    assert result.low is not None
    assert result.high is not None
    assert_allclose(
        [result.mean, result.low, result.high],
        [change.mean(), change.mean() - reach, change.mean() + reach],
        atol=1e-7,
    )
    assert_allclose(result.standard_error, stats.sem(change), atol=1e-7)
    assert (result.n, result.confidence) == (change.size, 0.95)


@given(people, st.integers(1, 5), st.integers(-9, 9))
def test_reactivity_does_not_depend_on_the_unit_of_problems(
    rows: list[tuple[int, int]], scale: int, shift: int
) -> None:
    exposure, problems = (np.array(column) for column in zip(*rows, strict=True))
    other_unit = fit_line(EXPOSURE, [scale * value + shift for value in PROBLEMS])

    original = score_reactivity(LINE, exposure, problems).values
    changed = score_reactivity(other_unit, exposure, scale * problems + shift).values

    assert_allclose(changed, original, atol=1e-9)


def difference_sums() -> LineSums:
    exposure = [Fraction(b - a) for a, b in zip(EXPOSURE, LATER_EXPOSURE, strict=True)]
    problems = [Fraction(b - a) for a, b in zip(PROBLEMS, LATER_PROBLEMS, strict=True)]
    return line_sums(exposure, problems)
