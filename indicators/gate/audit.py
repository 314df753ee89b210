"""Whether somebody who adds and subtracts published counts comes close to a small one.

Counts add up: a population is one within it and the rest, a breakdown's groups and the people in
none of them. The attacker knows how, and a range for each count that was published. Protected is
a small count if it can still be anything within a range as wide as the threshold less one.

What the attacker can't rule out is shown by other counts that agree with everything published.
From the true ones, such others are found by moving the small count and letting its neighbours
make up for it. Where counts hang together like a tree, this finds all there are. Elsewhere it may
miss some, and what it can't show is left to the integer programme of `measurement.attacker`.
"""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

from measurement.attacker import Cell, Relation, unprotected

#: Names a count: the release, then the population or figure.
Node: TypeAlias = tuple[str, ...]

RISE, FALL = 1, -1
#: How far a count without a known end can rise.
UNLIMITED = 1_000_000
#: How many counts a search may move; the integer programme is quicker than a longer one.
TRIES = 100
#: How often each total is added up at most; more would narrow no count that matters.
ROUNDS = 20


@dataclass(slots=True)
class Counts:
    """True counts, how they add up, and which of them must stay hidden how well."""

    truth: dict[Node, int] = field(default_factory=dict)
    #: Small count → the threshold it is below.
    small: dict[Node, int] = field(default_factory=dict)
    #: A whole, then its parts.
    totals: list[tuple[Node, ...]] = field(default_factory=list)
    #: Of a count that a breakdown speaks of, its dimension.
    dimensions: dict[Node, str] = field(default_factory=dict)
    touching: dict[Node, list[int]] = field(default_factory=lambda: defaultdict(list))

    def add(self, node: Node, count: int) -> None:
        """Name a count; the same again is the same, another one is a contradiction."""
        if self.truth.setdefault(node, count) != count:
            raise ValueError(f"{node} can't be two counts.")

    def protect(self, node: Node, threshold: int) -> None:
        self.small[node] = max(threshold, self.small.get(node, 0))

    def split(self, whole: Node, parts: Iterable[Node], rest: Node | None, threshold: int) -> bool:
        """State that a whole is its parts and a rest, unless the true counts say otherwise.

        A rest of nobody needs no protection, because nobody is in it.
        """
        parts = tuple(parts)
        left = self.truth[whole] - sum(self.truth[part] for part in parts)
        if left < 0 or (rest is None and left):
            return False
        if rest is not None:
            self.add(rest, left)
            if 0 < left < threshold:
                self.protect(rest, threshold)
            parts = (*parts, rest)
        for node in (whole, *parts):
            self.touching[node].append(len(self.totals))
        self.totals.append((whole, *parts))
        return True

    def component(self, start: Node) -> set[Node]:
        """Return everything that hangs together with a count."""
        found, waiting = {start}, [start]
        while waiting:
            for total in self.touching[waiting.pop()]:
                new = [node for node in self.totals[total] if node not in found]
                found.update(new)
                waiting.extend(new)
        return found


@dataclass(slots=True)
class Known:
    """The range of each count that the attacker starts from; 0 and no end where there is none."""

    low: dict[Node, int] = field(default_factory=dict)
    high: dict[Node, int] = field(default_factory=dict)

    def tighten(self, node: Node, low: int, high: int | None) -> None:
        self.low[node] = max(low, self.low.get(node, 0))
        if high is not None:
            self.high[node] = min(high, self.high.get(node, high))

    def width(self, node: Node) -> int:
        return self.high.get(node, UNLIMITED) - self.low.get(node, 0)

    def add_up(self, total: tuple[Node, ...]) -> list[Node]:
        """Narrow the counts of one total down by each other; return those that became narrower."""
        whole, *parts = total
        lows = [self.low.get(node, 0) for node in parts]
        highs = [self.high.get(node, UNLIMITED) for node in parts]
        lowest, highest = sum(lows), sum(highs)
        top, bottom = self.high.get(whole, UNLIMITED), self.low.get(whole, 0)
        changed = []
        for node, low, high in zip(parts, lows, highs, strict=True):
            new_low, new_high = bottom - (highest - high), top - (lowest - low)
            if new_low > low or new_high < high:
                self.low[node], self.high[node] = max(low, new_low), min(high, new_high)
                changed.append(node)
        if lowest > bottom or highest < top:
            self.low[whole], self.high[whole] = max(bottom, lowest), min(top, highest)
            changed.append(whole)
        return changed


def doubtful(counts: Counts, known: Known, targets: Collection[Node] | None = None) -> list[Node]:
    """Return the small counts for which not enough others were found in a quick search.

    The rest are safe, and stay so when less is known.
    """
    told = {dimension for node in known.low if (dimension := counts.dimensions.get(node))}
    return [
        node
        for node in (counts.small if targets is None else targets)
        # Of a dimension of which no group was ever shown, a group can be anybody or nobody.
        if counts.dimensions.get(node) in {None, *told}
        and span(counts, known, node) < counts.small[node] - 1
    ]


def exposed(counts: Counts, known: Known, targets: Collection[Node] | None = None) -> list[Node]:
    """Return small counts that can be narrowed down too far; none only if there are none.

    Those found by adding up alone are returned at once. What they hide may turn out to be safe
    when they are, so that the solver is asked only where there are none of them.

    Raises
    ------
    AttackError
        If the solver came to no result where it was needed.
    """
    targets = list(counts.small if targets is None else targets)
    narrowed = narrow(counts, known) if targets else known
    if found := [node for node in targets if narrowed.width(node) < counts.small[node] - 1]:
        return found
    suspects = doubtful(counts, known, targets)
    while suspects:
        component = counts.component(suspects[0])
        together = [node for node in suspects if node in component]
        suspects = [node for node in suspects if node not in component]
        found += _solve(counts, known, together)
    return found


def narrow(counts: Counts, known: Known) -> Known:
    """Return ranges that the attacker reaches by adding and subtracting one total at a time."""
    narrowed = Known(dict(known.low), dict(known.high))
    waiting = dict.fromkeys(range(len(counts.totals)))
    for _attempt in range(ROUNDS * len(waiting)):
        if not waiting:
            break
        total = next(iter(waiting))
        del waiting[total]
        for node in narrowed.add_up(counts.totals[total]):
            waiting.update(dict.fromkeys(counts.touching[node]))
    return narrowed


def span(counts: Counts, known: Known, node: Node) -> int:
    """Return how wide the attacker's range of a small count is at least, up to its protection."""
    needed = counts.small[node] - 1
    up = _Movement(counts, known).possible(node, RISE, needed)
    return up + _Movement(counts, known).possible(node, FALL, needed - up)


@dataclass(slots=True)
class _Movement:
    """One search for other counts that agree; nothing is moved twice, so that all of it adds up."""

    counts: Counts
    known: Known
    moved: set[Node] = field(default_factory=set)
    balanced: set[int] = field(default_factory=set)
    #: How many more counts may be tried before the search is given up.
    tries: int = TRIES

    def possible(self, node: Node, direction: int, wanted: int, origin: int | None = None) -> int:
        """Return by how much a count can move, at most as far as wanted."""
        self.moved.add(node)
        self.tries -= 1
        step = min(wanted, self._room(node, direction)) if self.tries > 0 else 0
        for total in self.counts.touching[node]:
            if step <= 0:
                return 0
            if total == origin:
                continue
            if total in self.balanced:  # moved from two sides, it would no longer add up
                return 0
            self.balanced.add(total)
            step = self._make_up(total, node, direction, step)
        return step

    def _room(self, node: Node, direction: int) -> int:
        count = self.counts.truth[node]
        if direction == FALL:
            return count - self.known.low.get(node, 0)
        return self.known.high.get(node, count + UNLIMITED) - count

    def _make_up(self, total: int, node: Node, direction: int, step: int) -> int:
        """Return how much of a movement the other counts of a total can make up for together."""
        made_up = 0
        whole, *parts = self.counts.totals[total]
        ways = [(part, direction if node == whole else -direction) for part in parts]
        ways.append((whole, direction))
        # First those that are part of nothing else: with them, nothing further has to move.
        for other, way in sorted(ways, key=lambda one: len(self.counts.touching[one[0]])):
            if made_up < step and other not in self.moved:
                before = self.moved.copy(), self.balanced.copy()
                gain = self.possible(other, way, step - made_up, total)
                made_up += gain
                if not gain:
                    self.moved, self.balanced = before
        return made_up


def _solve(counts: Counts, known: Known, targets: Collection[Node]) -> list[Node]:
    component = counts.component(next(iter(targets)))
    totals = sorted({total for node in component for total in counts.touching[node]})
    cells = [Cell(node, known.low.get(node, 0), known.high.get(node)) for node in sorted(component)]
    relations = [
        Relation.total(whole, parts) for whole, *parts in (counts.totals[one] for one in totals)
    ]
    found: set[Hashable] = set()
    for threshold in {counts.small[node] for node in targets}:
        nodes = [node for node in targets if counts.small[node] == threshold]
        found.update(unprotected(cells, relations, protection=threshold - 1, targets=nodes))
    return [node for node in targets if node in found]
