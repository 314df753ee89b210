"""May this line be trusted: does it bend, does one person decide it, is exposure reliable."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from measurement.inputs import Floats, MissingRows, Values
from measurement.line_sums import load_and_problems
from measurement.reactivity import SIGN, Direction
from measurement.reference_line import ReferenceLine, fit_line

INFLUENTIAL = 1.0  # Cook's distance from which one person moves the line by its own uncertainty


@dataclass(frozen=True, slots=True)
class CurvatureTest:
    """Whether a curved line describes the data better than a straight one.

    ``recommended_degree`` is 2 only if the gain is significant *and* the curve keeps rising (or
    falling) over the whole range of exposure.
    """

    f: float
    df_numerator: int
    df_denominator: int
    p_value: float
    r_squared_straight: float
    r_squared_curved: float
    monotone: bool
    recommended_degree: int
    n: int


@dataclass(frozen=True, slots=True, eq=False)
class LineDiagnostics:
    """How much each person decides the line; one value per person, in their order.

    ``studentised`` are internally studentised residuals, ``influential`` the positions of persons
    with a Cook's distance above 1.
    """

    leverage: Floats
    studentised: Floats
    cooks_distance: Floats
    influential: NDArray[np.int64]
    n: int


@dataclass(frozen=True, slots=True)
class FairnessCheck:
    """A difference in stressor reactivity as measured, and with exposure freed from error.

    ``bias`` is measured minus corrected: above 0, the group looks less resilient than it is.
    ``flips`` says that the direction would be another one: such a comparison is not published.
    """

    reactivity: float
    corrected: float
    bias: float
    reliability: float
    flips: bool
    direction: Direction
    corrected_direction: Direction
    r_squared: float
    sign: str = SIGN


def nested_f_test(
    exposure: Values,
    problems: Values,
    *,
    significance: float = 0.05,
    missing: MissingRows = "raise",
) -> CurvatureTest:
    """Ask whether the line should bend.

    ``F = (RSS_1 - RSS_2) / (RSS_2 / (n - 3))`` with 1 and n - 3 degrees of freedom.

    Parameters
    ----------
    exposure, problems
        One value per person, in the same order.
    significance
        The p value from which a curve is recommended, between 0 and 1.
    missing
        ``"raise"`` refuses missing values, ``"complete"`` keeps persons with both.

    Raises
    ------
    ValueError
        As :func:`measurement.reference_line.fit_line` for a line of degree 2.
    """
    if not 0 < significance < 1:
        raise ValueError(f"significance must lie between 0 and 1, not {significance!r}.")
    curved = fit_line(exposure, problems, degree=2, missing=missing)
    straight = fit_line(exposure, problems, missing=missing)
    freedom = curved.n - 3
    unexplained = 1 - curved.r_squared
    f = (curved.r_squared - straight.r_squared) / (unexplained / freedom)
    p_value = float(stats.f.sf(f, 1, freedom))
    steepness = curved.slope + 2 * curved.curvature * np.array(
        [curved.exposure_low, curved.exposure_high]
    )
    monotone = bool(steepness[0] * steepness[1] >= 0)
    return CurvatureTest(
        f=f,
        df_numerator=1,
        df_denominator=freedom,
        p_value=p_value,
        r_squared_straight=straight.r_squared,
        r_squared_curved=curved.r_squared,
        monotone=monotone,
        recommended_degree=2 if monotone and p_value < significance else 1,
        n=curved.n,
    )


def line_diagnostics(
    exposure: Values, problems: Values, *, degree: int = 1, missing: MissingRows = "raise"
) -> LineDiagnostics:
    """Show which persons decide the line.

    ``D_i = t_i^2 h_i / ((1 - h_i) p)`` with leverage h, internally studentised residual t and p
    coefficients.

    Parameters
    ----------
    exposure, problems
        One value per person, in the same order.
    degree
        1 for a straight line, 2 for a curved one.
    missing
        ``"raise"`` refuses missing values, ``"complete"`` keeps persons with both.

    Raises
    ------
    ValueError
        As :func:`measurement.reference_line.fit_line`, and if a single person determines the
        line (leverage 1), so that no residual exists.

    References
    ----------
    Cook 1977, Technometrics 19(1):15-18.
    """
    line = fit_line(exposure, problems, degree=degree, missing=missing)
    loads, troubles = load_and_problems(exposure, problems, missing=missing)
    design = np.vander(loads - loads.mean(), degree + 1, increasing=True)
    leverage = (np.linalg.qr(design).Q ** 2).sum(axis=1)
    if np.isclose(leverage, 1, rtol=0, atol=1e-9).any():
        raise ValueError(f"Person {int(leverage.argmax())} alone determines the line.")
    residuals = troubles - line.expected(loads)
    variance = (residuals**2).sum() / (line.n - degree - 1)
    studentised = residuals / np.sqrt(variance * (1 - leverage))
    distance = studentised**2 * leverage / ((1 - leverage) * (degree + 1))
    return LineDiagnostics(
        leverage, studentised, distance, np.flatnonzero(distance > INFLUENTIAL), line.n
    )


def fairness_check(
    line: ReferenceLine,
    exposure: float,
    problems: float,
    *,
    compared_with: tuple[float, float] | None = None,
    reliability: float = 0.7,
) -> FairnessCheck:
    """Ask whether a group looks less resilient only because exposure is measured with error.

    Error in exposure makes the line too flat (by the factor of its reliability). A heavily
    burdened group then lies above the line although it reacts as everybody does. The check
    scores again with the slope divided by the reliability, through the same centre.

    Parameters
    ----------
    line
        A frozen straight reference line.
    exposure, problems
        The means of the group (or of one wave), in the units of the line.
    compared_with
        Mean exposure and mean problems of the other group or wave; ``None`` compares with the
        reference sample, that is, checks the group's own reactivity.
    reliability
        The assumed reliability of exposure, above 0 and up to 1.

    Raises
    ------
    ValueError
        If a mean is not finite, the reliability out of range, or the line curved.

    References
    ----------
    Attenuation: Spearman 1904, American Journal of Psychology 15(1):72-101.
    """
    if not 0 < reliability <= 1:
        raise ValueError(f"reliability must be above 0 and up to 1, not {reliability!r}.")
    if line.degree > 1:
        raise ValueError("The fairness check needs a straight line.")
    centre = line.exposure_mean
    other = compared_with or (centre, line.intercept + line.slope * centre)
    means = np.array([exposure, problems, *other])
    if not np.isfinite(means).all():
        raise ValueError(f"Means must be finite, not {means.tolist()}.")
    load, trouble = exposure - other[0], problems - other[1]
    reactivity = (trouble - line.slope * load) / line.residual_sd
    corrected = (trouble - line.slope / reliability * load) / line.residual_sd
    return FairnessCheck(
        reactivity=reactivity,
        corrected=corrected,
        bias=reactivity - corrected,
        reliability=reliability,
        flips=reactivity * corrected < 0,
        direction=Direction.of(reactivity),
        corrected_direction=Direction.of(corrected),
        r_squared=line.r_squared,
    )
