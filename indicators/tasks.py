from celery import shared_task

from indicators.services import fold_all_marks


@shared_task
def fold() -> None:
    """Recompute what has changed. Rung by submissions, and by the clock if a ring was lost."""
    fold_all_marks()
