"""The servers behind the site: PostgreSQL and Valkey under `var`, or those of the environment.

Everybody who needs them holds a shared lock; who lets go last stops them. A lock ends with its
process, however that ended, so nothing has to be tidied up after a kill.
"""

import base64
import fcntl
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

from coreszon import postgres, valkey
from coreszon.external import check, client_url, is_set
from coreszon.place import Place, ServerError, explain, make_var, prepare, processes

__all__ = [
    "Running",
    "ServerError",
    "check",
    "client_url",
    "database_url",
    "destroy_data",
    "is_set",
    "local_secret",
    "redis_url",
    "running",
    "start",
    "wanted_servers",
]

KEY_BYTES = 32


# Addresses ---------------------------------------------------------------------------------------


def local_secret(var_dir: Path, name: str) -> str:
    """Return the secret of this name, made on first use: 32 random bytes as text, mode 0600."""
    path = var_dir / name
    try:
        if not path.exists():
            make_var(var_dir)
            _write_once(path, base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)))
        return path.read_text().strip()
    except OSError as error:
        raise explain(error, path) from error


def _write_once(path: Path, content: bytes) -> None:
    """Write a file that is there whole or not at all; of two writers the first one wins."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        with suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        Path(temporary).unlink()


def database_url(var_dir: Path) -> str:
    """Say where the embedded PostgreSQL answers once it runs."""
    place = Place(var_dir)
    password = quote(local_secret(var_dir, "postgres-password"), safe="")
    host = quote(str(place.sockets), safe="")
    return f"postgresql://{postgres.NAME}:{password}@{host}:{postgres.PORT}/{postgres.NAME}"


def redis_url(var_dir: Path, database: int = 0) -> str:
    """Say where the embedded Valkey answers once it runs, as Celery wants to be told."""
    password = quote(local_secret(var_dir, "valkey-password"), safe="")
    socket = Place(var_dir).sockets / valkey.SOCKET
    return f"redis+socket://:{password}@{socket}?virtual_host={database}"


# Start and stop ----------------------------------------------------------------------------------


@dataclass
class Running:
    """A hold on the servers: as long as it is held, nobody stops them."""

    place: Place
    wanted: frozenset[str]
    durable: bool
    hold: IO[bytes]

    def is_up(self) -> bool:
        """Look for the processes only, which costs next to nothing."""
        programs = {"DATABASE_URL": postgres.PROGRAM, "REDIS_URL": valkey.PROGRAM}
        return all(processes(self.place, programs[name]) for name in self.wanted)

    def ensure(self) -> None:
        """Start again what has ended in the meantime."""
        with _lock(self.place):
            _start_wanted(self)

    def stop(self) -> None:
        """Let go; the servers end if nobody else holds them."""
        if self.hold.closed:
            return
        with _lock(self.place), self.hold:
            if self.wanted and _nobody_else_holds(self.hold):
                valkey.stop(self.place)
                postgres.stop(self.place)


def wanted_servers(environment: Mapping[str, str]) -> frozenset[str]:
    """Return the variables that nobody has set, for whose servers we must care ourselves."""
    names = ("DATABASE_URL", "REDIS_URL")
    return frozenset(name for name in names if not is_set(environment, name))


def start(var_dir: Path, *, wanted: frozenset[str] | None = None, durable: bool = True) -> Running:
    """Start what is wanted and does not run yet; afterwards it answers, and we hold it.

    Raises ServerError with a sentence for people where that can't be.
    """
    place = Place(var_dir)
    prepare(place)
    if wanted is None:
        wanted = wanted_servers(os.environ)
    with _lock(place):
        hold = (place.var / "servers.hold").open("ab")
        fcntl.flock(hold, fcntl.LOCK_SH)  # never waits: exclusive holders work under the lock
        running = Running(place, wanted, durable, hold)
        try:
            _start_wanted(running)
        except BaseException:
            hold.close()
            raise
    return running


@contextmanager
def running(
    var_dir: Path, *, wanted: frozenset[str] | None = None, durable: bool = True
) -> Iterator[Running]:
    """Hold the servers for the length of a block."""
    held = start(var_dir, wanted=wanted, durable=durable)
    try:
        yield held
    finally:
        held.stop()


def destroy_data(var_dir: Path) -> bool:
    """End the servers of a folder and delete their data, unless somebody holds them.

    Returns whether it was done. A folder where no server was ever started is left alone.
    """
    place = Place(var_dir)
    hold_path = var_dir / "servers.hold"
    if not hold_path.exists():
        return False
    with _lock(place), hold_path.open("ab") as hold:
        if not _nobody_else_holds(hold):
            return False
        valkey.stop(place)
        postgres.stop(place)
        for folder in (place.home, place.sockets):
            shutil.rmtree(folder, ignore_errors=True)
        place.home_link.unlink(missing_ok=True)  # where it is one
    return True


def _start_wanted(running: Running) -> None:
    var_dir, durable = running.place.var, running.durable
    try:
        if "DATABASE_URL" in running.wanted:
            password = local_secret(var_dir, "postgres-password")
            postgres.start(running.place, password, durable=durable)
        if "REDIS_URL" in running.wanted:
            password = local_secret(var_dir, "valkey-password")
            valkey.start(running.place, password, durable=durable)
    except OSError as error:
        raise explain(error, Path(error.filename or var_dir)) from error


@contextmanager
def _lock(place: Place) -> Iterator[None]:
    """Let one process at a time start or stop servers; the others wait."""
    try:
        file = (place.var / "servers.lock").open("ab")
    except OSError as error:
        raise explain(error, place.var / "servers.lock") from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _nobody_else_holds(hold: IO[bytes]) -> bool:
    try:
        fcntl.flock(hold, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
