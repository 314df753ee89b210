"""Whatever is killed, and wherever a report is: it is made, once, with the same content.

Some of the cases; `python -m bench.chaos_reports` tries all of them and waits for the leases.
"""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.reports.chaos import CHECKPOINTS, Trial, make_trial
from tests.site import site_of_its_own

pytestmark = [pytest.mark.slow]
FINISH = CHECKPOINTS[-1]


@pytest.fixture(scope="module")
def trial() -> Iterator[Trial]:
    # Not pytest's own folder: its parents are closed to the account that the servers run as.
    folder = Path(tempfile.mkdtemp(prefix="coreszon-test-"))
    folder.chmod(0o711)
    with site_of_its_own(folder) as site:
        yield make_trial(site)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.parametrize(
    ("checkpoint", "victim"),
    [(0, "worker"), (2, "postgres"), (1, "valkey"), (3, "web"), (FINISH, "worker")],
)
def test_report_is_made_once_though_something_is_killed(
    checkpoint: int, victim: str, trial: Trial
) -> None:
    trial.kill_at(checkpoint, victim)

    trial.check_and_forget()
