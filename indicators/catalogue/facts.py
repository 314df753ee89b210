"""The named facts that formulas may use, and how they are read from the content of a snapshot."""

from collections import Counter
from collections.abc import Iterator, Mapping
from enum import StrEnum
from fractions import Fraction
from typing import Any

from communities.models import Domain, PopulationDimension
from indicators.catalogue.formula import Facts, Scalar, Table, Type
from measurement.scales import ScaleRule

Content = dict[str, Any]
#: People whose group the public statistics don't list.
OTHERS = "other"


class Level(StrEnum):
    """What an indicator is about: a figure each for everything of that kind."""

    CYCLE = "cycle"
    SCALE = "scale"
    GROUP = "group"  # age band and first language, where public statistics know them
    DOMAIN = "domain"
    NETWORK = "network"


def _numbers(*names: str) -> dict[str, Type]:
    return dict.fromkeys(names, Type.NUMBER)


def _tables(*names: str) -> dict[str, Type]:
    return dict.fromkeys(names, Type.TABLE)


_REGISTER = ("invited", "enrolled", "reached", "completed")
_CYCLE = _numbers(
    "workshops_planned",
    "workshops_cancelled",
    "sessions_planned",
    "sessions_held",
    *(f"people_{step}" for step in _REGISTER),
    "sessions_offered",
    "sessions_attended",
    "population",
    "cards",
    "answered_before",
    "answered_after",
    "linked",
    "resources_listed",
    "resources_verified",
    "resources_open",
    # Linked people with exposure and problems in both waves, and the line that judges them.
    "stress_pairs",
    "exposure_change",
    "problems_change",
    "exposure_change_squared",
    "problems_change_squared",
    "change_products",
    "line_slope",
    "line_residual_sd",
    "line_persons",
    # What our own questionnaires don't ask yet.
    "exposed",
    "recovered",
    "usefulness_answered",
    "usefulness_high",
    "knowledge_pairs",
    "knowledge_before",
    "knowledge_after",
)
_SCALE = _numbers(
    "pairs",
    "lost",
    "sum_before",
    "sum_after",
    "sum_before_squared",
    "sum_lost",
    "sum_lost_squared",
    "low_before",
    "low_after",
    "reliable_up",
    "reliable_none",
    "reliable_down",
    "reliable_judged",
)
_NETWORK = {
    **_numbers(
        "areas",
        "areas_reached",
        "trainers_active",
        "trainers_active_before",
        "trainers_stayed",
        "hours_available",
        "hours_requested",
    ),
    **_tables("languages_in_demand", "trainers_by_language", "trainers_by_cell"),
}
#: What a formula of each level may name.
FACTS: Mapping[Level, Mapping[str, Type]] = {
    Level.CYCLE: _CYCLE,
    Level.SCALE: _CYCLE | _SCALE,
    Level.GROUP: _CYCLE | _numbers("came_known") | _tables("came", "lives_here"),
    Level.DOMAIN: _CYCLE,
    Level.NETWORK: _NETWORK,
}


def cycle_facts(content: Content, rules: Mapping[str, ScaleRule]) -> dict[str, Scalar | Table]:
    """Return the facts about a cycle as a whole. What isn't collected is not there."""
    counts: dict[str, Any] = {**content["delivery"], **_register(content)}
    flow = content["flow"]
    counts |= {name: flow[name] for name in ("cards", "linked")}
    counts |= {f"answered_{wave}": flow[wave] for wave in ("before", "after")}
    if content.get("population"):
        counts["population"] = content["population"]
    counts |= _resources(content.get("resources", {}).values())
    facts: dict[str, Scalar | Table] = {
        name: Fraction(count) for name, count in counts.items() if name in _CYCLE
    }
    return facts | _stress(content, rules)


def _register(content: Content) -> dict[str, int]:
    register = content.get("register", {})
    found = {
        "people_invited": register.get("invited"),
        "people_enrolled": register.get("enrolled"),
        "people_reached": register.get("attended"),
        "people_completed": register.get("completed"),
        "sessions_offered": register.get("sessions_offered"),
        "sessions_attended": register.get("sessions_attended"),
    }
    return {name: count for name, count in found.items() if count is not None}


def _resources(domains: Any) -> dict[str, int]:  # noqa: ANN401 - rows of JSON
    total: Counter[str] = Counter()
    for counts in domains:
        total.update(counts)
    return {f"resources_{name}": count for name, count in total.items()}


def _stress(content: Content, rules: Mapping[str, ScaleRule]) -> dict[str, Scalar]:
    stress, line = content.get("stress"), content.get("line")
    if not stress:
        return {}
    units = {name: rules[stress[name]].unit for name in ("exposure", "problems")}
    facts: dict[str, Scalar] = {"stress_pairs": Fraction(stress["n"])}
    for name, unit in units.items():
        facts[f"{name}_change"] = Fraction(int(stress[f"{name}_change"]), unit)
        squares = int(stress[f"{name}_change_squared"])
        facts[f"{name}_change_squared"] = Fraction(squares, unit**2)
    products = int(stress["products_change"])
    facts["change_products"] = Fraction(products, units["exposure"] * units["problems"])
    facts |= {name: Fraction(stress[name]) for name in ("exposed", "recovered") if name in stress}
    if line:
        facts["line_slope"] = float(line["slope"])
        facts["line_residual_sd"] = float(line["residual_sd"])
        facts["line_persons"] = Fraction(line["n"])
    return facts


def scale_facts(row: Content, rule: ScaleRule) -> dict[str, Scalar | Table]:
    """Return the facts about one scale, in points."""
    point, square = rule.unit, rule.unit**2
    facts: dict[str, Scalar | Table] = {
        "pairs": Fraction(row["n"]),
        "lost": Fraction(row["n_lost"]),
        **{
            name: Fraction(int(row[name]), point)
            for name in ("sum_before", "sum_after", "sum_lost")
        },
        **{
            name: Fraction(int(row[name]), square)
            for name in ("sum_before_squared", "sum_lost_squared")
        },
    }
    if low := row.get("low"):
        facts |= {f"low_{wave}": Fraction(low[wave]) for wave in ("before", "after")}
    if reliable := row.get("reliable"):
        counts = {way: Fraction(reliable[way]) for way in ("up", "none", "down")}
        facts |= {f"reliable_{way}": count for way, count in counts.items()}
        facts["reliable_judged"] = sum(counts.values(), Fraction())
    return facts


def group_facts(content: Content) -> Iterator[tuple[str, Facts]]:
    """Yield each dimension with who came and who lives there; without either where unknown."""
    for dimension in PopulationDimension.values:
        came = content.get("register", {}).get("came", {}).get(dimension)
        lives = content.get("lives_here", {}).get(dimension)
        facts: dict[str, Scalar | Table] = {}
        if came and lives:
            shares = {key: Fraction(share) for key, share in lives.items()}
            if (rest := 100 - sum(shares.values(), Fraction())) > 0:
                shares[OTHERS] = rest
            facts["lives_here"] = shares
            facts["came"] = _as_listed(came, shares)
            facts["came_known"] = Fraction(sum(came.values()))
        yield dimension, facts


def _as_listed(came: Mapping[str, int], listed: Table) -> Table:
    counts: Counter[str] = Counter()
    for category, count in came.items():
        counts[category if category in listed else OTHERS] += count
    return {category: Fraction(count) for category, count in counts.items()}


def domain_facts(content: Content) -> Iterator[tuple[str, Facts]]:
    resources = content.get("resources", {})
    for domain in Domain.values:
        counts = _resources([resources[domain]] if domain in resources else [])
        yield domain, {name: Fraction(count) for name, count in counts.items()}
