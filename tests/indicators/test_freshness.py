"""What waits, what is still open and what is out, in a fixed number of queries."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from communities.models import Community
from indicators.freshness import Freshness, freshness_of
from indicators.models import Cycle
from indicators.services import fold_marks, publish_cycle
from surveys.models import DirtyMark, Wave
from tests.indicators.conftest import Answering


def test_freshness_of_a_cycle_that_nobody_has_folded(answer: Answering, cycle: Cycle) -> None:
    answer([1, 1, 1], [2, 2, 2])

    found = freshness_of([cycle])[cycle.pk]

    oldest = DirtyMark.objects.earliest("created_at").created_at
    assert found == Freshness(
        waiting=2,
        waiting_since=oldest,
        folded_at=None,
        is_open=True,
        closes_at=None,
        snapshot=None,
        taken_at=None,
        released_at=None,
    )


def test_freshness_of_a_published_cycle(answer: Answering, cycle: Cycle) -> None:
    answer([1, 1, 1], [2, 2, 2])
    fold_marks()
    release = publish_cycle(cycle, end_waves=True)

    found = freshness_of([cycle])[cycle.pk]

    cycle.refresh_from_db()
    assert found == Freshness(
        waiting=0,
        waiting_since=None,
        folded_at=cycle.flow.folded_at,
        is_open=False,
        closes_at=cycle.closed_at,
        snapshot=1,
        taken_at=release.snapshot.taken_at,
        released_at=release.released_at,
    )


def test_freshness_counts_the_waves_of_the_cycle_alone(cycle: Cycle, waves: list[Wave]) -> None:
    ended = timezone.now() - timedelta(days=1)
    Wave.objects.update(closes_at=ended)
    elsewhere = Community.objects.create(code="lurup", name="Lurup")
    for community, sequence in ((cycle.community, 3), (elsewhere, 2)):
        wave = Wave.objects.create(
            plan=cycle.plan, community=community, kind="after", sequence=sequence
        )
        DirtyMark.objects.create(wave=wave)

    found = freshness_of([cycle])[cycle.pk]

    assert (found.is_open, found.closes_at) == (False, ended)
    assert found.waiting == 1  # of the community's later wave: the fold takes them together
    Wave.objects.filter(pk=waves[1].pk).update(closes_at=timezone.now() + timedelta(days=1))
    assert freshness_of([cycle])[cycle.pk].is_open


@pytest.mark.parametrize("cycle_count", [1, 3])
def test_freshness_asks_four_times_for_any_number_of_cycles(
    cycle_count: int, cycle: Cycle, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    cycles = [cycle]
    for number in range(1, cycle_count):
        place = Community.objects.create(code=f"place-{number}", name="Place")
        cycles.append(Cycle.objects.create(code="spring-1-2", plan=cycle.plan, community=place))

    with django_assert_num_queries(4):
        assert len(freshness_of(cycles)) == cycle_count
