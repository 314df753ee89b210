"""The service that saves a session's log: once, whole or not at all, and never over another's."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from communities.models import ContactDetails, Participant
from tests.make import (
    make_enrolment,
    make_facilitation,
    make_fidelity_item,
    make_module,
    make_participant,
    make_session,
    make_trainer,
    make_workshop,
)
from trainers.models import Trainer
from workshops.models import (
    Attendance,
    AttendanceStatus,
    Enrolment,
    FacilitationRole,
    Headcount,
    Session,
    SessionLog,
    SessionStatus,
    Workshop,
    WorkshopStatus,
)
from workshops.services import (
    AlreadyLoggedError,
    FewerCountedThanMarkedError,
    ReasonMissingError,
    SentWithOtherContentError,
    SessionCancelledError,
    SessionLogDraft,
    SessionLogError,
    TooEarlyError,
    UnknownCodeError,
    UnknownEntryError,
    log_session,
)

pytestmark = pytest.mark.django_db
PRESENT, LATE, ABSENT = AttendanceStatus.PRESENT, AttendanceStatus.LATE, AttendanceStatus.ABSENT


@pytest.fixture
def trainer() -> Trainer:
    return make_trainer()


@pytest.fixture
def session(trainer: Trainer) -> Session:
    return make_session(lead=trainer)


@pytest.fixture
def people(session: Session) -> list[Enrolment]:
    return [make_enrolment(workshop=session.workshop) for _ in range(4)]


def draft(people: list[Enrolment], *marks: AttendanceStatus, **fields: Any) -> SessionLogDraft:
    marked = {person.pk: mark for person, mark in zip(people, marks, strict=False)}
    given: dict[str, Any] = {"client_uuid": uuid4(), "marks": marked, "delivered_min": 90}
    return SessionLogDraft(**(given | fields))


def save(session: Session, log: SessionLogDraft, trainer: Trainer) -> SessionLog:
    assert trainer.user is not None
    return log_session(session=session, log=log, by=trainer.user)


def marks_of(session: Session) -> dict[int, str]:
    return dict(session.attendances.values_list("enrolment_id", "status"))


def everything() -> list[int]:
    rows = (SessionLog, Attendance, Headcount, Participant, ContactDetails, Enrolment)
    return [model.objects.count() for model in rows]


def test_log_writes_all_that_hangs_on_it(
    session: Session, people: list[Enrolment], trainer: Trainer
) -> None:
    programme = session.workshop.programme
    module, other = make_module(programme=programme), make_module()
    items = [make_fidelity_item(programme, position) for position in (1, 2)]
    log = draft(
        people,
        PRESENT,
        ABSENT,
        LATE,
        walk_ins=("Amal Example", ""),
        counted=7,
        modules=frozenset({module.pk, other.pk}),
        ratings={items[0].pk: 5, items[1].pk: 2},
        place="Library",
        adaptations="Shorter break",
        notes="Rain",
    )

    saved = save(session, log, trainer)

    stored = SessionLog.objects.get()
    assert stored == saved
    assert (stored.delivered_min, stored.adaptations, stored.notes) == (90, "Shorter break", "Rain")
    assert stored.marks == {
        str(people[0].pk): "present",
        str(people[1].pk): "absent",
        str(people[2].pk): "late",
    }
    assert list(stored.modules.all()) == [module]
    assert dict(stored.ratings.values_list("item", "score")) == {items[0].pk: 5, items[1].pk: 2}
    walk_ins = session.workshop.enrolments.filter(is_walk_in=True)
    assert marks_of(session) == {
        people[0].pk: "present",
        people[1].pk: "absent",
        people[2].pk: "late",
        **{enrolment.pk: "present" for enrolment in walk_ins},
    }
    assert [details.name for details in ContactDetails.objects.all()] == ["Amal Example"]
    assert walk_ins.count() == 2
    assert {walk_in.participant.community for walk_in in walk_ins} == {session.workshop.community}
    headcount = Headcount.objects.get()
    assert (headcount.counted, headcount.unnamed) == (7, 3)
    session.refresh_from_db()
    assert (session.status, session.place) == (SessionStatus.HELD, "Library")


def test_unmarked_people_have_no_row(
    session: Session, people: list[Enrolment], trainer: Trainer
) -> None:
    save(session, draft(people, PRESENT), trainer)

    assert marks_of(session) == {people[0].pk: "present"}


def test_workshop_runs_until_its_last_session(trainer: Trainer) -> None:
    workshop = make_workshop()
    first = make_session(workshop=workshop, lead=trainer)
    last = make_session(workshop=workshop, lead=trainer)
    make_session(workshop=workshop, status=SessionStatus.CANCELLED, status_reason="Flood")
    states = []

    for session in (first, last):
        save(session, draft([]), trainer)
        states.append(Workshop.objects.get().status)

    assert states == [WorkshopStatus.RUNNING, WorkshopStatus.COMPLETED]


def test_same_log_sent_twice_is_saved_once(
    session: Session, people: list[Enrolment], trainer: Trainer
) -> None:
    log = draft(people, PRESENT, walk_ins=("Amal Example",))
    first = save(session, log, trainer)
    before = everything()

    again = save(session, log, trainer)

    assert again == first
    assert everything() == before


def test_same_uuid_with_other_content_changes_nothing(
    session: Session, people: list[Enrolment], trainer: Trainer
) -> None:
    log = draft(people, PRESENT)
    save(session, log, trainer)
    before = everything()

    with pytest.raises(SentWithOtherContentError):
        save(session, replace(log, marks={people[0].pk: ABSENT}), trainer)

    assert everything() == before
    assert marks_of(session) == {people[0].pk: "present"}


def test_uuid_of_another_session_is_another_content(
    session: Session, people: list[Enrolment], trainer: Trainer
) -> None:
    log = draft([])
    save(session, log, trainer)

    with pytest.raises(SentWithOtherContentError):
        save(make_session(lead=trainer), log, trainer)


def test_second_trainer_does_not_overwrite_the_first(
    session: Session, people: list[Enrolment], trainer: Trainer
) -> None:
    save(session, draft(people, PRESENT), trainer)

    with pytest.raises(AlreadyLoggedError):
        save(session, draft(people, ABSENT, walk_ins=("Nobody",)), make_trainer())

    assert marks_of(session) == {people[0].pk: "present"}
    assert SessionLog.objects.count() == 1
    assert ContactDetails.objects.count() == 0


def test_correction_keeps_the_log_before(
    session: Session, people: list[Enrolment], trainer: Trainer
) -> None:
    first = save(session, draft(people, PRESENT, PRESENT, counted=3), trainer)
    correction = draft(
        people,
        ABSENT,
        cleared=frozenset({people[1].pk}),
        corrects=first.pk,
        correction_reason="Mixed up two lists",
    )

    second = save(session, correction, trainer)

    assert marks_of(session) == {people[0].pk: "absent"}
    assert not Headcount.objects.exists()
    assert list(SessionLog.objects.current()) == [second]
    first.refresh_from_db()
    assert first.superseded_at is not None
    assert first.marks == {str(people[0].pk): "present", str(people[1].pk): "present"}
    assert first.counted == 3


def test_correction_sent_twice_is_saved_once(
    session: Session, people: list[Enrolment], trainer: Trainer
) -> None:
    first = save(session, draft(people, PRESENT), trainer)
    correction = draft(people, ABSENT, corrects=first.pk, correction_reason="Typing error")

    once = save(session, correction, trainer)
    twice = save(session, correction, trainer)

    assert once == twice
    assert SessionLog.objects.count() == 2


def test_correction_of_a_log_that_no_longer_stands_is_refused(
    session: Session, people: list[Enrolment], trainer: Trainer
) -> None:
    first = save(session, draft(people, PRESENT), trainer)
    corrections = [
        draft(people, mark, corrects=first.pk, correction_reason="Looked again")
        for mark in (LATE, ABSENT)
    ]
    save(session, corrections[0], trainer)

    with pytest.raises(AlreadyLoggedError):
        save(session, corrections[1], trainer)

    assert marks_of(session) == {people[0].pk: "late"}


def test_person_told_by_their_code_is_found_again(session: Session, trainer: Trainer) -> None:
    known = make_participant(community=session.workshop.community)

    save(session, draft([], walk_ins=(known.code.lower(),)), trainer)

    assert [enrolment.participant for enrolment in session.workshop.enrolments.all()] == [known]
    assert Participant.objects.count() == 1


def test_withdrawn_person_told_by_their_code_is_enrolled_again(
    session: Session, trainer: Trainer
) -> None:
    withdrawn = make_enrolment(workshop=session.workshop, status="withdrawn")

    save(session, draft([], walk_ins=(withdrawn.participant.code,)), trainer)

    withdrawn.refresh_from_db()
    assert withdrawn.status == "enrolled"
    assert marks_of(session) == {withdrawn.pk: "present"}


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"counted": 1}, FewerCountedThanMarkedError),
        ({"corrects": 1}, ReasonMissingError),
        ({"walk_ins": ("P-22222222",)}, UnknownCodeError),
    ],
)
def test_impossible_log_saves_nothing(
    session: Session,
    people: list[Enrolment],
    trainer: Trainer,
    change: dict[str, Any],
    refusal: type[SessionLogError],
) -> None:
    before = everything()

    with pytest.raises(refusal) as refused:
        save(session, draft(people, PRESENT, LATE, **change), trainer)

    assert str(refused.value)
    assert everything() == before


def test_person_of_another_workshop_is_refused(session: Session, trainer: Trainer) -> None:
    stranger = make_enrolment()

    with pytest.raises(UnknownEntryError):
        save(session, draft([stranger], PRESENT), trainer)

    assert not Attendance.objects.exists()
    assert not SessionLog.objects.exists()


def test_participant_of_another_community_is_not_found_by_code(
    session: Session, trainer: Trainer
) -> None:
    stranger = make_participant()

    with pytest.raises(UnknownCodeError):
        save(session, draft([], walk_ins=(stranger.code,)), trainer)


def test_session_cancelled_meanwhile_saves_nothing(
    session: Session, people: list[Enrolment], trainer: Trainer
) -> None:
    Session.objects.update(status=SessionStatus.CANCELLED, status_reason="Flood")

    with pytest.raises(SessionCancelledError):
        save(session, draft(people, PRESENT), trainer)

    assert not SessionLog.objects.exists()


def test_session_of_tomorrow_is_too_early(trainer: Trainer) -> None:
    tomorrow = make_session(lead=trainer, starts_at=timezone.now() + timedelta(days=1))

    with pytest.raises(TooEarlyError):
        save(tomorrow, draft([]), trainer)


def test_ticked_trainers_join_in_the_role_they_have(session: Session, trainer: Trainer) -> None:
    before = make_session(workshop=session.workshop)
    helper, interpreter = make_trainer(), make_trainer()
    make_facilitation(before, helper)
    make_facilitation(before, interpreter, FacilitationRole.INTERPRETER)
    gone = make_facilitation(session, make_trainer(), FacilitationRole.CO_TRAINER)
    outsider = make_trainer()
    ticked = frozenset({trainer.pk, helper.pk, interpreter.pk, outsider.pk})

    save(session, draft([], trainers=ticked), trainer)

    assert dict(session.facilitations.values_list("trainer", "role")) == {
        trainer.pk: "lead",
        helper.pk: "co_trainer",
        interpreter.pk: "interpreter",
    }
    assert gone.trainer_id not in session.facilitations.values_list("trainer", flat=True)


@pytest.mark.django_db(transaction=True)
def test_of_many_logs_at_once_one_is_saved() -> None:
    trainer = make_trainer()
    session = make_session(lead=trainer)
    person = make_enrolment(workshop=session.workshop)
    logs = [draft([person], PRESENT, walk_ins=(f"Guest {n}",)) for n in range(3)] * 2
    outcomes = together([partial(save, session, log, trainer) for log in logs])

    winner = SessionLog.objects.get()

    assert outcomes.count(winner) == 2
    assert [type(outcome) for outcome in outcomes].count(AlreadyLoggedError) == 4
    assert ContactDetails.objects.count() == 1


def together(calls: list[Callable[[], Any]]) -> list[Any]:
    """Make all calls at the same moment, each on a connection of its own."""
    outcomes: list[Any] = [None] * len(calls)
    start = threading.Barrier(len(calls))

    def run(number: int) -> None:
        start.wait()
        try:
            outcomes[number] = calls[number]()
        except SessionLogError as error:
            outcomes[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[number]) for number in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes
