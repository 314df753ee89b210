import warnings

import numpy as np
import pytest
import statsmodels.api as sm
from numpy.testing import assert_allclose
from statsmodels.tools.sm_exceptions import ConvergenceWarning

from measurement.inputs import Floats
from measurement.mixed_line import fit_mixed_line


def study(seed: int, *, persons: int = 80, slopes: float = 0.4) -> tuple[Floats, Floats, list[str]]:
    """Invent a standardised study with two to six occasions per person."""
    generator = np.random.default_rng(seed)
    codes = np.repeat(np.arange(persons), generator.integers(2, 7, persons))
    burden = generator.normal(0, 0.8, persons)
    exposure = burden[codes] + generator.normal(0, 0.7, codes.size)
    intercepts, steepness = generator.normal(0, 0.6, persons), generator.normal(0, slopes, persons)
    problems = (
        intercepts[codes]
        + (0.5 + steepness[codes]) * exposure
        + generator.normal(0, 0.5, codes.size)
    )
    return exposure, problems, [f"person {code}" for code in codes]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_line_agrees_with_statsmodels(seed: int) -> None:
    exposure, problems, persons = study(seed)
    design = sm.add_constant(exposure)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        reference = sm.MixedLM(problems, design, persons, exog_re=design).fit(
            reml=True, method="bfgs", gtol=1e-9
        )

    result = fit_mixed_line(exposure, problems, persons)

    assert_allclose([result.line.intercept, result.line.slope], reference.fe_params, atol=2e-4)
    covariances = np.array(reference.cov_re)
    assert_allclose(
        [result.intercept_sd, result.slope_sd], np.sqrt(np.diag(covariances)), atol=2e-3
    )
    assert result.correlation is not None
    assert_allclose(
        result.correlation * result.intercept_sd * result.slope_sd, covariances[0, 1], atol=2e-3
    )
    assert_allclose(result.within_sd, np.sqrt(reference.scale), atol=1e-3)
    assert_allclose(result.log_likelihood, reference.llf, atol=5e-3)
    assert result.line.covariance is not None
    assert_allclose(result.line.covariance, np.array(reference.cov_params())[:2, :2], atol=2e-4)


def test_line_is_built_for_scoring() -> None:
    exposure, problems, persons = study(4)
    result = fit_mixed_line(exposure, problems, persons)
    line = result.line
    residuals = problems - line.intercept - line.slope * exposure

    assert (line.n, result.n_rows, line.degree) == (80, exposure.size, 1)
    assert_allclose(line.residual_sd, residuals.std(ddof=1))
    assert_allclose(line.residual_variance or 0, residuals.var(ddof=1))
    assert_allclose(line.r_squared, np.corrcoef(exposure, problems)[0, 1] ** 2)
    assert (line.exposure_low, line.exposure_high) == (exposure.min(), exposure.max())
    assert_allclose(line.exposure_mean, exposure.mean())
    assert line.method == "mixed model (REML) with random intercept and slope"


def test_line_does_not_depend_on_units() -> None:
    exposure, problems, persons = study(5)

    original = fit_mixed_line(exposure, problems, persons)
    changed = fit_mixed_line(10 * exposure + 40, 3 * problems + 20, persons)

    assert_allclose(changed.line.slope, original.line.slope * 3 / 10, rtol=1e-5)
    expected = 3 * original.line.expected(np.array([0.5])) + 20
    assert_allclose(changed.line.expected(np.array([45.0])), expected, rtol=1e-5)
    assert_allclose(changed.within_sd, 3 * original.within_sd, rtol=1e-4)
    assert_allclose(changed.slope_sd, original.slope_sd * 3 / 10, rtol=1e-3)
    # Rows minus coefficients times the unit of problems, and the unit of the slope's design.
    shift = (exposure.size - 2) * np.log(3) + np.log(10)
    assert_allclose(changed.log_likelihood, original.log_likelihood - shift, atol=1e-4)


def test_persons_who_do_not_differ_have_no_correlation() -> None:
    exposure = [0, 1, 2, 3] * 4
    problems = [0, 1.1, 1.9, 3] * 4

    result = fit_mixed_line(exposure, problems, [i // 4 for i in range(16)])

    assert_allclose([result.intercept_sd, result.slope_sd], 0, atol=1e-6)
    reference = sm.OLS(problems, sm.add_constant(exposure)).fit()
    assert_allclose([result.line.intercept, result.line.slope], reference.params, atol=1e-6)


@pytest.mark.parametrize(
    ("exposure", "problems", "persons", "message"),
    [
        ([1, 2, 3], [1, 2, 3], ["a", "b"], "persons must hold 3 labels, not 2"),
        ([1, 2, 3, 4], [1, 2, 3, 5], list("aabb"), "needs at least 3 persons, not 2"),
        ([1, 2, 3], [1, 2, 4], list("abc"), "assessed more than once"),
        ([1, 1, 1, 1], [1, 2, 3, 4], list("aabc"), "exposure must vary"),
        ([1, 2, 3, 4], [2, 2, 2, 2], list("aabc"), "problems must vary"),
        ([1, 2, 3, None], [2, 2, 2, 2], list("aabc"), "exposure has 1 missing"),
        ([], [], [], "needs at least 3 persons, not 0"),
    ],
)
def test_no_mixed_line_without_enough_information(
    exposure: list[float], problems: list[float], persons: list[str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        fit_mixed_line(exposure, problems, persons)
