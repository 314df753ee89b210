import gzip
import json
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from surveys.models import Response, ResponseConflict, Wave
from surveys.services import IssuedCard, codec_of, withdraw
from surveys.throttle import MISSES

JSON = {"Accept": "application/json"}
GOOD = {
    "consent": ["evaluation", "research"],
    "help": "4",
    "trust": "dont_know",
    "visits": "٣٠",
    "places": ["1", "5"],
    "story": " Tea with neighbours ",
    "gender": "2",
}


@pytest.fixture(autouse=True)
def _forgiven() -> None:
    cache.clear()


@pytest.fixture
def admit(client: Client, waves: list[Wave]) -> Callable[[IssuedCard], dict[str, Any]]:
    """Enter a code as the script does."""
    assert waves

    def enter(card: IssuedCard) -> dict[str, Any]:
        answer = client.post("/s/", {"code": card.code}, headers=JSON)
        return dict(answer.json())

    return enter


@pytest.fixture
def open_page(client: Client, waves: list[Wave]) -> Callable[[IssuedCard], str]:
    """Enter a code without JavaScript; return the address of the questionnaire."""
    assert waves

    def enter(card: IssuedCard) -> str:
        answer = client.post("/s/", {"code": f" {card.code.lower()} "})
        assert answer.status_code == 303
        return str(answer.headers["Location"])

    return enter


def send(client: Client, submission: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    answer = client.post("/s/answers/", json.dumps(submission), content_type="application/json")
    return answer.status_code, answer.json()


def test_home_leads_to_the_questions(client: Client) -> None:
    page = client.get("/?lang=en").content.decode()

    assert f'href="{reverse("surveys:enter")}"' in page


def test_each_language_is_offered_in_its_own_name_and_direction(client: Client) -> None:
    page = client.get("/s/?lang=ar").content.decode()

    assert '<html lang="ar" dir="rtl">' in page
    assert 'href="?lang=fa-af" hreflang="fa-af" lang="fa-af" dir="rtl">دری</a>' in page
    assert 'lang="de" dir="ltr">Deutsch</a>' in page
    assert client.get("/s/").content.decode().startswith(page[:60])


def test_entry_page_is_the_same_for_everybody(client: Client) -> None:
    assert client.get("/s/").content == Client().get("/s/").content
    assert client.get("/s/").cookies == {}


def test_answering_without_script(
    client: Client, open_page: Callable[[IssuedCard], str], issued: IssuedCard, waves: list[Wave]
) -> None:
    address = open_page(issued)
    page = client.get(address)
    sent = client.post(address, GOOD)

    assert page.status_code == 200
    assert issued.code not in address
    assert sent.headers["Location"] == "/s/thanks/?state=new"
    response = Response.objects.get()
    assert codec_of(waves[0].plan.version).decode(bytes(response.answers)) == {
        "help": 4,
        "trust": "dont_know",
        "barrier": "not_answered",
        "visits": 30,
        "places": frozenset({1, 5}),
        "gender": 2,
    }
    assert response.open_answers.get().text == "Tea with neighbours"
    assert response.consent_scopes == ["evaluation", "research"]
    assert len(response.consent_text_hash) == 64
    # The way back asks for the code again.
    assert client.get(address).headers["Location"] == "/s/"


def test_page_is_sent_compressed_and_the_same(
    client: Client, open_page: Callable[[IssuedCard], str], issued: IssuedCard
) -> None:
    address = open_page(issued)

    plain = client.get(address)
    packed = client.get(address, headers={"Accept-Encoding": "gzip"})

    assert gzip.decompress(packed.content) == plain.content
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "no-store" in packed.headers["Cache-Control"]


def test_cookie_belongs_to_one_page_and_to_no_script(
    client: Client, open_page: Callable[[IssuedCard], str], issued: IssuedCard
) -> None:
    address = open_page(issued)

    cookie = client.cookies["ticket"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (address, True, "Strict")
    assert issued.code not in cookie.value


@pytest.mark.parametrize(
    ("wrong", "key"),
    [
        ({"help": "9"}, "help"),
        ({"help": "does not"}, "help"),
        ({"visits": "301"}, "visits"),
        ({"visits": "many"}, "visits"),
        ({"places": ["1", "7"]}, "places"),
        ({"story": "x" * 2001}, "story"),
        ({"consent": ["research"]}, "consent"),
    ],
)
def test_mistakes_are_told_and_nothing_typed_is_lost(
    client: Client,
    open_page: Callable[[IssuedCard], str],
    issued: IssuedCard,
    wrong: dict[str, Any],
    key: str,
) -> None:
    answer = client.post(open_page(issued) + "?lang=en", GOOD | wrong)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'<a class="link" href="#{key}">' in page
    assert page.count('<p class="error">') == 1
    assert 'name="gender" value="2" checked' in page
    assert 'name="trust" value="dont_know" checked' in page
    assert not Response.objects.exists()


def test_switching_the_language_keeps_the_answers(
    client: Client, open_page: Callable[[IssuedCard], str], issued: IssuedCard
) -> None:
    address = open_page(issued)

    page = client.post(address, GOOD | {"switch_to": "ar"}).content.decode()

    assert '<html lang="ar" dir="rtl">' in page
    assert "كثيراً جداً" in page
    assert 'name="help" value="4" checked' in page
    assert "Tea with neighbours</textarea>" in page
    assert 'value="research" checked' in page
    assert not Response.objects.exists()
    client.post(address, GOOD)
    assert Response.objects.get().language == "ar"


@pytest.mark.parametrize("code", ["", "22222223", "ABCDEFGH", "2" * 5000, "\x00"])
def test_mistyped_code_is_told_and_costs_no_query(
    client: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
    code: str,
    db: None,
) -> None:
    with django_assert_num_queries(0):
        answer = client.post("/s/", {"code": code}, headers=JSON)

    assert answer.status_code == 400
    assert "error" in answer.json()


def test_unknown_closed_and_withdrawn_cards_get_the_same_answer(
    client: Client, waves: list[Wave], issue: Callable[[], IssuedCard]
) -> None:
    withdrawn, closed = issue(), issue()
    withdraw(withdrawn.code)
    Wave.objects.filter(pk=waves[0].pk).update(closes_at=timezone.now() - timedelta(minutes=1))

    answers = [
        client.post("/s/", {"code": code}, headers=JSON)
        for code in ("22222222", withdrawn.code, closed.code)
    ]

    assert {(answer.status_code, answer.content) for answer in answers} == {
        (404, answers[0].content)
    }


def test_guessing_is_stopped_and_mistyping_is_not(
    client: Client, waves: list[Wave], issued: IssuedCard
) -> None:
    assert waves
    for _try in range(MISSES):
        assert client.post("/s/", {"code": "22222223"}).status_code == 400
    for _try in range(MISSES):
        assert client.post("/s/", {"code": "22222222"}).status_code == 404

    assert client.post("/s/", {"code": issued.code}).status_code == 429
    elsewhere = client.post("/s/", {"code": issued.code}, REMOTE_ADDR="192.0.2.7")
    assert elsewhere.status_code == 303


def test_answering_with_script(
    client: Client,
    admit: Callable[[IssuedCard], dict[str, Any]],
    issued: IssuedCard,
    waves: list[Wave],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    admission = admit(issued)
    submission = {
        "ticket": admission["ticket"],
        "consent": ["evaluation"],
        "language": "en",
        "answers": {"help": 4, "trust": "dont_know", "places": [5], "story": "Tea"},
        "answerLanguages": {"help": "ar", "trust": "xx", "nothing": "de"},
    }

    with django_assert_num_queries(2):  # the wave, which is then known for a while; the response
        first = send(client, submission)
    with django_assert_num_queries(2):  # an insertion in vain, and a look at what is there
        again = send(client, submission)
    other = send(client, submission | {"answers": {"help": 1}})

    assert [first, again, other] == [
        (201, {"uuid": admission["uuid"], "outcome": "new"}),
        (200, {"uuid": admission["uuid"], "outcome": "same"}),
        (409, {"uuid": admission["uuid"], "outcome": "conflict"}),
    ]
    response = Response.objects.get()
    assert str(response.uuid) == admission["uuid"]
    assert response.answer_languages == {"help": "ar"}
    assert response.wave == waves[0]
    assert ResponseConflict.objects.count() == 1
    assert admit(issued) == {"answered": True}


@pytest.mark.parametrize(
    "wrong",
    [
        {"answers": {"help": 9}},
        {"answers": {"help": True}},
        {"answers": {"help": [1]}},
        {"answers": {"places": [9]}},
        {"answers": {"places": [[1]]}},
        {"answers": {"visits": 1.5}},
        {"answers": {"visits": "does_not_apply"}},
        {"answers": {"story": {"a": 1}}},
        {"answers": {"nothing": 1}},
        {"consent": []},
        {"consent": "evaluation"},
        {"answers": {"help": {}}},
    ],
)
def test_impossible_submission_is_refused(
    client: Client,
    admit: Callable[[IssuedCard], dict[str, Any]],
    issued: IssuedCard,
    wrong: dict[str, Any],
) -> None:
    submission = {"ticket": admit(issued)["ticket"], "consent": ["evaluation"], "answers": {}}

    status, said = send(client, submission | wrong)

    assert status == 422
    assert set(said) == {"error", "fields"}
    assert not Response.objects.exists()


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"7", b'{"ticket": 1}', b'{"ticket": "a:b:c"}', b"\xff", b"[" * 9999]
)
def test_nonsense_is_refused(client: Client, body: bytes, db: None) -> None:
    answer = client.post("/s/answers/", body, content_type="application/json")

    assert answer.status_code == 403


def test_closed_wave_refuses_and_says_so(
    client: Client,
    admit: Callable[[IssuedCard], dict[str, Any]],
    issued: IssuedCard,
    waves: list[Wave],
) -> None:
    ticket = admit(issued)["ticket"]
    Wave.objects.filter(pk=waves[0].pk).update(
        opens_at=timezone.now() - timedelta(days=40), closes_at=timezone.now() - timedelta(days=15)
    )

    status, said = send(client, {"ticket": ticket, "consent": ["evaluation"], "answers": {}})

    assert status == 410
    assert set(said) == {"error"}


def test_unreachable_database_is_a_moment_later(
    client: Client,
    admit: Callable[[IssuedCard], dict[str, Any]],
    open_page: Callable[[IssuedCard], str],
    issue: Callable[[], IssuedCard],
) -> None:
    card = issue()
    address = open_page(card)
    submission = {"ticket": admit(card)["ticket"], "consent": ["evaluation"], "answers": {}}

    def unreachable(*_query: object) -> None:
        raise OperationalError

    with connection.execute_wrapper(unreachable):
        by_script = client.post(
            "/s/answers/", json.dumps(submission), content_type="application/json", headers=JSON
        )
        by_page = client.post(address, GOOD)

    assert (by_script.status_code, by_page.status_code) == (503, 503)
    assert "uuid" not in by_script.json()
    assert 'name="gender" value="2" checked' in by_page.content.decode()


def test_questions_are_data_without_anybody(
    client: Client, admit: Callable[[IssuedCard], dict[str, Any]], issued: IssuedCard
) -> None:
    content_hash = admit(issued)["questions"]

    answer = client.get(f"/s/questions/{content_hash}/ar.json", headers={"Cookie": ""})

    assert answer.json()["sections"][0]["title"] == "حولك"
    assert answer.headers["Cache-Control"] == "public, max-age=86400"
    assert client.get(f"/s/questions/{content_hash}/de.json").status_code == 404
    assert client.get("/s/questions/0/ar.json").status_code == 404


def test_leaving_deletes_only_when_sure(
    client: Client, open_page: Callable[[IssuedCard], str], issued: IssuedCard
) -> None:
    client.post(open_page(issued), GOOD)

    unsure = client.post("/s/leave/", {"code": issued.code})
    unknown = client.post("/s/leave/", {"code": "22222222", "sure": "1"})
    assert (unsure.status_code, unknown.status_code) == (422, 404)
    assert Response.objects.count() == 1
    sure = client.post("/s/leave/", {"code": issued.code, "sure": "1"})

    assert sure.status_code == 200
    assert not Response.objects.exists()


def test_worker_lists_only_what_belongs_to_nobody(client: Client) -> None:
    script = client.get("/s/worker.js").content.decode()

    listed = re.findall(r'"([^"]+)"', script.split("\n")[2])
    addresses = [json.loads(f'"{address}"') for address in listed]
    assert addresses[0] == "/s/"
    assert all(address.startswith(("/s/?lang", "/s/", "/static/")) for address in addresses)
    assert not any("/q/" in address for address in addresses)
