"""Runs: asked for once, claimed by one, finished once, whatever dies on the way."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.utils import timezone

from indicators.models import Cycle
from reports import services
from reports.documents import render
from reports.models import ReportDocument, ReportRun, RunState
from reports.report import build_report
from reports.services import (
    ATTEMPTS,
    ReportError,
    cancel_report,
    make_report,
    request_report,
    ring_for_waiting_runs,
)
from tests.reports.conftest import Publishing

FORMATS = ("html", "json")
LANGUAGES = ("de", "en")


@pytest.fixture
def run(publish: Publishing, cycle: Cycle) -> ReportRun:
    publish(24)
    return request_report(cycle=cycle, formats=FORMATS, languages=LANGUAGES)


def documents(run: ReportRun) -> dict[tuple[str, str], str]:
    rows = ReportDocument.objects.filter(run=run)
    return {(row.language, row.format): row.content_hash for row in rows}


def test_request_report_needs_a_release(cycle: Cycle) -> None:
    with pytest.raises(ReportError, match="publish it first"):
        request_report(cycle=cycle, formats=FORMATS, languages=LANGUAGES)


@pytest.mark.parametrize(
    ("formats", "languages", "message"),
    [
        (["docx"], ["de"], "no format docx. There are: html, pdf, json, xlsx"),
        (["pdf"], ["xx"], "no language xx"),
        ([], ["de"], "at least one format"),
    ],
)
def test_request_report_refuses_what_it_does_not_know(
    formats: list[str], languages: list[str], message: str, publish: Publishing, cycle: Cycle
) -> None:
    publish(12)

    with pytest.raises(ReportError, match=message):
        request_report(cycle=cycle, formats=formats, languages=languages)

    assert not ReportRun.objects.exists()


def test_request_report_again_is_the_same_run(run: ReportRun, cycle: Cycle) -> None:
    again = request_report(cycle=cycle, formats=["json", "html"], languages=["en", "de"])
    other = request_report(cycle=cycle, formats=["json"], languages=["en", "de"])

    assert again == run
    assert other != run


def test_make_report_makes_every_document_once(run: ReportRun) -> None:
    make_report(run.pk)
    first = documents(run)
    make_report(run.pk)

    run.refresh_from_db()
    assert run.state == RunState.DONE
    assert run.done_count == run.total_count == len(first) == 4
    assert documents(run) == first
    for document in run.documents.all():
        assert hashlib.sha256(document.content).hexdigest() == document.content_hash


def test_make_report_leaves_a_run_that_somebody_works_on(run: ReportRun) -> None:
    lease = timezone.now() + timedelta(seconds=10)
    ReportRun.objects.update(state=RunState.RUNNING, fence=uuid4(), lease_until=lease)

    make_report(run.pk)

    assert documents(run) == {}


def test_make_report_goes_on_where_a_dead_worker_stopped(
    run: ReportRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_report(run.pk)
    whole = documents(run)
    ReportDocument.objects.filter(language="en").delete()
    past = timezone.now() - timedelta(seconds=1)
    ReportRun.objects.update(
        state=RunState.RUNNING, fence=uuid4(), lease_until=past, done_count=2, finished_at=None
    )

    make_report(run.pk)

    run.refresh_from_db()
    assert run.state == RunState.DONE
    assert documents(run) == whole


def test_worker_that_lost_its_lease_writes_nothing(run: ReportRun) -> None:
    fence = uuid4()
    assert services._claim(run.pk, fence)
    document = next(services._missing_documents(run.pk))
    ReportRun.objects.update(fence=uuid4())

    assert not services._keep(run.pk, fence, document)
    services._finish(run.pk, fence)

    run.refresh_from_db()
    assert run.state == RunState.RUNNING
    assert documents(run) == {}


def test_make_report_gives_up_and_says_so(
    run: ReportRun, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    # What a full disk or a broken font would do; there is no other way to break it from outside.
    monkeypatch.setattr(services, "render", lambda *_: 1 / 0)

    for _ in range(ATTEMPTS):
        ReportRun.objects.update(lease_until=None)
        make_report(run.pk)

    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert run.problem.startswith("The documents could not be made.")
    assert "Altona" not in caplog.text


def test_request_report_starts_a_failed_run_anew(run: ReportRun, cycle: Cycle) -> None:
    ReportRun.objects.update(
        state=RunState.FAILED, problem="x", attempt_count=5, finished_at=timezone.now()
    )

    again = request_report(cycle=cycle, formats=FORMATS, languages=LANGUAGES)
    make_report(again.pk)

    again.refresh_from_db()
    assert (again.pk, again.state, again.problem) == (run.pk, RunState.DONE, "")


def test_make_report_refuses_when_what_it_tells_has_changed(run: ReportRun, cycle: Cycle) -> None:
    type(cycle.community).objects.update(name="Altona-Nord")

    make_report(run.pk)

    run.refresh_from_db()
    assert run.state == RunState.FAILED
    assert "Ask again" in run.problem


def test_cancel_report_stops_the_worker_at_its_next_document(run: ReportRun) -> None:
    fence = uuid4()
    assert services._claim(run.pk, fence)
    pieces = services._missing_documents(run.pk)
    assert services._keep(run.pk, fence, next(pieces))

    assert cancel_report(run)

    assert not services._keep(run.pk, fence, next(pieces))
    run.refresh_from_db()
    assert run.state == RunState.CANCELLED
    assert len(documents(run)) == 1
    assert not cancel_report(run)


def test_ring_without_a_broker_is_harmless() -> None:
    ringing = "import django; django.setup(); from reports.services import ring; ring(7)"
    nowhere = os.environ | {
        "DJANGO_SETTINGS_MODULE": "coreszon.settings",
        "REDIS_URL": "redis+socket:///nowhere/valkey.sock",
    }

    rung = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", ringing], env=nowhere, capture_output=True, text=True, check=False
    )

    assert rung.returncode == 0
    assert "report run 7 waits for the sweep" in rung.stderr


# A real worker -----------------------------------------------------------------------------------


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def is_done(run: ReportRun) -> bool:
    return ReportRun.objects.get(pk=run.pk).state == RunState.DONE


@pytest.mark.slow
@pytest.mark.usefixtures("worker")
@pytest.mark.django_db(transaction=True)
def test_worker_makes_the_report_that_was_asked_for(run: ReportRun) -> None:
    wait_for(lambda: is_done(run))

    assert len(documents(run)) == 4


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_report_is_made_once_though_workers_are_killed(
    publish: Publishing, cycle: Cycle, start_worker: Callable[[], subprocess.Popen[bytes]]
) -> None:
    release = publish(24)
    languages = list(dict(settings.LANGUAGES))
    run = request_report(cycle=cycle, formats=["html", "pdf", "json"], languages=languages)

    for killed_at in (1, 5, 12):
        worker = start_worker()
        ring_for_waiting_runs()
        wait_for(lambda least=killed_at: len(documents(run)) >= least)  # type: ignore[misc] # bound now
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
        # Instead of waiting for the lease to run out.
        ReportRun.objects.filter(state=RunState.RUNNING).update(lease_until=timezone.now())
    start_worker()
    ring_for_waiting_runs()
    wait_for(lambda: is_done(run))

    expected = {
        (language, form): hashlib.sha256(render(build_report(release, language), form)).hexdigest()
        for language in languages
        for form in ("html", "pdf", "json")
    }
    assert documents(run) == expected
    run.refresh_from_db()
    assert run.done_count == run.total_count == 18
