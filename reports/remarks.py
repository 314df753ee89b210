"""What people make of a report: what they say it means, and what is to be done next.

Both hang on a published figure, so that nobody has to guess later what was looked at.
"""

from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pgtrigger import Condition, Delete, Protect, Update

from accounts.models import User
from indicators.models import Cycle, Release

#: Measure and scale of the published figure that is spoken of; two empty ones: the whole report.
Anchor = tuple[str, str]


class Anchored(models.Model):
    """Words of the programme about a figure of a release. Personal data have no place in them."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="%(class)ss")
    measure = models.CharField(max_length=40, blank=True)
    scale = models.CharField(max_length=80, blank=True)
    text = models.TextField(_("text"), blank=True)
    language = models.CharField(_("language"), max_length=10)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField(_("written"), default=timezone.now, editable=False)
    #: A correction is a new row; the one before stays.
    replaces = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="replaced_by"
    )

    class Meta:
        abstract = True

    @property
    def anchor(self) -> Anchor:
        return self.measure, self.scale


class AnnotationKind(models.TextChoices):
    TRAINER = "trainer", _("trainers' reading")
    COMMUNITY = "community", _("the community's reading")
    DATA_WALK = "data_walk", _("brought up at a data walk")
    EVENT = "event", _("something that happened meanwhile")


class AnnotationState(models.TextChoices):
    DRAFT = "draft", _("waiting for a second person")
    APPROVED = "approved", _("approved")
    WITHDRAWN = "withdrawn", _("withdrawn")


class AnnotationQuerySet(models.QuerySet["Annotation"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(release__snapshot__cycle__in=Cycle.objects.visible_to(user))

    def published(self) -> Self:
        """Limit to what reports show: approved, and not corrected since."""
        corrected = Q(replaced_by__state__in=[AnnotationState.APPROVED, AnnotationState.WITHDRAWN])
        return self.filter(state=AnnotationState.APPROVED).exclude(corrected)


class Annotation(Anchored):
    """What somebody says that a figure means. Shown once another coordinator has approved it."""

    kind = models.CharField(_("whose words"), max_length=10, choices=AnnotationKind)
    is_quote = models.BooleanField(_("word for word"), default=False)
    has_consent = models.BooleanField(
        _("whoever said it agreed that it is shown in the report"), default=False
    )
    said_on = models.DateField(_("said on"))
    state = models.CharField(
        _("state"), max_length=10, choices=AnnotationState, default=AnnotationState.DRAFT
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_at = models.DateTimeField(_("approved"), null=True, blank=True)
    withdrawn_reason = models.TextField(_("reason"), blank=True)

    objects = AnnotationQuerySet.as_manager()

    class Meta:
        verbose_name = _("reading")
        verbose_name_plural = _("readings")
        ordering = ["said_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="annotation_kind", condition=Q(kind__in=AnnotationKind.values)
            ),
            models.CheckConstraint(
                name="annotation_state", condition=Q(state__in=AnnotationState.values)
            ),
            models.CheckConstraint(
                name="annotation_approved_iff_not_draft",
                condition=Q(state=AnnotationState.DRAFT, approved_by=None, approved_at=None)
                | ~Q(state=AnnotationState.DRAFT)
                & Q(approved_by__isnull=False, approved_at__isnull=False),
            ),
            models.CheckConstraint(
                name="annotation_approved_by_another",
                condition=~Q(approved_by=F("author")),
                violation_error_message=_("Somebody else has to approve what you wrote."),
            ),
            models.CheckConstraint(
                name="annotation_quote_with_consent",
                condition=Q(is_quote=False) | Q(has_consent=True),
                violation_error_message=_("Quote nobody word for word who did not agree to it."),
            ),
            models.CheckConstraint(
                name="annotation_says_something",
                condition=Q(state=AnnotationState.WITHDRAWN) | ~Q(text=""),
            ),
            models.CheckConstraint(
                name="annotation_withdrawn_with_reason",
                condition=~Q(state=AnnotationState.WITHDRAWN) | ~Q(withdrawn_reason=""),
                violation_error_message=_("Say why it is withdrawn."),
            ),
        ]
        triggers = [
            # Withdrawing may take the words away with it: whoever said them may change their mind.
            Protect(
                name="approved_stays",
                operation=Update,
                condition=Condition(
                    "OLD.state = 'withdrawn' OR (OLD.state = 'approved' AND NOT "
                    "(NEW.state = 'withdrawn' AND NEW.text IN (OLD.text, '')))"
                ),
            ),
            Protect(
                name="history_stays",
                operation=Delete,
                condition=Condition("OLD.state <> 'draft'"),
            ),
        ]

    def __str__(self) -> str:
        return f"reading {self.pk}"

    @property
    def on(self) -> date:
        return self.said_on

    @property
    def author_role(self) -> str:
        return self.kind


class Owner(models.TextChoices):
    """Who sees to it: a role, never a name."""

    COORDINATION = "coordination", _("coordination")
    TRAINERS = "trainers", _("trainers")
    COMMUNITY = "community", _("people of the community")
    NETWORK = "network", _("the network")
    PARTNER = "partner", _("a partner outside")


class ActionStatus(models.TextChoices):
    OPEN = "open", _("open")
    DONE = "done", _("done")
    DROPPED = "dropped", _("dropped")


class ActionQuerySet(models.QuerySet["Action"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(release__snapshot__cycle__in=Cycle.objects.visible_to(user))

    def current(self) -> Self:
        """Limit to those that no correction has replaced."""
        return self.filter(replaced_by=None)

    def open(self) -> Self:
        return self.current().filter(status=ActionStatus.OPEN)


class Action(Anchored):
    """What will be tried because of a figure, who sees to it, and what became of it."""

    because = models.TextField(
        _("because we saw"), help_text=_("What in the report makes you want to do something?")
    )
    owner = models.CharField(_("who sees to it"), max_length=12, choices=Owner)
    due_on = models.DateField(_("until"))
    status = models.CharField(
        _("status"), max_length=10, choices=ActionStatus, default=ActionStatus.OPEN
    )
    status_reason = models.TextField(_("reason"), blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = ActionQuerySet.as_manager()

    class Meta:
        verbose_name = _("next step")
        verbose_name_plural = _("next steps")
        ordering = ["due_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="action_status", condition=Q(status__in=ActionStatus.values)
            ),
            models.CheckConstraint(name="action_owner", condition=Q(owner__in=Owner.values)),
            models.CheckConstraint(
                name="action_says_something", condition=~Q(text="") & ~Q(because="")
            ),
            models.CheckConstraint(
                name="action_ended_iff_not_open",
                condition=Q(status=ActionStatus.OPEN, ended_at=None, ended_by=None)
                | ~Q(status=ActionStatus.OPEN) & Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
            models.CheckConstraint(
                name="action_dropped_with_reason",
                condition=~Q(status=ActionStatus.DROPPED) | ~Q(status_reason=""),
                violation_error_message=_("Say why it is dropped."),
            ),
        ]
        triggers = [
            Protect(
                name="written_stays",
                operation=Update,
                condition=Condition(
                    "OLD.status <> 'open' OR (NEW.text, NEW.because, NEW.due_on, NEW.owner) "
                    "IS DISTINCT FROM (OLD.text, OLD.because, OLD.due_on, OLD.owner)"
                ),
            ),
            Protect(name="history_stays", operation=Delete),
        ]

    def __str__(self) -> str:
        return f"next step {self.pk}"
