from dataclasses import astuple
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurement.cutoffs import Cutoff, Population, cutoff_a, cutoff_b, cutoff_c
from measurement.individual import (
    ChangeRule,
    ClinicalChange,
    CutoffChange,
    ReliabilityKind,
    ReliableChange,
    clinical_change,
    cutoff_change,
    reliable_change,
)

NAN = float("nan")
scores = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=20)
rules = st.builds(ChangeRule, st.floats(1, 20), st.floats(0, 0.99))


def before_and_after(claus: pd.DataFrame, measure: str) -> tuple[pd.Series, pd.Series]:
    both = claus[measure][[1, 4]].dropna()
    return both[1], both[4]


def rule_of(before: pd.Series, reliability: float) -> ChangeRule:
    return ChangeRule(float(before.std()), reliability)


@pytest.mark.parametrize(
    ("measure", "reliability", "key"),
    [("bdi", 0.801, "bdi_JT_reliability_0.801"), ("hamd", 0.80, "hamd_JT_reliability_0.80")],
)
def test_reliable_change_in_a_real_trial(
    claus: pd.DataFrame, reference: dict[str, Any], measure: str, reliability: float, key: str
) -> None:
    expected = reference["claus_2020.csv"]["published"][key]
    before, after = before_and_after(claus, measure)

    result = reliable_change(before, after, rule_of(before, reliability))

    # Lower is better, so reliably fewer points are improvement.
    assert result.n == reference["claus_2020.csv"]["published"]["n_used"]
    assert {
        "improved": result.decreased,
        "unchanged": result.unchanged,
        "deteriorated": result.increased,
    } == expected


def test_reliable_change_and_cutoff_a_in_a_real_trial(
    claus: pd.DataFrame, reference: dict[str, Any]
) -> None:
    expected = reference["claus_2020.csv"]["published"]["bdi_JT_combined_cutoff_a"]
    before, after = before_and_after(claus, "bdi")

    cutoff = cutoff_a(Population(float(before.mean()), float(before.std())), higher_is_better=False)
    result = clinical_change(before, after, rule_of(before, expected["reliability"]), cutoff)

    assert cutoff.value == pytest.approx(expected["cutoff"], rel=0, abs=0.006)
    counts = ("recovered", "improved", "unchanged", "deteriorated", "harmed")
    assert result == ClinicalChange(40, *(expected[count] for count in counts))


def test_reliable_change_and_cutoff_c_in_a_real_trial(
    claus: pd.DataFrame, reference: dict[str, Any]
) -> None:
    expected = reference["claus_2020.csv"]["published"]["hamd_JT_combined_cutoff_c_m8_sd8"]
    before, after = before_and_after(claus, "hamd")

    clinical = Population(float(before.mean()), float(before.std()))
    result = clinical_change(
        before, after, rule_of(before, 0.80), cutoff_c(clinical, Population(8, 8))
    )

    counts = ("recovered", "improved", "unchanged", "deteriorated", "harmed")
    assert result == ClinicalChange(40, *(expected[count] for count in counts))


def test_cutoff_c_alone_in_a_real_trial(claus: pd.DataFrame, reference: dict[str, Any]) -> None:
    expected = reference["claus_2020.csv"]["published"]["bdi_statistical_cutoff_c"]
    before, after = before_and_after(claus, "bdi")
    functional = Population(expected["m_functional"], expected["sd_functional"])

    cutoff = cutoff_c(Population(float(before.mean()), float(before.std())), functional)

    counts = ("improved", "unchanged", "deteriorated")
    assert cutoff.value == pytest.approx(expected["cutoff"], rel=0, abs=0.006)
    assert cutoff_change(before, after, cutoff) == CutoffChange(
        40, *(expected[count] for count in counts)
    )
    for arm, by_arm in expected["by_arm_improved_unchanged_deteriorated"].items():
        mine = before.index.get_level_values("treatment") == arm
        assert astuple(cutoff_change(before[mine], after[mine], cutoff))[1:] == tuple(by_arm)


# The worked example of the reference on measurement: s = 18, r = .80.
def test_a_short_scale_cannot_show_individual_change() -> None:
    rule = ChangeRule(18, 0.80)

    assert rule.standard_error_of_measurement == pytest.approx(8.05, rel=0, abs=0.005)
    assert rule.standard_error_of_difference == pytest.approx(11.38, rel=0, abs=0.005)
    assert rule.smallest_reliable_change == pytest.approx(22.3, rel=0, abs=0.05)
    assert rule.index(22.31) == pytest.approx(1.96, rel=0, abs=0.005)


# Of people who do not change at all, 2.5 % lie beyond the limit each way: seed 5, n = 200,000,
# tolerance four standard errors of a share.
def test_chance_alone_gives_the_expected_counts() -> None:
    random = np.random.default_rng(5)
    true = random.normal(50, 18 * 0.8**0.5, 200_000)
    error = 18 * 0.2**0.5
    before, after = (true + random.normal(0, error, 200_000) for _ in range(2))

    result = reliable_change(before, after, ChangeRule(18, 0.80))

    assert result.expected_each_way == pytest.approx(5000)
    assert [result.increased, result.decreased] == pytest.approx([5000, 5000], rel=0, abs=280)


def test_confidence_moves_the_limit() -> None:
    rule = ChangeRule(18, 0.80, confidence=0.90)

    # 1.6449 is the normal quantile of .95.
    assert rule.smallest_reliable_change == pytest.approx(1.6449 * 11.384, rel=1e-3)
    assert rule.chance_each_way == pytest.approx(0.05)


def test_the_limit_must_be_exceeded() -> None:
    rule = ChangeRule(10, 0.5)
    limit = rule.smallest_reliable_change

    at = reliable_change([0, 0], [limit, -limit], rule)
    beyond = reliable_change([0, 0], [limit * 1.001, -limit * 1.001], rule)

    assert (at.increased, at.unchanged, at.decreased) == (0, 2, 0)
    assert (beyond.increased, beyond.unchanged, beyond.decreased) == (1, 0, 1)


# By hand: limit 1.96 √2 2 √.5 = 3.92; the cut-off is 10 and high is bad.
CASES = pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (14, 10, "recovered"),  # on the line is the functional side
        (14, 10.5, "unchanged"),  # 3.5 is not reliable
        (20, 11, "improved"),
        (9, 2, "improved"),
        (10.5, 9.5, "unchanged"),  # crossed, not reliably
        (2, 9, "deteriorated"),
        (11, 20, "deteriorated"),
        (10, 14, "harmed"),
    ],
)


@CASES
def test_each_clinical_category_where_high_is_bad(
    before: float, after: float, expected: str
) -> None:
    result = clinical_change([before], [after], ChangeRule(2, 0.5), Cutoff(10, False))  # noqa: FBT003 -- high is bad

    assert result == ClinicalChange(**counted(expected))


@CASES
def test_each_clinical_category_where_high_is_good(
    before: float, after: float, expected: str
) -> None:
    result = clinical_change([-before], [-after], ChangeRule(2, 0.5), Cutoff(-10, True))  # noqa: FBT003 -- high is good

    assert result == ClinicalChange(**counted(expected))


def counted(category: str) -> dict[str, int]:
    names = ("recovered", "improved", "unchanged", "deteriorated", "harmed")
    return {"n": 1} | {name: int(name == category) for name in names}


@given(scores, rules, st.floats(0, 60), st.booleans())
def test_counts_add_up_and_mirror(
    rows: list[tuple[int, int]],
    rule: ChangeRule,
    line: float,
    higher_is_better: bool,  # noqa: FBT001 -- drawn by name
) -> None:
    before, after = [row[0] for row in rows], [row[1] for row in rows]
    cutoff = Cutoff(line, higher_is_better)

    reliable = reliable_change(before, after, rule)
    back = reliable_change(after, before, rule)
    clinical = clinical_change(before, after, rule, cutoff)
    crossed = cutoff_change(before, after, cutoff)

    assert reliable.increased + reliable.unchanged + reliable.decreased == reliable.n == len(rows)
    assert (back.increased, back.decreased) == (reliable.decreased, reliable.increased)
    better = reliable.increased if higher_is_better else reliable.decreased
    assert clinical.recovered + clinical.improved == better
    assert clinical.unchanged == reliable.unchanged
    assert sum(astuple(clinical)[1:]) == sum(astuple(crossed)[1:]) == len(rows)
    assert clinical.recovered <= crossed.improved
    assert clinical.harmed <= crossed.deteriorated


def test_cutoffs_by_direction() -> None:
    clinical, functional = Population(30, 5), Population(10, 5)
    low, high = Population(10, 4), Population(30, 6)

    assert cutoff_a(clinical, higher_is_better=False) == Cutoff(20, higher_is_better=False)
    assert cutoff_a(low, higher_is_better=True) == Cutoff(18, higher_is_better=True)
    assert cutoff_b(functional, higher_is_better=False) == Cutoff(20, higher_is_better=False)
    assert cutoff_b(high, higher_is_better=True) == Cutoff(18, higher_is_better=True)
    # By hand: (6 x 10 + 4 x 30) / 10.
    assert cutoff_c(low, high) == Cutoff(18, higher_is_better=True)
    assert cutoff_c(clinical, functional) == Cutoff(20, higher_is_better=False)


def test_populations_that_make_no_line_are_refused() -> None:
    with pytest.raises(ValueError, match="the same mean"):
        cutoff_c(Population(10, 1), Population(10, 2))
    for mean, sd in ((NAN, 1), (1, 0), (1, -1), (1, NAN)):
        with pytest.raises(ValueError, match="no population has mean"):
            Population(mean, sd)


@pytest.mark.parametrize("rows", [[], [None]])
def test_nobody_is_counted_as_nobody(rows: list[None]) -> None:
    rule, cutoff = ChangeRule(1, 0.5), Cutoff(1, higher_is_better=True)

    assert reliable_change(rows, rows, rule) == ReliableChange(0, 0, 0, 0, 0.0, rule)
    assert clinical_change(rows, rows, rule, cutoff) == ClinicalChange(0, 0, 0, 0, 0, 0)
    assert cutoff_change(rows, rows, cutoff) == CutoffChange(0, 0, 0, 0)


def test_incomplete_pairs_are_left_out_or_refused() -> None:
    rule, cutoff = ChangeRule(1, 0.5), Cutoff(1, higher_is_better=True)
    before, after = [1, 5, None], [9, NAN, 3]

    assert reliable_change(before, after, rule).n == 1
    for count in (
        lambda: reliable_change(before, after, rule, missing="raise"),
        lambda: clinical_change(before, after, rule, cutoff, missing="raise"),
        lambda: cutoff_change(before, after, cutoff, missing="raise"),
    ):
        with pytest.raises(ValueError, match="before has 1 missing value"):
            count()


def test_the_rule_names_its_reliability_and_refuses_impossible_ones() -> None:
    assert ChangeRule(1, 0).kind is ReliabilityKind.TEST_RETEST
    for reliability in (1, -0.1, NAN):
        with pytest.raises(ValueError, match="reliability must be at least 0 and below 1"):
            ChangeRule(1, reliability)
    for sd in (0, -1, NAN, float("inf")):
        with pytest.raises(ValueError, match="sd must be greater than 0"):
            ChangeRule(sd, 0.5)
    with pytest.raises(ValueError, match="confidence must lie between 0 and 1"):
        ChangeRule(1, 0.5, confidence=1)
