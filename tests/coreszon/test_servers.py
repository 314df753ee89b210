"""The servers in the box survive what happens to them on people's machines."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import dj_database_url
import psycopg
import pytest
import redis
from django.conf import settings
from django.db import connection

from coreszon import postgres, servers, valkey
from coreszon.place import Place, account, launch, prepare, processes, send

ROOT = Path(__file__).resolve().parents[2]
AS_ROOT = os.geteuid() == 0
BOTH = frozenset({"DATABASE_URL", "REDIS_URL"})
# Holds the servers until its input ends, as a second shell would.
HOLDER = """
import os, pwd, sys
from pathlib import Path
from coreszon import servers
var_dir, user = sys.argv[1:]
if user:
    who = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(who.pw_gid)
    os.setuid(who.pw_uid)
try:
    held = servers.start(Path(var_dir), wanted=frozenset({"DATABASE_URL", "REDIS_URL"}))
except servers.ServerError as error:
    print(f"told: {error}")
    sys.exit(1)
print("up", flush=True)
sys.stdin.read()
held.stop()
"""


@pytest.fixture(scope="module")
def made_before() -> Iterator[Path]:
    """Make the data once: that takes a second or more, copies take none."""
    with folder_like_most() as folder:
        with running(folder):
            pass
        yield folder


@pytest.fixture
def var_dir(made_before: Path) -> Iterator[Path]:
    with folder_like_most() as folder:
        copy = ["cp", "-a", f"{made_before}/.", str(folder)]
        subprocess.run(copy, check=True)  # noqa: S603 - ours
        yield folder


@pytest.fixture
def empty_var_dir() -> Iterator[Path]:
    with folder_like_most() as folder:
        yield folder


@contextmanager
def folder_like_most() -> Iterator[Path]:
    # Not pytest's own: its parents are closed to others, and most people's are not.
    folder = Path(tempfile.mkdtemp(dir=settings.VAR_DIR))
    folder.chmod(0o711)
    yield folder
    servers.destroy_data(folder)
    shutil.rmtree(folder)


@contextmanager
def running(var_dir: Path, *, durable: bool = False) -> Iterator[servers.Running]:
    with servers.running(var_dir, wanted=BOTH, durable=durable) as held:
        yield held


def hold(var_dir: Path, user: str = "") -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", HOLDER, str(var_dir), user],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def let_go(process: subprocess.Popen[str]) -> int:
    process.communicate(timeout=30)
    return process.returncode


def query(var_dir: Path, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(servers.database_url(var_dir)) as database:
        cursor = database.execute(sql)
        return cursor.fetchall() if cursor.description else []


def broker(var_dir: Path) -> redis.Redis:
    return redis.Redis.from_url(servers.client_url(servers.redis_url(var_dir)))


def all_processes(var_dir: Path) -> list[int]:
    place = Place(var_dir)
    return [*processes(place, postgres.PROGRAM), *processes(place, valkey.PROGRAM)]


def postmaster(var_dir: Path) -> int:
    return int((var_dir / "servers" / "postgres" / "postmaster.pid").read_text().split()[0])


@pytest.mark.django_db
def test_tests_run_on_postgresql_18() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        (number,) = cursor.fetchone()

    assert int(number) // 10000 == 18


def test_both_answer_and_end_with_the_last_who_holds_them(var_dir: Path) -> None:
    first = servers.start(var_dir, wanted=BOTH)
    second = hold(var_dir)

    assert first_line(second) == "up"
    first.stop()
    assert query(var_dir, "SELECT upper('straße')") == [("STRASSE",)]
    assert broker(var_dir).ping()
    assert let_go(second) == 0
    assert all_processes(var_dir) == []


def test_two_at_once_start_one_server(empty_var_dir: Path) -> None:
    var_dir = empty_var_dir
    holders = [hold(var_dir) for _ in range(3)]

    assert [first_line(holder) for holder in holders] == ["up"] * 3
    assert len(processes(Place(var_dir), valkey.PROGRAM)) == 1
    assert [let_go(holder) for holder in holders] == [0, 0, 0]
    assert all_processes(var_dir) == []


def test_only_the_missing_server_is_started(empty_var_dir: Path) -> None:
    var_dir = empty_var_dir
    with servers.running(var_dir, wanted=frozenset({"REDIS_URL"})):
        assert broker(var_dir).ping()
        assert not (var_dir / "servers" / "postgres").exists()


def test_nothing_is_lost_when_the_servers_are_killed(var_dir: Path) -> None:
    with running(var_dir, durable=True) as held:
        query(var_dir, "CREATE TABLE kept (number int)")
        query(var_dir, "INSERT INTO kept SELECT generate_series(1, 1000)")
        broker(var_dir).rpush("kept", *range(1000))
        send([postmaster(var_dir), *processes(held.place, valkey.PROGRAM)], signal.SIGKILL)
        time.sleep(0.1)

        assert not held.is_up()
        held.ensure()
        assert query(var_dir, "SELECT count(*) FROM kept") == [(1000,)]
        assert broker(var_dir).llen("kept") == 1000


def test_a_killed_starter_leaves_servers_that_the_next_takes_over(var_dir: Path) -> None:
    starter = hold(var_dir)
    assert first_line(starter) == "up"
    before = postmaster(var_dir)
    starter.kill()
    starter.communicate()

    with running(var_dir):
        assert postmaster(var_dir) == before
        assert query(var_dir, "SELECT 1") == [(1,)]
    assert all_processes(var_dir) == []


def test_a_number_that_went_to_another_process_is_no_server(var_dir: Path) -> None:
    with running(var_dir) as held:
        pid_file = var_dir / "servers" / "postgres" / "postmaster.pid"
        lines = pid_file.read_text().splitlines()
        send(processes(held.place, postgres.PROGRAM), signal.SIGKILL)
        time.sleep(0.1)
        with Path(os.devnull).open("wb") as nowhere:
            stranger = launch(held.place, ["sleep", "60"], nowhere)
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]))

        held.ensure()

        assert query(var_dir, "SELECT 1") == [(1,)]
        assert stranger.poll() is None
        stranger.kill()
        stranger.wait()


def test_a_socket_that_was_cleaned_away_comes_back(var_dir: Path) -> None:
    with running(var_dir) as held:
        shutil.rmtree(held.place.sockets)

        with running(var_dir):
            assert query(var_dir, "SELECT 1") == [(1,)]
            assert broker(var_dir).ping()


def test_folders_and_secrets_are_closed_to_others(var_dir: Path) -> None:
    with running(var_dir) as held:
        paths = [held.place.home, held.place.sockets, held.place.logs]
        secret_paths = [var_dir / "postgres-password", var_dir / "valkey-password"]

        assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o700}
        assert {stat.S_IMODE(path.stat().st_mode) for path in secret_paths} == {0o600}


def test_servers_want_their_password(var_dir: Path) -> None:
    with running(var_dir) as held:
        with pytest.raises(psycopg.OperationalError, match="no password supplied"):
            psycopg.connect(host=str(held.place.sockets), user="coreszon", dbname="postgres")
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(unix_socket_path=str(held.place.sockets / valkey.SOCKET)).ping()
        titles = [Path(f"/proc/{pid}/cmdline").read_text() for pid in all_processes(var_dir)]

        assert not any((var_dir / "valkey-password").read_text() in title for title in titles)


def test_a_lost_password_is_told(var_dir: Path) -> None:
    with running(var_dir):
        pass
    (var_dir / "postgres-password").unlink()

    with pytest.raises(servers.ServerError, match="Put back the file"):
        servers.start(var_dir, wanted=BOTH)
    postgres.stop(Place(var_dir))


def test_data_are_deleted_only_while_nobody_holds_them(var_dir: Path) -> None:
    with running(var_dir) as held:
        assert not servers.destroy_data(var_dir)

    assert servers.destroy_data(var_dir)
    assert not held.place.home.exists()
    assert (var_dir / "postgres-password").exists()


# Places ------------------------------------------------------------------------------------------


def test_secret_is_the_same_for_all_who_ask_at_once(tmp_path: Path) -> None:
    var_dir = tmp_path / "var"

    with ThreadPoolExecutor(8) as threads:
        secrets = set(threads.map(lambda _: servers.local_secret(var_dir, "key"), range(8)))

    assert len(secrets) == 1
    assert len(secrets.pop()) == 44
    assert [path.name for path in var_dir.iterdir()] == ["key"]


def test_addresses_are_understood_by_those_who_use_them(tmp_path: Path) -> None:
    var_dir = tmp_path / ("deep" * 40)

    parsed = dj_database_url.parse(servers.database_url(var_dir))

    assert parsed["HOST"] == str(Place(var_dir).sockets)
    assert parsed["PASSWORD"] == (var_dir / "postgres-password").read_text()
    assert parsed["NAME"] == parsed["USER"] == "coreszon"
    assert len(f"{parsed['HOST']}/.s.PGSQL.5432.lock") < 100


@pytest.mark.skipif(not AS_ROOT, reason="only root has to run the servers as somebody else")
def test_root_runs_them_as_somebody_else_though_its_folders_are_closed(tmp_path: Path) -> None:
    var_dir = tmp_path / "var"
    tmp_path.chmod(0o700)

    with running(var_dir) as held:
        who = account(held.place)
        owners = {Path(f"/proc/{pid}").stat().st_uid for pid in all_processes(var_dir)}
        data = held.place.home.resolve()

        assert who
        assert owners == {who.pw_uid}
        assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
    assert servers.destroy_data(var_dir)
    assert not data.exists()


@pytest.mark.skipif(not AS_ROOT, reason="only root can become somebody else")
def test_an_ordinary_user_runs_them(empty_var_dir: Path) -> None:
    own = empty_var_dir / "own"
    own.mkdir()
    shutil.chown(own, "nobody", "nogroup")

    holder = hold(own / "var", user="nobody")

    assert first_line(holder) == "up"
    assert (own / "var" / "servers" / "postgres").owner() == "nobody"
    assert let_go(holder) == 0


@pytest.mark.skipif(not AS_ROOT, reason="only root can become somebody else")
def test_a_folder_of_somebody_else_is_told(var_dir: Path) -> None:
    holder = hold(var_dir, user="nobody")

    told = first_line(holder)

    assert let_go(holder) == 1
    assert told == (
        f"told: {var_dir / 'servers'} belongs to another user. Start as that user, or set"
        " CORESZON_VAR to a folder of your own."
    )


@pytest.mark.skipif(not AS_ROOT, reason="only root can make a disk to fill")
def test_a_full_disk_is_told(empty_var_dir: Path) -> None:
    var_dir = empty_var_dir
    mount = ["mount", "-t", "tmpfs", "-o", "size=20m,mode=711", "none", str(var_dir)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:  # noqa: S603 - ours
        pytest.skip("this machine lets nobody mount a disk")
    try:
        with pytest.raises(servers.ServerError, match="no space is left on the disk"):
            servers.start(var_dir, wanted=BOTH)
        fill(var_dir)
        with pytest.raises(servers.ServerError, match="o space is left on the disk"):
            servers.start(var_dir, wanted=BOTH)
    finally:
        subprocess.run(["umount", str(var_dir)], check=True)  # noqa: S603, S607 - ours


def fill(folder: Path) -> None:
    with pytest.raises(OSError, match="No space"):
        (folder / "filler").write_bytes(bytes(30_000_000))


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(servers.ServerError, match=r"Not a directory. Put it"):
        servers.local_secret(tmp_path / "file" / "var", "key")
    with pytest.raises(servers.ServerError, match=r"Not a directory. Put it"):
        servers.start(tmp_path / "file" / "var", wanted=BOTH)


def test_a_socket_folder_of_somebody_else_is_refused(empty_var_dir: Path) -> None:
    place = Place(empty_var_dir)
    place.sockets.mkdir(mode=0o777)
    place.sockets.chmod(0o777)

    with pytest.raises(servers.ServerError, match="is in the way"):
        prepare(place)
    place.sockets.rmdir()


def test_data_of_another_version_are_refused(empty_var_dir: Path) -> None:
    place = Place(empty_var_dir)
    prepare(place)
    data = place.home / "postgres"
    data.mkdir()
    (data / "PG_VERSION").write_text("17\n")

    with pytest.raises(servers.ServerError, match="are of PostgreSQL 17, this is 18"):
        servers.start(empty_var_dir, wanted=BOTH)


# Servers of the environment ----------------------------------------------------------------------


def test_the_environment_comes_first() -> None:
    assert servers.wanted_servers({}) == BOTH
    assert servers.wanted_servers({"DATABASE_URL": "x", "REDIS_URL_FILE": "y"}) == frozenset()


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("sqlite:///x", "DATABASE_URL must begin with postgresql://."),
        (
            "postgresql://me:secret@127.0.0.1:1/x",
            "the server at 127.0.0.1:1 does not answer. Start it, or put the address right.",
        ),
        (
            "postgresql://me:secret@nowhere.invalid/x",
            "can't be found under that name. Put it right.",
        ),
    ],
)
def test_a_database_that_does_not_answer_is_told(url: str, sentence: str) -> None:
    with pytest.raises(servers.ServerError) as raised:
        servers.check({"DATABASE_URL": url})

    assert str(raised.value).endswith(sentence)
    assert "secret" not in str(raised.value)


def test_a_refused_password_is_told_and_not_shown() -> None:
    database_url = dj_database_url.parse(os.environ["DATABASE_URL"])["PASSWORD"]
    wrong = os.environ["DATABASE_URL"].replace(database_url.rstrip("="), "wrong-secret")

    with pytest.raises(servers.ServerError, match="refuses the user or the password") as raised:
        servers.check({"DATABASE_URL": wrong})
    assert "wrong-secret" not in str(raised.value)


@pytest.mark.parametrize("url", ["redis://:secret@127.0.0.1:1/0", "127.0.0.1:6379"])
def test_a_broker_that_does_not_answer_is_told(url: str) -> None:
    with pytest.raises(servers.ServerError, match=r"does not answer. Start it") as raised:
        servers.check({"REDIS_URL": url})

    assert "secret" not in str(raised.value)


def test_servers_that_answer_are_fine() -> None:
    servers.check(os.environ)
