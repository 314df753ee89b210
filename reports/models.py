from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from indicators.models import Cycle, Snapshot
from reports.delivery import (
    Message,
    MessageState,
    News,
    Occurrence,
    Rhythm,
    Schedule,
    ShareLink,
)
from reports.remarks import (
    Action,
    ActionStatus,
    Annotation,
    AnnotationKind,
    AnnotationState,
    Owner,
)

__all__ = [
    "Action",
    "ActionStatus",
    "Annotation",
    "AnnotationKind",
    "AnnotationState",
    "DocumentFormat",
    "Message",
    "MessageState",
    "News",
    "Occurrence",
    "Owner",
    "ReportDocument",
    "ReportRun",
    "Rhythm",
    "RunState",
    "Schedule",
    "ShareLink",
]


class RunState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("being made")
    DONE = "done", _("ready")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")


class DocumentFormat(models.TextChoices):
    HTML = "html", _("web page")
    PDF = "pdf", _("PDF")
    JSON = "json", _("JSON")
    XLSX = "xlsx", _("XLSX workbook")
    CSV = "csv", _("CSV table")
    POSTER = "poster", _("posters for a meeting (PDF)")
    LEAFLET = "leaflet", _("one page for those who answered (PDF)")
    LEAFLET_PAGE = "leaflet_page", _("one page for those who answered (web page)")
    IATI = "iati", _("IATI results for funders")


class ReportRunQuerySet(models.QuerySet["ReportRun"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(cycle__in=Cycle.objects.visible_to(user))


class ReportRun(models.Model):
    """One making of a community's report: the row is the queue, a worker claims it under a lease.

    `key` says what goes in (snapshot, formats, languages, code version): asking for the same again
    gives the same run, not a second one.
    """

    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="report_runs")
    snapshot = models.ForeignKey(
        Snapshot, on_delete=models.PROTECT, null=True, blank=True, related_name="report_runs"
    )
    key = models.CharField(max_length=64, unique=True)
    #: The hash of all that goes in, as every document prints it.
    source_hash = models.CharField(max_length=64, blank=True, db_index=True)
    formats = ArrayField(models.CharField(max_length=20, choices=DocumentFormat))
    languages = ArrayField(models.CharField(max_length=10))
    state = models.CharField(_("state"), max_length=10, choices=RunState, default=RunState.WAITING)
    done_count = models.PositiveSmallIntegerField(_("done"), default=0)
    total_count = models.PositiveSmallIntegerField(_("of"), default=0)
    attempt_count = models.PositiveSmallIntegerField(default=0)
    problem = models.TextField(_("what went wrong"), blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    requested_at = models.DateTimeField(_("asked for"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    fence = models.UUIDField(null=True, blank=True)

    objects = ReportRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("report run")
        verbose_name_plural = _("report runs")
        ordering = ["-requested_at"]
        constraints = [
            models.CheckConstraint(name="reportrun_state", condition=Q(state__in=RunState.values)),
            models.CheckConstraint(
                name="reportrun_done_within_total", condition=Q(done_count__lte=F("total_count"))
            ),
            models.CheckConstraint(
                name="reportrun_finished_iff_ended",
                condition=Q(state__in=[RunState.WAITING, RunState.RUNNING], finished_at=None)
                | Q(
                    state__in=[RunState.DONE, RunState.FAILED, RunState.CANCELLED],
                    finished_at__isnull=False,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"report {self.pk}"


class ReportDocument(models.Model):
    """A finished document, kept in the database: web and workers need no shared disk."""

    run = models.ForeignKey(ReportRun, on_delete=models.CASCADE, related_name="documents")
    format = models.CharField(_("format"), max_length=20, choices=DocumentFormat)
    language = models.CharField(_("language"), max_length=10)
    content = models.BinaryField()
    content_hash = models.CharField(_("hash"), max_length=64, db_index=True)
    made_at = models.DateTimeField(_("made"), default=timezone.now)

    class Meta:
        verbose_name = _("report document")
        verbose_name_plural = _("report documents")
        constraints = [
            models.CheckConstraint(
                name="reportdocument_format", condition=Q(format__in=DocumentFormat.values)
            ),
            models.UniqueConstraint(
                name="reportdocument_once", fields=["run", "format", "language"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.format} {self.language}"
