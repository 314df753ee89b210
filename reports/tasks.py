from celery import shared_task

from reports import services


@shared_task
def make_report(run_id: int) -> None:
    services.make_report(run_id)


@shared_task
def sweep() -> None:
    """Find the runs whose ring was lost or whose worker died."""
    services.ring_for_waiting_runs()
