"""Where too few answered here: the figures of several cycles or communities, marked as such."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from indicators.gate import Cell
from reports.claims import Claim, Kind
from reports.names import RUNGS
from reports.parts import Figure, Section
from reports.sections.domains import draw_changes
from reports.sections.telling import title_of, told
from reports.source import ReportedScale, Source
from reports.tables import group_table, scale_name

MERGED = "merged"
KINDS = {
    "two_cycles": Kind.MERGED_TWO_CYCLES,
    "year": Kind.MERGED_YEAR,
    "group": Kind.MERGED_GROUP,
    "network": Kind.MERGED_NETWORK,
}


def merged_cells(source: Source) -> Iterator[tuple[ReportedScale, Cell]]:
    """Yield each scale without a figure of its own that has a merged one, of the lowest rung."""
    for scale in source.scales:
        if source.has("change", scale.key):  # beside its own, a merged figure would only confuse
            continue
        cells = (source.cell("change", scale.key, MERGED, rung) for rung in RUNGS)
        if cell := next((cell for cell in cells if cell.value is not None), None):
            yield scale, cell


def merged_claims(source: Source) -> list[Claim]:
    """Say for each rung which scales it tells of."""
    scales: dict[str, tuple[str, ...]] = {}
    for scale, cell in merged_cells(source):
        scales[cell.category] = (*scales.get(cell.category, ()), scale.key)
    return [Claim(KINDS[rung], scales=scales[rung]) for rung in RUNGS if rung in scales]


def merged(source: Source) -> Section | None:
    claims = merged_claims(source)
    if not claims:
        return None
    return Section(
        "merged",
        title_of("merged"),
        told(source, (*claims, Claim(Kind.CAVEAT))),
        figures=tuple(_figure(source, scale, cell) for scale, cell in merged_cells(source)),
    )


def _figure(source: Source, scale: ReportedScale, cell: Cell) -> Figure:
    rung = str(RUNGS[cell.category])
    title = _("Difference between before and after: %(rung)s") % {"rung": rung}
    caption = f"{scale_name(source, scale)} – {title}"
    return Figure(
        f"merged-{scale.key}",
        draw_changes(caption, [(rung, cell)], scale),
        group_table(source, caption, [cell]),
        _("Not of this cycle alone."),
    )
