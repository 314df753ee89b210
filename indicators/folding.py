"""From raw responses to exact sums: whole communities at a time, never an update by difference.

A change in the answers leaves a dirty mark; the fold takes the marks and recomputes the cycles
that they touch. Because it starts from the raw rows each time, late answers, corrections and
erasure need no code of their own. One community and all communities go the same way.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from indicators.facts import low_scores, quality_of, reliable_changes, stress_of
from indicators.groups import WORKSHOP, Grouping, Labels, by_category, everybody
from indicators.linking import People, link
from indicators.models import Cycle
from indicators.norms import References, references_of
from indicators.rows import Answers, cards_given, read_answers
from measurement.grouped_sums import (
    GroupedItemSums,
    GroupedPairSums,
    group_products,
    group_sizes,
    group_totals,
)
from measurement.scales import ScaleRule
from measurement.scoring import is_scored
from surveys.models import WavePlan
from surveys.scoring import complete_items, scale_rules
from surveys.services import codec_of, document_of

__all__ = ["WORKSHOP", "CycleSums", "Row", "fold_cycles"]

#: Dimension, category, scale.
Key = tuple[str, str, str]


class Row(NamedTuple):
    """What one `ScaleSums` holds, in whole numbers."""

    n: int
    sum_before: int
    sum_after: int
    sum_before_squared: int
    sum_after_squared: int
    sum_products: int
    n_lost: int
    sum_lost: int
    sum_lost_squared: int
    item_sums: dict[str, Any]
    facts: dict[str, Any]


@dataclass(slots=True)
class CycleSums:
    """Everything that the raw answers say about a cycle."""

    cycle: Cycle
    cards: int
    before: int
    after: int
    linked: int
    facts: dict[str, Any] = field(default_factory=dict)
    rows: dict[Key, Row] = field(default_factory=dict)


def fold_cycles(plan: WavePlan, cycles: Sequence[Cycle]) -> Iterator[list[CycleSums]]:
    """Compute the sums of a plan's cycles from the raw answers, some communities at a time.

    Nothing is stored. The cycles of one community come in one piece.
    """
    by_community: dict[int, list[Cycle]] = {}
    for cycle in cycles:
        by_community.setdefault(cycle.community_id, []).append(cycle)
    dimensions = sorted({dimension for cycle in cycles for dimension in cycle.breakdowns})
    references = references_of(plan.version, cycles)
    for answers in read_answers(plan, by_community, dimensions):
        cards = cards_given(plan, answers.communities)
        here = [cycle for place in answers.communities for cycle in by_community[place]]
        pairs = sorted({(cycle.from_sequence, cycle.to_sequence) for cycle in here})
        yield [
            sums
            for pair in pairs
            for sums in _fold_pair(
                answers,
                [cycle for cycle in here if (cycle.from_sequence, cycle.to_sequence) == pair],
                dimensions,
                references,
                cards,
            )
        ]


def _fold_pair(
    answers: Answers,
    cycles: Sequence[Cycle],
    dimensions: Sequence[str],
    references: dict[int, References],
    cards: dict[int, int],
) -> list[CycleSums]:
    """Fold the cycles of many communities that compare the same two waves."""
    people = link(answers, cycles)
    before = group_sizes(people.cycle, len(cycles))
    linked = group_sizes(people.cycle[people.linked], len(cycles))
    after = group_sizes(people.after_cycle, len(cycles))
    found = [
        CycleSums(
            cycle=cycle,
            cards=cards.get(cycle.community_id, 0),
            before=before[number],
            # Somebody who moved answered after in another community, and is still linked.
            after=max(after[number], linked[number]),
            linked=linked[number],
        )
        for number, cycle in enumerate(cycles)
    ]
    own = [references[cycle.pk] for cycle in cycles]
    _add_scales(found, answers, people, dimensions, own)
    quality = quality_of(answers, people, cycles)
    stress = stress_of(document_of(answers.plan.version), people, own)
    for sums, of_answers, of_stress in zip(found, quality, stress, strict=True):
        sums.facts = {"quality": of_answers} | ({"stress": of_stress} if of_stress else {})
    return found


def _add_scales(
    found: Sequence[CycleSums],
    answers: Answers,
    people: People,
    dimensions: Sequence[str],
    references: Sequence[References],
) -> None:
    version = answers.plan.version
    groupings = [
        everybody(people.cycle, len(found)),
        by_category(people.cycle, people.workshops, WORKSHOP),
        *(_breakdown(found, people, name) for name in dimensions),
    ]
    items = complete_items(document_of(version), codec_of(version), people.stored)
    for scale, rule in scale_rules(document_of(version)).items():
        complete, values = items[scale]
        item_sums = GroupedItemSums.from_values(people.cycle[complete], values, len(found))
        for grouping in groupings:
            for number, category, row in _rows(grouping, people, scale):
                found[number].rows[grouping.dimension, category, scale] = row
        for number, sums in enumerate(found):
            sums.rows["", "", scale].item_sums.update(_items_of(item_sums, number))
        _add_facts(found, people, scale, rule, references)


def _breakdown(found: Sequence[CycleSums], people: People, dimension: str) -> Grouping:
    """Group by a dimension, in the cycles that have registered it."""
    registered = np.array([dimension in sums.cycle.breakdowns for sums in found], dtype=np.bool_)
    labels = people.categories(dimension)
    positions = np.where(registered[people.cycle], labels.positions, -1)
    return by_category(people.cycle, Labels(labels.names, positions), dimension)


def _rows(grouping: Grouping, people: People, scale: str) -> Iterator[tuple[int, str, Row]]:
    chosen, groups, size = grouping.people, grouping.groups, len(grouping.names)
    before, after = people.before[scale][chosen], people.after[scale][chosen]
    paired = is_scored(before) & is_scored(after)
    lost = is_scored(before) & ~is_scored(after)
    pairs = GroupedPairSums.from_scores(groups[paired], before[paired], after[paired], size)
    columns = zip(
        pairs.n,
        pairs.sum_before,
        pairs.sum_after,
        pairs.sum_before_squared,
        pairs.sum_after_squared,
        pairs.sum_products,
        group_sizes(groups[lost], size),
        group_totals(groups[lost], before[lost], size),
        group_products(groups[lost], before[lost], before[lost], size),
        strict=True,
    )
    for (number, category), values in zip(grouping.names, columns, strict=True):
        yield number, category, Row._make((*values, {}, {}))


def _items_of(sums: GroupedItemSums, group: int) -> dict[str, Any]:
    return {
        "n": sums.n[group],
        "sums": [column[group] for column in sums.sums],
        "products": [column[group] for column in sums.products],
    }


def _add_facts(
    found: Sequence[CycleSums],
    people: People,
    scale: str,
    rule: ScaleRule,
    references: Sequence[References],
) -> None:
    norms = [own.norms.get(scale) for own in references]
    if not any(norms):
        return
    before, after = people.before[scale], people.after[scale]
    paired: NDArray[np.bool_] = is_scored(before) & is_scored(after)
    pairs = people.cycle[paired], before[paired], after[paired]
    reliable = reliable_changes(*pairs, norms, rule.unit)
    low = low_scores(*pairs, norms, rule.unit)
    for number, sums in enumerate(found):
        sums.rows["", "", scale].facts.update(reliable[number] | low[number])
