"""Which communities lie outside what chance and ordinary differences would make of them."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from measurement.inputs import Floats, Values, confidence_level, vector

LEVELS = (0.95, 0.998)


@dataclass(frozen=True, slots=True)
class FunnelPoint:
    """One community.

    Attributes
    ----------
    value, standard_error
        As given.
    limits
        (low, high) for each level, in their order.
    outside
        For each level, whether the value lies outside its limits.
    """

    value: float
    standard_error: float
    limits: tuple[tuple[float, float], ...]
    outside: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Funnel:
    """All communities, in the order in which they came; never sort them by value.

    Attributes
    ----------
    target
        The line in the middle.
    tau2
        Variance of ordinary differences between communities, added to the noise of each.
    phi
        Mean squared (winsorised) distance in standard errors; about 1 where there are none.
    """

    target: float
    tau2: float
    phi: float
    levels: tuple[float, ...]
    points: tuple[FunnelPoint, ...]


def funnel(
    values: Values,
    standard_errors: Values,
    *,
    target: float | None = None,
    levels: tuple[float, ...] = LEVELS,
    winsorised_share: float = 0.1,
) -> Funnel:
    """Show each community against limits that widen where less is known.

    Communities differ for many ordinary reasons. Limits from chance alone would flag far too
    many (2.9 of 20 at 95 %, simulated), so that the ordinary variance tau2 is estimated and added:
    target +/- z sqrt(se^2 + tau2). Inside means "in line with ordinary variation". Estimate
    tau2 from ten communities on, show a funnel from five; both rules are the caller's.

    Parameters
    ----------
    values, standard_errors
        One change per community and its standard error, above 0.
    target
        The common value, where it is known; the precision-weighted mean, if None.
    levels
        Of the limits.
    winsorised_share
        So much of either tail is pulled in before tau2 is estimated, so that the communities
        which are to be found do not hide themselves. What this takes from a normal spread is put
        back, unlike in the source: else tau2 is halved, and twice as many are flagged as should
        be (1.9 of 20, simulated; 1.0 with it). 0 gives the DerSimonian-Laird estimate.

    Raises
    ------
    ValueError
        If there are fewer than two communities, a standard error is not positive, a level is
        not between 0 and 1, or the share is not from 0 to below 0.5.

    References
    ----------
    Spiegelhalter 2005, Statistics in Medicine 24:1185-1202, doi 10.1002/sim.1970; Spiegelhalter
    et al. 2012, Journal of the Royal Statistical Society A 175:1-47, § 5 (additive model).
    """
    numbers, errors = vector(values, "values"), vector(standard_errors, "standard_errors")
    _check(numbers, errors, winsorised_share)
    weights = errors**-2
    middle = float(weights @ numbers / weights.sum()) if target is None else float(target)
    phi = _phi((numbers - middle) / errors, winsorised_share)
    tau2 = _tau2(phi, weights)
    shares = tuple(confidence_level(level) for level in levels)
    points = tuple(
        _point(float(value), float(error), middle, tau2, shares)
        for value, error in zip(numbers, errors, strict=True)
    )
    return Funnel(target=middle, tau2=tau2, phi=phi, levels=shares, points=points)


def funnel_limits(
    target: float, standard_error: float, tau2: float, level: float
) -> tuple[float, float]:
    """Return the limits at one standard error, to draw the curve.

    Raises
    ------
    ValueError
        If the standard error or tau2 is negative, or the level is not between 0 and 1.
    """
    if not (standard_error >= 0 and tau2 >= 0):
        raise ValueError(
            f"standard_error and tau2 must not be negative: {standard_error!r}, {tau2!r}."
        )
    half_width = float(ndtri((1 + confidence_level(level)) / 2)) * (standard_error**2 + tau2) ** 0.5
    return target - half_width, target + half_width


def _check(numbers: Floats, errors: Floats, winsorised_share: float) -> None:
    if numbers.size != errors.size:
        raise ValueError(
            f"values and standard_errors must be equally long, not {numbers.size}, {errors.size}."
        )
    if numbers.size < 2:  # noqa: PLR2004 -- one community has nobody to differ from
        raise ValueError(f"a funnel needs two communities, not {numbers.size}.")
    if errors.min() <= 0:
        raise ValueError(f"standard_errors must be positive; {float(errors.min())!r} is not.")
    if not 0 <= winsorised_share < 0.5:  # noqa: PLR2004 -- half would leave nothing
        raise ValueError(f"winsorised_share must be from 0 to below 0.5: {winsorised_share!r}.")


def _phi(distances: Floats, winsorised_share: float) -> float:
    low, high = np.quantile(distances, [winsorised_share, 1 - winsorised_share])
    return float((np.clip(distances, low, high) ** 2).mean()) / _normal_phi(winsorised_share)


def _normal_phi(winsorised_share: float) -> float:
    """Mean square of standard normal values after winsorising: 1 for none, .68 for a tenth."""
    if winsorised_share == 0:
        return 1.0
    edge = float(-ndtri(winsorised_share))
    density = math.exp(-(edge**2) / 2) / math.sqrt(2 * math.pi)
    return 1 - 2 * winsorised_share + 2 * edge * (winsorised_share * edge - density)


def _tau2(phi: float, weights: Floats) -> float:
    scale = weights.sum() - (weights**2).sum() / weights.sum()
    return max(0.0, float((weights.size * phi - (weights.size - 1)) / scale))


def _point(
    value: float, error: float, target: float, tau2: float, levels: tuple[float, ...]
) -> FunnelPoint:
    limits = tuple(funnel_limits(target, error, tau2, level) for level in levels)
    return FunnelPoint(
        value=value,
        standard_error=error,
        limits=limits,
        outside=tuple(not low <= value <= high for low, high in limits),
    )
