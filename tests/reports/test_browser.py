"""The coordinator's job in a real browser, on a phone: publish, read, take it with you."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from communities.models import Membership, Role
from indicators.models import Cycle
from indicators.services import publish_cycle
from reports.documents import render
from reports.report import compose
from reports.source import read_source
from tests.browser import assert_no_sideways_scroll
from tests.make import PASSWORD, make_user
from tests.reports.full_survey import make_full_cycle
from tests.reports.hand_made import full_source

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SHOTS = os.environ.get("CORESZON_SHOTS", "")
EMAIL = "coordinator@example.org"


@pytest.fixture
def full_cycle() -> Cycle:
    return make_full_cycle("wilhelmsburg", "Wilhelmsburg", people=40, lost=15)


@pytest.fixture
def reader(page: Page, live_server: LiveServer, full_cycle: Cycle) -> Page:
    """Give a page on which the coordinator of Wilhelmsburg is signed in."""
    user = make_user(email=EMAIL, password=PASSWORD)
    Membership.objects.create(user=user, role=Role.COORDINATOR, community=full_cycle.community)
    page.goto(f"{live_server.url}/reports/?lang=en")
    page.fill("#id_username", EMAIL)
    page.fill("#id_password", PASSWORD)
    page.click("[type=submit]")
    page.wait_for_url("**/reports/**")
    page.goto(f"{live_server.url}/reports/?lang=en")
    return page


def look(page: Page, name: str) -> None:
    """Check what every page owes, and take a picture if somebody wants to look at it."""
    assert_no_sideways_scroll(page)
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True, scale="css")
    assert violations(page) == []


def violations(page: Page) -> list[Any]:
    return [
        (found["id"], [node["html"] for node in found["nodes"]])
        for found in Axe().run(page).response["violations"]
    ]


@pytest.mark.slow
@pytest.mark.usefixtures("worker")
def test_coordinator_publishes_reads_and_takes_documents(reader: Page, tmp_path: Path) -> None:
    look(reader, "reports-list")
    reader.get_by_role("link", name="Close and publish").click()
    look(reader, "reports-publish")
    reader.get_by_role("button", name="Close and publish").click()

    expect(reader.get_by_role("heading", level=1)).to_have_text("Community report: Wilhelmsburg")
    expect(reader.locator("#domains")).to_contain_text("Belonging and security")
    look(reader, "report-en")

    reader.get_by_label("العربية").check()
    reader.get_by_role("button", name="Make documents").click()
    expect(reader.get_by_text("All documents are ready.")).to_be_visible(timeout=30_000)
    look(reader, "reports-run")

    with reader.expect_download() as waiting:
        reader.get_by_role("link", name="JSON · English").click()
    waiting.value.save_as(tmp_path / "report.json")
    assert waiting.value.suggested_filename == "wilhelmsburg_spring-2026_en.json"
    assert json.loads((tmp_path / "report.json").read_text())["report"]["language"] == "en"


@pytest.mark.parametrize("language", ["de", "en", "uk", "tr", "ar", "fa-af"])
def test_report_page_in_every_language(
    language: str, reader: Page, live_server: LiveServer, full_cycle: Cycle
) -> None:
    publish_cycle(full_cycle)

    reader.goto(f"{live_server.url}/reports/wilhelmsburg/spring-2026/?lang={language}")

    html = reader.locator("html")
    assert html.get_attribute("lang") == language
    assert html.get_attribute("dir") == ("rtl" if language in {"ar", "fa-af"} else "ltr")
    look(reader, f"report-page-{language}")


def test_documents_are_made_without_javascript(
    new_page: Callable[..., Page], reader: Page, live_server: LiveServer, full_cycle: Cycle
) -> None:
    publish_cycle(full_cycle)
    plain = new_page(java_script_enabled=False, storage_state=reader.context.storage_state())

    plain.goto(f"{live_server.url}/reports/wilhelmsburg/spring-2026/?lang=en")
    plain.get_by_role("button", name="Make documents").click()

    expect(plain.get_by_text("0 of 3 are ready.")).to_be_visible()
    assert plain.locator("meta[http-equiv=refresh]").get_attribute("content") == "3"


def test_html_document_stands_alone(
    new_page: Callable[..., Page], full_cycle: Cycle, tmp_path: Path
) -> None:
    sources = [full_source(), read_source(publish_cycle(full_cycle))]
    asked: list[str] = []
    for source, language, options in (
        (sources[0], "de", {}),
        (sources[0], "ar", {"color_scheme": "dark"}),
        (sources[1], "ar", {}),
    ):
        report = compose(source, language)
        file = tmp_path / f"report_{language}.html"
        file.write_bytes(render(report, "html"))
        page = new_page(offline=True, **options)
        page.on("request", lambda request: asked.append(request.url))

        page.goto(file.as_uri())

        charts = sum(len(section.figures) for section in report.sections)
        expect(page.locator("svg.chart")).to_have_count(charts)
        look(page, f"report-file-{language}")
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


def test_report_prints_light_and_whole(
    reader: Page, live_server: LiveServer, full_cycle: Cycle
) -> None:
    publish_cycle(full_cycle)
    reader.goto(f"{live_server.url}/reports/wilhelmsburg/spring-2026/?lang=en")

    reader.emulate_media(media="print", color_scheme="dark")

    paper = reader.evaluate("getComputedStyle(document.body).backgroundColor")
    assert paper == "rgb(255, 255, 255)"
    for actions in reader.locator(".actions").all():
        expect(actions).to_be_hidden()
    expect(reader.locator("#method")).to_be_visible()
