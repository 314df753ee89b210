"""Sums against numbers worked out by hand, and against answers that change."""

from collections.abc import Callable
from threading import Thread

import pytest
from django.db import OperationalError, connection, connections, transaction

from communities.models import Community
from indicators.models import Cycle, CycleFlow, ScaleSums
from indicators.services import (
    fold_all_marks,
    fold_community,
    fold_marks,
    publish_cycle,
    take_snapshot,
)
from surveys.models import CodeCard, DirtyMark, Response, Wave, WavePlan
from tests.indicators.conftest import Answering


def sums_of(cycle: Cycle, dimension: str = "", category: str = "") -> ScaleSums:
    return ScaleSums.objects.get(cycle=cycle, dimension=dimension, category=category)


def at_once(*steps: Callable[[], object], times: int = 1) -> list[OperationalError]:
    """Run each step in a thread of its own, and return what the database refused."""
    problems: list[OperationalError] = []

    def attempt(step: Callable[[], object]) -> None:
        try:
            for _ in range(times):
                step()
        except OperationalError as error:
            problems.append(error)
        finally:
            connections.close_all()

    threads = [Thread(target=attempt, args=(step,)) for step in steps]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return problems


def test_fold_marks_makes_the_cycle_and_its_sums(
    answer: Answering, waves: list[Wave], plan: WavePlan
) -> None:
    answer([4, 4, 0], [4, 4, 0])  # 100 → 100
    answer([0, 0, 4], [2, 2, 2])  # 0 → 50
    answer([2, 2, 2])  # 50, lost

    assert fold_marks() == 1

    cycle = Cycle.objects.get(plan=plan)
    assert cycle.code == "spring-1-2"
    sums = sums_of(cycle)
    # The unit of three items of 0–4 with at least two answered: 12 steps of 100/12 or 8 of 100/8.
    unit = sums.sum_before / 100
    assert (sums.n, sums.sum_after) == (2, 150 * unit)
    assert sums.sum_before_squared == 100 * unit * 100 * unit
    assert sums.sum_products == 100 * unit * 100 * unit
    assert (sums.n_lost, sums.sum_lost) == (1, 50 * unit)
    flow = CycleFlow.objects.get(cycle=cycle)
    assert (flow.cards, flow.before, flow.after, flow.linked) == (3, 3, 2, 2)
    assert not DirtyMark.objects.exists()


def test_fold_is_repeatable_and_follows_erasure(answer: Answering, plan: WavePlan) -> None:
    gone = answer([1, 1, 1], [3, 3, 3])
    answer([2, 2, 2], [3, 3, 3])
    fold_marks()
    cycle = Cycle.objects.get(plan=plan)
    before = sums_of(cycle)

    fold_community(plan_id=plan.pk, community_id=cycle.community_id)
    assert sums_of(cycle).sum_products == before.sum_products

    Response.objects.filter(card=gone).delete()
    fold_community(plan_id=plan.pk, community_id=cycle.community_id)
    assert sums_of(cycle).n == 1


def test_fold_ignores_superseded_answers(answer: Answering, plan: WavePlan) -> None:
    card = answer([0, 0, 4], [0, 0, 4])
    old = Response.objects.get(card=card, wave__sequence=2)
    old.superseded_at = old.wave.plan.created_at
    old.save(update_fields=["superseded_at"])

    fold_marks()

    assert sums_of(Cycle.objects.get(plan=plan)).n == 0


def test_fold_keeps_registered_breakdowns_apart(
    answer: Answering, plan: WavePlan, community: Community
) -> None:
    cycle = Cycle.objects.create(
        code="spring-1-2", plan=plan, community=community, breakdowns=["gender"]
    )
    for gender in (1, 1, 2):
        answer([1, 1, 1], [2, 2, 2], gender=gender)

    fold_marks()

    assert sums_of(cycle, "gender", "1").n == 2
    assert sums_of(cycle, "gender", "2").n == 1
    assert sums_of(cycle).n == 3


def test_fold_leaves_a_cycle_set_up_by_hand(answer: Answering, cycle: Cycle) -> None:
    cycle.code = "my-own"
    cycle.save()
    answer([1, 1, 1], [2, 2, 2])

    fold_marks()

    assert [found.code for found in Cycle.objects.all()] == ["my-own"]
    assert sums_of(cycle).n == 1


def test_fold_links_somebody_who_answered_after_elsewhere(
    answer: Answering, plan: WavePlan, waves: list[Wave]
) -> None:
    other = Community.objects.create(code="lurup", name="Lurup")
    Wave.objects.create(plan=plan, community=other, kind="before", sequence=1)
    there = Wave.objects.create(plan=plan, community=other, kind="after", sequence=2)
    answer([1, 1, 1], [2, 2, 2], at=[waves[0], there])

    fold_all_marks()

    here = Cycle.objects.get(plan=plan, community__code="altona")
    assert sums_of(here).n == 1
    assert CycleFlow.objects.get(cycle=here).linked == 1


def test_fold_makes_cycles_of_later_waves_with_the_first(
    answer: Answering, plan: WavePlan, community: Community
) -> None:
    Wave.objects.create(plan=plan, community=community, kind="follow_up", sequence=3)
    answer([1, 1, 1], [2, 2, 2])

    fold_marks()

    assert sorted(Cycle.objects.values_list("code", flat=True)) == ["spring-1-2", "spring-1-3"]


@pytest.mark.django_db(transaction=True)
def test_two_folds_at_once_end_with_the_newest_answers(
    answer: Answering, plan: WavePlan, cycle: Cycle
) -> None:
    for _ in range(10):
        answer([1, 1, 1], [2, 2, 2])

    def fold() -> None:
        fold_community(plan_id=plan.pk, community_id=cycle.community_id)

    assert at_once(fold, fold, fold, fold) == []
    assert sums_of(cycle).n == 10
    assert CodeCard.objects.count() == 10


@pytest.mark.django_db(transaction=True)
def test_fold_and_publication_at_once_do_not_wait_for_each_other_forever(
    answer: Answering, plan: WavePlan, community: Community, waves: list[Wave]
) -> None:
    Wave.objects.create(plan=plan, community=community, kind="follow_up", sequence=3)
    for _ in range(10):
        answer([1, 1, 1], [2, 2, 2])
    fold_marks()
    later = Cycle.objects.get(plan=plan, to_sequence=3)

    def publish_later() -> None:
        DirtyMark.objects.create(wave=waves[0])
        publish_cycle(later, end_waves=True)
        take_snapshot(later, correction="again")

    def fold() -> None:
        fold_community(plan_id=plan.pk, community_id=community.pk)

    assert at_once(publish_later, fold, fold, times=15) == []


@pytest.mark.django_db(transaction=True)
def test_answers_come_in_while_a_fold_holds_its_lock(answer: Answering, waves: list[Wave]) -> None:
    answer([1, 1, 1])

    def submit() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
        answer([2, 2, 2])

    with transaction.atomic():
        fold_community(plan_id=waves[0].plan_id, community_id=waves[0].community_id)
        assert at_once(submit) == []

    assert Response.objects.count() == 2
    assert DirtyMark.objects.count() == 1
