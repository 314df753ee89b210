"""Gives the tests servers of their own, before the settings are read; nothing has to be prepared.

Loaded by `-p tests.plugin` in pyproject.toml, as a conftest.py would come too late.
"""

import os
import re
import shutil
import tempfile
import time
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from coreszon import servers

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = "coreszon-test-"


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    asked = early_config.known_args_namespace
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        # The controller's servers are inherited. Each worker has a broker of its own in them.
        number = int(worker.removeprefix("gw")) + 1
        os.environ["REDIS_URL"] = with_database(os.environ["REDIS_URL"], number)
    elif not (asked.help or asked.version):
        compile_translations()
        start_servers(early_config)


def compile_translations() -> None:
    """Compile what `./run` would, for those who call pytest themselves."""
    for source in ROOT.glob("*/locale/*/LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        newest = max(file.stat().st_mtime for file in (source, Path(__file__)))
        if target.exists() and target.stat().st_mtime >= newest:
            continue
        half_done = target.with_suffix(f".{os.getpid()}")
        with source.open("rb") as texts, half_done.open("wb") as compiled:
            write_mo(compiled, read_po(texts, locale=source.parts[-3]), use_fuzzy=True)
        half_done.replace(target)


def start_servers(config: pytest.Config) -> None:
    sweep_what_killed_runs_left()
    var_dir = Path(tempfile.mkdtemp(prefix=FOLDERS))
    # The account that root's servers run as must pass through; all that is inside is closed.
    var_dir.chmod(0o711)
    running = servers.start(var_dir, durable=False)

    def clean_up() -> None:
        running.stop()
        remove(var_dir)

    config.add_cleanup(clean_up)
    static_root = var_dir / "static"
    static_root.mkdir()
    os.environ |= {
        "LANGUAGE_CODE": "en",  # what tests expect is written as in the code, not as translated
        "CORESZON_LOCAL": "1",
        "CORESZON_VAR": str(var_dir),
        "DEBUG": "1",  # static files as they lie there; Django's test runner switches it off again
        "STATIC_ROOT": str(static_root),
    }
    # Said aloud, so that a process that a test starts finds the same.
    os.environ.setdefault("DATABASE_URL", servers.database_url(var_dir))
    os.environ.setdefault("REDIS_URL", servers.redis_url(var_dir))


def sweep_what_killed_runs_left() -> None:
    """End and remove servers whose test run was killed; a run that is under way holds its own."""
    a_minute_ago = time.time() - 60  # a younger folder may belong to a run that is just starting
    for left in Path(tempfile.gettempdir()).glob(f"{FOLDERS}*"):
        found = left.stat()
        if found.st_uid == os.geteuid() and found.st_mtime < a_minute_ago:
            remove(left)


def remove(var_dir: Path) -> None:
    if servers.destroy_data(var_dir):
        for hold in var_dir.glob("*/servers.hold"):  # those that a test started for itself
            servers.destroy_data(hold.parent)
        shutil.rmtree(var_dir, ignore_errors=True)  # another run may sweep at the same moment


def with_database(url: str, number: int) -> str:
    """Point the address of a Redis server to another of its databases."""
    if "virtual_host=" in url:
        return re.sub(r"virtual_host=\d*", f"virtual_host={number}", url)
    return re.sub(r"(?<=[^/])(/\d*)?$", f"/{number}", url, count=1)
