"""One command runs the whole site, and says in a sentence what keeps it from doing so."""

import gettext
import http.client
import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest
from django.conf import settings
from django.core.management.base import CommandError

from coreszon import servers
from coreszon.management.commands import up
from coreszon.place import Place, processes, titles

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 120
UP = [sys.executable, "manage.py", "up", "--no-demo"]


@pytest.fixture
def var_dir() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(dir=settings.VAR_DIR))
    folder.chmod(0o711)
    yield folder
    servers.destroy_data(folder)
    shutil.rmtree(folder)


@pytest.fixture
def environment(var_dir: Path) -> dict[str, str]:
    return {
        "CORESZON_LOCAL": "1",
        "CORESZON_VAR": str(var_dir),
        "PATH": os.environ["PATH"],
        "PORT": str(free_port()),
        "STATIC_ROOT": str(var_dir / "static"),
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own program
        UP,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def told_until(process: subprocess.Popen[str], sign: str) -> str:
    assert process.stdout
    told = ""
    patience = threading.Timer(PATIENCE_S, process.terminate)
    patience.start()
    try:
        for line in process.stdout:
            told += line
            if sign in line:
                return told
    finally:
        patience.cancel()
    pytest.fail(f"It ended without saying {sign!r}:\n{told}")


def status(environment: dict[str, str], path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", int(environment["PORT"]), timeout=10)
    connection.request("GET", path)
    answer = connection.getresponse().status
    connection.close()
    return answer


def site_processes(var_dir: Path) -> dict[str, int]:
    """Find each program by what stands in its command line."""
    tag = Place(var_dir).tag
    found = sorted((pid, title) for pid, title in titles(os.geteuid()) if tag in title)
    names = ("gunicorn", "beat", "worker")
    return {
        name: pid for name in names for pid, title in reversed(found) if name in title.split("\0")
    }


@pytest.mark.slow
def test_the_site_runs_recovers_and_ends(environment: dict[str, str], var_dir: Path) -> None:
    first = start(environment)
    told = told_until(first, "Ctrl-C stops everything.")
    address = f"http://127.0.0.1:{environment['PORT']}"

    assert f"  Site    {address}/\n  Admin   {address}/admin/\n" in told
    assert status(environment, "/-/health") == status(environment, "/-/ready") == 200

    second = subprocess.run(  # noqa: S603 - our own program
        UP, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert (second.returncode, second.stdout) == (0, f"The site is running already: {address}\n")

    os.kill(site_processes(var_dir)["worker"], signal.SIGKILL)
    assert "worker was ended by SIGKILL" in told_until(first, "worker starts again.")

    # The supervisor is killed: its children end, and the next start finds nothing in its way.
    first.kill()
    first.communicate()
    third = start(environment)
    told_until(third, "Ctrl-C stops everything.")
    assert status(environment, "/-/ready") == 200

    begin = time.monotonic()
    third.send_signal(signal.SIGINT)
    told, _ = third.communicate(timeout=30)
    assert time.monotonic() - begin < 15
    assert third.returncode == 0
    assert told.endswith("Stopping ...\nAll is stopped. The data are kept.\n")
    assert site_processes(var_dir) == {}
    assert processes(Place(var_dir), "postgres") == []


def test_an_unreachable_database_is_told(environment: dict[str, str]) -> None:
    environment["DATABASE_URL"] = "postgresql://me:secret@127.0.0.1:1/x"

    ended = subprocess.run(  # noqa: S603 - our own program
        UP, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )

    assert ended.returncode == 1
    assert ended.stderr == (
        "CommandError: DATABASE_URL: the server at 127.0.0.1:1 does not answer. Start it, or put"
        " the address right.\n"
    )


def test_other_commands_tell_it_too(environment: dict[str, str]) -> None:
    environment |= {"DATABASE_URL": "postgresql://me:secret@127.0.0.1:1/x", "REDIS_URL": "x"}

    ended = subprocess.run(
        [sys.executable, "manage.py", "migrate"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == (
        "DATABASE_URL: the server at 127.0.0.1:1 does not answer. Start it, or put the address"
        " right."
    )


def test_a_missing_key_is_told_in_one_line(environment: dict[str, str]) -> None:
    environment |= {"CORESZON_LOCAL": "0", "DATABASE_URL": "x"}

    ended = subprocess.run(  # noqa: S603 - our own program
        UP, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )

    assert ended.stderr == "SECRET_KEY is not set. Set it to a long random text.\n"


# Ports -------------------------------------------------------------------------------------------


def test_a_taken_port_that_was_asked_for_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))

        with pytest.raises(CommandError, match=f"Port {port} is taken by another program."):
            up.choose_port()


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1"])
def test_a_port_that_is_none_is_told(port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", port)

    with pytest.raises(CommandError, match="Set it to a number from 1 to 65535"):
        up.choose_port()


def test_the_next_free_port_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PORT", raising=False)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        monkeypatch.setattr(up, "USUAL_PORT", taken)
        monkeypatch.setattr(up, "LAST_PORT_TRIED", taken)

        with pytest.raises(CommandError, match=r"are all taken. Set PORT to a free one"):
            up.choose_port()

        monkeypatch.setattr(up, "LAST_PORT_TRIED", taken + 50)
        assert taken < up.choose_port() <= taken + 50


# The script --------------------------------------------------------------------------------------


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    loader = SourceFileLoader("run", str(ROOT / "run"))
    spec = importlib.util.spec_from_loader("run", loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "STAMP", tmp_path / "installed.json")
    return module


def test_an_old_python_is_told(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "OLDEST", (99, 0))
    monkeypatch.setenv("PATH", "")

    with pytest.raises(SystemExit, match=r"Python 3.11 or newer is needed, this is 3\.\d+"):
        run.use_a_newer_python([])


def test_the_lock_is_installed_only_when_it_has_changed(run: ModuleType, tmp_path: Path) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text("one==1\n")
    run.STAMP.write_text(json.dumps({"requirements.txt": run.fingerprint("requirements.txt")}))

    assert run.is_installed("requirements.txt")
    lock.write_text("one==2\n")
    assert not run.is_installed("requirements.txt")
    run.STAMP.write_text("{half")
    assert not run.is_installed("requirements.txt")


def test_compiled_translations_count_as_their_language_does(
    run: ModuleType, tmp_path: Path
) -> None:
    source = tmp_path / "coreszon" / "locale" / "ar" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    shutil.copy(ROOT / source.relative_to(tmp_path), source)

    run.compile_translations()

    with source.with_suffix(".mo").open("rb") as compiled:
        words = gettext.GNUTranslations(compiled)
    held = "%(n)s session was held and isn't logged", "%(n)s sessions were held and aren't logged"
    one, two, three, eleven = (words.ngettext(*held, number) for number in (1, 2, 3, 11))
    assert len({one, two, three, eleven}) == 4


def test_a_trial_is_local_and_an_installation_is_not(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CORESZON_LOCAL")
    monkeypatch.delenv("SECRET_KEY", raising=False)

    assert run.environment()["CORESZON_LOCAL"] == "1"
    monkeypatch.setenv("SECRET_KEY", "long and random")
    assert "CORESZON_LOCAL" not in run.environment()
