"""Sums of many groups against those of each group alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurement.grouped_sums import (
    GroupedItemSums,
    GroupedPairSums,
    group_products,
    group_sizes,
    group_totals,
)
from measurement.item_sums import ItemSums
from measurement.sums import PairSums

GROUPS = 4
LARGEST = 2**62

people = st.lists(
    st.tuples(
        st.integers(0, GROUPS - 1),
        st.integers(-LARGEST, LARGEST),
        st.integers(-LARGEST, LARGEST),
    ),
    max_size=30,
)


@given(people)
def test_pair_sums_are_those_of_each_group_alone(rows: list[tuple[int, int, int]]) -> None:
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    groups, before, after = table.T

    found = GroupedPairSums.from_scores(groups.astype(np.intp), before, after, GROUPS)

    for group in range(GROUPS):
        own = groups == group
        assert found.of(group, 12) == PairSums.from_scores(before[own], after[own], 12)


@given(
    st.lists(
        st.tuples(st.integers(0, GROUPS - 1), st.integers(0, 9), st.integers(0, 9)), max_size=30
    )
)
def test_item_sums_are_those_of_each_group_alone(rows: list[tuple[int, int, int]]) -> None:
    table = np.array(rows, dtype=np.int64).reshape(-1, 3)
    groups, values = table[:, 0].astype(np.intp), table[:, 1:]

    found = GroupedItemSums.from_values(groups, values, GROUPS)

    for group in range(GROUPS):
        assert found.of(group) == ItemSums.from_values(values[groups == group])


@pytest.mark.parametrize("value", [3, 2**53 - 1, 2**53 + 1, 2**62, -(2**63)])
def test_sums_are_exact_at_any_size(value: int) -> None:
    groups = np.array([0, 1, 1])
    values = np.array([value, value, 1], dtype=np.int64)

    assert group_sizes(groups, 3) == [1, 2, 0]
    assert group_totals(groups, values, 3) == [value, value + 1, 0]
    assert group_products(groups, values, values, 3) == [value**2, value**2 + 1, 0]


def test_groups_of_nobody_have_sums_of_zero() -> None:
    nobody = np.array([], dtype=np.int64)

    found = GroupedPairSums.from_scores(nobody, nobody, nobody, 2)

    assert found.of(1, 12) == PairSums.zero(12)
    assert GroupedItemSums.from_values(nobody, np.zeros((0, 3), dtype=np.int64), 1).of(
        0
    ) == ItemSums.zero(3)
