"""The merge ladder: where a cycle is too small for a figure, one of several cycles together.

The rungs are declared beforehand: two cycles, a year, the communities of one group, the network.
Merged are only cycles that are too small themselves, because what is published of one of them
could be subtracted. A person who took part in two cycles counts twice.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any

import numpy as np

from indicators.estimates import ScaleEstimate, estimate
from indicators.gate.audit import Counts, Known, exposed
from indicators.gate.cells import Cell, round_people
from indicators.gate.policy import Policy
from indicators.gate.publishing import Publication
from indicators.gate.scales import scale_cells
from indicators.models import Confidentiality, Observation
from surveys.document import Document

Content = Mapping[str, Any]

#: The dimension that a merged figure bears; its category is the rung.
MERGED = "merged"
#: More small groups than this can't all be tried, so that nothing is merged.
MOST_GROUPS = 12


@dataclass(frozen=True, slots=True)
class Part:
    """One snapshot that may be merged; `withheld` names the scales that it doesn't tell of."""

    name: str
    content: Content
    withheld: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the ladder, with the other cycles that it takes in."""

    category: str
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True)
class Merger:
    """A merged figure that was published: of which scale, and which cycles."""

    scale: str
    category: str
    parts: tuple[str, ...]

    def as_data(self) -> dict[str, Any]:
        return {"scale": self.scale, "rung": self.category, "parts": list(self.parts)}


@dataclass(frozen=True, slots=True)
class Told:
    """All mergers published before, and the frozen contents of what they merged."""

    mergers: Sequence[Merger] = ()
    contents: Mapping[str, Content] = field(default_factory=dict)


def wants_merging(cells: Iterable[Cell]) -> frozenset[str]:
    """Return the scales that a cycle is too small for."""
    return frozenset(
        cell.scale
        for cell in cells
        if (cell.measure, cell.dimension) == ("change", "")
        and cell.confidentiality != Confidentiality.FREE
    )


def merge(
    publication: Publication, own: Part, rungs: Iterable[Rung], told: Told, document: Document
) -> Publication:
    """Add merged figures of the scales that a cycle is too small for.

    The first rung that is large enough and gives no part away is taken, for each scale.
    """
    policy = Policy(**publication.certificate["policy"])
    cells: list[Cell] = []
    made: list[Merger] = []
    wanted = set(own.withheld)
    for rung in rungs:
        for scale in sorted(wanted):
            parts = [own, *(part for part in rung.parts if scale in part.withheld)]
            merger = Merger(scale, rung.category, tuple(sorted(part.name for part in parts)))
            contents = {**told.contents, **{part.name: part.content for part in parts}}
            history = Told([*told.mergers, *made], contents)
            merged = _merge([part.content for part in parts], scale, document)
            if merged and _is_safe(merger, history, merged, policy):
                cells += _cells(merged, rung.category, policy)
                made.append(merger)
                wanted.discard(scale)
        if not wanted:
            break
    if not made:
        return publication
    certificate = {**publication.certificate, "merged": [merger.as_data() for merger in made]}
    return Publication((*publication.cells, *cells), certificate)


def merged_again(told: Told, document: Document, policy: Policy) -> Iterable[Cell]:
    """Compute merged figures anew, from what was merged."""
    for merger in told.mergers:
        contents = [told.contents[name] for name in merger.parts]
        merged = _merge(contents, merger.scale, document)
        if merged:
            yield from _cells(merged, merger.category, policy)


def _pairs(content: Content, scale: str) -> int:
    return sum(row["n"] for row in _rows(content, scale) if not row["dimension"])


def _rows(content: Content, scale: str) -> Iterable[Mapping[str, Any]]:
    return (row for row in content["scales"] if row["scale"] == scale)


def _merge(contents: Sequence[Content], scale: str, document: Document) -> ScaleEstimate | None:
    """Return the estimate of several cycles together: their sums add up, exactly."""
    if len(contents) < 2:  # noqa: PLR2004 - there is nothing to merge
        return None
    everybody: dict[str, int] = defaultdict(int)
    clusters: list[dict[str, Any]] = []
    for number, content in enumerate(contents):
        for row in _rows(content, scale):
            if not row["dimension"]:
                for name, value in row.items():
                    if name == "n" or name.startswith(("n_", "sum_")):
                        everybody[name] += int(value)
            elif row["dimension"] == "workshop":
                clusters.append({**row, "category": f"{number}/{row['category']}"})
    whole = {"scale": scale, "dimension": "", "category": "", **everybody}
    merged = {**_outline(contents[0]), "scales": [whole, *clusters]}
    return estimate(merged, document).scales[0]


def _outline(content: Content) -> dict[str, Any]:
    """Return what the estimate of a scale needs of a content beside its sums."""
    names = ("format", "smallest_change", "flow", "icc")
    return {name: content[name] for name in names if name in content} | {"delivery": {}}


def _is_safe(merger: Merger, told: Told, merged: ScaleEstimate, policy: Policy) -> bool:
    threshold = policy.threshold_for(is_sensitive=merged.is_sensitive)
    if merged.change.n < threshold or not merged.varies:
        return False
    scale = merger.scale
    sets = [one.parts for one in (*told.mergers, merger) if one.scale == scale]
    sizes = {name: _pairs(content, scale) for name, content in told.contents.items()}
    return not can_be_solved(sets, sizes, threshold) and keeps_counts(sets, sizes, policy)


def can_be_solved(
    sets: Sequence[Collection[str]], sizes: Mapping[str, int], threshold: int
) -> bool:
    """Tell whether adding and subtracting sets leaves a group of too few people alone.

    Whoever knows the sums of each set knows those of every combination of them. Parts that are
    in the same sets can't be told apart, so that they are one group.
    """
    groups: dict[tuple[bool, ...], int] = defaultdict(int)
    for name in {name for one in sets for name in one}:
        groups[tuple(name in one for one in sets)] += sizes[name]
    members = [(member, size) for member, size in groups.items() if size]
    few = [place for place, (_member, size) in enumerate(members) if size < threshold]
    if len(few) > MOST_GROUPS:
        return True
    known = np.array([member for member, _size in members], dtype=float).T
    rank = np.linalg.matrix_rank(known)
    for count in range(1, len(few) + 1):
        for chosen in combinations(few, count):
            if sum(members[place][1] for place in chosen) >= threshold:
                continue
            alone = np.zeros(len(members))
            alone[list(chosen)] = 1
            if np.linalg.matrix_rank(np.vstack([known, alone])) == rank:
                return True
    return False


def keeps_counts(sets: Sequence[Collection[str]], sizes: Mapping[str, int], policy: Policy) -> bool:
    """Tell whether all merged numbers together leave each small part anything from none on."""
    counts, known = Counts(), Known()
    for name in sorted({name for one in sets for name in one}):
        node = ("part", name)
        counts.add(node, sizes[name])
        if sizes[name] < policy.threshold:
            counts.protect(node, policy.threshold)
            known.tighten(node, 0, policy.threshold - 1)
    slack = policy.count_base // 2
    for place, one in enumerate(sets):
        whole, total = ("merged", str(place)), sum(sizes[name] for name in one)
        counts.add(whole, total)
        counts.split(whole, [("part", name) for name in one], None, policy.threshold)
        shown = round_people(total, policy.count_base)
        known.tighten(whole, max(shown - slack, policy.threshold), shown + slack)
    return not exposed(counts, known)


def _cells(merged: ScaleEstimate, category: str, policy: Policy) -> Iterable[Cell]:
    placed = replace(merged, dimension=MERGED, category=category)
    n = round_people(merged.change.n, policy.count_base)
    uncertain = merged.change.n < policy.reliable_from
    mark = Observation.LOW_RELIABILITY if uncertain else Observation.NORMAL
    return scale_cells(placed, policy, n, mark)
