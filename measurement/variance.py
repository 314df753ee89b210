"""The variance of numbers that floating point may have rounded."""

import numpy as np

from measurement.inputs import Floats

EQUAL_UP_TO_ROUNDING = 8 * float(np.finfo(np.float64).eps)


def sample_variance(values: Floats, *, size: float | None = None) -> float:
    """Return the variance (n - 1), or exactly 0 where the values differ by rounding only.

    ``size`` is that of the numbers whose differences these are, because differences keep the
    rounding error of what they were made from; None means the values themselves. Fewer than two
    values do not vary.
    """
    if values.size == 0:
        return 0.0
    largest = float(np.abs(values).max()) if size is None else size
    if float(np.ptp(values)) <= EQUAL_UP_TO_ROUNDING * largest:
        return 0.0
    return float(values.var(ddof=1))
