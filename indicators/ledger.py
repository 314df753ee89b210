"""The ledger of releases, read for the gate: what was published before about the same people."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db.models import Prefetch, Q, QuerySet

from indicators.estimates import estimate
from indicators.gate import (
    Cell,
    Earlier,
    Ledger,
    Merger,
    Part,
    Policy,
    Publication,
    Rung,
    Told,
    merge,
    merged_again,
    policy_from,
    publish,
    wants_merging,
)
from indicators.models import (
    Confidentiality,
    Cycle,
    Observation,
    PublishedCell,
    Release,
    Snapshot,
)
from surveys.document import Document
from surveys.models import InstrumentVersion
from surveys.services import document_of

#: How far back the year of a merged figure reaches.
YEAR = timedelta(days=365)


def policy_in_force() -> Policy:
    """Return the policy with the numbers that this programme has raised.

    Raises
    ------
    PolicyError
        If a number is below what the code promises.
    """
    return Policy(
        threshold=settings.DISCLOSURE_THRESHOLD,
        sensitive_threshold=settings.DISCLOSURE_SENSITIVE_THRESHOLD,
    )


def publish_snapshot(snapshot: Snapshot, policy: Policy) -> Publication:
    """Return what may be published of a snapshot, given the ledger, merged figures included."""
    document = document_of(snapshot.cycle.plan.version)
    ledger = read_ledger(snapshot, document)
    publication = publish(estimate(snapshot.content, document), policy, ledger)
    own = _part(snapshot, wants_merging(publication.cells))
    if not own.withheld or not policy.is_attacked:
        return publication
    # Two communities that merge at once must not each overlook what the other does.
    version = snapshot.cycle.plan.version_id
    InstrumentVersion.objects.select_for_update(no_key=True).get(pk=version)
    mergers = _mergers(version)
    told = Told(mergers, _contents_of(mergers, version))
    return merge(publication, own, _rungs(snapshot), told, document)


def publish_again(release: Release) -> tuple[Cell, ...]:
    """Compute the cells of a release anew, from frozen contents and the ledger as it was then."""
    snapshot = release.snapshot
    document = document_of(snapshot.cycle.plan.version)
    policy = policy_from(release.certificate)
    ledger = read_ledger(snapshot, document, before=release)
    publication = publish(estimate(snapshot.content, document), policy, ledger)
    mergers = [_merger(data) for data in release.certificate.get("merged", ())]
    told = Told(mergers, _contents_of(mergers, snapshot.cycle.plan.version_id))
    return (*publication.cells, *merged_again(told, document, policy))


def read_ledger(snapshot: Snapshot, document: Document, before: Release | None = None) -> Ledger:
    """Return what a reader may set against a release of this snapshot, in two queries.

    That is every release of the same plan in the same community: the same cycle before it was
    corrected, and other pairs of its waves, in which the same people answered. With `before`,
    the ledger is read as it was when that release was made.
    """
    cycle = snapshot.cycle
    releases = _releases().filter(
        snapshot__cycle__plan=cycle.plan_id, snapshot__cycle__community=cycle.community_id
    )
    if before:
        releases = releases.filter(pk__lt=before.pk)
    earlier = releases.exclude(snapshot=snapshot).prefetch_related("cells")
    return Ledger(tuple(_earlier(release, cycle, document) for release in earlier))


def _releases() -> QuerySet[Release]:
    return Release.objects.select_related("snapshot__cycle").order_by("pk")


def _earlier(release: Release, cycle: Cycle, document: Document) -> Earlier:
    snapshot = release.snapshot
    other = snapshot.cycle
    return Earlier(
        name=f"{other.code}#{snapshot.number}",
        estimate=estimate(snapshot.content, document),
        cells={cell.key: cell for cell in map(as_cell, release.cells.all())},
        policy=policy_from(release.certificate),
        levels={
            ours: theirs
            for ours, sequence in (("before", cycle.from_sequence), ("after", cycle.to_sequence))
            for theirs, at in (("before", other.from_sequence), ("after", other.to_sequence))
            if sequence == at
        },
        is_corrected=other.pk == cycle.pk,
        repeated=frozenset(_name(parts) for parts in release.certificate.get("kept", ())),
    )


def _name(parts: Iterable[str]) -> tuple[str, str, str, str]:
    kind, measure, scale, dimension = parts
    return kind, measure, scale, dimension


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


# The merge ladder ---------------------------------------------------------------------------------


def name_of(snapshot: Snapshot) -> str:
    cycle = snapshot.cycle
    return f"{cycle.community.code}/{cycle.code}#{snapshot.number}"


def _part(snapshot: Snapshot, withheld: Collection[str]) -> Part:
    return Part(name_of(snapshot), snapshot.content, frozenset(withheld))


def _rungs(snapshot: Snapshot) -> Iterator[Rung]:
    """Yield the rungs of the ladder one after the other; each is read when it is tried."""
    cycle = snapshot.cycle
    closed_at = cycle.closed_at or snapshot.taken_at
    # Other waves of the same plan asked the same people, so that they are no further people.
    past = _too_small(
        snapshot,
        Q(snapshot__cycle__community=cycle.community_id, snapshot__cycle__closed_at__lt=closed_at)
        & ~Q(snapshot__cycle__plan=cycle.plan_id),
    )
    yield Rung("two_cycles", [part for _snapshot, part in past[-1:]])
    since = closed_at - YEAR
    yield Rung("year", [part for one, part in past if (one.cycle.closed_at or since) > since])
    peers = _too_small(
        snapshot,
        Q(
            snapshot__cycle__plan=cycle.plan_id,
            snapshot__cycle__from_sequence=cycle.from_sequence,
            snapshot__cycle__to_sequence=cycle.to_sequence,
        )
        & ~Q(snapshot__cycle__community=cycle.community_id),
    )
    parent = _parent(snapshot)
    yield Rung("group", [part for one, part in peers if parent and _parent(one) == parent])
    yield Rung("network", [part for _snapshot, part in peers])


def _parent(snapshot: Snapshot) -> str:
    """Return the code of the community above, as the tree stood when the cycle closed."""
    placement = snapshot.content.get("placement", [])
    return placement[-2] if len(placement) > 1 else ""


def _too_small(snapshot: Snapshot, which: Q) -> list[tuple[Snapshot, Part]]:
    """Return current snapshots of the same questions whose releases withhold a scale, in order."""
    small = Prefetch(
        "cells",
        PublishedCell.objects.filter(measure="change", dimension="").exclude(
            confidentiality=Confidentiality.FREE
        ),
    )
    releases = (
        _releases()
        .filter(
            which,
            snapshot__withdrawn_at=None,
            snapshot__cycle__plan__version=snapshot.cycle.plan.version_id,
        )
        .select_related("snapshot__cycle__community")
        .prefetch_related(small)
        .order_by("snapshot__cycle__closed_at", "pk")
    )
    return [
        (release.snapshot, _part(release.snapshot, wants_merging(map(as_cell, cells))))
        for release in releases
        if (cells := list(release.cells.all()))
    ]


def _mergers(version_id: int) -> list[Merger]:
    """Return every merger that was ever published of answers to these questions."""
    releases = Release.objects.filter(
        snapshot__cycle__plan__version=version_id, certificate__has_key="merged"
    )
    certificates = releases.order_by("pk").values_list("certificate", flat=True)
    return [_merger(data) for certificate in certificates for data in certificate["merged"]]


def _merger(data: Mapping[str, Any]) -> Merger:
    return Merger(data["scale"], data["rung"], tuple(data["parts"]))


def _contents_of(mergers: Sequence[Merger], version_id: int) -> dict[str, Mapping[str, Any]]:
    """Return the frozen contents of the snapshots that were merged."""
    names = {name for merger in mergers for name in merger.parts}
    if not names:
        return {}
    codes = {name.partition("/")[0] for name in names}
    snapshots = Snapshot.objects.filter(
        cycle__plan__version=version_id, cycle__community__code__in=codes
    ).select_related("cycle__community")
    return {name: one.content for one in snapshots if (name := name_of(one)) in names}
