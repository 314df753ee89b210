"""One report in many forms. Each is made from the same `Report`, so all hold the same figures."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from reports.formats.data import as_json
from reports.formats.iati import as_iati
from reports.formats.leaflet import as_leaflet, as_leaflet_page
from reports.formats.page import as_html
from reports.formats.paper import as_pdf
from reports.formats.poster import as_poster
from reports.formats.rows import as_csv
from reports.formats.workbook import as_xlsx
from reports.models import DocumentFormat
from reports.parts import Report

PDF = "application/pdf"
PAGE = "text/html; charset=utf-8"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Form:
    """How a format is made, what it is to a browser, and how its file name ends."""

    render: Callable[[Report], bytes]
    content_type: str
    ending: str


FORMS: Mapping[str, Form] = {
    DocumentFormat.HTML: Form(as_html, PAGE, ".html"),
    DocumentFormat.PDF: Form(as_pdf, PDF, ".pdf"),
    DocumentFormat.JSON: Form(as_json, "application/json", ".json"),
    DocumentFormat.XLSX: Form(as_xlsx, WORKBOOK, ".xlsx"),
    DocumentFormat.CSV: Form(as_csv, "text/csv; charset=utf-8", ".csv"),
    DocumentFormat.POSTER: Form(as_poster, PDF, "_poster.pdf"),
    DocumentFormat.LEAFLET: Form(as_leaflet, PDF, "_leaflet.pdf"),
    DocumentFormat.LEAFLET_PAGE: Form(as_leaflet_page, PAGE, "_leaflet.html"),
    DocumentFormat.IATI: Form(as_iati, "application/xml", "_iati.xml"),
}


def render(report: Report, document_format: str) -> bytes:
    """Return the report as one file that needs nothing else: no network, no other file."""
    return FORMS[document_format].render(report)


def file_name(community: str, cycle: str, language: str, document_format: str) -> str:
    return f"{community}_{cycle}_{language}{FORMS[document_format].ending}"
