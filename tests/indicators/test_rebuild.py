"""All sums from all rows: equal to the plainest computation, and proof that nothing drifted."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path
from random import Random
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from pytest_django import DjangoAssertNumQueries

from communities.models import Community
from indicators import rows
from indicators.bulk import Finding, rebuild_sums
from indicators.folding import CycleSums, fold_cycles
from indicators.marks import fold_all_marks, fold_community, fold_marks
from indicators.models import Cycle, CycleFlow, ScaleSums
from surveys.models import DirtyMark, Response, Wave, WavePlan
from tests.indicators.conftest import Answering
from tests.indicators.random_network import (
    expected_items,
    expected_rows,
    invent,
    people_of,
    stored_rows,
)

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str, **options: object) -> str:
    output = StringIO()
    call_command("rebuild_sums", *arguments, stdout=output, **options)
    return output.getvalue()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_sums_are_those_of_the_plainest_computation(plan: WavePlan, seed: int) -> None:
    invent(plan, Random(seed))
    fold_all_marks()
    Cycle.objects.filter(to_sequence=3).update(breakdowns=[])
    registered = Cycle.objects.filter(to_sequence=2)
    with connection.cursor() as cursor:
        # What counts is locked once people can answer; here it is put in place afterwards.
        cursor.execute("SET LOCAL session_replication_role = replica")
        registered.update(breakdowns=["gender"])
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")

    findings = [found.finding for found in rebuild_sums()]

    assert findings.count(Finding.DIFFERS) == registered.count() == 3
    for cycle in Cycle.objects.all():
        assert stored_rows(cycle) == expected_rows(cycle)
        row = ScaleSums.objects.get(cycle=cycle, dimension="", category="")
        assert row.item_sums == expected_items(cycle)
        people = list(people_of(cycle))
        flow = CycleFlow.objects.get(cycle=cycle)
        assert flow.before == len(people)
        assert flow.linked == sum(person.is_linked for person in people)


def test_many_communities_at_once_are_folded_as_each_alone(
    plan: WavePlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    invent(plan, Random(4), communities=5)
    for place in Community.objects.all():
        fold_community(plan_id=plan.pk, community_id=place.pk)
    one_by_one = {cycle.pk: stored_rows(cycle) for cycle in Cycle.objects.all()}
    ScaleSums.objects.all().delete()
    monkeypatch.setattr(rows, "AT_ONCE", 30)  # so that it takes several rounds
    monkeypatch.setattr(rows, "FETCHED", 3)

    run()

    assert {cycle.pk: stored_rows(cycle) for cycle in Cycle.objects.all()} == one_by_one
    assert "10 as they should be" in run("--check")


def test_check_names_what_differs_and_no_figure(answer: Answering, cycle: Cycle) -> None:
    answer([1, 1, 1], [2, 2, 2])
    fold_marks()
    ScaleSums.objects.filter(cycle=cycle).update(sum_products=77_777)
    CycleFlow.objects.filter(cycle=cycle).update(cards=88_888)
    output = StringIO()

    with pytest.raises(CommandError, match="Sums differ"):
        call_command("rebuild_sums", "--check", stdout=output)

    assert output.getvalue().splitlines() == [
        "altona spring-1-2: differs (belonging, counts)",
        "1 cycles: 0 as they should be, 1 differed, 0 wait for the next fold.",
    ]
    assert ScaleSums.objects.get(cycle=cycle, dimension="").sum_products == 77_777
    assert "1 differed" in run()
    assert "1 as they should be" in run("--check")


def test_rebuild_puts_right_what_is_gone(answer: Answering, cycle: Cycle) -> None:
    answer([1, 1, 1], [2, 2, 2])
    fold_marks()
    expected = stored_rows(cycle)
    ScaleSums.objects.all().delete()
    CycleFlow.objects.all().delete()

    run("--community", "altona")

    assert stored_rows(cycle) == expected
    assert CycleFlow.objects.get(cycle=cycle).linked == 1


def test_check_leaves_to_the_fold_what_waits_for_it(answer: Answering, cycle: Cycle) -> None:
    answer([1, 1, 1], [2, 2, 2])
    fold_marks()
    answer([1, 1, 1], [3, 3, 3])

    assert "altona spring-1-2: waiting (belonging, counts)" in run("--check")


def test_rebuild_leaves_alone_what_was_folded_meanwhile(
    answer: Answering, cycle: Cycle, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer([1, 1, 1], [2, 2, 2])
    fold_marks()

    def read_and_fold(plan: WavePlan, cycles: Sequence[Cycle]) -> Iterator[list[CycleSums]]:
        for folded in fold_cycles(plan, cycles):
            answer([1, 1, 1], [4, 4, 4])
            fold_marks()
            yield folded

    monkeypatch.setattr("indicators.bulk.fold_cycles", read_and_fold)

    assert [found.finding for found in rebuild_sums()] == [Finding.WAITING]
    assert ScaleSums.objects.get(cycle=cycle, dimension="").n == 2


def test_rebuild_of_an_unknown_community_is_refused(cycle: Cycle) -> None:
    with pytest.raises(CommandError, match="no community nowhere"):
        run("--community", "nowhere")


def test_answers_of_another_length_are_refused(answer: Answering, cycle: Cycle) -> None:
    card = answer([1, 1, 1])
    wave = Wave.objects.get(sequence=2)
    Response.objects.create(
        wave=wave,
        version=wave.plan.version,
        card=card,
        answers=b"\x01",
        content_hash=b"1",
        channel="paper",
    )

    with pytest.raises(rows.AnswersError, match="another length"):
        fold_marks()


@pytest.mark.parametrize("people", [1, 20])
def test_fold_of_a_community_asks_a_fixed_number_of_times(
    people: int,
    answer: Answering,
    cycle: Cycle,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(people):
        answer([1, 1, 1], [2, 2, 2])
    answer([1, 1, 1])
    Wave.objects.create(plan=cycle.plan, community=cycle.community, kind="follow_up", sequence=3)
    fold_marks()
    answer([2, 2, 2], [1, 1, 1])

    # The test's savepoint 2, lock 1, waves and cycles to be 2, marks 2, cycles 1, norms and line 2,
    # waves, cursor and cards 3, who moved and which workshop 4, compare 2, store 2.
    with django_assert_num_queries(21):
        fold_community(plan_id=cycle.plan_id, community_id=cycle.community_id)


# Several workers, and workers that die --------------------------------------------------------


def start_folding() -> subprocess.Popen[bytes]:
    """Start a fold in a process of its own, on the database of the test."""
    url = urlsplit(os.environ["DATABASE_URL"])
    database = urlunsplit(url._replace(path=f"/{connection.settings_dict['NAME']}"))
    code = "import django; django.setup(); from indicators.marks import fold_marks; fold_marks()"
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ
        | {"DATABASE_URL": database, "DJANGO_SETTINGS_MODULE": "coreszon.settings", "DEBUG": "0"},
    )


def wait_until(statement: str) -> None:
    """Wait until a statement returns something; a minute is far more than it takes."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            if cursor.fetchone():
                return
        time.sleep(0.05)
    pytest.fail(f"in vain: {statement}")


BLOCKED = "SELECT 1 FROM pg_locks WHERE NOT granted"
ALONE = """
    SELECT 1 WHERE NOT EXISTS (
        SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
            AND pid <> pg_backend_pid() AND backend_type = 'client backend'
    )
"""


@pytest.mark.django_db(transaction=True)
def test_fold_that_is_killed_loses_nothing(answer: Answering, cycle: Cycle) -> None:
    answer([1, 1, 1], [2, 2, 2])
    fold_marks()
    answer([1, 1, 1], [3, 3, 3])

    # Its marks are taken away and its sums are written; what it can't do is finish.
    with transaction.atomic():
        CycleFlow.objects.select_for_update().get(cycle=cycle)
        process = start_folding()
        wait_until(BLOCKED)
        process.send_signal(signal.SIGKILL)
        process.wait()
    wait_until(ALONE)

    assert DirtyMark.objects.count() == 2
    assert ScaleSums.objects.get(cycle=cycle, dimension="").n == 1
    fold_marks()
    assert DirtyMark.objects.count() == 0
    assert ScaleSums.objects.get(cycle=cycle, dimension="").n == 2


@pytest.mark.django_db(transaction=True)
def test_what_one_worker_folds_is_left_to_it(
    answer: Answering, plan: WavePlan, cycle: Cycle
) -> None:
    other = Community.objects.create(code="lurup", name="Lurup")
    elsewhere = [
        Wave.objects.create(plan=plan, community=other, kind=kind, sequence=sequence)
        for sequence, kind in enumerate(("before", "after"), 1)
    ]
    answer([1, 1, 1], [2, 2, 2])
    fold_marks()
    answer([1, 1, 1], [3, 3, 3])

    with transaction.atomic():
        CycleFlow.objects.select_for_update().get(cycle=cycle)
        process = start_folding()
        wait_until(BLOCKED)
        for _ in range(2):
            DirtyMark.objects.create(wave=elsewhere[0])

        assert fold_marks() == 1

    process.wait(60)
    assert Cycle.objects.filter(community=other).exists()
    assert not DirtyMark.objects.exists()
    assert ScaleSums.objects.get(cycle=cycle, dimension="").n == 2
