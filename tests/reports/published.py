"""Releases made by hand, for what reads published figures alone."""

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from communities.models import Community
from indicators.models import Cycle, CycleState, PublishedCell, Release, Snapshot
from measurement.evidence import evidence_class
from surveys.models import WavePlan

SMALLEST_CHANGE = 4.0
#: A published difference: value, low, high; None is withheld.
Change = tuple[int, int, int] | None


def publish_changes(  # noqa: PLR0913 - whatever a test doesn't name is filled in
    community: Community,
    plan: WavePlan,
    code: str,
    changes: Mapping[str, Change],
    *,
    days_ago: int = 0,
    to_sequence: int = 2,
    definitions: Mapping[str, int] | None = None,
) -> Release:
    """Publish a cycle with these differences, however it came to them."""
    at = timezone.now() - timedelta(days=days_ago)
    cycle = Cycle.objects.create(
        code=code,
        plan=plan,
        community=community,
        to_sequence=to_sequence,
        state=CycleState.SNAPSHOTTED,
        opened_at=at,
        closed_at=at,
    )
    content = {"format": 2, "definitions": definitions} if definitions else {"format": 1}
    snapshot = Snapshot.objects.create(
        cycle=cycle, number=1, content=content, content_hash="0" * 64, taken_at=at
    )
    release = Release.objects.create(snapshot=snapshot, policy_version="1")
    PublishedCell.objects.bulk_create(
        cell for scale, change in changes.items() for cell in _cells(release, scale, change)
    )
    return release


def _cells(release: Release, scale: str, change: Change) -> list[PublishedCell]:
    if change is None:
        return [PublishedCell(release=release, measure="change", scale=scale, confidentiality="C")]
    value, low, high = map(Decimal, change)
    evidence = evidence_class(float(low), float(high), SMALLEST_CHANGE).name.lower()
    cells: dict[str, tuple[Decimal, Decimal | None, Decimal | None]] = {
        "before": (Decimal(50), None, None),
        "after": (50 + value, None, None),
        "change": (value, low, high),
    }
    return [
        PublishedCell(
            release=release,
            measure=measure,
            scale=scale,
            value=figures[0],
            low=figures[1],
            high=figures[2],
            n_rounded=25,
            evidence=evidence if measure == "change" else "",
            confidentiality="F",
        )
        for measure, figures in cells.items()
    ]
