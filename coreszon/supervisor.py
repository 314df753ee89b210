"""Keeps a few programs running: shows when one ends, starts it again, ends all of them at last."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from coreszon.place import open_log, send, titles

CHILD = Path(__file__).with_name("child.py")
TICK_S = 0.2
PATIENCE_S = 6  # what is under way may end by itself; then the rest is killed
LONGEST_PAUSE_S = 30
STEADY_S = 60  # who ran that long starts again without a pause
LAST_LINES = 10
NOTEWORTHY = re.compile(r"\b(WARNING|ERROR|CRITICAL)\b")


@dataclass(frozen=True)
class Program:
    """A Python module with its arguments, named for people."""

    name: str
    arguments: tuple[str, ...]


@dataclass
class Child:
    """A program that runs, or waits to be started again."""

    program: Program
    log_path: Path
    log: IO[bytes]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    failures: int = 0
    start_again_at: float = 0.0
    shown_up_to: int = 0

    def news(self) -> list[str]:
        """Return the whole lines that were logged since the last call."""
        with self.log_path.open("rb") as file:
            file.seek(self.shown_up_to)
            text, _, _ = file.read().rpartition(b"\n")
        self.shown_up_to += len(text) + 1 if text else 0
        return text.decode(errors="replace").splitlines()


@dataclass
class Supervisor:
    """Runs programs side by side, in order, each in a session and with a log of its own.

    `tell` shows a line to the person at the terminal, `watch` is called now and then for whatever
    else has to be kept alive.
    """

    tag: str
    logs: Path
    environment: dict[str, str]
    tell: Callable[[str], None]
    watch: Callable[[], None]
    children: list[Child] = field(default_factory=list)

    def start(self, programs: Sequence[Program]) -> None:
        end_leftovers(self.tag)
        for program in programs:
            path = self.logs / f"{program.name}.log"
            log = open_log(path)
            child = Child(program, path, log, shown_up_to=log.tell())
            self.children.append(child)
            self._launch(child)

    def run(self, seconds: float | None = None) -> None:
        """Look after the children, for ever or for so many seconds."""
        until = None if seconds is None else time.monotonic() + seconds
        watch_at = 0.0
        while until is None or time.monotonic() < until:
            for child in self.children:
                self._show_warnings(child)
                self._look_after(child)
            if time.monotonic() >= watch_at:
                self.watch()
                watch_at = time.monotonic() + 10 * TICK_S
            time.sleep(TICK_S)

    def stop(self) -> None:
        """End all, the last one first; whoever does not end in time is killed with its children."""
        alive = [child for child in reversed(self.children) if child.process]
        for child in alive:
            self._signal(child, signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE_S
        for child in alive:
            assert child.process  # noqa: S101 - for the type checker: filtered above
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.0, deadline - time.monotonic()))
            self._kill_group(child.process)
            child.process.wait()
            child.process = None
        for child in self.children:
            child.log.close()

    def _launch(self, child: Child) -> None:
        arguments = child.program.arguments
        child.process = subprocess.Popen(  # noqa: S603 - our own programs and arguments
            [sys.executable, CHILD, self.tag, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=child.log,
            stderr=child.log,
            env=self.environment,
            start_new_session=True,  # Ctrl-C is for the supervisor, which ends them in order
        )
        child.started_at = time.monotonic()

    def _look_after(self, child: Child) -> None:
        if child.process is None:
            if time.monotonic() >= child.start_again_at:
                self.tell(f"{child.program.name} starts again.")
                self._launch(child)
            return
        code = child.process.poll()
        if code is None:
            return
        self._kill_group(child.process)  # its own children would hold the port, or the queue
        child.process = None
        if time.monotonic() - child.started_at > STEADY_S:
            child.failures = 0
        pause = min(2**child.failures - 1, LONGEST_PAUSE_S)
        child.failures += 1
        child.start_again_at = time.monotonic() + pause
        self._tell_end(child, code, pause)

    def _tell_end(self, child: Child, code: int, pause: int) -> None:
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        self.tell(f"{child.program.name} {how}; it starts again in {pause} s. Its last lines:")
        for line in last_lines(child.log_path):
            self.tell(f"  {line}")
        self.tell(f"  (all of them: {child.log_path})")

    def _show_warnings(self, child: Child) -> None:
        for line in child.news():
            if NOTEWORTHY.search(line):
                self.tell(f"{child.program.name}: {line}")

    def _signal(self, child: Child, number: signal.Signals) -> None:
        if child.process:
            with suppress(ProcessLookupError):
                child.process.send_signal(number)

    def _kill_group(self, process: subprocess.Popen[bytes]) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def last_lines(path: Path) -> list[str]:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 8192))
        return file.read().decode(errors="replace").splitlines()[-LAST_LINES:]


def end_leftovers(tag: str) -> None:
    """End the children of a supervisor that was killed, where they have not ended with it."""
    for number, patience in ((signal.SIGTERM, PATIENCE_S), (signal.SIGKILL, PATIENCE_S)):
        send(_of_the_site(tag), number)
        deadline = time.monotonic() + patience
        while left := _of_the_site(tag):
            if time.monotonic() > deadline:
                break
            time.sleep(TICK_S)
        if not left:
            return


def _of_the_site(tag: str) -> list[int]:
    mark = f"{CHILD.name} {tag} "
    return [pid for pid, title in titles(os.geteuid()) if mark in title.replace("\0", " ")]
