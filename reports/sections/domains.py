"""What differs, scale by scale: dots with nested intervals, and twenty dots for the primary one."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from django.utils.translation import gettext as _

from indicators.gate import Cell
from reports import statements as say
from reports.charts import (
    Drawing,
    Interval,
    interval_chart,
    plausible_values,
    quantile_chart,
)
from reports.claims import Claim, Kind
from reports.parts import Entry, Figure, Section, Table
from reports.sections.telling import status_of, title_of, told
from reports.source import ReportedScale, Source
from reports.tables import (
    bounds_of,
    change_table,
    difference,
    effect_table,
    in_words,
    measure_table,
    scale_name,
)
from reports.wording import number


def domains(source: Source) -> Section | None:
    scales = [scale for scale in source.scales if scale.domain]
    if not scales:
        return None
    section = change_section(source, "domains", scales)
    claims, figures = [], []
    for claim, figure in _plausible(source):
        claims.append(claim)
        figures.append(figure)
    return Section(
        section.key,
        section.title,
        (*section.said, *told(source, claims)),
        figures=(*section.figures, *figures),
        details=section.details,
        notes=_notes() if section.figures else (),
    )


def other_scales(source: Source) -> Section | None:
    scales = say.other_scales(source)
    return change_section(source, "other", scales) if scales else None


def change_section(source: Source, key: str, scales: Sequence[ReportedScale]) -> Section:
    effects = effect_table(source, scales)
    return Section(
        key,
        title_of(key),
        told(source, say.about_all_changes(source, tuple(scales))),
        figures=tuple(change_figures(source, key, scales)),
        details=(*((effects,) if effects.rows else ()), *_low_resources(source, scales)),
    )


def change_figures(source: Source, key: str, scales: Sequence[ReportedScale]) -> Iterator[Figure]:
    """Draw scales with the same bounds together: others could not be compared by eye."""
    ordered = sorted(scales, key=bounds_of)
    for number_of, (bounds, group) in enumerate(groupby(ordered, key=bounds_of), 1):
        members = sorted(group, key=source.scales.index)
        changes = [
            (scale_name(source, scale), source.cell("change", scale.key)) for scale in members
        ]
        if all(cell.value is None for _label, cell in changes):
            continue
        title = _("Difference between before and after, on a scale from %(low)s to %(high)s") % {
            "low": number(bounds[0]),
            "high": number(bounds[1]),
        }
        yield Figure(
            f"{key}-{number_of}",
            draw_changes(title, changes, members[0]),
            change_table(source, title, members),
            status_of(source, members),
        )


def draw_changes(title: str, changes: Sequence[tuple[str, Cell]], scale: ReportedScale) -> Drawing:
    description = "; ".join(
        f"{label}: {in_words(cell)}" + (f", {difference(cell)}" if cell.value is not None else "")
        for label, cell in changes
    )
    rows = [interval_of(label, cell) for label, cell in changes]
    return interval_chart(title, description, rows, scale.smallest_change, tick_text=number)


def interval_of(label: str, cell: Cell) -> Interval:
    return Interval(
        label,
        difference(cell),
        Kind(cell.evidence) if cell.evidence else Kind.WITHHELD,
        cell.value,
        cell.low,
        cell.high,
    )


def _notes() -> tuple[str, ...]:
    return (
        _(
            "Thin lines hold the differences that fit the data (95%%), thick ones the more "
            "plausible half of them, from the same interval by a normal approximation."
        )
        % {},
        _(
            "The shaded band holds differences too small to matter. Points: an arrowhead for "
            "higher or lower, a square for about the same, a ring for cannot tell."
        ),
    )


def _plausible(source: Source) -> Iterator[tuple[Claim, Figure]]:
    """Draw the scale that counts first as twenty dots: lay readers count better than they see."""
    scale = source.primary_scale
    if scale is None:
        return
    cell = source.cell("change", scale.key)
    if cell.value is None or cell.low is None or cell.high is None:
        return
    values = plausible_values(cell.value, cell.low, cell.high)
    band = float(scale.smallest_change)
    above = sum(value >= band for value in values)
    below = sum(value <= -band for value in values)
    claim = Claim(
        Kind.PLAUSIBLE,
        {
            "above": above,
            "within": len(values) - above - below,
            "below": below,
            "smallest": scale.smallest_change,
            "opposite": -scale.smallest_change,
        },
        (scale.key,),
    )
    yield claim, _dots(source, scale, claim, values)


def _dots(source: Source, scale: ReportedScale, claim: Claim, values: Sequence[float]) -> Figure:
    title = _("%(scale)s: twenty equally plausible differences") % {
        "scale": scale_name(source, scale)
    }
    rows = (
        (_("%(smallest)s or more"), "above"),
        (_("between"), "within"),
        (_("%(opposite)s or less"), "below"),
    )
    bounds = {key: number(claim.figures[key]) for key in ("smallest", "opposite")}
    table = Table(
        title,
        (_("Difference"), _("Dots out of 20")),
        tuple(
            (Entry(words % bounds), Entry(number(claim.figures[key]), is_figure=True))
            for words, key in rows
        ),
    )
    description = _(
        "Dots over the axis, by a normal approximation of the published interval. Rings are "
        "smaller than what matters."
    )
    drawing = quantile_chart(title, description, values, scale.smallest_change, tick_text=number)
    return Figure("domains-dots", drawing, table, status_of(source, [scale]))


def _low_resources(source: Source, scales: Sequence[ReportedScale]) -> Iterator[Table]:
    for scale in scales:
        cells = [
            source.cell(measure, scale.key)
            for measure in ("low_resource_before", "low_resource_after")
        ]
        if any(cell.value is not None for cell in cells):
            caption = _("%(scale)s: people below the network's lowest fifth") % {
                "scale": scale_name(source, scale)
            }
            yield measure_table(caption, cells, source)
