"""An export asked for in the admin, made by a real worker, and pages that everybody can use."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from communities.models import Community, Role
from surveys.exporting.services import make_export, open_file
from surveys.models import ExportState, ResponseExport, Wave, WavePlan
from tests.make import make_member
from tests.surveys.exporting.conftest import Files, unpacked, write

Export = Callable[..., tuple[ResponseExport, Files]]
pytestmark = pytest.mark.django_db(transaction=True)


def violations(page: Page) -> list[Any]:
    return [
        (found["id"], [node["html"] for node in found["nodes"]])
        for found in Axe().run(page).response["violations"]
    ]


@pytest.mark.slow
@pytest.mark.usefixtures("worker")
def test_worker_makes_what_the_steward_asks_for(
    answered: WavePlan, places: list[Community]
) -> None:
    client = Client()
    client.force_login(make_member(Role.DATA_STEWARD, places[0]))
    wish = {"plan": answered.pk, "scope": "research", "language": "en"}

    client.post(reverse("admin:surveys_responseexport_add"), wish)

    export = ResponseExport.objects.get()
    deadline = time.monotonic() + 60
    while export.state != ExportState.DONE:
        assert time.monotonic() < deadline, export.state
        time.sleep(0.2)
        export.refresh_from_db()
    assert "manifest.json" in unpacked(b"".join(open_file(export)))


def test_pages_in_the_browser(
    page: Page, live_server: LiveServer, answered: WavePlan, places: list[Community]
) -> None:
    client = Client()
    client.force_login(make_member(Role.DATA_STEWARD, places[0]))
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
    )
    page.goto(live_server.url + reverse("admin:surveys_responseexport_add"))
    found = violations(page)
    page.get_by_label("Wave plan").select_option(str(answered.pk))
    page.get_by_role("button", name="Make the file").click()
    expect(page.get_by_role("status")).to_contain_text("waiting")
    found += violations(page)
    make_export(ResponseExport.objects.get().pk)
    expect(page.get_by_role("button", name="Download the file")).to_be_visible()
    found += violations(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download the file").click()

    assert found == []
    assert set(unpacked(Path(download.value.path()).read_bytes())) >= {"codebook.html"}


def test_codebook_in_the_browser(page: Page, export: Export, tmp_path: Path) -> None:
    _row, files = export(language="ar")

    page.goto(write(tmp_path, files, "codebook.html").as_uri())

    assert violations(page) == []
    assert page.evaluate("document.dir") == "rtl"


def test_collect_pages_in_the_browser(
    page: Page, live_server: LiveServer, answered: WavePlan, places: list[Community]
) -> None:
    client = Client()
    client.force_login(make_member(Role.COORDINATOR, places[0]))
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
    )
    wave = Wave.objects.filter(plan=answered, community=places[0])[0]
    page.goto(live_server.url + reverse("admin:surveys_wave_collect", args=[wave.pk]))
    found = violations(page)
    page.get_by_role("button", name="Make and show the code").click()
    expect(page.locator("svg.qr")).to_be_visible()
    found += violations(page)

    assert found == []
