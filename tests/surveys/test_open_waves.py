"""Anonymous waves: no card, no day, nothing that links, and a receipt all the same."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from communities.models import Community, Role
from surveys.links import wave_of_token, wave_token
from surveys.models import InstrumentVersion, LinkageMode, Response, Wave, WavePlan
from surveys.receipts import response_uuid
from surveys.services import create_plan, open_waves
from tests.make import make_community, make_member
from tests.surveys.phone import agree, press

JSON = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def _forgiven() -> None:
    cache.clear()


@pytest.fixture
def plan(version: InstrumentVersion) -> WavePlan:
    return create_plan(
        code="openly", name="Openly", version=version, linkage_mode=LinkageMode.ANONYMOUS
    )


@pytest.fixture
def address(waves: list[Wave]) -> str:
    return reverse("surveys:open", args=[wave_token(waves[0])])


@pytest.fixture
def begin(client: Client, address: str) -> Callable[[], dict[str, Any]]:
    return lambda: dict(client.post(address, headers=JSON).json())


def send(client: Client, ticket: str, **answers: int) -> dict[str, Any]:
    submission = {"ticket": ticket, "consent": ["evaluation"], "answers": answers}
    answer = client.post("/s/answers/", json.dumps(submission), content_type="application/json")
    return dict(answer.json())


def test_anybody_answers_without_a_card_and_without_a_day(
    client: Client, begin: Callable[[], dict[str, Any]]
) -> None:
    first, second = begin(), begin()

    said = [send(client, admission["ticket"], help=2)["outcome"] for admission in (first, second)]

    assert said == ["new", "new"]
    assert first["mode"] == "anonymous"
    assert {(one.card_id, one.answered_on) for one in Response.objects.all()} == {(None, None)}


def test_answering_without_script_shows_the_receipt_once(client: Client, address: str) -> None:
    page = client.get(f"{address}?lang=en").content.decode()
    assert "You need no card." in page
    opened = client.post(address)
    questions = client.get(opened.headers["Location"]).content.decode()
    assert "nothing links your answers with you" in questions
    assert 'value="contact"' not in questions
    sent = client.post(opened.headers["Location"], {"consent": ["evaluation"], "help": "3"})

    thanks = client.get(sent.headers["Location"])
    again = client.get(sent.headers["Location"])

    found = re.search(r'class="receipt" dir="ltr">(.{14})<', thanks.content.decode())
    assert found is not None
    assert "receipt" not in sent.headers["Location"]
    assert 'class="receipt"' not in again.content.decode()
    assert "Keep your card" not in thanks.content.decode()
    told = client.post("/s/receipt/?lang=en", {"code": found[1].lower()})
    assert "Your answers have arrived, and they count." in told.content.decode()


def test_receipt_deletes_and_says_so_and_nothing_comes_back(
    client: Client, begin: Callable[[], dict[str, Any]]
) -> None:
    mine, yours = begin(), begin()
    for admission in (mine, yours):
        send(client, admission["ticket"], help=2)

    gone = client.post("/s/leave/", {"code": mine["receipt"], "sure": "1"})
    told = client.post("/s/receipt/?lang=en", {"code": mine["receipt"]}).content.decode()
    again = send(client, mine["ticket"], help=2)

    assert gone.status_code == 200
    assert "Your answers were deleted on" in told
    assert "error" in again
    assert [str(row.pk) for row in Response.objects.all()] == [yours["uuid"]]
    assert client.post("/s/leave/", {"code": mine["receipt"], "sure": "1"}).status_code == 200


@pytest.mark.parametrize(
    ("code", "status"), [("", 400), ("2222 2222 2223", 400), ("2222 2222 2222", 404)]
)
def test_wrong_receipt_is_told(client: Client, db: None, code: str, status: int) -> None:
    answer = client.post("/s/receipt/", {"code": code})

    assert answer.status_code == status
    assert 'role="alert"' in answer.content.decode()


def test_closed_wave_and_forged_address_are_refused(
    client: Client, address: str, waves: list[Wave]
) -> None:
    Wave.objects.filter(pk=waves[0].pk).update(closes_at=timezone.now())

    assert client.get(address).status_code == 404
    assert client.post(address, headers=JSON).json().keys() == {"error"}
    assert client.get(f"/s/w/{waves[0].pk}/").status_code == 404
    assert wave_of_token(f"{waves[0].pk}.x") is None


def test_wave_with_cards_has_no_open_door(
    client: Client, version: InstrumentVersion, community: Community
) -> None:
    plan = create_plan(code="carded", name="Carded", version=version)
    wave = open_waves(plan=plan, community=community, before=(None, None), after=(None, None))[0]

    assert client.get(reverse("surveys:open", args=[wave_token(wave)])).status_code == 404


def test_poster_is_for_those_who_hand_out(
    client: Client, community: Community, waves: list[Wave], address: str
) -> None:
    poster = reverse("admin:surveys_wave_poster", args=[waves[0].pk])
    client.force_login(make_member(Role.COORDINATOR, make_community()))
    assert client.get(poster).status_code == 404
    client.force_login(make_member(Role.DATA_STEWARD, community))
    assert client.get(poster).status_code == 403
    client.force_login(make_member(Role.COORDINATOR, community))

    page = client.get(poster).content.decode()

    assert address in page
    assert 'class="qr"' in page
    assert "style=" not in page


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_open_wave_in_a_browser(
    page: Page, live_server: LiveServer, address: str, page_errors: list[str]
) -> None:
    page.goto(f"{live_server.url}{address}?lang=en")
    press(page, "Begin")
    agree(page)
    page.get_by_label("A lot").check()
    expect(page.get_by_text("Saved on this phone")).to_be_visible()
    # The same window goes on after a reload; another one begins anew.
    page.reload()
    press(page, "Begin")
    expect(page.get_by_label("A lot")).to_be_checked()
    other = page.context.new_page()
    other.goto(f"{live_server.url}{address}?lang=en")
    press(other, "Begin")
    expect(other.locator("input[name=evaluation]")).not_to_be_checked()
    other.close()

    for _question in range(7):
        press(page, "Next")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#sent")).to_have_text("Your answers have arrived.")
    thanks = page.locator("#screen").inner_text()

    found = re.search(r"Your receipt: (\S{4} \S{4} \S{4})\.", thanks)
    assert found is not None
    assert Response.objects.get().pk == response_uuid(found[1].replace(" ", ""))
    assert "Keep your card" not in thanks
    assert page_errors == []
