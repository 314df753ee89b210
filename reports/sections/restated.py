"""What differs from the last report, and why: corrected data, boundaries, definitions, people."""

from collections.abc import Iterator
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from indicators.gate import Cell
from reports.charts import waterfall_chart
from reports.charts.waterfall import Step
from reports.claims import Claim, Kind
from reports.parts import Entry, Figure, Section, Table
from reports.sections.telling import title_of, told
from reports.source import ReportedScale, Source
from reports.tables import figure, scale_name
from reports.wording import day, number, signed

LEVELS = ("previous", "current")
#: Each step is published to the next whole point.
HALF_A_STEP = Decimal("0.5")
STEPS: dict[str, str | Promise] = {
    "previous": gettext_lazy("The last report"),
    "corrected": gettext_lazy("Late or corrected answers"),
    "boundaries": gettext_lazy("Boundaries of the community"),
    "definition": gettext_lazy("Definition or questionnaire"),
    "new_people": gettext_lazy("New people"),
    "current": gettext_lazy("This report"),
}


def restated(source: Source) -> Section | None:
    claims, figures = [], []
    for scale in source.scales:
        cells = _cells(source, scale)
        if cells is None:
            continue
        if not _adds_up(cells):
            claims.append(Claim(Kind.RESTATED_REFUSED))
            continue
        claims.append(_claim(scale, cells))
        figures.append(_figure(source, scale, cells))
    if figures:
        claims.append(Claim(Kind.RESTATED_ROUNDED))
    if source.changed_definitions:
        claims.append(Claim(Kind.DEFINITIONS_CHANGED))
    if source.corrections:
        claims.insert(0, Claim(Kind.CORRECTED))
    if not claims:
        return None
    return Section(
        "restated",
        title_of("restated"),
        told(source, claims),
        figures=tuple(figures),
        details=tuple(_tables(source)),
    )


def _cells(source: Source, scale: ReportedScale) -> dict[str, Cell] | None:
    """Return the steps of a scale; None where there are none or one of them is withheld."""
    cells = {cell.category: cell for cell in source.cells_of("restated", scale.key, "step")}
    if set(LEVELS) - set(cells) or any(cell.value is None for cell in cells.values()):
        return None
    return {step: cells[step] for step in STEPS if step in cells}


def _adds_up(cells: dict[str, Cell]) -> bool:
    """Whether the steps lead from one figure to the other, but for their rounding."""
    values = {step: cell.value or Decimal(0) for step, cell in cells.items()}
    moved = sum((value for step, value in values.items() if step not in LEVELS), Decimal(0))
    off = abs(values["previous"] + moved - values["current"])
    return off <= len(values) * HALF_A_STEP


def _claim(scale: ReportedScale, cells: dict[str, Cell]) -> Claim:
    figures = {step: cells[step].value or Decimal(0) for step in LEVELS}
    return Claim(Kind.RESTATED, dict(figures), (scale.key,))


def _figure(source: Source, scale: ReportedScale, cells: dict[str, Cell]) -> Figure:
    title = _("%(scale)s: from the last report to this one") % {"scale": scale_name(source, scale)}
    steps = [
        Step(
            str(STEPS[step]),
            signed(cell.value or Decimal(0)),
            float(cell.value or 0),
            step in LEVELS,
        )
        for step, cell in cells.items()
    ]
    description = "; ".join(f"{step.label}: {step.note}" for step in steps)
    drawing = waterfall_chart(title, description, steps, tick_text=number)
    table = Table(
        title,
        (_("Step"), _("Difference between before and after")),
        tuple(
            (Entry(str(STEPS[step])), figure(cell, signed(cell.value or Decimal(0))))
            for step, cell in cells.items()
        ),
    )
    return Figure(f"restated-{scale.key}", drawing, table)


def _tables(source: Source) -> Iterator[Table]:
    if source.corrections:
        yield Table(
            _("Corrections"),
            (_("Snapshot"), _("Reason")),
            tuple(
                (
                    Entry(f"{number(correction.number)} · {day(correction.on)}"),
                    Entry(correction.reason),
                )
                for correction in source.corrections
            ),
        )
    if source.changed_definitions:
        yield Table(
            _("Definitions that differ from the last report"),
            (_("Indicator"), _("Reason")),
            tuple(
                (
                    Entry(f"{definition.code} {_(definition.name)} ({definition.version})"),
                    Entry(definition.reason),
                )
                for definition in source.changed_definitions
            ),
        )
