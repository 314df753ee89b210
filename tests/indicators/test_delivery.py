"""Who was invited, enrolled, came and stayed: people, each counted once."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from communities.models import Community
from indicators.delivery import delivery_of
from indicators.models import Cycle
from surveys.models import Wave
from tests.make import (
    make_enrolment,
    make_participant,
    make_session,
    make_user,
    make_workshop,
)
from workshops.models import (
    Attendance,
    Enrolment,
    EnrolmentEvent,
    Session,
    SessionLog,
    Workshop,
)

NOTHING: dict[str, dict[str, Any]] = {"delivery": {}, "register": {}}


@pytest.fixture
def workshop(community: Community, waves: list[Wave]) -> Workshop:
    """Make a workshop of four sessions, held two days apart, between two waves."""
    now = timezone.now()
    Wave.objects.update(opens_at=now - timedelta(days=30), closes_at=now)
    workshop = make_workshop(community=community)
    for number in range(4):
        starts_at = now - timedelta(days=20 - 2 * number)
        make_session(workshop=workshop, starts_at=starts_at, status="held")
    return workshop


def attend(enrolment: Enrolment, sessions: int, *, of: Workshop | None = None) -> None:
    for session in (of or enrolment.workshop).sessions.order_by("sequence")[:sessions]:
        Attendance.objects.create(session=session, enrolment=enrolment, status="present")


def enrol(workshop: Workshop, sessions: int = 0, **fields: Any) -> Enrolment:
    person = {"languages": fields.pop("languages", ["ar"]), "age_band": fields.pop("age", "adult")}
    fields.setdefault("participant", make_participant(community=workshop.community, **person))
    enrolment = make_enrolment(workshop=workshop, **fields)
    attend(enrolment, sessions)
    return enrolment


def register_of(cycle: Cycle) -> dict[str, Any]:
    return delivery_of(cycle)["register"]


def test_register_follows_people_along_the_way(cycle: Cycle, workshop: Workshop) -> None:
    for sessions in (0, 1, 2, 3, 4):
        enrol(workshop, sessions)
    enrol(workshop, status="invited")
    enrol(workshop, status="waitlisted", waitlist_position=1)

    assert register_of(cycle) == {
        "invited": 7,
        "enrolled": 5,
        "attended": 4,
        "completed": 2,
        "sessions_offered": 20,
        "sessions_attended": 10,
        "dose": {"0": 1, "1-25": 1, "26-50": 1, "51-74": 0, "75-100": 2},
        "came": {"age_band": {"adult": 4}, "language": {"ar": 4}},
        "cancelled": {"workshops": 0, "sessions": 0},
    }


def test_nobody_knows_how_many_were_invited_where_nobody_wrote_it_down(
    cycle: Cycle, workshop: Workshop
) -> None:
    enrol(workshop, 4)

    assert "invited" not in register_of(cycle)


def test_invitation_that_was_followed_is_found_in_the_history(
    cycle: Cycle, workshop: Workshop
) -> None:
    enrolment = enrol(workshop)
    EnrolmentEvent.objects.create(enrolment=enrolment, from_status="invited", to_status="enrolled")

    register = register_of(cycle)

    assert (register["invited"], register["enrolled"]) == (1, 1)


@pytest.mark.parametrize(
    ("history", "enrolled"), [((), 1), (("invited",), 0), (("invited", "enrolled"), 1)]
)
def test_who_withdrew_counts_as_enrolled_only_after_having_been(
    history: tuple[str, ...], enrolled: int, cycle: Cycle, workshop: Workshop
) -> None:
    enrolment = enrol(workshop, status="withdrawn")
    for state in history:
        EnrolmentEvent.objects.create(enrolment=enrolment, to_status=state)

    assert register_of(cycle)["enrolled"] == enrolled


def test_records_of_one_person_count_once(cycle: Cycle, workshop: Workshop) -> None:
    person = make_participant(community=workshop.community, languages=["uk"], age_band="youth")
    double = make_participant(community=workshop.community, merged_into=person)
    triple = make_participant(community=workshop.community, merged_into=double)
    enrol(workshop, 1, participant=triple)
    second = make_workshop(community=workshop.community)
    make_session(workshop=second, status="held", starts_at=timezone.now() - timedelta(days=3))
    attend(make_enrolment(workshop=second, participant=person), 1)

    register = register_of(cycle)

    assert (register["enrolled"], register["attended"], register["completed"]) == (1, 1, 0)
    assert (register["sessions_offered"], register["sessions_attended"]) == (5, 2)
    assert register["came"] == {"age_band": {"youth": 1}, "language": {"uk": 1}}


def test_group_that_is_not_known_is_in_no_category(cycle: Cycle, workshop: Workshop) -> None:
    enrol(workshop, 1, languages=[])

    assert register_of(cycle)["came"] == {"age_band": {"adult": 1}, "language": {}}


def test_session_that_somebody_attended_took_place(cycle: Cycle, workshop: Workshop) -> None:
    Session.objects.filter(workshop=workshop).update(status="planned")
    enrol(workshop, 2)

    register = register_of(cycle)

    assert (register["sessions_offered"], register["completed"]) == (2, 1)


def test_delivery_counts_what_took_place(cycle: Cycle, workshop: Workshop) -> None:
    reason = {"status": "cancelled", "status_reason": "Ms X was ill."}
    Workshop.objects.filter(pk=workshop.pk).update(**reason)
    last = workshop.sessions.latest("sequence")
    Session.objects.filter(pk=last.pk).update(**reason)
    SessionLog.objects.create(
        session=workshop.sessions.earliest("sequence"),
        client_uuid="12345678-1234-4234-8234-123456789012",
        content_hash="",
        delivered_min=95,
        submitted_by=make_user(),
    )

    found = delivery_of(cycle)

    assert found["delivery"] == {
        "workshops_planned": 1,
        "workshops_cancelled": 1,
        "sessions_planned": 4,
        "sessions_held": 3,
        "hours_held": 2,
        "people_enrolled": 0,
        "people_reached": 0,
    }
    assert found["register"]["cancelled"] == {"workshops": 1, "sessions": 1}
    assert "ill" not in str(found)


def test_community_without_workshops_has_nothing_to_tell(cycle: Cycle) -> None:
    assert delivery_of(cycle) == NOTHING


@pytest.mark.usefixtures("waves")
def test_workshops_of_other_communities_do_not_count(cycle: Cycle, workshop: Workshop) -> None:
    other = make_workshop()
    make_session(workshop=other, status="held")
    enrol(other, 1)

    assert register_of(cycle)["enrolled"] == 0


@pytest.mark.parametrize("item_count", [1, 3])
def test_delivery_takes_the_same_number_of_queries(
    item_count: int, cycle: Cycle, workshop: Workshop
) -> None:
    for _ in range(item_count):
        enrol(workshop, 2)

    with CaptureQueriesContext(connection) as queries:
        delivery_of(cycle)

    assert len(queries) == 10
