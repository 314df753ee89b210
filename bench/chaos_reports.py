"""Kill each part of the site at each checkpoint of a report, and wait as people would.

    python -m bench.chaos_reports [--victims worker,postgres,valkey,web] [--checkpoints 0,1,2,3,4]

Web, worker, beat, PostgreSQL and Valkey are real and run from a folder of their own. Whatever is
killed is started again at once, as its supervisor does; the lease of a dead worker runs out by
itself and beat finds the run. After each kill the documents must be there once, with the hashes
that they have when nothing is killed. Prints a table; ends with 1 if any case failed.
"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from tests.reports.chaos import CHECKPOINTS, DOCUMENTS, VICTIMS, make_trial
from tests.site import site_of_its_own


def main() -> int:
    parser = argparse.ArgumentParser(description="Kill parts of the site while it makes a report.")
    parser.add_argument("--victims", default=",".join(VICTIMS))
    parser.add_argument("--checkpoints", default=",".join(map(str, CHECKPOINTS)))
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="coreszon-bench-"))
    folder.chmod(0o711)
    try:
        return try_all(
            folder,
            options.victims.split(","),
            [int(number) for number in options.checkpoints.split(",")],
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def try_all(folder: Path, victims: list[str], checkpoints: list[int]) -> int:
    failed = 0
    with site_of_its_own(folder) as site:
        trial = make_trial(site)
        site.start_beat()
        print(f"{'killed':10} {'when':24} {'done after':>10}  same content, once")
        for victim in victims:
            for checkpoint in checkpoints:
                seconds = trial.kill_at(checkpoint, victim, patient=True)
                try:
                    trial.check_and_forget()
                    verdict = "yes"
                except AssertionError as error:
                    verdict, failed = f"NO: {error}", failed + 1
                print(f"{victim:10} {when(checkpoint):24} {seconds:8.1f} s  {verdict}", flush=True)
    print(f"{len(victims) * len(checkpoints)} kills, {failed} failed")
    return 1 if failed else 0


def when(checkpoint: int) -> str:
    if checkpoint == 0:
        return "claimed, nothing made"
    if checkpoint == DOCUMENTS:
        return "all made, not finished"
    return f"{checkpoint} of {DOCUMENTS} made"


if __name__ == "__main__":
    sys.exit(main())
