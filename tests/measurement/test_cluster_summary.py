from collections.abc import Hashable, Iterable
from typing import cast

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from measurement.cluster_summary import label_positions, summarise, summary_from_sums
from measurement.inputs import Values

NAN = float("nan")
CLUSTERS = st.lists(
    st.lists(st.integers(-(10**6), 10**6), min_size=1, max_size=6), min_size=1, max_size=6
)


def test_summary_agrees_with_pandas() -> None:
    frame = pd.DataFrame({"value": [3, 5, 1, 8, 8, 2], "group": list("babbac")})

    result = summarise(frame["value"].to_numpy(), frame["group"])

    grouped = frame.groupby("group", sort=False)["value"]
    assert result.labels == ("b", "a", "c")
    assert_array_equal(result.sizes, grouped.size())
    assert_allclose(result.means, grouped.mean(), rtol=1e-15)
    assert_allclose(result.squares, grouped.var(ddof=0) * grouped.size(), atol=1e-12)
    assert (result.n, result.clusters) == (6, 3)
    assert_allclose(result.person_average, frame["value"].mean())
    assert_allclose(result.cluster_average, grouped.mean().mean())


def test_summary_takes_labels_of_any_type() -> None:
    assert summarise([1, 2, 3], [("a", 1), 7, ("a", 1)]).labels == (("a", 1), 7)


def test_summary_drops_missing_values_with_their_labels() -> None:
    result = summarise([1, None, 3], ["a", "b", "a"], missing="drop")

    assert (result.labels, result.n) == (("a",), 2)


@pytest.mark.parametrize(
    ("values", "clusters", "message"),
    [
        ([1, None], ["a", "b"], r"values has 1 missing value\(s\), the first at 1"),
        ([1, float("inf")], ["a", "b"], "values must be finite; found inf at 1"),
        ([1, 2], ["a", None], "each of values needs a label; None found at 1"),
        ([1, 2], ["a", float("nan")], "each of values needs a label; nan found at 1"),
        ([1, 2], ["a"], "values and labels must be equally long, not 2, 1"),
        ([], [], "values must hold at least one person, not 0"),
    ],
)
def test_summary_refuses_bad_input(
    values: Values, clusters: Iterable[Hashable], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        summarise(values, clusters)


def test_summary_refuses_that_all_are_missing() -> None:
    with pytest.raises(ValueError, match="at least one person"):
        summarise([None, None], ["a", "b"], missing="drop")


@given(CLUSTERS)
def test_sums_give_what_single_values_give(clusters: list[list[int]]) -> None:
    values = [value for cluster in clusters for value in cluster]
    labels = [name for name, cluster in enumerate(clusters) for _ in cluster]

    from_values = summarise(values, labels)
    from_sums = summary_from_sums(
        [(len(cluster), sum(cluster), sum(value**2 for value in cluster)) for cluster in clusters]
    )

    assert from_sums.labels == from_values.labels
    assert_array_equal(from_sums.sizes, from_values.sizes)
    assert_allclose(from_sums.means, from_values.means, rtol=1e-12, atol=1e-9)
    assert_allclose(from_sums.squares, from_values.squares, rtol=1e-9, atol=1e-6)


def test_sums_stay_exact_where_floats_would_cancel() -> None:
    offset = 10**9
    values = [offset, offset + 1, offset + 3]

    result = summary_from_sums([(3, sum(values), sum(value**2 for value in values))])

    # Squared deviations of 0, 1, 3 from 4/3: 16/9 + 1/9 + 25/9 = 14/3.
    assert_allclose(result.squares, [14 / 3], rtol=1e-15)


def test_sums_leave_out_a_cluster_of_which_everybody_withdrew() -> None:
    result = summary_from_sums([(2, 3, 5), (0, 0, 0), (1, 4, 16)], labels=["x", "y", "z"])

    assert (result.labels, result.n) == (("x", "z"), 3)


def test_sums_of_rounded_floats_are_not_taken_for_impossible() -> None:
    assert_allclose(summary_from_sums([(3, 0.1 * 3, 0.01 * 3)]).squares, [0], atol=1e-15)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ((2, 10, 10), r"sums of a cluster cannot belong together: \(2, 10, 10\)"),
        ((0, 1, 1), "a cluster of 0 persons has sums of 0"),
        ((-1, 0, 0), "whole number from 0, not -1"),
        ((NAN, 0, 0), "whole number from 0, not nan"),
        ((1.5, 0, 0), "whole number from 0, not 1.5"),
        ((1, NAN, 0), "sums of a cluster must be finite"),
        ((0, 0, 0), "at least one person"),
    ],
)
def test_sums_refuse_what_no_cluster_can_have(
    row: tuple[float, float, float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        summary_from_sums([cast("tuple[int, float, float]", row)])


def test_sums_refuse_a_name_used_twice() -> None:
    with pytest.raises(ValueError, match="labels must name each of the 2 clusters once"):
        summary_from_sums([(1, 1, 1), (1, 1, 1)], labels=["x", "x"])


def test_part_keeps_the_order_of_the_summary() -> None:
    part = summarise([1, 2, 3], ["a", "b", "c"]).part({"c", "a"})

    assert part.labels == ("a", "c")
    assert_array_equal(part.means, [1, 3])


def test_positions_follow_first_appearance() -> None:
    positions, labels = label_positions("banana", 6, "letters")

    assert_array_equal(positions, [0, 1, 2, 1, 2, 1])
    assert labels == ("b", "a", "n")
    assert positions.dtype == np.intp
