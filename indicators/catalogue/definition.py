"""What a definition of an indicator says, and reading it with everything that is wrong at once."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext as _

from indicators.catalogue.facts import FACTS, Level
from indicators.catalogue.formula import Apply, Formula, read_formula
from indicators.figures import Kind
from surveys.document import DocumentError, Domain, Role
from surveys.document.node import Node, Reading


class Better(StrEnum):
    """In which direction an indicator is better."""

    HIGHER = "higher"
    LOWER = "lower"
    CONTEXT = "context"  # neither


class Uncertainty(StrEnum):
    """How the interval of a figure is made."""

    NONE = "none"  # a count of everybody, or no interval that could be honest
    PAIRED = "paired change, clustered"
    RESIDUAL = "residual change, clustered"


#: The plan of an indicator in words; each must be there.
PLAN = (
    "numerator",
    "denominator",
    "owner",
    "purpose",
    "limits",
    "justification",
    "verification",
    "if_missing",
)
SHARE = "share"


@dataclass(frozen=True, slots=True)
class FigureRule:
    """One figure of an indicator: its formula, and what the gate must know of it.

    `part_of` names the estimates that already hold the figure; then it is computed to check them,
    and not published twice. `requires` are facts that must be at least so large.
    """

    measure: str
    kind: Kind
    level: Level
    formula: Formula
    #: Persons behind the figure; of a share, its denominator.
    people: Formula | None
    population: str
    step: Decimal
    #: Which scales it is about: those of a domain, of a role, or all.
    domain: Domain
    role: Role | None
    requires: tuple[tuple[str, Fraction], ...]
    uncertainty: Uncertainty
    is_sensitive: bool
    part_of: str

    @property
    def counted(self) -> Formula | None:
        """Of a share, the persons counted."""
        is_share = isinstance(self.formula, Apply) and self.formula.operation == SHARE
        return self.formula.arguments[0] if is_share and isinstance(self.formula, Apply) else None


@dataclass(frozen=True, slots=True)
class Definition:
    code: str
    version: int
    name: str
    unit: str
    direction: Better
    minimum_n: int
    reason: str
    breakdowns: tuple[str, ...]
    #: Of the Wirkungstreppe; empty where the indicator is on none of its steps.
    effect_level: str
    plan: Mapping[str, str]
    figures: tuple[FigureRule, ...]
    data: Mapping[str, Any]


def read_definitions(data: Mapping[str, Any]) -> list[Definition]:
    """Read a file of definitions.

    Raises
    ------
    DocumentError
        With everything that is wrong with it.
    """
    reading = Reading()
    root = Node(data, "", reading)
    nodes = root.nodes("indicators", name="code")
    for node in nodes:  # people find an indicator by its code, not by its place in the file
        node.path = str(node.data.get("code", node.path))
    definitions = [_read(node) for node in nodes]
    root.done()
    if reading.problems:
        raise DocumentError(reading.problems)
    return definitions


def read_definition(data: Mapping[str, Any]) -> Definition:
    return read_definitions({"indicators": [data]})[0]


@lru_cache(maxsize=512)
def read_frozen_figures(frozen: str) -> tuple[FigureRule, ...]:
    """Read the figures of an indicator as a snapshot keeps them: as JSON text."""
    reading = Reading()
    root = Node(json.loads(frozen), "", reading)
    figures = _read_figures(root)
    if reading.problems:
        raise DocumentError(reading.problems)
    return figures


def _read(node: Node) -> Definition:
    definition = Definition(
        code=node.string("code"),
        version=node.integer("version"),
        name=node.string("name"),
        unit=node.string("unit"),
        direction=node.word("direction", Better),
        minimum_n=node.integer("minimum_n"),
        reason=node.string("reason", default=""),
        breakdowns=tuple(node.names("breakdowns", optional=True)),
        effect_level=node.string("effect_level", default=""),
        plan={name: node.string(name) for name in PLAN},
        figures=_read_figures(node),
        data=node.data,
    )
    node.expect("version", definition.version > 0, _("Versions count from 1."))
    node.expect(
        "reason",
        definition.version <= 1 or definition.reason,
        _("Say why the definition changed."),
    )
    node.expect("minimum_n", definition.minimum_n >= 0, _("Write 0 or more."))
    node.done()
    return definition


def _read_figures(node: Node) -> tuple[FigureRule, ...]:
    # The same measure may be taken as a whole and of each domain.
    figures = tuple(_read_figure(entry) for entry in node.nodes("figures", name=""))
    node.expect("figures", figures, _("Name at least one figure."))
    named = {(figure.measure, figure.level) for figure in figures}
    node.expect("figures", len(named) == len(figures), _("Name each figure once."))
    return figures


def _read_figure(node: Node) -> FigureRule:
    level = node.word("level", Level)
    formula = _read_formula(node, "formula", level)
    people = _read_formula(node, "people", level) if node.has("people") else None
    rule = FigureRule(
        measure=node.string("measure"),
        kind=node.word("kind", Kind),
        level=level,
        formula=formula,
        people=people or _denominator(formula),
        population=node.string("population", default=""),
        step=_read_step(node),
        domain=node.word("domain", Domain, default=Domain.NONE),
        role=node.word("role", Role) if node.has("role") else None,
        requires=_read_requirements(node, level),
        uncertainty=node.word("uncertainty", Uncertainty, default=Uncertainty.NONE),
        is_sensitive=node.flag("sensitive"),
        part_of=node.string("part_of", default=""),
    )
    node.expect(
        "kind",
        (rule.kind is Kind.SHARE) == (rule.counted is not None),
        _("A share, and nothing else, is a formula that begins with the operation share."),
    )
    node.expect(
        "people",
        rule.people or rule.kind is Kind.THINGS,
        _("Say with a formula how many persons stand behind the figure."),
    )
    node.done()
    return rule


def _denominator(formula: Formula) -> Formula | None:
    is_share = isinstance(formula, Apply) and formula.operation == SHARE
    return formula.arguments[1] if is_share and isinstance(formula, Apply) else None


def _read_formula(node: Node, key: str, level: Level) -> Formula:
    node.has(key)
    return read_formula(node.data.get(key), FACTS[level], lambda message: node.refuse(key, message))


def _read_step(node: Node) -> Decimal:
    written = node.string("step", default="1")
    try:
        step = Decimal(written)
    except InvalidOperation:
        step = Decimal(0)
    node.expect("step", step > 0, _("Write a number above 0, for example 0.1."))
    return step


def _read_requirements(node: Node, level: Level) -> tuple[tuple[str, Fraction], ...]:
    if not node.has("requires"):
        return ()
    required = node.node("requires")
    for name in required.data:
        required.expect(name, name in FACTS[level], _("There is no such fact here."))
    least = {name: required.integer(name) for name in required.data}
    return tuple((name, Fraction(number)) for name, number in least.items())
