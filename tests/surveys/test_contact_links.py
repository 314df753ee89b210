"""Contact-linked plans, and minors: who must have agreed before anything is handed out."""

from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from communities.models import (
    AgeBand,
    Community,
    Consent,
    ConsentDecision,
    ConsentDocument,
    ConsentMethod,
    ConsentPurpose,
    Participant,
    Role,
)
from communities.services import record_consent
from surveys.errors import ConsentMissingError, NoCardsError
from surveys.models import CodeCard, InstrumentVersion, LinkageMode, Response, Wave, WavePlan
from surveys.services import (
    admit,
    create_plan,
    find_card,
    issue_cards,
    issue_links,
    publish_version,
    submit_response,
    withdraw,
)
from tests.make import make_community, make_enrolment, make_member, make_participant, make_workshop


@pytest.fixture(autouse=True)
def _forgiven() -> None:
    cache.clear()


def agree(participant: Participant, purpose: str, **how: Any) -> Consent:
    document, _created = ConsentDocument.objects.get_or_create(
        purpose=purpose,
        version=1,
        language="en",
        defaults={"text": "I agree.", "valid_from": timezone.localdate()},
    )
    return record_consent(
        participant=participant,
        document=document,
        decision=how.pop("decision", ConsentDecision.GIVEN),
        method=ConsentMethod.SPOKEN,
        **how,
    )


@pytest.fixture
def plan(version: InstrumentVersion) -> WavePlan:
    return create_plan(
        code="contact", name="Contact", version=version, linkage_mode=LinkageMode.CONTACT
    )


@pytest.fixture
def person(community: Community) -> Participant:
    found = make_participant(community=community)
    agree(found, ConsentPurpose.CONTACT)
    return found


def test_link_opens_the_questionnaire_of_one_person(
    person: Participant, waves: list[Wave], community: Community
) -> None:
    by = make_member(Role.COORDINATOR, community)

    link = issue_links(wave=waves[0], participants=[person], by=by)[0]

    card = find_card(link.code)
    assert card is not None
    assert card.participant == person
    assert link.code.encode() not in bytes(card.code_hash)
    admission = admit(link.code)
    assert admission is not None
    assert admission.wave == waves[0]
    assert AuditEntry.objects.get().action == "issue_links"


def test_new_link_replaces_the_old_one_and_keeps_the_answers(
    person: Participant, waves: list[Wave], community: Community
) -> None:
    by = make_member(Role.COORDINATOR, community)
    old = issue_links(wave=waves[0], participants=[person], by=by)[0]
    submit_response(uuid=uuid4(), wave=waves[0], card=find_card(old.code), answers={"help": 1})

    new = issue_links(wave=waves[0], participants=[person], by=by)[0]

    card = find_card(new.code)
    assert find_card(old.code) is None
    assert card is not None
    assert Response.objects.get().card == card
    assert CodeCard.objects.count() == 1


@pytest.mark.parametrize("decision", [None, ConsentDecision.REFUSED, ConsentDecision.WITHDRAWN])
def test_without_consent_there_is_no_link(
    waves: list[Wave], community: Community, decision: ConsentDecision | None
) -> None:
    person = make_participant(community=community)
    if decision:
        agree(person, ConsentPurpose.CONTACT, decision=decision)

    with pytest.raises(NoCardsError, match=person.code):
        issue_links(
            wave=waves[0], participants=[person], by=make_member(Role.COORDINATOR, community)
        )

    assert not CodeCard.objects.exists()


def test_who_has_left_gets_no_new_link(
    person: Participant, waves: list[Wave], community: Community
) -> None:
    by = make_member(Role.COORDINATOR, community)
    link = issue_links(wave=waves[0], participants=[person], by=by)[0]
    withdraw(link.code)

    with pytest.raises(NoCardsError):
        issue_links(wave=waves[0], participants=[person], by=by)


def test_page_shows_only_those_who_agreed_and_links_once(
    client: Client, person: Participant, waves: list[Wave], community: Community
) -> None:
    silent = make_participant(community=community)
    address = reverse("admin:surveys_wave_links", args=[waves[0].pk])
    client.force_login(make_member(Role.COORDINATOR, make_community()))
    assert client.post(address, {"participant": person.code}).status_code == 404
    client.force_login(make_member(Role.COORDINATOR, community))

    form = client.get(address).content.decode()
    none = client.post(address, {"participant": silent.code}).content.decode()
    made = client.post(address, {"participant": [person.code, silent.code]})

    assert person.code in form
    assert silent.code not in form
    assert "Choose at least one person." in none
    assert made.content.decode().count("/s/#") == 2
    assert "no-store" in made.headers["Cache-Control"]
    assert CodeCard.objects.get().participant == person


def test_contact_plan_has_no_cards_and_asks_the_scope(
    client: Client, person: Participant, waves: list[Wave], plan: WavePlan, community: Community
) -> None:
    with pytest.raises(NoCardsError):
        issue_cards(plan=plan, community=community, count=1)
    link = issue_links(
        wave=waves[0], participants=[person], by=make_member(Role.COORDINATOR, community)
    )[0]
    opened = client.post("/s/", {"code": link.code}).headers["Location"]

    page = client.get(opened).content.decode()
    client.post(opened, {"consent": ["evaluation", "contact"]})

    assert "this link is yours alone" in page
    assert Response.objects.get().consent_scopes == ["evaluation", "contact"]


# Minors -------------------------------------------------------------------------------------------


@pytest.fixture
def child_plan(document_data: dict[str, Any], db: None) -> WavePlan:
    version = publish_version(document_data | {"age_band": "child"})
    return create_plan(code="children", name="Children", version=version)


def test_cards_of_children_need_guardian_and_child(
    child_plan: WavePlan, community: Community
) -> None:
    workshop = make_workshop(community=community)
    children = [
        make_enrolment(
            workshop=workshop,
            participant=make_participant(community=community, age_band=AgeBand.CHILD),
        ).participant
        for _number in range(3)
    ]
    agree(children[0], ConsentPurpose.EVALUATION, by_guardian=True, child_assented=True)
    agree(children[1], ConsentPurpose.EVALUATION, by_guardian=True, child_assented=False)
    agree(children[2], ConsentPurpose.EVALUATION)

    with pytest.raises(ConsentMissingError, match="Only 1 more"):
        issue_cards(plan=child_plan, community=community, workshop=workshop, count=2)
    assert len(issue_cards(plan=child_plan, community=community, workshop=workshop, count=1)) == 1
    with pytest.raises(ConsentMissingError, match="Only 0 more"):
        issue_cards(plan=child_plan, community=community, workshop=workshop, count=1)
