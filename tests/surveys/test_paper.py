"""Paper: printed with a receipt of its own, typed in by two people, one response at the end."""

import json
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect
from pypdf import PdfReader
from pytest_django.live_server_helper import LiveServer

from accounts.models import AuditEntry, User
from communities.models import Community, Role
from surveys.document import Item
from surveys.encoding import NotAnswered
from surveys.errors import PaperError
from surveys.models import (
    CodeCard,
    LinkageMode,
    PaperEntry,
    PaperSheet,
    PaperState,
    Response,
    Wave,
)
from surveys.paper import form_version, print_papers
from surveys.paper_codes import codes_of, meaning, typed_for
from surveys.receipts import new_receipt, response_uuid
from surveys.services import (
    IssuedCard,
    Typed,
    codec_of,
    document_of,
    enter_paper,
    look_up_receipt,
    withdraw,
)
from tests.make import make_community, make_member


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


ANSWERS: dict[str, Any] = {
    "help": 4,
    "trust": NotAnswered.DONT_KNOW,
    "visits": 12,
    "places": frozenset({1, 5}),
}
TYPED = {
    "help": "5",
    "trust": "k",
    "visits": "١٢",
    "places": "1, 3",
    "story": " Tea ",
    "gender": "",
}


@pytest.fixture
def first_typist(community: Community) -> User:
    return make_member(Role.COORDINATOR, community)


@pytest.fixture
def second_typist(community: Community) -> User:
    return make_member(Role.COORDINATOR, community)


@pytest.fixture
def enter(waves: list[Wave]) -> Callable[..., PaperSheet]:
    def enter_one(by: User, receipt: str, code: str = "", **answers: Any) -> PaperSheet:
        typed = Typed(
            answers=ANSWERS | answers,
            open_answers={"story": "Tea"},
            language="ar",
            consent_scopes=["evaluation"],
            code=code,
        )
        return enter_paper(
            wave=waves[0], receipt=receipt, filled_on=timezone.localdate(), typed=typed, by=by
        )

    return enter_one


# Codes --------------------------------------------------------------------------------------------


def test_codes_are_read_back_as_they_are_printed(waves: list[Wave]) -> None:
    document = document_of(waves[0].plan.version)

    def read(key: str, typed: str) -> object:
        return meaning(document.item(key), typed)

    assert codes_of(document.item("help")) == {
        **{str(number): number - 1 for number in range(1, 6)},
        "X": "does_not_apply",
        "P": "prefer_not_to_say",
        "K": "dont_know",
        "U": "dont_understand",
    }
    assert [read("help", typed) for typed in ("1", "٥", "u", "6", "1 2")] == [
        *(0, 4, "dont_understand", "6", "1 2"),
    ]
    assert [read("places", typed) for typed in ("1 3", "3,1", "p", "9")] == [
        *([1, 5], [5, 1], "prefer_not_to_say", ["9"]),
    ]
    assert [read("visits", typed) for typed in ("0", "007", "x")] == [0, 7, "X"]
    assert read("story", " K is a letter ") == "K is a letter"


@pytest.mark.parametrize(
    ("key", "answer", "typed"),
    [
        ("help", 4, "5"),
        ("help", NotAnswered.DONT_KNOW, "K"),
        ("help", NotAnswered.NOT_ANSWERED, ""),
        ("places", frozenset({1, 5}), "1 3"),
        ("visits", 12, "12"),
        ("story", "Tea", "Tea"),
    ],
)
def test_answers_are_shown_as_they_are_typed(
    waves: list[Wave], key: str, answer: object, typed: str
) -> None:
    item: Item = document_of(waves[0].plan.version).item(key)

    assert typed_for(item, answer) == typed


# Entering twice -----------------------------------------------------------------------------------


def test_two_people_who_read_the_same_make_one_response(
    enter: Callable[..., PaperSheet],
    first_typist: User,
    second_typist: User,
    issued: IssuedCard,
    card: CodeCard,
) -> None:
    receipt = new_receipt()

    once = enter(first_typist, receipt, issued.code)
    assert (once.state, Response.objects.count()) == (PaperState.ENTERED, 0)
    twice = enter(second_typist, receipt.lower(), issued.code)

    response = Response.objects.get()
    assert twice.state == PaperState.DONE
    assert (response.pk, response.card) == (response_uuid(receipt), card)
    assert (response.channel, response.language) == ("paper", "ar")
    assert response.open_answers.get().text == "Tea"
    decoded = codec_of(response.version).decode(bytes(response.answers))
    assert {key: decoded[key] for key in ANSWERS} == ANSWERS
    assert set(PaperEntry.objects.values_list("content", flat=True)) == {None}
    assert AuditEntry.objects.get().action == "take_in_paper"
    assert look_up_receipt(receipt).is_in


def test_the_same_person_types_only_once(
    enter: Callable[..., PaperSheet], first_typist: User
) -> None:
    receipt = new_receipt()
    enter(first_typist, receipt)

    with pytest.raises(PaperError, match="another person"):
        enter(first_typist, receipt)

    assert PaperEntry.objects.count() == 1


def test_sheet_that_is_done_takes_nothing_more(
    enter: Callable[..., PaperSheet], first_typist: User, second_typist: User
) -> None:
    receipt = new_receipt()
    enter(first_typist, receipt)
    enter(second_typist, receipt)

    with pytest.raises(PaperError, match="already taken in"):
        enter(make_member(Role.COORDINATOR, make_community()), receipt, help=1)


@pytest.mark.parametrize(("receipt", "code"), [("2222", ""), ("", "22222222"), ("", "x")])
def test_mistyped_number_and_unknown_card_are_refused(
    enter: Callable[..., PaperSheet], first_typist: User, receipt: str, code: str
) -> None:
    with pytest.raises(PaperError):
        enter(first_typist, receipt or new_receipt(), code)

    assert not PaperSheet.objects.exists()


def test_withdrawal_reaches_papers_that_wait(
    enter: Callable[..., PaperSheet], first_typist: User, second_typist: User, issued: IssuedCard
) -> None:
    by_card, by_receipt = new_receipt(), new_receipt()
    enter(first_typist, by_card, issued.code)
    enter(first_typist, by_receipt)

    assert withdraw(issued.code)
    assert withdraw(by_receipt)

    assert not PaperSheet.objects.exists()
    with pytest.raises(PaperError, match="withdrawn"):
        enter(second_typist, by_receipt)


def test_late_paper_counts_for_the_day_on_which_it_was_filled_in(
    waves: list[Wave], first_typist: User, second_typist: User
) -> None:
    wave = waves[0]
    Wave.objects.filter(pk=wave.pk).update(closes_at=timezone.now() - timedelta(days=1))
    day = timezone.localdate() - timedelta(days=3)
    receipt = new_receipt()
    wave.refresh_from_db()

    for typist in (first_typist, second_typist):
        enter_paper(
            wave=wave, receipt=receipt, filled_on=day, typed=Typed(answers=ANSWERS), by=typist
        )

    assert Response.objects.get().answered_on == day


# Pages --------------------------------------------------------------------------------------------


def fields(receipt: str, code: str, **typed: str) -> dict[str, Any]:
    beside = {"receipt": receipt, "code": code, "language": "ar", "consent": ["evaluation"]}
    return beside | {"filled_on": timezone.localdate().isoformat()} | TYPED | typed


def test_differences_are_shown_and_decided_item_by_item(
    client: Client,
    waves: list[Wave],
    first_typist: User,
    second_typist: User,
    issued: IssuedCard,
) -> None:
    address = reverse("admin:surveys_wave_enter", args=[waves[0].pk])
    receipt = new_receipt()
    client.force_login(first_typist)
    client.post(address, fields(receipt, issued.code))
    client.force_login(second_typist)
    answer = client.post(address, fields(receipt, issued.code, help="4", gender="1", story="Tee"))
    sheet = PaperSheet.objects.get()
    compare = reverse("admin:surveys_wave_compare", args=[waves[0].pk, sheet.pk])
    assert answer.headers["Location"] == compare

    page = client.get(compare).content.decode()
    in_arabic = client.get(compare, headers={"Accept-Language": "ar"}).content.decode()
    undecided = client.post(compare, {"help": "first", "gender": "second"}).content.decode()
    assert not Response.objects.exists()
    done = client.post(compare, {"help": "first", "gender": "second", "story": "second"})

    assert page.count("<legend>") == 3
    assert "سؤال؟" in in_arabic
    assert "Question about help?" in page
    assert "decide each difference" in undecided
    assert done.status_code == 302
    response = Response.objects.get()
    decoded = codec_of(response.version).decode(bytes(response.answers))
    assert (decoded["help"], decoded["gender"]) == (4, 1)
    assert response.open_answers.get().text == "Tee"
    sheet.refresh_from_db()
    assert sheet.decisions == {"gender": "second", "help": "first", "story": "second"}
    assert sheet.decided_by == second_typist
    assert "Tea" not in json.dumps(sheet.decisions)


def test_second_entry_is_typed_anew_where_both_misread(
    client: Client, waves: list[Wave], first_typist: User, second_typist: User
) -> None:
    address = reverse("admin:surveys_wave_enter", args=[waves[0].pk])
    receipt = new_receipt()
    client.force_login(first_typist)
    client.post(address, fields(receipt, ""))
    client.force_login(second_typist)
    client.post(address, fields(receipt, "", help="4"))
    sheet = PaperSheet.objects.get()

    client.post(
        reverse("admin:surveys_wave_compare", args=[waves[0].pk, sheet.pk]), {"retype": "1"}
    )
    client.post(address, fields(receipt, ""))

    assert Response.objects.get().card is None


def test_mistakes_are_told_and_nothing_typed_is_lost(
    client: Client, waves: list[Wave], first_typist: User
) -> None:
    client.force_login(first_typist)
    address = reverse("admin:surveys_wave_enter", args=[waves[0].pk])

    wrong = fields(new_receipt(), "", help="6", visits="301") | {"consent": ["research"]}
    answer = client.post(address, wrong)
    tomorrow = (timezone.localdate() + timedelta(days=1)).isoformat()
    future = client.post(address, fields(new_receipt(), "") | {"filled_on": tomorrow})

    page = answer.content.decode()
    assert (answer.status_code, future.status_code) == (422, 422)
    assert "Type one of the printed codes: 1, 2, 3, 4, 5, X, P, K, U." in page
    assert "from 0 to 300" in page
    assert "Without the first tick" in page
    assert 'value="6"' in page
    assert "Tea </textarea>" in page
    assert not PaperSheet.objects.exists()


def test_pages_are_for_those_who_type(client: Client, waves: list[Wave]) -> None:
    pages = [
        reverse(f"admin:surveys_wave_{page}", args=[waves[0].pk]) for page in ("papers", "enter")
    ]
    client.force_login(make_member(Role.COORDINATOR, make_community()))
    assert {client.get(page).status_code for page in pages} == {404}
    client.force_login(make_member(Role.DATA_STEWARD, waves[0].community))

    assert {client.get(page).status_code for page in pages} == {403}


# Print --------------------------------------------------------------------------------------------


def test_each_copy_has_a_receipt_and_each_page_the_form(
    client: Client, waves: list[Wave], first_typist: User
) -> None:
    client.force_login(first_typist)
    address = reverse("admin:surveys_wave_papers", args=[waves[0].pk])

    answer = client.post(address, {"language": "en", "copies": "2"})

    assert answer.headers["Content-Type"] == "application/pdf"
    assert client.post(address, {"language": "de", "copies": "2"}).status_code == 200
    assert client.post(address, {"language": "en", "copies": "51"}).status_code == 200
    words = text_of(answer.content)
    assert "Question about trust?" in words
    assert "Put the sticker of your card here" in words
    assert words.count("Tear this off") == 2
    assert form_version(waves[0], "en").split()[-1] in words


@pytest.mark.parametrize("language", ["en", "ar"])
def test_paper_in_each_script(waves: list[Wave], language: str) -> None:
    pdf = print_papers(waves[0], language, 1)

    assert pdf.startswith(b"%PDF-")
    assert f"/Lang ({language})".encode() in pdf.replace(b"/Lang(", b"/Lang (")


def test_anonymous_paper_has_no_box_for_a_card(waves: list[Wave]) -> None:
    waves[0].plan.linkage_mode = LinkageMode.ANONYMOUS

    words = text_of(print_papers(waves[0], "en", 1))

    assert "sticker" not in words
    assert "nothing links your answers" in words


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_typing_with_one_key_per_question(
    new_page: Callable[..., Page],
    live_server: LiveServer,
    client: Client,
    waves: list[Wave],
    first_typist: User,
) -> None:
    client.force_login(first_typist)
    page = new_page(viewport={"width": 1000, "height": 900})
    session = client.cookies["sid"].value
    page.context.add_cookies([{"name": "sid", "value": session, "url": live_server.url}])
    page.goto(live_server.url + reverse("admin:surveys_wave_enter", args=[waves[0].pk]))
    assert Axe().run(page).response["violations"] == []
    page.fill("[name=receipt]", new_receipt())
    page.check("[name=consent][value=evaluation]")
    page.focus("#help")
    page.keyboard.type("5k112")
    page.keyboard.press("Enter")
    page.keyboard.type("1 3")
    page.keyboard.press("Enter")

    values = {key: page.input_value(f"#{key}") for key in ("help", "trust", "barrier", "visits")}
    assert values == {"help": "5", "trust": "k", "barrier": "1", "visits": "12"}
    page.click("text=Save this sheet")
    expect(page.get_by_text("Another person types it in")).to_be_visible()
    assert Axe().run(page).response["violations"] == []
