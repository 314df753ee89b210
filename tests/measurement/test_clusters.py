from collections.abc import Sequence

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from measurement.cluster_summary import summarise
from measurement.clusters import (
    arms_of,
    cluster_mean_change,
    clustered_change,
    clustered_change_from_sums,
    compare_cluster_means,
    pooled_icc,
)
from measurement.estimates import Estimate

WORKSHOPS = [[4, -2, 7, 1], [0, 3, 3], [9, 5, 8, 2, 6], [-1, 2, 0, 1]]
PEOPLE = st.lists(st.lists(st.integers(-40, 40), min_size=1, max_size=7), min_size=2, max_size=6)


def flat(rows: list[list[int]]) -> tuple[list[int], list[int]]:
    values = [value for row in rows for value in row]
    return values, [name for name, row in enumerate(rows) for _ in row]


def t_interval(values: Sequence[float]) -> tuple[float, float]:
    interval = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    return float(interval.low), float(interval.high)


def bounds(estimate: Estimate) -> tuple[float, float]:
    return estimate.low, estimate.high


def figures(estimate: Estimate | None) -> tuple[float, ...]:
    assert estimate is not None
    return (estimate.value, estimate.standard_error, estimate.low, estimate.high)


def test_cluster_mean_is_a_one_sample_t_test_of_means() -> None:
    result = cluster_mean_change(*flat(WORKSHOPS))

    means = [float(np.mean(row)) for row in WORKSHOPS]
    expected = stats.ttest_1samp(means, 0)
    assert_allclose(result.value, np.mean(means), rtol=1e-12)
    assert_allclose(bounds(result), t_interval(means), rtol=1e-10)
    assert result.p_value == pytest.approx(float(expected.pvalue), rel=1e-10)
    assert (result.estimand, result.degrees_of_freedom) == ("cluster-average", 3)


def test_person_and_cluster_average_are_named_apart() -> None:
    # One large workshop in which nothing moved, three small ones that gained 4.
    result = clustered_change([0] * 12 + [4] * 6, ["large"] * 12 + [0, 0, 1, 1, 2, 2])

    assert result.cluster_average is not None
    assert (result.person_average.estimand, result.cluster_average.estimand) == (
        "person-average",
        "cluster-average",
    )
    assert_allclose(result.person_average.value, 24 / 18)
    assert_allclose(result.cluster_average.value, 3)


def test_robust_interval_of_equal_clusters_is_the_cluster_mean_t() -> None:
    # Known result: with equal sizes CR2 of a mean equals the variance of the means over K, and
    # the Bell-McCaffrey degrees of freedom are K - 1 (Imbens & Kolesar 2016).
    rows = [[1, 5, 3], [2, 2, 8], [0, -1, 4], [7, 7, 1]]

    result = clustered_change(*flat(rows))

    assert_allclose(figures(result.person_average), figures(result.cluster_average), rtol=1e-10)
    assert_allclose(result.person_average.degrees_of_freedom, 3, rtol=1e-10)
    assert result.method == "cluster-robust"
    assert result.icc_used is None


def test_everybody_alone_is_the_paired_t_test() -> None:
    values = [3, -1, 4, 1, 5, 9]

    result = clustered_change(values, range(6))

    assert_allclose(bounds(result.person_average), t_interval(values), rtol=1e-10)
    assert (result.icc_estimated, result.design_effect, result.effective_n) == (None, 1, 6)


def test_a_prior_of_zero_is_the_paired_t_test_where_clusters_do_not_differ() -> None:
    values, clusters = flat([[1, 5, 9], [2, 4, 9], [0, 5, 10]])

    result = clustered_change(values, clusters, prior_icc=0)

    assert result.icc_estimated is not None
    assert result.icc_estimated < 0
    assert_allclose(bounds(result.person_average), t_interval(values), rtol=1e-10)


def test_design_effect_interval_agrees_with_the_matrices_of_the_model() -> None:
    values, clusters = flat(WORKSHOPS)
    icc = 0.6
    n = len(values)
    same = np.equal.outer(clusters, clusters)
    model = (1 - icc) * np.eye(n) + icc * same
    centre = np.eye(n) - 1 / n
    spread = centre @ model
    variance = float(values @ centre @ values) / np.trace(spread)

    result = clustered_change(values, clusters, prior_icc=icc)

    assert result.icc_used == icc
    assert_allclose(
        result.person_average.standard_error, np.sqrt(variance * model.sum()) / n, rtol=1e-10
    )
    assert_allclose(
        result.person_average.degrees_of_freedom,
        np.trace(spread) ** 2 / np.trace(spread @ spread),
        rtol=1e-10,
    )
    assert_allclose(result.effective_n, n**2 / model.sum(), rtol=1e-10)


def test_the_larger_of_prior_and_own_icc_is_used() -> None:
    values, clusters = flat(WORKSHOPS)
    own = pooled_icc([summarise(values, clusters)]).value

    assert 0.05 < own < 0.9
    assert clustered_change(values, clusters, prior_icc=0.05).icc_used == own
    assert clustered_change(values, clusters, prior_icc=0.9).icc_used == 0.9


def test_one_workshop_needs_a_prior_icc() -> None:
    with pytest.raises(ValueError, match="one cluster alone cannot show how clusters differ"):
        clustered_change([1, 2, 4], ["a", "a", "a"])

    result = clustered_change([1, 2, 4], ["a", "a", "a"], prior_icc=0.1)

    assert result.cluster_average is None
    assert result.icc_estimated is None
    assert_allclose(result.design_effect, 1.2)
    # The spread inside one workshop shows only (1 - ICC) of the variance: 7/3 / .9.
    assert_allclose(
        result.person_average.standard_error, np.sqrt(7 / 3 / 0.9 * 1.2 / 3), rtol=1e-12
    )


def test_no_variance_gives_an_interval_without_width() -> None:
    result = clustered_change([2, 2, 2, 2], ["a", "a", "b", "b"])

    assert figures(result.person_average) == (2, 0, 2, 2)
    assert result.icc_estimated is None


@pytest.mark.parametrize(
    ("values", "clusters", "prior", "message"),
    [
        ([], [], None, "at least one person"),
        ([1], ["a"], 0.1, "at least two persons, not 1"),
        ([1, 2], ["a", "b"], -0.1, "prior_icc must be at least 0 and below 1, not -0.1"),
        ([1, 2], ["a", "b"], 1, "prior_icc must be at least 0 and below 1, not 1"),
        ([1, 2], ["a", "b"], float("nan"), "prior_icc must be at least 0 and below 1, not nan"),
        ([1, float("nan")], ["a", "b"], None, "missing value"),
    ],
)
def test_change_refuses_bad_input(
    values: list[float], clusters: list[str], prior: float | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        clustered_change(values, clusters, prior_icc=prior)


def test_change_reports_the_n_that_was_used() -> None:
    result = clustered_change([1, None, 4, 5], ["a", "b", "c", "c"], missing="drop")

    assert (result.n, result.clusters) == (3, 2)


@given(PEOPLE, st.sampled_from([None, 0.0, 0.07]))
def test_change_from_sums_is_the_change_from_values(
    rows: list[list[int]], prior: float | None
) -> None:
    sums = [(len(row), sum(row), sum(value**2 for value in row)) for row in rows]

    from_sums = clustered_change_from_sums(sums, prior_icc=prior)
    from_values = clustered_change(*flat(rows), prior_icc=prior)

    for one, other in (
        (from_sums.person_average, from_values.person_average),
        (from_sums.cluster_average, from_values.cluster_average),
    ):
        assert_allclose(figures(one), figures(other), rtol=1e-6, atol=1e-6)
    assert (from_sums.n, from_sums.method) == (from_values.n, from_values.method)


@given(PEOPLE, st.integers(-30, 30), st.integers(1, 9), st.sampled_from([None, 0.07]))
def test_change_follows_shift_scale_sign_and_order(
    rows: list[list[int]], shift: int, scale: int, prior: float | None
) -> None:
    moved = [[shift - scale * value for value in row] for row in reversed(rows)]

    before = clustered_change(*flat(rows), prior_icc=prior).person_average
    after = clustered_change(*flat(moved), prior_icc=prior).person_average

    assert_allclose(
        (after.value, after.low, after.high),
        (shift - scale * before.value, shift - scale * before.high, shift - scale * before.low),
        rtol=1e-6,
        atol=1e-6,
    )


@given(PEOPLE)
def test_more_clustering_makes_the_interval_wider(rows: list[list[int]]) -> None:
    values, clusters = flat(rows)
    assume(len(set(values)) > 1)
    assume(max(len(row) for row in rows) > 1)

    weak = clustered_change(values, clusters, prior_icc=0.1)
    strong = clustered_change(values, clusters, prior_icc=0.8)

    assert strong.design_effect >= weak.design_effect
    assert strong.effective_n <= weak.effective_n
    assert strong.person_average.standard_error >= weak.person_average.standard_error * (1 - 1e-9)


def test_two_arms_are_a_t_test_of_cluster_means() -> None:
    values, clusters = flat([*WORKSHOPS, [2, 2], [0, 4, 4, 1]])
    means = [float(np.mean(row)) for row in [*WORKSHOPS, [2, 2], [0, 4, 4, 1]]]

    result = compare_cluster_means(values, clusters, {0, 2, 4})

    expected = stats.ttest_ind(means[::2], means[1::2])
    interval = expected.confidence_interval(0.95)
    assert result.p_value == pytest.approx(float(expected.pvalue), rel=1e-10)
    assert_allclose(bounds(result), (float(interval.low), float(interval.high)), rtol=1e-10)
    # The same as a regression of the means on the arm (statsmodels).
    line = sm.OLS(means, sm.add_constant([1, 0, 1, 0, 1, 0])).fit()
    assert_allclose((result.value, result.standard_error), (line.params[1], line.bse[1]), rtol=1e-9)
    assert (result.estimand, result.degrees_of_freedom) == ("cluster-average", 4)


@pytest.mark.parametrize(
    ("treated", "message"),
    [
        ({0}, "each arm needs two clusters, not 1 and 3"),
        ({0, 1, 2}, "each arm needs two clusters, not 3 and 1"),
        ({0, 9}, "treated clusters must be among the clusters; 9 is not"),
        (set(), "both arms need at least one cluster"),
        ({0, 1, 2, 3}, "both arms need at least one cluster"),
    ],
)
def test_two_arms_refuse_too_few_clusters(treated: set[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        compare_cluster_means(*flat(WORKSHOPS), treated)


def test_one_cluster_has_no_cluster_average() -> None:
    with pytest.raises(ValueError, match="a cluster-average needs two clusters, not 1"):
        cluster_mean_change([1, 2], ["a", "a"])


def test_arms_are_the_clusters_in_their_order() -> None:
    treated, others = arms_of(summarise(*flat(WORKSHOPS)), [3, 0])

    assert (treated.labels, others.labels) == ((0, 3), (1, 2))
