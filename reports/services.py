"""Making reports: what is asked for is a row; a worker claims it and makes it piece by piece."""

import hashlib
import json
import logging
from collections.abc import Collection, Iterator, Sequence
from datetime import timedelta
from functools import partial
from uuid import UUID, uuid4

from celery import current_app
from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from kombu.exceptions import OperationalError as BrokerError

from accounts.models import User
from indicators.models import Cycle
from reports.documents import render
from reports.models import DocumentFormat, ReportDocument, ReportRun, RunState
from reports.parts import Report
from reports.report import compose
from reports.source import Source, current_release, read_source, release_of

#: How long a worker that says nothing keeps a run; a document takes a fraction of a second.
LEASE = timedelta(seconds=15)
#: Attempts without any new document after which a run is given up.
ATTEMPTS = 5
RING_EXPIRES_S = 60
SWEEP_AT_ONCE = 50

UNFINISHED = (RunState.WAITING, RunState.RUNNING)
log = logging.getLogger(__name__)


#: Kept as they are and translated for whoever reads them.
GIVEN_UP = gettext_noop(
    "The documents could not be made. Try again. If it happens again, tell those who run the site "
    "the number of this run."
)
CHANGED = gettext_noop("What the report tells has changed since it was asked for. Ask again.")


class ReportError(Exception):
    """A report can't be asked for. The message says what to do."""


@transaction.atomic
def request_report(
    *,
    cycle: Cycle,
    formats: Collection[str],
    languages: Collection[str],
    by: User | None = None,
) -> ReportRun:
    """Ask for documents of a published cycle; the same request again gives the same run.

    A run that failed or was cancelled starts anew.

    Raises
    ------
    ReportError
        If nothing is published yet, or a format or language is not known.
    """
    release = current_release(cycle)
    if release is None:
        raise ReportError(_("Nothing of this cycle is published yet. Close and publish it first."))
    wanted_formats, wanted_languages = choose(formats, languages)
    now = timezone.now()
    source = read_source(release, as_of=now)
    run, is_new = ReportRun.objects.get_or_create(
        key=_key(source, wanted_formats, wanted_languages),
        defaults={
            "requested_at": now,
            "cycle": cycle,
            "snapshot": release.snapshot,
            "source_hash": source.fingerprint,
            "formats": wanted_formats,
            "languages": wanted_languages,
            "total_count": len(wanted_formats) * len(wanted_languages),
            "requested_by": by,
        },
    )
    if not is_new and run.state in {RunState.FAILED, RunState.CANCELLED}:
        run.state = RunState.WAITING
        run.attempt_count = 0
        run.problem = ""
        run.finished_at = run.lease_until = run.fence = None
        run.save()
    if run.state in UNFINISHED:
        transaction.on_commit(partial(ring, run.pk))
    return run


def choose(formats: Collection[str], languages: Collection[str]) -> tuple[list[str], list[str]]:
    """Return the formats and languages in the usual order; raise ReportError at unknown ones."""
    return (
        _known(formats, DocumentFormat.values, _("format")),
        _known(languages, list(dict(settings.LANGUAGES)), _("language")),
    )


def _known(wanted: Collection[str], known: Sequence[str], what: str) -> list[str]:
    """Return what is wanted in the usual order, each once."""
    if unknown := sorted(set(wanted) - set(known)):
        raise ReportError(
            _("There is no %(what)s %(unknown)s. There are: %(known)s.")
            % {"what": what, "unknown": ", ".join(unknown), "known": ", ".join(known)}
        )
    if not wanted:
        raise ReportError(_("Choose at least one %(what)s.") % {"what": what})
    return [value for value in known if value in wanted]


def _key(source: Source, formats: list[str], languages: list[str]) -> str:
    content = json.dumps([source.fingerprint, formats, languages])
    return hashlib.sha256(content.encode()).hexdigest()


def ring(run_id: int) -> None:
    """Tell a worker that there is something to do. Unheard rings are harmless: the row waits."""
    try:
        current_app.send_task("reports.tasks.make_report", (run_id,), expires=RING_EXPIRES_S)
    except BrokerError:
        log.warning("The broker can't be reached; report run %s waits for the sweep.", run_id)


def ring_for_waiting_runs() -> int:
    """Ring for every run that nobody works on: rings get lost, workers die. Return how many."""
    waiting = ReportRun.objects.filter(_unclaimed(), state__in=UNFINISHED).order_by("requested_at")
    due = list(waiting.values_list("pk", flat=True)[:SWEEP_AT_ONCE])
    for run_id in due:
        ring(run_id)
    return len(due)


def _unclaimed() -> Q:
    return Q(lease_until=None) | Q(lease_until__lt=timezone.now())


def make_report(run_id: int) -> None:
    """Make the documents of a run that are not there yet, unless somebody else is at it.

    Each document is written in one transaction with the renewed lease and the progress. Whoever
    has lost the lease stops, so that two workers never finish the same run.
    """
    fence = uuid4()
    if not _claim(run_id, fence):
        return
    try:
        for document in _missing_documents(run_id):
            if not _keep(run_id, fence, document):
                return
        _finish(run_id, fence)
    except ReportError as error:
        ReportRun.objects.filter(pk=run_id, fence=fence).update(**_failed(str(error)))
    except (OperationalError, InterfaceError):
        raise  # the database is away; the sweep comes back to this run
    except Exception:
        log.exception("Report run %s could not be made.", run_id)
        _release_after_failure(run_id, fence)


def _claim(run_id: int, fence: UUID) -> bool:
    run = ReportRun.objects.filter(_unclaimed(), pk=run_id, state__in=UNFINISHED)
    given_up = run.filter(attempt_count__gte=ATTEMPTS)
    if given_up.update(**_failed()):
        return False
    return bool(
        run.update(
            state=RunState.RUNNING,
            fence=fence,
            lease_until=timezone.now() + LEASE,
            attempt_count=F("attempt_count") + 1,
        )
    )


def _missing_documents(run_id: int) -> Iterator[ReportDocument]:
    run = ReportRun.objects.get(pk=run_id)
    there = set(run.documents.values_list("language", "format"))
    # The others of the round as they were published then: they publish while this is made.
    source = read_source(release_of(run.snapshot_id), as_of=run.requested_at)
    if run.key != _key(source, run.formats, run.languages):
        raise ReportError(CHANGED)
    for language in run.languages:
        report = compose(source, language)
        for form in run.formats:
            if (language, form) not in there:
                yield _document(run_id, report, form)


def _document(run_id: int, report: Report, form: str) -> ReportDocument:
    content = render(report, form)
    return ReportDocument(
        run_id=run_id,
        format=form,
        language=report.language,
        content=content,
        content_hash=hashlib.sha256(content).hexdigest(),
    )


@transaction.atomic
def _keep(run_id: int, fence: UUID, document: ReportDocument) -> bool:
    """Store a document and renew the lease; do neither if the lease is somebody else's now."""
    still_ours = ReportRun.objects.filter(pk=run_id, fence=fence, state=RunState.RUNNING)
    renewed = still_ours.update(
        lease_until=timezone.now() + LEASE, done_count=F("done_count") + 1, attempt_count=1
    )
    if renewed:
        document.save(force_insert=True)
    return bool(renewed)


def _finish(run_id: int, fence: UUID) -> None:
    ReportRun.objects.filter(
        pk=run_id, fence=fence, state=RunState.RUNNING, done_count=F("total_count")
    ).update(state=RunState.DONE, finished_at=timezone.now(), lease_until=None, problem="")


def _release_after_failure(run_id: int, fence: UUID) -> None:
    """Let others try again a little later; after the last attempt, say so."""
    run = ReportRun.objects.filter(pk=run_id, fence=fence, state=RunState.RUNNING)
    if not run.filter(attempt_count__gte=ATTEMPTS).update(**_failed()):
        run.update(state=RunState.WAITING, lease_until=timezone.now() + LEASE)


def _failed(problem: str = GIVEN_UP) -> dict[str, object]:
    return {
        "state": RunState.FAILED,
        "finished_at": timezone.now(),
        "lease_until": None,
        "problem": problem,
    }


def cancel_report(run: ReportRun) -> bool:
    """Stop a run that is not finished; a worker notices at its next document."""
    unfinished = ReportRun.objects.filter(pk=run.pk, state__in=UNFINISHED)
    return bool(
        unfinished.update(
            state=RunState.CANCELLED, finished_at=timezone.now(), lease_until=None, fence=None
        )
    )
