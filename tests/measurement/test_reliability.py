import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy import stats
from statsmodels.multivariate.factor import Factor

from measurement.factor import one_factor
from measurement.inputs import Floats, Table
from measurement.reliability import (
    Coefficient,
    IntraclassCorrelation,
    Omega,
    alpha,
    alpha_from_sums,
    feldt_interval,
    icc_one_way,
    omega,
    omega_from_sums,
    retest,
    spearman_brown,
)
from measurement.sums import ItemSums

NAN = float("nan")
Answers = NDArray[np.int64]

# R's data set attitude (Chatterjee and Price 1977): 30 departments x 7 questions, per cent.
ATTITUDE = np.fromstring(
    """43 51 30 39 61 92 45  63 64 51 54 63 73 47  71 70 68 69 76 86 48  61 63 45 47 54 84 35
    81 78 56 66 71 83 47  43 55 49 44 54 49 34  58 67 42 56 66 68 35  71 75 50 55 70 66 41
    72 82 72 67 71 83 31  67 61 45 47 62 80 41  64 53 53 58 58 67 34  67 60 47 39 59 74 41
    69 62 57 42 55 63 25  68 83 83 45 59 77 35  77 77 54 72 79 77 46  81 90 50 72 60 54 36
    74 85 64 69 79 79 63  65 60 65 75 55 80 60  65 70 46 57 75 85 46  50 58 68 54 64 78 52
    50 40 33 34 43 64 33  64 61 52 62 66 80 41  53 66 52 50 63 80 37  40 37 42 58 50 57 49
    63 54 42 48 66 75 33  66 77 66 63 88 76 72  78 75 58 74 80 78 49  48 57 44 45 51 83 38
    85 85 71 71 77 74 55  82 82 39 59 64 78 39""",
    dtype=np.int64,
    sep=" ",
).reshape(30, 7)

# Shrout and Fleiss 1979, table 2: 6 targets x 4 judges.
JUDGES = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
)

answers = st.integers(3, 6).flatmap(
    lambda items: st.integers(items + 4, 30).flatmap(
        lambda people: arrays(np.int64, (people, items), elements=st.integers(0, 4))
    )
)


# Published: R package psych, vignette "overview", alpha(attitude): .84, Feldt .74 to .92.
def test_alpha_of_a_published_example() -> None:
    result = alpha(ATTITUDE)

    assert (result.n, result.columns) == (30, 7)
    found = [result.value, result.low, result.high]
    assert found == pytest.approx([0.84, 0.74, 0.92], rel=0, abs=0.005)


# Published in the same vignette: complaints and critical keyed the wrong way take it to .18.
def test_alpha_with_two_items_keyed_the_wrong_way() -> None:
    wrong = ATTITUDE.copy()
    wrong[:, [1, 5]] *= -1

    assert alpha(wrong).value == pytest.approx(0.18, rel=0, abs=0.005)


# Published in the reference on measurement: n = 30, k = 5, alpha .70 has .49 to .84.
def test_interval_of_an_alpha_of_few_people() -> None:
    assert feldt_interval(0.70, 30, 5) == pytest.approx((0.49, 0.84), rel=0, abs=0.005)


def test_interval_of_alpha_by_the_f_distribution() -> None:
    low, high = feldt_interval(0.6, 40, 4, confidence=0.9)

    assert stats.f.cdf((1 - low) / (1 - 0.6), 39, 117) == pytest.approx(0.95)
    assert stats.f.cdf((1 - high) / (1 - 0.6), 39, 117) == pytest.approx(0.05)


@pytest.mark.parametrize(("value", "n", "items"), [(1.1, 9, 3), (NAN, 9, 3), (0.5, 1, 3)])
def test_interval_of_what_is_no_alpha_is_refused(value: float, n: int, items: int) -> None:
    with pytest.raises(ValueError, match="no interval for an alpha of"):
        feldt_interval(value, n, items)
    with pytest.raises(ValueError, match="at least 2 items are needed, not 1"):
        feldt_interval(0.5, 9, 1)


@given(answers)
def test_alpha_by_the_covariance_matrix_of_pandas(items: Answers) -> None:
    covariance = pd.DataFrame(items).cov().to_numpy()
    result = alpha(items)

    if covariance.sum() < 1e-9:
        assert result.value is None
        return
    k = items.shape[1]
    expected = k / (k - 1) * (1 - np.trace(covariance) / covariance.sum())
    assert result.value == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(answers, answers)
def test_alpha_from_merged_sums_is_that_of_the_raw_answers(first: Answers, second: Answers) -> None:
    items = min(first.shape[1], second.shape[1])
    first, second = first[:, :items], second[:, :items]
    merged = ItemSums.from_values(first) + ItemSums.from_values(second)
    together = np.vstack([first, second])

    for raw, sums in [
        (alpha(together), alpha_from_sums(merged)),
        (alpha(first), alpha_from_sums(merged - ItemSums.from_values(second))),
    ]:
        assert (raw.n, raw.columns) == (sums.n, sums.columns)
        for name in ("value", "low", "high"):
            expected = getattr(raw, name)
            if expected is None:
                assert getattr(sums, name) is None
            else:
                assert getattr(sums, name) == pytest.approx(expected, rel=1e-9, abs=1e-9)


# The items of a common factor only: without one, several factors fit equally well.
@given(st.integers(1, 29))
def test_omega_from_merged_sums_is_that_of_the_raw_answers(cut: int) -> None:
    merged = ItemSums.from_values(ATTITUDE[:cut]) + ItemSums.from_values(ATTITUDE[cut:])

    result = omega_from_sums(merged)

    assert result.n == 30
    assert result.value == pytest.approx(omega(ATTITUDE).value, rel=1e-6)


@given(answers, st.integers(-5, 5), st.integers(1, 5))
def test_alpha_has_no_unit_and_no_order(items: Answers, shift: int, scale: int) -> None:
    moved = alpha((items * scale + shift)[::-1, ::-1])

    if moved.value is None:
        assert alpha(items).value is None
    else:
        assert moved.value == pytest.approx(alpha(items).value, rel=1e-9, abs=1e-9)


# statsmodels.multivariate.factor.Factor(method="ml") works on correlations; its loadings times
# the standard deviations are those of the raw items.
def test_omega_by_the_loadings_of_statsmodels() -> None:
    deviations = ATTITUDE.std(axis=0, ddof=1)
    fitted = Factor(ATTITUDE, n_factor=1, method="ml").fit()
    loadings = fitted.loadings[:, 0] * deviations
    unique = (fitted.uniqueness * deviations**2).sum()
    expected = loadings.sum() ** 2 / (loadings.sum() ** 2 + unique)

    result = omega(ATTITUDE)

    # Tolerance: both search numerically.
    assert result.value == pytest.approx(expected, rel=0, abs=1e-4)
    assert (result.n, result.columns) == (30, 7)
    assert result.factor is not None
    assert result.factor.loadings == pytest.approx(tuple(abs(loadings)), rel=1e-3)
    assert not result.factor.at_bound


# By construction: covariances of a factor with loadings 1, 2, 3, 4 and unique variances 2, 2, 2, 8.
def test_one_factor_is_found_where_it_is() -> None:
    loadings, unique = np.array([1.0, 2, 3, 4]), np.array([2.0, 2, 2, 8])

    factor = one_factor(np.outer(loadings, loadings) + np.diag(unique))

    assert factor is not None
    assert factor.loadings == pytest.approx(tuple(loadings), rel=1e-5)
    assert factor.uniquenesses == pytest.approx(tuple(unique), rel=1e-5)


def test_one_factor_with_an_item_turned_round() -> None:
    loadings, unique = np.array([1.0, 2, -3, 4]), np.array([2.0, 2, 2, 8])

    factor = one_factor(np.outer(loadings, loadings) + np.diag(unique))

    assert factor is not None
    assert factor.loadings == pytest.approx(tuple(loadings), rel=1e-5)


def test_an_item_that_is_the_factor_is_reported() -> None:
    # These correlations would need a squared loading of .9 x .9 / .7, more than 1.
    factor = one_factor(np.array([[1, 0.9, 0.9], [0.9, 1, 0.7], [0.9, 0.7, 1]]))

    assert factor is not None
    assert factor.at_bound


def test_omega_needs_three_items_that_vary_and_do_not_determine_each_other() -> None:
    items = ATTITUDE[:, :3]

    with pytest.raises(ValueError, match="at least 3 items, not 2"):
        omega(items[:, :2])
    assert omega(np.column_stack([items, items[:, 0]])) == Omega(30, 4, None, None)
    assert omega(np.column_stack([items, np.full(30, 0.1)])) == Omega(30, 4, None, None)
    for people in (0, 1, 2):
        assert omega(items[:people].reshape(people, 3)) == Omega(people, 3, None, None)
        assert omega_from_sums(ItemSums.from_values(items[:people])).value is None


def test_respondents_with_gaps_are_left_out_or_refused() -> None:
    gaps: Table = [[1, 2, 3], [2, None, 1], [4, 4, 2], [0, 1, NAN], [3, 1, 1]]
    complete = [[1, 2, 3], [4, 4, 2], [3, 1, 1]]

    assert alpha(gaps) == alpha(complete)
    assert alpha(gaps).n == 3
    assert icc_one_way(gaps) == icc_one_way(complete)
    for measure in (alpha, omega, icc_one_way):
        with pytest.raises(ValueError, match=r"items has 2 missing value\(s\)"):
            measure(gaps, missing="raise")


def test_undefined_alpha_is_none() -> None:
    nothing = [None, None, None]

    assert alpha([[1, 2]]) == Coefficient(1, 2, *nothing)
    assert alpha([[None, 2], [1, None]]) == Coefficient(0, 2, *nothing)
    assert alpha([[0.1, 0.2]] * 3) == Coefficient(3, 2, *nothing)
    assert alpha_from_sums(ItemSums.zero(2)) == Coefficient(0, 2, *nothing)
    assert alpha_from_sums(ItemSums.from_values(np.array([[1, 2], [1, 2]]))).value is None


def test_two_people_are_enough_for_an_alpha() -> None:
    # By hand: item variances 2 and 2, variance of the sum 8: 2 (1 - 4 / 8) = 1.
    result = alpha([[1, 2], [3, 4]])

    assert (result.n, result.value, result.low, result.high) == (2, 1.0, 1.0, 1.0)


def test_one_item_has_no_agreement() -> None:
    for measure in (
        lambda: alpha([[1], [2]]),
        lambda: icc_one_way([[1], [2]]),
        lambda: alpha_from_sums(ItemSums.zero(1)),
    ):
        with pytest.raises(ValueError, match="at least 2 items are needed, not 1"):
            measure()


# By hand: r = .6, so 2 x .6 / 1.6 = .75; Fisher: atanh(.6) ± 1.96 / √(10 - 3).
def test_spearman_brown_steps_the_correlation_up() -> None:
    first, second = correlated(0.6, 10)

    result = spearman_brown(first, second)

    low, high = np.tanh(np.arctanh(0.6) + np.array([-1, 1]) * 1.959964 / 7**0.5)
    assert (result.n, result.columns) == (10, 2)
    assert [result.value, result.low, result.high] == pytest.approx(
        [0.75, 2 * low / (1 + low), 2 * high / (1 + high)], rel=1e-6
    )


def test_confidence_narrows_spearman_brown() -> None:
    first, second = correlated(0.6, 10)

    wide, narrow = spearman_brown(first, second), spearman_brown(first, second, confidence=0.5)

    assert wide.low is not None
    assert narrow.low is not None
    assert narrow.low > wide.low
    with pytest.raises(ValueError, match="before has 1 missing value"):
        spearman_brown([1, None], [1, 2], missing="raise")


# For two standardised items, alpha and Spearman-Brown are the same number.
def test_spearman_brown_is_alpha_of_two_standardised_items() -> None:
    first, second = correlated(0.35, 12)

    assert spearman_brown(first, second).value == pytest.approx(
        alpha(np.column_stack([first, second])).value
    )


def correlated(r: float, n: int) -> tuple[Floats, Floats]:
    random = np.random.default_rng(7)
    first, noise = random.normal(size=(2, n))
    first = (first - first.mean()) / first.std(ddof=1)
    noise = noise - noise.mean() - first * (noise @ first) / (first @ first)
    return first, r * first + (1 - r**2) ** 0.5 * noise / noise.std(ddof=1)


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), min_size=4, max_size=30))
def test_retest_is_the_correlation_of_scipy(rows: list[tuple[float, float]]) -> None:
    first, second = np.array(rows).T
    if min(first.std(), second.std()) < 1e-6:
        return
    expected = stats.pearsonr(first, second)
    if abs(expected.statistic) > 1 - 1e-9:
        return
    interval = expected.confidence_interval(0.9)

    result = retest(first, second, confidence=0.9)

    assert result.n == len(rows)
    assert [result.value, result.low, result.high] == pytest.approx(
        [expected.statistic, *interval], rel=1e-6, abs=1e-6
    )


# By hand: r = .8, Fisher with 4 - 3 = 1: tanh(atanh(.8) ± 1.96).
def test_four_people_are_enough_for_an_interval_of_the_retest() -> None:
    result = retest([1, 2, 3, 4], [1, 3, 2, 4])

    expected = [0.8, np.tanh(np.arctanh(0.8) - 1.959964), np.tanh(np.arctanh(0.8) + 1.959964)]
    assert [result.value, result.low, result.high] == pytest.approx(expected, rel=1e-6)


def test_retest_without_interval() -> None:
    assert retest([1, 2, 3], [1, 2, 4]).low is None
    assert retest([1, 2, 3], [1, 2, 4]).value == pytest.approx(0.981981)
    assert retest([1, 2, 3, 4], [2, 4, 6, 8]) == Coefficient(4, 2, 1.0, None, None)
    assert retest([1, 1], [2, 3]) == Coefficient(2, 2, None, None, None)
    assert retest([], []) == Coefficient(0, 2, None, None, None)
    assert retest([1, None, 3], [1, 2, 4]).n == 2
    assert spearman_brown([], []).value is None
    with pytest.raises(ValueError, match="before has 1 missing value"):
        retest([1, None], [1, 2], missing="raise")


def test_spearman_brown_of_opposite_items_is_none() -> None:
    assert spearman_brown([1, 2, 3, 4], [4, 3, 2, 1]) == Coefficient(4, 2, None, None, None)


# Published: Shrout and Fleiss 1979 print .17 and .44; R package psych 2.x, ICC(), prints the
# intervals -.13 to .72 and -.88 to .91.
def test_icc_of_the_published_example() -> None:
    result = icc_one_way(JUDGES)

    assert (result.single.n, result.single.columns) == (6, 4)
    found = [result.single.value, result.single.low, result.single.high]
    assert found == pytest.approx([0.17, -0.13, 0.72], rel=0, abs=0.005)
    found = [result.mean.value, result.mean.low, result.mean.high]
    assert found == pytest.approx([0.44, -0.88, 0.91], rel=0, abs=0.005)


# By definition: F = MSB / MSW divided and multiplied by quantiles of F, at 90 %.
def test_intervals_of_icc_by_the_f_distribution() -> None:
    between, within, n, k = 11.24166667, 6.26388889, 6, 4
    ratio = between / within
    low = ratio / stats.f.ppf(0.95, n - 1, n * (k - 1))
    high = ratio * stats.f.ppf(0.95, n * (k - 1), n - 1)

    result = icc_one_way(JUDGES, confidence=0.9)

    assert (result.mean.n, result.mean.columns) == (6, 4)
    found = [result.single.low, result.single.high, result.mean.low, result.mean.high]
    expected = [(low - 1) / (low + 3), (high - 1) / (high + 3), 1 - 1 / low, 1 - 1 / high]
    assert found == pytest.approx(expected, rel=1e-6)


def test_two_people_are_enough_for_an_icc() -> None:
    # By hand: means 2 and 6, so between 2 x 8 = 16; within (2 + 2) / 2 = 2: 14 / 18.
    result = icc_one_way([[1, 3], [5, 7]])

    assert result.single.n == 2
    assert result.single.value == pytest.approx(14 / 18)


def test_icc_counts_a_shift_as_disagreement() -> None:
    first = np.array([1.0, 2, 3, 4, 5])

    same, shifted = (icc_one_way(np.column_stack([first, first + by])) for by in (0.1, 2))

    assert same.single.value is not None
    assert shifted.single.value is not None
    assert same.single.value > 0.99
    # By hand: between 5, within 2, so (5 - 2) / (5 + 2).
    assert shifted.single.value == pytest.approx(3 / 7)


def test_icc_on_the_edge() -> None:
    nothing = Coefficient(3, 2, None, None, None)
    perfect = Coefficient(3, 2, 1.0, None, None)

    assert icc_one_way([[1, 1]] * 3) == IntraclassCorrelation(nothing, nothing)
    assert icc_one_way([[1, 1], [2, 2], [3, 3]]) == IntraclassCorrelation(perfect, perfect)
    assert icc_one_way([[1, 2]]).single == Coefficient(1, 2, None, None, None)
    opposed = icc_one_way([[1, 3], [3, 1], [2, 2]])
    assert (opposed.single.value, opposed.mean.value) == (-1.0, None)


@pytest.mark.parametrize("confidence", [0, 1, NAN])
def test_confidence_is_a_share(confidence: float) -> None:
    for measure in (
        lambda: alpha(JUDGES, confidence=confidence),
        lambda: alpha_from_sums(ItemSums.zero(2), confidence=confidence),
        lambda: icc_one_way(JUDGES, confidence=confidence),
        lambda: retest([1, 2], [2, 3], confidence=confidence),
        lambda: feldt_interval(0.5, 9, 3, confidence=confidence),
    ):
        with pytest.raises(ValueError, match="confidence must lie between 0 and 1"):
            measure()
