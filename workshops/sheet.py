"""What the page of one session shows, read in one query however many people there are."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.utils.dateparse import parse_datetime

from communities.models import ContactDetails
from workshops.models import (
    ATTENDED,
    Attendance,
    AttendanceSource,
    AttendanceStatus,
    Enrolment,
    EnrolmentStatus,
    Facilitation,
    FidelityItem,
    FidelityRating,
    Module,
    Session,
    SessionLog,
    SessionStatus,
)


@dataclass(frozen=True, slots=True)
class Line:
    """One person's line. Its number never changes, so that a printed list stays right."""

    number: int
    enrolment_id: int
    participant_id: int
    code: str
    saved: AttendanceStatus | None
    walked_in: bool


@dataclass(frozen=True, slots=True)
class Option:
    """Something to tick or to mark."""

    id: int
    label: str


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a session is held, by whom, and what is taught."""

    place: str
    trainers: frozenset[int]
    modules: frozenset[int]


@dataclass(frozen=True, slots=True)
class SavedLog:
    """The log that stands now."""

    id: int
    by: str
    at: datetime
    delivered_min: int
    counted: int | None
    adaptations: str
    notes: str
    modules: frozenset[int]
    ratings: dict[int, int]

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Self:
        moment = parse_datetime(row["at"])
        if moment is None:
            raise ValueError(f"not a moment: {row['at']!r}")
        return cls(
            id=row["id"],
            by=row["by"],
            at=moment,
            delivered_min=row["delivered_min"],
            counted=row["counted"],
            adaptations=row["adaptations"],
            notes=row["notes"],
            modules=frozenset(row["modules"]),
            ratings={rating["item"]: rating["score"] for rating in row["ratings"]},
        )


@dataclass(frozen=True, slots=True)
class Sheet:
    session: Session
    lines: tuple[Line, ...]
    modules: tuple[Option, ...]
    marks: tuple[Option, ...]
    trainers: tuple[Option, ...]
    planned: Setting
    last_time: Setting | None
    saved: SavedLog | None

    @property
    def present_count(self) -> int:
        return sum(line.saved in ATTENDED for line in self.lines)


def read_sheet(sessions: QuerySet[Session], pk: int) -> Sheet:
    """Read the page of a session out of those that the user may log; else Session.DoesNotExist."""
    row = with_sheet(sessions).get(pk=pk)
    place = row.place or row.workshop.place
    return Sheet(
        session=row,
        lines=tuple(lines(row.roster)),
        modules=tuple(Option(**option) for option in row.module_options),
        marks=tuple(Option(**option) for option in row.mark_options),
        trainers=tuple(Option(**option) for option in row.trainer_options),
        planned=Setting(place, frozenset(row.own_trainers), frozenset(row.own_modules)),
        last_time=next(map(last_time, row.last_sessions), None),
        saved=next(map(SavedLog.from_json, row.saved_logs), None),
    )


def names_of(lines: Iterable[Line]) -> dict[int, str]:
    """Look up what these people are called, by enrolment; show it only to who may know."""
    enrolments = {line.participant_id: line.enrolment_id for line in lines}
    contacts = ContactDetails.objects.filter(participant__in=enrolments).only("name")
    return {enrolments[contact.pk]: contact.name for contact in contacts if contact.name}


def lines(roster: list[dict[str, Any]]) -> Iterable[Line]:
    """Give everybody a number in the order of enrolment, then leave out who isn't expected."""
    for number, row in enumerate(roster, 1):
        saved = AttendanceStatus(row["saved"]) if row["saved"] else None
        if saved or row["status"] == EnrolmentStatus.ENROLLED:
            yield Line(
                number=number,
                enrolment_id=row["id"],
                participant_id=row["participant"],
                code=row["code"],
                saved=saved,
                walked_in=row["source"] == AttendanceSource.WALK_IN,
            )


def last_time(row: dict[str, Any]) -> Setting:
    covered = row["covered"] or row["planned"]
    return Setting(row["place"], frozenset(row["trainers"]), frozenset(covered))


def with_sheet(sessions: QuerySet[Session]) -> QuerySet[Any]:
    here = {"session": OuterRef("pk")}
    same_programme = {"programme": OuterRef("workshop__programme")}
    return sessions.select_related("workshop__programme", "workshop__community").annotate(
        roster=ArraySubquery(roster()),
        module_options=ArraySubquery(
            Module.objects.filter(**same_programme)
            .order_by("code")
            .values(json=JSONObject(id="pk", label="name"))
        ),
        mark_options=ArraySubquery(
            FidelityItem.objects.filter(**same_programme)
            .order_by("position")
            .values(json=JSONObject(id="pk", label="text"))
        ),
        trainer_options=ArraySubquery(
            Facilitation.objects.filter(session__workshop=OuterRef("workshop"))
            .order_by("trainer__name", "trainer")
            .values(json=JSONObject(id="trainer_id", label="trainer__name"))
            .distinct()
        ),
        own_trainers=ArraySubquery(Facilitation.objects.filter(**here).values("trainer")),
        own_modules=ArraySubquery(planned_modules(OuterRef("pk"))),
        last_sessions=ArraySubquery(sessions_before()),
        saved_logs=ArraySubquery(saved_logs()),
    )


def roster() -> QuerySet[Any]:
    mark = Attendance.objects.filter(session=OuterRef(OuterRef("pk")), enrolment=OuterRef("pk"))
    return (
        Enrolment.objects.filter(workshop=OuterRef("workshop"))
        .order_by("pk")
        .values(
            json=JSONObject(
                id="pk",
                participant="participant_id",
                code="participant__code",
                status="status",
                saved=Subquery(mark.values("status")),
                source=Subquery(mark.values("source")),
            )
        )
    )


def planned_modules(session: OuterRef) -> QuerySet[Any]:
    return Session.modules.through.objects.filter(session=session).values("module")


def covered_modules(log: OuterRef) -> QuerySet[Any]:
    return SessionLog.modules.through.objects.filter(sessionlog=log).values("module")


def saved_logs() -> QuerySet[Any]:
    ratings = FidelityRating.objects.filter(log=OuterRef("pk"))
    return (
        SessionLog.objects.current()
        .filter(session=OuterRef("pk"))
        .values(
            json=JSONObject(
                id="pk",
                by="submitted_by__name",
                at="submitted_at",
                delivered_min="delivered_min",
                counted="counted",
                adaptations="adaptations",
                notes="notes",
                modules=ArraySubquery(covered_modules(OuterRef("pk"))),
                ratings=ArraySubquery(
                    ratings.values(json=JSONObject(item="item_id", score="score"))
                ),
            )
        )
    )


def sessions_before() -> QuerySet[Any]:
    """Find the session before this one in the same workshop, with what was really done there."""
    facilitations = Facilitation.objects.filter(session=OuterRef("pk")).values("trainer")
    covered = SessionLog.modules.through.objects.filter(
        sessionlog__session=OuterRef("pk"), sessionlog__superseded_at=None
    )
    return (
        Session.objects.filter(
            ~Q(status=SessionStatus.CANCELLED),
            workshop=OuterRef("workshop"),
            starts_at__lt=OuterRef("starts_at"),
        )
        .order_by("-starts_at")
        .values(
            json=JSONObject(
                place=F("place"),
                trainers=ArraySubquery(facilitations),
                planned=ArraySubquery(planned_modules(OuterRef("pk"))),
                covered=ArraySubquery(covered.values("module")),
            )
        )[:1]
    )
