"""How much strain has a person met: counts or severities of stressors, made comparable.

A class of stressors (daily hassles, life events, ...) has its own number of items and its own
spread. Each is therefore expressed in standard deviations of a reference period, and the classes
weigh the same. The constants of that period are kept: new ones would move the scale.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from measurement.inputs import Floats, Table, Values, matrix_with_gaps, vector

Gaps: TypeAlias = Literal["raise", "keep"]


@dataclass(frozen=True, slots=True)
class StressorClass:
    """The mean and spread of one class of stressors in the reference period."""

    name: str
    mean: float
    standard_deviation: float
    n: int

    def __post_init__(self) -> None:
        if not np.isfinite(self.mean):
            raise ValueError(f"The mean of {self.name!r} must be finite, not {self.mean!r}.")
        if not 0 < self.standard_deviation < np.inf:
            raise ValueError(
                f"The standard deviation of {self.name!r} must be positive and finite, "
                f"not {self.standard_deviation!r}."
            )


def stressor_count(ratings: Table, *, missing: Gaps = "raise") -> Floats:
    """Count the stressors that each respondent met at all.

    Prefer it to :func:`stressor_severity` where the list is comprehensive: a severity rating
    also holds how the person appraises the event, which is not exposure.

    Parameters
    ----------
    ratings
        Severities, respondents x stressors, 0 = did not happen; ``None`` and NaN mean missing.
    missing
        ``"raise"`` refuses missing ratings; ``"keep"`` returns NaN for such respondents, so that
        every result stays beside its respondent. A missing rating is never counted as 0.

    Returns
    -------
    Array of one count per respondent, 0 to the number of stressors.

    Raises
    ------
    ValueError
        If a rating is negative, infinite or (with ``"raise"``) missing.

    References
    ----------
    Kalisch et al. 2021, Frontiers in Psychology 12:710493.
    """
    severities = _ratings(ratings, missing)
    met = (severities > 0).sum(axis=1, dtype=np.float64)
    return np.where(_incomplete(severities), np.nan, met)


def stressor_severity(ratings: Table, *, missing: Gaps = "raise") -> Floats:
    """Add up how severe the stressors of each respondent were.

    For a short list, in which a count would hardly tell people apart. Parameters, returns and
    raises as :func:`stressor_count`; the unit is the unit of the ratings.
    """
    severities = _ratings(ratings, missing)
    return np.asarray(severities.sum(axis=1))


def fit_stressor_classes(scores: Mapping[str, Values]) -> tuple[StressorClass, ...]:
    """Take mean and standard deviation of each class over all persons and occasions.

    Parameters
    ----------
    scores
        For each class its scores, all persons and occasions of the reference period in one list;
        missing ones are left out of that class (its ``n`` says how many were used).

    Raises
    ------
    ValueError
        If there is no class, or a class has fewer than two scores or no variance.
    """
    if not scores:
        raise ValueError("scores must name at least one class of stressors.")
    return tuple(_fit_class(name, values) for name, values in scores.items())


def combined_exposure(
    scores: Mapping[str, Values], classes: Sequence[StressorClass], *, missing: Gaps = "raise"
) -> Floats:
    """Average the classes after expressing each in standard deviations of the reference period.

    ``E = mean over k of (E_k - mean_k) / sd_k``

    Parameters
    ----------
    scores
        For each class one score per respondent, all in the same order.
    classes
        The constants from :func:`fit_stressor_classes`, as frozen with the reference line.
    missing
        ``"raise"`` refuses missing scores; ``"keep"`` returns NaN for such respondents.

    Returns
    -------
    Array of one exposure per respondent; 0 is the average of the reference period.

    Raises
    ------
    ValueError
        If the names differ from those of ``classes``, or the lists differ in length.
    """
    expected = [stressors.name for stressors in classes]
    if not expected or sorted(expected) != sorted(scores):
        raise ValueError(f"scores must hold the classes {expected}, not {sorted(scores)}.")
    columns = _gaps([list(scores[name]) for name in expected], "scores", missing)
    means = np.array([stressors.mean for stressors in classes])
    deviations = np.array([stressors.standard_deviation for stressors in classes])
    return np.asarray(((columns - means[:, None]) / deviations[:, None]).mean(axis=0))


def _fit_class(name: str, values: Values) -> StressorClass:
    numbers = vector(values, name, missing="drop")
    if numbers.size < 2:  # noqa: PLR2004 -- a spread needs two values
        raise ValueError(f"{name} must have at least 2 scores, not {numbers.size}.")
    if np.ptp(numbers) == 0:
        raise ValueError(f"{name} must vary; every score is {numbers[0]}.")
    return StressorClass(name, float(numbers.mean()), float(numbers.std(ddof=1)), numbers.size)


def _ratings(ratings: Table, missing: Gaps) -> Floats:
    severities = _gaps(ratings, "ratings", missing)
    if (severities < 0).any():
        raise ValueError(f"ratings must not be negative; found {np.nanmin(severities)}.")
    return severities


def _gaps(values: Table, name: str, missing: Gaps) -> Floats:
    if missing not in ("raise", "keep"):
        raise ValueError(f"missing must be raise or keep, not {missing!r}.")
    numbers = matrix_with_gaps(values, name)
    count = int(np.isnan(numbers).sum())
    if missing == "raise" and count:
        raise ValueError(f"{name} has {count} missing value(s).")
    return numbers


def _incomplete(numbers: Floats) -> NDArray[np.bool_]:
    return np.asarray(np.isnan(numbers).any(axis=1))
