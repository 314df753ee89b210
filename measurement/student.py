"""Interval and test of an estimate whose standard error comes from the same data."""

from dataclasses import dataclass

from scipy.special import stdtr, stdtrit


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """What the t distribution says about an estimate.

    Attributes
    ----------
    low, high
        The confidence interval.
    t, p_value
        The test that the true value is zero, two-sided; None where the standard error is zero.
    """

    low: float
    high: float
    t: float | None
    p_value: float | None


def uncertainty(
    estimate: float, standard_error: float, degrees_of_freedom: float, confidence: float
) -> Uncertainty:
    """Return the confidence interval and the two-sided test of an estimate.

    The standard error is not negative and the degrees of freedom are positive.

    References
    ----------
    Student (1908), Biometrika 6(1):1-25, https://doi.org/10.1093/biomet/6.1.1
    """
    quantile = float(stdtrit(degrees_of_freedom, (1 + confidence) / 2))
    low, high = estimate - quantile * standard_error, estimate + quantile * standard_error
    if standard_error == 0:
        return Uncertainty(low, high, None, None)
    t = estimate / standard_error
    return Uncertainty(low, high, t, 2 * float(stdtr(degrees_of_freedom, -abs(t))))
