from datetime import date

import pytest
from django.utils import timezone

from communities.models import (
    ConsentDecision,
    ConsentDocument,
    ConsentMethod,
    ContactDetails,
    Participant,
)
from communities.services import place_community, record_consent, register_participants
from tests.make import make_community, make_participant

pytestmark = pytest.mark.django_db


def make_document(language: str = "de") -> ConsentDocument:
    return ConsentDocument.objects.create(
        purpose="research", version=1, language=language, valid_from=timezone.localdate()
    )


def test_names_are_kept_apart_and_only_where_there_are_some() -> None:
    community = make_community()

    people = register_participants(community=community, names=["Amal Example", ""])

    assert len({person.code for person in people}) == 2
    assert [details.name for details in ContactDetails.objects.all()] == ["Amal Example"]
    assert ContactDetails.objects.get().participant == people[0]


def test_name_is_ciphertext_in_the_database() -> None:
    register_participants(community=make_community(), names=["Amal Example"])

    stored = ContactDetails.objects.raw(
        "SELECT participant_id, encode(name, 'escape') AS sealed FROM communities_contactdetails"
    )[0]

    assert "Amal" not in vars(stored)["sealed"]


def test_codes_are_told_from_survey_cards_and_readable_on_paper() -> None:
    codes = [make_participant().code for _ in range(50)]

    assert all(code.startswith("P-") and len(code) == 10 for code in codes)
    assert not set("".join(codes).replace("P-", "")) & set("01AEILOU")


def test_new_decision_archives_the_one_before() -> None:
    person, document = make_participant(), make_document()
    given = record_consent(
        participant=person,
        document=document,
        decision=ConsentDecision.GIVEN,
        method=ConsentMethod.SPOKEN,
    )

    withdrawn = record_consent(
        participant=person,
        document=document,
        decision=ConsentDecision.WITHDRAWN,
        method=ConsentMethod.PAPER,
    )

    assert list(person.consents.current()) == [withdrawn]
    given.refresh_from_db()
    assert (given.decision, given.archived_at is None) == ("given", False)


def test_last_years_place_in_the_tree_stays() -> None:
    community, old, new = (make_community() for _ in range(3))
    place_community(community=community, parent=old, on=date(2025, 1, 1))

    place_community(community=community, parent=new, on=date(2026, 1, 1))

    parents = {
        day: community.placements.valid_on(day).get().parent
        for day in (date(2025, 12, 31), date(2026, 1, 1))
    }
    assert parents == {date(2025, 12, 31): old, date(2026, 1, 1): new}
    assert Participant.objects.count() == 0
