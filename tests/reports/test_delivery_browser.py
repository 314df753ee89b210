"""Sharing, scheduling and checking a report on a phone: looked at, and without violations."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from communities.models import Role
from indicators.models import Cycle
from indicators.services import publish_cycle
from reports.delivery import Schedule
from reports.services import cancel_report, request_report
from tests.make import PASSWORD, make_member
from tests.reports.full_survey import make_full_cycle
from tests.reports.test_browser import EMAIL, look

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cycle(transactional_db: None) -> Cycle:
    made = make_full_cycle("wilhelmsburg", "Wilhelmsburg", people=24, lost=6)
    publish_cycle(made)
    return made


@pytest.fixture
def coordinator(page: Page, live_server: LiveServer, cycle: Cycle) -> Page:
    make_member(Role.COORDINATOR, cycle.community, email=EMAIL, password=PASSWORD)
    page.goto(f"{live_server.url}/reports/wilhelmsburg/spring-2026/?lang=en")
    page.fill("#id_username", EMAIL)
    page.fill("#id_password", PASSWORD)
    page.click("[type=submit]")
    page.goto(f"{live_server.url}/reports/wilhelmsburg/spring-2026/?lang=en")
    return page


def test_report_is_shared_with_somebody_without_an_account(
    coordinator: Page,
    new_page: Callable[..., Page],
    live_server: LiveServer,
    page_errors: list[str],
) -> None:
    coordinator.get_by_role("link", name="Share this report").click()
    coordinator.get_by_label("For what").fill("town council")
    coordinator.get_by_role("button", name="Make a link").click()
    look(coordinator, "share-links")
    address = coordinator.get_by_label("Address").input_value()
    path = re.sub(r"^https?://[^/]+", "", address)

    guest = new_page()
    guest.goto(f"{live_server.url}{path}?lang=ar")

    expect(guest.locator("#domains")).to_be_visible()
    assert guest.locator("html").get_attribute("dir") == "rtl"
    look(guest, "share-opened")
    coordinator.get_by_role("button", name="Take back").click()
    guest.reload()
    look(guest, "share-closed")
    assert guest.locator("article").count() == 0
    assert ["410" in error for error in page_errors] == [True]
    page_errors.clear()


def test_schedule_is_set_up(coordinator: Page, live_server: LiveServer) -> None:
    coordinator.get_by_role("link", name="Scheduled reports").click()
    coordinator.get_by_role("button", name="Set up").click()
    look(coordinator, "schedule-refused")

    coordinator.get_by_label("When").select_option("monthly")
    coordinator.get_by_label("On which day of the month").fill("5")
    coordinator.get_by_role("group", name="Who is told").get_by_role("checkbox").first.check()
    coordinator.get_by_role("button", name="Set up").click()

    expect(coordinator.get_by_role("heading", name="every month, day 5")).to_be_visible()
    look(coordinator, "schedule")
    assert Schedule.objects.get().day == 5


def test_documents_and_checking_are_looked_at(
    coordinator: Page, live_server: LiveServer, cycle: Cycle
) -> None:
    run = request_report(cycle=cycle, formats=["pdf"], languages=["de"])
    coordinator.goto(f"{live_server.url}/reports/runs/{run.pk}/?lang=en")
    look(coordinator, "run-waiting")
    coordinator.goto("about:blank")  # else that page loads itself anew while the next one opens
    cancel_report(run)
    coordinator.goto(f"{live_server.url}/reports/runs/")
    look(coordinator, "runs")

    coordinator.goto(f"{live_server.url}/reports/verify/?lang=ar")
    look(coordinator, "verify")
    coordinator.locator("#id_text").fill(run.source_hash)
    coordinator.locator("main button").click()
    expect(coordinator.locator("[role=status] h2")).to_be_visible()
    look(coordinator, "verify-answer")
