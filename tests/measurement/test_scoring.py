from collections.abc import Callable
from fractions import Fraction
from itertools import product
from math import lcm
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from measurement.scoring import (
    DOES_NOT_APPLY,
    DOES_NOT_APPLY_CODE,
    MISSING_CODE,
    NOT_APPLICABLE_UNITS,
    NOT_ENOUGH_ANSWERED_UNITS,
    Answer,
    ItemRule,
    Method,
    NotScored,
    ScaleRule,
    is_scored,
    item_values,
    score,
    score_matrix,
)

NA = DOES_NOT_APPLY
TO_FOUR = ItemRule(0, 4)
TURNED = ItemRule(0, 4, reversed=True)
METHODS: tuple[Method, ...] = ("percent_of_maximum", "sum", "mean", "count")


def make_rule(
    *items: ItemRule,
    method: Method = "percent_of_maximum",
    minimum_answered: int | None = None,
    threshold: int = 1,
) -> ScaleRule:
    least = minimum_answered or max(1, -(-len(items) // 2))
    return ScaleRule(items, method, least, threshold)


DOMAIN = make_rule(TO_FOUR, TO_FOUR, TO_FOUR, TO_FOUR, TURNED)


# By hand: (1 + 2 + 3 + 4 + (4 - 0)) / 20 = 14 / 20.
def test_score_is_a_percentage_of_the_maximum_after_reversing() -> None:
    assert score(DOMAIN, [1, 2, 3, 4, 0]) == 70


def test_score_of_extremes_is_0_and_100() -> None:
    assert score(DOMAIN, [0, 0, 0, 0, 4]) == 0
    assert score(DOMAIN, [4, 4, 4, 4, 0]) == 100


# By hand, reversed by bounds 1 to 7 where the data hold 2 to 5 only: 1 + 7 - 5 = 3.
def test_reversing_uses_the_declared_bounds_not_the_data() -> None:
    rule = make_rule(ItemRule(1, 7), ItemRule(1, 7, reversed=True), method="sum")

    assert score(rule, [2, 5]) == 5


# By hand: answered 4 of 4 and 1 of 4, mean 62.5 % of the range; a zero for the gap gives 41.7.
def test_a_missing_answer_is_not_zero() -> None:
    rule = make_rule(TO_FOUR, TO_FOUR, TO_FOUR)

    assert score(rule, [4, 1, None]) == Fraction(125, 2)


# By hand: 3 x (4 + 1) / 2.
def test_sum_is_the_number_of_items_times_the_mean_of_the_answered() -> None:
    rule = make_rule(TO_FOUR, TO_FOUR, TO_FOUR, method="sum")

    assert score(rule, [4, 1, None]) == Fraction(15, 2)


def test_mean_is_the_mean_of_the_answered() -> None:
    rule = make_rule(ItemRule(1, 5), ItemRule(1, 5), ItemRule(1, 5), method="mean")

    assert score(rule, [5, 2, None]) == Fraction(7, 2)


# By hand: of 4 answered events 3 happened: 5 x 3 / 4.
def test_count_is_the_number_of_items_times_the_share_that_reach_the_threshold() -> None:
    rule = make_rule(*[ItemRule(0, 3)] * 5, method="count", threshold=2)

    assert score(rule, [2, 3, 2, 1, None]) == Fraction(15, 4)
    assert score(rule, [2, 3, 2, 1, 0]) == 3


# By hand: 3 of 1 to 5 is 50 %, 1 of 0 to 1 is 100 %.
def test_percent_of_maximum_rescales_each_item_by_its_own_bounds() -> None:
    assert score(make_rule(ItemRule(1, 5), ItemRule(0, 1)), [3, 1]) == 75


def test_recodes_come_before_bounds_and_direction() -> None:
    item = ItemRule(0, 4, reversed=True, recodes={9: 0, 5: 3})
    rule = make_rule(item, item, item, method="sum", minimum_answered=3)

    assert score(rule, [9, 5, 2]) == 4 + 1 + 2


def test_recodes_cannot_be_changed_from_outside() -> None:
    recodes = {9: 0}
    item = ItemRule(0, 4, recodes=recodes)

    recodes[9] = 4

    assert item.recodes == {9: 0}


# From the rule "half of the applicable items, never fewer than two: 5 -> 3; 3 -> 2; 2 -> 2".
@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([4, 4, 4, None, None], Fraction(100)),
        ([4, 4, None, None, None], NotScored.NOT_ENOUGH_ANSWERED),
        ([4, 4, None, None, NA], Fraction(100)),
        ([4, None, None, None, NA], NotScored.NOT_ENOUGH_ANSWERED),
        ([4, 4, None, NA, NA], Fraction(100)),
        ([4, None, None, NA, NA], NotScored.NOT_ENOUGH_ANSWERED),
        ([4, 4, NA, NA, NA], NotScored.NOT_APPLICABLE),
        ([NA, NA, NA, NA, NA], NotScored.NOT_APPLICABLE),
        ([None, None, None, None, None], NotScored.NOT_ENOUGH_ANSWERED),
    ],
)
def test_does_not_apply_shrinks_the_denominator(
    answers: list[Answer], expected: Fraction | NotScored
) -> None:
    assert score(make_rule(*[TO_FOUR] * 5), answers) == expected


def test_one_item_that_does_not_apply_leaves_a_scale_of_two_unscored() -> None:
    rule = make_rule(TO_FOUR, TO_FOUR, minimum_answered=2)

    assert score(rule, [4, NA]) is NotScored.NOT_ENOUGH_ANSWERED


def test_a_scale_that_wants_every_answer_keeps_wanting_every_applicable_one() -> None:
    rule = make_rule(*[TO_FOUR] * 4, minimum_answered=4)

    assert score(rule, [4, 4, 4, None]) is NotScored.NOT_ENOUGH_ANSWERED
    assert score(rule, [4, 4, 4, NA]) == 100
    assert score(rule, [4, 4, None, NA]) is NotScored.NOT_ENOUGH_ANSWERED


def test_a_scale_that_is_content_with_one_answer_is_taken_at_its_word() -> None:
    rule = make_rule(*[TO_FOUR] * 4, minimum_answered=1)

    assert score(rule, [1, None, None, NA]) == 25


def test_a_single_item_is_a_scale() -> None:
    rule = make_rule(TO_FOUR)

    assert score(rule, [3]) == 75
    assert score(rule, [None]) is NotScored.NOT_ENOUGH_ANSWERED
    assert score(rule, [NA]) is NotScored.NOT_APPLICABLE


@pytest.mark.parametrize("code", [-1, 5, 99])
def test_a_code_out_of_bounds_is_refused_by_item_and_value(code: int) -> None:
    with pytest.raises(ValueError, match=rf"items\[2\] must lie between 0 and 4, not {code}\."):
        score(DOMAIN, [0, 1, code, None, 0])


def test_what_is_not_a_whole_number_is_refused() -> None:
    with pytest.raises(ValueError, match=r"items\[1\] must be a whole number, not 2\.5\."):
        score(DOMAIN, [1, 2.5, 1, 1, 1])  # type: ignore[list-item]  # the mistake under test


def test_another_number_of_answers_is_refused() -> None:
    with pytest.raises(ValueError, match=r"expected 5 answers, not 4\."):
        score(DOMAIN, [1, 2, 3, 4])


def test_a_rule_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="minimum 4 must be less than maximum 4"):
        ItemRule(4, 4)
    with pytest.raises(ValueError, match="recode 9 to 5 lies outside 0 to 4"):
        ItemRule(0, 4, recodes={9: 5})
    with pytest.raises(ValueError, match="recode 9 to -1 lies outside 0 to 4"):
        ItemRule(0, 4, recodes={9: -1})
    with pytest.raises(ValueError, match=r"method must be one of .*count, not 'median'"):
        ScaleRule((TO_FOUR,), "median", 1)  # type: ignore[arg-type]  # the mistake under test
    for least in (0, 2):
        with pytest.raises(ValueError, match=rf"between 1 and .*\(1\), not {least}"):
            ScaleRule((TO_FOUR,), "sum", least)


def test_rules_are_values() -> None:
    again = make_rule(TO_FOUR, TO_FOUR, TO_FOUR, TO_FOUR, TURNED)

    assert again == DOMAIN
    assert hash(again) == hash(DOMAIN)
    assert again != make_rule(TO_FOUR, TO_FOUR, TO_FOUR, TO_FOUR, TO_FOUR)


# 2, 3, 4 or 5 answers of 5 levels: multiples of 25/2, 25/3, 25/4 and 5, so 12 is the least.
def test_unit_of_our_domains() -> None:
    assert DOMAIN.unit == 12


def every_score(rule: ScaleRule) -> set[Fraction]:
    """Form all scores that are possible, by the definition and without the code under test."""
    scores = set()
    for answers in product(*[[*range(i.minimum, i.maximum + 1), None] for i in rule.items]):
        given_ones = [(i, a) for i, a in zip(rule.items, answers, strict=True) if a is not None]
        if len(given_ones) < rule.minimum_answered:
            continue
        if rule.method == "percent_of_maximum":
            parts = [Fraction(100 * (a - i.minimum), i.maximum - i.minimum) for i, a in given_ones]
        elif rule.method == "count":
            parts = [Fraction(len(rule.items) * (a >= rule.threshold)) for _, a in given_ones]
        else:
            parts = [Fraction(a * (1 if rule.method == "mean" else 3)) for _, a in given_ones]
        scores.add(sum(parts, Fraction()) / len(given_ones))
    return scores


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("minimum_answered", [2, 3])
@pytest.mark.parametrize("maxima", [(4, 4, 4), (1, 2, 6)])
def test_unit_is_the_least_common_denominator(
    method: Method, minimum_answered: int, maxima: tuple[int, ...]
) -> None:
    items = [ItemRule(0, maximum) for maximum in maxima]
    rule = make_rule(*items, method=method, minimum_answered=minimum_answered)

    # Two answers are enough for three items where the third one does not apply.
    relaxed = make_rule(*items, method=method, minimum_answered=2)
    assert rule.unit == lcm(*(value.denominator for value in every_score(relaxed)))


bounds = st.tuples(st.integers(-3, 3), st.integers(1, 6))
items = st.builds(
    lambda pair, turned: ItemRule(pair[0], pair[0] + pair[1], turned), bounds, st.booleans()
)


@st.composite
def rules_and_answers(draw: st.DrawFn) -> tuple[ScaleRule, list[list[Answer]]]:
    chosen = tuple(draw(st.lists(items, min_size=1, max_size=7)))
    rule = ScaleRule(
        chosen,
        draw(st.sampled_from(METHODS)),
        draw(st.integers(1, len(chosen))),
        draw(st.integers(-3, 4)),
    )
    answer = [
        st.one_of(st.integers(item.minimum, item.maximum), st.none(), st.just(NA))
        for item in chosen
    ]
    return rule, draw(st.lists(st.tuples(*answer).map(list), max_size=5))


def encode(rows: list[list[Answer]], size: int) -> np.ndarray[tuple[int, int], np.dtype[np.int16]]:
    codes = [
        [MISSING_CODE if a is None else DOES_NOT_APPLY_CODE if a is NA else a for a in row]
        for row in rows
    ]
    return np.array(codes, dtype=np.int16).reshape(len(rows), size)


@given(rules_and_answers())
def test_many_at_once_get_the_same_score_as_one_by_one(
    case: tuple[ScaleRule, list[list[Answer]]],
) -> None:
    rule, rows = case

    units = score_matrix(rule, encode(rows, len(rule.items)))

    assert units.dtype == np.int64
    for row, unit in zip(rows, units.tolist(), strict=True):
        single = score(rule, row)
        if single is NotScored.NOT_ENOUGH_ANSWERED:
            assert unit == NOT_ENOUGH_ANSWERED_UNITS
        elif single is NotScored.NOT_APPLICABLE:
            assert unit == NOT_APPLICABLE_UNITS
        else:
            assert Fraction(unit, rule.unit) == single


@given(rules_and_answers())
def test_percent_of_maximum_lies_between_0_and_100_and_turns_round(
    case: tuple[ScaleRule, list[list[Answer]]],
) -> None:
    rule, rows = case
    straight = ScaleRule(rule.items, "percent_of_maximum", rule.minimum_answered)
    turned = tuple(ItemRule(i.minimum, i.maximum, not i.reversed) for i in rule.items)
    opposite = ScaleRule(turned, "percent_of_maximum", rule.minimum_answered)

    for row in rows:
        value = score(straight, row)
        if isinstance(value, NotScored):
            assert score(opposite, row) is value
        else:
            assert 0 <= value <= 100
            assert score(opposite, row) == 100 - value


def test_bytes_with_several_codes_for_absent_are_scored_as_they_are() -> None:
    codes = np.array([[4, 4, 255, 250, 254], [250, 250, 250, 1, 1]], dtype=np.uint8)
    rule = make_rule(*[TO_FOUR] * 5)

    units = score_matrix(rule, codes, missing={254, 255}, does_not_apply=250)

    assert_array_equal(units, [100 * rule.unit, NOT_APPLICABLE_UNITS])
    assert_array_equal(is_scored(units), [True, False])


def test_is_scored_takes_zero_and_negative_scores_for_scores() -> None:
    units = np.array([0, -7, NOT_ENOUGH_ANSWERED_UNITS, NOT_APPLICABLE_UNITS])

    assert_array_equal(is_scored(units), [True, True, False, False])


def test_nobody_answered_is_no_error() -> None:
    assert score_matrix(DOMAIN, np.empty((0, 5), dtype=np.int16)).shape == (0,)


def test_codes_out_of_bounds_are_refused_by_item_row_and_value() -> None:
    codes = np.array([[0, 0, 0, 0, 0], [0, 0, 0, 7, 0], [0, 0, 0, 8, 0]], dtype=np.int16)

    message = r"items\[3\] in row 1 must lie between 0 and 4, not 7\."
    with pytest.raises(ValueError, match=message):
        score_matrix(DOMAIN, codes)
    with pytest.raises(ValueError, match=message):
        item_values(DOMAIN, codes)


def test_tables_of_another_shape_or_kind_are_refused() -> None:
    with pytest.raises(ValueError, match=r"codes must be respondents x 5, not \(1, 4\)"):
        score_matrix(DOMAIN, np.zeros((1, 4), dtype=np.int16))
    with pytest.raises(ValueError, match=r"codes must be respondents x 5, not \(5,\)"):
        score_matrix(DOMAIN, np.zeros(5, dtype=np.int16))
    with pytest.raises(ValueError, match="codes must be whole numbers, not float64"):
        score_matrix(DOMAIN, np.zeros((1, 5)))  # type: ignore[arg-type]  # the mistake under test


@pytest.mark.parametrize("code", [0, 4])
def test_a_code_cannot_be_an_answer_and_absent(code: int) -> None:
    codes = np.zeros((1, 5), dtype=np.int16)

    with pytest.raises(ValueError, match=rf"{code} cannot mean absent: .* items\[0\]"):
        score_matrix(DOMAIN, codes, missing=code)
    with pytest.raises(ValueError, match=rf"{code} cannot mean absent: .* items\[0\]"):
        score_matrix(DOMAIN, codes, does_not_apply=[code])


def test_a_recoded_code_cannot_mean_absent() -> None:
    rule = make_rule(ItemRule(0, 4, recodes={9: 0}))

    with pytest.raises(ValueError, match="9 cannot mean absent"):
        score_matrix(rule, np.zeros((1, 1), dtype=np.int16), missing=9)


def test_a_scale_whose_units_need_more_than_64_bits_is_refused() -> None:
    long = make_rule(*[TO_FOUR] * 60)

    with pytest.raises(ValueError, match="scores of 60 items do not fit into 64 bits"):
        score_matrix(long, np.zeros((1, 60), dtype=np.int16))
    assert score(long, [1] * 60) == 25


def test_forty_items_still_fit() -> None:
    rule = make_rule(*[TO_FOUR] * 40)

    units = score_matrix(rule, np.full((1, 40), 4, dtype=np.int16))

    assert units[0] == 100 * rule.unit


@pytest.mark.parametrize("method", METHODS)
def test_largest_units_bound_every_score(method: Method) -> None:
    rule = make_rule(ItemRule(-6, 2), ItemRule(0, 3), method=method)

    largest = max(abs(value) for value in (score(rule, [-6, 0]), score(rule, [2, 3])))  # type: ignore[arg-type]  # both are scored

    assert largest * rule.unit <= rule.largest_units


def test_item_values_are_recoded_and_turned_and_absent_ones_marked() -> None:
    rule = make_rule(TURNED, ItemRule(0, 4, recodes={9: 1}))
    codes = np.array([[1, 9], [MISSING_CODE, 3], [0, DOES_NOT_APPLY_CODE]], dtype=np.int16)

    values, answered = item_values(rule, codes)

    assert values.dtype == np.int64
    assert_array_equal(values, [[3, 1], [0, 3], [4, 0]])
    assert_array_equal(answered, [[True, True], [False, True], [True, False]])


@pytest.mark.slow
def test_real_answers_score_as_pandas_does(shared_data: Callable[[str], Path]) -> None:
    """pandas.DataFrame.mean skips missing values: the same proration, another code."""
    labels = {"Strongly disagree": 1, "Disagree": 2, "Agree": 3, "Strong agree": 4}
    frame = pd.read_csv(shared_data("pisa2009_teacher_relations_66690.csv"))
    answers = frame.filter(like="ST34").apply(lambda column: column.map(labels))
    rule = make_rule(*[ItemRule(1, 4)] * 5, minimum_answered=3)

    units = score_matrix(rule, answers.fillna(MISSING_CODE).astype(np.int16).to_numpy())

    enough = answers.notna().sum(axis=1) >= 3
    expected = 100 * (answers.mean(axis=1) - 1) / 3
    assert_array_equal(is_scored(units), enough)
    # Tolerance: pandas rounds in floating point, at most 1e-12 of 100.
    assert_allclose(units[enough] / rule.unit, expected[enough], rtol=0, atol=1e-10)
