"""The members' door in a real browser, on a phone of 390 px."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core.cache import cache
from playwright.sync_api import Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from communities.models import Community
from surveys.models import Response, ResponseConflict, Wave
from surveys.services import (
    IssuedCard,
    codec_of,
    create_plan,
    document_of,
    issue_cards,
    load_shipped_definitions,
    open_waves,
)
from tests.browser import assert_no_sideways_scroll
from tests.surveys.phone import agree, enter, press, press_last

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SHOTS = os.environ.get("CORESZON_SHOTS", "")


@pytest.fixture(autouse=True)
def _open(waves: list[Wave]) -> None:
    assert waves
    cache.clear()


def shoot(page: Page, name: str) -> None:
    assert_no_sideways_scroll(page)
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


def violations(page: Page) -> list[Any]:
    return [
        (found["id"], [node["html"] for node in found["nodes"]])
        for found in Axe().run(page).response["violations"]
    ]


def refusals(page_errors: list[str]) -> int:
    """Take away what the browser says about pages that were refused on purpose; count them."""
    told = [error for error in page_errors if re.search(r"status of 4(00|22)", error)]
    page_errors[:] = [error for error in page_errors if error not in told]
    return len(told)


def answer(page: Page, text: str) -> None:
    page.get_by_label(text, exact=True).check()
    press(page, "Next")


def answer_all(page: Page) -> None:
    agree(page)
    answer(page, "A lot")
    answer(page, "I don’t know")
    answer(page, "Not at all")
    page.fill("input[name=value]", "٣٠")
    press(page, "Next")
    page.get_by_label("School").check()
    answer(page, "Library")
    page.fill("textarea", "Tea with neighbours")
    press(page, "Next")
    answer(page, "A man")
    press(page, "Next")  # what would find the card again is left out


def stored() -> dict[str, Any]:
    response = Response.objects.get()
    return codec_of(response.version).decode(bytes(response.answers))


EXPECTED = {
    "help": 4,
    "trust": "dont_know",
    "barrier": 0,
    "visits": 30,
    "places": frozenset({1, 5}),
    "gender": 2,
}


def test_answering_one_question_per_screen(
    page: Page, live_server: LiveServer, issued: IssuedCard
) -> None:
    page.goto(f"{live_server.url}/s/?lang=en#{issued.code}")
    expect(page.locator("#code")).to_have_value(issued.code)
    assert "#" not in page.url
    shoot(page, "1-enter")
    page.click("#enter button")
    expect(page.locator("h1")).to_have_text("A small questionnaire")
    shoot(page, "2-consent")
    page.click("button.button")
    expect(page.get_by_role("alert")).to_have_text("To take part, tick the first sentence.")
    agree(page)
    expect(page.get_by_text("1 of 7")).to_be_visible()
    page.get_by_label("A lot").check()
    expect(page.get_by_role("status").last).to_have_text("Saved on this phone")
    shoot(page, "3-question")
    press(page, "Next")
    press(page, "Back")
    expect(page.get_by_label("A lot")).to_be_checked()
    press(page, "Next")
    answer(page, "I don’t know")
    answer(page, "Not at all")
    page.fill("input[name=value]", "301")
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("alert")).to_have_text(re.compile("from 0 to 300"))
    page.fill("input[name=value]", "٣٠")
    press(page, "Next")
    page.get_by_label("School").check()
    answer(page, "Library")
    page.fill("textarea", "Tea with neighbours")
    press(page, "Next")
    answer(page, "A man")
    expect(page.locator("h1")).to_have_text("If you lose your card")
    press(page, "Next")
    shoot(page, "4-review")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#sent")).to_have_text("Your answers have arrived.")
    shoot(page, "5-thanks")

    assert stored() == EXPECTED
    assert Response.objects.get().open_answers.get().text == "Tea with neighbours"


def test_answering_without_javascript(
    new_page: Callable[..., Page],
    live_server: LiveServer,
    issued: IssuedCard,
    page_errors: list[str],
) -> None:
    page = new_page(java_script_enabled=False)
    enter(page, live_server.url, issued.code)
    expect(page.locator("h1")).to_have_text("A small questionnaire")
    assert issued.code not in page.url
    page.click("text=Send")
    expect(page.get_by_role("alert")).to_contain_text("To take part, tick the first sentence.")
    shoot(page, "6-plain-error")
    page.check("input[value=evaluation]")
    page.check("input[name=help][value='4']")
    page.check("input[name=trust][value=dont_know]")
    page.check("input[name=barrier][value='0']")
    page.fill("input[name=visits]", "30")
    page.check("input[name=places][value='1']")
    page.check("input[name=places][value='5']")
    page.click("button[value=ar]")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    shoot(page, "7-plain-arabic")
    page.check("input[name=gender][value='2']")
    page.click(".steps button")
    expect(page).to_have_url(re.compile("/s/thanks/"))
    shoot(page, "8-plain-thanks")

    assert stored() == EXPECTED
    assert Response.objects.get().language == "ar"
    assert refusals(page_errors) == 1


def test_two_cards_in_two_tabs_without_javascript(
    new_page: Callable[..., Page], live_server: LiveServer, issue: Callable[[], IssuedCard]
) -> None:
    first = new_page(java_script_enabled=False)
    second = first.context.new_page()
    for page in (first, second):
        enter(page, live_server.url, issue().code)
        page.check("input[value=evaluation]")
    first.check("input[name=help][value='1']")
    second.check("input[name=help][value='2']")
    for page in (first, second):
        page.click("text=Send")
        expect(page).to_have_url(re.compile("/s/thanks/"))

    assert Response.objects.values("card").distinct().count() == 2
    assert not ResponseConflict.objects.exists()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_no_screen_has_an_accessibility_violation(
    page: Page,
    live_server: LiveServer,
    issued: IssuedCard,
    language: str,
    page_errors: list[str],
) -> None:
    found = {}
    page.goto(f"{live_server.url}/?lang={language}")
    found["home"] = violations(page)
    enter(page, live_server.url, "22222223", language)
    expect(page.get_by_role("alert")).to_be_visible()
    found["problem"] = violations(page)
    page.fill("#code", issued.code)
    page.click("#enter button")
    page.wait_for_selector("input[name=evaluation]")
    found["consent"] = violations(page)
    agree(page)
    for number in range(7):
        page.wait_for_selector("progress")
        found[f"question {number}"] = violations(page)
        shoot(page, f"{language}-question-{number}")
        press_last(page)
    page.wait_for_selector(".picture")
    found["recovery"] = violations(page)
    shoot(page, f"{language}-recovery")
    press_last(page)
    page.wait_for_selector(".review")
    found["review"] = violations(page)
    shoot(page, f"{language}-review")
    page.locator(".steps .button").last.click()
    page.wait_for_selector("#sent")
    found["thanks"] = violations(page)
    shoot(page, f"{language}-thanks")
    page.goto(f"{live_server.url}/s/leave/?lang={language}")
    found["leave"] = violations(page)

    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert refusals(page_errors) == 1


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_shipped_questionnaire_is_accessible_in_every_language(
    new_page: Callable[..., Page], live_server: LiveServer, community: Community, language: str
) -> None:
    version = next(v for v in load_shipped_definitions() if v.age_band == "adult")
    plan = create_plan(code="shipped", name="Shipped", version=version)
    open_waves(plan=plan, community=community, before=(None, None), after=(None, None))
    card = issue_cards(plan=plan, community=community, count=1)[0]
    # The page of the whole questionnaire has every question and every word in it.
    page = new_page(java_script_enabled=False)
    enter(page, live_server.url, card.code, language)
    page.wait_for_selector("fieldset")
    address, cookies = page.url, page.context.cookies()
    shoot(page, f"shipped-plain-{language}")
    scripted = new_page()
    scripted.context.add_cookies(cookies)  # type: ignore[arg-type] # what was read is what is added
    scripted.goto(address)

    assert scripted.locator("html").get_attribute("lang") == language
    assert scripted.locator("fieldset").count() == len(document_of(version).items) + 2
    assert violations(scripted) == []
    enter(scripted, live_server.url, card.code, language)
    agree(scripted)
    assert violations(scripted) == []
    shoot(scripted, f"shipped-{language}")


def test_keyboard_alone(page: Page, live_server: LiveServer, issued: IssuedCard) -> None:
    page.goto(f"{live_server.url}/s/?lang=en")
    page.focus("#code")
    page.keyboard.type(issued.code)
    page.keyboard.press("Enter")
    page.wait_for_selector("input[name=evaluation]")
    page.focus("input[name=evaluation]")
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    for _question in range(2):
        expect(page.locator("h1")).to_be_focused()
        page.keyboard.press("Tab")
        page.keyboard.press("Space")
        page.keyboard.press("ArrowDown")
        heading = page.evaluate_handle("document.querySelector('h1')")
        page.keyboard.press("Enter")
        page.wait_for_function("heading => !heading.isConnected", arg=heading)
    expect(page.get_by_text("3 of 7")).to_be_visible()


def test_unfinished_answers_open_only_with_their_card(
    page: Page, live_server: LiveServer, issue: Callable[[], IssuedCard]
) -> None:
    mine, yours = issue(), issue()
    enter(page, live_server.url, mine.code)
    agree(page)
    answer(page, "A lot")
    expect(page.get_by_text("2 of 7")).to_be_visible()

    enter(page, live_server.url, yours.code)
    expect(page.locator("input[name=evaluation]")).not_to_be_checked()
    agree(page)
    expect(page.get_by_label("A lot")).not_to_be_checked()
    enter(page, live_server.url, mine.code)
    expect(page.get_by_text("2 of 7")).to_be_visible()
    press(page, "Back")
    expect(page.get_by_label("A lot")).to_be_checked()


def test_two_tabs_with_one_card_lose_nothing(
    page: Page, live_server: LiveServer, issued: IssuedCard
) -> None:
    other = page.context.new_page()
    for tab in (page, other):
        enter(tab, live_server.url, issued.code)
        tab.wait_for_selector("input[name=evaluation]")
    agree(page)
    answer(page, "A lot")
    agree(other)
    press(other, "Next")
    answer(other, "Some")
    press(other, "Next")
    for _screen in range(5):
        press(other, "Next")
    other.get_by_role("button", name="Send").click()
    expect(other.locator("#sent")).to_have_text("Your answers have arrived.")
    page.get_by_label("Some").check()
    expect(page.locator("#sent")).to_contain_text("another window")

    assert {key: stored()[key] for key in ("help", "trust")} == {"help": 4, "trust": 2}
    assert not ResponseConflict.objects.exists()


def test_server_that_is_away_for_a_while_loses_nothing(
    page: Page, live_server: LiveServer, issued: IssuedCard, page_errors: list[str]
) -> None:
    def away(route: Route) -> None:
        route.fulfill(status=503, json={"error": "later"})

    page.route("**/s/answers/", away)
    enter(page, live_server.url, issued.code)
    answer_all(page)
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#sent")).to_contain_text("wait on this phone")
    assert not Response.objects.exists()

    page.goto(f"{live_server.url}/s/?lang=en")
    expect(page.locator("#outbox")).to_contain_text("Not sent yet: 1.")
    page.unroute("**/s/answers/")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#outbox")).to_contain_text("Everything on this phone has been sent.")

    assert stored() == EXPECTED
    page_errors.clear()  # the browser reports each 503


def test_clearing_the_phone_leaves_nothing(
    page: Page, live_server: LiveServer, issued: IssuedCard
) -> None:
    enter(page, live_server.url, issued.code)
    agree(page)
    page.get_by_label("A lot").check()
    page.get_by_text("Saved on this phone").wait_for()
    page.get_by_role("button", name="Clear this phone").click()
    page.wait_for_selector("#code")

    left = page.evaluate(
        """async () => [
            await caches.has("questions"), localStorage.length, sessionStorage.length,
        ]"""
    )
    assert left == [False, 0, 0]
    enter(page, live_server.url, issued.code)
    expect(page.locator("input[name=evaluation]")).not_to_be_checked()


def test_nothing_readable_lies_on_the_phone(
    page: Page, live_server: LiveServer, issued: IssuedCard
) -> None:
    enter(page, live_server.url, issued.code)
    answer_all(page)
    dump = page.evaluate(
        """async () => {
            const open = indexedDB.open("survey");
            await new Promise((done) => { open.onsuccess = done; });
            const found = [];
            for (const name of open.result.objectStoreNames) {
                const store = open.result.transaction(name).objectStore(name);
                for (const read of [store.getAllKeys(), store.getAll()]) {
                    await new Promise((done) => { read.onsuccess = done; });
                    for (const row of read.result) {
                        found.push(row?.data ? new TextDecoder("latin1").decode(row.data) : row);
                    }
                }
            }
            const keys = found.filter((row) => row.seal);
            const exports = await Promise.allSettled(
                keys.flatMap(({seal, name}) => [seal, name])
                    .map((key) => crypto.subtle.exportKey("raw", key)));
            return [JSON.stringify(found), exports.map(({status}) => status)];
        }"""
    )

    assert dump[1] == ["rejected", "rejected"]
    assert "Tea" not in dump[0]
    assert "help" not in dump[0]
    assert issued.code not in dump[0]
