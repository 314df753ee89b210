from celery import shared_task

from indicators.services import fold_for_a_turn


@shared_task
def fold() -> None:
    """Recompute what has changed. Called by the clock; as many may run at once as there are."""
    fold_for_a_turn()
