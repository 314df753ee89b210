"""From published cells to claims: which of them the report makes, and with which figures."""

from collections.abc import Iterator
from decimal import Decimal

from indicators.gate import Cell, Policy
from indicators.models import Confidentiality, Observation
from reports.claims import Claim, Kind
from reports.shares import COUNTS_FROM, SHARE_FROM
from reports.source import ReportedScale, Source


def about_delivery(source: Source) -> Iterator[Claim]:
    if not source.has("sessions_planned"):
        yield Claim(Kind.NOT_DELIVERED)
        return
    figures = {
        "workshops": _value(source.cell("workshops_planned")),
        "held": _value(source.cell("sessions_held")),
        "planned": _value(source.cell("sessions_planned")),
    }
    yield Claim(Kind.DELIVERED, figures)
    if _value(source.cell("workshops_cancelled")):
        yield Claim(Kind.CANCELLED, {"n": _value(source.cell("workshops_cancelled"))})
    if source.has("people_reached"):
        yield Claim(Kind.PEOPLE_CAME, {"n": _value(source.cell("people_reached"))})
    else:
        yield Claim(Kind.FEW_PEOPLE_CAME, {"threshold": Policy().threshold})


def about_pairs(source: Source) -> Claim:
    if source.is_silent:
        return Claim(Kind.TOO_FEW_LINKED, {"threshold": Policy().threshold})
    return Claim(Kind.LINKED, {"n": _value(source.cell("linked"))})


def about_change(scale: ReportedScale, cell: Cell, needed: Cell) -> Claim:
    """Say what became of one scale; its class was computed from the interval, never chosen here."""
    if cell.value is None or cell.low is None or cell.high is None:
        return Claim(Kind.WITHHELD, scales=(scale.key,))
    kind = Kind(cell.evidence)
    figures: dict[str, Decimal | int] = {
        "n": cell.n_rounded or 0,
        "minimum": scale.minimum,
        "maximum": scale.maximum,
        "low": cell.low,
        "high": cell.high,
    }
    if kind in {Kind.LITTLE_OR_NO_CHANGE, Kind.CANNOT_TELL}:
        figures["smallest"] = scale.smallest_change
    else:
        figures["size"] = abs(cell.value)
    if kind == Kind.CANNOT_TELL:
        # People of one workshop resemble each other: then more of them say less than planned.
        if needed.value is not None and needed.value > figures["n"]:
            figures["needed"] = needed.value
        else:
            kind = Kind.CANNOT_TELL_EVEN_SO
    return Claim(kind, figures, (scale.key,), is_very_uncertain=is_very_uncertain(cell))


def about_all_changes(source: Source, scales: tuple[ReportedScale, ...]) -> Iterator[Claim]:
    """Say for each scale what changed and, where some are very uncertain, what that means."""
    claims = [
        about_change(
            scale, source.cell("change", scale.key), source.cell("pairs_needed", scale.key)
        )
        for scale in scales
    ]
    yield from claims
    if any(claim.is_very_uncertain for claim in claims):
        yield Claim(Kind.VERY_UNCERTAIN, {"threshold": Policy().reliable_from})
    turned = tuple(scale.key for scale in scales if scale.higher_is_less)
    if turned:
        yield Claim(Kind.HIGHER_IS_LESS, scales=turned)
    if any(claim.kind != Kind.WITHHELD for claim in claims):
        yield Claim(Kind.CAVEAT)


def about_classes(source: Source) -> Claim:
    """Say the class of each scale that is about resources, the primary area first."""
    classes: dict[Kind, tuple[str, ...]] = {}
    primary = source.primary_scale
    for scale in sorted(resource_scales(source), key=lambda scale: scale != primary):
        cell = source.cell("change", scale.key)
        kind = Kind(cell.evidence) if cell.evidence else Kind.WITHHELD
        classes[kind] = (*classes.get(kind, ()), scale.key)
    return Claim(Kind.CLASSES, classes=classes)


def resource_scales(source: Source) -> list[ReportedScale]:
    """Return the scales of the four areas; where there are none, all but strain and distress."""
    areas = [scale for scale in source.scales if scale.domain]
    return areas or other_scales(source)


def other_scales(source: Source) -> list[ReportedScale]:
    """Return the scales that belong to no area and are not about strain or distress."""
    return [
        scale
        for scale in source.scales
        if not scale.domain and scale.role not in {"exposure", "problems"}
    ]


def about_the_biggest_limit(source: Source) -> Claim:
    shown = [
        cell
        for cell in source.cells
        if (cell.measure, cell.dimension) == ("change", "") and cell.value is not None
    ]
    if shown and all(is_very_uncertain(cell) for cell in shown):
        return Claim(Kind.ALL_VERY_UNCERTAIN)
    if 2 * _value(source.cell("linked")) < _value(source.cell("answered_before")):
        return Claim(Kind.MOST_WERE_LOST)
    return Claim(Kind.NO_COMPARISON_GROUP)


def about_linkage(source: Source) -> Claim:
    before, linked = _value(source.cell("answered_before")), _value(source.cell("linked"))
    if source.cell("answered_before").confidentiality == Confidentiality.SECONDARY:
        return Claim(Kind.LINKAGE_WITHHELD)
    if before < COUNTS_FROM:
        return Claim(Kind.LINKAGE_FEW)
    figures = {"before": before, "linked": linked}
    if before < SHARE_FROM:
        return Claim(Kind.LINKAGE_COUNTS, figures)
    # From the rounded counts, so that the share gives nothing away that they don't.
    return Claim(Kind.LINKAGE_SHARE, figures | {"share": round(100 * linked / before)})


def about_the_lost(source: Source) -> Iterator[Claim]:
    few = []
    for scale in source.scales:
        cell = source.cell("tipping_point", scale.key)
        if cell.value is not None:
            yield Claim(Kind.TIPPING_POINT, {"tipping": cell.value}, (scale.key,))
        elif source.has("change", scale.key):
            few.append(scale.key)
    if few:
        yield Claim(Kind.FEW_LOST, scales=tuple(few))


def about_translations(source: Source) -> list[Claim]:
    """Say how far the translations are reviewed; nothing where nothing is translated."""
    if not source.translations:
        return []
    if source.unreviewed_languages:
        return [Claim(Kind.UNREVIEWED, languages=source.unreviewed_languages)]
    return [Claim(Kind.REVIEWED)]


def about_the_plan(source: Source) -> Claim:
    figures = {"smallest": source.smallest_change}
    primary = source.primary_scale
    if source.is_planned and primary:
        return Claim(Kind.PLANNED, figures, (primary.key,))
    return Claim(Kind.EXPLORATORY, figures)


def flow_adds_up(source: Source) -> bool:
    """Whether nobody is linked who did not answer; the counts are rounded alike, so it holds."""
    linked = _value(source.cell("linked"))
    return linked <= _value(source.cell("answered_before")) and linked <= _value(
        source.cell("answered_after")
    )


def is_very_uncertain(cell: Cell) -> bool:
    return cell.observation == Observation.LOW_RELIABILITY


def _value(cell: Cell) -> Decimal:
    return cell.value if cell.value is not None else Decimal(0)
