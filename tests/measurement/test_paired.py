from dataclasses import astuple
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from measurement.paired import PairedChange, paired_change, paired_change_from_sums
from measurement.sums import PairSums

NAN = float("nan")
scores = st.lists(st.tuples(st.integers(0, 1200), st.integers(0, 1200)), min_size=0, max_size=30)


def columns(rows: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    return [row[0] for row in rows], [row[1] for row in rows]


def assert_close(first: PairedChange, second: PairedChange, tolerance: float) -> None:
    for one, other in zip(astuple(first), astuple(second), strict=True):
        if one is None or other is None:
            assert one is other
        else:
            assert one == pytest.approx(other, rel=tolerance, abs=tolerance)


@pytest.mark.parametrize("measure", ["bdi", "who", "hamd"])
def test_a_real_trial_gives_the_reference_values(
    claus: pd.DataFrame, reference: dict[str, Any], measure: str
) -> None:
    expected = reference["claus_2020.csv"]["computed"][measure]
    tolerance = reference["claus_2020.csv"]["tolerance"]["computed"]

    result = paired_change(claus[measure][1], claus[measure][4])

    assert result.n == expected["n"]
    assert result.degrees_of_freedom == expected["df"]
    found = [
        *(result.mean_before, result.change, result.sd_change, result.low, result.high),
        *(result.t, result.correlation, result.sd_before, result.sd_after),
    ]
    keys = ("mean_pre", "mean_change", "sd_change", "ci95", "t", "r", "sd_pre", "sd_post")
    assert found == pytest.approx(
        np.hstack([expected[key] for key in keys]).tolist(), rel=0, abs=tolerance
    )
    assert result.p_value == pytest.approx(expected["p"], rel=tolerance)


# 95 % half-widths for a standard deviation of 20 and r = .6, from published simulations of
# before and after surveys: n = 5, 10, 20, 30, 50, 100. Tolerance: printed with one decimal.
@pytest.mark.parametrize(
    ("n", "half_width"), [(5, 22.2), (10, 12.8), (20, 8.4), (30, 6.7), (50, 5.1), (100, 3.5)]
)
def test_half_width_by_number_of_pairs(n: int, half_width: float) -> None:
    change = np.array([1.0, -1.0] * (n // 2) + [0.0] * (n % 2))
    change *= np.sqrt(2 * (1 - 0.6)) * 20 / change.std(ddof=1)

    result = paired_change(np.zeros(n), change)

    assert result.high is not None
    assert result.high == pytest.approx(half_width, rel=0, abs=0.05)


@given(st.lists(st.tuples(st.floats(-100, 100), st.floats(-100, 100)), min_size=3, max_size=30))
def test_test_and_interval_are_those_of_scipy(rows: list[tuple[float, float]]) -> None:
    before, after = np.array(rows).T
    if (after - before).std() < 1e-6:
        return
    expected = stats.ttest_rel(after, before)
    interval = expected.confidence_interval(0.9)

    result = paired_change(before, after, confidence=0.9)

    # Tolerance: scipy divides mean by standard error in another order.
    found = (result.t, result.p_value, result.low, result.high)
    assert found == pytest.approx(
        (expected.statistic, expected.pvalue, *interval), rel=1e-8, abs=1e-10
    )


@given(scores)
def test_sums_give_what_the_raw_scores_give(rows: list[tuple[int, int]]) -> None:
    before, after = columns(rows)
    sums = PairSums.from_scores(before, after, 12)

    from_raw = paired_change(np.array(before) / 12, np.array(after) / 12)

    assert_close(paired_change_from_sums(sums), from_raw, 1e-9)


@given(scores, scores)
def test_merged_sums_give_what_all_raw_scores_give(
    first: list[tuple[int, int]], second: list[tuple[int, int]]
) -> None:
    merged = PairSums.from_scores(*columns(first), 12) + PairSums.from_scores(*columns(second), 12)
    together = PairSums.from_scores(*columns(first + second), 12)

    assert paired_change_from_sums(merged) == paired_change_from_sums(together)
    assert paired_change_from_sums(together - merged) == paired_change([], [])


def test_sums_keep_small_differences_beside_large_scores() -> None:
    before = [10**15 + k for k in (0, 1, 2, 2)]
    after = [10**15 + k for k in (2, 1, 3, 4)]

    large = paired_change_from_sums(PairSums.from_scores(before, after, 1))
    small = paired_change([0, 1, 2, 2], [2, 1, 3, 4])

    assert large.sd_before == pytest.approx(small.sd_before, rel=1e-12)
    assert large.sd_change == pytest.approx(small.sd_change, rel=1e-12)
    assert large.correlation == pytest.approx(small.correlation, rel=1e-12)


@given(scores.filter(lambda rows: len(rows) > 1), st.integers(-500, 500), st.integers(1, 9))
def test_shift_scale_order_and_sign(rows: list[tuple[int, int]], shift: int, scale: int) -> None:
    before, after = (np.array(column) for column in columns(rows))
    result = paired_change(before, after)

    moved = paired_change(before + shift, after + shift)
    scaled = paired_change(before * scale, after * scale)
    turned = paired_change(after, before)
    reordered = paired_change(before[::-1], after[::-1])

    assert_close(reordered, result, 1e-9)
    for name in ("change", "low", "high", "sd_change", "p_value"):
        value = getattr(result, name)
        if value is None:
            continue
        factor = 1 if name == "p_value" else scale
        assert getattr(moved, name) == pytest.approx(value, rel=1e-9, abs=1e-9)
        assert getattr(scaled, name) == pytest.approx(value * factor, rel=1e-9, abs=1e-9)
    assert result.high is not None
    assert turned.low == pytest.approx(-result.high, rel=1e-9, abs=1e-9)


def test_incomplete_pairs_are_left_out_or_refused() -> None:
    before, after = [1, None, 3, 4], [2.0, 5.0, NAN, 7.0]

    assert paired_change(before, after) == paired_change([1, 4], [2, 7])
    assert paired_change(before, after).n == 2
    with pytest.raises(ValueError, match=r"before has 1 missing value"):
        paired_change(before, after, missing="raise")


@pytest.mark.parametrize("rows", [[], [None]])
def test_nobody_is_no_error(rows: list[None]) -> None:
    assert paired_change(rows, rows) == PairedChange(0, *[None] * 13)
    assert paired_change_from_sums(PairSums.zero(12)) == PairedChange(0, *[None] * 13)


def test_one_person_has_a_change_but_no_interval() -> None:
    expected = PairedChange(1, 3.0, None, 5.0, None, 2.0, *[None] * 8)

    assert paired_change([3], [5]) == expected
    assert paired_change_from_sums(PairSums.from_scores([36], [60], 12)) == expected


def test_two_people_are_enough_for_an_interval() -> None:
    result = paired_change([0, 0], [1, 3])

    # By hand: mean 2, standard error 1, t(.975, 1) = 12.7062.
    assert (result.n, result.change, result.standard_error) == (2, 2.0, 1.0)
    assert [result.low, result.high] == pytest.approx([-10.7062, 14.7062], rel=0, abs=5e-5)


@pytest.mark.parametrize("step", [0, 0.1])
def test_everybody_changed_by_the_same(step: float) -> None:
    before = np.array([0.1, 0.2, 0.3, 0.7])

    result = paired_change(before, before + step)

    assert result.sd_change == result.standard_error == 0
    assert [result.low, result.high] == pytest.approx([step, step], rel=0, abs=1e-15)
    assert (result.t, result.p_value) == (None, None)
    assert result.correlation == pytest.approx(1, rel=1e-7)


@pytest.mark.parametrize("swap", [False, True])
def test_no_correlation_where_one_side_does_not_vary(*, swap: bool) -> None:
    before, after = [5, 5, 5], [1, 2, 3]

    result = paired_change(after, before) if swap else paired_change(before, after)

    assert result.correlation is None
    assert result.t is not None


def test_the_result_says_who_it_is_about() -> None:
    assert PairedChange.people == "same people"


@pytest.mark.parametrize("confidence", [0, 1, 95])
def test_confidence_is_a_share(confidence: float) -> None:
    with pytest.raises(ValueError, match="confidence must lie between 0 and 1"):
        paired_change([1, 2], [2, 3], confidence=confidence)
    with pytest.raises(ValueError, match="confidence must lie between 0 and 1"):
        paired_change_from_sums(PairSums.zero(1), confidence=confidence)
