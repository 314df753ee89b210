from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from measurement.group_reactivity import community_change_from_sums, community_mean_from_sums
from measurement.line_sums import LineSums, line_sums
from measurement.reactivity import Direction, score_reactivity
from measurement.reference_line import ReferenceLine, fit_line

# The worked example of the project's method notes, with all its digits.
EXPOSURE = [2, 4, 6, 8, 10, 3, 7, 9]
PROBLEMS = [5, 9, 8, 14, 13, 3, 14, 10]
LATER_EXPOSURE = [4, 6, 6, 9, 11, 5, 8, 9]
LATER_PROBLEMS = [6, 9, 7, 12, 12, 5, 11, 8]

LINE = fit_line(EXPOSURE, PROBLEMS)
CURVE = fit_line(EXPOSURE, PROBLEMS, degree=2)

people = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 36)), min_size=2, max_size=30)


def test_worked_example_problems_fell_little_while_exposure_rose() -> None:
    result = community_change_from_sums(LINE, difference_sums())

    assert (result.problems_change, result.exposure_change) == (-0.75, 1.125)
    assert_allclose(result.mean, -0.8469, atol=5e-5)
    assert result.direction is Direction.FEWER


def test_worked_example_community_mean_from_sums() -> None:
    scores = score_reactivity(LINE, LATER_EXPOSURE, LATER_PROBLEMS)

    result = community_mean_from_sums(LINE, line_sums(LATER_EXPOSURE, LATER_PROBLEMS))

    assert_allclose(result.mean, scores.values.mean(), rtol=0, atol=1e-15)
    assert (result.exposure_mean, result.problems_mean, result.n) == (7.25, 8.75, 8)
    assert result.r_squared == LINE.r_squared
    assert result.direction is Direction.FEWER


def test_group_at_a_published_line_has_no_error_of_the_line() -> None:
    line = replace(LINE, covariance=None)

    assert community_mean_from_sums(line, line_sums([5, 6], [5, 7])).line_standard_error is None


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


def test_error_of_a_curved_line_is_that_of_the_mean_of_its_powers() -> None:
    place = [[1, 5.5, (25 + 36) / 2]]
    design = np.vander(EXPOSURE, 3, increasing=True)
    reference = sm.OLS(PROBLEMS, design).fit().get_prediction(place)

    result = community_mean_from_sums(CURVE, line_sums([5, 6], [5, 7]))

    assert result.line_standard_error is not None
    assert_allclose(result.line_standard_error * CURVE.residual_sd, reference.se_mean, rtol=1e-8)


def test_change_needs_no_sums_of_powers() -> None:
    result = community_change_from_sums(LINE, LineSums(2, 3, -2, 5, -3, 2))

    assert result.n == 2
    assert result.r_squared == LINE.r_squared


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
    with pytest.raises(ValueError, match=r"^The change by a curved line cannot be"):
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


def difference_sums() -> LineSums:
    exposure = [Fraction(b - a) for a, b in zip(EXPOSURE, LATER_EXPOSURE, strict=True)]
    problems = [Fraction(b - a) for a, b in zip(PROBLEMS, LATER_PROBLEMS, strict=True)]
    return line_sums(exposure, problems)
