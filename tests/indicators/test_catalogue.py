"""The catalogue: its formulas, its files, its versions, and what they make of a snapshot."""

import math
from copy import deepcopy
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from scipy import stats

from indicators.catalogue import loading
from indicators.catalogue.computing import World, compute_indicators
from indicators.catalogue.definition import Definition, read_definition
from indicators.catalogue.facts import FACTS, Level
from indicators.catalogue.formula import (
    Facts,
    MissingFactError,
    Type,
    UndefinedError,
    compute,
    read_formula,
)
from indicators.catalogue.loading import (
    DefinitionTakenError,
    definitions_in_force,
    load_indicators,
    pins_of,
    publish_definition,
    shipped_definitions,
)
from indicators.catalogue.page import catalogue_page
from indicators.catalogue.wording import NAMES, TEXTS
from indicators.estimates import estimate
from indicators.figures import Figure, Kind
from indicators.models import Indicator, IndicatorVersion, Observation
from surveys.document import DocumentError
from surveys.scoring import scale_rules
from tests.indicators.made_up import adult_document, make_content

PAGE = Path(__file__).resolve().parents[2] / "docs" / "indicators" / "catalogue.md"
CODES = [
    *(f"R{number}" for number in range(1, 5)),
    *(f"P{number}" for number in range(1, 6)),
    *(f"Q{number}" for number in range(1, 5)),
    *(f"D{number}" for number in range(1, 7)),
    *(f"C{number}" for number in range(1, 4)),
    *(f"T{number}" for number in range(1, 6)),
    *(f"O{number}" for number in range(1, 4)),
]

# Formulas ----------------------------------------------------------------------------------------

KNOWN = {"two": Type.NUMBER, "five": Type.NUMBER, "thirds": Type.TABLE, "halves": Type.TABLE}
FACTS_HERE: Facts = {
    "two": Fraction(2),
    "five": Fraction(5),
    "thirds": {"a": Fraction(1), "b": Fraction(1), "c": Fraction(1)},
    "halves": {"a": Fraction(7), "b": Fraction(7)},
}


def refuse(message: str) -> None:
    raise AssertionError(message)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (0.1, Fraction(1, 10)),
        ("two", 2),
        ({"sum": ["two", "five", 1]}, 8),
        ({"difference": ["two", "five"]}, -3),
        ({"product": ["two", "five", 0.5]}, 5),
        ({"ratio": ["two", "five"]}, Fraction(2, 5)),
        ({"share": ["two", "five"]}, 40),
        # 1, 2, 3, 4, 5: variance 2.5
        ({"variance": [5, 15, 55]}, Fraction(5, 2)),
        ({"root": 16}, 4),
        ({"rounded": [47, 5]}, 45),
        ({"rounded": [12.5, 5]}, 10),
        ({"least": ["five", "two"]}, 2),
        # a and b: half of each against a third of each; c: nothing against a third
        ({"overlap": ["halves", "thirds"]}, Fraction(2, 3)),
        ({"overlap": ["thirds", "thirds"]}, 1),
        ({"covered": ["thirds", "halves", 2]}, Fraction(200, 3)),
        ({"how_many": ["thirds", 1]}, 3),
    ],
)
def test_formula_computes(written: object, value: float) -> None:
    assert compute(read_formula(written, KNOWN, refuse), FACTS_HERE) == value


@pytest.mark.parametrize(("n", "groups"), [(30, 5), (1, 2), (7, 3), (64, 4)])
def test_overlap_to_expect_is_what_binomial_counts_leave(n: int, groups: int) -> None:
    shares = {str(number): Fraction(1, groups) for number in range(groups)}
    binomial = stats.binom(n, 1 / groups)
    apart = binomial.expect(lambda count: abs(count / n - 1 / groups)) * groups

    found = compute(
        read_formula({"expected_overlap": ["shares", n]}, {"shares": Type.TABLE}, refuse),
        {"shares": shares},
    )

    assert found == pytest.approx(1 - apart / 2, abs=1e-12)
    if (n, groups) == (30, 5):  # the simulated figure of the reference
        assert found == pytest.approx(0.86, abs=0.01)


@pytest.mark.parametrize(
    "written",
    [
        {"ratio": ["two", 0]},
        {"share": ["five", "two"]},
        {"variance": [1, 3, 9]},
        {"expected_overlap": ["thirds", 0]},
    ],
)
def test_formula_that_has_no_value_says_so(written: object) -> None:
    with pytest.raises(UndefinedError):
        compute(read_formula(written, KNOWN, refuse), FACTS_HERE)


def test_formula_names_the_fact_that_is_missing() -> None:
    formula = read_formula({"sum": ["two", "five"]}, KNOWN, refuse)

    with pytest.raises(MissingFactError, match="five"):
        compute(formula, {"two": Fraction(2)})


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("three", "three is no fact that fits here. There are: five, two."),
        ("thirds", "thirds is no fact that fits here"),
        ({"overlap": ["two", "thirds"]}, "There are: halves, thirds."),
        ({"power": ["two", 2]}, "power is no operation. There are: covered"),
        ({"ratio": ["two"]}, "ratio takes 2 arguments, not 1."),
        ({"sum": ["two"]}, "sum takes 2 arguments, not 1."),
        (True, "Write a number"),
        (None, "Write a number"),
        (["two"], "Write a number"),
        ({}, "Write a number"),
        ({"sum": [1, 2], "product": [1, 2]}, "Write a number"),
        ("__import__('os')", "is no fact"),
    ],
)
def test_formula_that_is_wrong_is_refused(written: object, message: str) -> None:
    found: list[str] = []

    read_formula(written, KNOWN, found.append)

    assert len(found) == 1
    assert message in found[0]


def test_formula_is_not_read_to_any_depth() -> None:
    deep: object = 1
    for _ in range(50):
        deep = {"root": deep}
    found: list[str] = []

    read_formula(deep, KNOWN, found.append)

    assert len(found) == 1


# Definitions -------------------------------------------------------------------------------------


def by_code(code: str) -> Definition:
    return next(one for one in shipped_definitions() if one.code == code)


def changed(code: str, **changes: object) -> Definition:
    return read_definition(dict(by_code(code).data) | changes)


def test_shipped_definitions_are_the_thirty_of_the_catalogue() -> None:
    assert [one.code for one in shipped_definitions()] == CODES
    measures = [
        (rule.measure, rule.level, rule.domain)
        for one in shipped_definitions()
        for rule in one.figures
        if not rule.part_of
    ]
    assert len(set(measures)) == len(measures)


def test_names_of_shipped_indicators_can_be_translated() -> None:
    assert tuple(one.name for one in shipped_definitions()) == NAMES


def test_what_reports_tell_of_the_definitions_is_marked_for_translation() -> None:
    told = {
        text
        for one in shipped_definitions()
        for text in (one.unit, one.plan["denominator"], one.plan["limits"])
        if text and text != "none"
    }

    assert told == set(TEXTS)


def test_page_of_the_catalogue_is_what_the_definitions_say() -> None:
    assert PAGE.read_text("utf-8") == catalogue_page(shipped_definitions())


def test_definition_is_refused_with_everything_that_is_wrong() -> None:
    data = deepcopy(dict(by_code("P4").data))
    data["version"] = 2
    data["direction"] = "sideways"
    del data["limits"]
    data["colour"] = "green"
    data["figures"][0] |= {
        "formula": {"ratio": ["people_complete", "people_enrolled"]},
        "step": "0",
        "requires": {"moon": 1},
    }

    with pytest.raises(DocumentError) as caught:
        read_definition(data)

    assert [problem.path for problem in caught.value.problems] == [
        "P4.direction",
        "P4.limits",
        "P4.figures.0.formula",
        "P4.figures.0.step",
        "P4.figures.0.requires.moon",
        "P4.figures.0.kind",
        "P4.figures.0.people",
        "P4.reason",
        "P4.colour",
    ]


@pytest.mark.django_db
def test_load_indicators_publishes_each_definition_once() -> None:
    first, second = load_indicators(), load_indicators()

    assert len(first) == 30
    assert second == []
    assert Indicator.objects.count() == IndicatorVersion.objects.count() == 30
    assert [one.code for one in definitions_in_force()] == sorted(CODES)


@pytest.mark.django_db
def test_new_installation_has_the_shipped_definitions_in_force() -> None:
    assert [one.code for one in definitions_in_force()] == sorted(CODES)


@pytest.mark.django_db
def test_published_definition_never_changes_without_a_new_version() -> None:
    load_indicators()

    with pytest.raises(DefinitionTakenError, match="make it version 2 and say why"):
        publish_definition(changed("P4", unit="parts"))
    with pytest.raises(DefinitionTakenError, match="make it version 2"):
        publish_definition(changed("P4", version=3, reason="Two were left out."))
    made = publish_definition(changed("P4", version=2, reason="Parts are clearer.", unit="parts"))

    assert made is not None
    assert (made.number, made.unit, made.reason) == (2, "parts", "Parts are clearer.")
    assert {one.code: one.version for one in definitions_in_force()}["P4"] == 2
    assert load_indicators() == []  # what a programme decided stands


@pytest.mark.django_db
def test_load_indicators_says_what_is_wrong_and_publishes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.toml").write_text('[[indicators]]\ncode = "X1"\n')
    monkeypatch.setattr(loading, "DEFINITIONS", tmp_path)
    shipped_definitions.cache_clear()

    with pytest.raises(CommandError, match=r"broken.toml: X1.version"):
        call_command("load_indicators")

    shipped_definitions.cache_clear()
    assert not Indicator.objects.exists()


# Figures -----------------------------------------------------------------------------------------


def figures_of(content: dict[str, Any]) -> dict[tuple[str, str, str, str], Figure]:
    figures = estimate(content, adult_document()).figures
    found = {(one.measure, one.scale, one.dimension, one.category): one for one in figures}
    assert len(found) == len(figures)
    return found


#: Worked out by hand from tests/indicators/made_up.py.
EXPECTED: dict[tuple[str, str, str, str], float] = {
    ("people_invited", "", "", ""): 100,
    ("people_enrolled", "", "", ""): 80,
    ("people_reached", "", "", ""): 64,
    ("people_completed", "", "", ""): 48,
    ("workshops_cancelled", "", "", ""): 1,
    ("dose", "", "sessions", "51-74"): 7.5,
    ("came", "", "age_band", "adult"): 100 * 50 / 64,
    ("came", "", "age_band", "child"): 0,
    ("came", "", "language", "other"): 100 * 10 / 60,
    ("lives_here", "", "age_band", "youth"): 10,
    ("complete_before", "", "", ""): 75,
    ("language_before", "", "language", "ar"): 100 * 22 / 52,
    ("channel_before", "", "channel", "kiosk"): 0,
    ("reach_rate", "", "", ""): 1000 * 65 / 20_000,
    # Half of |50/64 - .8| + |14/64 - .1| + .1.
    ("representativeness", "", "age_band", ""): 1 - (0.01875 + 0.11875 + 0.1) / 2,
    ("delivered_as_planned", "", "", ""): 75,
    ("turn_out", "", "", ""): 80,
    ("dose_received", "", "", ""): 62.5,
    ("completion", "", "", ""): 60,
    ("baseline_response", "", "", ""): 65,
    ("linked_rate", "", "", ""): 100 * 40 / 52,
    # Linked 55 with variance 125 * 40 / 39, lost 40 with variance 800 / 11.
    ("differential_attrition", "belonging", "", ""): 15 / math.sqrt((5000 / 39 + 800 / 11) / 2),
    ("low_resource_before", "belonging", "", ""): 30,
    ("low_resource_after", "education", "", ""): 25,
    ("reliable_up", "belonging", "", ""): 35,
    ("reliable_none", "belonging", "", ""): 50,
    ("reliable_down", "belonging", "", ""): 15,
    ("reliable_chance", "belonging", "", ""): 2.5,
    ("resource_density", "", "domain", "education"): 2.5,
    ("resource_density", "", "domain", "belonging"): 0,
    ("resource_access", "", "domain", "education"): 40,
    ("resource_density", "", "", ""): 4,
    ("resource_access", "", "", ""): 40,
    # Problems fell by 1, exposure rose by .5: (-1 - .7 * .5) / 2.5.
    ("reactivity_change", "", "", ""): -0.54,
    ("reactivity_change_low_reliability", "", "", ""): (-1 - 0.5) / 2.5,
}


def test_figures_are_those_worked_out_by_hand() -> None:
    figures = figures_of(make_content())

    found = {where: figures[where].value for where in EXPECTED}
    assert found == {where: pytest.approx(value) for where, value in EXPECTED.items()}


def test_what_is_not_collected_is_not_available() -> None:
    figures = figures_of(make_content())

    missing = {where: figure.missing for where, figure in figures.items() if figure.value is None}
    assert missing == {
        ("representativeness", "", "language", ""): Observation.NOT_AVAILABLE,
        ("representativeness_expected", "", "language", ""): Observation.NOT_AVAILABLE,
        ("acceptance", "", "", ""): Observation.NOT_AVAILABLE,
        ("resource_knowledge", "", "", ""): Observation.NOT_AVAILABLE,
        ("recovered", "", "", ""): Observation.NOT_AVAILABLE,
        # Nothing is listed there, so there is nothing to reach.
        ("resource_access", "", "domain", "belonging"): Observation.NOT_APPLICABLE,
    }


def test_figure_with_nobody_behind_looks_like_one_with_a_few() -> None:
    content = make_content()
    for row in content["scales"]:
        row |= {"n_lost": 0, "sum_lost": "0", "sum_lost_squared": "0"}

    figure = figures_of(content)["differential_attrition", "belonging", "", ""]

    # The gate withholds by n; "not applicable" would say that nobody was lost.
    assert (figure.n, figure.missing) == (0, Observation.NORMAL)
    assert figure.value is not None


def test_reach_rate_needs_a_population_worth_the_name() -> None:
    figure = figures_of(make_content(population=299))["reach_rate", "", "", ""]

    assert (figure.value, figure.missing) == (None, Observation.NOT_APPLICABLE)


def test_reactivity_is_not_said_by_a_line_of_few_people() -> None:
    line = {"number": 1, "n": 150, "slope": "0.7", "residual_sd": "2.5"}

    figure = figures_of(make_content(line=line))["reactivity_change", "", "", ""]

    assert (figure.value, figure.missing) == (None, Observation.NOT_APPLICABLE)


def test_interval_of_reactivity_is_that_of_the_persons_residual_changes() -> None:
    # Twenty people with (exposure + 1, problems 0), twenty with (0, - 2), in residual SDs.
    parts = [-0.7 / 2.5] * 20 + [-2 / 2.5] * 20
    reach = stats.t.ppf(0.975, 39) * stats.sem(parts)

    figure = figures_of(make_content())["reactivity_change", "", "", ""]

    assert (figure.low, figure.high) == pytest.approx((-0.54 - reach, -0.54 + reach))
    assert figure.is_sensitive


def test_interval_of_reactivity_allows_for_workshops() -> None:
    content = make_content(icc={"phq4": "0.1000"})
    whole = next(row for row in content["scales"] if row["scale"] == "phq4")
    half = {
        name: str(int(value) // 2) if isinstance(value, str) and value.isdigit() else value
        for name, value in whole.items()
    }
    content["scales"] += [
        half | {"dimension": "workshop", "category": name, "n": 20} for name in ("1", "2")
    ]
    alone = figures_of(make_content())["reactivity_change", "", "", ""]

    figure = figures_of(content)["reactivity_change", "", "", ""]

    assert figure.high is not None
    assert alone.high is not None
    # Two workshops of 20: design effect 1 + 19 * .1.
    assert figure.high + 0.54 == pytest.approx((alone.high + 0.54) * math.sqrt(2.9))


def test_formulas_agree_with_the_estimates_that_hold_their_figures() -> None:
    content, document = make_content(), adult_document()
    estimates = {one.scale: one for one in estimate(content, document).scales}
    compared = set()

    for computed in compute_indicators(content, document, scale_rules(document), World(10)):
        figure = computed.figure
        if computed.part_of != "scales":
            continue
        estimated = estimates[figure.scale]
        held = {"change": estimated.change.change, "tipping_point": estimated.tipping_point}
        assert figure.value == pytest.approx(held[figure.measure]), figure
        compared.add((figure.measure, figure.scale))

    assert compared >= {("change", scale) for scale in ("relationships", "employment", "stress")}
    assert ("tipping_point", "belonging") in compared


def test_content_of_the_first_format_has_counts_and_no_indicators() -> None:
    later = ("definitions", "formulas", "register", "quality", "stress", "line", "icc")
    content = {name: value for name, value in make_content().items() if name not in later}

    figures = figures_of(content | {"format": 1})

    assert {one.measure for one in figures.values()} == {
        "workshops_planned",
        "workshops_cancelled",
        "sessions_planned",
        "sessions_held",
        "hours_held",
        "people_enrolled",
        "people_reached",
        "lives_here",
    }


def test_changed_formula_changes_only_what_is_computed_with_it() -> None:
    attended = changed(
        "P4",
        version=2,
        reason="Of those who came.",
        figures=[
            dict(by_code("P4").data["figures"][0])
            | {
                "formula": {"share": ["people_completed", "people_reached"]},
                "population": "attended",
            }
        ],
    )
    others = [one for one in shipped_definitions() if one.code != "P4"]

    earlier = figures_of(make_content())
    later = figures_of(make_content(**pins_of([*others, attended])))

    assert later.pop(("completion", "", "", "")).value == 75
    assert earlier.pop(("completion", "", "", "")).value == 60
    assert later == earlier


def test_every_fact_that_formulas_may_use_is_used_or_collected() -> None:
    used = {
        (rule.level, name)
        for one in shipped_definitions()
        for rule in one.figures
        for name in rule.formula.names()
    }

    assert {name for level, name in used if level is Level.NETWORK} == set(FACTS[Level.NETWORK])


def test_kinds_of_figures_carry_what_the_gate_needs() -> None:
    for figure in figures_of(make_content()).values():
        if figure.value is None or figure.kind is Kind.THINGS:
            continue
        assert figure.n > 0, figure
        assert figure.population, figure
        assert (figure.count is not None) == (figure.kind is Kind.SHARE), figure
