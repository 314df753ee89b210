"""Why a corrected figure differs from the one before: a waterfall whose steps add up exactly.

The steps are found by computing the figure again and again: with the earlier sums and rules, with
what is now known of the same people, with the boundaries and the definitions of today, and with
the people who answered since. Each is computed from whole numbers, so that nothing is left over.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from django.db import connection
from django.utils import timezone

from indicators.catalogue.computing import World, compute_indicators, frozen_rules
from indicators.catalogue.facts import Level, cycle_facts
from indicators.catalogue.formula import (
    Apply,
    Fact,
    Facts,
    Formula,
    MissingFactError,
    UndefinedError,
    compute,
)
from indicators.figures import Figure, Kind
from indicators.models import Cycle, Snapshot
from measurement.scales import ScaleRule
from measurement.sums import PairSums
from surveys.document import Document, Scale
from surveys.scoring import scale_rules, score_many
from surveys.services import codec_of, document_of

Content = dict[str, Any]

STEPS = ("previous", "corrected", "boundaries", "definition", "new_people", "current")
#: Shares of people are restated more coarsely: a fine step would tell single people.
COARSE = Decimal(5)
MEAN_CHANGE = Apply(
    "ratio", (Apply("difference", (Fact("sum_after"), Fact("sum_before"))), Fact("pairs"))
)

# Of people who answered both times: what they answered, and whether they had by then. A corrected
# answer is as old as the one that it corrects. Who moved is compared with the answer given here.
_PEOPLE = """
    SELECT DISTINCT ON (first.uuid) first.answers, second.answers,
        coalesce(greatest(
            coalesce(old_first.answered_on, first.answered_on),
            coalesce(old_second.answered_on, second.answered_on)
        ) <= %(day)s, true)
    FROM surveys_response first
    JOIN surveys_wave here ON here.id = first.wave_id
    JOIN surveys_response second ON second.card_id = first.card_id
    JOIN surveys_wave there ON there.id = second.wave_id AND there.plan_id = here.plan_id
    LEFT JOIN surveys_response old_first ON old_first.uuid = first.supersedes_id
    LEFT JOIN surveys_response old_second ON old_second.uuid = second.supersedes_id
    WHERE here.plan_id = %(plan)s AND here.community_id = %(community)s
      AND here.sequence = %(from)s AND there.sequence = %(to)s
      AND first.superseded_at IS NULL AND second.superseded_at IS NULL
    ORDER BY first.uuid, there.community_id <> here.community_id, there.id
"""

_CORRECTED = """
    SELECT count(DISTINCT response.card_id)
    FROM surveys_response response JOIN surveys_wave wave ON wave.id = response.wave_id
    WHERE wave.plan_id = %(plan)s AND wave.community_id = %(community)s
      AND wave.sequence IN (%(from)s, %(to)s) AND response.superseded_at > %(at)s
"""


# Taking -----------------------------------------------------------------------------------------


def restatement_of(cycle: Cycle, earlier: Snapshot) -> Content:
    """Return what a corrected snapshot keeps of the one that it replaces.

    People who had answered by then are told from those who came later by the day of their answers;
    an answer without a day counts as late, not as new.
    """
    document = document_of(cycle.plan.version)
    rules = scale_rules(document)
    same, corrected = _same_people(cycle, earlier, rules)
    rows = {row["scale"]: row for row in earlier.content["scales"] if not row["dimension"]}
    return {
        "number": earlier.number,
        "corrected": corrected,
        "formulas": earlier.content.get("formulas", {}),
        "scales": [
            {
                "scale": scale,
                "previous": {name: rows[scale][name] for name in ("n", *_SUMS)},
                "same": {"n": sums.n, **{name: str(getattr(sums, name)) for name in _SUMS}},
            }
            for scale, sums in same.items()
            if scale in rows
        ],
        "figures": _earlier_figures(earlier.content, document, rules),
    }


_SUMS = ("sum_before", "sum_after")


def _same_people(
    cycle: Cycle, earlier: Snapshot, rules: Mapping[str, ScaleRule]
) -> tuple[dict[str, PairSums], int]:
    """Return the present sums of people who had answered by then, and how many were corrected."""
    asked: dict[str, int | date] = {
        "plan": cycle.plan_id,
        "community": cycle.community_id,
        "from": cycle.from_sequence,
        "to": cycle.to_sequence,
        "at": earlier.taken_at,
        "day": _day_of(earlier),
    }
    with connection.cursor() as cursor:
        cursor.execute(_PEOPLE, asked)
        rows = [row for row in cursor.fetchall() if row[2]]
        cursor.execute(_CORRECTED, asked)
        (corrected,) = cursor.fetchone()
    version = cycle.plan.version
    document, codec = document_of(version), codec_of(version)
    before, after = (score_many(document, codec, [row[wave] for row in rows]) for wave in (0, 1))
    return {
        scale: PairSums.from_scores(before[scale], after[scale], rule.unit)
        for scale, rule in rules.items()
    }, corrected


def _day_of(snapshot: Snapshot) -> date:
    return timezone.localdate(snapshot.taken_at)


def _earlier_figures(
    content: Content, document: Document, rules: Mapping[str, ScaleRule]
) -> dict[str, Content]:
    """Return the figures about the cycle as a whole, with the people behind them."""
    computed = compute_indicators(content, document, rules, World(0))
    return {
        one.figure.measure: {
            "value": repr(one.figure.value),
            "people": _fewest_people(one.figure),
        }
        for one in computed
        if one.figure.value is not None and not (one.figure.scale or one.figure.dimension)
    }


def _fewest_people(figure: Figure) -> int:
    """Return how many people are in the smallest group that a figure tells of."""
    if figure.count is None:
        return figure.n
    return min(figure.count, figure.n - figure.count)


# Telling ----------------------------------------------------------------------------------------


def restated_figures(
    content: Content, document: Document, rules: Mapping[str, ScaleRule], world: World
) -> Iterator[Figure]:
    """Yield the steps from the figures of the snapshot that was corrected to those of this one."""
    kept = content.get("restated")
    if not kept:
        return
    current = {row["scale"]: row for row in content["scales"] if not row["dimension"]}
    for row in kept["scales"]:
        scale = document.scale(row["scale"])
        steps = scale_steps(row, current[scale.key], scale, rules[scale.key], content)
        if steps is not None:
            people = _people_at_stake(row, current[scale.key], kept["corrected"])
            for name, value in steps.items():
                yield Figure(
                    "restated",
                    Kind.MEAN,
                    float(value),
                    f"restated:{scale.key}",
                    n=people,
                    scale=scale.key,
                    dimension="step",
                    category=name,
                    is_sensitive=scale.key in world.sensitive,
                )
    yield from _restated_indicators(content, document, rules, world)


def scale_steps(
    row: Content, current: Content, scale: Scale, rule: ScaleRule, content: Content
) -> dict[str, Fraction] | None:
    """Return the steps of one scale's change, in points; None where one of them has nobody.

    The boundaries of a community don't move its people: they belong to where they answered first.
    """
    then, same, today = (
        _pair_facts(sums, rule.unit) for sums in (row["previous"], row["same"], current)
    )
    old = _change_formula(content["restated"]["formulas"], scale)
    new = _change_formula(content.get("formulas", {}), scale)
    try:
        # One after the other: the people of then, as known today, by the rules of today; all.
        levels = [
            Fraction(compute(formula, facts))
            for formula, facts in ((old, then), (old, same), (old, same), (new, same), (new, today))
        ]
    except UndefinedError:
        return None
    moves = [after - before for before, after in pairwise(levels)]
    return dict(zip(STEPS, (levels[0], *moves, levels[-1]), strict=True))


def _pair_facts(row: Content, unit: int) -> Facts:
    return {
        "pairs": Fraction(row["n"]),
        **{name: Fraction(int(row[name]), unit) for name in _SUMS},
    }


def _change_formula(formulas: Mapping[str, Any], scale: Scale) -> Formula:
    """Return the formula of a scale's change: that of its domain or role, else the mean."""
    for _code, rule, _minimum_n in frozen_rules(formulas):
        is_change = rule.level is Level.SCALE and rule.measure == "change"
        if is_change and rule.role is scale.role and rule.domain is scale.domain:
            return rule.formula
    return MEAN_CHANGE


def _people_at_stake(row: Content, current: Content, corrected: int) -> int:
    """Return how many people are in the smallest group that a reader of the steps could tell.

    Where nothing differs nobody can be told; where sums differ and nobody is known to, one may be.
    """
    previous, same = row["previous"], row["same"]
    groups: list[int] = [previous["n"], same["n"], current["n"]]
    if new := current["n"] - same["n"]:
        groups.append(abs(new))
    if previous != same:
        groups.append(max(abs(same["n"] - previous["n"]), corrected))
    return min(groups)


def _restated_indicators(
    content: Content, document: Document, rules: Mapping[str, ScaleRule], world: World
) -> Iterator[Figure]:
    """Yield the steps of each indicator about the whole cycle whose formula was changed."""
    kept, facts = content["restated"], cycle_facts(content, rules)
    now = {
        one.figure.measure: one.figure
        for one in compute_indicators(content, document, rules, world)
        if not (one.figure.scale or one.figure.dimension)
    }
    for code, rule, _minimum_n in frozen_rules(kept["formulas"]):
        earlier, figure = kept["figures"].get(rule.measure), now.get(rule.measure)
        is_same = content["formulas"].get(code) == kept["formulas"][code]
        if is_same or rule.part_of or not earlier or not figure or figure.value is None:
            continue
        try:
            by_old_rules = float(compute(rule.formula, facts))
        except (MissingFactError, UndefinedError):
            continue
        previous = float(earlier["value"])
        steps = {
            "previous": previous,
            "corrected": by_old_rules - previous,
            "definition": figure.value - by_old_rules,
            "current": figure.value,
        }
        for name, value in steps.items():
            step = _restated_step(figure, earlier["people"])
            yield replace(step, value=value, category=name)


def _restated_step(figure: Figure, people_before: int) -> Figure:
    is_about_people = figure.kind is not Kind.THINGS
    return replace(
        figure,
        measure="restated",
        kind=Kind.MEAN if is_about_people else figure.kind,
        population=f"restated:{figure.measure}" if is_about_people else "",
        n=min(people_before, _fewest_people(figure)),
        count=None,
        dimension=f"step:{figure.measure}",
        low=None,
        high=None,
        step=figure.step if figure.count is None else max(figure.step, COARSE),
    )
