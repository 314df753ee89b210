import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.core.cache import cache
from django.db import connection
from hypothesis import settings
from playwright.sync_api import Browser, Page, sync_playwright

from coreszon.celery import app
from tests.browser import FLAGS, find_chromium, open_page

# A clock fails no test, and CI tries the same cases each time: new ones are found at the desk.
settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "desk")

ROOT = Path(__file__).resolve().parents[1]
BESIDE_THE_CHECKOUT = ROOT.parent / "shared" / "data"
NO_BROWSER = "There is no browser: install chromium, or set CHROMIUM to the path of one."

without_browser: list[str] = []


@pytest.fixture(autouse=True)
def _nobody_has_tried_codes_yet() -> None:
    """Forget the misses that an earlier test has counted against this machine's address."""
    cache.clear()


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """Find a file of real data, which is not part of the project; skip where it is absent."""
    folder = Path(os.environ.get("CORESZON_SHARED_DATA", BESIDE_THE_CHECKOUT))

    def find(name: str) -> Path:
        path = folder / name
        if not path.exists():
            pytest.skip(f"needs shared data: {name}")
        return path

    return find


# Browser -----------------------------------------------------------------------------------------


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")


@pytest.fixture(scope="session")
def playwright_browser() -> Iterator[Browser | None]:
    with sync_playwright() as playwright:
        path = find_chromium(playwright)
        if path is None:
            yield None
            return
        # Playwright keeps an event loop in this thread, in which Django would refuse to query.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def browser(playwright_browser: Browser | None, request: pytest.FixtureRequest) -> Browser:
    """Give the browser; where there is none the test is skipped, but never in CI."""
    if playwright_browser is None:
        if os.environ.get("CI"):
            pytest.fail(NO_BROWSER)
        without_browser.append(request.node.nodeid)
        pytest.skip(NO_BROWSER)
    return playwright_browser


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if without_browser:
        count = len(without_browser)
        terminalreporter.write_line(f"{count} tests NOT RUN. {NO_BROWSER}", red=True, bold=True)


@pytest.fixture
def page_errors() -> Iterator[list[str]]:
    """Collect what the browser complained about. A test that expects complaints clears the list."""
    errors: list[str] = []
    yield errors
    assert errors == []


@pytest.fixture
def new_page(browser: Browser, page_errors: list[str]) -> Iterator[Callable[..., Page]]:
    """Open pages as on a phone of 390 px; options are those of Playwright's `new_context`."""
    opened = []

    def open_one(**options: Any) -> Page:
        opened.append(open_page(browser, page_errors, **options))
        return next(opened[-1])

    yield open_one
    for page in opened:
        next(page, None)


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    return new_page()


# Worker ------------------------------------------------------------------------------------------


@pytest.fixture
def start_worker(
    transactional_db: None, tmp_path: Path
) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Start real Celery workers on the test's database and a queue that starts empty."""
    app.control.purge()
    database_url = urlsplit(os.environ["DATABASE_URL"])
    test_database = connection.settings_dict["NAME"]
    environment = os.environ | {
        "DATABASE_URL": urlunsplit(database_url._replace(path=f"/{test_database}")),
        "DEBUG": "0",
    }
    with ExitStack() as workers:
        yield lambda: workers.enter_context(running_worker(environment, tmp_path / "worker.log"))


@pytest.fixture
def worker(start_worker: Callable[[], subprocess.Popen[bytes]]) -> None:
    """Run one worker throughout the test."""
    start_worker()


@contextmanager
def running_worker(environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    options = ["--concurrency", "2", "--without-mingle", "--without-gossip"]
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "celery", "--app", "coreszon", "--quiet", "worker", *options],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        deadline = time.monotonic() + 60
        while not app.control.ping(timeout=0.5):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
        yield process
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
