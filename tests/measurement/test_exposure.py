import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from measurement.exposure import (
    StressorClass,
    combined_exposure,
    fit_stressor_classes,
    stressor_count,
    stressor_severity,
)

NAN = float("nan")


def test_count_is_the_number_of_stressors_that_were_met() -> None:
    assert_array_equal(stressor_count([[0, 1, 5], [0, 0, 0], [2, 3, 1]]), [2, 0, 3])


def test_severity_is_the_sum_of_the_ratings() -> None:
    assert_array_equal(stressor_severity([[0, 1, 5], [0, 0, 0], [2, 3, 1]]), [6, 0, 6])


@pytest.mark.parametrize("function", [stressor_count, stressor_severity])
def test_a_missing_rating_is_never_a_stressor_that_was_not_met(function: object) -> None:
    assert callable(function)

    assert_array_equal(
        function([[1, None], [2, 3]], missing="keep"), function([[NAN, 1], [2, 3]], missing="keep")
    )
    assert_array_equal(np.isnan(function([[1, None], [2, 3]], missing="keep")), [True, False])
    with pytest.raises(ValueError, match=r"ratings has 1 missing value\(s\)\."):
        function([[1, None], [2, 3]])


@pytest.mark.parametrize("function", [stressor_count, stressor_severity])
def test_ratings_are_not_negative(function: object) -> None:
    assert callable(function)

    with pytest.raises(ValueError, match=r"ratings must not be negative; found -2\.0\."):
        function([[0, -1], [None, -2]], missing="keep")


def test_unknown_policy_for_missing_ratings_is_refused() -> None:
    with pytest.raises(ValueError, match="missing must be raise or keep, not 'zero'"):
        stressor_count([[1]], missing="zero")  # type: ignore[arg-type]  # what a caller may try


def test_no_respondents_have_no_exposure() -> None:
    assert stressor_count([]).size == 0
    assert stressor_severity([]).size == 0


def test_classes_weigh_the_same_whatever_their_number_of_items() -> None:
    scores = {"hassles": [10, 20, 60, 30], "events": [1, 0, 3, 2]}

    classes = fit_stressor_classes(scores)

    expected = (
        stats.zscore(scores["hassles"], ddof=1) + stats.zscore(scores["events"], ddof=1)
    ) / 2
    assert_allclose(combined_exposure(scores, classes), expected, rtol=1e-14)
    assert [item.n for item in classes] == [4, 4]


def test_constants_stay_those_of_the_reference_period() -> None:
    classes = fit_stressor_classes({"hassles": [1, 2, 3], "events": [0, 2, 4]})

    later = combined_exposure({"events": [2, 8], "hassles": [2, 3]}, classes)

    assert classes == (StressorClass("hassles", 2, 1, 3), StressorClass("events", 2, 2, 3))
    assert_array_equal(later, [0, 2])


def test_missing_scores_leave_the_constants_and_mark_the_person() -> None:
    classes = fit_stressor_classes({"hassles": [1, None, 3]})

    assert classes == (StressorClass("hassles", 2, np.sqrt(2), 2),)
    assert_array_equal(combined_exposure({"hassles": [2, None]}, classes, missing="keep"), [0, NAN])
    with pytest.raises(ValueError, match="scores has 1 missing"):
        combined_exposure({"hassles": [2, None]}, classes)


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ({}, "^scores must name at least one class"),
        ({"hassles": [1]}, "hassles must have at least 2 scores, not 1"),
        ({"hassles": [None, None]}, "hassles must have at least 2 scores, not 0"),
        ({"hassles": [3, 3, 3]}, r"hassles must vary; every score is 3\.0"),
    ],
)
def test_classes_without_spread_are_refused(scores: dict[str, list[float]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fit_stressor_classes(scores)


def test_infinite_values_are_named() -> None:
    with pytest.raises(ValueError, match=r"^hassles must be finite"):
        fit_stressor_classes({"hassles": [float("inf"), 1]})
    with pytest.raises(ValueError, match=r"^ratings must be finite"):
        stressor_count([[float("inf")]])
    with pytest.raises(ValueError, match=r"^scores must be finite"):
        combined_exposure({"a": [float("inf")]}, [StressorClass("a", 0, 1, 5)])


def test_combined_exposure_needs_exactly_the_classes_of_the_line() -> None:
    classes = fit_stressor_classes({"hassles": [1, 2, 3]})

    with pytest.raises(
        ValueError, match=r"scores must hold the classes \['hassles'\], not \['events'\]"
    ):
        combined_exposure({"events": [1]}, classes)
    with pytest.raises(ValueError, match="must hold the classes"):
        combined_exposure({}, [])
    with pytest.raises(ValueError, match="rows of equal length"):
        combined_exposure(
            {"a": [1, 2], "b": [1]}, [StressorClass("a", 0, 1, 5), StressorClass("b", 0, 1, 5)]
        )


@pytest.mark.parametrize(("mean", "deviation"), [(NAN, 1), (0, 0), (0, NAN), (0, float("inf"))])
def test_constants_are_finite_and_spread_is_positive(mean: float, deviation: float) -> None:
    with pytest.raises(ValueError, match="of 'hassles' must be"):
        StressorClass("hassles", mean, deviation, 5)


@given(
    st.lists(st.integers(0, 50), min_size=3, max_size=20).filter(lambda x: len(set(x)) > 1),
    st.integers(1, 9),
    st.integers(0, 100),
)
def test_exposure_does_not_depend_on_unit_and_origin_of_a_class(
    scores: list[int], scale: int, shift: int
) -> None:
    moved = [scale * score + shift for score in scores]

    original = combined_exposure({"a": scores}, fit_stressor_classes({"a": scores}))
    changed = combined_exposure({"a": moved}, fit_stressor_classes({"a": moved}))

    assert_allclose(changed, original, atol=1e-12)
    assert_allclose(original.mean(), 0, atol=1e-12)
