from typing import cast

import numpy as np
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose

from measurement.intraclass import icc
from measurement.mixed import Criterion, random_intercept

# Davies 1947, Statistical Methods in Research and Production: yield of dye, six batches of five.
DYESTUFF = [1545, 1440, 1440, 1520, 1580, 1540, 1555, 1490, 1560, 1495]
DYESTUFF += [1595, 1550, 1605, 1510, 1560, 1445, 1440, 1595, 1465, 1545]
DYESTUFF += [1595, 1630, 1515, 1635, 1625, 1520, 1455, 1450, 1480, 1445]
BATCHES = np.repeat(list("ABCDEF"), 5)

SIZES = [4, 9, 14, 7, 11, 3, 8, 6, 12, 5]
CLUSTERS = np.repeat(np.arange(10), SIZES)
GENERATOR = np.random.default_rng(11)
AGE = GENERATOR.normal(40, 10, CLUSTERS.size)
TREATED = (CLUSTERS % 2).astype(np.float64)
OUTCOME = (
    np.repeat(GENERATOR.normal(0, 2, 10), SIZES) + 0.1 * AGE + GENERATOR.normal(0, 3, CLUSTERS.size)
)
PREDICTORS = np.column_stack([AGE, TREATED])


@pytest.mark.parametrize(
    ("criterion", "between", "error", "deviance"),
    # Bates, lme4: Mixed-effects modeling with R, ch. 1: summaries of fm01 (REML) and fm01ML.
    [("REML", 1764.05, 19.383, 319.6543), ("ML", 1388.33, 17.695, 327.3271)],
)
def test_dyestuff_has_the_published_variances(
    criterion: Criterion, between: float, error: float, deviance: float
) -> None:
    result = random_intercept(DYESTUFF, None, BATCHES, criterion=criterion)

    mean = result.coefficients[0]
    assert_allclose(result.between_variance, between, atol=0.01)
    assert_allclose(result.within_variance, 2451.25, atol=0.01)
    assert_allclose((mean.value, mean.standard_error), (1527.5, error), atol=0.001)
    assert_allclose(-2 * result.log_likelihood, deviance, atol=0.0001)
    assert (result.n, result.clusters, mean.degrees_of_freedom) == (30, 6, 5)
    assert not result.at_boundary


@pytest.mark.parametrize("criterion", ["REML", "ML"])
def test_line_agrees_with_statsmodels(criterion: Criterion) -> None:
    result = random_intercept(OUTCOME, PREDICTORS, CLUSTERS, criterion=criterion)

    model = sm.MixedLM(OUTCOME, sm.add_constant(PREDICTORS), groups=CLUSTERS)
    expected = model.fit(reml=criterion == "REML")
    # Its optimiser stops where ours is still improving, hence 1e-3.
    assert_allclose([line.value for line in result.coefficients], expected.fe_params, rtol=1e-3)
    assert_allclose(result.between_variance, float(expected.cov_re[0, 0]), rtol=1e-3)
    assert_allclose(result.within_variance, expected.scale, rtol=1e-4)
    assert_allclose(result.log_likelihood, expected.llf, rtol=1e-7)
    assert result.log_likelihood >= expected.llf - 1e-9


def test_turning_a_predictor_turns_its_coefficient_alone() -> None:
    result = random_intercept(OUTCOME, PREDICTORS, CLUSTERS)

    turned = random_intercept(OUTCOME, -PREDICTORS, CLUSTERS)

    expected = np.array([line.value for line in result.coefficients]) * (1, -1, -1)
    assert_allclose([line.value for line in turned.coefficients], expected, rtol=1e-6)


def test_errors_are_those_of_generalised_least_squares() -> None:
    # statsmodels takes the curvature of the variances in as well; this is the textbook formula.
    result = random_intercept(OUTCOME, PREDICTORS, CLUSTERS)

    same = np.equal.outer(CLUSTERS, CLUSTERS)
    model = result.between_variance * same + result.within_variance * np.eye(CLUSTERS.size)
    line = sm.GLS(OUTCOME, sm.add_constant(PREDICTORS), sigma=model)
    covariance = np.linalg.inv(line.wexog.T @ line.wexog)
    assert_allclose([one.value for one in result.coefficients], line.fit().params, rtol=1e-7)
    assert_allclose(
        [one.standard_error for one in result.coefficients],
        np.sqrt(np.diag(covariance)),
        rtol=1e-7,
    )
    assert_allclose(
        result.icc,
        result.between_variance / (result.between_variance + result.within_variance),
        rtol=1e-9,
    )


def test_clusters_that_do_not_differ_are_named() -> None:
    values = [1, 5, 9, 2, 4, 9, 0, 5, 10]

    result = random_intercept(values, None, [0, 0, 0, 1, 1, 1, 2, 2, 2])

    assert icc(values, [0, 0, 0, 1, 1, 1, 2, 2, 2]).value < 0
    assert result.at_boundary
    assert result.between_variance == 0
    # Then it is the ordinary mean and its ordinary error.
    assert_allclose(result.coefficients[0].standard_error, np.std(values, ddof=1) / 3, rtol=1e-9)


def test_mean_lies_between_person_and_cluster_average() -> None:
    values = [0, 1, 0, 1, 0, 1, 0, 1, 6, 7, 9, 8]
    clusters = ["large"] * 8 + ["b", "b", "c", "c"]

    result = random_intercept(values, None, clusters).coefficients[0]

    assert result.estimand == "precision-weighted average"
    assert np.mean(values) < result.value < np.mean([0.5, 6.5, 8.5])


def test_almost_all_variance_between_clusters_is_found() -> None:
    values = [0, 1e-3, 10, 10.001, -20, -20.001, 35, 35.001]

    result = random_intercept(values, None, [0, 0, 1, 1, 2, 2, 3, 3])

    expected = icc(values, [0, 0, 1, 1, 2, 2, 3, 3])
    between = (expected.mean_square_between - expected.mean_square_within) / 2
    # The likelihood is nearly flat when the ratio of the variances is a thousand millions.
    assert_allclose(result.between_variance, between, rtol=1e-3)


def test_shift_and_scale_pass_through() -> None:
    first = random_intercept(OUTCOME, None, CLUSTERS)
    second = random_intercept(1e6 - 50 * OUTCOME, None, CLUSTERS)

    assert_allclose(second.between_variance, 2500 * first.between_variance, rtol=1e-5)
    assert_allclose(second.coefficients[0].value, 1e6 - 50 * first.coefficients[0].value, rtol=1e-8)


@pytest.mark.parametrize(
    ("outcome", "predictors", "clusters", "message"),
    [
        ([1, 2, 3], None, ["a", "a", "a"], r"1 coefficient\(s\) need more clusters than 1"),
        ([1, 2, 3], None, ["a", "b", "c"], "a cluster of two persons; all have one"),
        ([1, 1, 2, 2], None, ["a", "a", "b", "b"], "persons of one cluster who differ"),
        ([2, 2, 2, 2], None, ["a", "a", "b", "b"], "persons of one cluster who differ"),
        ([1, 2, 3, 5], [[0], [0], [1], [1]], ["a", "a", "b", "b"], "need more clusters than 2"),
        ([1, None, 2, 2], None, ["a", "a", "b", "b"], "outcome has 1 missing"),
    ],
)
def test_mixed_model_refuses_bad_input(
    outcome: list[float], predictors: list[list[float]] | None, clusters: list[str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        random_intercept(outcome, predictors, clusters)


def test_mixed_model_refuses_an_unknown_criterion() -> None:
    with pytest.raises(ValueError, match="criterion must be REML or ML, not 'MAP'"):
        random_intercept(OUTCOME, None, CLUSTERS, criterion=cast("Criterion", "MAP"))
