"""The catalogue as a page for people: docs/indicators/catalogue.md is made by it."""

from collections.abc import Iterable

from indicators.catalogue.definition import Definition, FigureRule
from indicators.catalogue.formula import Apply, Formula, Number

INTRODUCTION = """\
# The catalogue of indicators

Made from `indicators/definitions/` by `./run load_indicators --page`; a test keeps the two the
same. A published definition never changes: a new version says why, reports made before keep theirs,
and a snapshot holds the formulas that it was made with. `./run load_indicators` publishes new
versions after an update.

A formula is data: named facts and the operations of `indicators/catalogue/formula.py`.
*Fewest* is the smallest denominator that any display needs; figures of a survey need 10 people in
any case. *Effect level* is a step of the Wirkungstreppe.
"""

SYMBOLS = {"sum": " + ", "difference": " − ", "product": " × ", "ratio": " / "}


def catalogue_page(definitions: Iterable[Definition]) -> str:
    return INTRODUCTION + "".join(_section(definition) for definition in definitions)


def _section(definition: Definition) -> str:
    plan = definition.plan
    figures = "".join(_figure(rule) for rule in definition.figures)
    return (
        f"\n## {definition.code} {definition.name}\n\n"
        f"{plan['purpose']} *{plan['limits']}*\n\n"
        f"- **Numerator:** {plan['numerator']}\n"
        f"- **Denominator:** {plan['denominator']}\n"
        f"{figures}"
        f"- **Unit:** {definition.unit} · **Better:** {definition.direction.value} · "
        f"**Fewest:** {definition.minimum_n or 'no person behind it'} · "
        f"**Breakdowns:** {', '.join(definition.breakdowns) or 'none'} · "
        f"**Effect level:** {definition.effect_level or 'none'}\n"
        f"- **Why:** {plan['justification']}\n"
        f"- **Verified by:** {plan['verification']}\n"
        f"- **Where it is missing:** {plan['if_missing']}\n"
        f"- **Owner:** {plan['owner']} · **Version:** {definition.version}\n"
    )


def _figure(rule: FigureRule) -> str:
    interval = "" if rule.uncertainty == "none" else f" · interval: {rule.uncertainty}"
    return f"- **Figure** `{rule.measure}` = {written(rule.formula)}{interval}\n"


def written(formula: Formula) -> str:
    """Write a formula as people do."""
    if isinstance(formula, Number):
        return f"{float(formula.value):g}"
    if not isinstance(formula, Apply):
        return formula.name
    parts = [written(argument) for argument in formula.arguments]
    if symbol := SYMBOLS.get(formula.operation):
        return f"({symbol.join(parts)})"
    return f"{formula.operation}({', '.join(parts)})"
