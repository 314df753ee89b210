import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from measurement.comparison import (
    ancova,
    change_score,
    difference_in_differences,
    side_by_side,
    waiting_list_comparison,
)

NAN = float("nan")
Finder = Callable[[str], Path]

BEFORE = [10, 12, 9, 15, 11, 14, 8, 13]
AFTER = [14, 15, 10, 19, 11, 15, 10, 13]
ARMS = ["A", "A", "A", "A", "wait", "wait", "wait", "wait"]


def table(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return list(csv.DictReader(file))


def reference(shared_data: Finder, name: str) -> dict[str, Any]:
    with shared_data("reference.json").open() as file:
        computed: dict[str, Any] = json.load(file)[name]["computed"]
    return computed


def beat_the_blues(shared_data: Finder) -> tuple[list[float | None], list[float | None], list[str]]:
    rows = table(shared_data("beat_the_blues.csv"))
    return (
        [float(row["bdi.pre"]) if row["bdi.pre"] else None for row in rows],
        [float(row["bdi.2m"]) if row["bdi.2m"] else None for row in rows],
        [row["treatment"] for row in rows],
    )


def test_beat_the_blues_is_significant_one_way_and_not_the_other(shared_data: Finder) -> None:
    expected = reference(shared_data, "beat_the_blues.csv")
    before, after, arms = beat_the_blues(shared_data)

    result = side_by_side(before, after, arms, reference="TAU", missing="complete")

    for analysis, name in (
        (result.ancova, "ancova_bdi_2m_on_bdi_pre_and_arm"),
        (result.change_score, "change_2m_on_arm"),
    ):
        (effect,) = analysis.effects
        assert_allclose(
            (effect.estimate.value, effect.estimate.standard_error, effect.estimate.p_value or NAN),
            (expected[name]["effect"], expected[name]["se"], expected[name]["p"]),
            atol=1e-5,
        )
        assert effect.estimate.degrees_of_freedom == expected[name]["df"]
        assert (effect.arm, effect.reference, analysis.n) == ("BtheB", "TAU", 97)
        assert effect.estimate.estimand == "person-average"
    assert result.ancova.effects[0].estimate.high < 0 < result.change_score.effects[0].estimate.high


def test_anorexia_has_the_coefficients_of_the_reference(shared_data: Finder) -> None:
    expected = reference(shared_data, "anorexia_ancova.csv")
    rows = table(shared_data("anorexia_ancova.csv"))

    result = ancova(
        [float(row["Prewt"]) for row in rows],
        [float(row["Postwt"]) for row in rows],
        [row["Treat"] for row in rows],
        reference="CBT",
    )

    assert result.slope is not None
    effects = {effect.arm: effect for effect in result.effects}
    # The reference regresses the change, so that its slope is ours minus 1.
    lines = {
        "intercept": (result.intercept, 0),
        "prewt": (result.slope, 1),
        "Cont_minus_CBT": (effects["Cont"].estimate, 0),
        "FT_minus_CBT": (effects["FT"].estimate, 0),
    }
    for name, (line, offset) in lines.items():
        assert_allclose(line.value - offset, expected["coef"][name], atol=5e-5)
        assert_allclose(line.standard_error, expected["se"][name], atol=5e-5)
        assert line.degrees_of_freedom == expected["df"]
    sizes = {"CBT": effects["FT"].n_reference} | {arm: one.n_arm for arm, one in effects.items()}
    assert sizes == expected["n_by_arm"]


def test_the_sign_says_arm_minus_reference(shared_data: Finder) -> None:
    rows = table(shared_data("anorexia_ancova.csv"))

    result = ancova(
        [float(row["Prewt"]) for row in rows],
        [float(row["Postwt"]) for row in rows],
        [row["Treat"] for row in rows],
        reference="Cont",
    )

    # Those with CBT gained 4.10 lb more than control.
    effect = next(one for one in result.effects if one.arm == "CBT")
    assert_allclose(effect.estimate.value, 4.097066, atol=5e-5)


def test_both_analyses_agree_with_statsmodels() -> None:
    result = side_by_side(BEFORE, AFTER, ARMS, reference="wait")

    started = [float(arm == "A") for arm in ARMS]
    line = sm.OLS(AFTER, sm.add_constant(np.column_stack([BEFORE, started]))).fit()
    change = sm.OLS(np.subtract(AFTER, BEFORE), sm.add_constant(started)).fit()
    assert result.ancova.slope is not None
    assert result.change_score.slope is None
    assert_allclose(
        [one.value for one in (result.ancova.intercept, result.ancova.slope)], line.params[:2]
    )
    assert_allclose(result.ancova.effects[0].estimate.standard_error, line.bse[2], rtol=1e-9)
    assert_allclose(result.change_score.intercept.value, change.params[0])
    assert_allclose(result.change_score.effects[0].estimate.value, change.params[1])
    low, high = change.conf_int()[1]
    estimate = result.change_score.effects[0].estimate
    assert_allclose((estimate.low, estimate.high), (low, high), rtol=1e-9)


def test_baseline_difference_stands_beside_both() -> None:
    result = side_by_side(BEFORE, AFTER, ARMS, reference="wait")

    # Both arms begin at 11.5; SDs differ.
    assert result.baseline[0].difference == 0
    assert not result.baseline[0].notable
    assert (result.baseline[0].n_linked, result.baseline[0].n_lost) == (4, 4)


def test_change_scores_and_ancova_agree_where_arms_began_alike() -> None:
    result = side_by_side(BEFORE, AFTER, ARMS, reference="wait")

    assert_allclose(
        result.ancova.effects[0].estimate.value, result.change_score.effects[0].estimate.value
    )


def test_difference_in_differences_is_welch() -> None:
    treated, waiting = [4, 3, 1, 4, 6], [0, 1, 2, 0]

    result = difference_in_differences(treated, waiting)

    expected = stats.ttest_ind(treated, waiting, equal_var=False)
    interval = expected.confidence_interval(0.95)
    assert result.p_value == pytest.approx(float(expected.pvalue), rel=1e-10)
    assert_allclose((result.low, result.high), (float(interval.low), float(interval.high)))
    assert result.degrees_of_freedom == pytest.approx(float(expected.df))
    assert result.estimand == "person-average"


def test_difference_in_differences_names_what_was_averaged() -> None:
    result = difference_in_differences([4, 3], [0, 1], estimand="cluster-average")

    assert result.estimand == "cluster-average"


def test_difference_in_differences_without_spread() -> None:
    result = difference_in_differences([4, 4], [1, 1, 1])

    assert (result.value, result.low, result.high, result.p_value) == (3, 3, 3, None)


def test_difference_in_differences_drops_missing_on_request() -> None:
    result = difference_in_differences([4, None, 3], [0, 1], missing="drop")

    assert result.value == 3


@pytest.mark.parametrize(
    ("treated", "waiting", "message"),
    [
        ([1], [1, 2], "both groups need two entries, not 1 and 2"),
        ([1, 2], [], "both groups need two entries, not 2 and 0"),
        ([1, None], [1, 2], "treated_changes has 1 missing"),
        ([1, 2], [1, float("inf")], "comparison_changes must be finite"),
    ],
)
def test_difference_in_differences_refuses_bad_input(
    treated: list[float], waiting: list[float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        difference_in_differences(treated, waiting)


@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.integers(0, 40), st.booleans()), min_size=6, max_size=20
    ),
    st.integers(-30, 30),
)
def test_effects_do_not_depend_on_shift_or_order(
    people: list[tuple[int, int, bool]], shift: int
) -> None:
    before, after, arms = (list(column) for column in zip(*people, strict=True))
    treated = [score for score, arm in zip(before, arms, strict=True) if arm]
    waiting = [score for score, arm in zip(before, arms, strict=True) if not arm]
    assume(len(set(treated)) > 1 and len(set(waiting)) > 1)

    first = side_by_side(before, after, arms, reference=False)
    second = side_by_side(
        [shift + score for score in reversed(before)],
        [shift + score for score in reversed(after)],
        list(reversed(arms)),
        reference=False,
    )

    for one, other in (
        (first.ancova.effects[0], second.ancova.effects[0]),
        (first.change_score.effects[0], second.change_score.effects[0]),
    ):
        assert_allclose(one.estimate.value, other.estimate.value, atol=1e-8)
        assert_allclose(one.estimate.standard_error, other.estimate.standard_error, atol=1e-8)


@pytest.mark.parametrize(
    ("before", "arms", "against", "message"),
    [
        (BEFORE, ARMS, "nobody", "the reference arm 'nobody' has nobody; arms are"),
        (BEFORE, ["A"] * 8, "A", "a comparison needs another arm than 'A'"),
        (BEFORE, ARMS[:-1], "A", "before and after and labels must be equally long"),
        ([11] * 8, ARMS, "A", "must not follow from each other or be constant"),
        ([*BEFORE[:-1], None], ARMS, "A", "before has 1 missing"),
        ([], [], "A", "must be equally long, not 0 and 8"),
    ],
)
def test_ancova_refuses_bad_input(
    before: list[float | None], arms: list[str], against: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        ancova(before, AFTER, arms, reference=against)


def test_change_score_refuses_too_few_persons() -> None:
    with pytest.raises(ValueError, match="needs more persons than 2"):
        change_score([1, 2], [2, 2], ["A", "B"], reference="A")


def test_an_arm_of_which_nobody_came_back_is_left_out() -> None:
    result = change_score(
        [1, 2, 3, 5, 4],
        [2, 4, 4, 5, None],
        ["A", "A", "B", "B", "C"],
        reference="A",
        missing="complete",
    )

    assert [effect.arm for effect in result.effects] == ["B"]


def test_waiting_list_gives_interval_and_exact_p_value() -> None:
    changes = [6, 8, 5, 7, 9, 9, 1, 0, 2, 2, 0, 1]
    communities = [name for name in "abcdef" for _ in range(2)]

    result = waiting_list_comparison(changes, communities, {"a", "b", "c"})

    # Means 7, 6, 9 against .5, 2, .5: complete separation, 2 of C(6, 3) = 20 assignments.
    assert result.permutation.p_value == 0.1
    expected = stats.ttest_ind([7, 6, 9], [0.5, 2, 0.5])
    assert result.difference is not None
    assert result.difference.p_value == pytest.approx(float(expected.pvalue), rel=1e-10)
    assert result.difference.estimand == result.permutation.estimand == "cluster-average"
    assert result.difference.value == pytest.approx(result.permutation.difference)


def test_waiting_list_with_one_community_is_permuted_only() -> None:
    result = waiting_list_comparison([5, 1, 2, 0], ["a", "b", "c", "d"], ["a"])

    assert result.difference is None
    assert (result.permutation.p_value, result.permutation.assignments) == (0.25, 4)
