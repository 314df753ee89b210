"""What took place: held against planned, and everything that the register counts."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from indicators.models import Observation
from reports import statements as say
from reports.charts import Bar, bullet_chart
from reports.measures import MEASURES
from reports.parts import Entry, Figure, Section, Table
from reports.sections.telling import title_of, told
from reports.source import Source
from reports.tables import count_table, measure_table
from reports.wording import number

COUNTS = (
    "workshops_planned",
    "workshops_cancelled",
    "sessions_planned",
    "sessions_held",
    "hours_held",
    "people_enrolled",
    "people_reached",
)
#: What stands beside the counts, where it is known.
BESIDE = (
    "delivered_as_planned",
    "acceptance",
    "resource_density",
    "resource_access",
    "resource_knowledge",
)


def delivery(source: Source) -> Section:
    return Section(
        "delivery",
        title_of("delivery"),
        told(source, say.about_delivery(source)),
        figures=tuple(_bullets(source)),
        details=tuple(_tables(source)),
    )


def _bullets(source: Source) -> Iterator[Figure]:
    planned, held = source.cell("sessions_planned"), source.cell("sessions_held")
    if not planned.value or held.value is None:
        return
    workshops, cancelled = source.cell("workshops_planned"), source.cell("workshops_cancelled")
    rows = [(_("Sessions"), held.value, planned.value)]
    if workshops.value and cancelled.value is not None:
        rows.insert(0, (_("Workshops"), workshops.value - cancelled.value, workshops.value))
    bars = [
        Bar(
            label,
            _("%(held)s of %(planned)s") % {"held": number(took_place), "planned": number(plan)},
            took_place,
            plan,
        )
        for label, took_place, plan in rows
    ]
    title = _("Held, of what was planned")
    text = "; ".join(f"{bar.label}: {bar.note}" for bar in bars)
    drawing = bullet_chart(
        title,
        _("Bars for what was held, a stroke for what was planned: %(text)s.") % {"text": text},
        bars,
    )
    table = Table(
        title,
        (_("What"), _("Held"), _("Planned")),
        tuple(
            (
                Entry(label),
                Entry(number(took_place), is_figure=True),
                Entry(number(plan), is_figure=True),
            )
            for label, took_place, plan in rows
        ),
    )
    yield Figure("delivery-chart", drawing, table)


def _tables(source: Source) -> Iterator[Table]:
    released = {cell.measure for cell in source.cells}
    rows = [
        (str(MEASURES[measure].words), source.cell(measure))
        for measure in COUNTS
        if measure in released
    ]
    if rows:
        yield count_table(_("Workshops and people"), rows)
    beside = [
        cell
        for measure in BESIDE
        for cell in source.cells
        if cell.measure == measure and cell.observation != Observation.NOT_AVAILABLE
    ]
    if any(cell.value is not None for cell in beside):
        caption = _("How it was done, and what the place has")
        yield measure_table(caption, beside, source)
