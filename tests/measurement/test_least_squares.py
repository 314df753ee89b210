import numpy as np
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose

from measurement.least_squares import design_matrix, fit


def test_fit_agrees_with_statsmodels() -> None:
    generator = np.random.default_rng(1)
    predictors = generator.normal(size=(30, 3)) * [1, 1000, 0.001] + [0, 5, 9]
    outcome = predictors @ [1, 0.01, 200] + generator.normal(size=30)

    result = fit(design_matrix(predictors, 30), outcome)

    expected = sm.OLS(outcome, sm.add_constant(predictors)).fit()
    assert_allclose(result.coefficients, expected.params, rtol=1e-8)
    assert_allclose(result.standard_errors, expected.bse, rtol=1e-8)
    assert_allclose(result.residuals, expected.resid, atol=1e-9)
    assert result.degrees_of_freedom == expected.df_resid


def test_design_without_predictors_is_the_mean() -> None:
    result = fit(design_matrix(None, 3), np.array([1.0, 2.0, 6.0]))

    assert_allclose(result.coefficients, [3])
    assert_allclose(result.standard_errors, [np.sqrt(7 / 3)], rtol=1e-12)


def test_design_refuses_rows_of_another_number() -> None:
    with pytest.raises(ValueError, match="predictors must have a row for each of 3, not 2"):
        design_matrix([[1], [2]], 3)


@pytest.mark.parametrize("column", [[2, 2, 2, 2], [0, 0, 0, 0], [3, 5, 7, 9]])
def test_fit_refuses_a_column_that_follows_from_the_others(column: list[float]) -> None:
    predictors = np.column_stack([[1.0, 2.0, 3.0, 4.0], column])

    with pytest.raises(ValueError, match="must not follow from each other"):
        fit(design_matrix(predictors, 4), np.array([1.0, 3.0, 2.0, 5.0]))


def test_fit_refuses_as_many_coefficients_as_persons() -> None:
    with pytest.raises(
        ValueError, match=r"a line with 2 coefficient\(s\) needs more persons than 2"
    ):
        fit(design_matrix([[1], [2]], 2), np.array([1.0, 3.0]))
