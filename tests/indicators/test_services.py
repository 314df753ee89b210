"""What may happen to a cycle, in which order, and what then stays as it is."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, transaction
from django.utils import timezone

from indicators.estimates import content_of
from indicators.models import (
    Confidentiality,
    Cycle,
    CycleState,
    PublishedCell,
    Release,
    Snapshot,
)
from indicators.services import (
    CycleError,
    close_cycle,
    hash_of,
    publish_cycle,
    release,
    take_snapshot,
)
from surveys.models import Response, Wave
from tests.indicators.conftest import Answering


@pytest.fixture
def ended(waves: list[Wave]) -> None:
    Wave.objects.update(closes_at=timezone.now() - timedelta(days=1))


@pytest.fixture
def answered(answer: Answering) -> None:
    for number in range(24):
        answer([number % 4, 1, 2], [min(number % 4 + 1, 4), 2, number % 3])


def test_close_cycle_refuses_while_people_can_answer(cycle: Cycle, waves: list[Wave]) -> None:
    waves[1].closes_at = timezone.now() + timedelta(days=3)
    waves[1].save()

    with pytest.raises(CycleError, match="still answer"):
        close_cycle(cycle)

    cycle.refresh_from_db()
    assert cycle.state == CycleState.OPEN


def test_close_cycle_can_end_the_waves(cycle: Cycle, waves: list[Wave]) -> None:
    close_cycle(cycle, end_waves=True)

    assert not Wave.objects.filter(closes_at=None).exists()


def test_take_snapshot_refuses_an_open_cycle(cycle: Cycle) -> None:
    with pytest.raises(CycleError, match="still open"):
        take_snapshot(cycle)


@pytest.mark.usefixtures("ended", "answered")
def test_publish_cycle_takes_each_step_once(cycle: Cycle) -> None:
    first = publish_cycle(cycle)
    second = publish_cycle(cycle)

    assert first == second
    assert Snapshot.objects.count() == Release.objects.count() == 1
    cycle.refresh_from_db()
    assert cycle.state == CycleState.SNAPSHOTTED
    change = PublishedCell.objects.get(measure="change", scale="belonging", dimension="")
    assert change.confidentiality == Confidentiality.FREE
    assert change.n_rounded == 25


@pytest.mark.usefixtures("ended", "answered")
def test_snapshot_stays_when_answers_are_withdrawn(cycle: Cycle) -> None:
    snapshot = take_snapshot(close_cycle(cycle))
    Response.objects.all().delete()

    again = take_snapshot(cycle)
    published = release(again)

    assert again.content_hash == snapshot.content_hash == hash_of(snapshot.content)
    assert published.cells.get(measure="linked").value == 25


@pytest.mark.usefixtures("ended", "answered")
def test_correction_withdraws_the_earlier_snapshot(cycle: Cycle, answer: Answering) -> None:
    first = take_snapshot(close_cycle(cycle))
    for _ in range(10):
        answer([1, 1, 1], [2, 2, 2])

    second = take_snapshot(cycle, correction="Ten paper forms were found.")

    first.refresh_from_db()
    assert first.withdrawn_at is not None
    assert second.number == 2
    assert second.content_hash != first.content_hash


@pytest.mark.usefixtures("ended", "answered")
@pytest.mark.parametrize(
    "change",
    [
        lambda: Snapshot.objects.update(content={}),
        lambda: PublishedCell.objects.update(value=1),
        lambda: PublishedCell.objects.all().delete(),
        lambda: Release.objects.update(policy_version="0"),
    ],
    ids=["snapshot", "figure", "deletion", "release"],
)
def test_what_is_published_cannot_be_changed(cycle: Cycle, change: object) -> None:
    publish_cycle(cycle)

    with pytest.raises(ProgrammingError, match="pgtrigger"), transaction.atomic():
        change()  # type: ignore[operator]  # one of the lambdas above


def test_published_cell_that_is_withheld_holds_nothing(cycle: Cycle) -> None:
    snapshot = Snapshot.objects.create(
        cycle=cycle, number=1, content={}, content_hash="x", code_version="x"
    )
    made = Release.objects.create(snapshot=snapshot, policy_version="1")

    with pytest.raises(IntegrityError, match="publishedcell_withheld_is_empty"):
        PublishedCell.objects.create(release=made, measure="change", value=3, confidentiality="C")


@pytest.mark.usefixtures("ended")
def test_snapshot_hash_cannot_be_found_by_trying_what_few_people_may_have_said(
    cycle: Cycle,
) -> None:
    snapshot = take_snapshot(close_cycle(cycle))

    assert snapshot.content_hash == hash_of(snapshot.content)
    assert snapshot.content_hash != hash_of(content_of(cycle))
    assert len(bytes.fromhex(snapshot.content["salt"])) == 16
