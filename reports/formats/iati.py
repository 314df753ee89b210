"""The published cells as IATI results 2.03, for funders that read this common form.

A withheld figure has no `actual`; the description of its indicator says why. Nothing is aggregated
from averages or from people, who may be counted twice.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from xml.etree import ElementTree as ET

from django.utils.translation import gettext as _

from indicators.gate import Cell
from reports.claims import Claim, Kind, sentence
from reports.crosswalk.indicators import (
    Shown,
    full_title,
    shown_indicators,
    value_in_words,
    why_in_words,
)
from reports.crosswalk.logframe import LEVELS
from reports.formats.cells import group_of, title_of
from reports.measures import Result, Unit
from reports.names import group_name
from reports.parts import Report
from reports.source import Source
from reports.tables import reference
from reports.wording import bare, plain, speaking

VERSION = "2.03"
RESULT_TYPES: Mapping[Result, str] = {
    Result.OUTPUT: "1",
    Result.OUTCOME: "2",
    Result.IMPACT: "3",
}
MEASURE_UNIT, MEASURE_PER_CENT = "1", "2"
#: Codes of IATI for a cycle whose figures are fixed, its first and last day, and whoever reports.
CLOSED, STARTED, ENDED, IMPLEMENTS, REPORTS_ITSELF = "4", "2", "4", "4", "22"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
#: Things can be added up over communities; people and averages can't.
ADDS_UP = frozenset({Unit.COUNT, Unit.HOURS})


def as_iati(report: Report) -> bytes:
    with speaking(report.language):
        root = ET.Element("iati-activities", version=VERSION)
        _add_activity(root, report)
        ET.indent(root)
        content: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
        return content + b"\n"


def _add_activity(root: ET.Element, report: Report) -> None:
    """Add the activity. Its organisation is not known here; whoever hands it in writes it in."""
    source = report.source
    activity = ET.SubElement(root, "iati-activity", {LANGUAGE: report.language})
    ET.SubElement(activity, "iati-identifier").text = f"{source.community}-{source.cycle}"
    organisation = ET.SubElement(activity, "reporting-org", ref="", type=REPORTS_ITSELF)
    _narrate(organisation, source.community_name)
    _narrate(ET.SubElement(activity, "title"), report.title)
    _narrate(ET.SubElement(activity, "description", type="1"), bare(report.line))
    ET.SubElement(activity, "participating-org", role=IMPLEMENTS)
    ET.SubElement(activity, "activity-status", code=CLOSED)
    start, end = _days(source)
    for kind, day in ((STARTED, start), (ENDED, end)):
        ET.SubElement(activity, "activity-date", {"type": kind, "iso-date": day.isoformat()})
    shown = list(shown_indicators(source))
    for level, code in RESULT_TYPES.items():
        if here := [one for one in shown if one.measure.result == level]:
            _add_result(activity, source, code, here)


def _days(source: Source) -> tuple[date, date]:
    return (source.asked_from, source.asked_until or source.snapshot_on)


def _add_result(activity: ET.Element, source: Source, code: str, shown: list[Shown]) -> None:
    level = shown[0].measure.result
    adds_up = all(one.measure.unit in ADDS_UP for one in shown)
    result = ET.SubElement(
        activity, "result", {"type": code, "aggregation-status": _truth(value=adds_up)}
    )
    _narrate(ET.SubElement(result, "title"), str(LEVELS[level]))
    if level is not Result.OUTPUT:
        _narrate(
            ET.SubElement(result, "description"),
            sentence(Claim(Kind.NO_COMPARISON_GROUP), source),
        )
    for one in shown:
        _add_indicator(result, source, one)


def _add_indicator(result: ET.Element, source: Source, one: Shown) -> None:
    per_cent = one.measure.unit is Unit.PER_CENT
    attributes = {
        "measure": MEASURE_PER_CENT if per_cent else MEASURE_UNIT,
        "aggregation-status": _truth(value=one.measure.unit in ADDS_UP),
    }
    if one.measure.more_is_wanted is not None:
        attributes["ascending"] = _truth(value=one.measure.more_is_wanted)
    indicator = ET.SubElement(result, "indicator", attributes)
    _narrate(ET.SubElement(indicator, "title"), _title(one, source))
    cells = [one.cell, *_parts_of(one.cell, source)]
    if why := list(dict.fromkeys(_why_missing(cells, source))):
        _narrate(ET.SubElement(indicator, "description"), "; ".join(why))
    for cell in cells:
        _add_baseline(indicator, source, cell)
    _add_period(indicator, source, [cell for cell in cells if cell.value is not None])


def _title(one: Shown, source: Source) -> str:
    """Name an indicator; that of a scale is its average, which has a state before and now."""
    if one.cell.measure != "change":
        return one.title
    return _("Average score: %(scale)s") % {"scale": title_of(one.cell, source)}


def _parts_of(whole: Cell, source: Source) -> list[Cell]:
    return [
        cell
        for cell in source.cells
        if (cell.measure, cell.scale) == (whole.measure, whole.scale) and cell.dimension
    ]


def _why_missing(cells: list[Cell], source: Source) -> Iterator[str]:
    for cell in cells:
        if cell.value is None:
            yield f"{full_title(cell, source)}: {value_in_words(cell)} {why_in_words(cell)}"


def _add_baseline(indicator: ET.Element, source: Source, cell: Cell) -> None:
    before = _average("before", cell, source)
    if cell.measure != "change" or before.value is None:
        return
    start, _end = _days(source)
    attributes = {
        "year": str(start.year),
        "iso-date": start.isoformat(),
        "value": plain(before.value),
    }
    _add_dimension(ET.SubElement(indicator, "baseline", attributes), cell, source)


def _add_period(indicator: ET.Element, source: Source, cells: list[Cell]) -> None:
    if not cells:
        return
    period = ET.SubElement(indicator, "period")
    for tag, day in zip(("period-start", "period-end"), _days(source), strict=True):
        ET.SubElement(period, tag, {"iso-date": day.isoformat()})
    for cell in cells:
        # A scale has a state before and now; the comment tells the difference with its interval.
        now = _average("after", cell, source) if cell.measure == "change" else cell
        actual = ET.SubElement(period, "actual", value=plain(now.value or 0))
        _add_dimension(actual, cell, source)
        said = " ".join(part for part in (value_in_words(cell), why_in_words(cell)) if part)
        _narrate(ET.SubElement(actual, "comment"), f"{reference(cell)}: {said}")


def _average(measure: str, cell: Cell, source: Source) -> Cell:
    return source.cell(measure, cell.scale, cell.dimension, cell.category)


def _add_dimension(parent: ET.Element, cell: Cell, source: Source) -> None:
    if not cell.dimension:
        return
    words = bare(group_name(source, (cell.dimension, "")))
    ET.SubElement(parent, "dimension", name=words, value=group_of(cell, source))


def _narrate(parent: ET.Element, text: str) -> None:
    ET.SubElement(parent, "narrative").text = text


def _truth(*, value: bool) -> str:
    return "1" if value else "0"
