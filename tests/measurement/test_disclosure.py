import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurement.disclosure import (
    check_threshold,
    is_small,
    publishable_count,
    publishable_share,
    round_count,
    rounded_range,
)


@pytest.mark.parametrize(("count", "small"), [(0, True), (1, True), (9, True), (10, False)])
def test_none_and_a_few_look_alike(count: int, small: bool) -> None:  # noqa: FBT001 -- a table of cases
    assert is_small(count) is small


def test_threshold_is_the_smallest_count_that_may_be_shown() -> None:
    assert is_small(14, threshold=15)
    assert not is_small(15, threshold=15)


@pytest.mark.parametrize(
    ("count", "rounded"), [(0, 0), (2, 0), (3, 5), (7, 5), (8, 10), (12, 10), (13, 15)]
)
def test_counts_are_rounded_to_five(count: int, rounded: int) -> None:
    assert round_count(count) == rounded


def test_the_middle_is_rounded_upwards() -> None:
    assert round_count(15, base=10) == 20
    assert round_count(14, base=10) == 10
    assert round_count(7, base=1) == 7


@given(st.integers(0, 10_000), st.integers(1, 50))
def test_range_of_a_rounded_count_holds_what_is_rounded_to_it(count: int, base: int) -> None:
    value = round_count(count, base=base)

    low, high = rounded_range(value, base=base)

    assert value % base == 0
    assert low <= count <= high
    assert round_count(low, base=base) == round_count(high, base=base) == value
    assert round_count(high + 1, base=base) > value
    assert low == 0 or round_count(low - 1, base=base) < value


@pytest.mark.parametrize(("count", "shown"), [(9, None), (10, 10), (12, 10), (13, 15)])
def test_small_counts_are_not_published(count: int, shown: int | None) -> None:
    assert publishable_count(count) == shown


def test_count_follows_the_policy_of_the_caller() -> None:
    assert publishable_count(14, threshold=15) is None
    assert publishable_count(17, threshold=15, base=10) == 20


@pytest.mark.parametrize(
    ("count", "total", "share"),
    [
        (12, 40, 10 / 40),
        (10, 20, 0.5),
        (9, 40, None),
        (31, 40, None),  # the 9 others would be given away
        (0, 40, None),
        (40, 40, None),
        (0, 0, None),
        (28, 43, 30 / 45),
    ],
)
def test_share_needs_enough_persons_on_both_sides(
    count: int, total: int, share: float | None
) -> None:
    assert publishable_share(count, total) == share


def test_share_follows_the_policy_of_the_caller() -> None:
    assert publishable_share(14, 40, threshold=15) is None
    assert publishable_share(26, 40, threshold=15) is None
    assert publishable_share(16, 34, threshold=15, base=10) == 20 / 30


def test_impossible_counts_are_refused() -> None:
    with pytest.raises(ValueError, match="count must not be negative, not -1"):
        is_small(-1)
    with pytest.raises(ValueError, match="count must not be negative, not -1"):
        round_count(-1)
    with pytest.raises(ValueError, match="value must not be negative, not -5"):
        rounded_range(-5)
    with pytest.raises(ValueError, match="value must be a multiple of 5, not 12"):
        rounded_range(12)
    with pytest.raises(ValueError, match="count must not exceed total; 41 is more than 40"):
        publishable_share(41, 40)


@pytest.mark.parametrize("base", [0, -5])
def test_base_must_be_positive(base: int) -> None:
    with pytest.raises(ValueError, match=f"base must be at least 1, not {base}"):
        round_count(3, base=base)
    with pytest.raises(ValueError, match=f"base must be at least 1, not {base}"):
        rounded_range(0, base=base)


@pytest.mark.parametrize("threshold", [1, 0])
def test_threshold_must_hide_something(threshold: int) -> None:
    with pytest.raises(ValueError, match=f"threshold must be at least 2, not {threshold}"):
        is_small(3, threshold=threshold)
    check_threshold(2)
