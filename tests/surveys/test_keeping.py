"""What ends: keys, with a certificate; conflicts, with a decision."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import ProgrammingError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, User
from communities.models import Community, Role
from surveys.errors import ConflictError
from surveys.models import (
    CodeCard,
    DirtyMark,
    KeyCertificate,
    OpenAnswer,
    Recovery,
    Response,
    ResponseConflict,
    ScaleScore,
    Wave,
    WavePlan,
)
from surveys.receipts import new_receipt, response_uuid
from surveys.services import (
    IssuedCard,
    codec_of,
    decide_conflict,
    destroy_linkage_key,
    differing_count,
    find_card,
    look_up_receipt,
    remember,
    submit_response,
    withdraw,
)
from tests.make import make_community, make_member


@pytest.fixture
def steward(community: Community) -> User:
    return make_member(Role.DATA_STEWARD, community)


# Keys ---------------------------------------------------------------------------------------------


@pytest.fixture
def closed(waves: list[Wave]) -> list[Wave]:
    Wave.objects.update(
        opens_at=timezone.now() - timedelta(days=9), closes_at=timezone.now() - timedelta(days=1)
    )
    return waves


def test_key_is_destroyed_after_asking_twice_and_certified(
    client: Client,
    plan: WavePlan,
    closed: list[Wave],
    card: CodeCard,
    issued: IssuedCard,
    steward: User,
) -> None:
    assert closed
    remember(card_id=card.pk, answers={"siblings": 2})
    client.force_login(steward)
    address = reverse("admin:surveys_waveplan_key", args=[plan.pk])

    unsure = client.post(address, {"confirmation": "yes"}).content.decode()
    assert "Write the code of the plan" in unsure
    assert find_card(issued.code) == card
    client.post(address, {"confirmation": plan.code})
    page = client.get(address).content.decode()

    certificate = KeyCertificate.objects.get()
    assert (certificate.plan, certificate.destroyed_by) == (plan, steward)
    assert (certificate.cards_count, certificate.responses_count) == (1, 0)
    assert certificate.key_hash in page
    assert '<form method="post" autocomplete' not in page
    assert find_card(issued.code) is None
    assert not withdraw(issued.code)
    assert not Recovery.objects.exists()
    assert AuditEntry.objects.get().action == "destroy_key"


def test_key_in_use_is_kept(
    client: Client, plan: WavePlan, waves: list[Wave], steward: User
) -> None:
    assert waves
    client.force_login(steward)
    address = reverse("admin:surveys_waveplan_key", args=[plan.pk])

    answer = client.post(address, {"confirmation": plan.code})

    assert "open or still to come" in answer.content.decode()
    assert not KeyCertificate.objects.exists()


def test_key_is_for_stewards_of_everybody_asked(
    client: Client, plan: WavePlan, closed: list[Wave], community: Community
) -> None:
    assert closed
    address = reverse("admin:surveys_waveplan_key", args=[plan.pk])
    for role, place in (
        (Role.COORDINATOR, community),
        (Role.DATA_STEWARD, make_community()),
    ):
        client.force_login(make_member(role, place))
        assert client.post(address, {"confirmation": plan.code}).status_code == 403

    assert not KeyCertificate.objects.exists()


def test_certificate_is_never_changed(plan: WavePlan) -> None:
    destroy_linkage_key(plan)
    again = destroy_linkage_key(plan)

    assert again.secret is None
    with pytest.raises(ProgrammingError, match="Cannot update"):
        KeyCertificate.objects.update(cards_count=7)


# Conflicts ----------------------------------------------------------------------------------------

SECOND = new_receipt()


@pytest.fixture
def conflict(waves: list[Wave], card: CodeCard) -> ResponseConflict:
    submit_response(
        uuid=uuid4(), wave=waves[0], card=card, answers={"help": 1, "visits": 10, "gender": 1}
    )
    submit_response(
        uuid=response_uuid(SECOND),
        wave=waves[0],
        card=card,
        answers={"help": 4, "trust": 2, "visits": 10, "gender": 2},
        open_answers={"story": "Tea"},
        channel="kiosk",
        language="ar",
        consent_scopes=["evaluation"],
        consent_text_hash="x",
    )
    DirtyMark.objects.all().delete()
    return ResponseConflict.objects.get()


@pytest.fixture
def decide(conflict: ResponseConflict, steward: User) -> Callable[..., ResponseConflict]:
    def decide_it(decision: str, reason: str = "It was a rehearsal.") -> ResponseConflict:
        return decide_conflict(conflict=conflict, decision=decision, reason=reason, by=steward)

    return decide_it


def test_second_supersedes_the_first(
    decide: Callable[..., ResponseConflict], waves: list[Wave], card: CodeCard, steward: User
) -> None:
    decided = decide("take_second")

    first, second = Response.objects.order_by("supersedes_id")[::-1]
    assert first.superseded_at is not None
    assert (second.supersedes, second.superseded_at, second.card) == (first, None, card)
    assert second.pk == response_uuid(SECOND)
    answers = codec_of(waves[0].plan.version).decode(bytes(second.answers))
    assert (answers["help"], answers["trust"]) == (4, 2)
    assert (second.channel, second.language, second.groups) == ("kiosk", "ar", {"gender": "2"})
    assert (second.consent_scopes, second.consent_text_hash) == (["evaluation"], "x")
    assert second.answered_on == timezone.localdate()
    assert ScaleScore.objects.filter(response=second).exists()
    assert OpenAnswer.objects.get(response=second).text == "Tea"
    assert [mark.wave for mark in DirtyMark.objects.all()] == [waves[0]]
    assert (decided.decided_by, decided.reason) == (steward, "It was a rehearsal.")
    assert AuditEntry.objects.get().action == "conflict_take_second"
    assert look_up_receipt(SECOND).is_in


def test_first_is_kept_and_the_second_forgotten(
    decide: Callable[..., ResponseConflict],
) -> None:
    assert look_up_receipt(SECOND).is_kept_aside

    decided = decide("keep_first")

    assert Response.objects.get().superseded_at is None
    assert "help" not in decided.content
    assert "Tea" not in ResponseConflict.objects.get().content
    assert not DirtyMark.objects.exists()
    assert look_up_receipt(SECOND).is_set_aside


@pytest.mark.parametrize(
    ("decision", "reason"), [("open", "Because."), ("take_second", "  "), ("both", "Because.")]
)
def test_decision_needs_a_choice_and_a_reason(
    decide: Callable[..., ResponseConflict], decision: str, reason: str
) -> None:
    with pytest.raises(ConflictError):
        decide(decision, reason)

    assert Response.objects.count() == 1


def test_conflict_is_decided_once(decide: Callable[..., ResponseConflict]) -> None:
    decide("keep_first")

    with pytest.raises(ConflictError, match="already"):
        decide("take_second")


def test_withdrawal_after_a_decision_leaves_nothing(
    decide: Callable[..., ResponseConflict], issued: IssuedCard
) -> None:
    decide("take_second")

    withdraw(issued.code)

    assert not Response.objects.exists()
    assert not ResponseConflict.objects.exists()


def test_second_under_the_same_uuid_gets_one_of_its_own(
    waves: list[Wave], card: CodeCard, steward: User
) -> None:
    uuid = uuid4()
    for value in (1, 2):
        submit_response(uuid=uuid, wave=waves[0], card=card, answers={"help": value})

    decide_conflict(
        conflict=ResponseConflict.objects.get(), decision="take_second", reason="x", by=steward
    )

    assert Response.objects.get(superseded_at=None).pk != uuid
    assert Response.objects.get(superseded_at=None).supersedes_id == uuid


def test_steward_decides_in_the_admin_without_seeing_answers(
    client: Client, conflict: ResponseConflict, steward: User, community: Community
) -> None:
    address = reverse("admin:surveys_responseconflict_change", args=[conflict.pk])
    form: dict[str, Any] = {"decision": "take_second", "reason": "The first was a rehearsal."}
    client.force_login(make_member(Role.COORDINATOR, community))
    assert client.post(address, form).status_code in {302, 403}
    assert Response.objects.count() == 1
    client.force_login(steward)

    assert differing_count(conflict) == 3
    page = client.get(address).content.decode()
    unreasoned = client.post(address, form | {"reason": ""}).content.decode()
    done = client.post(address, form)
    after = client.get(address).content.decode()

    assert "shared tablet, ar" in page
    assert "Tea" not in page
    assert "errorlist" in unreasoned
    assert done.status_code == 302
    assert Response.objects.count() == 2
    assert 'name="decision"' not in after
