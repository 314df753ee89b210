from datetime import datetime, timedelta
from typing import Self, TypeVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from communities.fields import EncryptedTextField
from communities.models import NAMES_ROLES, Community, Domain, Participant, Role
from trainers.models import Trainer

Row_co = TypeVar("Row_co", bound=models.Model, covariant=True)


class CatalogueQuerySet(models.QuerySet[Row_co]):
    """What a programme consists of is open to everybody who works in it."""

    def visible_to(self, user: User) -> Self:
        return self if user.is_active else self.none()


class Programme(models.Model):
    """A curriculum: what is taught in which modules."""

    code = models.SlugField(_("code"), unique=True)
    name = models.CharField(_("name"), max_length=200)
    is_invented = models.BooleanField(_("invented data"), default=False)

    objects = CatalogueQuerySet.as_manager()

    class Meta:
        verbose_name = _("programme")
        verbose_name_plural = _("programmes")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Module(models.Model):
    programme = models.ForeignKey(
        Programme, verbose_name=_("programme"), on_delete=models.PROTECT, related_name="modules"
    )
    code = models.SlugField(_("code"))
    name = models.CharField(_("name"), max_length=200)
    domains = ArrayField(
        models.CharField(max_length=20, choices=Domain),
        verbose_name=_("domains"),
        default=list,
        blank=True,
    )
    is_core = models.BooleanField(
        _("core"), default=True, help_text=_("Otherwise it may be adapted")
    )

    objects = CatalogueQuerySet.as_manager()

    class Meta:
        verbose_name = _("module")
        verbose_name_plural = _("modules")
        ordering = ["programme", "code"]
        constraints = [
            models.UniqueConstraint(
                name="module_code_once",
                fields=["programme", "code"],
                violation_error_message=_("The programme already has a module with this code."),
            ),
            models.CheckConstraint(
                name="module_domains", condition=Q(domains__contained_by=Domain.values)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class FidelityItem(models.Model):
    """A mark that a trainer gives after a session, for example: we followed the plan."""

    programme = models.ForeignKey(
        Programme,
        verbose_name=_("programme"),
        on_delete=models.PROTECT,
        related_name="fidelity_items",
    )
    position = models.PositiveSmallIntegerField(_("position"))
    text = models.CharField(_("text"), max_length=200)

    objects = CatalogueQuerySet.as_manager()

    class Meta:
        verbose_name = _("fidelity mark")
        verbose_name_plural = _("fidelity marks")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(name="fidelityitem_position", fields=["programme", "position"]),
            models.CheckConstraint(
                name="fidelityitem_up_to_three",
                condition=Q(position__range=(1, 3)),
                violation_error_message=_("A programme has at most three fidelity marks."),
            ),
        ]

    def __str__(self) -> str:
        return self.text


class WorkshopStatus(models.TextChoices):
    PLANNED = "planned", _("planned")
    CONFIRMED = "confirmed", _("confirmed")
    RUNNING = "running", _("running")
    COMPLETED = "completed", _("completed")
    CANCELLED = "cancelled", _("cancelled")


class WorkshopQuerySet(models.QuerySet["Workshop"]):
    def visible_to(self, user: User) -> Self:
        """Limit to what one delivers oneself and to the communities that one oversees."""
        own = Facilitation.objects.filter(trainer__user_id=user.pk).values("session__workshop")
        overseen = Community.objects.visible_to(
            user, Role.COORDINATOR, Role.DATA_STEWARD, Role.RECORDER
        )
        return self.filter(Q(pk__in=own) | Q(community__in=overseen))

    def logged_by(self, user: User) -> Self:
        """Limit to those whose sessions the user may log, with the names of those who came."""
        own = Facilitation.objects.filter(trainer__user_id=user.pk, role__in=LOGGING_ROLES)
        kept = Community.objects.visible_to(user, *NAMES_ROLES)
        return self.filter(Q(pk__in=own.values("session__workshop")) | Q(community__in=kept))

    def delivered(self) -> Self:
        return self.filter(status=WorkshopStatus.COMPLETED)


class Workshop(models.Model):
    """One delivery of a programme in a community. Its dates are those of its sessions."""

    code = models.SlugField(_("code"), max_length=80, unique=True)
    programme = models.ForeignKey(
        Programme, verbose_name=_("programme"), on_delete=models.PROTECT, related_name="workshops"
    )
    community = models.ForeignKey(
        Community, verbose_name=_("community"), on_delete=models.PROTECT, related_name="workshops"
    )
    status = models.CharField(
        _("status"), max_length=20, choices=WorkshopStatus, default=WorkshopStatus.PLANNED
    )
    status_reason = models.TextField(_("reason"), blank=True)
    language = models.CharField(_("language"), max_length=10, default="de")
    place = models.CharField(_("place"), max_length=200, blank=True)
    capacity = models.PositiveSmallIntegerField(_("capacity"), null=True, blank=True)

    objects = WorkshopQuerySet.as_manager()

    class Meta:
        verbose_name = _("workshop")
        verbose_name_plural = _("workshops")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="workshop_status", condition=Q(status__in=WorkshopStatus.values)
            ),
            models.CheckConstraint(
                name="workshop_cancelled_with_reason",
                condition=~Q(status=WorkshopStatus.CANCELLED) | ~Q(status_reason=""),
                violation_error_message=_("Say why the workshop is cancelled."),
            ),
        ]

    def __str__(self) -> str:
        return self.code


class SessionStatus(models.TextChoices):
    PLANNED = "planned", _("planned")
    HELD = "held", _("held")
    CANCELLED = "cancelled", _("cancelled")


class SessionQuerySet(models.QuerySet["Session"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(workshop__in=Workshop.objects.visible_to(user))

    def logged_by(self, user: User) -> Self:
        return self.filter(workshop__in=Workshop.objects.logged_by(user))

    def delivered_by(self, user: User) -> Self:
        return self.filter(
            pk__in=Facilitation.objects.filter(trainer__user_id=user.pk).values("session")
        )

    def around(self, moment: datetime) -> Self:
        """Limit to what is on from six hours before that moment until a day after."""
        return self.filter(
            starts_at__gt=moment - timedelta(hours=6), starts_at__lt=moment + timedelta(hours=24)
        )

    def overdue(self, moment: datetime) -> Self:
        """Limit to sessions that ended and that nobody has logged."""
        return self.filter(status=SessionStatus.PLANNED, ends_at__lt=moment)


class Session(models.Model):
    workshop = models.ForeignKey(
        Workshop, verbose_name=_("workshop"), on_delete=models.CASCADE, related_name="sessions"
    )
    sequence = models.PositiveSmallIntegerField(_("number"))
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    timezone = models.CharField(_("time zone"), max_length=50, default="Europe/Berlin")
    place = models.CharField(_("place"), max_length=200, blank=True)
    modules = models.ManyToManyField(
        Module, verbose_name=_("planned modules"), blank=True, related_name="sessions"
    )
    status = models.CharField(
        _("status"), max_length=10, choices=SessionStatus, default=SessionStatus.PLANNED
    )
    status_reason = models.TextField(_("reason"), blank=True)

    objects = SessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        ordering = ["starts_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                name="session_number_once",
                fields=["workshop", "sequence"],
                deferrable=models.Deferrable.DEFERRED,
                violation_error_message=_("The workshop already has a session with this number."),
            ),
            models.CheckConstraint(
                name="session_ends_after_start",
                condition=Q(ends_at__gt=F("starts_at")),
                violation_error_message=_("The end must be after the start."),
            ),
            models.CheckConstraint(
                name="session_status", condition=Q(status__in=SessionStatus.values)
            ),
            models.CheckConstraint(
                name="session_cancelled_with_reason",
                condition=~Q(status=SessionStatus.CANCELLED) | ~Q(status_reason=""),
                violation_error_message=_("Say why the session is cancelled."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.workshop_id}/{self.sequence}"

    @property
    def planned_min(self) -> int:
        return round((self.ends_at - self.starts_at).total_seconds() / 60)


class FacilitationRole(models.TextChoices):
    LEAD = "lead", _("lead")
    CO_TRAINER = "co_trainer", _("co-trainer")
    INTERPRETER = "interpreter", _("interpreter")
    OBSERVER = "observer", _("observer")
    CHILD_CARE = "child_care", _("child care")


#: Who writes down what happened. An interpreter or an observer doesn't.
LOGGING_ROLES = (FacilitationRole.LEAD, FacilitationRole.CO_TRAINER)


class FacilitationQuerySet(models.QuerySet["Facilitation"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(session__in=Session.objects.visible_to(user))


class Facilitation(models.Model):
    """Who does what in a session. An overlap with another one needs a reason; it isn't refused."""

    session = models.ForeignKey(
        Session, verbose_name=_("session"), on_delete=models.CASCADE, related_name="facilitations"
    )
    trainer = models.ForeignKey(
        Trainer, verbose_name=_("trainer"), on_delete=models.PROTECT, related_name="facilitations"
    )
    role = models.CharField(
        _("role"), max_length=20, choices=FacilitationRole, default=FacilitationRole.LEAD
    )
    overlap_reason = models.CharField(_("reason for an overlap"), max_length=200, blank=True)

    objects = FacilitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("facilitation")
        verbose_name_plural = _("facilitations")
        constraints = [
            models.CheckConstraint(
                name="facilitation_role", condition=Q(role__in=FacilitationRole.values)
            ),
            models.UniqueConstraint(
                name="facilitation_once",
                fields=["session", "trainer"],
                violation_error_message=_("This trainer is already in the session."),
            ),
            models.UniqueConstraint(
                name="facilitation_one_lead",
                fields=["session"],
                condition=Q(role=FacilitationRole.LEAD),
                violation_error_message=_("The session already has a lead."),
            ),
        ]

    def __str__(self) -> str:
        return self.get_role_display()


class EnrolmentStatus(models.TextChoices):
    INVITED = "invited", _("invited")
    ENROLLED = "enrolled", _("enrolled")
    WAITLISTED = "waitlisted", _("on the waiting list")
    WITHDRAWN = "withdrawn", _("withdrawn")


class EnrolmentQuerySet(models.QuerySet["Enrolment"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(workshop__in=Workshop.objects.visible_to(user))


class Enrolment(models.Model):
    workshop = models.ForeignKey(
        Workshop, verbose_name=_("workshop"), on_delete=models.CASCADE, related_name="enrolments"
    )
    participant = models.ForeignKey(
        Participant,
        verbose_name=_("participant"),
        on_delete=models.PROTECT,
        related_name="enrolments",
    )
    status = models.CharField(
        _("status"), max_length=10, choices=EnrolmentStatus, default=EnrolmentStatus.ENROLLED
    )
    waitlist_position = models.PositiveSmallIntegerField(_("place in line"), null=True, blank=True)
    is_walk_in = models.BooleanField(_("walked in"), default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                name="enrolment_status", condition=Q(status__in=EnrolmentStatus.values)
            ),
            models.UniqueConstraint(
                name="enrolment_once",
                fields=["workshop", "participant"],
                violation_error_message=_("This participant is already enrolled."),
            ),
            models.CheckConstraint(
                name="enrolment_position_iff_waitlisted",
                condition=Q(status=EnrolmentStatus.WAITLISTED, waitlist_position__isnull=False)
                | (~Q(status=EnrolmentStatus.WAITLISTED) & Q(waitlist_position=None)),
                violation_error_message=_("Only the waiting list has places, and each has one."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.participant_id} in {self.workshop_id}"


class EnrolmentEventQuerySet(models.QuerySet["EnrolmentEvent"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(enrolment__in=Enrolment.objects.visible_to(user))


class EnrolmentEvent(models.Model):
    """One change of an enrolment's status. Written, never changed."""

    enrolment = models.ForeignKey(
        Enrolment, verbose_name=_("enrolment"), on_delete=models.CASCADE, related_name="events"
    )
    from_status = models.CharField(
        _("status before"), max_length=10, choices=EnrolmentStatus, blank=True
    )
    to_status = models.CharField(_("status after"), max_length=10, choices=EnrolmentStatus)
    at = models.DateTimeField(_("at"), default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )

    objects = EnrolmentEventQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of enrolment")
        verbose_name_plural = _("changes of enrolment")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.from_status}→{self.to_status}"


class AttendanceStatus(models.TextChoices):
    PRESENT = "present", _("present")
    LATE = "late", _("late")
    EXCUSED = "excused", _("excused")
    ABSENT = "absent", _("absent")


#: The states that count as having been there.
ATTENDED = (AttendanceStatus.PRESENT, AttendanceStatus.LATE)


class AttendanceSource(models.TextChoices):
    ROLL_CALL = "roll_call", _("roll call")
    WALK_IN = "walk_in", _("walk-in")
    CHECK_IN = "check_in", _("check-in by QR code")
    PAPER = "paper", _("paper list")
    IMPORT = "import", _("import")


class AttendanceQuerySet(models.QuerySet["Attendance"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(session__in=Session.objects.visible_to(user))


class Attendance(models.Model):
    """That somebody enrolled was, or was not, in a session. Unmarked people have no row."""

    session = models.ForeignKey(
        Session, verbose_name=_("session"), on_delete=models.CASCADE, related_name="attendances"
    )
    enrolment = models.ForeignKey(
        Enrolment, verbose_name=_("enrolment"), on_delete=models.PROTECT, related_name="attendances"
    )
    status = models.CharField(_("status"), max_length=10, choices=AttendanceStatus)
    minutes = models.PositiveSmallIntegerField(_("minutes there"), null=True, blank=True)
    source = models.CharField(
        _("source"), max_length=10, choices=AttendanceSource, default=AttendanceSource.ROLL_CALL
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("recorded by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    recorded_at = models.DateTimeField(_("recorded"), default=timezone.now)

    objects = AttendanceQuerySet.as_manager()

    class Meta:
        verbose_name = _("attendance")
        verbose_name_plural = _("attendances")
        constraints = [
            models.CheckConstraint(
                name="attendance_status", condition=Q(status__in=AttendanceStatus.values)
            ),
            models.CheckConstraint(
                name="attendance_source", condition=Q(source__in=AttendanceSource.values)
            ),
            models.UniqueConstraint(name="attendance_once", fields=["session", "enrolment"]),
        ]

    def __str__(self) -> str:
        return self.get_status_display()


class HeadcountQuerySet(models.QuerySet["Headcount"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(session__in=Session.objects.visible_to(user))


class Headcount(models.Model):
    """How many were in the room, beside the list: unnamed people are counted, not invented."""

    session = models.OneToOneField(
        Session, verbose_name=_("session"), on_delete=models.CASCADE, primary_key=True
    )
    counted = models.PositiveSmallIntegerField(_("people in the room"))
    unnamed = models.PositiveSmallIntegerField(_("of these not on the list"), default=0)

    objects = HeadcountQuerySet.as_manager()

    class Meta:
        verbose_name = _("headcount")
        verbose_name_plural = _("headcounts")
        constraints = [
            models.CheckConstraint(
                name="headcount_unnamed_within_counted",
                condition=Q(unnamed__lte=F("counted")),
                violation_error_message=_("There can't be more unnamed people than people."),
            )
        ]

    def __str__(self) -> str:
        return str(self.counted)


class SessionLogQuerySet(models.QuerySet["SessionLog"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(session__in=Session.objects.visible_to(user))

    def current(self) -> Self:
        return self.filter(superseded_at=None)


class SessionLog(models.Model):
    """What was done in a session. A correction is a new log that supersedes the one before.

    `client_uuid` is made by the page that sends the log, so that sending it again changes nothing.
    """

    session = models.ForeignKey(
        Session, verbose_name=_("session"), on_delete=models.CASCADE, related_name="logs"
    )
    client_uuid = models.UUIDField(unique=True)
    content_hash = models.CharField(max_length=64)
    delivered_min = models.PositiveSmallIntegerField(_("minutes"))
    modules = models.ManyToManyField(
        Module, verbose_name=_("modules covered"), blank=True, related_name="logs"
    )
    marks = models.JSONField(
        _("marks"),
        default=dict,
        help_text=_("Each marked enrolment and its state, as it was sent: corrections keep these"),
    )
    counted = models.PositiveSmallIntegerField(_("people in the room"), null=True, blank=True)
    adaptations = models.TextField(_("what was changed"), blank=True)
    notes = models.TextField(_("notes"), blank=True, help_text=_("No names, please."))
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("logged by"),
        on_delete=models.PROTECT,
        related_name="+",
    )
    submitted_at = models.DateTimeField(_("logged"), default=timezone.now)
    correction_reason = models.CharField(_("reason for the correction"), max_length=200, blank=True)
    superseded_at = models.DateTimeField(_("replaced"), null=True, blank=True, editable=False)

    objects = SessionLogQuerySet.as_manager()

    class Meta:
        verbose_name = _("session log")
        verbose_name_plural = _("session logs")
        ordering = ["-submitted_at"]
        constraints = [
            models.UniqueConstraint(
                name="sessionlog_one_current",
                fields=["session"],
                condition=Q(superseded_at=None),
                violation_error_message=_("This session is already logged. Correct that log."),
            ),
            models.CheckConstraint(
                name="sessionlog_minutes",
                condition=Q(delivered_min__range=(1, 24 * 60)),
                violation_error_message=_("Write the minutes as a number from 1 to 1440."),
            ),
        ]

    def __str__(self) -> str:
        return f"log of {self.session_id}"


class FidelityRatingQuerySet(models.QuerySet["FidelityRating"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(log__in=SessionLog.objects.visible_to(user))


class FidelityRating(models.Model):
    log = models.ForeignKey(
        SessionLog, verbose_name=_("session log"), on_delete=models.CASCADE, related_name="ratings"
    )
    item = models.ForeignKey(
        FidelityItem,
        verbose_name=_("fidelity mark"),
        on_delete=models.PROTECT,
        related_name="ratings",
    )
    score = models.PositiveSmallIntegerField(_("mark"), help_text=_("1 = not at all, 5 = fully"))

    objects = FidelityRatingQuerySet.as_manager()

    class Meta:
        verbose_name = _("fidelity rating")
        verbose_name_plural = _("fidelity ratings")
        constraints = [
            models.UniqueConstraint(name="fidelityrating_once", fields=["log", "item"]),
            models.CheckConstraint(name="fidelityrating_score", condition=Q(score__range=(1, 5))),
        ]

    def __str__(self) -> str:
        return str(self.score)


class IncidentSeverity(models.TextChoices):
    LOW = "low", _("low")
    MEDIUM = "medium", _("medium")
    HIGH = "high", _("high: somebody may be in danger")


class IncidentQuerySet(models.QuerySet["Incident"]):
    def visible_to(self, user: User) -> Self:
        """Limit to what one reported oneself and to communities that one coordinates."""
        if user.is_superuser:
            return self
        coordinated = Community.objects.visible_to(user, Role.COORDINATOR)
        return self.filter(
            Q(reported_by_id=user.pk) | Q(session__workshop__community__in=coordinated),
            session__isnull=False,
        )


class Incident(models.Model):
    """Something that concerns somebody's safety. Its own permission; in no export, in no note."""

    session = models.ForeignKey(
        Session,
        verbose_name=_("session"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="incidents",
    )
    severity = models.CharField(_("severity"), max_length=10, choices=IncidentSeverity)
    text = EncryptedTextField(_("what happened"))
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    reported_at = models.DateTimeField(_("reported"), default=timezone.now)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    objects = IncidentQuerySet.as_manager()

    class Meta:
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        ordering = ["-reported_at"]
        constraints = [
            models.CheckConstraint(
                name="incident_severity", condition=Q(severity__in=IncidentSeverity.values)
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_severity_display()}"
