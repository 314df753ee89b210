"""The published cells as CSV: one row each, for whoever computes on."""

import csv
from collections.abc import Iterator
from io import StringIO

from django.utils.encoding import force_str

from indicators.gate import Cell
from reports.formats.cells import group_of, harmless, mark, title_of, written
from reports.measures import UNIT_WORDS, measure_of
from reports.parts import Report
from reports.source import Source
from reports.tables import in_words, reference
from reports.wording import speaking

#: What a program that opens the file by itself takes for UTF-8.
BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
#: docs/reports.md says what each holds.
COLUMNS = (
    *("report_id", "report_hash", "community", "cycle", "data_as_of"),
    *("cell", "measure", "scale", "dimension", "category"),
    *("measure_words", "scale_words", "category_words", "unit_words"),
    *("value", "low", "high", "n_rounded"),
    *("evidence", "evidence_words", "conf_status", "obs_status"),
)


def as_csv(report: Report) -> bytes:
    """Return one row per cell. Withheld figures are `[c]`, neither zero nor empty."""
    text = StringIO()
    text.write(BYTE_ORDER_MARK)
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    with speaking(report.language):
        writer.writerows(_row(cell, report.source) for cell in report.source.cells)
    return text.getvalue().encode()


def _row(cell: Cell, source: Source) -> Iterator[str]:
    measure = measure_of(cell)
    names = (source.report_id, source.fingerprint, source.community, source.cycle)
    for part in (*names, source.snapshot_on.isoformat()):
        yield harmless(part)
    for part in (reference(cell), cell.measure, cell.scale, cell.dimension, cell.category):
        yield harmless(part)
    words = (measure.words, title_of(cell, source), group_of(cell, source))
    for word in (*words, UNIT_WORDS[measure.unit]):
        yield harmless(force_str(word))
    yield written(cell.value, cell)
    # Where the figure is there, a bound that is not there was never part of it.
    for value in (cell.low, cell.high, cell.n_rounded):
        yield mark(cell) if cell.value is None else "" if value is None else written(value, cell)
    yield cell.evidence
    yield harmless(in_words(cell)) if cell.evidence else ""
    yield cell.confidentiality.value
    yield cell.observation.value
