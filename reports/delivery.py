"""How reports reach people: links for those without an account, schedules and their messages."""

from typing import Self
from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.models import Community
from indicators.models import Snapshot

#: Every month has this day.
LAST_DAY = 28


class ShareLinkQuerySet(models.QuerySet["ShareLink"]):
    def valid(self) -> Self:
        """Limit to links that show their report: not expired, not revoked, not corrected."""
        return self.filter(
            expires_at__gt=timezone.now(), revoked_at=None, snapshot__withdrawn_at=None
        )


class ShareLink(models.Model):
    """An address that shows one published snapshot to whoever has it.

    The address holds a random token; only its hash is kept, so nobody can read it here. Opens are
    counted, and nothing is kept about who opened.
    """

    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="share_links")
    token_hash = models.BinaryField(max_length=32, unique=True, editable=False)
    purpose = models.CharField(
        _("for what"),
        max_length=100,
        help_text=_("For example: town council, June. Write no names of people."),
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("until"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    opened_count = models.PositiveIntegerField(_("opened"), default=0)

    objects = ShareLinkQuerySet.as_manager()

    class Meta:
        verbose_name = _("share link")
        verbose_name_plural = _("share links")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                name="sharelink_expires_later", condition=Q(expires_at__gt=F("created_at"))
            )
        ]

    def __str__(self) -> str:
        return f"share link {self.pk}"

    @property
    def is_valid(self) -> bool:
        return not self.revoked_at and self.expires_at > timezone.now()


class Rhythm(models.TextChoices):
    MONTHLY = "monthly", _("every month")
    PUBLISHED = "published", _("when a cycle is published")


class ScheduleQuerySet(models.QuerySet["Schedule"]):
    def active(self) -> Self:
        return self.filter(ended_at=None)


class Schedule(models.Model):
    """That documents about a community are made by themselves and their readers told."""

    community = models.ForeignKey(
        Community, on_delete=models.PROTECT, related_name="report_schedules"
    )
    round = models.SlugField(
        _("cycle"), max_length=80, blank=True, help_text=_("Its code; empty: the newest one")
    )
    rhythm = models.CharField(_("when"), max_length=10, choices=Rhythm)
    day = models.PositiveSmallIntegerField(
        _("on which day of the month"), null=True, blank=True, help_text=_("1 to 28")
    )
    formats = ArrayField(models.CharField(max_length=20))
    languages = ArrayField(models.CharField(max_length=10))
    recipients = models.ManyToManyField(
        settings.AUTH_USER_MODEL, verbose_name=_("who is told"), related_name="+"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = ScheduleQuerySet.as_manager()

    class Meta:
        verbose_name = _("schedule")
        verbose_name_plural = _("schedules")
        ordering = ["community", "pk"]
        constraints = [
            models.CheckConstraint(name="schedule_rhythm", condition=Q(rhythm__in=Rhythm.values)),
            models.CheckConstraint(
                name="schedule_day_iff_monthly",
                condition=Q(rhythm=Rhythm.MONTHLY, day__range=(1, LAST_DAY))
                | Q(rhythm=Rhythm.PUBLISHED, day=None),
                violation_error_message=_("Say a day from 1 to 28, and only for every month."),
            ),
        ]

    def __str__(self) -> str:
        return f"schedule {self.pk}"


class Occurrence(models.Model):
    """One time at which a schedule was due. `slot` is there once, however many look for it."""

    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, related_name="occurrences")
    slot = models.CharField(max_length=40, help_text="2026-12, or snapshot-17")
    #: The release that made it due; a day of the month has none.
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, null=True, related_name="+")
    run = models.ForeignKey(
        "reports.ReportRun", on_delete=models.PROTECT, null=True, related_name="occurrences"
    )
    #: Why there is no run.
    problem = models.TextField(_("what went wrong"), blank=True)
    due_at = models.DateTimeField(_("due"), default=timezone.now)
    #: When the messages about its end were written.
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("occurrence")
        verbose_name_plural = _("occurrences")
        ordering = ["-due_at"]
        constraints = [
            models.UniqueConstraint(name="occurrence_slot_once", fields=["schedule", "slot"]),
            models.CheckConstraint(
                name="occurrence_run_or_problem",
                condition=Q(run=None) ^ Q(problem=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.schedule_id} {self.slot}"


class News(models.TextChoices):
    READY = "ready", _("documents are ready")
    FAILED = "failed", _("documents could not be made")


class MessageState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    SENT = "sent", _("sent")
    REFUSED = "refused", _("not sent: this account may not read the report")
    FAILED = "failed", _("could not be sent")


class Message(models.Model):
    """A message to be sent: the row is the outbox, a worker claims it under a lease.

    It holds no text and no address: both are made when it is sent, for whoever may read then.
    """

    occurrence = models.ForeignKey(Occurrence, on_delete=models.PROTECT, related_name="messages")
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    news = models.CharField(max_length=10, choices=News)
    #: Also in the message itself, so that mail systems can recognise one that comes twice.
    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    state = models.CharField(
        _("state"), max_length=10, choices=MessageState, default=MessageState.WAITING
    )
    attempt_count = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    fence = models.UUIDField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(
                name="message_once", fields=["occurrence", "recipient", "news"]
            ),
            models.CheckConstraint(name="message_news", condition=Q(news__in=News.values)),
            models.CheckConstraint(
                name="message_state", condition=Q(state__in=MessageState.values)
            ),
            models.CheckConstraint(
                name="message_ended_iff_not_waiting",
                condition=Q(state=MessageState.WAITING, ended_at=None)
                | (~Q(state=MessageState.WAITING) & Q(ended_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"message {self.pk}"
