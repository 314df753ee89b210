"""Logging a session: one transaction, one statement for all that hangs on it, safe to send twice.

Nothing is locked beforehand: the unique indexes on the log decide who was first. Whoever comes
second, by a double tap, from the phone's queue or as another trainer, fails there with nothing
written, and is told what stands.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from accounts.models import User
from communities.models import CODE_LETTERS, Community, Participant
from communities.services import register_participants
from workshops.log_statement import write_log
from workshops.models import (
    ATTENDED,
    Attendance,
    AttendanceSource,
    AttendanceStatus,
    Enrolment,
    EnrolmentEvent,
    Session,
    SessionLog,
    SessionStatus,
)

#: A roll call may begin while people are still coming in.
EARLIEST = timedelta(hours=1)

CODE = re.compile(f"P-[{CODE_LETTERS}]{{8}}")


class SessionLogError(Exception):
    """The log wasn't saved, and nothing was. The message says why and what to do."""

    message: StrOrPromise = ""
    #: The field of the form that the message belongs to; none for the whole log.
    field = ""

    def __str__(self) -> str:
        return str(self.message)


class SessionCancelledError(SessionLogError):
    message = _("This session is cancelled, so it can't be logged. Ask the coordinator to plan it.")


class TooEarlyError(SessionLogError):
    message = _("This session hasn't begun. You can log it from one hour before it starts.")


class SentWithOtherContentError(SessionLogError):
    message = _(
        "This page was saved before with other entries. Those stand; yours are still here. "
        "To replace what stands, say why and save again."
    )


class AlreadyLoggedError(SessionLogError):
    message = _(
        "Somebody saved this session while you were writing. That log stands; your entries are "
        "still here. Compare them with what was saved. To replace it, say why and save again."
    )


class ReasonMissingError(SessionLogError):
    message = _("Say in a few words why you change the log.")
    field = "correction_reason"


class FewerCountedThanMarkedError(SessionLogError):
    message = _("You counted fewer people than you marked as present. Correct one of the two.")
    field = "counted"


class UnknownEntryError(SessionLogError):
    message = _("Somebody on this page isn't in the workshop any more. Open the session again.")


class UnknownCodeError(SessionLogError):
    field = "walk_ins"

    def __init__(self, codes: str) -> None:
        super().__init__(codes)
        self.message = _(
            "Nobody in this community has the code %(codes)s. Check it, or write a name."
        ) % {"codes": codes}


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLogDraft:
    """What a trainer sends; people are told by their enrolment.

    Who was on the page and has no mark is `cleared`. `walk_ins` are names, codes, or empty for
    somebody whose name nobody wrote down. `corrects` is the log that the trainer saw standing.
    """

    client_uuid: UUID
    marks: Mapping[int, AttendanceStatus]
    delivered_min: int
    cleared: frozenset[int] = frozenset()
    walk_ins: tuple[str, ...] = ()
    counted: int | None = None
    modules: frozenset[int] = frozenset()
    ratings: Mapping[int, int] = field(default_factory=dict)
    place: str = ""
    trainers: frozenset[int] = frozenset()
    adaptations: str = ""
    notes: str = ""
    corrects: int | None = None
    correction_reason: str = ""

    @property
    def named_count(self) -> int:
        return len(self.walk_ins) + sum(mark in ATTENDED for mark in self.marks.values())

    def content_hash(self, session: Session) -> str:
        """Tell two contents apart without keeping them: keyed, as names could be guessed."""
        content = asdict(self) | {
            "session": session.pk,
            "marks": sorted(self.marks.items()),
            "ratings": sorted(self.ratings.items()),
            "modules": sorted(self.modules),
            "trainers": sorted(self.trainers),
            "cleared": sorted(self.cleared),
        }
        text = json.dumps(content, sort_keys=True, cls=DjangoJSONEncoder)
        return salted_hmac("workshops.session-log", text, algorithm="sha256").hexdigest()


def log_session(*, session: Session, log: SessionLogDraft, by: User) -> SessionLog:
    """Save what happened in a session, or a correction of it. Sending the same again saves once.

    Afterwards the marks, the people who walked in, the headcount, the modules, the fidelity marks
    and the states of session and workshop are those of the draft; the log before is kept.
    Raises a SessionLogError, with nothing saved, if that would be wrong.
    """
    refuse_impossible(session, log)
    try:
        with transaction.atomic():
            return _write(session, log, by)
    except (IntegrityError, AlreadyLoggedError):
        if sent := SessionLog.objects.filter(client_uuid=log.client_uuid).first():
            return _recognise(sent, log.content_hash(session))
        if session.logs.current().exclude(pk=log.corrects or 0).exists():
            raise AlreadyLoggedError from None
        raise


def refuse_impossible(session: Session, log: SessionLogDraft) -> None:
    if session.status == SessionStatus.CANCELLED:
        raise SessionCancelledError
    if session.starts_at - EARLIEST > timezone.now():
        raise TooEarlyError
    if log.corrects and not log.correction_reason:
        raise ReasonMissingError
    if log.counted is not None and log.counted < log.named_count:
        raise FewerCountedThanMarkedError


def _recognise(sent: SessionLog, content_hash: str) -> SessionLog:
    if sent.content_hash != content_hash:
        raise SentWithOtherContentError
    return sent


def _write(session: Session, log: SessionLogDraft, by: User) -> SessionLog:
    if log.corrects:
        standing = session.logs.current().filter(pk=log.corrects)
        if not standing.update(superseded_at=timezone.now()):
            raise AlreadyLoggedError
    saved = _write_log(session, log, by)
    people = _find_or_register(session.workshop.community, log.walk_ins)
    if people:
        _mark_walk_ins(session, people, by)
    return saved


def _write_log(session: Session, log: SessionLogDraft, by: User) -> SessionLog:
    saved = SessionLog(
        session=session,
        client_uuid=log.client_uuid,
        content_hash=log.content_hash(session),
        delivered_min=log.delivered_min,
        marks={str(enrolment): mark for enrolment, mark in log.marks.items()},
        counted=log.counted,
        adaptations=log.adaptations,
        notes=log.notes,
        submitted_by=by,
        submitted_at=timezone.now(),
        correction_reason=log.correction_reason,
    )
    written = write_log(
        session=session.pk,
        workshop=session.workshop_id,
        programme=session.workshop.programme_id,
        client_uuid=saved.client_uuid,
        content_hash=saved.content_hash,
        delivered_min=saved.delivered_min,
        marks=json.dumps(saved.marks),
        counted=log.counted,
        named=log.named_count,
        adaptations=log.adaptations,
        notes=log.notes,
        by=by.pk,
        now=saved.submitted_at,
        correction_reason=log.correction_reason,
        modules=list(log.modules),
        items=list(log.ratings),
        scores=list(log.ratings.values()),
        enrolments=list(log.marks),
        statuses=list(log.marks.values()),
        cleared=list(log.cleared),
        trainers=list(log.trainers),
        place=log.place or session.place,
    )
    if not written.held:
        raise SessionCancelledError
    if written.marked != len(log.marks):
        raise UnknownEntryError
    saved.pk = written.log_id
    return saved


def _find_or_register(community: Community, walk_ins: Sequence[str]) -> list[Participant]:
    """Take whoever is told by their code from the community's register, and put the rest on it."""
    codes = {entry.upper() for entry in walk_ins if CODE.fullmatch(entry.upper())}
    known = list(community.participants.active().filter(code__in=codes)) if codes else []
    if missing := codes - {participant.code for participant in known}:
        raise UnknownCodeError(", ".join(sorted(missing)))
    names = [entry for entry in walk_ins if entry.upper() not in codes]
    return known + (register_participants(community=community, names=names) if names else [])


def _mark_walk_ins(session: Session, people: Sequence[Participant], by: User) -> None:
    """Enrol them in the workshop and mark them present in the session."""
    enrolments = Enrolment.objects.bulk_create(
        [
            Enrolment(workshop=session.workshop, participant=participant, is_walk_in=True)
            for participant in people
        ],
        # Somebody told by their code may have withdrawn or waited; now they are here.
        update_conflicts=True,
        unique_fields=["workshop", "participant"],
        update_fields=["status", "waitlist_position"],
    )
    Attendance.objects.bulk_create(
        [
            Attendance(
                session=session,
                enrolment=enrolment,
                status=AttendanceStatus.PRESENT,
                source=AttendanceSource.WALK_IN,
                recorded_by=by,
            )
            for enrolment in enrolments
        ],
        update_conflicts=True,
        unique_fields=["session", "enrolment"],
        update_fields=["status", "recorded_by", "recorded_at"],
    )


@transaction.atomic
def save_enrolment(*, enrolment: Enrolment, was: str, by: User) -> Enrolment:
    """Save an enrolment and, where its state changed, write down from what and by whom."""
    enrolment.save()
    if enrolment.status != was:
        EnrolmentEvent.objects.create(
            enrolment=enrolment, from_status=was, to_status=enrolment.status, by=by
        )
    return enrolment
