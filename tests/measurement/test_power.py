import math
from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from statsmodels.stats.power import TTestPower

from measurement.power import half_width, pairs_for_half_width, pairs_needed, power_of_pairs

SD_CHANGE = 20 * (2 * (1 - 0.6)) ** 0.5


# Published in the reference on measurement, in standard deviations, two decimals.
@pytest.mark.parametrize(
    ("n", "expected"),
    [(8, 0.84), (10, 0.72), (15, 0.55), (20, 0.47), (30, 0.37), (50, 0.28), (100, 0.20)],
)
def test_half_width_in_standard_deviations(n: int, expected: float) -> None:
    assert half_width(n, 1) == pytest.approx(expected, rel=0, abs=0.005)


# The reference on indicators prints 77 and 20 pairs for ±4 and ±8 points (SD 20, r .6). It uses
# the normal quantile 1.96; with the t quantile for these few pairs it takes two or three more.
@pytest.mark.parametrize(("points", "normal"), [(4, 77), (8, 20)])
def test_pairs_for_an_interval_are_a_few_more_than_the_normal_approximation(
    points: float, normal: int
) -> None:
    needed = pairs_for_half_width(SD_CHANGE, points)

    assert normal < needed <= normal + 3
    assert half_width(needed, SD_CHANGE) <= points < half_width(needed - 1, SD_CHANGE)


# Published: Cohen 1988 and the G*Power manual, one-sample or paired t-test, two-sided .05,
# d = .5 and power .8: 34 pairs; d = .2: 199 pairs; d = .8: 15 pairs.
@pytest.mark.parametrize(("d", "expected"), [(0.2, 199), (0.5, 34), (0.8, 15)])
def test_pairs_for_the_customary_sizes(d: float, expected: int) -> None:
    assert pairs_needed(1, d) == expected
    assert pairs_needed(10, -10 * d) == expected


@given(st.integers(2, 300), st.floats(0, 2), st.sampled_from([0.01, 0.05, 0.2]))
def test_power_is_that_of_statsmodels(n: int, d: float, significance: float) -> None:
    expected = TTestPower().power(d, n, significance)
    assume(not math.isnan(expected))  # where its noncentral distribution gives up, near 1

    found = power_of_pairs(n, 4, 4 * d, significance=significance)

    # Tolerance: the two distribution functions.
    assert found == pytest.approx(expected, rel=0, abs=1e-8)
    assert found == pytest.approx(power_of_pairs(n, 1, -d, significance=significance))


@given(st.floats(0.05, 3), st.sampled_from([0.5, 0.8, 0.95]), st.sampled_from([0.01, 0.05]))
def test_pairs_needed_are_enough_and_one_fewer_is_not(
    d: float, power: float, significance: float
) -> None:
    n = pairs_needed(1, d, power=power, significance=significance)

    assert power_of_pairs(n, 1, d, significance=significance) >= power
    if n > 2:
        assert power_of_pairs(n - 1, 1, d, significance=significance) < power


def test_without_a_change_the_power_is_the_significance() -> None:
    assert power_of_pairs(12, 3, 0) == pytest.approx(0.05)


def test_a_design_effect_multiplies_the_pairs_and_is_rounded_up() -> None:
    assert pairs_needed(1, 0.5, design_effect=1.55) == 53
    assert pairs_for_half_width(1, 0.5, design_effect=1.5) == 1.5 * pairs_for_half_width(1, 0.5)


def test_more_confidence_takes_more_pairs() -> None:
    needed = pairs_for_half_width(1, 0.3, confidence=0.99)

    assert needed > pairs_for_half_width(1, 0.3)
    assert half_width(needed, 1, confidence=0.99) <= 0.3
    assert half_width(needed - 1, 1, confidence=0.99) > 0.3


def test_a_half_width_that_is_reached_exactly_is_enough() -> None:
    assert pairs_for_half_width(1, half_width(17, 1)) == 17


def test_two_pairs_are_the_fewest() -> None:
    assert pairs_needed(1, 1000) == 2
    assert pairs_for_half_width(1, 1000) == 2


def test_more_than_a_billion_pairs_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^more than a billion pairs would be needed"):
        pairs_needed(1, 1e-6)
    with pytest.raises(ValueError, match=r"^more than a billion pairs would be needed"):
        pairs_for_half_width(1, 1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: half_width(1, 1), "n must be at least 2 pairs, not 1"),
        (lambda: half_width(9, 0), "sd_change must be greater than 0, not 0"),
        (lambda: half_width(9, 1, confidence=1), "confidence must lie between 0 and 1"),
        (lambda: power_of_pairs(0, 1, 1), "n must be at least 2 pairs, not 0"),
        (lambda: power_of_pairs(9, -1, 1), "sd_change must be greater than 0, not -1"),
        (lambda: power_of_pairs(9, 1, float("nan")), "smallest_change must be a number"),
        (lambda: power_of_pairs(9, 1, 1, significance=0), "significance must .* and 1, not 0"),
        (lambda: pairs_needed(1, 0), "smallest_change must be greater than 0, not 0"),
        (lambda: pairs_needed(float("inf"), 1), "sd_change must be greater than 0, not inf"),
        (lambda: pairs_needed(1, 1, power=1), "power must lie between 0 and 1, not 1"),
        (lambda: pairs_needed(1, 1, significance=1), "significance must .* and 1, not 1"),
        (lambda: pairs_needed(1, 1, design_effect=0.9), "design_effect must be 1 or more"),
        (lambda: pairs_for_half_width(1, 0), "largest_half_width must be greater than 0"),
        (
            lambda: pairs_for_half_width(1, 1, design_effect=float("nan")),
            "design_effect must be 1 or more, not nan",
        ),
    ],
)
def test_numbers_out_of_range_are_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
