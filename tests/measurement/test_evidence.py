from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurement.evidence import EvidenceClass, evidence_class
from measurement.paired import paired_change

OPPOSITE = {
    EvidenceClass.CLEAR_RISE: EvidenceClass.CLEAR_FALL,
    EvidenceClass.RISE_SIZE_UNCERTAIN: EvidenceClass.FALL_SIZE_UNCERTAIN,
    EvidenceClass.LITTLE_OR_NO_CHANGE: EvidenceClass.LITTLE_OR_NO_CHANGE,
    EvidenceClass.CANNOT_TELL: EvidenceClass.CANNOT_TELL,
    EvidenceClass.FALL_SIZE_UNCERTAIN: EvidenceClass.RISE_SIZE_UNCERTAIN,
    EvidenceClass.CLEAR_FALL: EvidenceClass.CLEAR_RISE,
}
small_numbers = st.integers(-12, 12).map(lambda number: number / 4)
intervals = st.tuples(small_numbers, small_numbers).map(sorted)


# Every class, its edges and the conflicts between two rules, by hand; the smallest change is 2.
@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (2, 5, EvidenceClass.CLEAR_RISE),
        (3, 9, EvidenceClass.CLEAR_RISE),
        (1.99, 5, EvidenceClass.RISE_SIZE_UNCERTAIN),
        (0.01, 2.01, EvidenceClass.RISE_SIZE_UNCERTAIN),
        (0.01, 2, EvidenceClass.LITTLE_OR_NO_CHANGE),
        (2, 2, EvidenceClass.LITTLE_OR_NO_CHANGE),
        (-2, 2, EvidenceClass.LITTLE_OR_NO_CHANGE),
        (0, 0, EvidenceClass.LITTLE_OR_NO_CHANGE),
        (-2, -0.01, EvidenceClass.LITTLE_OR_NO_CHANGE),
        (0, 2.01, EvidenceClass.CANNOT_TELL),
        (-2.01, 0, EvidenceClass.CANNOT_TELL),
        (-1, 9, EvidenceClass.CANNOT_TELL),
        (-9, 9, EvidenceClass.CANNOT_TELL),
        (-2.01, -0.01, EvidenceClass.FALL_SIZE_UNCERTAIN),
        (-5, -1.99, EvidenceClass.FALL_SIZE_UNCERTAIN),
        (-5, -2, EvidenceClass.CLEAR_FALL),
        (None, None, EvidenceClass.CANNOT_TELL),
        (None, 1, EvidenceClass.CANNOT_TELL),
        (3, None, EvidenceClass.CANNOT_TELL),
    ],
)
def test_classes_in_their_order(
    low: float | None, high: float | None, expected: EvidenceClass
) -> None:
    assert evidence_class(low, high, 2) is expected


@given(intervals)
def test_falls_mirror_rises(interval: list[float]) -> None:
    low, high = interval

    assert evidence_class(-high, -low, 1) is OPPOSITE[evidence_class(low, high, 1)]


@given(intervals, st.sampled_from([0.25, 0.5, 1.0, 2.0]), st.sampled_from([0.5, 2.0, 64.0]))
def test_the_unit_does_not_matter(interval: list[float], smallest: float, factor: float) -> None:
    low, high = interval

    scaled = evidence_class(low * factor, high * factor, smallest * factor)

    assert scaled is evidence_class(low, high, smallest)


@pytest.mark.parametrize("smallest", [0, -1, float("nan"), float("inf")])
def test_the_smallest_change_must_be_positive(smallest: float) -> None:
    with pytest.raises(ValueError, match="smallest_change must be greater than 0"):
        evidence_class(1, 2, smallest)
    with pytest.raises(ValueError, match="smallest_change must be greater than 0"):
        evidence_class(None, None, smallest)


@pytest.mark.parametrize(
    ("low", "high"), [(2, 1), (float("nan"), 1), (0, float("nan")), (0, float("inf"))]
)
def test_what_is_no_interval_is_refused(low: float, high: float) -> None:
    with pytest.raises(ValueError, match="low and high must be an interval"):
        evidence_class(low, high, 1)


# Nobody changes: 4,000 samples of 30 pairs, seed 11, SD 20, r .6, smallest change 4 points.
def test_a_rise_is_claimed_no_more_often_than_promised_where_nothing_changed() -> None:
    random = np.random.default_rng(11)
    sd_change = 20 * (2 * (1 - 0.6)) ** 0.5
    zeros = np.zeros(30)

    classes = Counter[EvidenceClass]()
    for _ in range(4000):
        change = paired_change(zeros, random.normal(0, sd_change, 30))
        classes[evidence_class(change.low, change.high, 4)] += 1

    # 2.5 % each way, tolerance four standard errors of a share among 4,000.
    rises = classes[EvidenceClass.RISE_SIZE_UNCERTAIN] + classes[EvidenceClass.CLEAR_RISE]
    falls = classes[EvidenceClass.FALL_SIZE_UNCERTAIN] + classes[EvidenceClass.CLEAR_FALL]
    assert max(rises, falls) / 4000 <= 0.025 + 0.01
    assert classes[EvidenceClass.CLEAR_RISE] / 4000 <= 0.005
    assert classes[EvidenceClass.CANNOT_TELL] / 4000 > 0.9
