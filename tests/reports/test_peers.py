"""The other communities of a round: whose figures are read, and as they stood when."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from communities.models import Community
from indicators.models import Confidentiality, Cycle, PublishedCell, Release, Snapshot
from reports.peers import Peer, compare, read_peers
from reports.report import compose
from reports.source import read_source
from surveys.models import WavePlan
from tests.reports.conftest import Publishing

pytestmark = pytest.mark.django_db


def publish_peer(plan: WavePlan, number: int, **fields: Any) -> Snapshot:
    """Publish a change of belonging by `number` in a community of its own."""
    code = fields.pop("code", "spring-1-2")
    community, _is_new = Community.objects.get_or_create(
        code=f"peer-{number}", defaults={"name": f"Secret {number}", **fields.pop("place", {})}
    )
    cycle = Cycle.objects.create(code=code, plan=plan, community=community, **fields)
    return release_peer(cycle, number, timezone.now())


def release_peer(cycle: Cycle, number: int, at: datetime) -> Snapshot:
    count = cycle.snapshots.count() + 1
    snapshot = Snapshot.objects.create(
        cycle=cycle,
        number=count,
        content={},
        content_hash=f"{number}-{count}",
        code_version="1",
        reason="again" if count > 1 else "",
        taken_at=at,
    )
    release = Release.objects.create(snapshot=snapshot, policy_version="1", released_at=at)
    PublishedCell.objects.create(
        release=release,
        measure="change",
        scale="belonging",
        value=number,
        low=number - 3,
        high=number + 3,
        n_rounded=20,
        evidence="cannot_tell",
        confidentiality=Confidentiality.FREE,
    )
    return snapshot


def values(cycle: Cycle, as_of: datetime | None = None) -> list[int]:
    return [int(peer.value) for peer in read_peers(cycle, "belonging", as_of=as_of)]


def test_others_of_the_same_round_are_read(cycle: Cycle, plan: WavePlan) -> None:
    publish_peer(plan, 2)
    publish_peer(plan, 1)
    publish_peer(plan, 3, code="autumn", to_sequence=3)
    release_peer(cycle, 9, timezone.now())

    assert read_peers(cycle, "belonging") == (
        Peer(Decimal(1), Decimal(-2), Decimal(4)),
        Peer(Decimal(2), Decimal(-1), Decimal(5)),
    )


def test_invented_communities_stay_among_themselves(cycle: Cycle, plan: WavePlan) -> None:
    publish_peer(plan, 1, place={"is_invented": True})
    publish_peer(plan, 2)

    assert values(cycle) == [2]


def test_withheld_figures_are_not_read(cycle: Cycle, plan: WavePlan) -> None:
    snapshot = publish_peer(plan, 1)
    other = Cycle.objects.create(
        code="spring-1-2", plan=plan, community=Community.objects.create(code="few", name="Few")
    )
    hidden = Snapshot.objects.create(
        cycle=other, number=1, content={}, content_hash="few", code_version="1"
    )
    PublishedCell.objects.create(
        release=Release.objects.create(snapshot=hidden, policy_version="1"),
        measure="change",
        scale="belonging",
        confidentiality=Confidentiality.PRIMARY,
    )

    assert snapshot.pk
    assert values(cycle) == [1]


def test_corrected_figures_are_read_as_they_stood(cycle: Cycle, plan: WavePlan) -> None:
    """A report that is made in several goes compares with the same figures in each."""
    first = publish_peer(plan, 1)
    asked_at = timezone.now()
    Snapshot.objects.filter(pk=first.pk).update(withdrawn_at=asked_at + timedelta(seconds=1))
    release_peer(first.cycle, 5, asked_at + timedelta(seconds=1))
    publish_peer(plan, 7)

    assert values(cycle, asked_at) == [1]
    assert values(cycle) == [5, 7]


def test_report_compares_without_names_or_sizes(publish: Publishing, plan: WavePlan) -> None:
    release = publish(24)
    for number in range(12):
        publish_peer(plan, number)

    report = compose(read_source(release), "en")

    (section,) = [section for section in report.sections if section.key == "peers"]
    words = repr(section)
    assert "Secret" not in words
    assert "peer-" not in words
    assert len(section.figures[1].table.rows) == 13
    assert {row[0].text for row in section.figures[1].table.rows} == {"another", "this community"}


def test_rounding_makes_no_certainty() -> None:
    """A published interval of no width still has the error of its rounding."""
    own = Peer(Decimal(2), Decimal(2), Decimal(2))
    others = [Peer(Decimal(value), Decimal(value - 2), Decimal(value + 2)) for value in range(4)]

    comparison = compare(own, others, 100)

    assert comparison is not None
    assert comparison.errors[0] == 0.25
    assert not comparison.is_dispersion_known
