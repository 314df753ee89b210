import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurement.line_sums import LineSums, line_sums, load_and_problems

people = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 36)), min_size=1, max_size=30)


@given(people, people)
def test_sums_merge_and_come_apart(
    here: list[tuple[int, int]], there: list[tuple[int, int]]
) -> None:
    first, second = line_sums(*zip(*here, strict=True)), line_sums(*zip(*there, strict=True))
    both = line_sums(*zip(*(here + there), strict=True))

    assert first + second == both
    assert both - second == first


def test_sums_of_fractions_are_exact() -> None:
    sums = line_sums([0.5, 1.25], [1, 2])

    assert sums == LineSums(
        2, 1.75, 3, 1.8125, 3, 5, 0.125 + 1.25**3, 0.0625 + 1.25**4, 0.25 + 2 * 1.25**2
    )


def test_pairs_are_returned_as_floats() -> None:
    loads, troubles = load_and_problems([1, None, 3], [4, 5, None], missing="complete")

    assert (loads.tolist(), troubles.tolist()) == ([1.0], [4.0])


def test_lengths_must_agree() -> None:
    with pytest.raises(ValueError, match="must be equally long, not 2 and 1"):
        line_sums([1, 2], [1])


def test_nobody_has_sums_of_nothing() -> None:
    assert line_sums([], []) == LineSums(0, 0, 0, 0, 0, 0, 0, 0, 0)
    assert line_sums([None], [3], missing="complete").n == 0
