import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from measurement.attacker import Interval
from measurement.differencing import (
    PublishedMean,
    Remainder,
    newcomers_mean,
    unsafe_changes,
    unsafe_remainders,
)


def exactly(mean: float, step: float, n: int) -> PublishedMean:
    return PublishedMean(mean, step, n, n)


def test_live_mean_gives_the_newest_answer_away() -> None:
    # Ten people with mean 20, then one who scores 31: published to two decimals.
    result = newcomers_mean(
        exactly(20.00, 0.01, 10), exactly(21.00, 0.01, 11), minimum=0, maximum=40
    )

    assert_allclose([result.low, result.high], [31 - 0.105, 31 + 0.105])


def test_one_decimal_leaves_about_one_point() -> None:
    result = newcomers_mean(exactly(20.0, 0.1, 10), exactly(21.0, 0.1, 11), minimum=0, maximum=40)

    assert_allclose(result.width / 2, 1.05)


def test_more_newcomers_share_the_difference() -> None:
    result = newcomers_mean(exactly(20, 0, 10), exactly(22, 0, 14), minimum=0, maximum=40)

    assert_allclose([result.low, result.high], [27, 27])


def test_scale_bounds_what_can_be_derived() -> None:
    result = newcomers_mean(exactly(20, 1, 100), exactly(20, 1, 101), minimum=0, maximum=40)

    assert result == Interval(0, 40)


def test_rounded_n_widens_the_result() -> None:
    known = newcomers_mean(exactly(20, 0, 10), exactly(22, 0, 15), minimum=0, maximum=40)
    rounded = newcomers_mean(
        PublishedMean(20, 0, 8, 12), PublishedMean(22, 0, 13, 17), minimum=0, maximum=40
    )

    # 12 and 13: all 13 * 22 - 12 * 20 = 46 points are one person's, more than the scale has;
    # 8 and 17: 17 * 22 - 8 * 20 = 214 points are shared by 9.
    assert_allclose([known.low, known.high], [26, 26])
    assert_allclose([rounded.low, rounded.high], [214 / 9, 40])


def test_sizes_that_could_not_be_are_left_out() -> None:
    result = newcomers_mean(
        PublishedMean(20, 0, 10, 12), PublishedMean(22, 0, 11, 11), minimum=0, maximum=100
    )

    assert_allclose([result.low, result.high], [42, 42])


def test_nobody_came() -> None:
    with pytest.raises(ValueError, match=r"^after must hold more persons than before"):
        newcomers_mean(exactly(20, 0, 10), exactly(22, 0, 10), minimum=0, maximum=40)


def test_scale_must_have_a_width() -> None:
    with pytest.raises(ValueError, match="minimum must be below maximum, not 4 and 4"):
        newcomers_mean(exactly(20, 0, 10), exactly(22, 0, 12), minimum=4, maximum=4)


@pytest.mark.parametrize(
    ("step", "low", "high", "message"),
    [
        (-1, 1, 1, "step must not be negative, not -1"),
        (0, 0, 1, "n must lie between 1 and more, not 0 and 1"),
        (0, 3, 2, "n must lie between 1 and more, not 3 and 2"),
    ],
)
def test_impossible_publications_are_refused(
    step: float, low: int, high: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        PublishedMean(20, step, low, high)


@given(
    st.lists(st.integers(0, 40), min_size=1, max_size=15),
    st.lists(st.integers(0, 40), min_size=1, max_size=15),
    st.sampled_from([0.01, 0.1, 1.0]),
)
def test_truth_lies_within_what_is_derived(first: list[int], came: list[int], step: float) -> None:
    def published(scores: list[int]) -> PublishedMean:
        mean = round(sum(scores) / len(scores) / step) * step
        return exactly(mean, step, len(scores))

    result = newcomers_mean(published(first), published(first + came), minimum=0, maximum=40)

    truth = sum(came) / len(came)
    assert result.low - 1e-9 <= truth <= result.high + 1e-9


def test_cells_in_which_too_few_changed() -> None:
    changes = {"none": 0, "one": 1, "nine": 9, "ten": 10}

    assert unsafe_changes(changes) == ("one", "nine")
    assert unsafe_changes(changes, threshold=15) == ("one", "nine", "ten")


def test_impossible_changes_are_refused() -> None:
    with pytest.raises(ValueError, match="changes must not be negative; 'a' has -1"):
        unsafe_changes({"a": -1})
    with pytest.raises(ValueError, match="threshold must be at least 2"):
        unsafe_changes({}, threshold=1)


def test_population_within_another_with_a_small_rest() -> None:
    populations = {"all": range(31), "first-timers": range(28), "elsewhere": range(50, 80)}

    assert unsafe_remainders(populations) == (Remainder("all", ("first-timers",), 3),)


def test_children_that_make_up_the_parent_leave_nobody() -> None:
    populations = {"city": range(60), "north": range(30), "south": range(30, 60)}

    assert unsafe_remainders(populations) == ()


def test_parent_minus_children() -> None:
    populations = {"city": range(64), "north": range(30), "south": range(30, 60)}

    assert unsafe_remainders(populations) == (Remainder("city", ("north", "south"), 4),)


@pytest.mark.parametrize(("size", "found"), [(28, 0), (29, 1), (37, 1), (38, 0)])
def test_rest_is_safe_when_empty_or_large(size: int, found: int) -> None:
    assert len(unsafe_remainders({"outer": range(size), "inner": range(28)})) == found


def test_populations_that_overlap_only_are_not_subtracted() -> None:
    assert unsafe_remainders({"a": range(20), "b": range(5, 25)}) == ()


def test_threshold_for_remainders_is_the_callers() -> None:
    populations = {"all": range(40), "some": range(28)}

    assert unsafe_remainders(populations, threshold=15)[0].size == 12
    with pytest.raises(ValueError, match="threshold must be at least 2"):
        unsafe_remainders(populations, threshold=1)
