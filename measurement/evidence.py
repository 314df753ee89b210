"""What may be said in words about a change: computed from its interval, never chosen."""

from enum import Enum
from math import isfinite


class EvidenceClass(Enum):
    """What the interval of a change says against the smallest change that matters."""

    CLEAR_RISE = "clear rise"
    RISE_SIZE_UNCERTAIN = "rise, size uncertain"
    LITTLE_OR_NO_CHANGE = "little or no change"
    CANNOT_TELL = "cannot tell"
    FALL_SIZE_UNCERTAIN = "fall, size uncertain"
    CLEAR_FALL = "clear fall"


def evidence_class(low: float | None, high: float | None, smallest_change: float) -> EvidenceClass:
    """Say what an interval shows, with the smallest change that matters stated beforehand.

    Parameters
    ----------
    low, high
        The interval of the change, both bounds included; None where there is none.
    smallest_change
        The smallest change that matters, in the same unit, greater than zero.

    Returns
    -------
    EvidenceClass
        The first that fits: the whole interval inside ± the smallest change is little or no
        change; all of it at or beyond the smallest change is a clear rise or fall; all of it on
        one side of zero is a rise or fall of uncertain size; everything else cannot tell. "Cannot
        tell" is not "no change".

    Raises
    ------
    ValueError
        If the smallest change is not positive, a bound is not finite, or low exceeds high.
    """
    if not (isfinite(smallest_change) and smallest_change > 0):
        raise ValueError(f"smallest_change must be greater than 0, not {smallest_change}.")
    if low is None or high is None:
        return EvidenceClass.CANNOT_TELL
    if not (isfinite(low) and isfinite(high) and low <= high):
        raise ValueError(f"low and high must be an interval, not {low} to {high}.")
    if -smallest_change <= low and high <= smallest_change:
        return EvidenceClass.LITTLE_OR_NO_CHANGE
    if low > 0:
        clear = low >= smallest_change
        return EvidenceClass.CLEAR_RISE if clear else EvidenceClass.RISE_SIZE_UNCERTAIN
    if high < 0:
        clear = high <= -smallest_change
        return EvidenceClass.CLEAR_FALL if clear else EvidenceClass.FALL_SIZE_UNCERTAIN
    return EvidenceClass.CANNOT_TELL
