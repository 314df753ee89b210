"""One report in three forms: the same figures in each, and nothing that was withheld."""

import json
import re
from decimal import Decimal
from html import unescape
from io import BytesIO

import pytest
from pypdf import PdfReader

from indicators.models import Release
from reports.documents import render
from reports.report import build_report
from tests.reports.conftest import Publishing

MARKS = re.compile("[\N{LEFT-TO-RIGHT ISOLATE}\N{FIRST STRONG ISOLATE}\N{POP DIRECTIONAL ISOLATE}]")


def figures_of_page(page: str) -> dict[str, str]:
    """Return cell → what the page shows for it."""
    shown = re.findall(r'data-cell="([^"]+)">([^<]*)<', page)
    return {cell: MARKS.sub("", unescape(text)) for cell, text in shown}


def text_of_pdf(content: bytes) -> str:
    """Return the words of a PDF, read by somebody else's program."""
    pages = PdfReader(BytesIO(content)).pages
    words = " ".join(MARKS.sub("", " ".join(page.extract_text() for page in pages)).split())
    return words.replace(" ,", ",")  # where letters are set closer, the program sees a gap


def mark_of(cell: dict[str, str]) -> str:
    """Return the letter for a cell without a figure: withheld, or not available."""
    return "[c]" if cell["conf_status"] != "F" else f"[{cell['obs_status']}]"


def as_shown(cell: dict[str, str]) -> str:
    """Write a cell of the JSON file as an English report shows it."""
    if "value" not in cell:
        return mark_of(cell)
    value = cell["value"].replace("-", "\N{MINUS SIGN}")
    if cell["measure"] in {"effect", "differential_attrition"}:
        return f"+{value}" if Decimal(cell["value"]) > 0 else value
    if cell["measure"] != "change":
        return value
    sign = "+" if Decimal(cell["value"]) > 0 else ""
    low, high = (cell[name].replace("-", "\N{MINUS SIGN}") for name in ("low", "high"))
    return f"{sign}{value} ({low} to {high})"


def test_page_shows_every_published_figure_of_the_json_file(full_release: Release) -> None:
    report = build_report(full_release, "en")
    cells = json.loads(render(report, "json"))["cells"]

    shown = figures_of_page(render(report, "html").decode())

    assert {cell["cell"] for cell in cells if "value" in cell} <= set(shown)
    assert set(shown) - {""} <= {cell["cell"] for cell in cells}
    different = {
        cell["cell"]: shown[cell["cell"]]
        for cell in cells
        if cell["cell"] in shown and not shown[cell["cell"]].startswith(as_shown(cell))
    }
    assert different == {}  # behind a figure, its unit may stand


@pytest.mark.parametrize("language", ["en", "de"])
def test_pdf_shows_the_figures_of_the_page(language: str, full_release: Release) -> None:
    report = build_report(full_release, language)

    printed = text_of_pdf(render(report, "pdf"))

    for section in report.sections:
        for table in (*(figure.table for figure in section.figures), *section.details):
            for row in table.rows:
                if any(entry.is_figure for entry in row):
                    assert " ".join(entry.text for entry in row) in printed


def test_withheld_is_neither_zero_nor_null(publish: Publishing) -> None:
    content = json.loads(render(build_report(publish(9), "en"), "json"))

    for cell in content["cells"]:
        if cell["conf_status"] != "F":
            assert set(cell) & {"value", "low", "high", "n_rounded"} == set()
            assert cell["evidence"] == ""


@pytest.mark.parametrize("form", ["html", "pdf", "json"])
def test_documents_are_the_same_bytes_each_time(form: str, full_release: Release) -> None:
    first = render(build_report(full_release, "ar"), form)
    second = render(build_report(full_release, "ar"), form)

    assert first == second


def test_html_file_needs_nothing_else(full_release: Release) -> None:
    page = render(build_report(full_release, "en"), "html").decode()

    assert not re.search(r"<script|<link rel=.stylesheet|\ssrc=|url\(|@import|\son\w+=", page)
    assert not re.search(r'href="(?!data:,|#)', page)
    assert ".chart .interval" in page
