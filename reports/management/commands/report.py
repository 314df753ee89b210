"""Make reports in a shell: what the page shows, nothing else."""

import os
import tempfile
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from celery import current_app
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from communities.models import Community
from indicators.models import Cycle
from indicators.services import CycleError, fold_all_marks, publish_cycle
from reports.documents import FORMS, file_name
from reports.models import ReportRun, RunState
from reports.services import UNFINISHED, ReportError, choose, make_report, request_report

LOOK_AGAIN_S = 0.2
MOST_NAMES = 20


class Command(BaseCommand):
    help = (
        "Make the report of a community's cycle, or with --all of every community's. "
        "Closes and publishes a cycle whose surveys are over."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("names", nargs="+", metavar="COMMUNITY CYCLE", help="their codes")
        parser.add_argument("--all", action="store_true", help="all communities: give CYCLE alone")
        parser.add_argument("--format", default="html,pdf,json", help=", ".join(FORMS))
        parser.add_argument("--language", default=settings.LANGUAGE_CODE, help="for example de,en")
        parser.add_argument("--output", required=True, type=Path, metavar="DIR")
        parser.add_argument("--close", action="store_true", help="end surveys that are still open")
        parser.add_argument("--inline", action="store_true", help="with --all: without workers")

    def handle(self, *args: Any, **options: Any) -> None:
        formats, languages = chosen(options["format"], options["language"])
        prepare_folder(options["output"])
        by_workers = options["all"] and not options["inline"]
        if by_workers and not current_app.control.ping(timeout=2, limit=1):
            raise CommandError("No Celery worker answers. Start one, or use --inline.")
        fold_all_marks()
        cycles = find_cycles(options["names"], of_all=options["all"])
        runs, refused = request_all(cycles, formats, languages, end_waves=options["close"])
        self.wait(runs, by_workers=by_workers)
        write_documents(runs, options["output"])
        if refused:
            raise CommandError("\n".join(refused))

    def wait(self, runs: list[ReportRun], *, by_workers: bool) -> None:
        """Wait until all runs have ended, and make them here unless workers do."""
        ids = [run.pk for run in runs]
        while waiting := list(
            ReportRun.objects.filter(pk__in=ids, state__in=UNFINISHED).values_list("pk", flat=True)
        ):
            self.show(len(ids) - len(waiting), len(ids))
            if by_workers:
                time.sleep(LOOK_AGAIN_S)
                continue
            make_report(waiting[0])
            if ReportRun.objects.filter(pk=waiting[0], state=RunState.RUNNING).exists():
                time.sleep(LOOK_AGAIN_S)  # a worker was quicker
        self.show(len(ids), len(ids), end="\n")
        failed = ReportRun.objects.filter(pk__in=ids).exclude(state=RunState.DONE)
        if problems := [f"run {run.pk}: {run.problem or run.state}" for run in failed]:
            raise CommandError("\n".join(problems))

    def show(self, done: int, total: int, end: str = "") -> None:
        if total > 1:
            self.stdout.write(f"\r{done} of {total} reports", ending=end)
            self.stdout.flush()


def chosen(formats: str, languages: str) -> tuple[list[str], list[str]]:
    try:
        return choose(parts(formats), parts(languages))
    except ReportError as error:
        raise CommandError(str(error)) from error


def parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def request_all(
    cycles: list[Cycle], formats: list[str], languages: list[str], *, end_waves: bool
) -> tuple[list[ReportRun], list[str]]:
    """Publish and ask for each report in turn, so that workers begin with the first.

    Of the cycles that can't be published yet, say what has to happen first.
    """
    runs, refused = [], []
    for cycle in cycles:
        try:
            publish_cycle(cycle, end_waves=end_waves)
        except CycleError as error:
            refused.append(f"{cycle.community.code}: {error} With --close they end now.")
        else:
            runs.append(request_report(cycle=cycle, formats=formats, languages=languages))
    return runs, refused


def find_cycles(names: list[str], *, of_all: bool) -> list[Cycle]:
    """Return the cycles that are meant, or say which there are."""
    if len(names) != (1 if of_all else 2):
        raise CommandError("Give COMMUNITY and CYCLE, or --all and CYCLE.")
    code = names[-1]
    cycles = Cycle.objects.select_related("community", "plan").order_by("community__code")
    if not of_all:
        cycles = cycles.filter(community=find_community(names[0]))
    if found := list(cycles.filter(code=code)):
        return found
    known = sorted(set(cycles.values_list("code", flat=True)))
    raise CommandError(f"There is no cycle {code!r} here. {there_are(known)}")


def find_community(code: str) -> Community:
    if found := Community.objects.filter(code=code).first():
        return found
    known = list(Community.objects.order_by("code").values_list("code", flat=True))
    raise CommandError(f"There is no community {code!r}. {there_are(known)}")


def there_are(known: list[str]) -> str:
    if not known:
        return "There is none yet: import answers or open surveys first."
    more = ", ..." if len(known) > MOST_NAMES else ""
    return f"There are: {', '.join(known[:MOST_NAMES])}{more}."


def prepare_folder(folder: Path) -> None:
    """Make the folder and try to write into it, before anything is published."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise CommandError(cannot_write(folder, error)) from error


def write_documents(runs: list[ReportRun], folder: Path) -> None:
    for run in runs:
        for document in run.documents.all():
            cycle = run.cycle
            names = (cycle.community.code, cycle.code, document.language, document.format)
            write(folder / file_name(*names), bytes(document.content))


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: a reader never meets half of it."""
    half_done = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with half_done.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        half_done.replace(path)
    except OSError as error:
        half_done.unlink(missing_ok=True)
        raise CommandError(cannot_write(path, error)) from error


def cannot_write(path: Path, error: OSError) -> str:
    return (
        f"{path} can't be written: {error.strerror}. Choose another folder with --output, or make "
        "room. The reports are kept, so that the next try is quick."
    )
