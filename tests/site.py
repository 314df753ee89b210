"""The site on servers of its own, each part of which can be killed.

For tests and benches of whole programs: the servers that all tests share can't be harmed by them.
"""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

import psycopg
from celery import Celery
from kombu import Connection

from coreszon import postgres, servers, valkey
from coreszon.place import processes, send

ROOT = Path(__file__).resolve().parents[1]
BOTH = frozenset({"DATABASE_URL", "REDIS_URL"})
CELERY = ("celery", "--app", "coreszon", "--quiet")
WORKER = (*CELERY, "worker", "--without-mingle", "--without-gossip", "--concurrency")
T = TypeVar("T")


def wait_for(condition: Callable[[], T], seconds: float = 90, pause: float = 0.02) -> T:
    """Return what the condition gives as soon as it gives something."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "It took too long."
        time.sleep(pause)
    return found


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    content: bytes


@dataclass
class Site:
    """Servers, web and workers in one folder. Nothing runs before it is started."""

    var: Path
    held: servers.Running
    #: As people run it, with its static files collected; else quick to set up.
    is_real: bool = False
    port: int = 0
    cookies: dict[str, str] = field(default_factory=dict)
    programs: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {
            "CORESZON_LOCAL": "1",
            "CORESZON_VAR": str(self.var),
            "DATABASE_URL": servers.database_url(self.var),
            "REDIS_URL": servers.redis_url(self.var),
            "DJANGO_SETTINGS_MODULE": "coreszon.settings",
            "DEBUG": "0" if self.is_real else "1",
            "STATIC_ROOT": str(self.var / "static"),
            "OPENBLAS_NUM_THREADS": "1",
            "PYTHONUNBUFFERED": "1",
        }

    # Programs ------------------------------------------------------------------------------------

    def manage(self, *arguments: str) -> None:
        self.run(str(ROOT / "manage.py"), *arguments)

    def python(self, code: str) -> Any:  # noqa: ANN401 - whatever the code prints as JSON
        """Run code with Django in this site; return what it prints last, read as JSON."""
        printed = self.run("-c", f"import django; django.setup()\n{code}")
        return json.loads(printed.splitlines()[-1]) if printed.strip() else None

    def run(self, *arguments: str) -> str:
        done = subprocess.run(  # noqa: S603 - our own programs
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def start_web(self) -> None:
        self.port = self.port or free_port()
        bind = ("--bind", f"127.0.0.1:{self.port}", "--no-control-socket")
        self.start("web", "gunicorn", "coreszon.wsgi", *bind, "--workers", "2", "--threads", "4")
        wait_for(self.answers)

    def start_worker(self, name: str = "worker", concurrency: int = 1) -> None:
        self.start(name, *WORKER, str(concurrency), "--hostname", f"{name}@test")
        wait_for(lambda: self.hears(f"{name}@test"))

    def start_beat(self) -> None:
        self.start("beat", *CELERY, "beat", "--schedule", str(self.var / "beat"))

    def start(self, name: str, *module: str) -> None:
        with (self.var / f"{name}.log").open("ab") as log:
            self.programs[name] = subprocess.Popen(  # noqa: S603 - our own programs
                [sys.executable, "-m", *module],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self, name: str) -> None:
        """Kill a program or a server as hard as can be, with all its children."""
        if name in self.programs:
            process = self.programs.pop(name)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return
        program = {"postgres": postgres.PROGRAM, "valkey": valkey.PROGRAM}[name]
        send(processes(self.held.place, program), signal.SIGKILL)
        wait_for(lambda: not processes(self.held.place, program))

    def stop(self) -> None:
        for name in list(self.programs):
            self.kill(name)

    # Servers -------------------------------------------------------------------------------------

    def sql(self, query: str, *parameters: object) -> list[tuple[Any, ...]]:
        with self.database() as connection:
            cursor = connection.execute(query.encode(), parameters)
            return cursor.fetchall() if cursor.description else []

    def database(self) -> psycopg.Connection:
        return psycopg.connect(servers.database_url(self.var), autocommit=True)

    def hears(self, worker: str) -> bool:
        with self.broker() as (app, connection):
            return bool(app.control.ping(destination=[worker], timeout=0.3, connection=connection))

    def ring(self, task: str) -> None:
        """Have a worker do a task, as beat does at each tick."""
        with self.broker() as (app, connection):
            app.send_task(task, connection=connection)

    @contextmanager
    def broker(self) -> Iterator[tuple[Celery, Connection]]:
        """Connect anew each time: a connection that is kept does not outlive a killed server."""
        app = Celery("bell", broker=servers.redis_url(self.var), set_as_current=False)
        with closing(app), app.connection_for_write() as connection:
            yield app, connection

    # Pages ---------------------------------------------------------------------------------------

    def answers(self) -> bool:
        with suppress(OSError, http.client.HTTPException):
            return self.get("/-/health").status == http.HTTPStatus.OK
        return False

    def get(self, path: str) -> Answer:
        return self._ask("GET", path)

    def post(self, path: str, page: str, fields: list[tuple[str, str]]) -> Answer:
        """Send the form of a page as a browser does, with the token that stands in it."""
        found = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(page).content)
        assert found, f"{page} has no form"
        body = urlencode([("csrfmiddlewaretoken", found[1].decode()), *fields])
        return self._ask("POST", path, body)

    def _ask(self, method: str, path: str, body: str | None = None) -> Answer:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Origin"] = f"http://127.0.0.1:{self.port}"
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            for name, cookie in response.headers.items():
                if name == "Set-Cookie":
                    key, _equals, rest = cookie.partition("=")
                    self.cookies[key] = rest.partition(";")[0]
            return Answer(response.status, dict(response.headers), response.read())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def site_of_its_own(var: Path, *, is_real: bool = False) -> Iterator[Site]:
    """Give a site with an empty, migrated database; at the end nothing of it is left running."""
    with servers.running(var, wanted=BOTH) as held:
        site = Site(var, held, is_real=is_real)
        try:
            site.manage("migrate", "--verbosity", "0")
            if is_real:
                site.manage("collectstatic", "--no-input", "--verbosity", "0")
            yield site
        finally:
            site.stop()
    servers.destroy_data(var)
