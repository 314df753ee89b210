"""How large a change is in standard deviations, by every definition that has a name."""

from dataclasses import dataclass
from math import sqrt
from typing import Final

from scipy.optimize import brentq
from scipy.special import chdtri, nctdtr, ndtri, poch

from measurement.inputs import confidence_level
from measurement.paired import PairedChange

# Beyond it the noncentral distribution of SciPy 1.17 begins to return NaN.
LARGEST_NONCENTRALITY: Final = 5e4
NEGLIGIBLE_T: Final = 1e-30
FEWEST_DEGREES_TO_CORRECT: Final = 2


@dataclass(frozen=True, slots=True)
class PairedEffects:
    """A paired change in standard deviations; the same data give very different numbers.

    Report the change in points first, and one of these, by its name. ``g_av`` with its interval
    is the one that CORESZON reports; the others are for comparison with the literature.

    Attributes
    ----------
    n
        How many pairs.
    d_z, d_z_low, d_z_high
        Change / SD of the changes, with the interval by the noncentral t distribution.
    d_av, d_av_low, d_av_high
        Change / root mean square of the two SDs, with an approximate interval.
    d_av_mean_of_sds
        Change / mean of the two SDs (Cumming).
    d_rm
        d_z √(2 (1 - r)): d_z freed of the correlation.
    glass
        Change / SD before. Very large where everybody began near the floor.
    hedges_correction
        The factor J that takes the bias of few people out of d.
    g_z, g_av, g_av_low, g_av_high
        d_z and d_av times J.
    correlation
        Of before with after; it decides how far d_z and d_av lie apart.

    A value is None where it is not defined: fewer than two pairs, a standard deviation of zero,
    or no correlation; g and J need three pairs.
    """

    n: int
    d_z: float | None
    d_z_low: float | None
    d_z_high: float | None
    d_av: float | None
    d_av_low: float | None
    d_av_high: float | None
    d_av_mean_of_sds: float | None
    d_rm: float | None
    glass: float | None
    hedges_correction: float | None
    g_z: float | None
    g_av: float | None
    g_av_low: float | None
    g_av_high: float | None
    correlation: float | None


def paired_effects(change: PairedChange, *, confidence: float = 0.95) -> PairedEffects:
    """Express a paired change in standard deviations.

    Parameters
    ----------
    change
        From ``paired_change`` or ``paired_change_from_sums``.
    confidence
        Of the intervals, between 0 and 1.

    References
    ----------
    Lakens (2013), Frontiers in Psychology 4:863, https://doi.org/10.3389/fpsyg.2013.00863
    (names and formulas). Hedges (1981), Journal of Educational Statistics 6(2):107-128 (J).
    """
    level = confidence_level(confidence)
    d_z, d_z_interval = _d_z(change, level)
    d_av, d_av_interval = _d_av(change, level)
    correction = None
    if change.degrees_of_freedom is not None and change.degrees_of_freedom > 1:
        correction = hedges_correction(change.degrees_of_freedom)
    return PairedEffects(
        change.n,
        d_z,
        *d_z_interval,
        d_av,
        *d_av_interval,
        _ratio(change.change, _mean(change.sd_before, change.sd_after)),
        _d_rm(d_z, change.correlation),
        _ratio(change.change, change.sd_before),
        correction,
        _product(d_z, correction),
        _product(d_av, correction),
        _product(d_av_interval[0], correction),
        _product(d_av_interval[1], correction),
        change.correlation,
    )


def hedges_correction(degrees_of_freedom: float) -> float:
    """Return the factor J, a little below 1, that takes the bias of few people out of d.

    J = Γ(df / 2) / (√(df / 2) Γ((df - 1) / 2)), about 1 - 3 / (4 df - 1).

    Raises
    ------
    ValueError
        If there are fewer than two degrees of freedom.

    References
    ----------
    Hedges (1981), Journal of Educational Statistics 6(2):107-128, formula 6e.
    """
    if not degrees_of_freedom >= FEWEST_DEGREES_TO_CORRECT:
        raise ValueError(f"J needs at least two degrees of freedom, not {degrees_of_freedom}.")
    return float(poch((degrees_of_freedom - 1) / 2, 0.5)) / sqrt(degrees_of_freedom / 2)


def noncentrality_interval(
    t: float, degrees_of_freedom: float, *, confidence: float = 0.95
) -> tuple[float, float]:
    """Return the interval of the noncentrality that a value of t supports.

    The lower bound is the noncentrality under which a t as large or larger is as rare as
    (1 - confidence) / 2, the upper bound the one under which a t as small or smaller is.

    Raises
    ------
    ValueError
        If t is not finite or there are no degrees of freedom.

    References
    ----------
    Steiger and Fouladi (1997), in: What if there were no significance tests?, 221-257.
    """
    level = confidence_level(confidence)
    if not (abs(t) < float("inf") and degrees_of_freedom > 0):
        raise ValueError(f"no interval for t = {t} with {degrees_of_freedom} degrees of freedom.")
    # The distribution is computed reliably in its upper half only, so the sign is put back last;
    # and so close to zero that nothing changes any more it is NaN for some noncentralities.
    size = abs(t) if abs(t) > NEGLIGIBLE_T else 0.0
    near, far = _bounds(size, degrees_of_freedom, level)
    return (near, far) if t >= 0 else (-far, -near)


def _bounds(t: float, degrees_of_freedom: float, level: float) -> tuple[float, float]:
    tail = (1 - level) / 2
    # T lies beyond t only if the normal or the chi part is extreme, so that half of the tail for
    # each gives a noncentrality that is surely too small and one that is surely too large.
    normal = float(ndtri(1 - tail / 2))
    lowest = t * _chi_share(degrees_of_freedom, tail / 2) - normal
    highest = t * _chi_share(degrees_of_freedom, 1 - tail / 2) + normal
    if highest > LARGEST_NONCENTRALITY:
        return _distant_bounds(t, degrees_of_freedom, tail)

    def excess(noncentrality: float, target: float) -> float:
        return float(nctdtr(degrees_of_freedom, noncentrality, t)) - target

    near = brentq(excess, lowest, highest, args=(1 - tail,))
    far = brentq(excess, lowest, highest, args=(tail,))
    return near, far


def _distant_bounds(t: float, degrees_of_freedom: float, tail: float) -> tuple[float, float]:
    """Combine the uncertainty of the mean with that of the standard deviation, which dominates."""
    normal = float(ndtri(1 - tail))
    down, up = [
        sqrt((t * (_chi_share(degrees_of_freedom, share) - 1)) ** 2 + normal**2)
        for share in (tail, 1 - tail)
    ]
    return t - down, t + up


def _chi_share(degrees_of_freedom: float, share: float) -> float:
    """Return the quantile of a sample standard deviation whose true value is 1."""
    return sqrt(float(chdtri(degrees_of_freedom, 1 - share)) / degrees_of_freedom)


def _d_z(
    change: PairedChange, level: float
) -> tuple[float | None, tuple[float | None, float | None]]:
    if change.t is None or change.degrees_of_freedom is None:
        return None, (None, None)
    root = sqrt(change.n)
    low, high = noncentrality_interval(change.t, change.degrees_of_freedom, confidence=level)
    return change.t / root, (low / root, high / root)


def _d_av(
    change: PairedChange, level: float
) -> tuple[float | None, tuple[float | None, float | None]]:
    if change.sd_before is None or change.sd_after is None:
        return None, (None, None)
    d_av = _ratio(change.change, sqrt((change.sd_before**2 + change.sd_after**2) / 2))
    if d_av is None or change.correlation is None:
        return d_av, (None, None)
    variance = (2 * (1 - change.correlation) + d_av**2 / 2) / change.n
    half_width = float(ndtri((1 + level) / 2)) * sqrt(variance)
    return d_av, (d_av - half_width, d_av + half_width)


def _d_rm(d_z: float | None, correlation: float | None) -> float | None:
    if d_z is None or correlation is None:
        return None
    return d_z * sqrt(2 * (1 - correlation))


def _mean(first: float | None, second: float | None) -> float | None:
    return None if first is None or second is None else (first + second) / 2


def _ratio(value: float | None, divisor: float | None) -> float | None:
    return None if value is None or not divisor else value / divisor


def _product(value: float | None, factor: float | None) -> float | None:
    return None if value is None or factor is None else value * factor
