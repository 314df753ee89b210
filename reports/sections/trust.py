"""How far to trust this: who came back, how they answered, and what could not be said."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from indicators.gate import Cell
from reports import statements as say
from reports.charts import Bar, Interval, bar_chart, interval_chart
from reports.claims import Claim, Kind
from reports.measures import MEASURES
from reports.names import group_name
from reports.parts import Entry, Figure, Section, Table
from reports.sections.groups import EQUITY_FROM
from reports.sections.telling import title_of, told
from reports.shares import COUNTS_FROM, SHARE_FROM, in_per_cent, share_words
from reports.source import ReportedScale, Source
from reports.tables import figure, scale_name, share_entry
from reports.wording import number, signed

MIXES = (("language_before", "language"), ("channel_before", "channel"))


def trust(source: Source, missing: Sequence[str]) -> Section:
    """Say how far the figures carry; `missing` are the sections that had nothing to tell."""
    claims = [] if source.is_silent else list(_claims(source))
    if missing:
        claims.append(Claim(Kind.NOT_KNOWN, sections=tuple(missing)))
    figures = () if source.is_silent else (*_attrition(source), *_mixes(source))
    return Section("trust", title_of("trust"), told(source, claims), figures=figures)


def _claims(source: Source) -> Iterator[Claim]:
    yield say.about_linkage(source)
    yield from _completeness(source)
    yield from (_about_start(scale, cell) for scale, cell in _started(source))
    yield from say.about_the_lost(source)
    yield from say.about_translations(source)
    yield from next_rung(source)


def next_rung(source: Source) -> Iterator[Claim]:
    """Say what more people would have let the report say: small is no fault of theirs."""
    linked = source.cell("linked").value or Decimal(0)
    for threshold, kind in (
        (COUNTS_FROM, Kind.NEXT_RUNG_MOVED),
        (SHARE_FROM, Kind.NEXT_RUNG_SHARES),
        (EQUITY_FROM, Kind.NEXT_RUNG_GROUPS),
    ):
        if linked < threshold:
            yield Claim(kind, {"threshold": threshold})
            return


def _completeness(source: Source) -> Iterator[Claim]:
    before, after = source.cell("complete_before"), source.cell("complete_after")
    if in_per_cent(before) and in_per_cent(after):
        shares = {"before": before.value or Decimal(0), "after": after.value or Decimal(0)}
        yield Claim(Kind.COMPLETE, shares)


def _started(source: Source) -> Iterator[tuple[ReportedScale, Cell]]:
    for scale in source.scales:
        cell = source.cell("differential_attrition", scale.key)
        if cell.value is not None:
            yield scale, cell


def _about_start(scale: ReportedScale, cell: Cell) -> Claim:
    """Say how those who came back had started: a fact about them, and so without an interval."""
    value = cell.value or Decimal(0)
    if not value:
        return Claim(Kind.STARTED_ALIKE, scales=(scale.key,))
    kind = Kind.STARTED_HIGHER if value > 0 else Kind.STARTED_LOWER
    return Claim(kind, {"size": abs(value)}, (scale.key,))


def _attrition(source: Source) -> Iterator[Figure]:
    started = list(_started(source))
    if not started:
        return
    title = _("Before: those who answered again, compared with the others (standard deviations)")
    rows = [
        Interval(
            scale_name(source, scale),
            signed(cell.value or Decimal(0)),
            _side(_about_start(scale, cell)),
            cell.value,
        )
        for scale, cell in started
    ]
    description = "; ".join(f"{row.label}: {row.note}" for row in rows)
    drawing = interval_chart(title, description, rows, None, tick_text=number)
    table = Table(
        title,
        (_("Scale"), _("Difference")),
        tuple(
            (Entry(scale_name(source, scale)), figure(cell, signed(cell.value or Decimal(0))))
            for scale, cell in started
        ),
    )
    yield Figure("trust-attrition", drawing, table)


def _side(claim: Claim) -> Kind:
    """Give the point the shape that differences have elsewhere."""
    sides = {
        Kind.STARTED_HIGHER: Kind.RISE_SIZE_UNCERTAIN,
        Kind.STARTED_LOWER: Kind.FALL_SIZE_UNCERTAIN,
    }
    return sides.get(claim.kind, Kind.LITTLE_OR_NO_CHANGE)


def _mixes(source: Source) -> Iterator[Figure]:
    for measure, dimension in MIXES:
        cells = source.cells_of(measure, dimension=dimension)
        if not any(cell.value is not None for cell in cells):
            continue
        title = str(MEASURES[measure].words)
        labels = [group_name(source, (dimension, cell.category)) for cell in cells]
        bars = [
            Bar(label, share_words(cell), cell.value)
            for label, cell in zip(labels, cells, strict=True)
        ]
        description = "; ".join(f"{bar.label}: {bar.note}" for bar in bars)
        table = Table(
            title,
            (group_name(source, (dimension, "")), _("Share")),
            tuple(
                (Entry(label), share_entry(cell)) for label, cell in zip(labels, cells, strict=True)
            ),
        )
        yield Figure(f"trust-{dimension}", bar_chart(title, description, bars), table)
