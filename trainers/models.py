from datetime import date
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from communities.models import Community, Participant, Role


class LanguageUse(models.TextChoices):
    DELIVER = "deliver", _("holds workshops in it")
    INTERPRET = "interpret", _("interprets")


class LanguageLevel(models.TextChoices):
    NATIVE = "native", _("first language")
    FLUENT = "fluent", _("fluent")
    GOOD = "good", _("good")


class TrainerQuerySet(models.QuerySet["Trainer"]):
    def visible_to(self, user: User) -> Self:
        """Limit to oneself and to the trainers of communities that one coordinates."""
        coordinated = Community.objects.visible_to(user, Role.COORDINATOR)
        return self.filter(Q(user_id=user.pk) | Q(base__in=coordinated))

    def certified_on(self, day: date) -> Self:
        return self.filter(
            pk__in=Certification.objects.valid_on(day).values("trainer"),
        )


class Trainer(models.Model):
    """Somebody who holds workshops, interprets or helps there: a public role."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("account"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="trainer",
    )
    participant = models.OneToOneField(
        Participant,
        verbose_name=_("participant"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="trainer",
        help_text=_("If they were trained here"),
    )
    name = models.CharField(_("name"), max_length=100)
    base = models.ForeignKey(
        Community,
        verbose_name=_("home community"),
        on_delete=models.PROTECT,
        related_name="trainers",
    )
    is_active = models.BooleanField(_("active"), default=True)

    objects = TrainerQuerySet.as_manager()

    class Meta:
        verbose_name = _("trainer")
        verbose_name_plural = _("trainers")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class TrainerLanguageQuerySet(models.QuerySet["TrainerLanguage"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(trainer__in=Trainer.objects.visible_to(user))


class TrainerLanguage(models.Model):
    trainer = models.ForeignKey(
        Trainer, verbose_name=_("trainer"), on_delete=models.CASCADE, related_name="languages"
    )
    language = models.CharField(_("language"), max_length=10)
    use = models.CharField(
        _("use"), max_length=10, choices=LanguageUse, default=LanguageUse.DELIVER
    )
    level = models.CharField(_("level"), max_length=10, choices=LanguageLevel)

    objects = TrainerLanguageQuerySet.as_manager()

    class Meta:
        verbose_name = _("language")
        verbose_name_plural = _("languages")
        constraints = [
            models.CheckConstraint(
                name="trainerlanguage_use", condition=Q(use__in=LanguageUse.values)
            ),
            models.CheckConstraint(
                name="trainerlanguage_level", condition=Q(level__in=LanguageLevel.values)
            ),
            models.UniqueConstraint(
                name="trainerlanguage_once",
                fields=["trainer", "language", "use"],
                violation_error_message=_("This language is already listed."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.language} ({self.get_level_display()})"


class CertificationLevel(models.TextChoices):
    IN_TRAINING = "in_training", _("in training")
    TRAINER = "trainer", _("resilience trainer")
    LEAD = "lead", _("lead trainer")


class CertificationQuerySet(models.QuerySet["Certification"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(trainer__in=Trainer.objects.visible_to(user))

    def valid_on(self, day: date) -> Self:
        """Limit to those that count on that day: the one place that says what valid means."""
        return self.filter(
            Q(expires_on=None) | Q(expires_on__gt=day), granted_on__lte=day, revoked_on=None
        )


class Certification(models.Model):
    trainer = models.ForeignKey(
        Trainer, verbose_name=_("trainer"), on_delete=models.CASCADE, related_name="certifications"
    )
    level = models.CharField(_("level"), max_length=20, choices=CertificationLevel)
    granted_on = models.DateField(_("granted"), default=timezone.localdate)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("granted by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    expires_on = models.DateField(_("expires"), null=True, blank=True)
    revoked_on = models.DateField(_("revoked"), null=True, blank=True)
    revoked_reason = models.TextField(_("reason"), blank=True)

    objects = CertificationQuerySet.as_manager()

    class Meta:
        verbose_name = _("certification")
        verbose_name_plural = _("certifications")
        constraints = [
            models.CheckConstraint(
                name="certification_level", condition=Q(level__in=CertificationLevel.values)
            ),
            models.CheckConstraint(
                name="certification_expires_after_grant",
                condition=Q(expires_on=None) | Q(expires_on__gt=F("granted_on")),
                violation_error_message=_("It must expire after it was granted."),
            ),
            models.CheckConstraint(
                name="certification_revoked_with_reason",
                condition=Q(revoked_on=None) | ~Q(revoked_reason=""),
                violation_error_message=_("Say why it was revoked."),
            ),
            models.UniqueConstraint(
                name="certification_one_current",
                fields=["trainer", "level"],
                condition=Q(revoked_on=None),
                violation_error_message=_("This trainer already holds this level."),
            ),
        ]

    def __str__(self) -> str:
        return self.get_level_display()
