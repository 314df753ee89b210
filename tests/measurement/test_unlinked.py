from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from measurement.sums import ScoreSums
from measurement.unlinked import UnlinkedChange, unlinked_change, unlinked_change_from_sums

NAN = float("nan")
scores = st.lists(st.integers(0, 1200), min_size=2, max_size=20)


@pytest.mark.filterwarnings("ignore:Precision loss")  # of scipy, about groups that do not vary
@given(scores, scores)
def test_test_and_interval_are_those_of_scipy(first: list[int], second: list[int]) -> None:
    before, after = np.array(first) / 12, np.array(second) / 12
    if before.std() + after.std() == 0:
        return
    expected = stats.ttest_ind(after, before, equal_var=False)
    interval = expected.confidence_interval(0.95)

    raw = unlinked_change(before, after)
    sums = unlinked_change_from_sums(
        ScoreSums.from_scores(first, 12), ScoreSums.from_scores(second, 12)
    )

    for result in (raw, sums):
        found = (result.t, result.degrees_of_freedom, result.p_value, result.low, result.high)
        # Tolerance: rounding of means and variances in floating point.
        assert found == pytest.approx(
            (expected.statistic, expected.df, expected.pvalue, *interval), rel=1e-8, abs=1e-8
        )
        assert (result.n_before, result.n_after) == (len(first), len(second))
        assert result.change == pytest.approx(after.mean() - before.mean(), rel=1e-9, abs=1e-9)
        assert [
            result.mean_before,
            result.sd_before,
            result.mean_after,
            result.sd_after,
        ] == pytest.approx(
            [before.mean(), before.std(ddof=1), after.mean(), after.std(ddof=1)], rel=1e-9, abs=1e-9
        )


# Published: Welch's test on R's data set sleep, t.test(extra ~ group), t = -1.8608, df = 17.776,
# p = 0.07939, interval -3.3654832 to 0.2054832 (group 1 minus group 2; here turned round).
def test_a_published_example() -> None:
    first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
    second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]

    result = unlinked_change(first, second)

    assert [result.t, result.degrees_of_freedom, result.p_value] == pytest.approx(
        [1.8608, 17.776, 0.07939], rel=1e-4
    )
    assert [result.low, result.high] == pytest.approx([-0.2054832, 3.3654832], rel=0, abs=5e-8)


def test_missing_scores_are_left_out_or_refused() -> None:
    assert unlinked_change([1, None, 3], [NAN, 4, 6, 8]) == unlinked_change([1, 3], [4, 6, 8])
    with pytest.raises(ValueError, match="after has 1 missing value"):
        unlinked_change([1, 3], [NAN, 4], missing="raise")
    with pytest.raises(ValueError, match=r"^before has 1 missing value"):
        unlinked_change([None, 3], [4, 5], missing="raise")


def test_nobody_on_one_side() -> None:
    result = unlinked_change([], [1, 3])

    assert result == UnlinkedChange(0, 2, None, None, 2.0, 2**0.5, *[None] * 7)
    assert unlinked_change_from_sums(ScoreSums.zero(1), ScoreSums.from_scores([1, 3], 1)) == result
    assert unlinked_change([1, 3], []).change is None


def test_one_person_on_one_side_gives_no_interval() -> None:
    expected = UnlinkedChange(1, 2, 5.0, None, 2.0, 2**0.5, -3.0, *[None] * 6)

    assert unlinked_change([5], [1, 3]) == expected
    assert unlinked_change([1, 3], [5]).change == 3.0
    assert unlinked_change([1, 3], [5]).low is None


def test_two_groups_that_do_not_vary() -> None:
    result = unlinked_change([0.1, 0.1, 0.1], [2, 2])

    assert astuple(result)[-7:] == (1.9, 0.0, 1.9, 1.9, None, None, None)


def test_one_group_that_does_not_vary() -> None:
    result = unlinked_change([1, 1, 1], [1, 2, 3])

    # By hand: all uncertainty comes from the second group, so its 2 degrees of freedom remain.
    assert [result.degrees_of_freedom, result.standard_error] == pytest.approx(
        [2, (1 / 3) ** 0.5], rel=1e-7
    )


def test_the_result_says_who_it_is_about() -> None:
    assert UnlinkedChange.people == "different people"


def test_confidence_widens_the_interval() -> None:
    narrow = unlinked_change([1, 2, 3], [2, 3, 5], confidence=0.5)
    wide = unlinked_change([1, 2, 3], [2, 3, 5], confidence=0.99)

    assert narrow.low is not None
    assert wide.low is not None
    assert wide.low < narrow.low
    with pytest.raises(ValueError, match="confidence must lie between 0 and 1"):
        unlinked_change([1], [2], confidence=1)
