"""What was published before about the same people, and what a reader may set against it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest

from indicators.estimates import CycleEstimate, ScaleEstimate
from indicators.figures import Figure, Kind
from indicators.gate.audit import Counts, Known
from indicators.gate.cells import Cell
from indicators.gate.judging import tables_of
from indicators.gate.numbers import Numbers
from indicators.gate.policy import Policy
from indicators.gate.populations import (
    COUNTED,
    NAMED,
    REGISTER,
    Group,
    count_of,
    counts_of,
    group_of,
    is_about_people,
    is_survey,
    populations_of,
)
from indicators.gate.tables import Name, Table

#: The levels of a scale, and the number of people who stand behind each at a wave.
LEVELS = ("before", "after")


@dataclass(frozen=True, slots=True)
class Earlier:
    """One earlier release of a community: its cells, and the true figures behind them.

    `levels` says which of our waves is which of theirs: a correction has both in common, a later
    cycle of the same plan perhaps the first.
    """

    name: str
    estimate: CycleEstimate
    cells: Mapping[tuple[str, str, str, str], Cell]
    policy: Policy
    levels: Mapping[str, str] = field(default_factory=dict)
    #: Whether it told of the same cycle: then this release corrects it.
    is_corrected: bool = False
    #: Tables that repeated a still earlier release; they tell nothing about this one.
    repeated: frozenset[Name] = frozenset()

    def is_shown(self, table: Table) -> bool:
        return any(cell.key in self.cells and self.cells[cell.key].is_free for cell in table.cells)

    def tables(self) -> Iterator[Table]:
        """Return the tables as they were published, with what they tell."""
        counts = counts_of(self.estimate, self.policy, self.name)
        for table in tables_of(Numbers(self.estimate, self.policy, counts, self.name)):
            if table.name not in self.repeated and (self.is_shown(table) or not table.is_open):
                yield table


@dataclass(frozen=True, slots=True)
class Ledger:
    """Everything that was published before and may be set against a new release."""

    earlier: tuple[Earlier, ...] = ()


def remember(counts: Counts, known: Known, earlier: Earlier, release: str) -> None:
    """Add what an earlier release gave away, and how its counts go on in this one."""
    counts_of(earlier.estimate, earlier.policy, earlier.name, counts)
    for table in earlier.tables():
        for node, low, high in table.shows:
            known.tighten(node, low, high)
    for ours, theirs in _carried(earlier):
        new, old = (release, *ours), (earlier.name, *theirs)
        if new in counts.truth and old in counts.truth:
            whole, part = (new, old) if counts.truth[new] >= counts.truth[old] else (old, new)
            gain = None if counts.truth[new] == counts.truth[old] else (*new, "since", earlier.name)
            counts.split(whole, [part], gain, earlier.policy.threshold)


def _carried(earlier: Earlier) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Yield the populations that go on from an earlier release: all of them in a correction."""
    if earlier.is_corrected:
        counts = counts_of(earlier.estimate, earlier.policy, earlier.name)
        for _release, *name in list(counts.truth):
            if " - " not in name[0] and (len(name) + 1 == NAMED or "rest" not in name):
                yield tuple(name), tuple(name)
        return
    for ours, theirs in (*earlier.levels.items(), *((name, name) for name in sorted(REGISTER))):
        yield (ours,), (theirs,)
    yield ("cards",), ("cards",)


# Too few people changed ---------------------------------------------------------------------------


def repeats(estimate: CycleEstimate, ledger: Ledger, policy: Policy) -> dict[Name, list[Cell]]:
    """Return the tables that must stay as they were published before, with their old cells.

    The difference of two releases is a figure about those who came or went. Where these are
    fewer than the threshold, the old figures stay: all that a correction tells again, and what
    another pair of waves tells of the same cards and the same register.
    """
    kept: dict[Name, list[Cell]] = {}
    for earlier in ledger.earlier:
        for table in earlier.tables():
            if not earlier.is_shown(table) or not _is_told_again(table, earlier):
                continue
            if _changed_too_little(table, (earlier.estimate, estimate), policy):
                cells = earlier.cells.values()
                kept[table.name] = [cell for cell in cells if belongs(cell, table)]
    return kept


def _is_told_again(table: Table, earlier: Earlier) -> bool:
    """Tell whether a table is about the same people as that of an earlier release."""
    kind, measure, _scale, _dimension = table.name
    if earlier.is_corrected:
        return kind != "things"
    if kind == "count":
        population = COUNTED[measure]
        same_wave = earlier.levels.get(population) == population
        return population in REGISTER or population == "cards" or same_wave
    return kind == "figure" and not any(is_survey(name) for name in table.needs)


def belongs(cell: Cell, table: Table) -> bool:
    kind, _measure, scale, dimension = table.name
    if kind == "scale":
        return (cell.scale, cell.dimension) == (scale, dimension) and cell.measure in OF_A_SCALE
    return cell.key in {one.key for one in table.cells}


OF_A_SCALE = frozenset({*LEVELS, "change", "effect", "pairs_needed", "tipping_point"})


def _changed_too_little(
    table: Table, sides: tuple[CycleEstimate, CycleEstimate], policy: Policy
) -> bool:
    kind, measure, scale, dimension = table.name
    facts = [
        {"count": _facts_of_count, "scale": _facts_of_scale}.get(kind, _facts_of_figures)(
            side, (measure, scale, dimension)
        )
        for side in sides
    ]
    threshold = policy.threshold_for(
        is_sensitive=any(fact.is_sensitive for side in facts for fact in side.values())
    )
    return any(
        _is_small(facts[0].get(key, NOBODY), facts[1].get(key, NOBODY), threshold)
        for key in {*facts[0], *facts[1]}
    )


@dataclass(frozen=True, slots=True)
class Fact:
    """How many people a figure is about, and what it says of them, unrounded."""

    people: tuple[int, ...] = ()
    values: tuple[float | None, ...] = ()
    is_sensitive: bool = False


NOBODY = Fact()


def _is_small(old: Fact, new: Fact, threshold: int) -> bool:
    """Tell whether so few people changed that the difference would be a figure about them."""
    if old == new:
        return False
    changes = [
        abs(before - after) for before, after in zip_longest(old.people, new.people, fillvalue=0)
    ]
    if old.values != new.values and not any(changes):
        return True  # the same number of people, who did not say the same
    return any(0 < change < threshold for change in changes)


def _facts_of_count(side: CycleEstimate, name: Group) -> dict[str, Fact]:
    return {"": Fact((populations_of(side).get(COUNTED[name[0]], 0),))}


def _facts_of_scale(side: CycleEstimate, name: Group) -> dict[str, Fact]:
    return {
        one.category: Fact((one.change.n,), _moments(one), one.is_sensitive)
        for one in side.scales
        if (one.scale, one.dimension) == name[1:]
    }


def _moments(scale: ScaleEstimate) -> tuple[float | None, ...]:
    change = scale.change
    return (
        change.mean_before,
        change.mean_after,
        change.sd_before,
        change.sd_after,
        change.sd_change,
    )


def _facts_of_figures(side: CycleEstimate, name: Group) -> dict[str, Fact]:
    return {
        f"{figure.measure}/{figure.category}": _fact_of(figure)
        for figure in side.figures
        if is_about_people(figure) and group_of(figure) == name
    }


def _fact_of(figure: Figure) -> Fact:
    if figure.kind == Kind.MEAN:
        values = (figure.value, figure.low, figure.high)
        return Fact((figure.n,), values, figure.is_sensitive)
    count = count_of(figure)
    others = (figure.n, figure.n - count) if figure.kind == Kind.SHARE else ()
    return Fact((count, *others), (), figure.is_sensitive)


# The same people at the same wave, in another cycle -----------------------------------------------


def hidden_levels(estimate: CycleEstimate, ledger: Ledger, policy: Policy) -> set[tuple[str, str]]:
    """Return the scales and dimensions whose levels another cycle told of nearly the same people.

    Before and three months after is a second pair of waves of the same people. Two levels at one
    wave, of groups that differ by a few, would give these few away. Their change still may be told.
    """
    found = set()
    for earlier in ledger.earlier:
        theirs = {(one.scale, one.dimension, one.category): one for one in earlier.estimate.scales}
        for ours in estimate.scales:
            place = (ours.scale, ours.dimension, ours.category)
            if earlier.is_corrected or place not in theirs:
                continue
            threshold = policy.threshold_for(is_sensitive=ours.is_sensitive)
            for level, other in earlier.levels.items():
                cell = earlier.cells.get((other, *place))
                if cell is None or not cell.is_free:
                    continue
                if _is_small(_level(theirs[place], other), _level(ours, level), threshold):
                    found.add((ours.scale, ours.dimension))
    return found


def _level(scale: ScaleEstimate, level: str) -> Fact:
    change = scale.change
    spread = change.sd_before if level == "before" else change.sd_after
    mean = change.mean_before if level == "before" else change.mean_after
    return Fact((change.n,), (mean, spread))
