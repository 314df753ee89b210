"""The same figures in every form of a report, and in none of them what was withheld."""

import csv
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from io import BytesIO, StringIO
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.conf import settings
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from indicators.gate import Cell
from indicators.models import Confidentiality, Observation, Release
from reports.documents import FORMS, render
from reports.formats import cells
from reports.formats.leaflet import leaflet_of
from reports.formats.poster import ON_THE_WALL
from reports.measures import MEASURES
from reports.parts import Report
from reports.report import build_report, compose
from reports.source import NextStep
from tests.reports.conftest import Publishing
from tests.reports.hand_made import full_source
from tests.reports.test_documents import MARKS, as_shown, figures_of_page, mark_of, text_of_pdf

LANGUAGES = [code for code, _name in settings.LANGUAGES]
FIGURE = re.compile(r"[\N{MINUS SIGN}]?\d+(?:[.,]\d+)?")
Cells = dict[str, tuple[str, str, str, str]]


@pytest.fixture
def report() -> Report:
    """Give a report with every kind of figure, some of them withheld or missing."""
    source = full_source(is_invented=False)
    cells = (
        *(cell for cell in source.cells if (cell.measure, cell.scale) != ("change", "education")),
        Cell("change", "education", confidentiality=Confidentiality.PRIMARY),
        Cell("recovered", "phq4", observation=Observation.NOT_APPLICABLE),
    )
    return compose(replace(source, cells=cells), "en")


def of_json(report: Report) -> Cells:
    """Return cell → value, low, high and people, each as text or as the mark in its place."""
    content = json.loads(render(report, "json"))
    return {cell["cell"]: _figures(cell) for cell in content["cells"]}


def _figures(cell: dict[str, str]) -> tuple[str, str, str, str]:
    if "value" not in cell:
        mark = mark_of(cell)
        return (mark, mark, mark, mark)
    parts = (cell.get(name, "") for name in ("value", "low", "high", "n_rounded"))
    value, low, high, people = parts
    return (value, low, high, people)


def of_csv(report: Report) -> Cells:
    text = render(report, "csv").decode("utf-8-sig")
    return {
        row["cell"]: (row["value"], row["low"], row["high"], row["n_rounded"])
        for row in csv.DictReader(StringIO(text))
    }


def sheets_of(report: Report) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_filelike(BytesIO(render(report, "xlsx")))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


def of_xlsx(report: Report) -> Cells:
    _head, *rows = sheets_of(report)["Figures"]
    return {str(row[0]): tuple(map(_as_text, (*row[5:8], row[8]))) for row in rows}  # type: ignore[misc] # four


def _as_text(value: object) -> str:
    return f"{Decimal(str(value)).normalize():f}" if isinstance(value, float) else str(value)


# Equality ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("read", [of_csv, of_xlsx])
def test_tables_hold_exactly_the_cells_of_the_json_file(
    read: Callable[[Report], Cells], report: Report
) -> None:
    expected = of_json(report)

    assert len(expected) > 20
    assert read(report) == expected


@pytest.mark.parametrize("read", [of_csv, of_xlsx])
def test_withheld_cells_are_marked_in_tables(
    read: Callable[[Report], Cells], publish: Publishing
) -> None:
    report = build_report(publish(9), "en")

    found = read(report)

    assert found["linked"] == ("[c]", "[c]", "[c]", "[c]")
    assert found == of_json(report)


def test_iati_holds_the_figures_of_the_json_file(report: Report) -> None:
    shown = of_json(report)

    root = ET.fromstring(render(report, "iati"))  # noqa: S314 - made by us

    actuals = 0
    for indicator in root.iter("indicator"):
        for actual in indicator.iter("actual"):
            cell = (actual.findtext("comment/narrative") or "").partition(":")[0]
            scale = cell.removeprefix("change/")
            expected = shown[f"after/{scale}" if scale != cell else cell]
            assert actual.get("value") == expected[0]
            actuals += 1
            if scale != cell:
                (baseline,) = [
                    one for one in indicator.iter("baseline") if groups(one) == groups(actual)
                ]
                assert baseline.get("value") == shown[f"before/{scale}"][0]
    assert actuals >= 15


def groups(element: ET.Element) -> list[tuple[str | None, str | None]]:
    return [(one.get("name"), one.get("value")) for one in element.iter("dimension")]


def test_iati_says_why_a_figure_is_not_there(report: Report) -> None:
    root = ET.fromstring(render(report, "iati"))  # noqa: S314 - made by us
    indicators = {one.findtext("title/narrative"): one for one in root.iter("indicator")}

    withheld = indicators["Average score: Education and learning"]

    assert list(withheld.iter("actual")) == []
    assert "[c] withheld" in (withheld.findtext("description/narrative") or "")


def test_sheets_for_funders_show_figures_of_the_json_file(report: Report) -> None:
    content = json.loads(render(report, "json"))["cells"]
    written = {as_shown(cell) for cell in content}
    # Every figure with an interval is a difference, whatever its measure is called.
    written |= {as_shown(cell | {"measure": "change"}) for cell in content if "low" in cell}
    sheets = sheets_of(report)

    values = {str(row[3]) for row in sheets["Wirkungstreppe"][1:]} - {"–", ""}
    states = {str(entry) for row in sheets["Logframe"][1:] for entry in row[2:4]} - {"–", ""}

    assert {value.removesuffix(" %") for value in values | states} <= written
    assert {"+4 (1 to 7)", "[c]", "58 %", "48"} <= values


@pytest.mark.parametrize("form", ["poster", "leaflet"])
def test_posters_and_leaflets_show_no_figure_of_their_own(form: str, report: Report) -> None:
    """Whatever number stands there, the report's own sentences, facts and charts have it."""
    told = re.sub(r"<style>.*?</style>", "", render(report, "html").decode(), flags=re.DOTALL)
    known = set(FIGURE.findall(MARKS.sub("", told)))

    pages = PdfReader(BytesIO(render(report, form))).pages
    numbers = set(FIGURE.findall(text_of_pdf(render(report, form))))

    assert numbers - known - {str(number + 1) for number in range(len(pages))} == set()
    assert figures_of_page(told)["change/belonging"].split()[0].lstrip("+") in known


def test_leaflet_page_and_leaflet_say_the_same(report: Report) -> None:
    page = render(report, "leaflet_page").decode()
    # A reader takes the space that letters leave each other for one between words.
    printed = text_of_pdf(render(report, "leaflet")).replace(" ", "")

    for part in leaflet_of(report).parts:
        for sentence in part.sentences:
            assert sentence in page
            assert sentence.replace(" ", "") in printed


# Protection --------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [form for form in FORMS if form not in {"html", "pdf", "json"}])
def test_nine_people_leave_no_survey_figure(form: str, publish: Publishing) -> None:
    nine = build_report(publish(9), "en")

    text = readable(render(nine, form))

    assert "Belonging: people said" not in text
    for cell in nine.source.cells:
        if cell.scale or cell.measure in {"linked", "cards", "answered_before"}:
            assert cell.value is None
    assert not re.search(r"\b9\b(?! ?people)", re.sub(r"[0-9a-f]{8,}|\d{4}-\d\d-\d\d", "", text))


def readable(content: bytes) -> str:
    """Return the words of a file of any of our formats."""
    if content.startswith(b"%PDF"):
        return text_of_pdf(content)
    if content.startswith(b"PK"):
        book = CalamineWorkbook.from_filelike(BytesIO(content))
        return " ".join(
            str(entry)
            for name in book.sheet_names
            for row in book.get_sheet_by_name(name).to_python()
            for entry in row
        )
    return re.sub(r"<style>.*?</style>|<svg.*?</svg>", "", content.decode(), flags=re.DOTALL)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_text_that_looks_like_a_formula_is_made_harmless(text: str) -> None:
    assert cells.harmless(text) == f"'{text}"
    assert cells.harmless(f"a{text}") == f"a{text}"


def test_names_can_put_no_formula_into_tables(publish: Publishing) -> None:
    release = publish(12)
    community = release.snapshot.cycle.community
    type(community).objects.filter(pk=community.pk).update(name="=HYPERLINK(1)")
    report = build_report(Release.objects.get(pk=release.pk), "en")

    rows = [row for sheet in sheets_of(report).values() for row in sheet]
    table = render(report, "csv").decode("utf-8-sig")

    assert b"<f>" not in render(report, "xlsx")
    assert not [entry for row in rows for entry in row if str(entry).startswith("=")]
    assert not [cell for row in csv.reader(StringIO(table)) for cell in row if cell[:1] == "="]


# Form --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_made_in_every_language(form: str, full_release: Release) -> None:
    for language in LANGUAGES:
        report = build_report(full_release, language)
        assert render(report, form) == render(report, form)


def test_workbook_reads_from_the_right_in_arabic(full_release: Release) -> None:
    def is_turned(language: str) -> bool:
        content = render(build_report(full_release, language), "xlsx")
        with zipfile.ZipFile(BytesIO(content)) as archive:
            return b"rightToLeft" in archive.read("xl/worksheets/sheet1.xml")

    assert [is_turned("ar"), is_turned("fa-af"), is_turned("de")] == [True, True, False]


def test_workbook_carries_no_time_of_its_making(report: Report) -> None:
    with zipfile.ZipFile(BytesIO(render(report, "xlsx"))) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        properties = archive.read("docProps/core.xml").decode()

    day = report.source.snapshot_on.isoformat()
    assert set(re.findall(r"\d{4}-\d\d-\d\dT[\d:]+Z", properties)) == {f"{day}T00:00:00Z"}


@pytest.mark.parametrize("step_count", [0, 9])
@pytest.mark.parametrize("language", LANGUAGES)
def test_leaflet_is_one_page(language: str, step_count: int) -> None:
    step = NextStep("Go on with it. " * 10, "coordination", None, "open", language=language)
    source = full_source(next_steps=(step,) * step_count)

    pages = PdfReader(BytesIO(render(compose(source, language), "leaflet"))).pages

    assert len(pages) == 1


def test_leaflet_tells_open_steps_in_its_own_language() -> None:
    (step,) = full_source().next_steps
    steps = (step, replace(step, text="Fertig", status="done"), replace(step, language="de"))
    source = full_source(next_steps=steps)

    def told(language: str) -> list[str]:
        return list(leaflet_of(compose(source, language)).parts[-1].sentences)

    assert [len(told(language)) for language in ("en", "de", "ar")] == [2, 2, 1]


@pytest.mark.parametrize("form", ["poster", "leaflet"])
def test_print_is_tagged_and_in_its_language(form: str, full_release: Release) -> None:
    reader = PdfReader(BytesIO(render(build_report(full_release, "ar"), form)))

    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "ar"
    assert root["/ViewerPreferences"]["/Direction"] == "/R2L"


def test_poster_has_a_sheet_for_each_chart(report: Report) -> None:
    charts = sum(len(section.figures) for section in report.sections if section.key in ON_THE_WALL)

    assert charts >= 6
    pages = PdfReader(BytesIO(render(report, "poster"))).pages

    assert len(pages) == charts + 2
    width, height = (float(side) for side in pages[0].mediabox[2:])
    assert (round(width / 72 * 25.4), round(height / 72 * 25.4)) == (297, 420)


def test_every_measure_says_where_it_belongs() -> None:
    for measure in MEASURES.values():
        assert bool(measure.steps) == bool(measure.result)
        assert all(1 <= step <= 7 for step in measure.steps)
