"""The register of the demo: communities, accounts, trainers, workshops with their sessions."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.models import User
from communities.models import Community, ContactDetails, Membership, Participant, Placement, Role
from coreszon.demo.places import DISTRICTS, FIDELITY_MARKS, MODULES, NAMES, TRAINERS, District
from trainers.models import (
    Certification,
    LanguageLevel,
    Trainer,
    TrainerLanguage,
)
from workshops.models import (
    Attendance,
    AttendanceStatus,
    Enrolment,
    EnrolmentStatus,
    Facilitation,
    FacilitationRole,
    FidelityItem,
    Headcount,
    Module,
    Programme,
    Session,
    SessionLog,
    SessionStatus,
    Workshop,
    WorkshopStatus,
)

HAMBURG = ZoneInfo("Europe/Berlin")
GROUP_SIZE = 14
SESSION_COUNT = 6
EVENING = time(17)
#: How often people come, late, are excused, stay away: most come, some now and then, some never.
COMING = ((80, 6, 8, 6), (80, 6, 8, 6), (80, 6, 8, 6), (45, 5, 20, 30), (0, 0, 10, 90))
#: Of the districts: who has a session under way today, and who forgot to log the last one.
TODAY = 2
NOT_LOGGED = (2, 5)


@dataclass
class Register:
    """What the demo has made so far."""

    random: Random
    today: date
    programme: Programme
    communities: dict[str, Community] = field(default_factory=dict)
    trainers: dict[str, Trainer] = field(default_factory=dict)
    #: The workshops of the finished round, by community code.
    finished: dict[str, list[Workshop]] = field(default_factory=dict)
    #: The workshop that is running, by community code.
    running: dict[str, Workshop] = field(default_factory=dict)


def build_register(random: Random, today: date) -> Register:
    programme = Programme.objects.create(
        code="resilience-trainer", name="Resilience workshops", is_invented=True
    )
    for code, name, domains in MODULES:
        Module.objects.create(programme=programme, code=code, name=name, domains=list(domains))
    for position, text in enumerate(FIDELITY_MARKS, 1):
        FidelityItem.objects.create(programme=programme, position=position, text=text)
    register = Register(random=random, today=today, programme=programme)
    _make_communities(register)
    _make_trainers(register)
    for district in DISTRICTS:
        _make_workshops(register, district)
    return register


def _make_communities(register: Register) -> None:
    hamburg = Community.objects.create(
        code="hamburg", name="Hamburg", population=1_910_000, is_invented=True
    )
    register.communities["hamburg"] = hamburg
    for district in DISTRICTS:
        community = Community.objects.create(
            code=district.code,
            name=district.name,
            languages=list(district.languages),
            population=district.population,
            is_invented=True,
        )
        Placement.objects.create(
            community=community, parent=hamburg, valid_from=date(register.today.year - 3, 1, 1)
        )
        register.communities[district.code] = community


def _make_trainers(register: Register) -> None:
    for number, person in enumerate(TRAINERS, 1):
        user = User.objects.create_user(f"trainer{number}@demo.example", name=person.name)
        base = register.communities[person.base]
        trainer = Trainer.objects.create(user=user, name=person.name, base=base)
        Membership.objects.create(user=user, community=base, role=Role.TRAINER)
        for language in person.languages:
            level = (
                LanguageLevel.NATIVE if language == person.languages[0] else LanguageLevel.FLUENT
            )
            TrainerLanguage.objects.create(trainer=trainer, language=language, level=level)
        granted = register.today - timedelta(days=register.random.randrange(60, 600))
        Certification.objects.create(
            trainer=trainer,
            level=person.level,
            granted_on=granted,
            expires_on=granted + timedelta(days=3 * 365),
        )
        register.trainers.setdefault(person.base, trainer)


def _make_workshops(register: Register, district: District) -> None:
    community = register.communities[district.code]
    groups = max(1, round(district.people / GROUP_SIZE))
    for number in range(groups):
        size = district.people // groups + (number < district.people % groups)
        start = register.today - timedelta(days=330 + 7 * number)
        workshop = _make_workshop(register, community, f"{start.year}-{number + 1}", start)
        _enrol(register, workshop, size)
        _hold(register, workshop, register.today)
        register.finished.setdefault(district.code, []).append(workshop)
    # One more is running now, each district on another day of the week.
    order = DISTRICTS.index(district)
    start = register.today - timedelta(days=14 + (order - TODAY) % 7)
    begins = time(max(timezone.localtime().hour - 1, 0)) if order == TODAY else EVENING
    running = _make_workshop(register, community, f"{start.year}-now", start, begins)
    _enrol(register, running, 12)
    _hold(register, running, register.today, leave_last=order in NOT_LOGGED)
    register.running[district.code] = running
    if district.code == "lurup":
        _cancel(running)


def _make_workshop(
    register: Register, community: Community, label: str, start: date, begins: time = EVENING
) -> Workshop:
    workshop = Workshop.objects.create(
        code=f"{community.code}-{label}",
        programme=register.programme,
        community=community,
        language=community.languages[0],
        place=f"Stadtteilhaus {community.name}",
        capacity=16,
        status=WorkshopStatus.CONFIRMED,
    )
    modules = list(register.programme.modules.order_by("pk"))
    fallback = register.trainers["altona-altstadt"]
    trainer = register.trainers.get(community.code, fallback)
    for number in range(SESSION_COUNT):
        begin = datetime.combine(start + timedelta(days=7 * number), begins, HAMBURG)
        session = Session.objects.create(
            workshop=workshop,
            sequence=number + 1,
            starts_at=begin,
            ends_at=begin + timedelta(minutes=120),
            place=workshop.place,
        )
        session.modules.add(modules[number])
        Facilitation.objects.create(session=session, trainer=trainer, role=FacilitationRole.LEAD)
    return workshop


def _enrol(register: Register, workshop: Workshop, size: int) -> None:
    random = register.random
    people = Participant.objects.bulk_create(
        Participant(
            code=f"P{random.randrange(10**7):07d}",
            community=workshop.community,
            languages=[random.choice(workshop.community.languages)],
        )
        for _ in range(size)
    )
    ContactDetails.objects.bulk_create(
        ContactDetails(participant=person, name=random.choice(NAMES)) for person in people
    )
    Enrolment.objects.bulk_create(
        Enrolment(workshop=workshop, participant=person, status=EnrolmentStatus.ENROLLED)
        for person in people
    )


def _hold(register: Register, workshop: Workshop, today: date, *, leave_last: bool = False) -> None:
    """Log what lies behind; where asked, the last session before today is left to the trainer."""
    sessions = list(workshop.sessions.order_by("sequence"))
    past = [session for session in sessions if session.starts_at.date() < today]
    if leave_last:
        past = past[:-1]
    for session in past:
        _log(register, session)
    if len(past) == len(sessions):
        workshop.status = WorkshopStatus.COMPLETED
    elif past:
        workshop.status = WorkshopStatus.RUNNING
    workshop.save(update_fields=["status"])


def _log(register: Register, session: Session) -> None:
    random = register.random
    by = User.objects.get(
        trainer__facilitations__session=session,
        trainer__facilitations__role=FacilitationRole.LEAD,
    )
    log = SessionLog.objects.create(
        session=session,
        client_uuid=UUID(bytes=random.randbytes(16), version=4),
        content_hash="",
        delivered_min=random.choice([110, 120, 120, 125]),
        submitted_by=by,
        submitted_at=session.ends_at + timedelta(minutes=random.randrange(5, 600)),
    )
    log.modules.set(session.modules.all())
    present = [AttendanceStatus.PRESENT, AttendanceStatus.LATE]
    statuses = [*present, AttendanceStatus.EXCUSED, AttendanceStatus.ABSENT]
    enrolments = session.workshop.enrolments.order_by("pk")
    marks = [
        Attendance(
            session=session,
            enrolment=enrolment,
            status=random.choices(statuses, COMING[place % len(COMING)])[0],
            recorded_by=by,
            recorded_at=log.submitted_at,
        )
        for place, enrolment in enumerate(enrolments)
    ]
    Attendance.objects.bulk_create(marks)
    named = sum(mark.status in present for mark in marks)
    Headcount.objects.create(session=session, counted=named)
    session.status = SessionStatus.HELD
    session.save(update_fields=["status"])


def _cancel(workshop: Workshop) -> None:
    workshop.status = WorkshopStatus.CANCELLED
    workshop.status_reason = "Too few people could come at that time."
    workshop.save(update_fields=["status", "status_reason"])
    workshop.sessions.filter(status=SessionStatus.PLANNED).update(
        status=SessionStatus.CANCELLED, status_reason=workshop.status_reason
    )
