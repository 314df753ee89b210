"""An import that comes over the web: a row with a state, checked and taken in by a worker.

The row is the queue. A worker claims it under a lease; if the worker dies, the lease ends and
another one takes over. The file waits sealed, and is deleted as soon as it is not needed.
"""

import hashlib
import logging
from collections.abc import Callable
from dataclasses import asdict
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User
from communities.fields import cipher
from surveys.errors import SurveyError
from surveys.importing.files import FileRefusedError
from surveys.importing.node import MappingError
from surveys.importing.services import apply_import, preview_import, read_import
from surveys.models import ImportBatch, ImportState

_logger = logging.getLogger(__name__)

#: Longer than the time limit of a task.
LEASE = timedelta(minutes=6)
MOST_ATTEMPTS = 3
#: A file that nobody confirms is deleted after this.
KEPT = timedelta(days=7)

_CLAIMED_FROM = {
    ImportState.CHECKING: (ImportState.WAITING, ImportState.CHECKING),
    ImportState.APPLYING: (ImportState.APPLYING,),
}


class BatchNotReadyError(SurveyError):
    """The batch can't be taken in in its state."""


def create_batch(
    *, file_name: str, content: bytes, mapping_text: str, created_by: User
) -> ImportBatch:
    """Keep a file with its mapping until a worker has checked it."""
    return ImportBatch.objects.create(
        file_name=file_name,
        file_hash=hashlib.sha256(content).hexdigest(),
        content=cipher().encrypt(content),
        # As text, because the order of scales counts and a JSON column would lose it.
        mapping=mapping_text,
        created_by=created_by,
    )


def check_batch(batch_id: int) -> None:
    """Check a waiting batch and write down what taking it in would do."""
    batch = _claim(batch_id, ImportState.CHECKING)
    if batch is not None:
        _attempt(batch, _check)


@transaction.atomic
def confirm_batch(batch: ImportBatch, *, skip_refused: bool) -> None:
    """Have a checked batch taken in.

    Raises
    ------
    BatchNotReadyError
        If it is not ready, or rows are refused and not meant to be skipped.
    """
    batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
    if batch.state != ImportState.READY:
        raise BatchNotReadyError(_("This import is not waiting for a confirmation."))
    if batch.result["refused_count"] and not skip_refused:
        raise BatchNotReadyError(
            _("Rows are refused. Correct the file, or take in the good rows alone.")
        )
    batch.state = ImportState.APPLYING
    batch.skip_refused = skip_refused
    batch.lease_until = None
    batch.result["attempts"] = 0
    batch.save()


def apply_batch(batch_id: int) -> None:
    """Take in a confirmed batch as a whole, and delete the file."""
    batch = _claim(batch_id, ImportState.APPLYING)
    if batch is not None:
        _attempt(batch, _apply)


def find_stranded() -> list[tuple[int, str]]:
    """Return the id and state of batches that no worker has in hand."""
    now = timezone.now()
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    pending = (ImportState.WAITING, ImportState.CHECKING, ImportState.APPLYING)
    return list(ImportBatch.objects.filter(free, state__in=pending).values_list("pk", "state"))


def delete_forgotten_files() -> None:
    """Delete the files of batches that nobody has confirmed for days."""
    ImportBatch.objects.filter(
        state=ImportState.READY, created_at__lt=timezone.now() - KEPT
    ).update(state=ImportState.REFUSED, content=None)


def _claim(batch_id: int, state: ImportState) -> ImportBatch | None:
    """Take the batch in hand; None if somebody else has, or its time is over."""
    now = timezone.now()
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    claimed = ImportBatch.objects.filter(free, pk=batch_id, state__in=_CLAIMED_FROM[state]).update(
        state=state, lease_until=now + LEASE
    )
    return ImportBatch.objects.select_related("created_by").get(pk=batch_id) if claimed else None


def _attempt(batch: ImportBatch, work: Callable[[ImportBatch], None]) -> None:
    """Do the work, and turn whatever goes wrong into a state with a sentence for people."""
    attempts = batch.result.get("attempts", 0) + 1
    if attempts > MOST_ATTEMPTS:
        _refuse(
            batch, ImportState.FAILED, [_("The import failed several times. Try a smaller file.")]
        )
        return
    batch.result["attempts"] = attempts
    batch.save(update_fields=["result"])
    language = batch.created_by.language if batch.created_by else ""
    with translation.override(language or settings.LANGUAGE_CODE):
        try:
            work(batch)
        except MappingError as error:
            _refuse(batch, ImportState.REFUSED, [str(problem) for problem in error.problems])
        except (FileRefusedError, SurveyError) as error:
            _refuse(batch, ImportState.REFUSED, [str(error)])
        except Exception as error:  # noqa: BLE001 - whatever it is, the uploader is told
            # The message of the error may hold an answer, its name does not.
            _logger.error("Import %s failed: %s", batch.pk, type(error).__name__)  # noqa: TRY400 - likewise
            _refuse(batch, ImportState.FAILED, [_("Something went wrong. Nothing was taken in.")])


def _refuse(batch: ImportBatch, state: ImportState, problems: list[str]) -> None:
    batch.state = state
    batch.result = batch.result | {"problems": problems}
    batch.content = None
    batch.lease_until = None
    batch.save(update_fields=["state", "result", "content", "lease_until"])


def _opened(batch: ImportBatch) -> bytes:
    return cipher().decrypt(bytes(batch.content or b""))


def _check(batch: ImportBatch) -> None:
    file = read_import(_opened(batch), batch.mapping)
    report = preview_import(file, actor=batch.created_by)
    batch.result = asdict(report)
    batch.state = ImportState.READY
    batch.lease_until = None
    batch.save()


@transaction.atomic
def _apply(batch: ImportBatch) -> None:
    file = read_import(_opened(batch), batch.mapping)
    report = apply_import(file, skip_refused=batch.skip_refused, actor=batch.created_by)
    batch.result = asdict(report)
    batch.lease_until = None
    if report.is_applied:
        batch.state = ImportState.APPLIED
        batch.applied_at = timezone.now()
        batch.content = None
    else:  # something was imported in between: it has to be looked at again
        batch.state = ImportState.READY
    batch.save()
