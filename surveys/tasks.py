from celery import shared_task

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
