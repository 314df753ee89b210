"""Lost cards: suggestions from what is remembered, decided by a person, written down."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache
from django.db import IntegrityError, connection
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from communities.models import Community, Role
from surveys.errors import RecoveryError
from surveys.models import CodeCard, LinkDecision, Recovery, Response, Wave, WavePlan
from surveys.services import (
    IssuedCard,
    Remembered,
    admit,
    decide_suggestion,
    find_card,
    issue_cards,
    remember,
    submit_response,
    suggest_cards,
    withdraw,
)
from surveys.services.recovery import LARGEST_COHORT
from tests.make import make_community, make_member
from tests.surveys.phone import agree, enter, press

PICTURES = (0, 1, 2)


@pytest.fixture(autouse=True)
def _forgiven() -> None:
    cache.clear()


@pytest.fixture
def coordinator(community: Community) -> User:
    return make_member(Role.COORDINATOR, community)


@pytest.fixture
def lost(card: CodeCard) -> CodeCard:
    """Give a card pictures and answers that a test knows."""
    CodeCard.objects.filter(pk=card.pk).update(pictures=list(PICTURES))
    remember(card_id=card.pk, answers={"siblings": 2, "languages": 3, "picture": 7})
    card.refresh_from_db()
    return card


@pytest.fixture
def others(issue: Callable[[], IssuedCard]) -> list[CodeCard]:
    """Two more people whose cards have nothing in common with the lost one."""
    for _number in range(2):
        issue()
    CodeCard.objects.update(pictures=[9, 10, 11])
    return list(CodeCard.objects.all())


@pytest.mark.parametrize(
    ("pictures", "answers", "found"),
    [
        ({0, 1, 2}, {}, (3, 0)),
        ({0, 1}, {}, (2, 0)),
        ({0, 1, 8}, {}, (3, 1)),
        ({0, 7, 8}, {}, None),
        ({0, 8}, {}, None),
        ({0, 1}, {"siblings": 2, "languages": 3, "picture": 7}, (5, 0)),
        ({0, 1}, {"siblings": 3, "languages": 3}, (4, 1)),
        ({0, 8}, {"siblings": 3, "languages": 3}, None),
        (set(), {"siblings": 2, "picture": 7}, (2, 0)),
    ],
)
def test_one_mistake_is_forgiven_and_no_more(
    waves: list[Wave],
    others: list[CodeCard],
    lost: CodeCard,
    pictures: set[int],
    answers: dict[str, int],
    found: tuple[int, int] | None,
) -> None:
    assert others

    suggested = suggest_cards(wave=waves[0], remembered=Remembered(frozenset(pictures), answers))

    assert [(entry.card, entry.compared, entry.mismatches) for entry in suggested] == (
        [(lost, *found)] if found else []
    )


def test_too_little_or_too_many_finds_nothing(
    waves: list[Wave], plan: WavePlan, community: Community, lost: CodeCard
) -> None:
    assert lost.pk
    with pytest.raises(RecoveryError, match="at least two"):
        suggest_cards(wave=waves[0], remembered=Remembered(frozenset({0})))
    issue_cards(plan=plan, community=community, count=LARGEST_COHORT)

    with pytest.raises(RecoveryError, match="too many"):
        suggest_cards(wave=waves[0], remembered=Remembered(frozenset(PICTURES)))


def test_only_the_same_people_are_looked_at(
    plan: WavePlan, waves: list[Wave], lost: CodeCard
) -> None:
    elsewhere = make_community()
    issue_cards(plan=plan, community=elsewhere, count=1)
    CodeCard.objects.filter(community=elsewhere).update(pictures=list(PICTURES))

    suggested = suggest_cards(wave=waves[0], remembered=Remembered(frozenset(PICTURES)))

    assert [found.card for found in suggested] == [lost]


def test_accepted_card_gets_a_new_code_and_keeps_its_answers(
    waves: list[Wave], issued: IssuedCard, lost: CodeCard, coordinator: User
) -> None:
    submit_response(uuid=uuid4(), wave=waves[0], card=lost, answers={"help": 1})
    remembered = Remembered(frozenset({0, 1, 8}))

    new = decide_suggestion(
        wave=waves[0], remembered=remembered, card_id=lost.pk, accept=True, by=coordinator
    )

    assert new is not None
    assert find_card(new.code) == lost
    assert find_card(issued.code) is None
    assert Response.objects.get().card == lost
    admission = admit(new.code)
    assert admission is not None
    assert admission.has_answered
    decision = LinkDecision.objects.get()
    assert (decision.compared_count, decision.mismatch_count) == (3, 1)
    assert (decision.is_accepted, decision.decided_by) == (True, coordinator)


def test_declined_suggestion_is_written_down_and_changes_nothing(
    waves: list[Wave], issued: IssuedCard, lost: CodeCard, coordinator: User
) -> None:
    remembered = Remembered(frozenset(PICTURES))

    decide_suggestion(
        wave=waves[0], remembered=remembered, card_id=lost.pk, accept=False, by=coordinator
    )

    assert find_card(issued.code) == lost
    assert not LinkDecision.objects.get().is_accepted
    with pytest.raises(RecoveryError):
        decide_suggestion(
            wave=waves[0], remembered=remembered, card_id=lost.pk + 1, accept=True, by=coordinator
        )


def test_database_refuses_a_link_with_two_mistakes(lost: CodeCard, coordinator: User) -> None:
    with pytest.raises(IntegrityError, match="linkdecision_tolerance"):
        LinkDecision.objects.create(
            card=lost, compared_count=5, mismatch_count=2, is_accepted=True, decided_by=coordinator
        )


def test_same_answers_of_two_people_look_different_in_the_database(
    others: list[CodeCard],
) -> None:
    for card in others:
        remember(card_id=card.pk, answers={"siblings": 2, "languages": 3, "picture": 7})
    remember(card_id=others[0].pk, answers={"siblings": 5})

    hashes = [bytes(row.siblings_hash or b"") for row in Recovery.objects.all()]
    assert len(set(hashes)) == len(others) == 2
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM surveys_recovery")
        assert all(bytes(cell) for row in cursor.fetchall() for cell in row[1:])


def test_withdrawal_takes_it_along(issued: IssuedCard, lost: CodeCard) -> None:
    assert lost.pk

    withdraw(issued.code)

    assert not Recovery.objects.exists()


# Asking -------------------------------------------------------------------------------------------


def test_asked_once_without_script(
    client: Client, waves: list[Wave], issued: IssuedCard, card: CodeCard
) -> None:
    assert waves
    address = client.post("/s/", {"code": issued.code}).headers["Location"]
    page = client.get(f"{address}?lang=en").content.decode()
    assert "If you lose your card" in page

    client.post(
        address,
        {
            "consent": ["evaluation"],
            "recovery.siblings": "٢",
            "recovery.languages": "many",
            "recovery.picture": "7",
        },
    )

    stored = Recovery.objects.get()
    assert stored.card == card
    assert stored.siblings_hash
    assert stored.picture_hash
    assert stored.languages_hash is None


@pytest.mark.parametrize("given", [None, 7, {}, {"siblings": -1}, {"picture": 16}, {"x": 1}])
def test_nonsense_is_left_out_and_the_answers_are_taken(
    client: Client, waves: list[Wave], issued: IssuedCard, given: object
) -> None:
    assert waves
    headers = {"Accept": "application/json"}
    ticket = client.post("/s/", {"code": issued.code}, headers=headers).json()["ticket"]
    submission: dict[str, Any] = {"ticket": ticket, "consent": ["evaluation"], "recovery": given}

    answer = client.post("/s/answers/", json.dumps(submission), content_type="application/json")

    assert answer.status_code == 201
    assert not Recovery.objects.exists()


# Pages --------------------------------------------------------------------------------------------


def test_staff_find_a_lost_card(
    client: Client, waves: list[Wave], lost: CodeCard, coordinator: User
) -> None:
    address = reverse("admin:surveys_wave_lost", args=[waves[0].pk])
    client.force_login(make_member(Role.COORDINATOR, make_community()))
    assert client.get(address).status_code == 404
    client.force_login(coordinator)
    given = {"first": "0", "second": "1", "third": "8", "siblings": "2"}

    searched = client.post(address, given)
    declined = client.post(address, given | {"decline": str(lost.pk)})
    accepted = client.post(address, given | {"accept": str(lost.pk)})
    senseless = client.post(address, given | {"accept": "0"})

    assert "3 of 4 things fit." in searched.content.decode()
    assert declined.status_code == 200
    assert accepted.content.decode().count('class="card"') == 1
    assert "not among the suggestions" in senseless.content.decode()
    assert list(LinkDecision.objects.order_by("pk").values_list("is_accepted", flat=True)) == [
        *(False, True),
    ]


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_asked_on_a_screen_of_its_own(
    page: Page, live_server: LiveServer, issued: IssuedCard, waves: list[Wave]
) -> None:
    assert waves
    enter(page, live_server.url, issued.code)
    agree(page)
    for _question in range(7):
        press(page, "Next")
    expect(page.locator("h1")).to_have_text("If you lose your card")
    assert Axe().run(page).response["violations"] == []
    page.fill("#siblings", "2")
    page.locator(".picture").nth(7).click()
    press(page, "Next")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#sent")).to_have_text("Your answers have arrived.")

    stored = Recovery.objects.get()
    assert stored.siblings_hash
    assert stored.picture_hash
