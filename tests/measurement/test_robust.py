from typing import cast

import numpy as np
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose
from numpy.typing import NDArray
from scipy.linalg import sqrtm

from measurement.clusters import clustered_change
from measurement.robust import Correction, cluster_robust

Floats = NDArray[np.float64]

SIZES = [4, 9, 14, 7, 11, 5]
CLUSTERS = np.repeat(list("abcdef"), SIZES)
GENERATOR = np.random.default_rng(3)
LEVELS = np.repeat(GENERATOR.normal(0, 2, len(SIZES)), SIZES)
AGE = GENERATOR.normal(40, 10, CLUSTERS.size)
TREATED = np.isin(CLUSTERS, ["a", "c", "e"]).astype(np.float64)
OUTCOME = LEVELS + 0.1 * AGE + GENERATOR.normal(size=CLUSTERS.size)
PREDICTORS = np.column_stack([AGE, TREATED])


def by_whole_matrices(
    outcome: Floats, design: Floats, clusters: NDArray[np.str_], contrast: Floats
) -> tuple[float, float]:
    """CR2 and Bell-McCaffrey as printed, with N x N matrices and another matrix root."""
    n = outcome.size
    inverse = np.linalg.inv(design.T @ design)
    residual_maker = np.eye(n) - design @ inverse @ design.T
    residuals = residual_maker @ outcome
    scores, columns = [], []
    for cluster in np.unique(clusters):
        selector = np.eye(n)[clusters == cluster]
        block = selector @ residual_maker @ selector.T
        adjustment = np.linalg.inv(np.real(sqrtm(block)))
        weights = adjustment @ selector @ design @ inverse @ contrast
        scores.append(weights @ selector @ residuals)
        columns.append(residual_maker @ selector.T @ weights)
    stacked = np.array(columns).T
    eigenvalues = np.linalg.eigvalsh(stacked.T @ stacked)
    freedom = eigenvalues.sum() ** 2 / (eigenvalues**2).sum()
    return float(np.sum(np.square(scores))) ** 0.5, float(freedom)


@pytest.mark.parametrize("coefficient", [0, 1, 2])
def test_cr2_agrees_with_an_implementation_by_whole_matrices(coefficient: int) -> None:
    # Ages vary inside clusters, so that no block of I - H is singular.
    result = cluster_robust(OUTCOME, PREDICTORS, CLUSTERS).coefficients[coefficient]

    design = sm.add_constant(PREDICTORS)
    error, freedom = by_whole_matrices(OUTCOME, design, CLUSTERS, np.eye(3)[coefficient])
    assert_allclose(result.standard_error, error, rtol=1e-8)
    assert_allclose(result.degrees_of_freedom, freedom, rtol=1e-8)


def test_cr1_agrees_with_statsmodels() -> None:
    result = cluster_robust(OUTCOME, PREDICTORS, CLUSTERS, correction="CR1")

    codes = np.unique(CLUSTERS, return_inverse=True)[1]
    expected = sm.OLS(OUTCOME, sm.add_constant(PREDICTORS)).fit(
        cov_type="cluster", cov_kwds={"groups": codes}
    )
    assert_allclose([line.value for line in result.coefficients], expected.params, rtol=1e-8)
    assert_allclose([line.standard_error for line in result.coefficients], expected.bse, rtol=1e-8)
    assert [line.degrees_of_freedom for line in result.coefficients] == [5, 5, 5]


def test_cr2_of_persons_alone_is_hc2() -> None:
    result = cluster_robust(OUTCOME, PREDICTORS, range(OUTCOME.size))

    expected = sm.OLS(OUTCOME, sm.add_constant(PREDICTORS)).fit(cov_type="HC2")
    assert_allclose([line.standard_error for line in result.coefficients], expected.bse, rtol=1e-8)


@pytest.mark.parametrize(("treated", "others"), [(3, 27), (10, 10), (2, 5)])
def test_degrees_of_freedom_of_two_groups_follow_the_published_formula(
    treated: int, others: int
) -> None:
    n = treated + others
    arm = np.repeat([1.0, 0.0], [treated, others])

    result = cluster_robust(np.random.default_rng(2).normal(size=n), arm[:, None], range(n))

    # Imbens & Kolesar 2016, section II: two groups, independent persons. For 3 and 27 they
    # print 2.5.
    expected = (
        n**2
        * (others - 1)
        * (treated - 1)
        / (treated**2 * (treated - 1) + others**2 * (others - 1))
    )
    assert_allclose(result.coefficients[1].degrees_of_freedom, expected, rtol=1e-9)


def test_degrees_of_freedom_of_the_published_example() -> None:
    arm = np.repeat([1.0, 0.0], [3, 27])

    result = cluster_robust(np.random.default_rng(2).normal(size=30), arm[:, None], range(30))

    assert_allclose(result.coefficients[1].degrees_of_freedom, 2.5, atol=0.05)


def test_equal_clusters_treated_as_a_whole_give_welch() -> None:
    # Known result: CR2 is then s^2/K + s^2/K of the cluster means, with 2 (K/2 - 1) degrees.
    clusters = np.repeat(np.arange(8), 5)
    outcome = np.random.default_rng(4).normal(size=40) + clusters % 3
    arm = (clusters < 4).astype(np.float64)

    result = cluster_robust(outcome, arm[:, None], clusters).coefficients[1]

    means = outcome.reshape(8, 5).mean(axis=1)
    expected = np.sqrt(means[:4].var(ddof=1) / 4 + means[4:].var(ddof=1) / 4)
    assert_allclose(result.standard_error, expected, rtol=1e-9)
    assert_allclose(result.degrees_of_freedom, 6, rtol=1e-9)


def test_mean_is_that_of_the_closed_form() -> None:
    result = cluster_robust(OUTCOME, None, CLUSTERS)

    closed = clustered_change(OUTCOME, CLUSTERS).person_average
    line = result.coefficients[0]
    assert_allclose(
        (line.value, line.standard_error, line.degrees_of_freedom, line.low, line.high),
        (closed.value, closed.standard_error, closed.degrees_of_freedom, closed.low, closed.high),
        rtol=1e-9,
    )
    assert (result.n, result.clusters, result.correction) == (50, 6, "CR2")
    assert line.estimand == "person-average"


def test_order_of_persons_does_not_matter() -> None:
    order = np.random.default_rng(5).permutation(OUTCOME.size)

    first = cluster_robust(OUTCOME, PREDICTORS, CLUSTERS)
    second = cluster_robust(OUTCOME[order], PREDICTORS[order], CLUSTERS[order])

    assert_allclose(
        [line.standard_error for line in first.coefficients],
        [line.standard_error for line in second.coefficients],
        rtol=1e-9,
    )


@pytest.mark.parametrize(
    ("outcome", "predictors", "clusters", "message"),
    [
        ([1, 2, 3], None, ["a", "a", "a"], "need two clusters, not 1"),
        ([1, None, 3], None, ["a", "b", "b"], "outcome has 1 missing"),
        ([1, 2, 3, 4], [[1], [1], [0], [0]], ["a", "a", "b", "b"], "rests on one cluster alone"),
        ([1, 2, 3, 4], [[1], [1], [1], [1]], ["a", "a", "b", "b"], "must not follow"),
    ],
)
def test_robust_refuses_bad_input(
    outcome: list[float], predictors: list[list[float]] | None, clusters: list[str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        cluster_robust(outcome, predictors, clusters)


def test_robust_refuses_an_unknown_correction() -> None:
    with pytest.raises(ValueError, match="correction must be CR1 or CR2, not 'CR3'"):
        cluster_robust(OUTCOME, None, CLUSTERS, correction=cast("Correction", "CR3"))
