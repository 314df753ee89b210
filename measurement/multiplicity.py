"""What remains of several findings when it counts that several questions were asked."""

import numpy as np

from measurement.inputs import Floats, Values, vector


def holm(p_values: Values) -> Floats:
    """Adjust p values so that one false alarm in the whole family stays as rare as promised.

    For the questions of one report. The adjusted values come back in the order of the input;
    a family without questions gives an empty result.

    Parameters
    ----------
    p_values
        One per question, each from 0 to 1, none missing.

    Raises
    ------
    ValueError
        If a value is missing or does not lie between 0 and 1.

    References
    ----------
    Holm (1979), Scandinavian Journal of Statistics 6(2):65-70.
    """
    values = _p_values(p_values)
    ascending = np.argsort(values, kind="stable")
    questions_left = np.arange(values.size, 0, -1)
    return _restored(np.maximum.accumulate(values[ascending] * questions_left), ascending)


def benjamini_hochberg(p_values: Values) -> Floats:
    """Adjust p values so that the expected share of false alarms among the findings is limited.

    For exploration only. Parameters, order and errors as for :func:`holm`.

    References
    ----------
    Benjamini and Hochberg (1995), Journal of the Royal Statistical Society B 57(1):289-300,
    https://doi.org/10.1111/j.2517-6161.1995.tb02031.x
    """
    values = _p_values(p_values)
    descending = np.argsort(-values, kind="stable")
    ranks = np.arange(values.size, 0, -1)
    scaled = values[descending] * (values.size / ranks)
    return _restored(np.minimum.accumulate(scaled), descending)


def _p_values(p_values: Values) -> Floats:
    values = vector(p_values, "p_values")
    wrong = (values < 0) | (values > 1)
    if wrong.any():
        position = int(wrong.argmax())
        raise ValueError(
            f"p_values must lie between 0 and 1; found {float(values[position])} at {position}."
        )
    return values


def _restored(ordered: Floats, order: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Floats:
    adjusted = np.empty(ordered.size)
    adjusted[order] = np.minimum(ordered, 1)
    return adjusted
