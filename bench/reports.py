"""How long reports take: one from click to download, many on one worker and on two.

    python -m bench.reports [--communities 100] [--repeat 1]

Web, workers, PostgreSQL and Valkey are real and run from a folder of their own. The first figure is
one report in all forms and two languages: the form of the page is sent, its progress asked for as
the page does, and each document fetched. Then the reports of all communities are made by one
worker process and by two. It takes a machine with two free cores to say anything.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import tempfile
import time
from pathlib import Path

from tests.reports.chaos import FILL, REPORT
from tests.site import Site, site_of_its_own, wait_for

FORMS = (
    *("html", "pdf", "json", "xlsx", "csv"),
    *("poster", "leaflet", "leaflet_page", "iati"),
)
LANGUAGES = ("de", "ar")
#: Of many communities, the forms that most people take.
USUAL = ("html", "pdf", "json")
POLL_S = 0.5

PUBLISH = """
from indicators.services import publish_cycle
from reports.services import request_report
from tests.reports.full_survey import make_full_cycle
ids = []
for number in range(COUNT):
    cycle = make_full_cycle(f"place-{number}", f"Place {number}", people=24, lost=6, seed=number)
    publish_cycle(cycle)
    ids.append(request_report(cycle=cycle, formats=USUAL, languages=LANGUAGES).pk)
import json
print(json.dumps(ids))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description="Time the making of reports.")
    parser.add_argument("--communities", type=int, default=100)
    parser.add_argument("--repeat", type=int, default=1)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="coreszon-bench-"))
    folder.chmod(0o711)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before the start")
    try:
        with site_of_its_own(folder, is_real=True) as site:
            time_one(site, options.repeat)
            time_many(site, options.communities, options.repeat)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# One report --------------------------------------------------------------------------------------


def time_one(site: Site, repeat: int) -> None:
    made = site.python(f"FORMATS = {FORMS}; LANGUAGES = {LANGUAGES}\n" + FILL)
    name, value = made["cookie"]
    site.cookies[name] = value
    site.start_web()
    site.start_worker(concurrency=2)
    seconds = []
    for _ in range(max(repeat, 1)):
        begun = time.perf_counter()
        size = click_and_download(site)
        seconds.append(time.perf_counter() - begun)
        site.sql("DELETE FROM reports_reportdocument")
        site.sql("DELETE FROM reports_reportrun")
    site.stop()
    count = len(FORMS) * len(LANGUAGES)
    print(
        f"One report, {count} documents ({size / 1e6:.1f} MB), click to last download: "
        f"{statistics.median(seconds):.1f} s (limit 10 s)",
        flush=True,
    )


def click_and_download(site: Site) -> int:
    """Ask for all forms as the page does; return how many bytes came."""
    wanted = [("formats", form) for form in FORMS]
    wanted += [("languages", language) for language in LANGUAGES]
    page = site.post(f"{REPORT}documents", REPORT, wanted).headers["Location"]
    while json.loads(site.get(f"{page}progress").content)["state"] != "done":
        time.sleep(POLL_S)
    content = site.get(page).content.decode()
    addresses = re.findall(rf'href="({page}[^"]+[.][^"]+)"', content)
    assert len(addresses) == len(FORMS) * len(LANGUAGES)
    documents = [site.get(address) for address in addresses]
    assert all(document.status == 200 for document in documents)
    return sum(len(document.content) for document in documents)


# Many reports ------------------------------------------------------------------------------------


def time_many(site: Site, count: int, repeat: int) -> None:
    constants = f"COUNT = {count}; USUAL = {USUAL}; LANGUAGES = {LANGUAGES}\n"
    ids = site.python(constants + PUBLISH)
    taken: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(max(repeat, 1)):
        for workers, seconds in taken.items():
            seconds.append(make_all(site, ids, workers))
    one, two = (statistics.median(seconds) for seconds in taken.values())
    documents = count * len(USUAL) * len(LANGUAGES)
    print(f"{'workers':>7} {'seconds':>8} {'documents/s':>12}")
    for workers, median in ((1, one), (2, two)):
        print(f"{workers:>7} {median:>8.1f} {documents / median:>12.1f}")
    print(f"{count} communities: two workers are {one / two:.2f} times as fast (at least 1.8)")


def make_all(site: Site, ids: list[int], workers: int) -> float:
    """Let so many worker processes make all runs anew; return the seconds from the first ring."""
    site.sql("DELETE FROM reports_reportdocument")
    site.sql(
        "UPDATE reports_reportrun SET state = 'waiting', done_count = 0, attempt_count = 0,"
        " finished_at = NULL, lease_until = now() + interval '1 hour'"
    )
    for number in range(workers):
        site.start_worker(f"worker{number}")
    with site.broker() as (app, connection):
        site.sql("UPDATE reports_reportrun SET lease_until = NULL")
        begun = time.perf_counter()
        for run_id in ids:
            app.send_task("reports.tasks.make_report", (run_id,), connection=connection)
        unfinished = "SELECT 1 FROM reports_reportrun WHERE state <> 'done' LIMIT 1"
        # Looking is work too: often enough for a tenth of a second, no oftener.
        wait_for(lambda: not site.sql(unfinished), seconds=1800, pause=0.1)
        seconds = time.perf_counter() - begun
    site.stop()
    return seconds


if __name__ == "__main__":
    main()
