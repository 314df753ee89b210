"""How do repeated assessments become one number per person: windows, long-term means, areas.

A single occasion of stressor reactivity is noisy; a mean over several occasions is what the
outcome is about. How many missed occasions are acceptable is fixed beforehand.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from measurement.inputs import Floats, Table, Values, matrix_with_gaps, vector


@dataclass(frozen=True, slots=True, eq=False)
class WindowMeans:
    """One mean per respondent over some consecutive occasions.

    ``respondents`` gives the row of each value; who had too few assessments is left out.
    """

    values: Floats
    respondents: NDArray[np.int64]
    first_occasion: int
    last_occasion: int
    n: int
    n_left_out: int


@dataclass(frozen=True, slots=True)
class TrajectoryArea:
    """The areas between a trajectory and a baseline, in units of the score times units of time."""

    below: float
    above: float
    n_occasions: int

    @property
    def net(self) -> float:
        """The area under the curve, counted from the baseline: above minus below."""
        return self.above - self.below


def long_term_mean(values: Table, *, minimum_share: float = 2 / 3) -> WindowMeans:
    """Average all occasions of each respondent.

    Parameters
    ----------
    values
        Respondents x occasions; ``None`` and NaN mean a missed assessment.
    minimum_share
        The share of the occasions that a respondent must have completed, above 0 and up to 1.

    Raises
    ------
    ValueError
        If there is no occasion, ``minimum_share`` is out of range, or a value is infinite.
    """
    occasions = matrix_with_gaps(values, "values")
    return sliding_means(occasions, width=occasions.shape[1], minimum_share=minimum_share)[0]


def sliding_means(
    values: Table, *, width: int, minimum_share: float = 2 / 3
) -> tuple[WindowMeans, ...]:
    """Average each respondent over a window that moves on by one occasion at a time.

    Parameters
    ----------
    values
        Respondents x occasions; ``None`` and NaN mean a missed assessment.
    width
        Occasions in one window; 1 gives the single occasions.
    minimum_share
        The share of the window that a respondent must have completed, above 0 and up to 1.

    Returns
    -------
    One result per position of the window, in the order of time.

    Raises
    ------
    ValueError
        If ``width`` does not fit into the occasions, ``minimum_share`` is out of range, or a
        value is infinite.
    """
    occasions = matrix_with_gaps(values, "values")
    count = occasions.shape[1]
    if not 1 <= width <= count:
        raise ValueError(f"width must lie between 1 and the {count} occasions, not {width!r}.")
    if not 0 < minimum_share <= 1:
        raise ValueError(f"minimum_share must be above 0 and up to 1, not {minimum_share!r}.")
    # 2/3 of 3 is a little more than 2 in floating point.
    needed = math.ceil(minimum_share * width - 1e-9)
    return tuple(_window(occasions, first, width, needed) for first in range(count - width + 1))


def trajectory_area(
    values: Values, *, baseline: float, times: Values | None = None
) -> TrajectoryArea:
    """Measure how far and how long a trajectory lay below and above its baseline.

    Straight lines join the occasions; where such a line crosses the baseline, the area is split
    at the crossing. For a score that falls in bad times, ``below`` is the area of stress of
    Ratcliff's ARSE (meaningful from four waves and a baseline taken before the event). For
    stressor reactivity with ``baseline=0``, ``net`` is the area under the curve.

    Parameters
    ----------
    values
        One score per occasion, without gaps.
    baseline
        The score from which the areas are counted.
    times
        When the occasions were, ascending; ``None`` means one unit of time apart.

    Raises
    ------
    ValueError
        If there are fewer than two occasions, or the times do not ascend or do not match.

    References
    ----------
    Ratcliff et al. 2019, R package arse: area of resilience to stress event.
    """
    scores = vector(values, "values")
    moments = np.arange(scores.size, dtype=float) if times is None else vector(times, "times")
    if scores.size < 2:  # noqa: PLR2004 -- an area needs two occasions
        raise ValueError(f"values must hold at least 2 occasions, not {scores.size}.")
    if moments.size != scores.size:
        raise ValueError(f"times must hold {scores.size} moments, not {moments.size}.")
    if (np.diff(moments) <= 0).any():
        raise ValueError("times must ascend.")
    if not math.isfinite(baseline):
        raise ValueError(f"baseline must be finite, not {baseline!r}.")
    distance = scores - baseline
    above = _positive_area(distance, np.diff(moments))
    below = _positive_area(-distance, np.diff(moments))
    return TrajectoryArea(below, above, scores.size)


def _window(occasions: Floats, first: int, width: int, needed: int) -> WindowMeans:
    window = occasions[:, first : first + width]
    answered = (~np.isnan(window)).sum(axis=1)
    kept = np.flatnonzero(answered >= needed)
    means = np.nansum(window[kept], axis=1) / answered[kept]
    left_out = occasions.shape[0] - kept.size
    return WindowMeans(means, kept, first, first + width - 1, kept.size, left_out)


def _positive_area(distance: Floats, durations: Floats) -> float:
    start, end = distance[:-1], distance[1:]
    highest = np.maximum(np.maximum(start, end), 0)
    lowest = np.minimum(start, end)
    # The share of the step in which the line lies above zero; all of it where none is below.
    rise = np.where(highest > lowest, highest - lowest, 1)
    share = np.where(lowest >= 0, 1.0, highest / rise)
    mean_height = (np.maximum(start, 0) + np.maximum(end, 0)) / 2
    return float((mean_height * share * durations).sum())
