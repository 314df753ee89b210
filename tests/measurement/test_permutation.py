from itertools import combinations
from math import comb
from typing import Literal, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from measurement.permutation import permutation_test

Estimand = Literal["person-average", "cluster-average"]
ROWS = [[4, -2, 7], [0, 3], [9, 5, 8, 2], [-1, 2], [3, 3, 4], [6], [0, 1]]


def flat(rows: list[list[int]]) -> tuple[list[int], list[int]]:
    values = [value for row in rows for value in row]
    return values, [name for name, row in enumerate(rows) for _ in row]


def test_exact_p_value_agrees_with_scipy() -> None:
    means = [float(np.mean(row)) for row in ROWS]

    result = permutation_test(*flat(ROWS), {0, 2, 5})

    expected = stats.permutation_test(
        ([means[0], means[2], means[5]], [means[1], means[3], means[4], means[6]]),
        lambda first, second: abs(np.mean(first) - np.mean(second)),
        permutation_type="independent",
        alternative="greater",
        n_resamples=10_000,
    )
    assert result.p_value == pytest.approx(float(expected.pvalue), rel=1e-12)
    assert result.difference == pytest.approx(float(expected.statistic), rel=1e-12)
    assert (result.assignments, result.exact) == (comb(7, 3), True)
    assert (result.n, result.treated_clusters, result.comparison_clusters) == (17, 3, 4)


def test_exact_p_value_of_persons_by_counting() -> None:
    pooled = [
        abs(
            np.mean([value for name in chosen for value in ROWS[name]])
            - np.mean([value for name in range(7) if name not in chosen for value in ROWS[name]])
        )
        for chosen in combinations(range(7), 3)
    ]
    observed = pooled[list(combinations(range(7), 3)).index((0, 2, 5))]

    result = permutation_test(*flat(ROWS), [0, 2, 5], estimand="person-average")

    assert result.p_value == pytest.approx(np.mean(np.array(pooled) >= observed - 1e-12))
    assert abs(result.difference) == pytest.approx(observed)
    assert result.estimand == "person-average"


def test_perfect_separation_gives_the_smallest_p_value_of_the_design() -> None:
    equal = permutation_test(*flat([[1], [2], [3], [7], [8], [9]]), {3, 4, 5})
    unequal = permutation_test(*flat([[1], [2], [3], [8], [9]]), {3, 4})

    # Fisher 1935, The Design of Experiments, ch. 2: 1 in C(6, 3) = 20 each way.
    assert (equal.p_value, equal.smallest_p_value) == (2 / 20, 2 / 20)
    assert (unequal.p_value, unequal.smallest_p_value) == (1 / 10, 1 / 10)


def test_no_variance_shows_nothing() -> None:
    result = permutation_test(*flat([[5], [5], [5, 5], [5]]), {0, 1})

    assert (result.difference, result.p_value) == (0, 1)


def test_many_clusters_are_drawn_with_a_seed() -> None:
    values = np.random.default_rng(1).normal(size=24)
    values[:12] += 0.8

    first = permutation_test(values, range(24), set(range(12)), seed=5)
    again = permutation_test(values, range(24), set(range(12)), seed=5)
    other = permutation_test(values, range(24), set(range(12)), seed=6)

    # With clusters of one person the distribution is nearly that of the two-sample t test.
    expected = stats.ttest_ind(values[:12], values[12:])
    assert first == again
    assert first.p_value != other.p_value
    assert first.p_value == pytest.approx(float(expected.pvalue), abs=0.01)
    assert (first.exact, first.assignments) == (False, 200_001)
    assert first.smallest_p_value == 1 / 200_001


def test_the_drawn_p_value_is_never_zero() -> None:
    result = permutation_test([0] * 12 + [100] * 12, range(24), set(range(12, 24)))

    assert result.p_value >= 1 / 200_001


def test_p_value_keeps_its_promise_when_nothing_differs() -> None:
    generator = np.random.default_rng(8)
    clusters = np.repeat(np.arange(8), 4)
    p_values = [
        permutation_test(
            generator.normal(size=8)[clusters] + generator.normal(size=32), clusters, range(4)
        ).p_value
        for _ in range(600)
    ]

    # Exactly 4/70 of assignments have p <= .06; four standard errors of the simulation.
    assert abs(np.mean(np.array(p_values) <= 4 / 70 + 1e-9) - 4 / 70) < 0.038


@given(
    st.lists(st.lists(st.integers(-9, 9), min_size=1, max_size=4), min_size=4, max_size=7),
    st.integers(-50, 50),
    st.sampled_from(["person-average", "cluster-average"]),
)
def test_p_value_knows_neither_shift_nor_sign(
    rows: list[list[int]], shift: int, estimand: Estimand
) -> None:
    values, clusters = flat(rows)
    moved = [shift - 3 * value for value in values]

    first = permutation_test(values, clusters, {0, 1}, estimand=estimand)
    second = permutation_test(moved, clusters, {0, 1}, estimand=estimand)

    assert first.p_value == second.p_value
    assert first.smallest_p_value <= first.p_value <= 1
    assert_allclose(second.difference, -3 * first.difference, atol=1e-9)


@pytest.mark.parametrize(
    ("treated", "message"),
    [
        ({9}, "treated clusters must be among the clusters; 9 is not"),
        (set(), "both arms need at least one cluster"),
        (set(range(7)), "both arms need at least one cluster"),
    ],
)
def test_permutation_refuses_empty_arms(treated: set[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        permutation_test(*flat(ROWS), treated)


def test_permutation_refuses_an_unknown_estimand() -> None:
    with pytest.raises(ValueError, match="estimand must be cluster-average or person-average"):
        permutation_test(*flat(ROWS), {0}, estimand=cast("Estimand", "median"))


def test_permutation_handles_missing_values_as_asked() -> None:
    values: list[float | None] = [1, None, 3, 4]

    with pytest.raises(ValueError, match="missing value"):
        permutation_test(values, list("abcd"), {"a"})
    assert permutation_test(values, list("abcd"), {"a"}, missing="drop").n == 3
