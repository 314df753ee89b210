"""Which figures are too small to show, and how the others are rounded.

The first step of disclosure control only. Hiding small cells alone is no protection: most can be
recovered from the totals (``suppression`` hides more, ``attacker`` proves whether it was enough).
"""

THRESHOLD = 10
ROUNDING_BASE = 5


def is_small(count: int, *, threshold: int = THRESHOLD) -> bool:
    """Tell whether a count of persons must be hidden.

    None and a few look alike: zero says something about everybody too.

    Parameters
    ----------
    count
        Persons, 0 or more.
    threshold
        The smallest count that may be shown; at least 2.

    Raises
    ------
    ValueError
        If the count is negative or the threshold below 2.
    """
    _check_count(count, "count")
    check_threshold(threshold)
    return count < threshold


def round_count(count: int, *, base: int = ROUNDING_BASE) -> int:
    """Round a count of persons to the nearest multiple of the base, upwards in the middle.

    Raises
    ------
    ValueError
        If the count is negative or the base below 1.
    """
    _check_count(count, "count")
    _check_base(base)
    return (2 * count + base) // (2 * base) * base


def rounded_range(value: int, *, base: int = ROUNDING_BASE) -> tuple[int, int]:
    """Return the lowest and the highest count that are rounded to this value.

    Raises
    ------
    ValueError
        If the value is negative or not a multiple of the base, or the base is below 1.
    """
    _check_count(value, "value")
    _check_base(base)
    if value % base:
        raise ValueError(f"value must be a multiple of {base}, not {value}.")
    return max(value - base // 2, 0), value + (base - 1) // 2


def publishable_count(
    count: int, *, threshold: int = THRESHOLD, base: int = ROUNDING_BASE
) -> int | None:
    """Return the rounded count, or ``None`` where it is too small to be shown.

    Raises
    ------
    ValueError
        As :func:`is_small` and :func:`round_count`.
    """
    if is_small(count, threshold=threshold):
        return None
    return round_count(count, base=base)


def publishable_share(
    count: int, total: int, *, threshold: int = THRESHOLD, base: int = ROUNDING_BASE
) -> float | None:
    """Return the share of rounded counts, or ``None`` where it tells about too few persons.

    Not only a small count is withheld but also a small rest: a share of 100 % says of everybody
    what they answered, and 95 % of 20 says that one did not.

    Parameters
    ----------
    count, total
        Persons of whom something is true, and all persons.
    threshold, base
        As for :func:`is_small` and :func:`round_count`.

    Returns
    -------
    A share strictly between 0 and 1.

    Raises
    ------
    ValueError
        If ``count`` exceeds ``total``, or as :func:`is_small` and :func:`round_count`.
    """
    if count > total:
        raise ValueError(f"count must not exceed total; {count} is more than {total}.")
    if is_small(count, threshold=threshold) or is_small(total - count, threshold=threshold):
        return None
    return round_count(count, base=base) / round_count(total, base=base)


def check_threshold(threshold: int) -> None:
    """Raise ``ValueError`` unless the threshold is at least 2: from 1 on nothing is hidden."""
    if threshold < 2:  # noqa: PLR2004 -- see the docstring
        raise ValueError(f"threshold must be at least 2, not {threshold!r}.")


def _check_count(count: int, name: str) -> None:
    if count < 0:
        raise ValueError(f"{name} must not be negative, not {count!r}.")


def _check_base(base: int) -> None:
    if base < 1:
        raise ValueError(f"base must be at least 1, not {base!r}.")
