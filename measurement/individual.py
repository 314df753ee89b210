"""How many people changed by more than measurement error, and across which line.

Only counts leave this module: a short scale cannot show the change of one person.
"""

from dataclasses import dataclass
from enum import Enum
from math import isfinite, sqrt

from scipy.special import ndtri

from measurement.cutoffs import Cutoff, Flags
from measurement.inputs import Floats, MissingRows, Values, confidence_level, pairs


class ReliabilityKind(Enum):
    """Where a reliability comes from; the result names it, because it decides the counts."""

    TEST_RETEST = "test-retest"
    INTERNAL_CONSISTENCY = "internal consistency"


@dataclass(frozen=True, slots=True)
class ChangeRule:
    """How large a change of one person must be to count as reliable (Jacobson and Truax).

    Parameters
    ----------
    sd
        Standard deviation of the reference group, usually everybody before, in points.
    reliability
        Of the scale, from 0 up to but not including 1.
    kind
        Where the reliability comes from. Prefer test-retest: with internal consistency about
        one untreated person in six "changes reliably", with test-retest about one in fifteen.
    confidence
        0.95 means that chance alone takes 2.5 % beyond the limit on each side.

    Raises
    ------
    ValueError
        If a number is out of its range.

    References
    ----------
    Jacobson and Truax (1991), Journal of Consulting and Clinical Psychology 59(1):12-19,
    https://doi.org/10.1037/0022-006X.59.1.12
    """

    sd: float
    reliability: float
    kind: ReliabilityKind = ReliabilityKind.TEST_RETEST
    confidence: float = 0.95

    def __post_init__(self) -> None:
        confidence_level(self.confidence)
        if not (isfinite(self.sd) and self.sd > 0):
            raise ValueError(f"sd must be greater than 0, not {self.sd}.")
        if not 0 <= self.reliability < 1:
            raise ValueError(f"reliability must be at least 0 and below 1, not {self.reliability}.")

    @property
    def standard_error_of_measurement(self) -> float:
        """How far one score lies from the true one, as a standard deviation in points."""
        return self.sd * sqrt(1 - self.reliability)

    @property
    def standard_error_of_difference(self) -> float:
        """How far two scores of an unchanged person lie apart, as a standard deviation."""
        return sqrt(2) * self.standard_error_of_measurement

    @property
    def smallest_reliable_change(self) -> float:
        """The change, in points, that must be exceeded."""
        return float(ndtri((1 + self.confidence) / 2)) * self.standard_error_of_difference

    def index(self, change: float) -> float:
        """Return the reliable change index: a change in standard errors of the difference."""
        return change / self.standard_error_of_difference

    @property
    def chance_each_way(self) -> float:
        """The share of unchanged people beyond the limit on each side, 0 to 1."""
        return (1 - self.confidence) / 2


@dataclass(frozen=True, slots=True)
class ReliableChange:
    """How many people have reliably more, reliably fewer, or no reliable change.

    Attributes
    ----------
    n
        How many people have both scores.
    increased, unchanged, decreased
        How many changed reliably upwards, not reliably, reliably downwards; they add up to n.
    expected_each_way
        How many of n would show such a change, each way, by measurement error alone.
    rule
        What counted as reliable.
    """

    n: int
    increased: int
    unchanged: int
    decreased: int
    expected_each_way: float
    rule: ChangeRule


@dataclass(frozen=True, slots=True)
class ClinicalChange:
    """How many people changed reliably and crossed the line between two populations.

    The words presuppose people who had symptoms before. For resources use
    :class:`ReliableChange`.

    Attributes
    ----------
    n
        How many people have both scores; the five counts add up to it.
    recovered
        Reliably better, and across the cut-off to the functional side.
    improved
        Reliably better without crossing.
    unchanged
        No reliable change.
    deteriorated
        Reliably worse without crossing.
    harmed
        Reliably worse, and across the cut-off to the clinical side.
    """

    n: int
    recovered: int
    improved: int
    unchanged: int
    deteriorated: int
    harmed: int


@dataclass(frozen=True, slots=True)
class CutoffChange:
    """How many people crossed the cut-off, whether reliably or not.

    Attributes
    ----------
    n
        How many people have both scores; the three counts add up to it.
    improved, unchanged, deteriorated
        Crossed to the functional side, stayed on their side, crossed to the clinical side.
    """

    n: int
    improved: int
    unchanged: int
    deteriorated: int


def reliable_change(
    before: Values, after: Values, rule: ChangeRule, *, missing: MissingRows = "complete"
) -> ReliableChange:
    """Count the people whose score changed by more than measurement error.

    Parameters
    ----------
    before, after
        Scores of the same people in the same order; None and NaN mean missing.
    rule
        What counts as reliable.
    missing
        ``"complete"`` uses the people with both scores, ``"raise"`` refuses missing scores.

    Raises
    ------
    ValueError
        If the lengths differ, scores are not finite numbers, or are missing and refused.
    """
    first, second = pairs(before, after, missing=missing)
    up, down = _beyond(second - first, rule)
    n, increased, decreased = first.size, _count(up), _count(down)
    expected = n * rule.chance_each_way
    return ReliableChange(n, increased, n - increased - decreased, decreased, expected, rule)


def clinical_change(
    before: Values,
    after: Values,
    rule: ChangeRule,
    cutoff: Cutoff,
    *,
    missing: MissingRows = "complete",
) -> ClinicalChange:
    """Count the people by reliable change and cut-off together.

    Parameters and errors as for :func:`reliable_change`; ``cutoff`` separates the clinical from
    the functional population.

    References
    ----------
    Jacobson and Truax (1991), https://doi.org/10.1037/0022-006X.59.1.12
    """
    first, second = pairs(before, after, missing=missing)
    up, down = _beyond(second - first, rule)
    better, worse = (up, down) if cutoff.higher_is_better else (down, up)
    to_functional, to_clinical = cutoff.crossings(first, second)
    recovered, harmed = _count(better & to_functional), _count(worse & to_clinical)
    improved, deteriorated = _count(better) - recovered, _count(worse) - harmed
    unchanged = first.size - recovered - improved - deteriorated - harmed
    return ClinicalChange(first.size, recovered, improved, unchanged, deteriorated, harmed)


def cutoff_change(
    before: Values, after: Values, cutoff: Cutoff, *, missing: MissingRows = "complete"
) -> CutoffChange:
    """Count the people who crossed a cut-off; parameters and errors as above."""
    first, second = pairs(before, after, missing=missing)
    to_functional, to_clinical = cutoff.crossings(first, second)
    improved, deteriorated = _count(to_functional), _count(to_clinical)
    unchanged = first.size - improved - deteriorated
    return CutoffChange(first.size, improved, unchanged, deteriorated)


def _beyond(change: Floats, rule: ChangeRule) -> tuple[Flags, Flags]:
    limit = rule.smallest_reliable_change
    return change > limit, change < -limit


def _count(flags: Flags) -> int:
    return int(flags.sum())
