"""Exports: asked for by a data steward, made by a worker, kept sealed for a few days.

The row is the queue. A worker claims it under a lease that it renews as it goes on; if it dies,
another one makes the same file from the same secret. When the file is there, the secret is
forgotten: no other file can ever have the same names of people in it.
"""

import logging
import secrets
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from hashlib import file_digest, sha256
from pathlib import Path
from uuid import UUID, uuid4

from celery import current_app
from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError as BrokerError

from accounts.models import AuditEntry, User
from communities.fields import cipher
from communities.models import Community, ConsentPurpose, Placement, Role
from surveys.errors import SurveyError
from surveys.exporting.bundle import Bundle, Order, make_bundle
from surveys.exporting.rows import exported_responses
from surveys.models import (
    ANSWER_SCOPES,
    ExportPart,
    ExportState,
    ResponseExport,
    WavePlan,
)
from surveys.services import document_of

#: How long a worker that says nothing keeps an export; it speaks every thousand answers.
LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 3
#: How long the file can be downloaded.
KEPT = timedelta(days=7)
#: Takes a minute of computing, and a task may take five on a busy machine.
MOST_RESPONSES = 100_000
RING_EXPIRES_S = 60
_PART_BYTES = 1024 * 1024
UNFINISHED = (ExportState.WAITING, ExportState.RUNNING)

_logger = logging.getLogger(__name__)


class ExportError(SurveyError):
    """The export can't be made or taken. The message says what to do."""


class _LeaseLostError(Exception):
    """Another worker makes this export now."""


def request_export(
    *,
    plan: WavePlan,
    community: Community | None = None,
    scope: str = ConsentPurpose.RESEARCH,
    language: str = "",
    with_texts: bool = False,
    by: User | None = None,
) -> ResponseExport:
    """Ask for the answers to a plan in a community and those below it, else in all within reach.

    Parameters
    ----------
    scope
        What people must have agreed to.
    language
        Of the labels; else the one in which the questionnaire was written.
    by
        Whose reach counts, as data steward; None is who has a shell on the server.

    Raises
    ------
    ExportError
        If nothing is within reach, nobody agreed, or it is too much for one file.
    """
    document = document_of(plan.version)
    language = language or document.source_language
    if scope not in ANSWER_SCOPES:
        raise ExportError(_("Choose one of: %(known)s.") % {"known": ", ".join(ANSWER_SCOPES)})
    if language not in {*document.languages, *dict(settings.LANGUAGES)}:
        raise ExportError(_("There is no language %(language)s here.") % {"language": language})
    communities = _reach(by, community)
    count = exported_responses(plan, communities, scope).count()
    _refuse_count(count)
    with transaction.atomic():
        export = ResponseExport.objects.create(
            plan=plan,
            scope=scope,
            language=language,
            with_texts=with_texts,
            secret=secrets.token_urlsafe(32),
            total_count=count,
            requested_by=by,
        )
        export.communities.set(communities)
        _note(export, by, "export_responses")
        transaction.on_commit(partial(ring, export.pk), robust=True)
    return export


def _reach(by: User | None, community: Community | None) -> list[int]:
    rows = Community.objects.all()
    reached = rows if by is None else rows.visible_to(by, Role.DATA_STEWARD)
    if community is not None:
        today = Placement.objects.valid_on(timezone.localdate())
        reached = reached.filter(pk__in=today.below([community.pk]))
    found = list(reached.order_by("pk").values_list("pk", flat=True))
    if not found:
        raise ExportError(_("You are not data steward there. Choose a community of yours."))
    return found


def _refuse_count(count: int) -> None:
    if count == 0:
        raise ExportError(
            _("Nobody there has answered and agreed to this use. Choose another use or community.")
        )
    if count > MOST_RESPONSES:
        raise ExportError(
            _("%(count)d responses are too many for one file of %(most)d. Choose one community.")
            % {"count": count, "most": MOST_RESPONSES}
        )


def _note(export: ResponseExport, actor: User | None, action: str) -> None:
    AuditEntry.objects.create(
        actor=actor, action=action, subject=f"surveys.responseexport:{export.pk}"
    )


def ring(export_id: UUID) -> None:
    """Tell a worker that there is something to do. Unheard rings are harmless: the row waits."""
    try:
        current_app.send_task(
            "surveys.tasks.make_export", (str(export_id),), expires=RING_EXPIRES_S
        )
    except BrokerError:
        _logger.warning("The broker can't be reached; export %s waits for the sweep.", export_id)


def ring_for_waiting_exports() -> None:
    """Ring for every export that nobody works on: rings get lost, workers die."""
    waiting = ResponseExport.objects.filter(_unclaimed(), state__in=UNFINISHED)
    for export_id in waiting.order_by("requested_at").values_list("pk", flat=True):
        ring(export_id)


def delete_old_files() -> None:
    """Delete the files whose time is over. The rows stay, with their hashes."""
    over = timezone.now() - KEPT
    ResponseExport.objects.filter(state=ExportState.DONE, finished_at__lt=over).delete_files()


def _unclaimed() -> Q:
    return Q(lease_until=None) | Q(lease_until__lt=timezone.now())


def make_export(export_id: UUID) -> None:
    """Make the file of an export that waits, unless somebody else is at it."""
    fence = uuid4()
    if not _claim(export_id, fence):
        return
    try:
        _make(ResponseExport.objects.select_related("plan__version").get(pk=export_id), fence)
    except _LeaseLostError:
        return
    except (OperationalError, InterfaceError):
        raise  # the database is away; the sweep comes back to this export
    except Exception as error:  # noqa: BLE001 - whatever it is, the steward is told
        # The message of the error may hold an answer, its name does not.
        _logger.error("Export %s failed: %s", export_id, type(error).__name__)  # noqa: TRY400 - likewise
        _give_back(export_id, fence)


def _claim(export_id: UUID, fence: UUID) -> bool:
    waiting = ResponseExport.objects.filter(_unclaimed(), pk=export_id, state__in=UNFINISHED)
    if waiting.filter(attempt_count__gte=MOST_ATTEMPTS).update(**_failed()):
        return False
    return bool(
        waiting.update(
            state=ExportState.RUNNING,
            fence=fence,
            lease_until=timezone.now() + LEASE,
            attempt_count=F("attempt_count") + 1,
        )
    )


def _make(export: ResponseExport, fence: UUID) -> None:
    ours = ResponseExport.objects.filter(pk=export.pk, fence=fence, state=ExportState.RUNNING)

    def progress(count: int) -> None:
        if not ours.update(response_count=count, lease_until=timezone.now() + LEASE):
            raise _LeaseLostError

    with tempfile.TemporaryDirectory() as folder:
        bundle = make_bundle(_order(export), Path(folder), progress)
        with bundle.path.open("rb") as file:
            file_hash = file_digest(file, sha256).hexdigest()
        with transaction.atomic():
            _finish(export, fence, bundle, file_hash)


def _order(export: ResponseExport) -> Order:
    return Order(
        key=str(export.pk),
        day=timezone.localdate(export.requested_at).isoformat(),
        plan=export.plan,
        communities=list(export.communities.order_by("pk").values_list("pk", flat=True)),
        scope=ConsentPurpose(export.scope),
        language=export.language,
        secret=export.secret or "",
        with_texts=export.with_texts,
    )


def _finish(export: ResponseExport, fence: UUID, bundle: Bundle, file_hash: str) -> None:
    """Store the file in sealed pieces, and forget how its names of people were made."""
    finished = ResponseExport.objects.filter(
        pk=export.pk, fence=fence, state=ExportState.RUNNING
    ).update(
        state=ExportState.DONE,
        secret=None,
        response_count=bundle.responses,
        people_count=bundle.people,
        small_count=bundle.small_cells,
        file_bytes=bundle.path.stat().st_size,
        file_hash=file_hash,
        finished_at=timezone.now(),
        lease_until=None,
    )
    if not finished:
        raise _LeaseLostError
    with bundle.path.open("rb") as file:
        for number, piece in enumerate(iter(partial(file.read, _PART_BYTES), b"")):
            ExportPart.objects.create(export=export, number=number, content=cipher().encrypt(piece))


def _give_back(export_id: UUID, fence: UUID) -> None:
    """Let somebody try again a little later; after the last attempt, say so."""
    ours = ResponseExport.objects.filter(pk=export_id, fence=fence, state=ExportState.RUNNING)
    if not ours.filter(attempt_count__gte=MOST_ATTEMPTS).update(**_failed()):
        ours.update(state=ExportState.WAITING, lease_until=timezone.now() + LEASE)


def _failed() -> dict[str, object]:
    return {
        "state": ExportState.FAILED,
        "secret": None,
        "finished_at": timezone.now(),
        "lease_until": None,
    }


def open_file(export: ResponseExport, *, by: User | None = None) -> Iterator[bytes]:
    """Note who takes the file, and return it piece by piece.

    Raises
    ------
    ExportError
        If it is not theirs, not there, or they are no longer data steward of all that is in it.
    """
    if by is not None and not by.is_superuser:
        reached = Community.objects.visible_to(by, Role.DATA_STEWARD)
        if export.requested_by_id != by.pk or export.communities.exclude(pk__in=reached).exists():
            raise ExportError(
                _("This file belongs to somebody else, or to communities that are not yours now.")
            )
    if export.state != ExportState.DONE:
        raise ExportError(_("There is no file now. Ask for a new export."))
    _note(export, by, "download_export")
    parts = export.parts.order_by("number").values_list("content", flat=True)
    return (cipher().decrypt(bytes(content)) for content in parts.iterator(chunk_size=1))


def file_name(export: ResponseExport) -> str:
    return f"{export.plan.code}-{export.scope}-{str(export.pk)[:8]}.zip"
