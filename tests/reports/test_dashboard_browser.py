"""The coordinator's network in a real browser, on a phone: at a glance, over time, set up, said."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from communities.models import Community, Role
from indicators.models import Release
from reports.readings import approve_reading
from surveys.models import Wave, WaveKind
from surveys.services import create_plan, load_shipped_definitions
from tests.make import PASSWORD, make_community, make_member, make_trainer, make_user
from tests.reports.published import Change, publish_changes
from tests.reports.test_browser import look
from tests.reports.test_readings import draft, step
from trainers.models import TrainerLanguage

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

EMAIL = "network@example.org"
CHANGES: list[dict[str, Change]] = [
    {"belonging": (2, -3, 7), "relationships": (5, 1, 9), "stress": (0, -1, 1)},
    {"belonging": (4, 1, 7), "relationships": None, "stress": (1, 0, 2)},
    {"belonging": (-6, -11, -1), "relationships": (3, -1, 7), "stress": (0, -1, 1)},
]


@pytest.fixture
def coordinator() -> User:
    return make_member(Role.COORDINATOR, None, email=EMAIL, password=PASSWORD)


@pytest.fixture
def altona() -> Community:
    return make_community(
        code="altona", name="Altona", languages=["ar", "fa-af", "uk"], is_invented=True
    )


@pytest.fixture
def release(altona: Community, coordinator: User) -> Release:
    """Publish three cycles of Altona with our own questionnaire; five others join the last."""
    version = next(one for one in load_shipped_definitions() if one.age_band == "adult")
    plans = [create_plan(code=f"plan-{year}", name="Plan", version=version) for year in range(3)]
    for year, (plan, changes) in enumerate(zip(plans, CHANGES, strict=True)):
        days = 800 - 365 * year
        last = publish_changes(altona, plan, f"spring-{2024 + year}", changes, days_ago=days)
    for number in range(5):
        other = make_community(
            name=f"Ottensen-Hohenfelde {number}", languages=["ar"], is_invented=True
        )
        publish_changes(other, plans[-1], "spring-2026", CHANGES[number % 3])
        Wave.objects.create(
            plan=plans[0],
            community=other,
            kind=WaveKind.BEFORE,
            sequence=1,
            opens_at=timezone.now() + timedelta(days=5),
        )
    TrainerLanguage.objects.create(
        trainer=make_trainer(base=altona), language="ar", use="deliver", level="good"
    )
    colleague = make_user()
    approve_reading(draft(last, colleague), by=coordinator)
    draft(last, colleague, text="The winter was long, and the café was closed.", measure="")
    step(last, coordinator)
    return last


@pytest.fixture
def network(page: Page, live_server: LiveServer, release: Release) -> Page:
    """Give a page on which somebody who coordinates the whole network is signed in."""
    page.goto(f"{live_server.url}/network/?lang=en")
    page.fill("#id_username", EMAIL)
    page.fill("#id_password", PASSWORD)
    page.click("[type=submit]")
    page.wait_for_url("**/network/**")
    return page


@pytest.mark.parametrize("language", ["en", "ar"])
def test_pages_on_a_phone(language: str, network: Page, live_server: LiveServer) -> None:
    addresses = {
        "dashboard": "/network/",
        "trainers": "/network/trainers/",
        "together": "/network/together/",
        "year": "/network/trainers/year/",
        "community": "/network/communities/altona/",
        "round": "/network/rounds/new?plan=plan-1&to_sequence=2&text=",
        "what-counts": "/network/rounds/altona/spring-2026/",
        "readings": "/reports/altona/spring-2026/readings/",
    }
    for name, address in addresses.items():
        joined = "&" if "?" in address else "?"
        network.goto(f"{live_server.url}{address}{joined}lang={language}")
        expect(network.locator("html")).to_have_attribute("lang", language)
        for summary in network.locator("summary").all():
            summary.click()
        look(network, f"network-{name}-{language}")


def test_coordinator_goes_from_the_glance_to_what_it_means(network: Page) -> None:
    network.goto(network.url.split("?")[0] + "?lang=en")
    network.get_by_label("Community").fill("alto")
    network.get_by_role("button", name="Show").click()
    network.get_by_role("link", name="Approve what people say it means – Altona").click()
    network.get_by_role("button", name="Approve").click()
    expect(network.get_by_text("waiting for a second person")).to_have_count(0)

    network.get_by_role("link", name="Add what people say it means").click()
    look(network, "network-reading")
    network.get_by_label("About what").select_option("change/belonging")
    network.get_by_label("text").fill("Mrs Rahimi says so.")
    network.get_by_label("said on").fill("2026-05-03")
    network.get_by_label("whose words").select_option("community")
    network.get_by_role("button", name="Keep for approval").click()
    expect(network.get_by_text("may be somebody's name")).to_be_visible()
    look(network, "network-doubts")
    network.get_by_label("text").fill("Some say so.")
    network.get_by_role("button", name="Keep for approval").click()
    expect(network.get_by_text("Another coordinator approves it.")).to_be_visible()


def test_coordinator_sets_up_a_round(network: Page, live_server: LiveServer) -> None:
    network.goto(f"{live_server.url}/network/?lang=en")
    network.get_by_role("link", name="Set up a round", exact=True).click()
    network.get_by_label("Wave plan").select_option("plan-1")
    network.get_by_role("button", name="Go on").click()
    network.get_by_label("Ottensen-Hohenfelde 1").check()
    network.get_by_label("Ottensen-Hohenfelde 2").check()
    network.get_by_label("belonging").check()
    network.get_by_role("spinbutton").fill("5")
    network.get_by_role("button", name="Write it down").click()

    network.wait_for_url("**/network/?round=plan-1-1-2")
    expect(network.get_by_role("heading", level=2)).to_have_count(2)
