"""The shared tablet: started by staff, blank for each person, ended with a PIN."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import AuditEntry, User
from communities.models import Community, Role
from surveys.errors import KioskError
from surveys.links import wave_token
from surveys.models import Kiosk, LinkageMode, Response, Wave
from surveys.services import (
    IssuedCard,
    create_plan,
    end_kiosk,
    issue_cards,
    open_waves,
    running_kiosk,
    start_kiosk,
)
from surveys.services.kiosks import TRIES
from tests.browser import assert_no_sideways_scroll
from tests.make import make_community, make_member
from tests.surveys.phone import agree, press

JSON = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def _forgiven() -> None:
    cache.clear()


@pytest.fixture
def coordinator(community: Community) -> User:
    return make_member(Role.COORDINATOR, community)


@pytest.fixture
def start(client: Client, coordinator: User, waves: list[Wave]) -> Callable[..., str]:
    """Start a kiosk as a coordinator does; return its address."""

    def begin(channel: str = "kiosk", pin: str = "4711", wave: Wave = waves[0]) -> str:
        client.force_login(coordinator)
        address = reverse("admin:surveys_wave_kiosk", args=[wave.pk])
        answer = client.post(address, {"channel": channel, "pin": pin})
        assert answer.status_code == 302, answer.content.decode()
        return str(answer.headers["Location"])

    return begin


def test_starting_signs_out_and_binds_a_cookie_to_the_kiosk(
    client: Client, start: Callable[..., str]
) -> None:
    address = start()

    page = client.get(address)

    assert page.status_code == 200
    assert 'data-idle="75"' in page.content.decode()
    assert "no-store" in page.headers["Cache-Control"]
    assert client.cookies["kiosk"]["path"] == "/s/kiosk/"
    assert client.get("/admin/").status_code == 302
    assert "4711" not in Kiosk.objects.get().pin_hash
    assert AuditEntry.objects.get().action == "start_kiosk"


def test_answers_say_that_they_came_from_the_kiosk(
    client: Client, start: Callable[..., str], issued: IssuedCard
) -> None:
    admission = client.post(start("read_aloud"), {"code": issued.code}, headers=JSON).json()
    submission = {
        "ticket": admission["ticket"],
        "consent": ["evaluation"],
        "answers": {"help": 3},
        "assistance": {"help": ["repeated", "sighed"], "nothing": ["repeated"], "trust": "x"},
    }

    client.post("/s/answers/", json.dumps(submission), content_type="application/json")

    response = Response.objects.get()
    assert (response.channel, response.assistance) == ("read_aloud", {"help": ["repeated"]})


def test_own_phone_stores_no_marks(client: Client, issued: IssuedCard, waves: list[Wave]) -> None:
    assert waves
    admission = client.post("/s/", {"code": issued.code}, headers=JSON).json()
    submission = {
        "ticket": admission["ticket"],
        "consent": ["evaluation"],
        "assistance": {"help": ["repeated"]},
    }

    client.post("/s/answers/", json.dumps(submission), content_type="application/json")

    assert Response.objects.get().assistance == {}


def test_without_the_cookie_there_is_no_kiosk(
    client: Client, start: Callable[..., str], waves: list[Wave], issued: IssuedCard
) -> None:
    address = start()

    stranger = Client().post(address, {"code": issued.code}, headers=JSON)
    elsewhere = client.get(reverse("surveys:kiosk", args=[wave_token(waves[1])]))

    assert stranger.status_code == 403
    assert stranger.json().keys() == {"error"}
    assert elsewhere.status_code == 403


def test_card_of_another_plan_does_not_fit(
    client: Client, start: Callable[..., str], community: Community, waves: list[Wave]
) -> None:
    other = create_plan(code="other", name="Other", version=waves[0].plan.version)
    open_waves(plan=other, community=community, before=(None, None), after=(None, None))
    card = issue_cards(plan=other, community=community, count=1)[0]

    assert client.post(start(), {"code": card.code}, headers=JSON).status_code == 404


def test_pin_ends_it(client: Client, start: Callable[..., str], issued: IssuedCard) -> None:
    address = start()

    wrong = client.post(f"{address}leave/", {"pin": "0000"}, headers=JSON)
    right = client.post(f"{address}leave/", {"pin": "4711"})

    assert wrong.status_code == 403
    assert right.headers["Location"] == "/admin/"
    assert client.post(address, {"code": issued.code}, headers=JSON).status_code == 403


def test_guessing_the_pin_is_stopped(waves: list[Wave], coordinator: User) -> None:
    kiosk = start_kiosk(wave=waves[0], channel="kiosk", pin="4711", by=coordinator)
    for _try in range(TRIES):
        with pytest.raises(KioskError, match="is wrong"):
            end_kiosk(kiosk=kiosk, pin="0000")

    with pytest.raises(KioskError, match="too often"):
        end_kiosk(kiosk=kiosk, pin="4711")
    Kiosk.objects.update(locked_until=timezone.now() - timedelta(seconds=1))
    end_kiosk(kiosk=kiosk, pin="4711")

    assert running_kiosk(kiosk.pk) is None


@pytest.mark.parametrize("pin", ["", "123", "123456789", "12a4", "١٢٣٤"])
def test_senseless_pin_is_refused(
    client: Client, coordinator: User, waves: list[Wave], pin: str
) -> None:
    client.force_login(coordinator)
    address = reverse("admin:surveys_wave_kiosk", args=[waves[0].pk])

    answer = client.post(address, {"channel": "kiosk", "pin": pin})

    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    assert not Kiosk.objects.exists()


def test_stranger_starts_nothing(client: Client, waves: list[Wave]) -> None:
    client.force_login(make_member(Role.COORDINATOR, make_community()))
    address = reverse("admin:surveys_wave_kiosk", args=[waves[0].pk])

    assert client.post(address, {"channel": "kiosk", "pin": "4711"}).status_code == 404
    assert not Kiosk.objects.exists()


def test_closed_wave_starts_nothing(client: Client, coordinator: User, waves: list[Wave]) -> None:
    client.force_login(coordinator)
    address = reverse("admin:surveys_wave_kiosk", args=[waves[1].pk])

    answer = client.post(address, {"channel": "kiosk", "pin": "4711"})

    assert "not open" in answer.content.decode()
    assert not Kiosk.objects.exists()


def test_language_of_one_is_not_kept_for_the_next(
    client: Client, start: Callable[..., str]
) -> None:
    address = start()

    arabic = client.get(f"{address}?lang=ar")

    assert '<html lang="ar" dir="rtl">' in arabic.content.decode()
    assert '<html lang="en"' in client.get(address).content.decode()


# In a browser ------------------------------------------------------------------------------------

STORED = """async () => {
    const open = indexedDB.open("survey");
    await new Promise((done) => { open.onsuccess = done; });
    const counts = {};
    for (const name of open.result.objectStoreNames) {
        const request = open.result.transaction(name).objectStore(name).count();
        await new Promise((done) => { request.onsuccess = done; });
        counts[name] = request.result;
    }
    open.result.close();
    return [counts.drafts ?? 0, counts.outbox ?? 0, localStorage.length, sessionStorage.length];
}"""


@pytest.fixture
def tablet(
    new_page: Callable[..., Page],
    live_server: LiveServer,
    start: Callable[..., str],
    client: Client,
) -> Callable[..., Page]:
    def open_one(channel: str = "kiosk", **options: Any) -> Page:
        address = start(channel, **options)
        page = new_page(viewport={"width": 800, "height": 1000})
        page.context.add_cookies(
            [{"name": "kiosk", "value": client.cookies["kiosk"].value, "url": live_server.url}]
        )
        page.goto(f"{live_server.url}{address}?lang=en")
        return page

    return open_one


def hand_over(page: Page) -> None:
    """Press for the next person, and wait until the language of this one is forgotten too."""
    page.get_by_role("button", name="Next person", exact=True).click()
    page.wait_for_url(lambda address: "?" not in address)
    expect(page.locator("h1")).to_be_visible()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_next_person_finds_nothing_of_the_one_before(
    tablet: Callable[..., Page], issue: Callable[[], IssuedCard], page_errors: list[str]
) -> None:
    mine, yours = issue(), issue()
    page = tablet()
    page.fill("#code", mine.code)
    press(page, "Continue")
    assert page.evaluate("history.length") <= 2
    agree(page)
    page.get_by_label("A lot").check()
    assert_no_sideways_scroll(page)
    for _screen in range(8):
        press(page, "Next")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#sent")).to_have_text("Your answers have arrived.")
    assert page.evaluate(STORED) == [0, 0, 0, 0]

    hand_over(page)
    expect(page.locator("#code")).to_have_value("")
    page.go_back()
    page.go_forward()
    expect(page.locator("#code")).to_have_value("")
    page.fill("#code", yours.code)
    press(page, "Continue")
    expect(page.locator("input[name=evaluation]")).not_to_be_checked()
    agree(page)
    expect(page.get_by_label("A lot")).not_to_be_checked()
    assert page.evaluate(STORED) == [0, 0, 0, 0]
    hand_over(page)
    page.fill("#code", mine.code)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_contain_text("already answered")

    assert Response.objects.get().channel == "kiosk"
    assert page_errors == []


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_language_chosen_on_the_first_screen_goes_with_the_person(
    tablet: Callable[..., Page], issued: IssuedCard
) -> None:
    page = tablet()
    page.get_by_role("link", name="العربي").click()
    page.fill("#code", issued.code)
    press(page, page.locator("#enter button"))
    expect(page.locator("html")).to_have_attribute("dir", "rtl")

    page.get_by_role("button", name="الشخص التالي").click()

    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator("#code")).to_have_value("")


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_who_leaves_without_a_word_is_forgotten(
    tablet: Callable[..., Page], issued: IssuedCard
) -> None:
    page = tablet()
    page.clock.install()
    page.reload()
    page.fill("#code", issued.code)
    press(page, "Continue")
    agree(page)
    page.get_by_label("A lot").check()
    page.clock.run_for(50_000)
    expect(page.get_by_role("alertdialog")).to_have_count(0)
    page.clock.run_for(10_000)
    expect(page.get_by_role("alertdialog")).to_contain_text("Are you still there?")
    assert Axe().run(page).response["violations"] == []

    page.get_by_role("button", name="Yes, go on").click()
    page.clock.run_for(50_000)
    expect(page.get_by_label("A lot")).to_be_checked()
    expect(page.get_by_role("alertdialog")).to_have_count(0)
    page.clock.run_for(30_000)

    expect(page.locator("#code")).to_have_value("")
    expect(page.get_by_role("alertdialog")).to_have_count(0)
    assert page.evaluate(STORED) == [0, 0, 0, 0]
    assert not Response.objects.exists()


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_reading_aloud_has_a_script_larger_letters_and_marks(
    tablet: Callable[..., Page], issued: IssuedCard
) -> None:
    page = tablet("read_aloud")
    page.fill("#code", issued.code)
    press(page, "Continue")
    expect(page.locator(".script")).to_contain_text("read every sentence")
    agree(page)
    page.get_by_label("A lot").check()
    page.get_by_label("I read it again").check()
    expect(page.get_by_label("A lot")).to_be_checked()
    assert page.evaluate("getComputedStyle(document.querySelector('#main')).fontSize") == "24px"
    assert Axe().run(page).response["violations"] == []
    for _screen in range(8):
        press(page, "Next")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#sent")).to_have_text("Your answers have arrived.")

    response = Response.objects.get()
    assert (response.channel, response.assistance) == ("read_aloud", {"help": ["repeated"]})


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_anonymous_kiosk_and_its_end(
    tablet: Callable[..., Page],
    community: Community,
    waves: list[Wave],
    page_errors: list[str],
) -> None:
    plan = create_plan(
        code="openly",
        name="Openly",
        version=waves[0].plan.version,
        linkage_mode=LinkageMode.ANONYMOUS,
    )
    wave = open_waves(plan=plan, community=community, before=(None, None), after=(None, None))[0]
    page = tablet(wave=wave)
    press(page, "Begin")
    agree(page)
    hand_over(page)

    page.locator("summary", has_text="For staff").click()
    page.fill("#pin", "0000")
    page.get_by_role("button", name="End").click()
    expect(page.get_by_role("alert")).to_contain_text("This PIN is wrong.")
    page.fill("#pin", "4711")
    page.get_by_role("button", name="End").click()
    page.wait_for_url("**/admin/login/**")

    assert running_kiosk(Kiosk.objects.get().pk) is None
    page_errors.clear()  # the browser reports the refused PIN
