import math
from dataclasses import astuple
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.optimize import brentq

from measurement.effect_sizes import (
    LARGEST_NONCENTRALITY,
    PairedEffects,
    hedges_correction,
    noncentrality_interval,
    paired_effects,
)
from measurement.paired import paired_change, paired_change_from_sums
from measurement.sums import PairSums

INFINITY = float("inf")


@pytest.mark.parametrize("measure", ["bdi", "who", "hamd"])
def test_a_real_trial_gives_the_reference_values(
    claus: pd.DataFrame, reference: dict[str, Any], measure: str
) -> None:
    expected = reference["claus_2020.csv"]["computed"][measure]
    tolerance = reference["claus_2020.csv"]["tolerance"]["computed"]

    result = paired_effects(paired_change(claus[measure][1], claus[measure][4]))

    found = {
        "d_z": result.d_z,
        "d_av": result.d_av,
        "d_av_mean_of_sds": result.d_av_mean_of_sds,
        "d_rm": result.d_rm,
        "d_glass_pre": result.glass,
        "J": result.hedges_correction,
        "g_av": result.g_av,
        "g_z": result.g_z,
        "r": result.correlation,
    }
    assert found == pytest.approx({key: expected[key] for key in found}, rel=0, abs=tolerance)
    assert [result.d_z_low, result.d_z_high] == pytest.approx(
        expected["d_z_ci95"], rel=0, abs=tolerance
    )
    assert result.n == expected["n"]


# Another implementation, pingouin 0.7.0 compute_effsize(paired=True), gives the size of d_av.
def test_d_av_is_what_another_implementation_calls_cohens_d(
    claus: pd.DataFrame, reference: dict[str, Any]
) -> None:
    published = reference["claus_2020.csv"]["other_implementation"]

    result = paired_effects(paired_change(claus["bdi"][1], claus["bdi"][4]))

    assert result.d_av is not None
    size = published["pingouin_0.7.0_compute_effsize_paired_bdi"]
    assert abs(result.d_av) == pytest.approx(size, rel=0, abs=1e-6)


# By hand: before 1, 2, 3, 4 and after 2, 2, 5, 7 give changes 1, 0, 2, 3 with mean 1.5 and
# variance 5/3; variances before and after 5/3 and 6; covariance 3, so r = 3 / √10.
def test_a_small_example_by_hand() -> None:
    result = paired_effects(paired_change([1, 2, 3, 4], [2, 2, 5, 7]))

    r = 3 / 10**0.5
    d_z, d_av = 1.5 / (5 / 3) ** 0.5, 1.5 / ((5 / 3 + 6) / 2) ** 0.5
    half_width = 1.959964 * (2 * (1 - r) / 4 + d_av**2 / 8) ** 0.5
    assert result.d_z == pytest.approx(d_z)
    assert result.d_av == pytest.approx(d_av)
    assert result.d_av_mean_of_sds == pytest.approx(1.5 / (((5 / 3) ** 0.5 + 6**0.5) / 2))
    assert result.d_rm == pytest.approx(d_z * (2 * (1 - r)) ** 0.5)
    assert result.glass == pytest.approx(1.5 / (5 / 3) ** 0.5)
    assert [result.d_av_low, result.d_av_high] == pytest.approx(
        [d_av - half_width, d_av + half_width], rel=1e-6
    )
    # J(3) = Γ(1.5) / (√1.5 Γ(1)) = (√π / 2) / √1.5.
    correction = (3.141592653589793**0.5 / 2) / 1.5**0.5
    assert [result.hedges_correction, result.g_z, result.g_av] == pytest.approx(
        [correction, d_z * correction, d_av * correction]
    )
    assert [result.g_av_low, result.g_av_high] == pytest.approx(
        [(d_av - half_width) * correction, (d_av + half_width) * correction], rel=1e-6
    )
    assert result.correlation == pytest.approx(r)


# Closed forms of Γ(df / 2) / (√(df / 2) Γ((df - 1) / 2)), with Γ(1/2) = √π.
@pytest.mark.parametrize(
    ("degrees", "expected"),
    [(2, 1 / math.pi**0.5), (4, (2 / math.pi) ** 0.5), (5, math.pi**0.5 * 0.75 / 2.5**0.5)],
)
def test_hedges_correction_in_closed_form(degrees: int, expected: float) -> None:
    assert hedges_correction(degrees) == pytest.approx(expected, rel=1e-12)


@given(st.integers(10, 10**7))
def test_hedges_correction_is_near_its_approximation(degrees: int) -> None:
    assert hedges_correction(degrees) == pytest.approx(1 - 3 / (4 * degrees - 1), abs=4e-4)


@pytest.mark.parametrize("degrees", [1, 0, -1, float("nan")])
def test_hedges_correction_needs_two_degrees_of_freedom(degrees: float) -> None:
    with pytest.raises(ValueError, match="at least two degrees of freedom"):
        hedges_correction(degrees)


@pytest.mark.parametrize("t", [8.1604842088643e-120, -1e-200])
def test_noncentrality_of_next_to_nothing_is_that_of_nothing(t: float) -> None:
    # Here scipy's distribution is NaN for some noncentralities.
    assert noncentrality_interval(t, 1, confidence=0.5) == pytest.approx(
        noncentrality_interval(0, 1, confidence=0.5), abs=1e-12
    )


@given(
    st.just(0.0) | st.floats(1e-30, 200),
    st.integers(1, 10**6),
    st.sampled_from([0.5, 0.9, 0.95, 0.999]),
)
def test_noncentrality_bounds_are_what_they_are_defined_as(
    t: float, degrees: int, confidence: float
) -> None:
    low, high = noncentrality_interval(t, degrees, confidence=confidence)

    tail = (1 - confidence) / 2
    # Tolerance: accuracy of the distribution function itself.
    assert stats.nct.cdf(t, degrees, low) == pytest.approx(1 - tail, abs=1e-8)
    assert stats.nct.cdf(t, degrees, high) == pytest.approx(tail, abs=1e-8)
    assert low <= t


@given(st.floats(-1e12, 1e12), st.integers(1, 10**6))
def test_noncentrality_bounds_change_sides_with_the_sign(t: float, degrees: int) -> None:
    low, high = noncentrality_interval(t, degrees)

    assert low < high
    assert noncentrality_interval(-t, degrees) == pytest.approx((-high, -low))


# By simulation with the definition of the distribution, (Z + nc) / √(chi² / df), seed 3.
@pytest.mark.parametrize("t", [-40.0, 40.0, 3e5, -3e8])
def test_noncentrality_bounds_far_out_hold_in_simulation(t: float) -> None:
    low, high = noncentrality_interval(t, 30)

    random = np.random.default_rng(3)
    noise, root = random.normal(size=400_000), np.sqrt(random.chisquare(30, size=400_000) / 30)
    # Tolerance: four standard errors of a share of .025 among 400,000.
    assert ((noise + low) / root >= t).mean() == pytest.approx(0.025, abs=0.001)
    assert ((noise + high) / root <= t).mean() == pytest.approx(0.025, abs=0.001)


@pytest.mark.parametrize("degrees", [1, 2, 30, 10**4, 10**6])
def test_noncentrality_bounds_are_continuous_where_the_method_changes(degrees: int) -> None:
    edge = brentq(lambda t: _highest(t, degrees) - LARGEST_NONCENTRALITY, 1, 1e5)

    below = noncentrality_interval(edge * (1 - 1e-9), degrees)
    above = noncentrality_interval(edge * (1 + 1e-9), degrees)

    # Tolerance: a thousandth of the width of the interval.
    width = below[1] - below[0]
    assert above == pytest.approx(below, rel=0, abs=width / 1000)


def _highest(t: float, degrees: int) -> float:
    return float(t * (stats.chi2.ppf(0.9875, degrees) / degrees) ** 0.5 + stats.norm.ppf(0.9875))


def test_noncentrality_of_what_is_no_t_is_refused() -> None:
    for t in (INFINITY, -INFINITY, float("nan")):
        with pytest.raises(ValueError, match="no interval for t = "):
            noncentrality_interval(t, 10)
    for degrees in (0, -1, float("nan")):
        with pytest.raises(ValueError, match="no interval for t = 1"):
            noncentrality_interval(1, degrees)


def test_effects_from_sums_are_those_from_raw_scores() -> None:
    before, after = [12, 30, 18, 55, 41], [24, 33, 20, 75, 44]

    sums = paired_effects(paired_change_from_sums(PairSums.from_scores(before, after, 12)))
    raw = paired_effects(paired_change(np.array(before) / 12, np.array(after) / 12))

    assert astuple(sums) == pytest.approx(astuple(raw), rel=1e-9)


@given(
    st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), min_size=3, max_size=15),
    st.integers(-9, 9),
    st.integers(1, 9),
)
def test_effects_have_no_unit_and_turn_with_the_sign(
    rows: list[tuple[int, int]], shift: int, scale: int
) -> None:
    before, after = np.array(rows).T
    result = paired_effects(paired_change(before, after))

    moved = paired_effects(paired_change(before * scale + shift, after * scale + shift))
    turned = paired_effects(paired_change(-before, -after))

    for found, expected in zip(astuple(moved), astuple(result), strict=True):
        assert found is expected or found == pytest.approx(expected, rel=1e-6, abs=1e-7)
    if result.d_z is not None and result.d_av is not None:
        found = [turned.d_z, turned.d_z_low, turned.d_av, turned.g_z]
        assert found == pytest.approx(
            [-result.d_z, -(result.d_z_high or 0), -result.d_av, -(result.g_z or 0)], abs=1e-9
        )


@pytest.mark.parametrize("n", [0, 1])
def test_fewer_than_two_pairs_have_no_effect(n: int) -> None:
    result = paired_effects(paired_change([1] * n, [2] * n))

    assert result == PairedEffects(n, *[None] * 15)


def test_two_pairs_have_no_correction_for_few_people() -> None:
    result = paired_effects(paired_change([0, 1], [1, 3]))

    assert (result.hedges_correction, result.g_z, result.g_av) == (None, None, None)
    assert result.d_z == pytest.approx(1.5 / 0.5**0.5)


def test_everybody_changed_by_the_same() -> None:
    result = paired_effects(paired_change([1, 2, 3], [2, 3, 4]))

    assert (result.d_z, result.d_z_low, result.d_rm, result.g_z) == (None, None, None, None)
    assert result.d_av == result.glass == result.d_av_mean_of_sds == pytest.approx(1)
    # r = 1, so the interval has only the uncertainty of the standard deviation: 1.96 / √6.
    assert result.d_av_high == pytest.approx(1 + 1.959964 / 6**0.5)


def test_nobody_varied_before() -> None:
    result = paired_effects(paired_change([1, 1, 1], [2, 3, 4]))

    assert (result.glass, result.d_rm, result.d_av_low) == (None, None, None)
    assert result.d_z == pytest.approx(2)
    assert result.d_av == pytest.approx(2 / 0.5**0.5)


def test_nobody_varied_at_all() -> None:
    assert paired_effects(paired_change([1, 1, 1], [2, 2, 2])).d_av is None


def test_confidence_is_passed_on() -> None:
    change = paired_change([1, 2, 3, 4], [2, 2, 5, 7])
    narrow, wide = paired_effects(change, confidence=0.5), paired_effects(change, confidence=0.99)

    for name in ("d_z_low", "d_av_low", "g_av_low"):
        assert getattr(wide, name) < getattr(narrow, name)
    with pytest.raises(ValueError, match="confidence must lie between 0 and 1"):
        paired_effects(change, confidence=1)
