import pytest
from numpy.testing import assert_allclose
from scipy import stats

from measurement.estimates import t_estimate, t_quantile


def test_estimate_has_the_t_interval_and_p_value_of_scipy() -> None:
    result = t_estimate(-3.954361, 1.70666, 94, estimand="person-average", confidence=0.9)

    low, high = stats.t.interval(0.9, 94, loc=-3.954361, scale=1.70666)
    assert_allclose((result.low, result.high), (low, high), rtol=1e-12)
    p_value = 2 * float(stats.t.sf(3.954361 / 1.70666, 94))
    assert result.p_value == pytest.approx(p_value, rel=1e-12)
    assert (result.value, result.degrees_of_freedom, result.confidence) == (-3.954361, 94, 0.9)


def test_estimate_without_spread_has_no_p_value() -> None:
    result = t_estimate(2, 0, 5, estimand="cluster-average")

    assert (result.low, result.high, result.t, result.p_value) == (2, 2, None, None)


@pytest.mark.parametrize(
    ("error", "freedom", "confidence", "message"),
    [
        (1, 0, 0.95, "degrees_of_freedom must be positive, not 0"),
        (-1, 5, 0.95, "standard_error must be finite, not negative, not -1"),
        (float("nan"), 5, 0.95, "standard_error must be finite"),
        (1, 5, 1.0, "confidence must lie between 0 and 1"),
    ],
)
def test_estimate_refuses_what_makes_no_interval(
    error: float, freedom: float, confidence: float, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        t_estimate(1, error, freedom, estimand="person-average", confidence=confidence)


def test_quantile_agrees_with_scipy_for_broken_degrees_of_freedom() -> None:
    assert_allclose(t_quantile(0.975, 3.4), stats.t.ppf(0.975, 3.4), rtol=1e-10)
