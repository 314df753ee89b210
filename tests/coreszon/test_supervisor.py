"""Programs that end are shown and started again; at the end none is left."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from coreszon.place import titles
from coreszon.supervisor import CHILD, Program, Supervisor, end_leftovers

TAG = f"tried-{os.getpid()}"
STEADY = """
import sys, time
print("ready", flush=True)
time.sleep(60)
"""
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print("ready", flush=True)
time.sleep(60)
"""
CRASHING = """
import sys
print("WARNING: it smells of smoke")
sys.exit("out of paper")
"""
PARENT = """
import subprocess, sys
child, tag = sys.argv[1:]
process = subprocess.Popen([sys.executable, child, tag, "steady"], start_new_session=True)
print(process.pid, flush=True)
sys.stdin.read()
"""


def of_the_tag() -> list[int]:
    return [pid for pid, title in titles(os.geteuid()) if TAG in title]


def wait_for(condition: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    for name, code in (("steady", STEADY), ("stubborn", STUBBORN), ("crashing", CRASHING)):
        (tmp_path / f"{name}.py").write_text(code)
    return os.environ | {"PYTHONPATH": str(tmp_path)}


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def supervisor(
    tmp_path: Path, environment: dict[str, str], told: list[str]
) -> Iterator[Supervisor]:
    made = Supervisor(TAG, tmp_path, environment, told.append, watch=lambda: None)
    yield made
    made.stop()


def test_what_crashes_is_shown_and_starts_again(supervisor: Supervisor, told: list[str]) -> None:
    supervisor.start([Program("printer", ("crashing",))])

    deadline = time.monotonic() + 30
    while "printer starts again." not in told and time.monotonic() < deadline:
        supervisor.run(seconds=0.2)

    assert "printer ended with 1; it starts again in 0 s. Its last lines:" in told
    assert "  out of paper" in told
    assert "printer: WARNING: it smells of smoke" in told
    assert "printer starts again." in told


def test_the_second_start_waits_longer_than_the_first(
    supervisor: Supervisor, told: list[str]
) -> None:
    supervisor.start([Program("printer", ("crashing",))])

    deadline = time.monotonic() + 30
    while not any("in 3 s" in line for line in told) and time.monotonic() < deadline:
        supervisor.run(seconds=0.2)

    pauses = [line.split(" in ")[1].split()[0] for line in told if "it starts again in" in line]
    assert pauses == ["0", "1", "3"]


def test_what_is_killed_is_told(supervisor: Supervisor, told: list[str]) -> None:
    supervisor.start([Program("clock", ("steady",))])
    process = supervisor.children[0].process
    assert process
    process.kill()

    supervisor.run(seconds=1)

    assert "clock was ended by SIGKILL; it starts again in 0 s. Its last lines:" in told
    assert supervisor.children[0].process
    assert supervisor.children[0].process is not process


def test_at_the_end_nothing_is_left_though_one_does_not_listen(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    programs = [Program("clock", ("steady",)), Program("mule", ("stubborn",))]
    supervisor.start(programs)
    logs = [tmp_path / "clock.log", tmp_path / "mule.log"]
    wait_for(lambda: all("ready" in log.read_text() for log in logs))
    groups = {child.process.pid for child in supervisor.children if child.process}
    begin = time.monotonic()

    supervisor.stop()

    assert time.monotonic() - begin < 10
    assert of_the_tag() == []
    wait_for(lambda: not any(alive(group) for group in groups))


def alive(group: int) -> bool:
    """Tell whether anybody of a group still runs; the dead may wait for whoever counts them."""
    stats = (path.read_text() for path in Path("/proc").glob("[0-9]*/stat") if path.exists())
    fields = (stat.rpartition(")")[2].split() for stat in stats)
    return any(int(field[2]) == group and field[0] != "Z" for field in fields)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_children_end_with_a_supervisor_that_is_killed(environment: dict[str, str]) -> None:
    parent = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", PARENT, str(CHILD), TAG],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout
    assert int(parent.stdout.readline()) > 0
    wait_for(lambda: parent.stdout and parent.stdout.readline() == "ready\n")

    parent.kill()
    parent.communicate()

    wait_for(lambda: of_the_tag() == [])


def test_what_a_killed_supervisor_left_is_ended(environment: dict[str, str]) -> None:
    left = subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, str(CHILD), TAG, "steady"],
        env=environment,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert left.stdout
    assert left.stdout.readline() == b"ready\n"

    end_leftovers(TAG)

    assert left.wait(5) == -signal.SIGTERM
    left.stdout.close()
