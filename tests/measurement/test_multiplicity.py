from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from measurement.inputs import Floats, Values
from measurement.multiplicity import benjamini_hochberg, holm

Adjustment = Callable[[Values], Floats]
p_values = st.lists(st.floats(0, 1), min_size=1, max_size=20)


# The worked example of the reference on measurement: four domains.
def test_four_domains_in_one_report() -> None:
    assert holm([0.001, 0.012, 0.03, 0.04]) == pytest.approx([0.004, 0.036, 0.06, 0.06])


def test_four_domains_in_exploration() -> None:
    adjusted = benjamini_hochberg([0.001, 0.012, 0.03, 0.04])

    assert adjusted == pytest.approx([0.004, 0.024, 0.04, 0.04])


@pytest.mark.parametrize(("ours", "theirs"), [(holm, "holm"), (benjamini_hochberg, "fdr_bh")])
@given(values=p_values)
def test_adjusted_values_are_those_of_statsmodels(
    ours: Adjustment, theirs: str, values: list[float]
) -> None:
    expected = multipletests(values, method=theirs)[1]

    assert ours(values) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("adjust", [holm, benjamini_hochberg])
@given(values=p_values, data=st.data())
def test_order_does_not_matter_and_nothing_becomes_smaller(
    adjust: Adjustment, values: list[float], data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(values))))
    adjusted = adjust(values)

    assert adjust([values[i] for i in order]) == pytest.approx([adjusted[i] for i in order])
    assert (adjusted >= np.array(values)).all()
    assert (adjusted <= 1).all()


@pytest.mark.parametrize("adjust", [holm, benjamini_hochberg])
def test_no_question_and_one_question_need_no_adjustment(adjust: Adjustment) -> None:
    assert adjust([]).shape == (0,)
    assert adjust([0.03]).tolist() == [0.03]
    assert adjust([1, 0]).tolist() == [1, 0]


@pytest.mark.parametrize("adjust", [holm, benjamini_hochberg])
@pytest.mark.parametrize("wrong", [-0.01, 1.01])
def test_what_is_no_probability_is_refused(adjust: Adjustment, wrong: float) -> None:
    with pytest.raises(ValueError, match=f"between 0 and 1; found {wrong} at 1"):
        adjust([0.5, wrong])
    with pytest.raises(ValueError, match="p_values has 1 missing value"):
        adjust([0.5, None])
