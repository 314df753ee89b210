"""Somebody who reads everything that is published, and knows the policy by heart.

Written apart from the gate, which it attacks: its unknowns are groups of people that don't
overlap (answered both times, only before, only after, never …), and every published cell is an
equation about them. For each small count it asks an integer programme for the least and the most
that it can be.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from indicators.gate import Cell
from tests.indicators.programmes import GROUPS, SCALES, Published

#: What the printed policy says.
THRESHOLD, SENSITIVE, BASE, UNCERTAIN, BREAKDOWN, PERCENT = 10, 15, 5, 20, 30, 30
#: More people than any programme here has, and more than any sum of them.
FAR, MUCH = 600, 3000
CAME = ("dose 1-25", "dose 26-50", "dose 51-74", "dose 75-100")
COUNTS = {
    "cards": ("both", "first", "second", "never"),
    "answered_before": ("both", "first"),
    "answered_after": ("both", "second"),
    "linked": ("both",),
    "people_invited": ("invited only", "dose 0", *CAME),
    "people_enrolled": ("dose 0", *CAME),
    "people_reached": CAME,
    "people_completed": ("dose 75-100",),
}
#: A population, and one within it.
NESTED = (
    ("cards", "answered_before"),
    ("answered_before", "linked"),
    ("answered_after", "linked"),
    ("people_invited", "people_enrolled"),
    ("people_enrolled", "people_reached"),
    ("people_reached", "people_completed"),
)
WHOLE_OF = {
    "came": "people_reached",
    "channel_before": "answered_before",
    "dose": "people_enrolled",
    "turn_out": "people_enrolled",
    "completion": "people_enrolled",
    "linked_rate": "answered_before",
    "complete_before": "answered_before",
}
PART_OF = {"turn_out": "people_reached", "completion": "people_completed", "linked_rate": "linked"}
FLOW = ("cards", "answered_before", "answered_after", "linked")
CHANGES = ("reliable_up", "reliable_none", "reliable_down")
LOW = ("low_resource_before", "low_resource_after")

Sum = Mapping[str, float]
Places = tuple[str, str, str, str]


def parts(*names: str) -> Sum:
    return dict.fromkeys(names, 1.0)


def minus(whole: Sum, part: Sum) -> Sum:
    found = dict(whole)
    for name, factor in part.items():
        found[name] = found.get(name, 0) - factor
    return found


@dataclass
class Knowledge:
    """Linear facts about whole numbers of people."""

    names: dict[str, int] = field(default_factory=dict)
    rows: list[tuple[Sum, float, float]] = field(default_factory=list)
    #: Unknowns that are 0 or 1: which of two ways to read a cell is the right one.
    choices: set[str] = field(default_factory=set)

    def place(self, name: str) -> int:
        return self.names.setdefault(name, len(self.names))

    def fact(self, total: Sum, low: float, high: float = MUCH) -> None:
        for name in total:
            self.place(name)
        self.rows.append((total, low, high))

    def either(self, *ways: Sequence[tuple[Sum, float, float]]) -> None:
        """Learn that one of several readings is right."""
        picked = [f"choice {len(self.choices) + number}" for number in range(len(ways))]
        self.choices.update(picked)
        self.fact(parts(*picked), 1, 1)
        for name, facts in zip(picked, ways, strict=True):
            for total, low, high in facts:
                # Where the reading is not picked, the fact says nothing.
                self.fact({**total, name: -MUCH}, low - MUCH, 2 * MUCH)
                self.fact({**total, name: MUCH}, -2 * MUCH, high + MUCH)

    def solver(self) -> "Solver":
        matrix = np.zeros((len(self.rows), len(self.names)))
        for row, (facts, _low, _high) in enumerate(self.rows):
            for name, factor in facts.items():
                matrix[row, self.names[name]] += factor
        ends = [(low, high) for _facts, low, high in self.rows]
        most = [1.0 if name in self.choices else FAR for name in self.names]
        return Solver(self.names, matrix, np.array(ends), np.array(most))


@dataclass
class Solver:
    names: Mapping[str, int]
    matrix: NDArray[np.float64]
    ends: NDArray[np.float64]
    most: NDArray[np.float64]

    def costs(self, totals: Iterable[Sum]) -> NDArray[np.float64]:
        costs = np.zeros(len(self.names))
        for total in totals:
            for name, factor in total.items():
                costs[self.names[name]] += factor
        return costs

    def least(self, costs: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return numbers of people that agree with everything, of the least cost."""
        result = milp(
            costs,
            integrality=np.ones(len(costs), dtype=np.int64),
            bounds=Bounds(0, self.most),
            constraints=LinearConstraint(self.matrix, self.ends[:, 0], self.ends[:, 1]),
            options={"mip_rel_gap": 0.0},
        )
        assert result.status == 0, f"what is published contradicts itself: {result.message}"
        return np.round(result.x)

    def ranges(self, secrets: Sequence["Secret"]) -> list[tuple[int, int]]:
        """Return what each secret can be, or enough of it to see that it is wide."""
        rows = np.array([self.costs([secret.total]) for secret in secrets])
        needed = np.array([secret.threshold - 1 for secret in secrets])
        everything = rows.sum(axis=0)
        found = np.array([rows @ self.least(sign * everything) for sign in (1, -1)])
        for place, row in enumerate(rows):
            low, high = found.min(axis=0), found.max(axis=0)
            if high[place] - low[place] < needed[place]:
                witnesses = [rows @ self.least(sign * row) for sign in (1, -1)]
                found = np.array([low, high, *witnesses])
        return [
            (round(low), round(high)) for low, high in zip(found.min(0), found.max(0), strict=True)
        ]


@dataclass(frozen=True)
class Secret:
    """A small count that nobody may narrow down, as a sum of unknowns, and what it truly is."""

    name: str
    total: Sum
    truth: int
    threshold: int = THRESHOLD


class Reader:
    """Reads the releases of a programme one after the other."""

    def __init__(self) -> None:
        self.known = Knowledge()
        self.secrets: list[Secret] = []

    def read(self, one: Published) -> None:
        release = _Release(self, one)
        release.read_structure()
        kept = {tuple(name) for name in one.publication.certificate["kept"]}
        for cell in one.publication.cells:
            if not release.is_repeated(cell, kept):
                release.read_cell(cell)

    def compare(self, old: Published, new: Published) -> None:
        """Take it that people only came, or only went, where that is so."""
        for measure in COUNTS:
            if old.waves != new.waves and measure in {"linked", "answered_after"}:
                continue
            before, after = _true(old, measure), _true(new, measure)
            gain = minus(_sum(new, measure), _sum(old, measure))
            sign = 1 if after >= before else -1
            gain = {name: sign * factor for name, factor in gain.items()}
            self.known.fact(gain, 0)
            if after == before:
                self.known.fact(gain, 0, 0)
            self.keep_secret(f"change of {measure}", gain, abs(after - before), zero=False)

    def keep_secret(
        self, name: str, total: Sum, truth: int, threshold: int = THRESHOLD, *, zero: bool = True
    ) -> None:
        """Remember a count that is too small; nobody being left out is no secret."""
        if (0 if zero else 1) <= truth < threshold:
            self.secrets.append(Secret(name, total, truth, threshold))

    def recovered(self) -> Iterable[tuple[Secret, int, int]]:
        """Yield the secrets that can be told to within the threshold, and what they can be."""
        ranges = self.known.solver().ranges(self.secrets) if self.secrets else []
        for secret, (low, high) in zip(self.secrets, ranges, strict=True):
            if high - low < secret.threshold - 1:
                assert low <= secret.truth <= high, f"{secret} is said to be {low} to {high}"
                yield secret, low, high


def _sum(one: Published, measure: str) -> Sum:
    return parts(*(f"{one.name} {part}" for part in COUNTS[measure]))


def _true(one: Published, measure: str) -> int:
    flow, register = one.content["flow"], one.content["register"]
    names = {"answered_before": "before", "answered_after": "after", "people_reached": "attended"}
    name = names.get(measure, measure.removeprefix("people_"))
    return int(flow[name] if name in flow else register[name])


class _Release:
    def __init__(self, reader: Reader, one: Published) -> None:
        self.reader, self.known, self.one = reader, reader.known, one
        self.cells = one.cells
        marks = {self.cells[measure, "", "", ""].confidentiality for measure in FLOW}
        # Where all of the flow bears the one mark, the mark tells nothing.
        self.is_enough = marks != {"D"} and self.cells["linked", "", "", ""].confidentiality != "C"

    def name(self, *words: str) -> str:
        return " ".join((self.one.name, *words))

    def sum(self, measure: str) -> Sum:
        return _sum(self.one, measure)

    # How people add up ------------------------------------------------------------------------

    def read_structure(self) -> None:
        for measure in COUNTS:
            self.known.fact(self.sum(measure), 0)
            self.reader.keep_secret(self.name(measure), self.sum(measure), _true(self.one, measure))
        for outer, inner in NESTED:
            rest = _true(self.one, outer) - _true(self.one, inner)
            total = minus(self.sum(outer), self.sum(inner))
            self.reader.keep_secret(self.name(outer, "not", inner), total, rest, zero=False)
        for category, count in self.one.content["register"]["dose"].items():
            total = parts(self.name("dose", category))
            self.reader.keep_secret(self.name("dose", category), total, count)
        self._structure_of_scales()
        self._structure_of_groups()

    def _rows(self) -> dict[tuple[str, str], dict[str, Any]]:
        return {(row["scale"], row["category"]): row for row in self.one.content["scales"]}

    def _structure_of_scales(self) -> None:
        linked = _true(self.one, "linked")
        for scale in SCALES:
            row, total = self._rows()[scale, ""], parts(self.name("scored", scale))
            without = minus(self.sum("linked"), total)
            self.known.fact(without, 0)
            self.reader.keep_secret(self.name("scored", scale), total, row["n"])
            self.reader.keep_secret(
                self.name("without", scale), without, linked - row["n"], zero=False
            )
            judged = parts(*(self.name(way, scale) for way in CHANGES))
            self.known.fact(minus(judged, total), 0, 0)
            threshold = SENSITIVE if scale == "problems" else THRESHOLD
            counts = {f"reliable_{way}": row["reliable"][way] for way in ("up", "none", "down")}
            counts |= {f"low_resource_{wave}": row["low"][wave] for wave in ("before", "after")}
            for way, count in counts.items():
                few = parts(self.name(way, scale))
                self.known.fact(minus(total, few), 0)
                if (way, scale, "", "") not in self.cells:
                    continue
                self.reader.keep_secret(self.name(way, scale), few, count, threshold)
                self.reader.keep_secret(
                    self.name("not", way, scale),
                    minus(total, few),
                    row["n"] - count,
                    threshold,
                    zero=False,
                )

    def _structure_of_groups(self) -> None:
        rows = self._rows()
        groups = [group for group in GROUPS if (SCALES[0], group) in rows]
        sizes = {group: max(rows[scale, group]["n"] for scale in SCALES) for group in groups}
        everybody = parts(*(self.name("group", group) for group in groups))
        rest = minus(self.sum("linked"), everybody)
        self.known.fact(rest, 0)
        left = _true(self.one, "linked") - sum(sizes.values())
        self.reader.keep_secret(self.name("in no group"), rest, left, zero=False)
        for scale in SCALES:
            members = parts(*(self.name("scored", scale, group) for group in groups))
            rest = minus(parts(self.name("scored", scale)), members)
            self.known.fact(rest, 0)
            left = rows[scale, ""]["n"] - sum(rows[scale, group]["n"] for group in groups)
            self.reader.keep_secret(self.name(scale, "in no group"), rest, left, zero=False)
            for group in groups:
                scored, n = parts(self.name("scored", scale, group)), rows[scale, group]["n"]
                without = minus(parts(self.name("group", group)), scored)
                self.known.fact(without, 0)
                self.reader.keep_secret(self.name("scored", scale, group), scored, n)
                self.reader.keep_secret(
                    self.name("without", scale, group), without, sizes[group] - n, zero=False
                )

    # What is published ------------------------------------------------------------------------

    def is_repeated(self, cell: Cell, kept: set[Places]) -> bool:
        """Tell whether a cell is that of the release before, which tells nothing about this one."""
        group = "reliable" if cell.measure in CHANGES else cell.measure
        return not kept.isdisjoint(
            {
                ("count", cell.measure, "", ""),
                ("scale", "change", cell.scale, cell.dimension),
                ("figure", group, cell.scale, cell.dimension),
            }
        )

    def read_cell(self, cell: Cell) -> None:
        if cell.measure in COUNTS and not cell.dimension:
            self._read_count(cell)
        elif cell.measure == "change":
            self._read_scale(cell)
        elif cell.value is not None and cell.n_rounded:
            self._read_figure(cell)

    def _read_figure(self, cell: Cell) -> None:
        if cell.measure == "dose":
            self._read_rate(cell, parts(self.name("dose", cell.category)))
        elif cell.measure in PART_OF:
            self._read_rate(cell, self.sum(PART_OF[cell.measure]))
        elif cell.measure in {*CHANGES, *LOW}:
            self._read_share(cell, parts(self.name(cell.measure, cell.scale)))
        elif cell.measure in WHOLE_OF:
            self._read_group_share(cell)
        elif cell.measure == "differential_attrition":
            lost = parts(self.name("lost", cell.scale))
            self._shown(lost, cell.n_rounded or 0)
            gone = minus(self.sum("answered_before"), parts(self.name("scored", cell.scale)))
            self.known.fact(minus(gone, lost), 0)

    def _shown(self, total: Sum, value: int, threshold: int = THRESHOLD) -> None:
        self.known.fact(total, max(value - BASE // 2, threshold), value + BASE // 2)

    def _read_count(self, cell: Cell) -> None:
        total = self.sum(cell.measure)
        if cell.value is not None:
            self._shown(total, int(cell.value))
        elif cell.confidentiality == "C":
            self.known.fact(total, 0, THRESHOLD - 1)
        elif self.is_enough or self._register_is_told(cell.measure):
            self.known.fact(total, THRESHOLD)

    def _register_is_told(self, measure: str) -> bool:
        register = [cell for key, cell in self.cells.items() if key[0].startswith("people_")]
        return measure.startswith("people_") and {cell.confidentiality for cell in register} != {
            "D"
        }

    def _read_scale(self, cell: Cell) -> None:
        own = parts(self.name("scored", cell.scale, *filter(None, [cell.category])))
        outer = parts(self.name("group", cell.category)) if cell.dimension else self.sum("linked")
        if cell.value is None:
            shown = self.cells["linked", "", "", ""].value
            if cell.confidentiality == "D" and not cell.dimension and shown and shown > UNCERTAIN:
                self.known.fact(own, THRESHOLD)
            return
        self.known.fact(own, THRESHOLD)
        self._number(cell, own, outer)
        if cell.dimension:
            self.known.fact(self.sum("linked"), BREAKDOWN)

    def _number(self, cell: Cell, own: Sum, outer: Sum) -> None:
        """Learn from the number beside a figure, which may be that of a larger population."""
        n = cell.n_rounded or 0
        low, high = max(n - BASE // 2, THRESHOLD), n + BASE // 2
        mark = (0, UNCERTAIN - 1) if cell.observation == "u" else (UNCERTAIN, FAR)
        if cell.measure != "change":
            mark = (0, FAR)
        rest = minus(outer, own)
        self.known.either(
            [(outer, low, high), (outer, *mark), (rest, 0, THRESHOLD - 1)],
            [(own, low, high), (own, *mark), (rest, THRESHOLD, FAR)],
        )

    def _read_share(self, cell: Cell, count: Sum) -> None:
        threshold = SENSITIVE if cell.scale == "problems" else THRESHOLD
        own = parts(self.name("scored", cell.scale))
        self._number(cell, own, self.sum("linked"))
        n = cell.n_rounded or 0
        shown = round(float(cell.value or 0) * n / 100 / BASE) * BASE
        self.known.fact(count, threshold)
        self.known.fact(minus(own, count), threshold)
        # Either the count was rounded, or the share was made one of a larger population.
        slack = BASE / 2 + 0.5
        self.known.either(
            [(count, shown - BASE // 2, shown + BASE // 2)],
            [
                (minus(count, dict.fromkeys(own, (shown - slack) / n)), 0, FAR),
                (minus(count, dict.fromkeys(own, (shown + slack) / n)), -FAR, 0),
            ],
        )

    def _read_rate(self, cell: Cell, part: Sum) -> None:
        n, whole = cell.n_rounded or 0, self.sum(WHOLE_OF[cell.measure])
        shown = round(float(cell.value or 0) * n / 100 / BASE) * BASE
        self._shown(whole, n)
        self._shown(part, shown)
        self.known.fact(minus(whole, part), THRESHOLD)

    def _read_group_share(self, cell: Cell) -> None:
        """Learn from a share of those whose language, age band or channel is known."""
        own = parts(self.name(cell.measure, cell.dimension, "known"))
        count = parts(self.name(cell.measure, cell.dimension, cell.category))
        whole = self.sum(WHOLE_OF[cell.measure])
        if not cell.dimension:
            own = whole
        self.known.fact(minus(whole, own), 0)
        n = cell.n_rounded or 0
        if cell.dimension:
            self._number(cell, own, whole)
        else:
            self._shown(own, n)
        shown = round(float(cell.value or 0) * n / 100 / BASE) * BASE
        self.known.fact(count, max(THRESHOLD, (shown - BASE) * (n - 13) / n))
        self.known.fact(minus(own, count), THRESHOLD)


def leaking_means(releases: Sequence[Published]) -> list[str]:
    """Name the published means of which the difference is about a few people, known by person."""
    found = []
    for scale in SCALES:
        threshold = SENSITIVE if scale == "problems" else THRESHOLD
        told = [
            (one, level, wave, _people_of(one, scale))
            for one in releases
            for level, wave in (("before", one.waves[0]), ("after", one.waves[1]))
            if _is_told_anew(one, level, scale)
        ]
        for place, (one, _level, wave, people) in enumerate(told):
            for other, _other_level, other_wave, others in told[place + 1 :]:
                rest = people ^ others
                nested = people <= others or others <= people
                if wave == other_wave and nested and 0 < len(rest) < threshold:
                    found.append(f"{scale} at wave {wave} in {one.name} and {other.name}")
    return found


def _people_of(one: Published, scale: str) -> set[int]:
    first, last = one.waves
    return {
        id(person)
        for person in one.people
        if scale in person.answers.get(first, ()) and scale in person.answers.get(last, ())
    }


def _is_told_anew(one: Published, level: str, scale: str) -> bool:
    cell = one.cells.get((level, scale, "", ""))
    kept = {tuple(name) for name in one.publication.certificate["kept"]}
    return cell is not None and cell.is_free and ("scale", "change", scale, "") not in kept


def read_all(releases: Sequence[Published]) -> Reader:
    reader = Reader()
    for one in releases:
        reader.read(one)
    for place, new in enumerate(releases):
        for old in releases[:place]:
            reader.compare(old, new)
    return reader


def attack(releases: Sequence[Published]) -> list[str]:
    """Return what could be recovered from everything that was published, in words."""
    recovered = read_all(releases).recovered()
    found = [f"{secret.name} is {low} to {high}" for secret, low, high in recovered]
    return found + leaking_means(releases)
