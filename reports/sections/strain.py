"""Strain and signs of distress: beside each other, on the plane with the frozen line, apart."""

from collections.abc import Iterator
from decimal import Decimal

from django.utils.translation import gettext as _

from indicators.gate import Cell
from reports.charts import PlaneWords, UsualLine, plane_chart
from reports.claims import Claim, Kind
from reports.parts import Entry, Figure, Section, Table
from reports.provenance import FrozenLine
from reports.sections.domains import change_section
from reports.sections.telling import title_of, told
from reports.source import ReportedScale, Source
from reports.tables import figure, measure_table, scale_name
from reports.wording import number

ROLES = frozenset({"exposure", "problems"})
#: The reliability of the exposure at which the figure is printed again.
LOW_RELIABILITY = Decimal("0.7")
#: Of the scale of exposure, how much of the line is shown to each side of the arrow.
AROUND = 0.15


def strain(source: Source) -> Section | None:
    """Tell of exposure and problems, apart from the resources and never added to them."""
    scales = [scale for scale in source.scales if scale.role in ROLES]
    if not scales:
        return None
    section = change_section(source, "strain", scales)
    return Section(
        section.key,
        title_of("strain"),
        (
            *told(source, [Claim(Kind.KEPT_APART)]),
            *section.said,
            *told(source, (*_reactivity(source), Claim(Kind.CARE))),
        ),
        figures=(*section.figures, *_plane(source)),
        details=(*section.details, *_recovered(source)),
    )


def _reactivity(source: Source) -> Iterator[Claim]:
    cell = source.cell("reactivity_change")
    if cell.value is None or cell.low is None or cell.high is None:
        return
    if source.line is not None:
        yield _about_the_line(source.line)
    again = source.cell("reactivity_change_low_reliability")
    hangs = again.value is not None and again.value * cell.value < 0
    yield Claim(_kind(cell, hangs=hangs), _figures(cell, hangs=hangs))
    if again.value is not None:
        yield Claim(
            Kind.REACTIVITY_LESS_RELIABLE, {"reliability": LOW_RELIABILITY, "value": again.value}
        )
    if hangs:
        yield Claim(Kind.REACTIVITY_HANGS)
    yield Claim(Kind.EXPERIMENTAL)


def _kind(cell: Cell, *, hangs: bool) -> Kind:
    """Claim a direction only if the interval holds no zero and reliability can't turn it."""
    if hangs or cell.low is None or cell.high is None or cell.low <= 0 <= cell.high:
        return Kind.REACTIVITY_UNCLEAR
    return Kind.REACTIVITY_HIGHER if cell.low > 0 else Kind.REACTIVITY_LOWER


def _figures(cell: Cell, *, hangs: bool) -> dict[str, Decimal | int]:
    bounds: dict[str, Decimal | int] = {
        "low": cell.low or Decimal(0),
        "high": cell.high or Decimal(0),
    }
    if _kind(cell, hangs=hangs) == Kind.REACTIVITY_UNCLEAR:
        return bounds
    return {"size": abs(cell.value or Decimal(0)), **bounds}


def _about_the_line(line: FrozenLine) -> Claim:
    share = round(100 * line.r_squared)
    return Claim(Kind.USUAL_LINE, {"n": line.n, "number": line.number, "share": share})


def _plane(source: Source) -> Iterator[Figure]:
    line = source.line
    if line is None:
        return
    cells = [
        source.cell(measure, key)
        for key in (line.exposure, line.problems)
        for measure in ("before", "after")
    ]
    exposure, problems = source.scale(line.exposure), source.scale(line.problems)
    if exposure is None or problems is None or any(cell.value is None for cell in cells):
        return
    names = (scale_name(source, exposure), scale_name(source, problems))
    load, load_after, trouble, trouble_after = (float(cell.value or 0) for cell in cells)
    ends = _around(exposure, (load, load_after))
    title = _("Strain and distress, with what is usual in the network")
    words = PlaneWords(
        across=names[0],
        upwards=names[1],
        more=_("more distress than usual for that strain"),
        less=_("less distress than usual for that strain"),
    )
    drawing = plane_chart(
        title,
        _described(line, (load, trouble), (load_after, trouble_after)),
        UsualLine((ends[0], line.usual(ends[0])), (ends[1], line.usual(ends[1])), line.residual_sd),
        ((load, trouble), (load_after, trouble_after)),
        words,
        tick_text=number,
    )
    yield Figure(
        "strain-plane",
        drawing,
        _table(title, names, cells, line),
        _("Exploratory and experimental."),
    )


def _around(exposure: ReportedScale, loads: tuple[float, float]) -> tuple[float, float]:
    """Return which part of the line is shown: over the whole scale, an arrow would be a dot."""
    room = AROUND * float(exposure.span)
    return (
        max(float(exposure.minimum), min(loads) - room),
        min(float(exposure.maximum), max(loads) + room),
    )


def _described(line: FrozenLine, before: tuple[float, float], after: tuple[float, float]) -> str:
    """Say in words on which side of the line the community stood, before and after."""
    sides = [
        _("less distress than usual for that strain")
        if trouble < line.usual(load)
        else _("more distress than usual for that strain")
        for load, trouble in (before, after)
    ]
    return _(
        "An arrow from before (ring) to after. Before: %(before)s. After: %(after)s. The band "
        "around the line holds about two thirds of the people in the network."
    ) % {"before": sides[0], "after": sides[1]}


def _table(title: str, names: tuple[str, str], cells: list[Cell], line: FrozenLine) -> Table:
    loads, troubles = cells[:2], cells[2:]
    usual = [line.usual(float(cell.value or 0)) for cell in loads]
    rows = [
        (Entry(names[0]), *(figure(cell) for cell in loads)),
        (Entry(names[1]), *(figure(cell) for cell in troubles)),
        (
            Entry(_("Usual in the network for that strain")),
            *(Entry(number(_tenth(value)), is_figure=True) for value in usual),
        ),
        (
            Entry(_("Two thirds of the people with that strain have")),
            *(Entry(_spread(value, line), is_figure=True) for value in usual),
        ),
    ]
    return Table(title, (_("What"), _("Before"), _("After")), tuple(rows))


def _spread(usual: float, line: FrozenLine) -> str:
    low, high = max(usual - line.residual_sd, 0.0), usual + line.residual_sd
    return _("%(low)s to %(high)s") % {"low": number(_tenth(low)), "high": number(_tenth(high))}


def _tenth(value: float) -> Decimal:
    return Decimal(value).quantize(Decimal("0.1")) + 0


def _recovered(source: Source) -> Iterator[Table]:
    measures = ("reactivity_change", "reactivity_change_low_reliability", "recovered")
    cells = [cell for cell in source.cells if cell.measure in measures and not cell.dimension]
    if cells:
        yield measure_table(_("Distress, given the strain"), cells, source)
