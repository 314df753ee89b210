"""From raw responses to exact sums: whole communities at a time, never an update by difference.

A change in the answers leaves a dirty mark; the fold takes the marks and recomputes the cycles
that they touch. Because it starts from the raw rows each time, late answers, corrections and
erasure need no code of their own.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from django.db import connection
from django.utils import timezone
from numpy.typing import NDArray

from indicators.models import Cycle, CycleFlow, ScaleSums
from measurement.scales import ScaleRule
from measurement.scoring import is_scored
from measurement.sums import PairSums
from surveys.models import CodeCard, Response
from surveys.scoring import scale_rules, score_many
from surveys.services import codec_of, document_of

#: The clusters that honest intervals need; never published.
WORKSHOP = "workshop"

Scores = dict[str, NDArray[np.int64]]

# One row per person who answered before, with what the same card answered after, if it did.
# The community is the one of the first answer: people who move are still compared with themselves.
_PEOPLE = """
    SELECT coalesce(w.workshop_id, c.workshop_id), b.groups, b.answers, a.answers
    FROM surveys_response b
    JOIN surveys_wave w ON w.id = b.wave_id
    LEFT JOIN surveys_codecard c ON c.id = b.card_id
    LEFT JOIN (
        surveys_response a JOIN surveys_wave v
        ON v.id = a.wave_id AND v.plan_id = %(plan)s AND v.sequence = %(to)s
    ) ON a.card_id = b.card_id AND a.superseded_at IS NULL
    WHERE w.plan_id = %(plan)s AND w.sequence = %(from)s AND w.community_id = %(community)s
      AND b.superseded_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class People:
    """Everybody who answered before in a cycle; `linked` says who answered after as well."""

    workshops: list[str]
    groups: list[dict[str, str]]
    linked: NDArray[np.bool_]
    before: Scores
    #: One score for each linked person, in the order of `before`.
    after: Scores

    def categories(self, dimension: str) -> NDArray[np.str_]:
        """Return each person's category in a dimension; "" where there is none."""
        if dimension == WORKSHOP:
            return np.array(self.workshops, dtype=np.str_)
        return np.array([groups.get(dimension, "") for groups in self.groups], dtype=np.str_)


def read_people(cycle: Cycle) -> People:
    pair = {
        "plan": cycle.plan_id,
        "community": cycle.community_id,
        "from": cycle.from_sequence,
        "to": cycle.to_sequence,
    }
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE, pair)
        rows = cursor.fetchall()
    version = cycle.plan.version
    document, codec = document_of(version), codec_of(version)
    after = [row[3] for row in rows if row[3] is not None]
    return People(
        workshops=["" if row[0] is None else str(row[0]) for row in rows],
        groups=[_as_mapping(row[1]) for row in rows],
        linked=np.array([row[3] is not None for row in rows], dtype=np.bool_),
        before=score_many(document, codec, [row[2] for row in rows]),
        after=score_many(document, codec, after),
    )


def _as_mapping(groups: str | dict[str, str]) -> dict[str, str]:
    """Read a JSON column, which a raw cursor gives as text."""
    parsed: dict[str, str] = json.loads(groups) if isinstance(groups, str) else groups
    return parsed


def fold_cycle(cycle: Cycle) -> None:
    """Recompute the sums of one cycle. The caller holds the row's lock."""
    people = read_people(cycle)
    rules = scale_rules(document_of(cycle.plan.version))
    dimensions = ["", WORKSHOP, *cycle.breakdowns]
    rows = [
        row
        for dimension in dimensions
        for category, chosen in _parts(people, dimension)
        for row in _sums(cycle, rules, people, chosen, dimension, category)
    ]
    ScaleSums.objects.filter(cycle=cycle).delete()
    ScaleSums.objects.bulk_create(rows)
    _write_flow(cycle, people)


def _parts(people: People, dimension: str) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    if not dimension:
        yield "", np.ones(len(people.linked), dtype=np.bool_)
        return
    categories = people.categories(dimension)
    for category in np.unique(categories):
        if category:
            yield str(category), categories == category


def _sums(
    cycle: Cycle,
    rules: dict[str, ScaleRule],
    people: People,
    chosen: NDArray[np.bool_],
    dimension: str,
    category: str,
) -> Iterator[ScaleSums]:
    for scale, rule in rules.items():
        before, after = people.before[scale][chosen], people.after[scale][chosen[people.linked]]
        linked = people.linked[chosen]
        scored_after = np.zeros(len(before), dtype=np.bool_)
        scored_after[linked] = is_scored(after)
        paired = is_scored(before) & scored_after
        lost = before[is_scored(before) & ~scored_after]
        sums = PairSums.from_scores(before[paired], after[paired[linked]], rule.unit)
        yield ScaleSums(
            cycle=cycle,
            dimension=dimension,
            category=category,
            scale=scale,
            n=sums.n,
            sum_before=sums.sum_before,
            sum_after=sums.sum_after,
            sum_before_squared=sums.sum_before_squared,
            sum_after_squared=sums.sum_after_squared,
            sum_products=sums.sum_products,
            n_lost=len(lost),
            sum_lost=sum(lost.tolist()),
            sum_lost_squared=sum(score * score for score in lost.tolist()),
        )


def _write_flow(cycle: Cycle, people: People) -> None:
    answered_after = Response.objects.filter(
        wave__plan=cycle.plan_id,
        wave__community=cycle.community_id,
        wave__sequence=cycle.to_sequence,
        superseded_at=None,
    ).count()
    linked = int(people.linked.sum())
    CycleFlow.objects.update_or_create(
        cycle=cycle,
        defaults={
            "cards": CodeCard.objects.filter(
                plan=cycle.plan_id, community=cycle.community_id
            ).count(),
            "before": len(people.linked),
            # Somebody who moved answered after in another community, and is still linked.
            "after": max(answered_after, linked),
            "linked": linked,
            "folded_at": timezone.now(),
        },
    )
