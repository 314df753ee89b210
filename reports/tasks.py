from celery import shared_task

from reports import messages, schedules, services


@shared_task
def make_report(run_id: int) -> None:
    services.make_report(run_id)


@shared_task
def sweep() -> None:
    """Find the runs whose ring was lost or whose worker died, and the schedules that are due."""
    services.ring_for_waiting_runs()
    schedules.make_what_is_due()


@shared_task
def send() -> None:
    """Tell of runs that have ended, apart from the sweep: a mail server may be slow."""
    schedules.write_messages()
    messages.send_messages()
