"""The report as an XLSX workbook: in words, as cells, and in the tables that funders ask for."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, time
from decimal import Decimal
from io import BytesIO
from typing import Any

import xlsxwriter
from django.utils.translation import gettext as _
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from indicators.gate import Cell
from reports.crosswalk.ladder import ladder
from reports.crosswalk.logframe import logframe
from reports.crosswalk.outline import outline
from reports.formats.cells import group_of, harmless, mark, title_of
from reports.measures import UNIT_WORDS, measure_of
from reports.parts import Report, Table
from reports.source import Source
from reports.tables import in_words, reference
from reports.wording import speaking

OPTIONS: Mapping[str, Any] = {
    "in_memory": True,  # no temporary files, and no times of theirs in the archive
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
#: Excel refuses longer names of sheets, and these letters in them.
LONGEST_NAME = 31
NOT_IN_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))
WIDE, NARROW = 60, 18

Value = str | Decimal | None


def as_xlsx(report: Report) -> bytes:
    """Return the workbook, the same bytes each time. It holds texts and numbers, no formula."""
    content = BytesIO()
    with speaking(report.language), xlsxwriter.Workbook(content, dict(OPTIONS)) as workbook:
        workbook.set_properties({"title": report.title, "created": _made_at(report.source)})
        for title, rows, widths in _sheets(report):
            _write(workbook, report, title, rows, widths)
    return content.getvalue()


def _made_at(source: Source) -> datetime:
    """Return a time that depends on what is told alone: a clock would change the file."""
    return datetime.combine(source.snapshot_on, time(0), UTC)


Sheet = tuple[str, list[Sequence[Value]], Sequence[int]]


def _sheets(report: Report) -> Iterator[Sheet]:
    yield _("Summary"), list(_summary(report)), (NARROW * 2, WIDE * 2)
    yield _("Figures"), list(_figures(report.source)), (NARROW * 2, *[NARROW] * 12)
    for title, table in (
        (_("Wirkungstreppe"), ladder(report.source)),
        (_("Logframe"), logframe(report.source)),
        (_("Funders"), outline(report)),
    ):
        yield title, list(_of_table(table)), (NARROW * 2, WIDE, *[NARROW * 2] * 5)
    yield _("Legend"), list(_legend(report)), (NARROW * 2, WIDE * 2)


def _summary(report: Report) -> Iterator[Sequence[Value]]:
    yield (_("Section"), _("What it says"))
    yield (_("Report"), harmless(report.title))
    yield ("", harmless(report.line))
    if report.warning:
        yield ("", report.warning)
    for section in report.sections:
        for fact in section.facts:
            yield (section.title, harmless(f"{fact.label}: {fact.value}"))
        for said in section.said:
            yield (section.title, harmless(said.text))


def _figures(source: Source) -> Iterator[Sequence[Value]]:
    yield (
        *(_("Cell"), _("What"), _("Scale"), _("Group"), _("Unit")),
        *(_("Value"), _("From"), _("To"), _("People"), _("In words")),
        *(_("Confidentiality"), _("Reliability")),
    )
    for cell in source.cells:
        yield _figure(cell, source)


def _figure(cell: Cell, source: Source) -> Sequence[Value]:
    measure = measure_of(cell)
    people = None if cell.n_rounded is None else Decimal(cell.n_rounded)
    bounds = (cell.low, cell.high, people)
    return (
        *(harmless(reference(cell)), str(measure.words)),
        *(harmless(title_of(cell, source)), harmless(group_of(cell, source))),
        str(UNIT_WORDS[measure.unit]),
        mark(cell) if cell.value is None else cell.value,
        *(mark(cell) if cell.value is None else bound for bound in bounds),
        in_words(cell) if cell.evidence else "",
        *(cell.confidentiality.value, cell.observation.value),
    )


def _of_table(table: Table) -> Iterator[Sequence[Value]]:
    yield table.head
    for row in table.rows:
        # A figure may begin with its sign; it was written here, so nobody can hide a formula in it.
        yield tuple(entry.text if entry.is_figure else harmless(entry.text) for entry in row)


def _legend(report: Report) -> Iterator[Sequence[Value]]:
    yield (_("Letter"), _("Meaning"))
    for section in report.sections:
        for table in section.details if section.key == "legend" else ():
            for row in table.rows:
                yield tuple(entry.text for entry in row)
    yield ("F", _("Confidentiality: published"))
    yield ("C", _("Confidentiality: withheld, too few people"))
    yield ("D", _("Confidentiality: withheld, it would give another figure away"))
    yield ("u", _("Reliability: very uncertain"))
    yield ("x", _("Reliability: not available"))
    yield ("z", _("Reliability: does not apply"))


def _write(
    workbook: xlsxwriter.Workbook,
    report: Report,
    title: str,
    rows: list[Sequence[Value]],
    widths: Sequence[int],
) -> None:
    sheet = workbook.add_worksheet(title.translate(NOT_IN_NAMES)[:LONGEST_NAME])
    if report.direction == "rtl":
        sheet.right_to_left()
    heading = workbook.add_format({"bold": True, "bottom": 1})
    wrapped = workbook.add_format({"text_wrap": True, "valign": "top"})
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width, wrapped)
    sheet.freeze_panes(1, 0)
    for position, row in enumerate(rows):
        for column, value in enumerate(row):
            _enter(sheet, (position, column), value, heading if position == 0 else wrapped)


def _enter(sheet: Worksheet, place: tuple[int, int], value: Value, style: Format) -> None:
    if isinstance(value, Decimal):
        sheet.write_number(*place, value, style)
    elif value:
        sheet.write_string(*place, value, style)
