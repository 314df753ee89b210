"""One report, three forms: a page for the browser, a PDF for paper, JSON for programs."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst
from django.contrib.staticfiles.finders import find
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from indicators.gate import Cell
from reports.charts import Drawing
from reports.models import DocumentFormat
from reports.parts import Report, Section, Table
from reports.source import REPORT_VERSION
from reports.tables import reference
from reports.wording import plain, speaking

HERE = Path(__file__).resolve().parent
TYPST = HERE / "typst"
FONTS = HERE / "fonts"
STYLES = ("coreszon/tokens.css", "coreszon/base.css", "reports/report.css")
CONTENT_TYPES: Mapping[str, str] = {
    DocumentFormat.HTML: "text/html; charset=utf-8",
    DocumentFormat.PDF: "application/pdf",
    DocumentFormat.JSON: "application/json",
}
#: typst knows no Dari; it is Persian as written in Afghanistan.
PDF_LANGUAGES: Mapping[str, tuple[str, str]] = {"fa-af": ("fa", "AF")}


def render(report: Report, document_format: str) -> bytes:
    """Return the report as one file that needs nothing else: no network, no other file."""
    return RENDERERS[document_format](report)


def as_html(report: Report) -> bytes:
    with speaking(report.language):
        context = {"report": report, "styles": _styles()}
        return render_to_string("reports/document.html", context).encode()


@lru_cache(maxsize=1)
def _styles() -> str:
    return "\n".join(Path(found).read_text() for style in STYLES if (found := find(style)))


def as_pdf(report: Report) -> bytes:
    """Return the report as tagged PDF/UA-1, the same bytes each time."""
    pdf: bytes = typst.compile(
        TYPST / "report.typ",
        root=TYPST,
        font_paths=[FONTS],
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"report": json.dumps(_for_print(report))},
        timestamp=0,
        pdf_standards=["ua-1"],
    )
    return pdf


def _for_print(report: Report) -> dict[str, Any]:
    language, region = PDF_LANGUAGES.get(report.language, (report.language, None))
    with speaking(report.language):
        words = {"page": _("Page"), "of": _("of")}
    return {
        "title": report.title,
        "language": language,
        "region": region,
        "rtl": report.direction == "rtl",
        "line": report.line,
        "warning": report.warning,
        "words": words,
        "sections": [_section_for_print(section) for section in report.sections],
    }


def _section_for_print(section: Section) -> dict[str, Any]:
    return {
        "title": section.title,
        "said": [said.text for said in section.said],
        "facts": [[fact.label, fact.value] for fact in section.facts],
        "figures": [
            {
                "title": figure.drawing.title,
                "text": f"{figure.drawing.title}. {figure.drawing.description}",
                "drawing": _drawing_for_print(figure.drawing),
                "table": _table_for_print(figure.table),
            }
            for figure in section.figures
        ],
        "details": [_table_for_print(table) for table in section.details],
        "notes": section.notes,
    }


def _drawing_for_print(drawing: Drawing) -> dict[str, Any]:
    return {
        "width": drawing.width,
        "height": drawing.height,
        "marks": [{"mark": type(mark).__name__.lower(), **asdict(mark)} for mark in drawing.marks],
    }


def _table_for_print(table: Table) -> dict[str, Any]:
    return {
        "caption": table.caption,
        "head": table.head,
        "rows": [
            [{"text": entry.text, "figure": entry.is_figure} for entry in row] for row in table.rows
        ],
    }


def as_json(report: Report) -> bytes:
    """Return the published cells, the claims and where they come from; docs/reports.md says how."""
    source = report.source
    content = {
        "format": "coreszon-report",
        "format_version": REPORT_VERSION,
        "report": {
            "id": source.report_id,
            "hash": source.fingerprint,
            "title": report.title,
            "language": report.language,
            "is_invented": source.is_invented,
        },
        "community": {"code": source.community, "name": source.community_name},
        "cycle": {
            "code": source.cycle,
            "was_planned": source.is_planned,
            "primary_domain": source.primary_domain,
            "smallest_change": plain(source.smallest_change),
        },
        "snapshot": {
            "number": source.snapshot_number,
            "hash": source.snapshot_hash,
            "taken_on": source.snapshot_on.isoformat(),
            "code_version": source.code_version,
        },
        "policy_version": source.policy_version,
        "instrument": {"version": source.instrument_version, "citation": source.citation},
        "scales": [
            {
                "key": scale.key,
                "role": scale.role,
                "domain": scale.domain,
                "minimum": str(scale.minimum),
                "maximum": str(scale.maximum),
                "smallest_change": plain(scale.smallest_change),
            }
            for scale in source.scales
        ],
        "cells": [_cell_as_json(cell) for cell in source.cells],
        "claims": [
            {"section": section.key, **_claim_as_json(asdict(said.claim)), "text": said.text}
            for section in report.sections
            for said in section.said
        ],
    }
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def _cell_as_json(cell: Cell) -> dict[str, Any]:
    """Leave out what is withheld: neither zero nor null may stand for it."""
    figures = {
        name: plain(value)
        for name in ("value", "low", "high")
        if (value := getattr(cell, name)) is not None
    }
    if cell.n_rounded is not None:
        figures["n_rounded"] = str(cell.n_rounded)
    return {
        "cell": reference(cell),
        "measure": cell.measure,
        "scale": cell.scale,
        "dimension": cell.dimension,
        "category": cell.category,
        **figures,
        "evidence": cell.evidence,
        "conf_status": cell.confidentiality.value,
        "obs_status": cell.observation.value,
    }


def _claim_as_json(claim: dict[str, Any]) -> dict[str, Any]:
    figures = {name: plain(value) for name, value in claim.pop("figures").items()}
    return {"figures": figures, **{name: value for name, value in claim.items() if value}}


RENDERERS: Mapping[str, Callable[[Report], bytes]] = {
    DocumentFormat.HTML: as_html,
    DocumentFormat.PDF: as_pdf,
    DocumentFormat.JSON: as_json,
}
