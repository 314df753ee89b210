"""What the gate lets out, and how figures are rounded."""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache

from indicators.models import Confidentiality, Observation


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure to publish, or the fact that it is withheld; then it holds nothing else."""

    measure: str
    scale: str = ""
    dimension: str = ""
    category: str = ""
    value: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    n_rounded: int | None = None
    evidence: str = ""
    confidentiality: Confidentiality = Confidentiality.FREE
    observation: Observation = Observation.NORMAL

    @property
    def is_free(self) -> bool:
        return self.confidentiality == Confidentiality.FREE

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.measure, self.scale, self.dimension, self.category


#: So near to a half, binary fractions can't be trusted to fall on the right side of it.
NEAR_A_HALF = 1e-6


@lru_cache
def step_of(span: float) -> Decimal:
    """Return the rounding of a scale's figures: the least of 1, 2, 5 x 10^k that is 1 % of it."""
    exponent = -3
    while True:
        for digit in (1, 2, 5):
            step = Decimal(digit).scaleb(exponent)
            if step * 100 >= Decimal(span):
                return step
        exponent += 1


def to_step(value: float, step: Decimal) -> Decimal:
    """Round to a multiple of the step; the halves go to the even one, so that sums don't drift."""
    steps = float(value) / float(step)
    nearest = round(steps)
    if abs(abs(steps - nearest) - 0.5) > NEAR_A_HALF:
        return nearest * step
    return (Decimal(value) / step).quantize(Decimal(1), ROUND_HALF_EVEN) * step


def round_people(count: int, base: int) -> int:
    """Round a count of people to the nearest multiple of an odd base, which has no halves."""
    return (2 * count + base) // (2 * base) * base
