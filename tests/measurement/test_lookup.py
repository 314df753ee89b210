"""Scores looked up against scores worked out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from measurement.lookup import ScoreTable
from measurement.scales import ItemRule, ScaleRule
from measurement.scoring import item_values, score_matrix

MISSING, NOT_MINE = -999, -998
ABSENT = {"missing": MISSING, "does_not_apply": NOT_MINE}


@st.composite
def rules(draw: st.DrawFn) -> ScaleRule:
    items = []
    for _ in range(draw(st.integers(1, 6))):
        minimum = draw(st.integers(-5, 5))
        maximum = minimum + draw(st.integers(1, 6))
        recodes = {99: minimum} if draw(st.booleans()) else {}
        items.append(ItemRule(minimum, maximum, reversed=draw(st.booleans()), recodes=recodes))
    return ScaleRule(
        items=tuple(items),
        method=draw(st.sampled_from(["percent_of_maximum", "sum", "mean", "count"])),
        minimum_answered=draw(st.integers(1, len(items))),
    )


def meanings(rule: ScaleRule) -> np.ndarray[tuple[int, int], np.dtype[np.int64]]:
    """Give each item the same codes: its values, the recoded one, and two for what is absent."""
    columns = []
    for item in rule.items:
        values = [*range(item.minimum, item.maximum + 1), *item.recodes, MISSING, NOT_MINE]
        columns.append(values + [MISSING] * (12 - len(values)))
    return np.array(columns).T


@given(rules(), st.data())
def test_scores_are_those_that_are_worked_out(rule: ScaleRule, data: st.DataObject) -> None:
    values = meanings(rule)
    size = len(rule.items)
    drawn = data.draw(
        st.lists(st.lists(st.integers(0, 11), min_size=size, max_size=size), max_size=8)
    )
    codes = np.array(drawn, dtype=np.uint8).reshape(-1, size)
    answers = np.take_along_axis(values, codes.astype(np.intp), axis=0)
    table = ScoreTable(rule, values, **ABSENT)

    units, complete = table.score(codes)

    assert units.tolist() == score_matrix(rule, answers, **ABSENT).tolist()
    counted, answered = item_values(rule, answers, **ABSENT)
    assert complete.tolist() == answered.all(axis=1).tolist()
    assert table.item_values(codes).tolist() == counted.tolist()


def test_values_out_of_bounds_are_refused_where_they_occur() -> None:
    rule = ScaleRule((ItemRule(0, 4), ItemRule(0, 4)), "sum", 1)
    table = ScoreTable(rule, np.array([[0, 0], [4, 4], [9, 9]]), **ABSENT)

    assert table.score(np.array([[0, 1]], dtype=np.uint8))[0].tolist() == [4 * rule.unit]
    with pytest.raises(ValueError, match=r"items\[1\] in row 1 must lie between 0 and 4"):
        table.score(np.array([[0, 1], [0, 2]], dtype=np.uint8))


def test_scales_too_large_for_64_bits_are_refused() -> None:
    rule = ScaleRule(tuple(ItemRule(0, 4) for _ in range(60)), "percent_of_maximum", 1)

    with pytest.raises(ValueError, match="do not fit into 64 bits"):
        ScoreTable(rule, np.zeros((1, 60), dtype=np.int64), **ABSENT)
