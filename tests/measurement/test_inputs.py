from fractions import Fraction
from typing import SupportsFloat

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from measurement.inputs import (
    MissingValues,
    Table,
    Values,
    confidence_level,
    matrix,
    matrix_with_gaps,
    pairs,
    vector,
)

NAN = float("nan")
INFINITY = float("inf")


@pytest.mark.parametrize(
    "values",
    [
        [1, 2, 3],
        (1.0, 2.0, 3.0),
        np.array([1, 2, 3], dtype=np.int16),
        [Fraction(1), Fraction(2), Fraction(3)],
        pd.Series([1, 2, 3]),
    ],
)
def test_vector_takes_any_sequence_of_numbers(values: Values) -> None:
    result = vector(values, "score")

    assert result.dtype == np.float64
    assert_array_equal(result, [1.0, 2.0, 3.0])


@pytest.mark.parametrize("absent", [None, NAN])
def test_vector_drops_missing_values_on_request(absent: float | None) -> None:
    assert_array_equal(vector([1, absent, 3], "score", missing="drop"), [1.0, 3.0])


@pytest.mark.parametrize("absent", [None, NAN])
def test_vector_refuses_missing_values_and_says_where(absent: float | None) -> None:
    with pytest.raises(ValueError, match=r"score has 2 missing value\(s\), the first at 1\."):
        vector([1, absent, 3, absent], "score")


def test_vector_takes_masked_values_as_missing() -> None:
    masked = np.ma.masked_array([1, 2, 3], mask=[False, True, False])

    assert_array_equal(vector(masked, "score", missing="drop"), [1.0, 3.0])


@pytest.mark.parametrize("missing", ["raise", "drop"])
@pytest.mark.parametrize("infinity", [INFINITY, -INFINITY])
def test_vector_never_takes_infinity(infinity: float, missing: MissingValues) -> None:
    with pytest.raises(ValueError, match=rf"score must be finite; found {infinity} at 1\."):
        vector([1, infinity], "score", missing=missing)


@pytest.mark.parametrize("wrong", ["2", b"3", 2j, object])
def test_vector_refuses_what_is_not_a_number(wrong: SupportsFloat) -> None:
    with pytest.raises(ValueError, match=r"score must hold numbers; found .* at 1\."):
        vector([1, wrong], "score")


@pytest.mark.parametrize("values", [[[1, 2]], 1])
def test_vector_refuses_other_shapes(values: Values) -> None:
    with pytest.raises(ValueError, match=r"score must have 1 dimension\(s\), not"):
        vector(values, "score")


def test_vector_may_be_empty() -> None:
    assert vector([], "score").shape == (0,)
    assert vector([None, None], "score", missing="drop").shape == (0,)


def test_vector_does_not_hand_back_the_array_of_the_caller() -> None:
    mine = np.array([1.0, 2.0])

    vector(mine, "score")[0] = 9.0

    assert_array_equal(mine, [1.0, 2.0])


def test_an_unknown_policy_is_refused() -> None:
    with pytest.raises(ValueError, match="missing must be one of raise, drop, not 'complete'"):
        vector([1], "score", missing="complete")  # type: ignore[arg-type]  # the mistake under test
    with pytest.raises(ValueError, match="missing must be one of raise, complete, not 'drop'"):
        matrix([[1]], "items", missing="drop")  # type: ignore[arg-type]  # the mistake under test
    with pytest.raises(ValueError, match="missing must be one of raise, complete, not 'drop'"):
        pairs([1], [1], missing="drop")  # type: ignore[arg-type]  # the mistake under test


def test_matrix_keeps_complete_rows_on_request() -> None:
    table: Table = [[1, 2], [None, 3], [4, 5], [6, NAN]]

    assert_array_equal(matrix(table, "items", missing="complete"), [[1.0, 2.0], [4.0, 5.0]])


def test_matrix_refuses_missing_values_and_says_where() -> None:
    with pytest.raises(ValueError, match=r"items has 1 missing value\(s\), the first at \(1, 0\)"):
        matrix([[1, 2], [None, 3]], "items")


def test_matrix_refuses_rows_of_unequal_length() -> None:
    with pytest.raises(ValueError, match="items must have rows of equal length"):
        matrix([[1, 2], [3]], "items")


def test_matrix_refuses_infinity_and_text() -> None:
    with pytest.raises(ValueError, match=r"items must be finite; found inf at \(0, 1\)"):
        matrix([[1, INFINITY]], "items")
    with pytest.raises(ValueError, match=r"items must hold numbers; found 'x' at \(0, 1\)"):
        matrix([[1, "x"]], "items")  # type: ignore[list-item]  # the mistake under test


def test_matrix_refuses_other_shapes_but_may_be_empty() -> None:
    with pytest.raises(ValueError, match=r"items must have 2 dimension\(s\), not 1"):
        matrix([1, 2], "items")  # type: ignore[list-item]  # the mistake under test
    assert matrix([], "items").shape == (0, 0)


def test_pairs_keep_those_with_both_values_on_request() -> None:
    before, after = pairs([1, None, 3, 4], [5, 6, NAN, 8], missing="complete")

    assert_array_equal(before, [1.0, 4.0])
    assert_array_equal(after, [5.0, 8.0])


def test_pairs_refuse_missing_values_and_say_where() -> None:
    with pytest.raises(ValueError, match=r"before has 1 missing value\(s\), the first at 0"):
        pairs([None, 1], [1, 2])
    with pytest.raises(ValueError, match=r"after has 1 missing value\(s\), the first at 1"):
        pairs([1, 1], [1, None])


def test_pairs_must_be_equally_long() -> None:
    with pytest.raises(ValueError, match="equally long, not 2 and 1"):
        pairs([1, 2], [1])


def test_confidence_is_a_share() -> None:
    assert confidence_level(0.95) == 0.95


@pytest.mark.parametrize("value", [0, 1, 95, -0.5, NAN])
def test_confidence_must_lie_between_0_and_1(value: float) -> None:
    with pytest.raises(ValueError, match="confidence must lie between 0 and 1"):
        confidence_level(value)


def test_matrix_with_gaps_keeps_missing_values_where_they_are() -> None:
    result = matrix_with_gaps([[1, None], [NAN, 4]], "waves")

    assert_array_equal(result, [[1.0, NAN], [NAN, 4.0]])


def test_matrix_with_gaps_refuses_infinity() -> None:
    with pytest.raises(ValueError, match=r"waves must be finite; found inf at \(0, 1\)\."):
        matrix_with_gaps([[None, INFINITY]], "waves")
