"""The trainer's job in a real browser, on the phone in the hand of somebody packing up chairs."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page, Route
from pytest_django.live_server_helper import LiveServer

from communities.models import ContactDetails
from tests.browser import assert_no_sideways_scroll
from tests.make import (
    PASSWORD,
    make_community,
    make_enrolment,
    make_facilitation,
    make_fidelity_item,
    make_module,
    make_programme,
    make_session,
    make_trainer,
    make_user,
    make_workshop,
)
from workshops.models import FacilitationRole, Headcount, Session, SessionLog, SessionStatus

pytestmark = pytest.mark.django_db(transaction=True)
EMAIL = "trainer@example.org"
#: Slow 3G as browsers' own tools define it, a little kinder: 400 ms, 50 kB/s.
SLOW_NETWORK = {
    "offline": False,
    "latency": 400,
    "downloadThroughput": 50_000,
    "uploadThroughput": 50_000,
}


@pytest.fixture
def session() -> Session:
    trainer = make_trainer(name="Nadia", user=make_user(email=EMAIL, password=PASSWORD))
    programme = make_programme(name="Neighbours")
    for position, text in enumerate(("We kept to the plan", "All could follow", "All spoke"), 1):
        item = make_fidelity_item(programme, position)
        type(item).objects.filter(pk=item.pk).update(text=text)
    workshop = make_workshop(programme=programme, community=make_community(name="Altona"))
    session = make_session(workshop=workshop, lead=trainer, place="Community hall")
    make_facilitation(session, make_trainer(name="Omid"), FacilitationRole.INTERPRETER)
    session.modules.add(make_module(programme=programme, name="Asking for help"))
    make_module(programme=programme, name="Finding a place")
    for number in range(1, 26):
        make_enrolment(workshop=workshop, name=f"Person {number}")
    return session


@pytest.fixture
def shot() -> Callable[[Page, str], None]:
    """Take a picture if somebody wants to look at it: SHOTS names the folder."""
    folder = os.environ.get("SHOTS")

    def take(page: Page, name: str) -> None:
        if folder:
            page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)

    return take


def sign_in(page: Page, server: LiveServer, email: str = EMAIL) -> None:
    page.goto(f"{server.url}/admin/")
    page.fill("#id_username", email)
    page.fill("#id_password", PASSWORD)
    page.click("input[type=submit]")
    page.wait_for_selector("h1")


def open_log(page: Page, server: LiveServer, session: Session) -> None:
    sign_in(page, server)
    page.goto(f"{server.url}/admin/workshops/session/{session.pk}/log/")


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {[node['target'] for node in rule['nodes']]}" for rule in found]


def marks(session: Session) -> list[str]:
    return list(session.attendances.order_by("enrolment").values_list("status", flat=True))


def test_session_is_logged_with_eight_taps_in_a_minute_on_a_slow_network(
    page: Page, live_server: LiveServer, session: Session, shot: Callable[[Page, str], None]
) -> None:
    sign_in(page, live_server)
    page.context.new_cdp_session(page).send("Network.emulateNetworkConditions", SLOW_NETWORK)
    begun = time.monotonic()
    taps = 0

    def tap(selector: str) -> None:
        nonlocal taps
        page.tap(selector)
        taps += 1

    shot(page, "today")
    assert_no_sideways_scroll(page)
    tap(".card.is-late .big-button")
    page.wait_for_selector("#log")
    assert_no_sideways_scroll(page)
    shot(page, "log-empty")
    tap("label.all-present")
    tap("#id_absent_rows")
    page.keyboard.type("3 7 19")
    tap("#id_walk_ins")
    page.keyboard.type("Amal Example")
    tap("#id_counted")
    page.keyboard.type("26")
    shot(page, "log-filled")
    tap(".save-bar .big-button")
    page.wait_for_url("**/logged/")
    shot(page, "logged")

    assert taps <= 8
    assert time.monotonic() - begun <= 60
    assert_no_sideways_scroll(page)
    absent = {3, 7, 19}
    assert marks(session) == [
        "absent" if number in absent else "present" for number in range(1, 27)
    ]
    headcount = Headcount.objects.get()
    assert (headcount.counted, headcount.unnamed) == (26, 3)
    assert [details.name for details in ContactDetails.objects.order_by("-pk")[:1]] == [
        "Amal Example"
    ]
    session.refresh_from_db()
    assert session.status == SessionStatus.HELD


def test_counts_follow_every_mark(page: Page, live_server: LiveServer, session: Session) -> None:
    open_log(page, live_server, session)

    def counts() -> list[str]:
        return [
            page.text_content(f"[data-count={name}]") or ""
            for name in ("named", "unnamed", "absent", "unmarked")
        ]

    seen = [counts()]
    page.check("#id_rest_present")
    seen.append(counts())
    page.fill("#id_absent_rows", "٣ 7")
    seen.append(counts())
    page.fill("#id_absent_rows", "7")
    seen.append(counts())
    page.fill("#id_walk_ins", "Amal, 2")
    page.fill("#id_counted", "30")
    seen.append(counts())
    page.uncheck("#id_rest_present")
    seen.append(counts())

    assert seen == [
        ["0", "0", "0", "25"],
        ["25", "0", "0", "0"],
        ["23", "0", "2", "0"],
        ["24", "0", "1", "0"],
        ["27", "3", "1", "0"],
        ["3", "27", "1", "24"],
    ]


def test_letters_mark_and_go_on_arrows_move(
    page: Page, live_server: LiveServer, session: Session
) -> None:
    open_log(page, live_server, session)
    page.focus("#roster fieldset:nth-of-type(1) input:checked")

    for key in ("p", "A", "l", "ArrowDown", "e", "ArrowUp", "ArrowUp", "p"):
        page.keyboard.press(key)
    page.click(".save-bar .big-button")
    page.wait_for_url("**/logged/")

    assert marks(session) == ["present", "absent", "late", "present", "excused"]


def test_page_works_without_javascript(
    new_page: Callable[..., Page],
    live_server: LiveServer,
    session: Session,
    page_errors: list[str],
) -> None:
    page = new_page(java_script_enabled=False)
    open_log(page, live_server, session)

    page.check("#id_rest_present")
    page.fill("#id_absent_rows", "3 7 99")
    page.click(".save-bar .big-button")
    wrong = page.text_content("#errors") or ""
    page.fill("#id_absent_rows", "3 7")
    page.click(".save-bar .big-button")
    page.wait_for_url("**/logged/")

    page_errors.clear()  # the browser says aloud that the first answer was a refusal
    assert "99" in wrong
    assert marks(session).count("absent") == 2
    assert marks(session).count("present") == 23


def test_cut_network_loses_nothing_and_sends_once(
    page: Page, live_server: LiveServer, session: Session, page_errors: list[str]
) -> None:
    open_log(page, live_server, session)
    page.check("#id_rest_present")
    page.fill("#id_walk_ins", "Amal Example")
    page.fill("#id_notes", "Rain")

    page.context.set_offline(True)
    page.click(".save-bar .big-button")
    page.wait_for_selector("[data-state=queued]:visible")
    kept = page.evaluate("() => JSON.stringify({...localStorage})")
    page.context.set_offline(False)
    page.wait_for_url("**/logged/")

    page_errors.clear()  # the browser says aloud that the network was gone
    assert "Amal" not in kept
    assert "Person" not in kept
    assert SessionLog.objects.get().notes == "Rain"
    assert marks(session) == ["present"] * 26
    assert (
        page.evaluate(
            "() => localStorage.getItem(`session-log-${location.pathname.split('/')[4]}`)"
        )
        is None
    )


def test_answer_lost_on_the_way_back_is_not_saved_twice(
    page: Page, live_server: LiveServer, session: Session, page_errors: list[str]
) -> None:
    open_log(page, live_server, session)
    page.check("#id_rest_present")
    page.fill("#id_walk_ins", "Amal Example")
    lost: list[int] = []

    def lose_the_answer(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch(max_redirects=0).status)
            route.abort()
        else:
            route.continue_()

    page.route("**/log/", lose_the_answer)
    page.click(".save-bar .big-button")
    page.wait_for_selector("[data-state=queued]:visible")
    page.evaluate("() => dispatchEvent(new Event('online'))")
    page.wait_for_url("**/logged/")

    page_errors.clear()  # the browser says aloud that the answer was lost
    assert lost == [303]
    assert SessionLog.objects.count() == 1
    assert marks(session) == ["present"] * 26


def test_closed_page_comes_back_with_its_marks(
    page: Page, live_server: LiveServer, session: Session
) -> None:
    open_log(page, live_server, session)
    page.check("#id_rest_present")
    page.fill("#id_absent_rows", "3")
    page.fill("#id_walk_ins", "Amal, Bo")

    page.reload()

    assert page.is_visible("[data-state=draft]")
    assert page.input_value("#id_walk_ins") == "2"
    assert page.text_content("[data-count=named]") == "26"
    page.click("#discard")
    page.wait_for_function("() => document.querySelector('#id_walk_ins').value === ''")
    assert page.is_hidden("[data-state=draft]")


def test_signed_out_trainer_signs_in_again_and_nothing_is_lost(
    page: Page, live_server: LiveServer, session: Session, page_errors: list[str]
) -> None:
    open_log(page, live_server, session)
    page.check("#id_rest_present")
    page.context.clear_cookies()

    page.click(".save-bar .big-button")
    page.wait_for_selector("[data-state=signed-out]:visible")
    second = page.context.new_page()
    sign_in(second, live_server)
    page.evaluate("() => dispatchEvent(new Event('online'))")
    page.wait_for_url("**/logged/")

    page_errors.clear()  # the browser says aloud that the token was refused
    assert marks(session) == ["present"] * 25


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_pages_are_accessible(
    new_page: Callable[..., Page],
    live_server: LiveServer,
    session: Session,
    scheme: str,
    page_errors: list[str],
    shot: Callable[[Page, str], None],
) -> None:
    page = new_page(color_scheme=scheme)
    found = {}
    page.goto(f"{live_server.url}/admin/")
    found["sign in"] = violations(page)
    shot(page, f"sign-in-{scheme}")
    sign_in(page, live_server)
    found["today"] = violations(page)
    shot(page, f"today-{scheme}")
    page.goto(f"{live_server.url}/admin/workshops/session/{session.pk}/log/")
    found["log"] = violations(page)
    shot(page, f"log-{scheme}")
    page.fill("#id_absent_rows", "99")
    page.click(".save-bar .big-button")
    page.wait_for_selector("#errors")
    found["refused"] = violations(page)
    shot(page, f"refused-{scheme}")
    page.fill("#id_absent_rows", "9")
    page.click(".save-bar .big-button")
    page.wait_for_url("**/logged/")
    found["logged"] = violations(page)

    assert all("422" in error for error in page_errors)
    page_errors.clear()
    assert found == {name: [] for name in found}


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_model_pages_fit_and_are_accessible(
    new_page: Callable[..., Page],
    live_server: LiveServer,
    session: Session,
    locale: str,
    page_errors: list[str],
    shot: Callable[[Page, str], None],
) -> None:
    page = new_page(locale=locale)
    make_user(email="boss@example.org", password=PASSWORD, is_superuser=True)
    sign_in(page, live_server, "boss@example.org")
    addresses = {
        "sessions": reverse("admin:workshops_session_changelist"),
        "session": reverse("admin:workshops_session_change", args=[session.pk]),
        "workshop": reverse("admin:workshops_workshop_change", args=[session.workshop_id]),
        "enrolments": reverse("admin:workshops_enrolment_changelist"),
        "trainer": reverse("admin:trainers_trainer_add"),
        "account": reverse("admin:accounts_user_add"),
        "incident": reverse("admin:workshops_incident_add"),
    }
    found = {}
    for name, address in addresses.items():
        page.goto(live_server.url + address)
        assert_no_sideways_scroll(page)
        shot(page, f"{name}-{locale}")
        assert page_errors == []
        found[name] = violations(page)
        page_errors.clear()  # the checker itself tries inline styles on these pages

    assert found == {name: [] for name in found}


def test_right_to_left_page_fits(
    new_page: Callable[..., Page],
    live_server: LiveServer,
    session: Session,
    shot: Callable[[Page, str], None],
) -> None:
    page = new_page(locale="ar")
    sign_in(page, live_server)
    assert page.get_attribute("html", "dir") == "rtl"
    assert_no_sideways_scroll(page)
    shot(page, "today-ar")
    page.goto(f"{live_server.url}/admin/workshops/session/{session.pk}/log/")
    assert_no_sideways_scroll(page)
    shot(page, "log-ar")
    first, last = (
        page.locator("#roster fieldset").first.locator(".seg label").nth(number).bounding_box()
        for number in (0, 4)
    )

    assert first is not None
    assert last is not None
    assert first["x"] > last["x"]
