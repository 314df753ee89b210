from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from fractions import Fraction
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from communities.models import Community
from surveys.encoding import Answer, AnswerError, NotAnswered
from surveys.errors import CardUnusableError, WaveClosedError
from surveys.models import (
    Channel,
    CodeCard,
    DirtyMark,
    OpenAnswer,
    Response,
    ResponseConflict,
    ScaleScore,
    Wave,
    WavePlan,
)
from surveys.scoring import scale_rules
from surveys.services import (
    IssuedCard,
    Outcome,
    codec_of,
    document_of,
    find_card,
    issue_cards,
    submit_response,
    withdraw,
)

ANSWERS: dict[str, Answer] = {
    "help": 4,
    "trust": 3,
    "barrier": 0,
    "visits": 300,
    "places": frozenset({1, 5}),
    "gender": NotAnswered.PREFER_NOT_TO_SAY,
}


@pytest.fixture
def submit(waves: list[Wave], card: CodeCard) -> Callable[..., Any]:
    return partial(
        submit_response,
        uuid=uuid4(),
        wave=waves[0],
        card=card,
        answers=ANSWERS,
        open_answers={"story": "  نعم  "},
        language="ar",
        answer_languages={"help": "en"},
        channel=Channel.OWN_PHONE,
        consent_scopes=["evaluation"],
    )


def test_new_response_brings_score_mark_and_text(
    submit: Callable[..., Any], waves: list[Wave]
) -> None:
    submitted = submit()

    response = Response.objects.get()
    assert submitted.outcome == Outcome.NEW
    assert submitted.response == response
    assert codec_of(waves[0].plan.version).decode(bytes(response.answers)) == ANSWERS
    # (4 + 3 + 4) of 12 points, in per cent.
    unit = scale_rules(document_of(waves[0].plan.version))["support"].unit
    assert ScaleScore.objects.get().values == [Fraction(1100, 12) * unit]
    assert OpenAnswer.objects.get().text == "نعم"
    assert DirtyMark.objects.get().wave == waves[0]
    assert response.groups == {}
    assert response.answered_on == timezone.localdate()
    assert response.answer_languages == {"help": "en"}


def test_group_is_taken_from_the_answer(submit: Callable[..., Any]) -> None:
    submit(answers=ANSWERS | {"gender": 1})

    assert Response.objects.get().groups == {"gender": "1"}


def test_same_content_again_changes_nothing(submit: Callable[..., Any]) -> None:
    first = submit()

    again = submit()
    by_card = submit(uuid=uuid4())

    assert (again.outcome, by_card.outcome) == (Outcome.SAME, Outcome.SAME)
    assert again.response == by_card.response == first.response
    counts = [model.objects.count() for model in (Response, ScaleScore, OpenAnswer, DirtyMark)]
    assert counts == [1, 1, 1, 1]


@pytest.mark.parametrize("new_uuid", [False, True])
def test_other_content_is_kept_aside(submit: Callable[..., Any], *, new_uuid: bool) -> None:
    first = submit()
    changed = {"answers": ANSWERS | {"help": 1}} | ({"uuid": uuid4()} if new_uuid else {})

    second = submit(**changed)
    submit(**changed)

    assert second.outcome == Outcome.CONFLICT
    assert second.response == first.response
    assert Response.objects.count() == 1
    conflict = ResponseConflict.objects.get()
    assert '"story": "نعم"' in conflict.content


def test_queries_are_few(
    submit: Callable[..., Any], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    # The document is parsed once per process.
    codec_of(submit.keywords["wave"].plan.version)  # type: ignore[attr-defined]  # a partial

    with django_assert_num_queries(1):
        submit()
    with django_assert_num_queries(2):
        submit()
    with django_assert_num_queries(3):
        submit(answers=ANSWERS | {"help": 1})


@pytest.mark.parametrize(
    "wrong",
    [
        {"answers": {"help": 5}},
        {"answers": {"visits": 301}},
        {"answers": {"places": frozenset({2, 3})}},
        {"answers": {"places": 1}},
        {"answers": {"nothing": 1}},
        {"open_answers": {"help": "much"}},
        {"open_answers": {"story": "x" * 2001}},
    ],
)
def test_impossible_answer_is_refused(submit: Callable[..., Any], wrong: dict[str, Any]) -> None:
    with pytest.raises(AnswerError):
        submit(**wrong)

    assert not Response.objects.exists()


def test_wave_takes_late_answers_that_were_begun_in_time(
    submit: Callable[..., Any], waves: list[Wave]
) -> None:
    wave = waves[0]
    wave.closes_at = timezone.now() - timedelta(days=13)
    begun_in_time = wave.closes_at - timedelta(hours=1)

    with pytest.raises(WaveClosedError):
        submit()
    with pytest.raises(WaveClosedError):
        submit(begun_at=wave.closes_at + timedelta(hours=1))
    with pytest.raises(WaveClosedError):
        submit(wave=waves[1], begun_at=begun_in_time)
    wave.opens_at = timezone.now() - timedelta(days=30)
    assert submit(begun_at=begun_in_time).outcome == Outcome.NEW
    assert Response.objects.get().answered_on == timezone.localdate(begun_in_time)


def test_wave_that_was_open_for_a_week_takes_late_answers_too(
    submit: Callable[..., Any], waves: list[Wave]
) -> None:
    wave = waves[0]
    wave.closes_at = timezone.now() - timedelta(days=1)

    assert submit(begun_at=wave.closes_at - timedelta(hours=1)).outcome == Outcome.NEW


def test_wave_takes_nothing_after_the_grace(submit: Callable[..., Any], waves: list[Wave]) -> None:
    wave = waves[0]
    wave.opens_at = timezone.now() - timedelta(days=30)
    wave.closes_at = timezone.now() - timedelta(days=15)

    with pytest.raises(WaveClosedError):
        submit(begun_at=wave.closes_at - timedelta(hours=1))


def test_card_of_another_community_is_refused(submit: Callable[..., Any], plan: WavePlan) -> None:
    elsewhere = Community.objects.create(code="elsewhere", name="Elsewhere")
    found = find_card(issue_cards(plan=plan, community=elsewhere, count=1)[0].code)

    with pytest.raises(CardUnusableError):
        submit(card=found)

    assert not Response.objects.exists()


def test_withdrawal_deletes_everything_and_lets_nothing_back(
    submit: Callable[..., Any], issued: IssuedCard, waves: list[Wave]
) -> None:
    submit()
    submit(answers=ANSWERS | {"help": 1})
    DirtyMark.objects.all().delete()

    assert withdraw(issued.code.lower())

    left = [model.objects.count() for model in (Response, ScaleScore, OpenAnswer, ResponseConflict)]
    assert left == [0, 0, 0, 0]
    assert [mark.wave for mark in DirtyMark.objects.all()] == [waves[0]]
    assert find_card(issued.code) is None
    assert not withdraw(issued.code)
    with pytest.raises(CardUnusableError):
        submit()
    assert not Response.objects.exists()


def test_withdrawal_deletes_corrected_answers(
    submit: Callable[..., Any], issued: IssuedCard
) -> None:
    first = submit().response
    Response.objects.filter(pk=first.pk).update(superseded_at=timezone.now())
    second = submit(uuid=uuid4(), answers=ANSWERS | {"help": 1}).response
    Response.objects.filter(pk=second.pk).update(supersedes=first)

    withdraw(issued.code)

    assert not Response.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_are_one(waves: list[Wave], card: CodeCard) -> None:
    def send(uuid: UUID) -> Outcome:
        try:
            return submit_response(
                uuid=uuid, wave=waves[0], card=card, answers=ANSWERS, consent_scopes=["evaluation"]
            ).outcome
        finally:
            connection.close()

    uuid = uuid4()
    with ThreadPoolExecutor(50) as pool:
        outcomes = sorted(pool.map(send, [uuid] * 50))

    assert outcomes == [Outcome.NEW, *[Outcome.SAME] * 49]
    counts = [model.objects.count() for model in (Response, ScaleScore, DirtyMark)]
    assert counts == [1, 1, 1]
