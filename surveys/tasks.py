from uuid import UUID

from celery import shared_task

from surveys.exporting import services as exports
from surveys.importing import batches
from surveys.models import ImportState


@shared_task
def check_import(batch_id: int) -> None:
    """Check an uploaded file."""
    batches.check_batch(batch_id)


@shared_task
def apply_import(batch_id: int) -> None:
    """Take in a confirmed file."""
    batches.apply_batch(batch_id)


@shared_task
def sweep_imports() -> None:
    """Find what no worker has in hand: a ring was lost, or a worker died. Beat calls this."""
    batches.delete_forgotten_files()
    for batch_id, state in batches.find_stranded():
        task = apply_import if state == ImportState.APPLYING else check_import
        task.delay(batch_id)


@shared_task
def make_export(export_id: str) -> None:
    """Make the file of an export."""
    exports.make_export(UUID(export_id))


@shared_task
def sweep_exports() -> None:
    """Find exports that no worker has in hand, and delete old files. Beat calls this."""
    exports.delete_old_files()
    exports.ring_for_waiting_exports()
