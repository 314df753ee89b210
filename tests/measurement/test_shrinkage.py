import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from numpy.typing import NDArray
from statsmodels.stats.meta_analysis import combine_effects

from measurement.cluster_summary import summarise
from measurement.shrinkage import (
    dersimonian_laird,
    paule_mandel,
    sampling_variances,
    shrink,
)

Floats = NDArray[np.float64]

# Colditz et al. 1994, JAMA 271:698-702: 13 trials of BCG vaccine; cases and others, vaccinated and
# not. The data of metafor's dat.bcg.
BCG = [
    (4, 119, 11, 128),
    (6, 300, 29, 274),
    (3, 228, 11, 209),
    (62, 13536, 248, 12619),
    (33, 5036, 47, 5761),
    (180, 1361, 372, 1079),
    (8, 2537, 10, 619),
    (505, 87886, 499, 87892),
    (29, 7470, 45, 7232),
    (17, 1699, 65, 1600),
    (186, 50448, 141, 27197),
    (5, 2493, 3, 2338),
    (27, 16886, 29, 17825),
]
# Rubin 1981, Journal of Educational Statistics 6:377-401: coaching in eight schools.
SCHOOLS = ([28, 8, -3, 7, -1, 1, 18, 12], [15, 10, 16, 11, 9, 11, 10, 18])


def log_risk_ratios() -> tuple[Floats, Floats]:
    cases, others, cases_without, others_without = np.array(BCG, dtype=np.float64).T
    treated, untreated = cases + others, cases_without + others_without
    ratios = np.log(cases / treated * untreated / cases_without)
    return ratios, 1 / cases - 1 / treated + 1 / cases_without - 1 / untreated


def test_dersimonian_laird_reproduces_bcg() -> None:
    result = dersimonian_laird(*log_risk_ratios())

    # metafor 4, rma(measure="RR", data=dat.bcg, method="DL"): tau^2 0.3088, Q 152.2330,
    # estimate -0.7141, se 0.1787.
    assert_allclose((result.tau2, result.q), (0.3088, 152.2330), atol=5e-5)
    assert_allclose((result.mean, result.standard_error), (-0.7141, 0.1787), atol=5e-5)
    assert (result.communities, result.method) == (13, "DerSimonian-Laird")


def test_both_estimators_agree_with_statsmodels() -> None:
    effects, variances = log_risk_ratios()

    for result, name in (
        (paule_mandel(effects, variances), "pm"),
        (dersimonian_laird(effects, variances), "dl"),
    ):
        expected = combine_effects(effects, variances, method_re=name)
        assert_allclose(result.tau2, expected.tau2, rtol=1e-6)
        assert_allclose(result.mean, expected.mean_effect_re, rtol=1e-6)
        assert_allclose(result.standard_error, expected.sd_eff_w_re, rtol=1e-6)


def test_paule_mandel_solves_its_equation() -> None:
    effects, variances = log_risk_ratios()

    result = paule_mandel(effects, variances)

    weights = 1 / (variances + result.tau2)
    mean = (weights * effects).sum() / weights.sum()
    assert_allclose((weights * (effects - mean) ** 2).sum(), 12, rtol=1e-10)
    assert result.method == "Paule-Mandel"


def test_paule_mandel_is_as_exact_in_a_tiny_unit() -> None:
    effects, variances = log_risk_ratios()

    tiny = paule_mandel(1e-6 * effects, 1e-12 * variances)

    assert_allclose(tiny.tau2, 1e-12 * paule_mandel(effects, variances).tau2, rtol=1e-10)


def test_eight_schools_do_not_differ() -> None:
    effects, errors = SCHOOLS
    variances = [error**2 for error in errors]

    for result in (paule_mandel(effects, variances), dersimonian_laird(effects, variances)):
        # Rubin 1981: common mean 7.9 (se 4.2), Q below its expectation of 7.
        assert result.tau2 == 0
        assert result.q < 7
        assert_allclose((result.mean, result.standard_error), (7.9, 4.2), atol=0.25)


def test_equal_variances_give_the_variance_of_the_means_minus_the_noise() -> None:
    means = [2.0, 5.0, 11.0, 4.0]

    expected = np.var(means, ddof=1) - 3
    assert_allclose(paule_mandel(means, [3] * 4).tau2, expected, rtol=1e-10)
    assert_allclose(dersimonian_laird(means, [3] * 4).tau2, expected, rtol=1e-10)


def test_shrinkage_of_the_reference() -> None:
    # science.md, Shrinkage: n = 80, 25, 6; raw 52, 61, 70; s = 18, tau2 = 25.
    variances = [18**2 / n for n in (80, 25, 6)]

    result = shrink([52, 61, 70], variances, 25)

    assert_allclose([one.weight for one in result.estimates], [0.861, 0.659, 0.316], atol=5e-4)
    assert_allclose(result.mean, 58.33, atol=0.005)
    assert_allclose([one.value for one in result.estimates], [52.9, 60.1, 62.0], atol=0.05)
    assert_allclose([one.posterior_sd for one in result.estimates], [1.9, 2.9, 4.1], atol=0.05)
    assert [one.raw for one in result.estimates] == [52, 61, 70]


def test_shrinkage_agrees_with_bayes_by_matrices() -> None:
    # The posterior of the true values under a flat prior of the common mean, written out as
    # one large normal model: (V^-1 + T)^-1 with T the precision of values around their mean.
    raw, variances, tau2 = np.array([3.0, -2.0, 8.0, 1.0]), np.array([1.0, 4.0, 9.0, 2.0]), 2.5
    around_mean = (np.eye(4) - 1 / 4) / tau2
    covariance = np.linalg.inv(np.diag(1 / variances) + around_mean)
    expected = covariance @ (raw / variances)

    result = shrink(raw, variances, tau2)

    assert_allclose([one.value for one in result.estimates], expected, rtol=1e-10)
    assert_allclose(
        [one.standard_error for one in result.estimates], np.sqrt(np.diag(covariance)), rtol=1e-10
    )


def test_without_differences_everybody_is_at_the_common_mean() -> None:
    result = shrink([2, 8], [1, 1], 0)

    assert [one.value for one in result.estimates] == [5, 5]
    assert [one.posterior_sd for one in result.estimates] == [0, 0]
    # Of the mean itself: sqrt(1/2).
    assert_allclose([one.standard_error for one in result.estimates], math.sqrt(0.5))


@given(
    st.lists(st.tuples(st.integers(-40, 40), st.integers(1, 60)), min_size=2, max_size=9),
    st.integers(0, 50),
)
def test_shrunken_values_lie_between_raw_and_mean(
    communities: list[tuple[int, int]], tau2: int
) -> None:
    result = shrink([mean for mean, _ in communities], [noise for _, noise in communities], tau2)

    for one in result.estimates:
        low, high = sorted((one.raw, result.mean))
        assert low - 1e-9 <= one.value <= high + 1e-9
        assert one.posterior_sd <= one.standard_error + 1e-12
        assert one.posterior_sd**2 <= one.variance + 1e-9


@given(
    st.lists(st.tuples(st.integers(-40, 40), st.integers(1, 60)), min_size=2, max_size=9),
    st.integers(-99, 99),
    st.sampled_from([1e-4, 0.5, 1e5]),
)
def test_tau2_knows_no_shift_and_follows_the_unit(
    communities: list[tuple[int, int]], shift: int, unit: float
) -> None:
    means = np.array([mean for mean, _ in communities])
    noise = np.array([variance for _, variance in communities])

    first = paule_mandel(means, noise)
    second = paule_mandel(unit * (shift - means), unit**2 * noise)
    assume(first.tau2 == 0 or first.tau2 > 1e-3)

    assert_allclose(second.tau2, unit**2 * first.tau2, rtol=1e-6)
    assert_allclose(second.mean, unit * (shift - first.mean), rtol=1e-6, atol=1e-9 * unit)


def test_sampling_variances_pool_the_spread_inside() -> None:
    # Squares inside 2 + 8 = 10 over 5 - 2 = 3 degrees.
    communities = summarise([1, 3, 0, 2, 4], ["a", "a", "b", "b", "b"])

    assert_allclose(sampling_variances(communities), [10 / 3 / 2, 10 / 3 / 3])


@pytest.mark.parametrize("values", [[1, 2], [3, 3, 5, 5]])
def test_sampling_variances_need_a_spread(values: list[int]) -> None:
    labels = ["a", "b"] if len(values) == 2 else ["a", "a", "b", "b"]

    with pytest.raises(ValueError, match="two persons of one who differ"):
        sampling_variances(summarise(values, labels))


@pytest.mark.parametrize(
    ("means", "variances", "message"),
    [
        ([1], [1], "two communities are needed, not 1"),
        ([], [], "two communities are needed, not 0"),
        ([1, 2], [1], "equally long, not 2 and 1"),
        ([1, 2], [1, 0], "variances must be positive; 0.0 is not"),
        ([1, None], [1, 1], "means has 1 missing"),
        ([1, math.inf], [1, 1], "means must be finite"),
    ],
)
def test_shrinkage_refuses_bad_input(
    means: list[float], variances: list[float], message: str
) -> None:
    for function in (paule_mandel, dersimonian_laird):
        with pytest.raises(ValueError, match=message):
            function(means, variances)
    with pytest.raises(ValueError, match=message):
        shrink(means, variances, 1)


@pytest.mark.parametrize("tau2", [-1, math.nan, math.inf])
def test_shrinkage_refuses_an_impossible_tau2(tau2: float) -> None:
    with pytest.raises(ValueError, match="tau2 must be finite and at least 0"):
        shrink([1, 2], [1, 1], tau2)
