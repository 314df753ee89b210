import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from measurement.windows import long_term_mean, sliding_means, trajectory_area

NAN = float("nan")


def test_long_term_mean_averages_what_was_completed() -> None:
    result = long_term_mean([[1, 2, 3], [4, None, 8], [None, NAN, 5]])

    assert_array_equal(result.values, [2, 6])
    assert_array_equal(result.respondents, [0, 1])
    assert (result.n, result.n_left_out) == (2, 1)
    assert (result.first_occasion, result.last_occasion) == (0, 2)


@pytest.mark.parametrize(
    ("share", "kept"), [(1, [0]), (2 / 3, [0, 1]), (0.34, [0, 1]), (0.33, [0, 1, 2])]
)
def test_minimum_share_decides_who_is_left_out(share: float, kept: list[int]) -> None:
    result = long_term_mean([[1, 2, 3], [4, None, 8], [None, None, 5]], minimum_share=share)

    assert_array_equal(result.respondents, kept)


def test_windows_slide_by_one_occasion() -> None:
    windows = sliding_means([[1, 3, 8, 2]], width=2)

    assert [window.values.tolist() for window in windows] == [[2], [5.5], [5]]
    assert [(w.first_occasion, w.last_occasion) for w in windows] == [(0, 1), (1, 2), (2, 3)]


def test_window_of_one_is_the_single_occasion() -> None:
    windows = sliding_means([[1, None], [2, 4]], width=1)

    assert [window.values.tolist() for window in windows] == [[1, 2], [4]]
    assert [window.n_left_out for window in windows] == [0, 1]


def test_who_is_left_out_is_counted_in_persons() -> None:
    result = long_term_mean([[1, 2], [None, None], [None, None], [3, 4]])

    assert (result.n, result.n_left_out) == (2, 2)


def test_infinite_values_are_named() -> None:
    with pytest.raises(ValueError, match=r"^values must be finite"):
        long_term_mean([[math.inf]])
    with pytest.raises(ValueError, match=r"^values must be finite"):
        sliding_means([[math.inf]], width=1)
    with pytest.raises(ValueError, match=r"^values must be finite"):
        trajectory_area([math.inf, 1], baseline=0)
    with pytest.raises(ValueError, match=r"^times must be finite"):
        trajectory_area([1, 1], baseline=0, times=[0, math.inf])


def test_nobody_left_is_an_empty_window() -> None:
    assert long_term_mean([[None, None]]).n == 0


@pytest.mark.parametrize("width", [0, 3])
def test_width_must_fit(width: int) -> None:
    with pytest.raises(
        ValueError, match=f"width must lie between 1 and the 2 occasions, not {width}"
    ):
        sliding_means([[1, 2]], width=width)


@pytest.mark.parametrize("share", [0, 1.1, NAN])
def test_minimum_share_must_be_a_share(share: float) -> None:
    with pytest.raises(ValueError, match="minimum_share must be above 0 and up to 1"):
        sliding_means([[1, 2]], width=1, minimum_share=share)


def test_area_of_the_published_example() -> None:
    # Example trajectory of the R package arse (area of resilience to stress event): 223.
    scores = [75, 53, 37, 25, 27, 35, 50, 75, 75, 75]

    result = trajectory_area(scores, baseline=75)

    assert (result.below, result.above, result.net, result.n_occasions) == (223, 0, -223, 10)


def test_area_is_split_where_the_line_crosses_the_baseline() -> None:
    result = trajectory_area([2, -1, -1, 3], baseline=0, times=[0, 3, 4, 8])

    # Triangles: 2 high over 2, 1 high over 1, the strip of 1, 1 high over 1, 3 high over 3.
    assert_allclose([result.above, result.below], [2 + 4.5, 0.5 + 1 + 0.5])
    assert_allclose(result.net, np.trapezoid([2, -1, -1, 3], [0, 3, 4, 8]))


def test_area_of_small_distances() -> None:
    result = trajectory_area([0.5, -0.25, 0.125, 0.25], baseline=0)

    # Down through zero after 2/3 of the first step, up again after 2/3 of the second.
    above = 0.5 * (2 / 3) / 2 + 0.125 * (1 / 3) / 2 + (0.125 + 0.25) / 2
    below = 0.25 * (1 / 3) / 2 + 0.25 * (2 / 3) / 2
    assert_allclose([result.above, result.below], [above, below])


@pytest.mark.parametrize(
    ("values", "times", "message"),
    [
        ([1], None, "at least 2 occasions, not 1"),
        ([], None, "at least 2 occasions, not 0"),
        ([1, 2], [1, 1], "^times must ascend"),
        ([1, 2], [1, 2, 3], "times must hold 2 moments, not 3"),
        ([1, None], None, "missing"),
    ],
)
def test_area_refuses_what_is_no_trajectory(
    values: list[float], times: list[float] | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        trajectory_area(values, baseline=0, times=times)


def test_area_needs_a_finite_baseline() -> None:
    with pytest.raises(ValueError, match="baseline must be finite, not nan"):
        trajectory_area([1, 2], baseline=NAN)


@given(
    st.lists(st.integers(-50, 50), min_size=2, max_size=12),
    st.integers(-50, 50),
    st.integers(-20, 20),
)
def test_area_keeps_its_net_and_mirrors(scores: list[int], baseline: int, shift: int) -> None:
    result = trajectory_area(scores, baseline=baseline)
    mirrored = trajectory_area([-score for score in scores], baseline=-baseline)
    moved = trajectory_area([score + shift for score in scores], baseline=baseline + shift)

    assert_allclose(result.net, np.trapezoid(np.array(scores) - baseline), atol=1e-9)
    assert_allclose([mirrored.below, mirrored.above], [result.above, result.below], atol=1e-9)
    assert moved == result
    assert result.below >= 0
    assert result.above >= 0
