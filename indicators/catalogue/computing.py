"""From facts to figures, by the formulas that a snapshot keeps."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from indicators.catalogue.definition import (
    Definition,
    FigureRule,
    Uncertainty,
    read_frozen_figures,
)
from indicators.catalogue.facts import (
    Level,
    cycle_facts,
    domain_facts,
    group_facts,
    scale_facts,
)
from indicators.catalogue.formula import (
    Fact,
    Facts,
    MissingFactError,
    UndefinedError,
    compute,
)
from indicators.catalogue.residuals import residual_interval
from indicators.figures import FEWEST_PEOPLE, Figure, Kind
from indicators.models import Observation
from measurement.scales import ScaleRule
from surveys.document import Document, Domain

Content = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Subject:
    """What one figure is about, and the facts about it."""

    facts: Facts
    scale: str = ""
    dimension: str = ""
    category: str = ""


@dataclass(frozen=True, slots=True)
class World:
    """What a figure needs beside its facts.

    `sizes` and `icc` are the workshops of the problems scale, and how alike people are there.
    """

    minimum_n: int
    sensitive: frozenset[str] = frozenset()
    about_children: bool = False
    sizes: tuple[int, ...] = ()
    icc: float = 0.0

    def is_sensitive(self, rule: FigureRule, scale: str) -> bool:
        of_children = self.about_children and rule.kind is not Kind.THINGS
        return rule.is_sensitive or of_children or scale in self.sensitive


@dataclass(frozen=True, slots=True)
class Computed:
    """A figure with the estimates that hold it already, if any do."""

    figure: Figure
    part_of: str
    #: The fact for want of which there is no figure.
    without: str = ""


def frozen_rules(formulas: Mapping[str, Any]) -> Iterator[tuple[str, FigureRule, int]]:
    """Yield the code, the rule and the smallest denominator of each frozen figure."""
    for code, frozen in formulas.items():
        for rule in read_frozen_figures(json.dumps({"figures": frozen["figures"]})):
            yield code, rule, frozen["minimum_n"]


def compute_indicators(
    content: Content, document: Document, rules: Mapping[str, ScaleRule], world: World
) -> Iterator[Computed]:
    """Yield every figure that the formulas of a snapshot make of its content."""
    subjects = _subjects(content, document, rules)
    for _code, rule, minimum_n in frozen_rules(content.get("formulas", {})):
        own_world = replace(world, minimum_n=minimum_n)
        for subject in subjects.get(rule.level, ()):
            if _is_about(rule, subject, document):
                yield _compute(rule, subject, own_world)


def figures_from(definition: Definition, facts: Facts) -> Iterator[Figure]:
    """Yield the figures of a definition from facts that belong to no snapshot."""
    for rule in definition.figures:
        yield _compute(rule, Subject(facts), World(definition.minimum_n)).figure


def _subjects(
    content: Content, document: Document, rules: Mapping[str, ScaleRule]
) -> dict[Level, list[Subject]]:
    common = cycle_facts(content, rules)
    keys = {scale.key for scale in document.scales}
    return {
        Level.CYCLE: [Subject(common)],
        Level.SCALE: [
            Subject(common | scale_facts(row, rules[row["scale"]]), scale=row["scale"])
            for row in content["scales"]
            if not row["dimension"] and row["scale"] in keys
        ],
        Level.GROUP: [
            Subject(common | dict(facts), dimension=dimension)
            for dimension, facts in group_facts(content)
        ],
        Level.DOMAIN: [
            Subject(
                {name: fact for name, fact in common.items() if not name.startswith("resources_")}
                | dict(facts),
                dimension="domain",
                category=domain,
            )
            for domain, facts in domain_facts(content)
        ],
    }


def _is_about(rule: FigureRule, subject: Subject, document: Document) -> bool:
    if not subject.scale:
        return True
    scale = document.scale(subject.scale)
    return rule.domain in {Domain.NONE, scale.domain} and rule.role in {None, scale.role}


def _compute(rule: FigureRule, subject: Subject, world: World) -> Computed:
    outline = Figure(
        measure=rule.measure,
        kind=rule.kind,
        value=None,
        population=rule.population.format(scale=subject.scale, dimension=subject.dimension),
        scale=subject.scale,
        dimension=subject.dimension,
        category=subject.category,
        step=rule.step,
        minimum_n=world.minimum_n,
        is_sensitive=world.is_sensitive(rule, subject.scale),
    )
    try:
        return Computed(_filled(outline, rule, subject.facts, world), rule.part_of)
    except MissingFactError as error:
        missing = replace(outline, missing=Observation.NOT_AVAILABLE)
        return Computed(missing, rule.part_of, without=str(error.args[0]))
    except UndefinedError:
        return Computed(_undefined(outline, rule, subject.facts), rule.part_of)


def _undefined(outline: Figure, rule: FigureRule, facts: Facts) -> Figure:
    """Say that there is no such figure; where too few people are the cause, leave it to the gate.

    The gate withholds "nobody" like "a few". A cell that says "not applicable" would tell them
    apart.
    """
    people = int(compute(rule.people, facts)) if rule.people else None
    if people is not None and people < FEWEST_PEOPLE:
        return replace(outline, value=0.0, n=people, count=0 if rule.counted else None)
    return replace(outline, missing=Observation.NOT_APPLICABLE)


def _filled(outline: Figure, rule: FigureRule, facts: Facts, world: World) -> Figure:
    value = float(compute(rule.formula, facts))
    _check_required(rule, facts)
    low, high = None, None
    if rule.uncertainty is Uncertainty.RESIDUAL:
        low, high = residual_interval(rule.formula, facts, sizes=world.sizes, icc=world.icc)
    return replace(
        outline,
        value=value,
        n=int(compute(rule.people, facts)) if rule.people else 0,
        count=int(compute(rule.counted, facts)) if rule.counted else None,
        low=low,
        high=high,
    )


def _check_required(rule: FigureRule, facts: Facts) -> None:
    for name, least in rule.requires:
        if compute(Fact(name), facts) < least:
            raise UndefinedError
