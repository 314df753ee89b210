"""Answering in airplane mode after the first load."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from surveys.models import Response, ResponseConflict, Wave
from surveys.services import IssuedCard, codec_of
from tests.surveys.cable import Cable
from tests.surveys.phone import agree, enter, press, press_last

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cable(live_server: LiveServer, waves: list[Wave]) -> Iterator[Cable]:
    assert waves
    address = urlsplit(live_server.url)
    cable = Cable(str(address.hostname), int(address.port or 0))
    yield cable
    cable.pull_out()


def wait_for_worker(page: Page) -> None:
    page.evaluate("navigator.serviceWorker.ready")
    page.wait_for_function(
        """async () => {
            const shell = (await caches.keys()).find((name) => name.startsWith("shell-"));
            return shell && (await (await caches.open(shell)).keys()).length === 15;
        }"""
    )


def test_answering_in_airplane_mode(
    page: Page, cable: Cable, issued: IssuedCard, page_errors: list[str]
) -> None:
    page.goto(f"{cable.url}/s/?lang=en")
    wait_for_worker(page)
    enter(page, cable.url, issued.code)
    agree(page)
    page.get_by_label("A lot").check()
    page.get_by_text("Saved on this phone").wait_for()
    page.wait_for_function(
        "async () => (await (await caches.open('questions')).keys()).length === 2"
    )

    # No network; closed, reopened, another language, finished, closed again.
    cable.pull_out()
    context = page.context
    page.close()
    page = context.new_page()
    enter(page, cable.url, issued.code)
    expect(page.get_by_label("A lot")).to_be_checked()
    press(page, "Next")
    page.locator("summary").click()
    page.click("button[lang=ar]")
    page.get_by_label("قليلاً").check()
    for _screen in range(8):
        press_last(page)
    expect(page.locator("#sent")).to_contain_text("محفوظة على هذا الهاتف")
    page.close()
    page = context.new_page()
    page.goto(f"{cable.url}/s/?lang=en")
    expect(page.locator("#outbox")).to_contain_text("Not sent yet: 1.")

    # A network again.
    cable.plug_in()
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#outbox")).to_contain_text("Everything on this phone has been sent.")

    response = Response.objects.get()
    answers = codec_of(response.version).decode(bytes(response.answers))
    assert (answers["help"], answers["trust"]) == (4, 1)
    assert (response.language, response.answer_languages) == ("ar", {"help": "en"})
    assert not ResponseConflict.objects.exists()
    page_errors.clear()  # the browser reports each failed request


def test_first_time_needs_the_network(
    page: Page, cable: Cable, issued: IssuedCard, page_errors: list[str]
) -> None:
    page.goto(f"{cable.url}/s/?lang=en")
    wait_for_worker(page)
    cable.pull_out()

    enter(page, cable.url, issued.code)

    expect(page.get_by_role("alert")).to_contain_text("There is no network.")
    page_errors.clear()


def test_worker_keeps_no_page_of_a_person(page: Page, cable: Cable, issued: IssuedCard) -> None:
    page.goto(f"{cable.url}/s/?lang=en")
    wait_for_worker(page)
    with page.expect_response(lambda answer: answer.request.method == "POST") as given:
        enter(page, cable.url, issued.code)
    page.wait_for_selector("input[name=evaluation]")
    ticket = given.value.json()["ticket"]

    kept = page.evaluate(
        """async () => {
            const found = [];
            for (const name of await caches.keys()) {
                const cache = await caches.open(name);
                for (const request of await cache.keys()) {
                    found.push(request.url + " " + await (await cache.match(request)).text());
                }
            }
            return found.join(" ");
        }"""
    )
    assert issued.code not in kept
    assert "/s/q/" not in kept
    assert ticket not in kept
