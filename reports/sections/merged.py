"""Where too few answered here: the figures of several cycles or communities, marked as such."""

from django.utils.translation import gettext as _

from reports.claims import Claim, Kind
from reports.names import RUNGS
from reports.parts import Figure, Section
from reports.sections.domains import draw_changes
from reports.sections.telling import title_of, told
from reports.source import Source
from reports.tables import group_table, scale_name

MERGED = "merged"
KINDS = {
    "two_cycles": Kind.MERGED_TWO_CYCLES,
    "year": Kind.MERGED_YEAR,
    "group": Kind.MERGED_GROUP,
    "network": Kind.MERGED_NETWORK,
}


def rung_of(source: Source) -> str:
    """Return the lowest rung of the ladder with a figure; "" where there is none."""
    shown = {
        cell.category
        for cell in source.cells
        if (cell.measure, cell.dimension) == ("change", MERGED) and cell.value is not None
    }
    return next((rung for rung in RUNGS if rung in shown), "")


def merged_claim(source: Source) -> Claim | None:
    rung = rung_of(source)
    return Claim(KINDS[rung]) if rung else None


def merged(source: Source) -> Section | None:
    """Show the merged changes of a silent report; beside own figures they would only confuse."""
    claim = merged_claim(source)
    if claim is None or not source.is_silent:
        return None
    rung = rung_of(source)
    title = _("Difference between before and after: %(rung)s") % {"rung": RUNGS[rung]}
    figures = []
    for scale in source.scales:
        cell = source.cell("change", scale.key, MERGED, rung)
        if cell.value is None:
            continue
        caption = f"{scale_name(source, scale)} – {title}"
        figures.append(
            Figure(
                f"merged-{scale.key}",
                draw_changes(caption, [(str(RUNGS[rung]), cell)], scale),
                group_table(source, caption, [cell]),
                _("Not of this cycle alone."),
            )
        )
    return Section(
        "merged",
        title_of("merged"),
        told(source, (claim, Claim(Kind.CAVEAT))),
        figures=tuple(figures),
    )
