"""How like those who live in a place the people who came could be at best."""

import math
from collections.abc import Sequence

#: How far published shares may be from summing to 1.
ROUNDING = 0.05


def expected_representativeness(lives_here: Sequence[float], n: int) -> float:
    """Return the likeness that n people who are drawn at random from a place have on average.

    Likeness is one minus half the sum of the absolute differences of the groups' shares.

    Even a perfect way of reaching people stays below 1, the more so the fewer come: 0.86 for 30
    people in five groups of one size. The mean deviation of a binomial count is exact.

    Parameters
    ----------
    lives_here
        Shares of the groups, summing to 1 (within 5 %, as published shares are rounded; they are
        divided by their sum).
    n
        People who came, at least 1.

    Raises
    ------
    ValueError
        If n is below 1 or shares don't sum to about 1.

    References
    ----------
    Diaconis & Zabell 1991, Statistical Science 6:284-302, doi 10.1214/ss/1177011699 (de Moivre's
    formula for the mean absolute deviation).
    """
    if n < 1:
        raise ValueError(f"n must be at least 1, not {n!r}.")
    shares = [float(share) for share in lives_here]
    total = sum(shares)
    if not shares or min(shares) < 0 or abs(total - 1) > ROUNDING:
        raise ValueError(f"lives_here must be shares that sum to 1: {shares!r}.")
    return 1 - sum(_mean_deviation(share / total, n) for share in shares) / (2 * n)


def _mean_deviation(share: float, n: int) -> float:
    """Return E|X - np| of a binomial count: 2 v C(n, v) p^v q^(n - v + 1), v = floor(np) + 1."""
    if share <= 0 or share >= 1:
        return 0.0
    most = min(math.floor(n * share) + 1, n)
    log_chance = (
        math.lgamma(n + 1)
        - math.lgamma(most + 1)
        - math.lgamma(n - most + 1)
        + most * math.log(share)
        + (n - most + 1) * math.log1p(-share)
    )
    return 2 * most * math.exp(log_chance)
