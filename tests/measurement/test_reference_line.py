import math
from dataclasses import FrozenInstanceError, replace
from fractions import Fraction

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from measurement.exposure import StressorClass
from measurement.line_sums import LineSums, line_sums
from measurement.reference_line import ReferenceLine, fit_line, fit_line_from_sums

# The worked example of the project's method notes, with all its digits.
EXPOSURE = [2, 4, 6, 8, 10, 3, 7, 9]
PROBLEMS = [5, 9, 8, 14, 13, 3, 14, 10]

people = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 36)), min_size=5, max_size=30
).filter(lambda rows: len({load for load, _ in rows}) > 3)


def constants(line: ReferenceLine) -> list[float]:
    covariance = [entry for row in line.covariance or () for entry in row]
    return [
        line.intercept,
        line.slope,
        line.curvature,
        line.residual_sd,
        line.r_squared,
        line.residual_variance or 0,
        line.exposure_mean,
        line.exposure_low,
        line.exposure_high,
        *covariance,
    ]


def test_worked_example() -> None:
    line = fit_line(EXPOSURE, PROBLEMS)

    assert_allclose(line.slope, 1.146497, atol=5e-7)
    assert_allclose(line.intercept, 2.477707, atol=5e-7)
    assert_allclose(line.r_squared, 0.6558, atol=5e-5)
    assert_allclose(line.residual_sd, 2.408659, atol=5e-7)
    assert (line.n, line.degree, line.curvature) == (8, 1, 0)
    assert (line.exposure_low, line.exposure_mean, line.exposure_high) == (2, 6.125, 10)
    assert line.method == "ordinary least squares"


def test_worked_example_residuals() -> None:
    # fmt: off
    expected = [0.2293, 1.9363, -1.3567, 2.3503, -0.9427, -2.9172, 3.4968, -2.7962]
    # fmt: on
    line = fit_line(EXPOSURE, PROBLEMS)

    assert_allclose(PROBLEMS - line.expected(np.array(EXPOSURE)), expected, atol=5e-5)


@pytest.mark.parametrize("degree", [1, 2])
def test_line_agrees_with_statsmodels(degree: int) -> None:
    design = np.vander(EXPOSURE, degree + 1, increasing=True)
    reference = sm.OLS(PROBLEMS, design).fit()

    line = fit_line(EXPOSURE, PROBLEMS, degree=degree)

    assert_allclose(
        [line.intercept, line.slope, line.curvature][: degree + 1], reference.params, rtol=1e-10
    )
    assert line.covariance is not None
    assert line.residual_variance is not None
    assert_allclose(line.covariance, reference.cov_params(), rtol=1e-9)
    assert_allclose(line.residual_variance, reference.mse_resid, rtol=1e-12)
    assert_allclose(line.residual_sd, np.std(reference.resid, ddof=1), rtol=1e-12)
    assert_allclose(line.r_squared, reference.rsquared, rtol=1e-12)
    assert line.degree == degree


@pytest.mark.parametrize("degree", [1, 2])
@given(rows=people)
def test_sums_give_the_same_line_as_the_rows(rows: list[tuple[int, int]], degree: int) -> None:
    exposure, problems = zip(*rows, strict=True)
    try:
        line = fit_line(exposure, problems, degree=degree)
    except ValueError as error:
        assert "vary around the line" in str(error)  # noqa: PT017 -- the rare exact fit
        return

    from_sums = fit_line_from_sums(
        line_sums(exposure, problems),
        exposure_range=(min(exposure), max(exposure)),
        degree=degree,
    )

    assert_allclose(constants(from_sums), constants(line), rtol=1e-7, atol=1e-9)
    assert (from_sums.n, from_sums.degree, from_sums.method) == (line.n, degree, line.method)


def test_exact_sums_keep_digits_far_from_zero() -> None:
    far = [Fraction(10**9) + load for load in EXPOSURE]
    sums = LineSums(
        8,
        sum(far),
        sum(PROBLEMS),
        sum(load**2 for load in far),
        sum(load * trouble for load, trouble in zip(far, PROBLEMS, strict=True)),
        sum(trouble**2 for trouble in PROBLEMS),
    )

    line = fit_line_from_sums(sums, exposure_range=(10**9, 10**9 + 10))

    assert_allclose(line.slope, 1.146497, atol=5e-7)
    assert_allclose(line.residual_sd, 2.408659, atol=5e-7)


@pytest.mark.parametrize("absent", ["exposure_cubes", "exposure_fourths", "squares_products"])
def test_curved_line_needs_every_sum(absent: str) -> None:
    sums = replace(line_sums(EXPOSURE, PROBLEMS), **{absent: None})  # type: ignore[arg-type]  # one of three

    with pytest.raises(ValueError, match=r"^A curved line needs the sums of cubes"):
        fit_line_from_sums(sums, exposure_range=(2, 10), degree=2)
    assert fit_line_from_sums(sums, exposure_range=(2, 10)).n == 8


@pytest.mark.parametrize("degree", [1, 2])
def test_sums_of_small_exposures_make_a_line(degree: int) -> None:
    exposure = [Fraction(load, 1000) for load in EXPOSURE]

    line = fit_line_from_sums(
        line_sums(exposure, PROBLEMS), exposure_range=(0.002, 0.01), degree=degree
    )

    assert_allclose(constants(line), constants(fit_line(exposure, PROBLEMS, degree=degree)))


def test_sums_of_one_exposure_make_no_line() -> None:
    with pytest.raises(ValueError, match=r"^exposure must take more different values"):
        fit_line_from_sums(line_sums([2, 2, 2], [1, 2, 4]), exposure_range=(1, 3))


def test_rows_keep_digits_far_from_zero() -> None:
    line = fit_line([10**9 + load for load in EXPOSURE], PROBLEMS)

    assert_allclose([line.slope, line.residual_sd], [1.146497, 2.408659], atol=5e-7)


@pytest.mark.parametrize("degree", [1, 2])
@pytest.mark.parametrize("unit", [1, 0.1, 1 / 3])
def test_exposure_that_predicts_nothing_is_a_line_too(unit: float, degree: int) -> None:
    exposure = [-unit, 0, unit] * 4
    problems = [unit] * 3 + [-unit] * 3 + [2 * unit] * 3 + [0] * 3

    line = fit_line(exposure, problems, degree=degree)

    assert 0 <= line.r_squared < 1e-15
    assert_allclose([line.slope, line.curvature], 0, atol=1e-14)


def test_sums_without_powers_stay_without() -> None:
    short = LineSums(1, 1, 1, 1, 1, 1)

    assert short + line_sums([1], [1]) == LineSums(2, 2, 2, 2, 2, 2)
    with pytest.raises(ValueError, match="A curved line needs the sums of cubes"):
        fit_line_from_sums(line_sums([1, 2, 3], [1, 2, 4]) + short, exposure_range=(1, 3), degree=2)


def test_line_keeps_the_constants_of_exposure() -> None:
    classes = (StressorClass("hassles", 3, 2, 90),)

    from_rows = fit_line(EXPOSURE, PROBLEMS, stressor_classes=classes)
    from_sums = fit_line_from_sums(
        line_sums(EXPOSURE, PROBLEMS), exposure_range=(2, 10), stressor_classes=classes
    )

    assert from_rows.stressor_classes == from_sums.stressor_classes == classes


def test_winsorising_pulls_in_outliers_for_the_fit_only() -> None:
    exposure = [*EXPOSURE * 3, 6]
    problems = [*PROBLEMS * 3, 60]
    mean, deviation = np.mean(problems), np.std(problems, ddof=1)
    pulled_in = [*PROBLEMS * 3, mean + 3 * deviation]
    reference = sm.OLS(pulled_in, sm.add_constant(exposure)).fit()

    line = fit_line(exposure, problems, winsorise=3)

    assert_allclose([line.intercept, line.slope], reference.params, rtol=1e-10)
    assert_allclose(line.r_squared, reference.rsquared, rtol=1e-10)
    raw = np.array(problems) - reference.predict(sm.add_constant(exposure))
    assert_allclose(line.residual_sd, np.std(raw, ddof=1), rtol=1e-10)
    assert line.method == "ordinary least squares, winsorised"


def test_winsorising_leaves_data_without_outliers_alone() -> None:
    assert_allclose(
        constants(fit_line(EXPOSURE, PROBLEMS, winsorise=3)),
        constants(fit_line(EXPOSURE, PROBLEMS)),
    )


def test_persons_with_both_values_are_kept_on_request() -> None:
    exposure, problems = [*EXPOSURE, None, 5], [*PROBLEMS, 7, float("nan")]

    assert fit_line(exposure, problems, missing="complete") == fit_line(EXPOSURE, PROBLEMS)
    with pytest.raises(ValueError, match="exposure has 1 missing"):
        fit_line(exposure, problems)
    with pytest.raises(ValueError, match="problems has 1 missing"):
        fit_line([*EXPOSURE, 5], [*PROBLEMS, None])


@pytest.mark.parametrize(
    ("exposure", "problems", "degree", "message"),
    [
        ([], [], 1, "A line of degree 1 needs 3 persons, not 0"),
        ([1], [1], 1, "needs 3 persons, not 1"),
        ([1, 2], [1, 2], 1, "needs 3 persons, not 2"),
        ([1, 2, 3], [1, 2, 4], 2, "A line of degree 2 needs 4 persons, not 3"),
        ([2, 2, 2], [1, 2, 4], 1, "exposure must take at least 2 different values, not 1"),
        ([1, 2, 2, 1], [1, 2, 4, 3], 2, "exposure must take at least 3 different values, not 2"),
        ([1, 2, 3], [5, 5, 5], 1, "problems must vary around the line"),
        ([1, 2, 3], [1, 2, 3], 1, "problems must vary around the line"),
        ([1, 2, 3], [1, 2], 1, "must be equally long, not 3 and 2"),
        ([1, 2, 4], [1, 2, 3], 3, "degree must be 1 or 2, not 3"),
    ],
)
def test_no_line_without_enough_information(
    exposure: list[float], problems: list[float], degree: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        fit_line(exposure, problems, degree=degree)


@pytest.mark.parametrize(
    ("exposure", "problems", "degree", "message"),
    [
        ([1, 2], [1, 2], 1, "needs 3 persons, not 2"),
        ([2, 2, 2], [1, 2, 4], 1, "exposure_range must ascend, not 2 and 2"),
        ([1, 2, 2, 1], [1, 2, 4, 3], 2, "^exposure must take more different values"),
        ([1, 2, 3], [1, 2, 3], 1, "problems must vary around the line"),
        ([1, 2, 4], [1, 2, 3], 0, "degree must be 1 or 2, not 0"),
    ],
)
def test_no_line_from_sums_without_enough_information(
    exposure: list[int], problems: list[int], degree: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        fit_line_from_sums(
            line_sums(exposure, problems),
            exposure_range=(min(exposure), max(exposure)),
            degree=degree,
        )


@pytest.mark.parametrize("deviations", [0, -1, math.nan])
def test_winsorising_needs_a_positive_distance(deviations: float) -> None:
    with pytest.raises(ValueError, match="winsorise must be positive"):
        fit_line(EXPOSURE, PROBLEMS, winsorise=deviations)


def test_line_is_frozen() -> None:
    line = fit_line(EXPOSURE, PROBLEMS)

    with pytest.raises(FrozenInstanceError):
        line.slope = 1  # type: ignore[misc]  # what must not work


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"residual_sd": 0}, "residual_sd must be positive, not 0"),
        ({"residual_sd": math.nan}, "residual_sd must be positive, not nan"),
        ({"r_squared": 1.1}, "r_squared must lie between 0 and 1"),
        ({"r_squared": -0.1}, "r_squared must lie between 0 and 1"),
        ({"exposure_mean": 11}, "exposure_mean 11 must lie within"),
        ({"exposure_low": 9}, "exposure_mean 6.125 must lie within"),
        ({"curvature": 0.1}, "A line of degree 1 has no curvature"),
        ({"degree": 3}, "degree must be 1 or 2"),
        ({"degree": 2}, "covariance must have 3 rows, not 2"),
    ],
)
def test_published_line_must_make_sense(change: dict[str, float], message: str) -> None:
    line = fit_line(EXPOSURE, PROBLEMS)

    with pytest.raises(ValueError, match=message):
        replace(line, **change)  # type: ignore[arg-type]  # one field at a time


def test_published_line_may_lack_a_covariance() -> None:
    line = ReferenceLine(
        n=15970,
        intercept=2,
        slope=0.5,
        curvature=0,
        residual_sd=4,
        r_squared=0.3,
        exposure_mean=10,
        exposure_low=0,
        exposure_high=29,
    )

    assert (line.method, line.covariance, line.degree) == ("external", None, 1)
