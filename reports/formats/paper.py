"""The report on paper: tagged PDF/UA-1, the same bytes each time."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typst
from django.utils.translation import gettext as _

from reports.charts import Drawing
from reports.parts import Report, Section, Table
from reports.wording import speaking

HERE = Path(__file__).resolve().parents[1]
TYPST = HERE / "typst"
FONTS = HERE / "fonts"
#: typst knows no Dari; it is Persian as written in Afghanistan.
PDF_LANGUAGES: Mapping[str, tuple[str, str]] = {"fa-af": ("fa", "AF")}


def as_pdf(report: Report) -> bytes:
    return print_out("report.typ", {"report": for_print(report)})


def print_out(template: str, data: Mapping[str, Any]) -> bytes:
    """Set a template with its data. It reads no other file, no system font, and no clock."""
    pdf: bytes = typst.compile(
        TYPST / template,
        root=TYPST,
        font_paths=[FONTS],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={name: json.dumps(value) for name, value in data.items()},
        timestamp=0,
        pdf_standards=["ua-1"],
    )
    return pdf


def for_print(report: Report) -> dict[str, Any]:
    with speaking(report.language):
        words = {"page": _("Page"), "of": _("of")}
    return {
        "title": report.title,
        **script_of(report.language, report.direction),
        "line": report.line,
        "warning": report.warning,
        "words": words,
        "sections": [_section(section) for section in report.sections],
    }


def script_of(language: str, direction: str) -> dict[str, Any]:
    """Say in which language and direction to set."""
    known_as, region = PDF_LANGUAGES.get(language, (language, None))
    return {"language": known_as, "region": region, "rtl": direction == "rtl"}


def _section(section: Section) -> dict[str, Any]:
    return {
        "title": section.title,
        "said": [said.text for said in section.said],
        "facts": [[fact.label, fact.value] for fact in section.facts],
        "figures": [
            {
                "title": figure.drawing.title,
                "status": figure.status,
                "text": f"{figure.drawing.title}. {figure.drawing.description}",
                "drawing": _drawing(figure.drawing),
                "table": _table(figure.table),
            }
            for figure in section.figures
        ],
        "details": [_table(table) for table in section.details],
        "notes": section.notes,
    }


def _drawing(drawing: Drawing) -> dict[str, Any]:
    return {
        "width": drawing.width,
        "height": drawing.height,
        "marks": [{"mark": type(mark).__name__.lower(), **asdict(mark)} for mark in drawing.marks],
    }


def _table(table: Table) -> dict[str, Any]:
    return {
        "caption": table.caption,
        "head": table.head,
        "rows": [
            [{"text": entry.text, "figure": entry.is_figure} for entry in row] for row in table.rows
        ],
    }
