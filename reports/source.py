"""Everything that goes into a report, read once; what is written from it needs no database."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from math import floor, log10
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone

from indicators.gate import Cell
from indicators.models import Confidentiality, Cycle, Observation, PublishedCell, Release
from reports.peers import Peer, read_peers
from reports.provenance import (
    Correction,
    Definition,
    FrozenLine,
    read_changed_definitions,
    read_corrections,
    read_definitions,
    read_line,
)
from reports.readings import actions_of, last_actions_of, published_readings
from reports.remarks import Action, Annotation
from surveys.document import Document, Role
from surveys.models import ReviewState, TextReview, Wave, WaveKind
from surveys.scoring import scale_bounds
from surveys.services import document_of

#: Raise it when the same cells would be told in other words or another form.
REPORT_VERSION = 2


@dataclass(frozen=True, slots=True)
class ReportedScale:
    """One scale: what it is called in each language, where its scores lie, what matters on it."""

    key: str
    titles: Mapping[str, str]
    role: str
    domain: str
    minimum: Decimal
    maximum: Decimal
    smallest_change: Decimal
    higher_is_less: bool

    @property
    def span(self) -> Decimal:
        return self.maximum - self.minimum

    def rounded(self, value: float) -> Decimal:
        """Round a figure that is worked out from published ones to about 1 % of the scale."""
        exponent = floor(log10(float(self.span) / 100)) if self.span else 0
        return Decimal(value).quantize(Decimal(1).scaleb(exponent)) + 0  # no minus before a zero


#: Measure and scale of the figure that somebody speaks about; empty: the whole report.
Anchor = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Reading:
    """What people of the community say that the figures mean. `author_role` is no name."""

    text: str
    on: date
    author_role: str
    anchor: Anchor = ("", "")
    language: str = ""
    is_quote: bool = False


@dataclass(frozen=True, slots=True)
class NextStep:
    """What will be done because of a figure; `owner` is a role, `status` open, done or dropped."""

    text: str
    owner: str
    due_on: date | None
    status: str
    anchor: Anchor = ("", "")
    language: str = ""
    because: str = ""
    status_reason: str = ""


@dataclass(frozen=True)
class Source:
    """The published cells of one release, with all that is needed to tell what they mean."""

    community: str
    community_name: str
    is_invented: bool
    cycle: str
    after_kind: str
    #: From the first day on which people could answer to the last, as far as that is known.
    asked_from: date
    asked_until: date | None
    #: Whether what counts was written down before anybody could answer.
    is_planned: bool
    primary_domain: str
    smallest_change: Decimal
    breakdowns: tuple[str, ...]
    snapshot_number: int
    snapshot_hash: str
    snapshot_on: date
    policy_version: str
    code_version: str
    instrument: Mapping[str, str]
    instrument_version: str
    citation: str
    source_language: str
    translations: tuple[str, ...]
    unreviewed_languages: tuple[str, ...]
    scales: tuple[ReportedScale, ...]
    #: Dimension → category → its words in each language.
    categories: Mapping[str, Mapping[str, Mapping[str, str]]]
    dimensions: Mapping[str, Mapping[str, str]]
    cells: tuple[Cell, ...]
    peers: tuple[Peer, ...] = ()
    line: FrozenLine | None = None
    readings: tuple[Reading, ...] = ()
    next_steps: tuple[NextStep, ...] = ()
    #: Those of the community's cycle before, and what became of them.
    last_steps: tuple[NextStep, ...] = ()
    definitions: tuple[Definition, ...] = ()
    changed_definitions: tuple[Definition, ...] = ()
    corrections: tuple[Correction, ...] = ()
    certificate: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def fingerprint(self) -> str:
        """Return the hash of all that goes in: the same reports have the same, on any machine."""
        content = asdict(self) | {"report_version": REPORT_VERSION, "code": settings.VERSION}
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), default=str)
        return hashlib.sha256(canonical.encode()).hexdigest()

    @property
    def report_id(self) -> str:
        return f"{self.community}/{self.cycle}/{self.snapshot_number}"

    def cell(self, measure: str, scale: str = "", dimension: str = "", category: str = "") -> Cell:
        """Return a cell; one that was never released is as withheld as one that was refused."""
        where = (measure, scale, dimension, category)
        for cell in self.cells:
            if (cell.measure, cell.scale, cell.dimension, cell.category) == where:
                return cell
        return Cell(*where, confidentiality=Confidentiality.PRIMARY)

    def cells_of(self, measure: str, scale: str = "", dimension: str = "") -> tuple[Cell, ...]:
        """Return the cells of all categories of a dimension, as they were released."""
        where = (measure, scale, dimension)
        return tuple(
            cell for cell in self.cells if (cell.measure, cell.scale, cell.dimension) == where
        )

    def has(self, measure: str, scale: str = "") -> bool:
        return self.cell(measure, scale).value is not None

    @property
    def primary_scale(self) -> ReportedScale | None:
        """The scale that was to count first; None where the questionnaire has no such area."""
        of_domain = (scale for scale in self.scales if scale.domain == self.primary_domain)
        return next(of_domain, None)

    def scale(self, key: str) -> ReportedScale | None:
        return next((scale for scale in self.scales if scale.key == key), None)

    @property
    def is_silent(self) -> bool:
        """Whether too few people answered both times for any survey figure."""
        return not self.has("linked")


def current_release(cycle: Cycle) -> Release | None:
    """Return what is published of a cycle, corrections considered; None if nothing is."""
    return _releases().filter(snapshot__cycle=cycle, snapshot__withdrawn_at=None).first()


def release_of(snapshot_id: int | None) -> Release:
    return _releases().get(snapshot=snapshot_id)


def _releases() -> QuerySet[Release]:
    return Release.objects.select_related(
        "snapshot__cycle__community", "snapshot__cycle__plan__version"
    )


def read_source(release: Release, *, as_of: datetime | None = None) -> Source:
    """Read what a release's report is made from; with `as_of`, others as published by then."""
    snapshot = release.snapshot
    cycle = snapshot.cycle
    document = document_of(cycle.plan.version)
    waves = _waves(cycle)
    scales = reported_scales(document, cycle.smallest_change)
    return Source(
        community=cycle.community.code,
        community_name=cycle.community.name,
        is_invented=cycle.community.is_invented or cycle.plan.is_invented,
        cycle=cycle.code,
        after_kind=_after_kind(cycle, waves),
        **_asked(cycle, waves),
        is_planned=_is_planned(cycle, waves),
        primary_domain=cycle.primary_domain,
        smallest_change=cycle.smallest_change,
        breakdowns=tuple(cycle.breakdowns),
        snapshot_number=snapshot.number,
        snapshot_hash=snapshot.content_hash,
        snapshot_on=timezone.localdate(snapshot.taken_at),
        policy_version=release.policy_version,
        code_version=snapshot.code_version,
        instrument=dict(document.title),
        instrument_version=document.version,
        citation=document.citation,
        source_language=document.source_language,
        translations=_translations(document),
        unreviewed_languages=_unreviewed_languages(cycle, document),
        scales=scales,
        **_groups(document, cycle.breakdowns),
        cells=tuple(as_cell(cell) for cell in release.cells.order_by("pk")),
        peers=_peers(cycle, scales, as_of),
        line=read_line(snapshot),
        definitions=read_definitions(snapshot),
        changed_definitions=read_changed_definitions(snapshot),
        corrections=read_corrections(snapshot),
        certificate=release.certificate,
        **_words_of_people(release, cycle),
    )


def _peers(
    cycle: Cycle, scales: tuple[ReportedScale, ...], as_of: datetime | None
) -> tuple[Peer, ...]:
    """Read the others on the one scale that was to count first: more would invite a ranking."""
    primary = next((scale for scale in scales if scale.domain == cycle.primary_domain), None)
    return read_peers(cycle, primary.key, as_of=as_of) if primary else ()


def _words_of_people(release: Release, cycle: Cycle) -> dict[str, Any]:
    return {
        "readings": tuple(_as_reading(row) for row in published_readings(release)),
        "next_steps": tuple(_as_step(row) for row in actions_of(cycle)),
        "last_steps": tuple(_as_step(row) for row in last_actions_of(cycle)),
    }


def _as_reading(row: Annotation) -> Reading:
    return Reading(
        text=row.text,
        on=row.on,
        author_role=row.author_role,
        anchor=row.anchor,
        language=row.language,
        is_quote=row.is_quote,
    )


def _as_step(row: Action) -> NextStep:
    return NextStep(
        text=row.text,
        owner=row.owner,
        due_on=row.due_on,
        status=row.status,
        anchor=row.anchor,
        language=row.language,
        because=row.because,
        status_reason=row.status_reason,
    )


def _waves(cycle: Cycle) -> list[Wave]:
    return list(Wave.objects.filter(plan=cycle.plan_id, community=cycle.community_id))


def _after_kind(cycle: Cycle, waves: list[Wave]) -> str:
    kinds = {wave.sequence: wave.kind for wave in waves}
    return kinds.get(cycle.to_sequence, WaveKind.AFTER.value)


def _asked(cycle: Cycle, waves: list[Wave]) -> dict[str, Any]:
    """Return the days of a cycle; where no wave says its own, those of the cycle itself."""
    sequences = (cycle.from_sequence, cycle.to_sequence)
    of_cycle = [wave for wave in waves if wave.sequence in sequences]
    opened = [wave.opens_at for wave in of_cycle if wave.opens_at]
    closed = [wave.closes_at for wave in of_cycle if wave.closes_at]
    last = max(closed, default=cycle.closed_at)
    return {
        "asked_from": timezone.localdate(min(opened, default=cycle.opened_at)),
        "asked_until": timezone.localdate(last) if last else None,
    }


def _is_planned(cycle: Cycle, waves: list[Wave]) -> bool:
    opened = [wave.opens_at for wave in waves if wave.sequence == cycle.from_sequence]
    return bool(opened) and all(at is not None and cycle.opened_at <= at for at in opened)


def _translations(document: Document) -> tuple[str, ...]:
    return tuple(code for code in document.languages if code != document.source_language)


def _unreviewed_languages(cycle: Cycle, document: Document) -> tuple[str, ...]:
    """Return the translations of which some string still waits for its reviewer."""
    reviews = TextReview.objects.filter(version=cycle.plan.version_id)
    marked = set(reviews.values_list("language", flat=True))
    open_ones = set(reviews.filter(state=ReviewState.UNREVIEWED).values_list("language", flat=True))
    return tuple(
        sorted(code for code in _translations(document) if code in open_ones or code not in marked)
    )


def reported_scales(document: Document, smallest_change: Decimal) -> tuple[ReportedScale, ...]:
    reported = []
    for scale in document.scales:
        low, high = map(Decimal, scale_bounds(scale))
        reported.append(
            ReportedScale(
                key=scale.key,
                titles=dict(scale.title),
                role=scale.role.value,
                domain=scale.domain.value if scale.role is Role.RESOURCE else "",
                minimum=low,
                maximum=high,
                smallest_change=smallest_change / 100 * (high - low),
                higher_is_less=scale.direction.value == "higher_is_less",
            )
        )
    return tuple(reported)


def _groups(document: Document, breakdowns: list[str]) -> dict[str, Any]:
    items = [item for item in document.items if item.key in breakdowns]
    return {
        "dimensions": {item.key: dict(item.text) for item in items},
        "categories": {
            item.key: {str(choice.value): dict(choice.text) for choice in item.choices}
            for item in items
        },
    }


def as_cell(row: PublishedCell) -> Cell:
    return Cell(
        measure=row.measure,
        scale=row.scale,
        dimension=row.dimension,
        category=row.category,
        value=row.value,
        low=row.low,
        high=row.high,
        n_rounded=row.n_rounded,
        evidence=row.evidence,
        confidentiality=Confidentiality(row.confidentiality),
        observation=Observation(row.observation),
    )
