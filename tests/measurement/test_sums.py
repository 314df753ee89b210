import statistics
from collections.abc import Callable
from dataclasses import astuple
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from measurement.scoring import NOT_APPLICABLE_UNITS, NOT_ENOUGH_ANSWERED_UNITS
from measurement.sums import ItemSums, PairSums, ScoreSums

UNIT = 12
LARGE = 3_000_000_000_000_000_000

# Small, ordinary and huge scores: the last have squares and sums far beyond 64 bits.
numbers = st.one_of(st.integers(-5, 5), st.integers(0, 1200), st.integers(-LARGE, LARGE))
people = st.lists(st.tuples(numbers, numbers), max_size=12)
answers = st.lists(st.tuples(*[st.integers(-2, 7)] * 3), max_size=12)


def pair_sums(rows: list[tuple[int, int]]) -> PairSums:
    return PairSums.from_scores([row[0] for row in rows], [row[1] for row in rows], UNIT)


def score_sums(rows: list[tuple[int, int]]) -> ScoreSums:
    return ScoreSums.from_scores([row[0] for row in rows], UNIT)


def item_sums(rows: list[tuple[int, ...]]) -> ItemSums:
    return ItemSums.from_values(np.array(rows, dtype=np.int64).reshape(len(rows), 3))


# By hand: scores 1, 2, 4 and 3, 3, 5.
def test_pair_sums_of_three_people() -> None:
    assert PairSums.from_scores([1, 2, 4], [3, 3, 5], UNIT) == PairSums(
        n=3,
        sum_before=7,
        sum_after=11,
        sum_before_squared=21,
        sum_after_squared=43,
        sum_products=29,
        unit=UNIT,
    )


def test_item_sums_of_three_people() -> None:
    assert item_sums([(1, 2, 0), (0, 1, 1), (2, 2, 1)]) == ItemSums(
        n=3, sums=(3, 5, 2), products=(5, 6, 2, 9, 3, 2)
    )


def test_parts_of_pair_sums() -> None:
    sums = PairSums.from_scores([1, 2, 4], [3, 3, 5], UNIT)

    assert sums.before == ScoreSums.from_scores([1, 2, 4], UNIT)
    assert sums.after == ScoreSums.from_scores([3, 3, 5], UNIT)
    assert sums.change == ScoreSums.from_scores([2, 1, 1], UNIT)


@given(people)
def test_moments_are_those_of_the_raw_scores(rows: list[tuple[int, int]]) -> None:
    """The standard library computes with fractions as well: equality, no tolerance."""
    before = [Fraction(row[0], UNIT) for row in rows]
    sums = pair_sums(rows)

    if not rows:
        assert sums.before.mean is None
    else:
        assert sums.before.mean == statistics.mean(before)
    if len(rows) < 2:
        assert sums.before.variance is None
        assert sums.covariance is None
    else:
        assert sums.before.variance == statistics.variance(before)
        change = [Fraction(row[1] - row[0], UNIT) for row in rows]
        assert sums.change.variance == statistics.variance(change)


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), min_size=2, max_size=9))
def test_covariance_is_that_of_numpy(rows: list[tuple[int, int]]) -> None:
    expected = np.cov(np.array(rows).T)[0, 1]
    covariance = pair_sums(rows).covariance

    assert covariance is not None
    # Tolerance: numpy's rounding of covariances up to 99 squared.
    assert_allclose(float(covariance * UNIT**2), expected, rtol=1e-12, atol=1e-10)


KINDS: list[tuple[Callable[[Any], Any], Any]] = [
    (score_sums, people),
    (pair_sums, people),
    (item_sums, answers),
]


@pytest.mark.parametrize(("sums_of", "rows"), KINDS)
@given(data=st.data())
def test_merging_splitting_and_removing_give_what_the_raw_scores_give(
    sums_of: Callable[[Any], Any], rows: st.SearchStrategy[Any], data: st.DataObject
) -> None:
    first, second, third = (data.draw(rows) for _ in range(3))
    whole = sums_of(first + second + third)

    assert sums_of(first) + sums_of(second) + sums_of(third) == whole
    assert sums_of(third) + (sums_of(first) + sums_of(second)) == whole
    assert whole - sums_of(second) == sums_of(first + third)
    assert whole - whole == sums_of([])


@pytest.mark.parametrize(
    ("zero", "sums"),
    [
        (ScoreSums.zero(UNIT), score_sums([])),
        (PairSums.zero(UNIT), pair_sums([])),
        (ItemSums.zero(3), item_sums([])),
    ],
)
def test_zero_is_the_sums_of_nobody(zero: object, sums: object) -> None:
    assert zero == sums


def test_sums_of_huge_scores_are_exact() -> None:
    before, after = np.full(1000, LARGE), np.full(1000, -LARGE)

    sums = PairSums.from_scores(before, after, 1)

    assert astuple(sums) == (
        1000,
        1000 * LARGE,
        -1000 * LARGE,
        1000 * LARGE**2,
        1000 * LARGE**2,
        -1000 * LARGE**2,
        1,
    )


# A known failure of floating-point sums of squares: at an offset of 1e9 they say 0.0.
def test_an_offset_does_not_change_the_variance() -> None:
    scores = [0, 1, 2, 2]

    moved = ScoreSums.from_scores([score + 10**9 for score in scores], 1)

    assert moved.variance == ScoreSums.from_scores(scores, 1).variance == Fraction(11, 12)


@pytest.mark.parametrize("largest", [7, 2**26, 2**40])
def test_item_products_are_exact_beyond_floating_point(largest: int) -> None:
    values = np.array([[largest, 1], [largest - 1, largest], [3, largest - 2]])

    expected = [
        sum(int(row[i]) * int(row[j]) for row in values) for i, j in [(0, 0), (0, 1), (1, 1)]
    ]
    assert ItemSums.from_values(values).products == tuple(expected)


@pytest.mark.parametrize("absent", [NOT_ENOUGH_ANSWERED_UNITS, NOT_APPLICABLE_UNITS])
def test_people_without_both_scores_are_left_out_or_refused(absent: int) -> None:
    before, after = [1, absent, 3, 4], [2, 2, absent, 5]

    assert PairSums.from_scores(before, after, UNIT) == PairSums.from_scores([1, 4], [2, 5], UNIT)
    with pytest.raises(ValueError, match=r"2 missing score\(s\), the first at 1"):
        PairSums.from_scores(before, after, UNIT, missing="raise")
    with pytest.raises(ValueError, match=r"1 missing score\(s\), the first at 1"):
        ScoreSums.from_scores(before, UNIT, missing="raise")
    assert ScoreSums.from_scores([1, 2], UNIT, missing="raise").n == 2


def test_respondents_with_a_gap_are_left_out_of_item_sums() -> None:
    values = np.array([[1, 2], [0, 9], [3, 4]])
    answered = np.array([[True, True], [False, True], [True, True]])

    assert ItemSums.from_values(values, answered) == ItemSums.from_values(values[[0, 2]])


def test_scores_of_other_lengths_and_kinds_are_refused() -> None:
    with pytest.raises(ValueError, match="before and after must be equally long, not 2 and 1"):
        PairSums.from_scores([1, 2], [1], UNIT)
    with pytest.raises(ValueError, match="before must be a list of whole numbers of 64 bits"):
        PairSums.from_scores([1.5], [1], UNIT)  # type: ignore[list-item]  # the mistake under test
    with pytest.raises(ValueError, match="after must be a list of whole numbers of 64 bits"):
        PairSums.from_scores([1], [2**63], UNIT)
    with pytest.raises(ValueError, match="scores must be a list of whole numbers"):
        ScoreSums.from_scores(np.ones((2, 2), dtype=np.int64), UNIT)


def test_items_of_other_shapes_and_kinds_are_refused() -> None:
    with pytest.raises(ValueError, match="whole numbers, respondents x items"):
        ItemSums.from_values(np.ones((2, 2)))  # type: ignore[arg-type]  # the mistake under test
    with pytest.raises(ValueError, match="whole numbers, respondents x items"):
        ItemSums.from_values(np.ones(2, dtype=np.int64))
    with pytest.raises(ValueError, match=r"must have the shape \(1, 2\), not \(1, 1\)"):
        ItemSums.from_values(np.ones((1, 2), dtype=np.int64), np.ones((1, 1), dtype=np.bool_))
    with pytest.raises(ValueError, match="2 items cannot have 2 products"):
        ItemSums(1, (1, 1), (1, 1))


def test_other_units_cannot_be_merged() -> None:
    with pytest.raises(ValueError, match="unit must agree, not be 12 and 60"):
        PairSums.zero(12) + PairSums.zero(60)
    with pytest.raises(ValueError, match="number of items must agree, not be 2 and 3"):
        ItemSums.zero(2) + ItemSums.zero(3)
    with pytest.raises(TypeError, match="cannot combine PairSums and ScoreSums"):
        PairSums.zero(12) + ScoreSums.zero(12)  # type: ignore[operator]  # the mistake under test


def test_more_people_than_there_are_cannot_be_removed() -> None:
    one, two = pair_sums([(1, 2)]), pair_sums([(1, 2), (3, 3)])

    with pytest.raises(ValueError, match="no scores of -1 people have these sums"):
        one - two


@pytest.mark.parametrize(
    ("n", "first", "second", "products"),
    [
        (-1, (0, 0), (0, 0), 0),  # fewer than nobody
        (0, (1, 1), (0, 0), 0),  # nobody, yet a sum
        (0, (0, 0), (0, 1), 0),
        (0, (0, 0), (0, 0), 1),
        (1, (2, 5), (0, 0), 0),  # one person whose square is not the square
        (1, (0, 0), (2, 3), 0),
        (1, (2, 4), (3, 9), 7),
        (2, (4, 7), (0, 0), 0),  # squares too small
        (2, (0, 0), (4, 7), 0),
        (2, (2, 4), (2, 4), 5),  # products too large for these squares
        (2, (2, 4), (2, 4), -1),
    ],
)
def test_sums_that_no_scores_could_have_are_refused(
    n: int, first: tuple[int, int], second: tuple[int, int], products: int
) -> None:
    with pytest.raises(ValueError, match=f"no scores of {n} people have these sums"):
        PairSums(n, first[0], second[0], first[1], second[1], products, UNIT)
    with pytest.raises(ValueError, match=f"no scores of {n} people have these sums"):
        ItemSums(n, (first[0], second[0]), (first[1], products, second[1]))


def test_sums_on_the_edge_of_what_is_possible_are_accepted() -> None:
    assert PairSums(2, 2, 2, 4, 4, 4, UNIT).covariance == Fraction(4, 2 * UNIT**2)
    assert ScoreSums(2, 4, 8, UNIT).variance == 0
    with pytest.raises(ValueError, match="no scores of 2 people"):
        ScoreSums(2, 4, 7, UNIT)


def test_sums_are_python_integers_whatever_they_were_made_from() -> None:
    sums = ScoreSums(np.int64(1), np.int64(LARGE), LARGE**2, np.int64(1))  # type: ignore[arg-type]  # as numpy gives them

    assert all(type(value) is int for value in astuple(sums))
    with pytest.raises(ValueError, match=r"total must be whole, not 1\.0"):
        ScoreSums(1, 1.0, 1, 1)  # type: ignore[arg-type]  # the mistake under test


def test_spread_of_items_does_not_depend_on_their_order() -> None:
    sums = item_sums([(1, 2, 0), (0, 1, 1), (2, 2, 1)])

    # By hand: n times the product minus the product of the sums.
    expected = [[6, 3, 0], [3, 2, -1], [0, -1, 2]]
    assert [[sums.spread(i, j) for j in range(3)] for i in range(3)] == expected
