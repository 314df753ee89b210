"""What is handed to others has the form that they read, and says what the report says."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.conf import settings
from django.contrib.staticfiles.finders import find
from jsonschema import Draft202012Validator  # type: ignore[import-untyped] # it has no types

from reports.crosswalk.indicators import shown_indicators
from reports.crosswalk.ladder import ladder
from reports.crosswalk.logframe import logframe
from reports.crosswalk.outline import outline
from reports.documents import render
from reports.measures import Result
from reports.parts import Report
from reports.report import build_report, compose
from reports.tables import reference
from reports.wording import speaking
from tests.reports.conftest import Publishing
from tests.reports.hand_made import full_source, without

LANGUAGES = [code for code, _name in settings.LANGUAGES]

#: IATI 2.03, read from its schema: the children of an element in their order, with the least and
#: the most number of each (None: any), and its attributes that must be there.
STRUCTURE: dict[str, tuple[list[tuple[str, int, int | None]], set[str]]] = {
    "iati-activities": ([("iati-activity", 1, None)], {"version"}),
    "iati-activity": (
        [
            ("iati-identifier", 1, 1),
            ("reporting-org", 1, 1),
            ("title", 1, 1),
            ("description", 1, None),
            ("participating-org", 1, None),
            ("activity-status", 1, 1),
            ("activity-date", 1, None),
            ("result", 0, None),
        ],
        set(),
    ),
    "iati-identifier": ([], set()),
    "reporting-org": ([("narrative", 1, None)], {"ref", "type"}),
    "participating-org": ([("narrative", 0, None)], {"role"}),
    "activity-status": ([], {"code"}),
    "activity-date": ([("narrative", 0, None)], {"type", "iso-date"}),
    "title": ([("narrative", 1, None)], set()),
    "description": ([("narrative", 1, None)], set()),
    "comment": ([("narrative", 1, None)], set()),
    "narrative": ([], set()),
    "result": ([("title", 1, 1), ("description", 0, 1), ("indicator", 1, None)], {"type"}),
    "indicator": (
        [("title", 1, 1), ("description", 0, 1), ("baseline", 0, None), ("period", 0, None)],
        {"measure"},
    ),
    "baseline": ([("dimension", 0, None), ("comment", 0, 1)], {"year"}),
    "period": (
        [("period-start", 1, 1), ("period-end", 1, 1), ("target", 0, None), ("actual", 0, None)],
        set(),
    ),
    "period-start": ([], {"iso-date"}),
    "period-end": ([], {"iso-date"}),
    "actual": ([("dimension", 0, None), ("comment", 0, 1)], set()),
    "dimension": ([], {"name", "value"}),
}
ATTRIBUTES = {
    "result": {"type", "aggregation-status"},
    "indicator": {"measure", "ascending", "aggregation-status"},
    "baseline": {"iso-date", "year", "value"},
    "actual": {"value"},
}


def problems(element: ET.Element) -> list[str]:
    """Return where an element and those in it leave the structure of IATI."""
    children, attributes = STRUCTURE[element.tag]
    found = [f"{element.tag} lacks {name}" for name in attributes - set(element.attrib)]
    if element.tag in ATTRIBUTES:
        unknown = set(element.attrib) - ATTRIBUTES[element.tag]
        found += [f"{element.tag} has {name}" for name in unknown]
    tags = [child.tag for child in element]
    order = [name for name, _least, _most in children]
    if sorted(tags, key=order.index) != tags:
        found.append(f"{element.tag} has {tags}")
    for name, least, most in children:
        if not least <= tags.count(name) <= (most or len(tags)):
            found.append(f"{element.tag} has {tags.count(name)} {name}")
    return found + [problem for child in element for problem in problems(child)]


@pytest.fixture
def report() -> Report:
    return compose(full_source(), "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_iati_keeps_to_its_structure(language: str) -> None:
    root = ET.fromstring(render(compose(full_source(), language), "iati"))  # noqa: S314 - ours

    assert problems(root) == []
    assert root.get("version") == "2.03"
    kinds = {one.get("type") for one in root.iter("result")}
    assert kinds == {"1", "2"}
    assert {one.get("measure") for one in root.iter("indicator")} == {"1", "2"}
    for narrative in root.iter("narrative"):
        assert narrative.text


def test_iati_keeps_to_its_structure_where_all_is_withheld(publish: Publishing) -> None:
    root = ET.fromstring(render(build_report(publish(9), "de"), "iati"))  # noqa: S314 - ours

    assert problems(root) == []


def test_a_broken_structure_would_be_found(report: Report) -> None:
    root = ET.fromstring(render(report, "iati"))  # noqa: S314 - ours
    indicator = next(root.iter("indicator"))
    indicator.append(indicator[0])
    del indicator.attrib["measure"]

    assert len(problems(root)) >= 2


def test_people_and_averages_are_never_added_up(report: Report) -> None:
    root = ET.fromstring(render(report, "iati"))  # noqa: S314 - ours

    adds_up = {
        indicator.findtext("title/narrative")
        for indicator in root.iter("indicator")
        if indicator.get("aggregation-status") == "1"
    }

    assert adds_up == {
        "Workshops planned",
        "Workshops cancelled",
        "Sessions planned",
        "Sessions held",
        "Hours held",
    }


# Tables ------------------------------------------------------------------------------------------


def cells_of(rows: Sequence[Sequence[Any]]) -> set[str]:
    return {entry.cell for row in rows for entry in row if entry.cell}


def test_every_crosswalk_has_the_same_cells(report: Report) -> None:
    source = report.source
    with speaking("en"):
        expected = {reference(one.cell) for one in shown_indicators(source)}
        changes = {cell for cell in expected if cell.startswith("change/")}
        averages = {
            cell.replace("change", name, 1) for cell in changes for name in ("before", "after")
        }

        assert cells_of(ladder(source).rows) == expected
        assert cells_of(logframe(source).rows) == expected - changes | averages


def test_ladder_names_every_step(report: Report) -> None:
    with speaking("en"):
        rows = ladder(report.source).rows
        lonely = ladder(without(report.source, "people_reached", "change")).rows

    steps = [row[0].text for row in rows]
    assert steps == sorted(steps)
    assert {"1", "2", "4–6", "6", "7"} <= set(steps)
    assert [row[2].text for row in rows if row[0].text in {"3", "7"}] == ["nothing measured"] * 2
    assert "nothing measured" in {row[2].text for row in lonely}


def test_strain_and_distress_are_no_aims(report: Report) -> None:
    with speaking("en"):
        shown = [reference(one.cell) for one in shown_indicators(report.source)]

    assert "change/stress" not in shown
    assert "change/phq4" not in shown


def test_logframe_has_outcomes_before_outputs(report: Report) -> None:
    with speaking("en"):
        levels = [row[0].text for row in logframe(report.source).rows]

    assert levels == sorted(levels, key=levels.index)
    assert len(set(levels)) == 2
    assert {one.measure.result for one in shown_indicators(report.source)} == {
        Result.OUTPUT,
        Result.OUTCOME,
    }


def test_outline_takes_the_sentences_of_the_report(report: Report) -> None:
    with speaking("en"):
        rows = outline(report).rows

    said = {said.text for section in report.sections for said in section.said}
    told = {row[1].text for row in rows}
    assert len(told & said) > 10
    assert "Open the tea room on Saturdays too" in told
    assert "For the organisation to write." in told


# The JSON file -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    path = find("reports/report.schema.json")
    assert path
    content = json.loads(Path(path).read_text())
    Draft202012Validator.check_schema(content)
    return Draft202012Validator(content)


@pytest.mark.parametrize("language", LANGUAGES)
def test_json_keeps_to_its_schema(language: str, schema: Draft202012Validator) -> None:
    content = json.loads(render(compose(full_source(), language), "json"))

    assert [error.message for error in schema.iter_errors(content)] == []


def test_json_of_nine_people_keeps_to_its_schema(
    publish: Publishing, schema: Draft202012Validator
) -> None:
    content = json.loads(render(build_report(publish(9), "de"), "json"))

    assert [error.message for error in schema.iter_errors(content)] == []
    withheld = next(cell for cell in content["cells"] if cell["conf_status"] != "F")
    withheld["value"] = "0"
    assert not schema.is_valid(content)
