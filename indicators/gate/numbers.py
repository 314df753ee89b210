"""The number of people that is printed beside a figure, and what it tells."""

from dataclasses import dataclass

from indicators.estimates import CycleEstimate
from indicators.gate.audit import Counts, Node
from indicators.gate.cells import round_people
from indicators.gate.policy import Policy
from indicators.gate.populations import outer_of, rest_of
from indicators.gate.tables import Range
from indicators.models import Observation


@dataclass(frozen=True, slots=True)
class Number:
    """How many people a figure is said to be about; `is_shared` if it is a larger population's."""

    shown: int
    size: int
    node: Node
    tells: tuple[Range, ...]
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class Numbers:
    """The people behind the figures of one cycle, under one policy."""

    estimate: CycleEstimate
    policy: Policy
    counts: Counts
    release: str = ""
    #: Scales and dimensions whose levels are not told beside their change.
    without_levels: frozenset[tuple[str, str]] = frozenset()

    @property
    def is_enough(self) -> bool:
        return self.estimate.flow["linked"] >= self.policy.threshold

    def node(self, population: str) -> Node:
        return self.release, population

    def range_of(self, node: Node, rounded: int, threshold: int = 0) -> Range:
        """Return what a count is that was shown as this."""
        slack = self.policy.count_base // 2
        return node, max(rounded - slack, threshold or self.policy.threshold), rounded + slack

    def number_of(self, population: str, n: int) -> Number:
        """Return the number of people to print beside a figure.

        One number per population: where nobody or a few of the linked people have no score, the
        figure bears the number of the linked, so that nobody can tell how many have none.
        """
        base, threshold = self.policy.count_base, self.policy.threshold
        own = self.node(population)
        outer = outer_of(population) if self.policy.is_attacked else ""
        everybody = self.counts.truth.get(self.node(outer))
        rest = self.node(rest_of(outer, population))
        if everybody is None or everybody < n:
            rounded = round_people(n, base)
            return Number(rounded, n, own, (self.range_of(own, rounded),))
        if everybody - n >= threshold:
            rounded = round_people(n, base)
            return Number(rounded, n, own, (self.range_of(own, rounded), (rest, threshold, None)))
        rounded = round_people(everybody, base)
        shown = self.range_of(self.node(outer), rounded)
        tells: tuple[Range, ...] = shown, (rest, 0, threshold - 1), (own, threshold, None)
        return Number(rounded, everybody, self.node(outer), tells, is_shared=True)

    def mark(self, number: Number, border: int) -> tuple[Observation, Range]:
        """Return the mark of figures about few people, and what it tells whether it is there."""
        if number.size < border:
            return Observation.LOW_RELIABILITY, (number.node, 0, border - 1)
        return Observation.NORMAL, (number.node, border, None)
