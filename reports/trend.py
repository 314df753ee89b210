"""What was published of a community from cycle to cycle, and where it can't be compared."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models.fields.json import KeyTransform
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from communities.models import Community
from indicators.gate import Cell
from indicators.models import Confidentiality, PublishedCell, Release
from reports.source import ReportedScale, as_cell, reported_scales
from surveys.services import document_of

MEASURES = ("before", "after", "change")
AFTER = 2
#: The indicator that defines the change of a scale, by its domain or, without one, its role.
DEFINED_BY = {
    "relationships": "D1",
    "belonging": "D2",
    "education": "D3",
    "employment": "D4",
    "exposure": "O1",
}


class Break(StrEnum):
    """Why a figure is no continuation of the one before."""

    NONE = ""
    QUESTIONNAIRE = "questionnaire"
    DEFINITION = "definition"


BREAK_WORDS: Mapping[Break, str | Promise] = {
    Break.QUESTIONNAIRE: _("another questionnaire from here on"),
    Break.DEFINITION: _("another definition from here on"),
}


@dataclass(frozen=True, slots=True)
class Point:
    """What was published of one scale in one cycle."""

    cycle: str
    on: date
    before: Cell
    after: Cell
    change: Cell
    #: In the unit of the scale.
    smallest_change: Decimal
    broken: Break


@dataclass(frozen=True, slots=True)
class Panel:
    """One scale over the cycles of a community, the oldest first."""

    scale: ReportedScale
    source_language: str
    is_follow_up: bool
    points: Sequence[Point]

    @property
    def has_figures(self) -> bool:
        return any(point.change.value is not None for point in self.points)


def read_trend(community: Community) -> list[Panel]:
    """Return all panels of a community, in the order of its newest questionnaire.

    After and follow-up are apart: the time between two askings differs.
    """
    releases = list(_releases(community))
    cells = _cells(releases)
    points: dict[tuple[str, Decimal, Decimal, bool], list[Point]] = defaultdict(list)
    newest: dict[tuple[str, Decimal, Decimal, bool], tuple[ReportedScale, str]] = {}
    for follow_up in (False, True):
        before: Release | None = None
        for release in releases:
            cycle = release.snapshot.cycle
            if (cycle.to_sequence > AFTER) is not follow_up:
                continue
            document = document_of(cycle.plan.version)
            for scale in reported_scales(document, cycle.smallest_change):
                key = (scale.key, scale.minimum, scale.maximum, follow_up)
                newest[key] = (scale, document.source_language)
                broken = _broken(before, release, scale)
                points[key].append(_point(release, scale, cells, broken))
            before = release
    return [Panel(*newest[key], key[-1], shown) for key, shown in points.items()]


def _releases(community: Community) -> Iterable[Release]:
    """Return what is published of the community's cycles, without the frozen sums."""
    return (
        Release.objects.filter(
            snapshot__cycle__community=community, snapshot__withdrawn_at__isnull=True
        )
        .select_related("snapshot__cycle__plan__version")
        .defer("snapshot__content", "snapshot__cycle__plan__version__document")
        .annotate(definitions=KeyTransform("definitions", "snapshot__content"))
        .order_by("snapshot__cycle__opened_at", "snapshot__cycle__to_sequence", "pk")
    )


def _cells(releases: Iterable[Release]) -> Mapping[tuple[int, str, str], Cell]:
    rows = PublishedCell.objects.filter(
        release__in=[release.pk for release in releases], measure__in=MEASURES, dimension=""
    )
    return {(row.release_id, row.measure, row.scale): as_cell(row) for row in rows}


def _point(
    release: Release,
    scale: ReportedScale,
    cells: Mapping[tuple[int, str, str], Cell],
    broken: Break,
) -> Point:
    def cell(measure: str) -> Cell:
        missing = Cell(measure, scale.key, confidentiality=Confidentiality.PRIMARY)
        return cells.get((release.pk, measure, scale.key), missing)

    return Point(
        cycle=release.snapshot.cycle.code,
        on=timezone.localdate(release.snapshot.taken_at),
        before=cell("before"),
        after=cell("after"),
        change=cell("change"),
        smallest_change=scale.smallest_change,
        broken=broken,
    )


def _broken(before: Release | None, now: Release, scale: ReportedScale) -> Break:
    """Say whether a scale's figures of two releases in a row can be compared."""
    if before is None:
        return Break.NONE
    if before.snapshot.cycle.plan.version_id != now.snapshot.cycle.plan.version_id:
        return Break.QUESTIONNAIRE
    code = DEFINED_BY.get(scale.domain or scale.role, "")
    # Snapshots from before definitions were pinned say nothing; nothing had changed by then.
    known: list[Any] = [
        (release.definitions or {}).get(code)  # type: ignore[attr-defined] # annotated
        for release in (before, now)
    ]
    return Break.DEFINITION if all(known) and known[0] != known[1] else Break.NONE
