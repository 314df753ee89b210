import contextlib
import fcntl
import http.client
import io
import os
import signal
import socket
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import IO
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command, get_commands
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connections

from coreszon import servers
from coreszon.place import make_var
from coreszon.static_files import collect_if_changed
from coreszon.supervisor import Program, Supervisor

HOST = "127.0.0.1"
USUAL_PORT = 8000
LAST_PORT_TRIED = 8019
HIGHEST_PORT = 65535
READY_WITHIN_S = 90
CLOSING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Command(BaseCommand):
    help = "Run the whole site on this machine: servers, web, worker and beat, until Ctrl-C."
    requires_system_checks = ()  # migrate makes them, when there is a database to ask

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-demo", action="store_true", help="leave an empty database empty")

    def handle(self, *, no_demo: bool, **options: object) -> None:
        make_var(settings.VAR_DIR)
        for number in CLOSING_SIGNALS:
            signal.signal(number, signal.default_int_handler)
        with only_one() as lock:
            if lock is None:
                self.tell(f"The site is running already: {running_address()}")
                return
            with contextlib.suppress(KeyboardInterrupt), ExitStack() as stack:
                self.run(lock, stack, no_demo=no_demo)
            self.tell("All is stopped. The data are kept.")

    def run(self, lock: IO[str], stack: ExitStack, *, no_demo: bool) -> None:
        port = choose_port()
        if servers.wanted_servers(os.environ):
            self.tell("Starting PostgreSQL and Valkey ...")
        try:
            held = stack.enter_context(servers.running(settings.VAR_DIR))
            servers.check(os.environ)
            self.prepare(no_demo=no_demo)
        except servers.ServerError as error:
            raise CommandError(str(error)) from error
        except OperationalError as error:
            raise CommandError(f"The database can't be used: {error}") from error
        address = f"http://{HOST}:{port}"
        supervisor = self.supervisor(held, address)
        stack.callback(supervisor.stop)
        stack.callback(self.say_goodbye)
        self.tell("Starting web, worker and beat ...")
        supervisor.start(programs(port))
        self.wait_until_ready(supervisor, port)
        lock.write(address)
        lock.flush()
        self.show(address)
        supervisor.run()

    def prepare(self, *, no_demo: bool) -> None:
        """Bring the database, the static files and the demo to where the code is."""
        call_command("migrate", interactive=False, verbosity=0)
        if not settings.DEBUG:
            collect_if_changed()
        if not no_demo and "demo" in get_commands() and not get_user_model().objects.exists():
            self.tell("Making the demo: invented people, so that there is something to see ...")
            call_command("demo", stdout=io.StringIO())  # told when the site is up
        connections.close_all()

    def supervisor(self, held: servers.Running, address: str) -> Supervisor:
        def keep_servers_up() -> None:
            if held.is_up():
                return
            self.tell("A server has ended; it starts again.")
            try:
                held.ensure()
            except servers.ServerError as error:
                self.tell(str(error))

        return Supervisor(
            tag=held.place.tag,
            logs=held.place.logs,
            environment={
                "SITE_URL": address,
                "PYTHONUNBUFFERED": "1",
                # Processes share the cores already; threads inside each only get in the way.
                "OPENBLAS_NUM_THREADS": "1",
            }
            | os.environ,
            tell=self.tell,
            watch=keep_servers_up,
        )

    def wait_until_ready(self, supervisor: Supervisor, port: int) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        while not answers(port):
            if time.monotonic() > deadline:
                raise CommandError(
                    f"The site does not answer. {supervisor.logs / 'web.log'} says why."
                )
            supervisor.run(seconds=0.3)

    def show(self, address: str) -> None:
        accounts = settings.VAR_DIR / "demo-accounts.txt"
        self.tell(f"\nThe site is running.\n\n  Site    {address}/\n  Admin   {address}/admin/")
        self.tell(f"  Data    {settings.VAR_DIR}\n  Logs    {settings.VAR_DIR / 'log'}\n")
        if accounts.exists():
            self.tell(accounts.read_text().replace(f"http://{HOST}:{USUAL_PORT}", address))
            self.tell(f"(also in {accounts})\n")
        elif not get_user_model().objects.exists():
            self.tell("Nobody can sign in yet: ./run createsuperuser\n")
        connections.close_all()
        if servers.wanted_servers(os.environ):
            self.tell("The servers in the box are for trying out and small installations.")
        self.tell("Ctrl-C stops everything.\n")

    def say_goodbye(self) -> None:
        for number in CLOSING_SIGNALS:
            signal.signal(number, signal.SIG_IGN)  # it takes ten seconds at most
        self.tell("\nStopping ...")

    def tell(self, line: str) -> None:
        self.stdout.write(f"{line}\n")  # the ending is always there, so empty lines stay
        self.stdout.flush()


def programs(port: int) -> list[Program]:
    web = ("gunicorn", "coreszon.wsgi", "--bind", f"{HOST}:{port}", "--workers", "2")
    quiet = ("--graceful-timeout", "5", "--no-control-socket")
    celery = ("celery", "--app", "coreszon", "--quiet")
    worker = ("worker", "--concurrency", "2", "--without-mingle", "--without-gossip")
    schedule = str(settings.VAR_DIR / "beat-schedule")
    return [
        # No access log: an address may hold the code of a card.
        Program("web", (*web, "--threads", "4", "--preload", *quiet)),
        Program("worker", (*celery, *worker)),
        Program("beat", (*celery, "beat", "--schedule", schedule)),
    ]


@contextmanager
def only_one() -> Iterator[IO[str] | None]:
    """Hold the right to run the site from this folder, or give None where another has it."""
    with (settings.VAR_DIR / "up.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        lock.truncate(0)
        yield lock


def running_address() -> str:
    address = (settings.VAR_DIR / "up.lock").read_text()
    return address or "it is just being started in another window"


def choose_port() -> int:
    """Take the port that is asked for, or else the first free one from 8000 on."""
    if asked := os.environ.get("PORT"):
        if not asked.isdecimal() or not 0 < int(asked) <= HIGHEST_PORT:
            raise CommandError(f"PORT is {asked!r}. Set it to a number from 1 to {HIGHEST_PORT}.")
        if not is_free(int(asked)):
            raise CommandError(f"Port {asked} is taken by another program. Set PORT to a free one.")
        return int(asked)
    for port in range(USUAL_PORT, LAST_PORT_TRIED + 1):
        if is_free(port):
            return port
    raise CommandError(
        f"Ports {USUAL_PORT} to {LAST_PORT_TRIED} are all taken. Set PORT to a free one."
    )


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def answers(port: int) -> bool:
    # Behind a proxy the site answers only to its name and only what came by HTTPS.
    name = f"{HOST}:{port}" if settings.LOCAL else urlsplit(settings.SITE_URL).netloc
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/-/health", headers={"Host": name, "X-Forwarded-Proto": "https"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()
