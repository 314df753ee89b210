import uuid
from datetime import datetime
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pgtrigger import ReadOnly

from accounts.models import User
from communities.fields import EncryptedTextField
from communities.models import AgeBand, Community, ConsentPurpose, Participant, Role
from workshops.models import CatalogueQuerySet, Workshop


class Instrument(models.Model):
    """A questionnaire through all its versions."""

    code = models.SlugField(_("code"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=200)

    objects = CatalogueQuerySet.as_manager()

    class Meta:
        verbose_name = _("instrument")
        verbose_name_plural = _("instruments")
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class InstrumentVersion(models.Model):
    """One frozen questionnaire: scales, items, choices and texts in one document.

    `surveys.document` knows its form. A changed word is a new version.
    """

    instrument = models.ForeignKey(
        Instrument, verbose_name=_("instrument"), on_delete=models.PROTECT, related_name="versions"
    )
    version = models.CharField(_("version"), max_length=40)
    document = models.JSONField(_("document"))
    content_hash = models.CharField(_("hash"), max_length=64)
    age_band = models.CharField(_("age band"), max_length=10, choices=AgeBand, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    objects = CatalogueQuerySet.as_manager()

    class Meta:
        verbose_name = _("instrument version")
        verbose_name_plural = _("instrument versions")
        ordering = ["instrument", "-created_at"]
        constraints = [
            models.UniqueConstraint(
                name="instrumentversion_once",
                fields=["instrument", "version"],
                violation_error_message=_("This version exists. Give the changed one a new name."),
            ),
            models.CheckConstraint(
                name="instrumentversion_age_band", condition=Q(age_band__in=["", *AgeBand.values])
            ),
        ]
        triggers = [
            ReadOnly(name="frozen", fields=["instrument", "version", "document", "content_hash"])
        ]

    def __str__(self) -> str:
        return f"{self.instrument} {self.version}"


class ReviewState(models.TextChoices):
    SOURCE = "source", _("source text")
    UNREVIEWED = "unreviewed", _("not yet reviewed by a native speaker")
    REVIEWED = "reviewed", _("reviewed by a native speaker")


class TextReview(models.Model):
    """Whether a native speaker has reviewed one string of a version. Words stay frozen."""

    version = models.ForeignKey(InstrumentVersion, on_delete=models.CASCADE, related_name="reviews")
    language = models.CharField(_("language"), max_length=20)
    path = models.CharField(_("string"), max_length=200)
    state = models.CharField(
        _("state"), max_length=12, choices=ReviewState, default=ReviewState.UNREVIEWED
    )
    #: Of the source text that was reviewed; if the source is another now, the review is stale.
    source_hash = models.CharField(max_length=64, blank=True, default="", db_default="")
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("review of a text")
        verbose_name_plural = _("reviews of texts")
        constraints = [
            models.UniqueConstraint(name="textreview_once", fields=["version", "language", "path"]),
            models.CheckConstraint(
                name="textreview_state", condition=Q(state__in=ReviewState.values)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.language} {self.path}"


class Comparability(models.TextChoices):
    SAME = "same", _("means the same")
    REWORDED = "reworded", _("reworded, and still comparable")
    NOT = "not", _("not comparable")


class ItemMatchQuerySet(models.QuerySet["ItemMatch"]):
    def between(self, old: InstrumentVersion, new: InstrumentVersion) -> Self:
        return self.filter(old_version=old, new_version=new)


class ItemMatch(models.Model):
    """That a question of one version can, or can't, be compared with one of another version."""

    old_version = models.ForeignKey(
        InstrumentVersion, on_delete=models.CASCADE, related_name="matches_later"
    )
    new_version = models.ForeignKey(
        InstrumentVersion, on_delete=models.CASCADE, related_name="matches_earlier"
    )
    old_key = models.CharField(max_length=80)
    new_key = models.CharField(max_length=80)
    comparability = models.CharField(max_length=10, choices=Comparability)
    declared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    declared_at = models.DateTimeField(default=timezone.now)

    objects = ItemMatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("comparability of a question")
        verbose_name_plural = _("comparability of questions")
        constraints = [
            models.UniqueConstraint(
                name="itemmatch_new_once", fields=["old_version", "new_version", "new_key"]
            ),
            models.UniqueConstraint(
                name="itemmatch_old_once",
                fields=["old_version", "new_version", "old_key"],
                violation_error_message=_("Two questions can't both be the same earlier one."),
            ),
            models.CheckConstraint(
                name="itemmatch_comparability",
                condition=Q(comparability__in=Comparability.values),
            ),
            models.CheckConstraint(
                name="itemmatch_two_versions", condition=~Q(old_version=F("new_version"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.old_key} {self.new_key}"


class LinkageMode(models.TextChoices):
    ANONYMOUS = "anonymous", _("anonymous: before and after can't be linked")
    CODE_CARD = "code_card", _("code card: linked by a card that nobody can name")
    CONTACT = "contact", _("contact-linked, with separate consent")


class WavePlan(models.Model):
    """One questionnaire asked several times of the same people, and how their answers are linked.

    The linkage mode is declared before anybody answers.
    """

    code = models.SlugField(_("code"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=200)
    version = models.ForeignKey(
        InstrumentVersion,
        verbose_name=_("questionnaire"),
        on_delete=models.PROTECT,
        related_name="plans",
    )
    linkage_mode = models.CharField(
        _("linkage"), max_length=10, choices=LinkageMode, default=LinkageMode.CODE_CARD
    )
    is_invented = models.BooleanField(_("invented data"), default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = CatalogueQuerySet.as_manager()

    class Meta:
        verbose_name = _("wave plan")
        verbose_name_plural = _("wave plans")
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                name="waveplan_linkage_mode", condition=Q(linkage_mode__in=LinkageMode.values)
            )
        ]
        triggers = [ReadOnly(name="declared", fields=["version", "linkage_mode"])]

    def __str__(self) -> str:
        return self.name


class LinkageKey(models.Model):
    """The secret under which a plan's card codes are hashed. Without it nobody can link again."""

    plan = models.OneToOneField(
        WavePlan, on_delete=models.CASCADE, primary_key=True, related_name="key"
    )
    secret: EncryptedTextField[str | None, str | None] = EncryptedTextField(null=True)
    destroyed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("linkage key")
        verbose_name_plural = _("linkage keys")
        constraints = [
            models.CheckConstraint(
                name="linkagekey_gone_iff_destroyed",
                condition=Q(secret=None, destroyed_at__isnull=False)
                | Q(secret__isnull=False, destroyed_at=None),
            )
        ]

    def __str__(self) -> str:
        return f"key of {self.plan_id}"


class WaveKind(models.TextChoices):
    BEFORE = "before", _("before")
    AFTER = "after", _("after")
    FOLLOW_UP = "follow_up", _("follow-up")


class Anchor(models.TextChoices):
    START = "start", _("first session")
    END = "end", _("last session")


class WaveTiming(models.Model):
    """When a plan asks in a workshop, counted in days from its first or last session.

    A workshop whose sessions move takes its waves along.
    """

    plan = models.ForeignKey(
        WavePlan, verbose_name=_("wave plan"), on_delete=models.CASCADE, related_name="timings"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=WaveKind)
    sequence = models.PositiveSmallIntegerField(_("number"), help_text=_("1 is before"))
    anchor = models.CharField(_("counted from"), max_length=10, choices=Anchor)
    first_day = models.SmallIntegerField(
        _("first day"), help_text=_("Days after that session; -14 is two weeks before it")
    )
    last_day = models.SmallIntegerField(_("last day"), help_text=_("Answers count until its end"))

    class Meta:
        verbose_name = _("wave of a workshop")
        verbose_name_plural = _("waves of a workshop")
        ordering = ["plan", "sequence"]
        constraints = [
            models.CheckConstraint(name="wavetiming_kind", condition=Q(kind__in=WaveKind.values)),
            models.CheckConstraint(name="wavetiming_anchor", condition=Q(anchor__in=Anchor.values)),
            models.CheckConstraint(
                name="wavetiming_ends_after_start",
                condition=Q(last_day__gte=F("first_day")),
                violation_error_message=_("The last day can't be before the first."),
            ),
            models.CheckConstraint(
                name="wavetiming_first_is_before",
                condition=Q(kind=WaveKind.BEFORE, sequence=1)
                | (~Q(kind=WaveKind.BEFORE) & Q(sequence__gt=1)),
                violation_error_message=_("Wave 1 is the one before, and no other is."),
            ),
            models.UniqueConstraint(
                name="wavetiming_number_once",
                fields=["plan", "sequence"],
                violation_error_message=_("This wave exists already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.sequence})"


def _count(rows: models.QuerySet[Any]) -> Coalesce:
    """Count the rows of a subquery."""
    counted = rows.order_by().annotate(_one=Value(1)).values("_one").annotate(n=Count("pk"))
    return Coalesce(Subquery(counted.values("n")), 0)


class WaveQuerySet(models.QuerySet["Wave"]):
    def visible_to(self, user: User) -> Self:
        overseen = Community.objects.visible_to(user, Role.COORDINATOR, Role.DATA_STEWARD)
        own = Workshop.objects.visible_to(user)
        return self.filter(Q(community__in=overseen) | Q(workshop__in=own))

    def open_at(self, moment: datetime) -> Self:
        return self.filter(
            Q(opens_at=None) | Q(opens_at__lte=moment), Q(closes_at=None) | Q(closes_at__gt=moment)
        )

    def asking(self, card: "CodeCard") -> Self:
        """Limit to the waves in which the holder of this card is asked, the earliest first."""
        return self.filter(
            Q(workshop=None) | Q(workshop=card.workshop_id),
            plan=card.plan_id,
            community=card.community_id,
        ).order_by("sequence", "pk")

    def with_response_rate(self) -> Self:
        """Add `cards_count` and `answered_count`: how many, never who or what."""
        # A wave of the whole community asks every card of it, whatever the workshop.
        asked = Coalesce(OuterRef("workshop"), F("workshop"), 0)
        cards = (
            CodeCard.objects.usable()
            .alias(asked=asked, of_workshop=Coalesce(F("workshop"), 0))
            .filter(plan=OuterRef("plan"), community=OuterRef("community"), of_workshop=F("asked"))
        )
        answered = Response.objects.filter(wave=OuterRef("pk"), superseded_at=None)
        return self.annotate(cards_count=_count(cards), answered_count=_count(answered))

    def with_questionnaire(self) -> Self:
        """Bring plan and version along, without the document: that one is read once per process."""
        return self.select_related("plan__version").defer("plan__version__document")


class Wave(models.Model):
    """One asking of a plan's questionnaire in a community, or in one workshop of it."""

    plan = models.ForeignKey(
        WavePlan, verbose_name=_("wave plan"), on_delete=models.PROTECT, related_name="waves"
    )
    community = models.ForeignKey(
        Community, verbose_name=_("community"), on_delete=models.PROTECT, related_name="waves"
    )
    workshop = models.ForeignKey(
        Workshop,
        verbose_name=_("workshop"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="waves",
    )
    kind = models.CharField(_("kind"), max_length=10, choices=WaveKind)
    sequence = models.PositiveSmallIntegerField(_("number"), help_text=_("1 is before"))
    opens_at = models.DateTimeField(_("opens"), null=True, blank=True)
    closes_at = models.DateTimeField(_("closes"), null=True, blank=True)
    #: Its dates are those of the plan's timing, until somebody sets others.
    follows_workshop = models.BooleanField(
        _("moves with the workshop"), default=False, editable=False
    )

    objects = WaveQuerySet.as_manager()

    class Meta:
        verbose_name = _("wave")
        verbose_name_plural = _("waves")
        ordering = ["plan", "community", "sequence"]
        constraints = [
            models.CheckConstraint(name="wave_kind", condition=Q(kind__in=WaveKind.values)),
            models.CheckConstraint(
                name="wave_closes_after_opening",
                condition=Q(opens_at=None) | Q(closes_at=None) | Q(closes_at__gt=F("opens_at")),
                violation_error_message=_("It must close after it opens."),
            ),
            models.CheckConstraint(
                name="wave_first_is_before",
                condition=Q(kind=WaveKind.BEFORE, sequence=1)
                | (~Q(kind=WaveKind.BEFORE) & Q(sequence__gt=1)),
                violation_error_message=_("Wave 1 is the one before, and no other is."),
            ),
            models.UniqueConstraint(
                name="wave_number_once",
                fields=["plan", "community", "workshop", "sequence"],
                nulls_distinct=False,
                violation_error_message=_("This wave exists already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.sequence})"

    def is_open(self, moment: datetime) -> bool:
        return (self.opens_at is None or self.opens_at <= moment) and (
            self.closes_at is None or moment < self.closes_at
        )


class CardSource(models.TextChoices):
    ISSUED = "issued", _("issued")
    IMPORTED = "imported", _("imported")


class CodeCardQuerySet(models.QuerySet["CodeCard"]):
    def usable(self) -> Self:
        return self.filter(withdrawn_on=None)

    def asked_in(self, wave: "Wave") -> Self:
        """Limit to the cards whose holders this wave asks."""
        cards = self.usable().filter(plan=wave.plan_id, community=wave.community_id)
        return cards if wave.workshop_id is None else cards.filter(workshop=wave.workshop_id)

    def unanswered_in(self, wave: "Wave") -> Self:
        """Limit to those of which this wave has no answer yet."""
        answered = Response.objects.filter(wave=wave, superseded_at=None, card=OuterRef("pk"))
        return self.asked_in(wave).exclude(Exists(answered))


class CodeCard(models.Model):
    """What links the answers of one person. The database holds a keyed hash, never the code."""

    plan = models.ForeignKey(WavePlan, on_delete=models.PROTECT, related_name="cards")
    community = models.ForeignKey(Community, on_delete=models.PROTECT, related_name="cards")
    workshop = models.ForeignKey(
        Workshop, on_delete=models.PROTECT, null=True, blank=True, related_name="cards"
    )
    code_hash = models.BinaryField(max_length=32)
    pictures = ArrayField(
        models.PositiveSmallIntegerField(), size=3, default=list, verbose_name=_("pictures")
    )
    source = models.CharField(max_length=10, choices=CardSource, default=CardSource.ISSUED)
    participant = models.ForeignKey(
        Participant,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="cards",
        help_text=_("In contact-linked plans only"),
    )
    issued_on = models.DateField(_("issued"), default=timezone.localdate)
    #: Its answers are deleted, and none are taken from it any more.
    withdrawn_on = models.DateField(_("withdrawn"), null=True, blank=True, editable=False)

    objects = CodeCardQuerySet.as_manager()

    class Meta:
        verbose_name = _("code card")
        verbose_name_plural = _("code cards")
        constraints = [
            models.CheckConstraint(
                name="codecard_source", condition=Q(source__in=CardSource.values)
            ),
            models.UniqueConstraint(name="codecard_hash_once", fields=["plan", "code_hash"]),
            models.UniqueConstraint(
                name="codecard_once_per_participant",
                fields=["plan", "participant"],
                condition=Q(participant__isnull=False),
                violation_error_message=_("This participant already has a link in this plan."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Recovery(models.Model):
    """What finds a lost card again, if its holder wanted: keyed hashes, each salted by the card."""

    card = models.OneToOneField(
        CodeCard, on_delete=models.CASCADE, primary_key=True, related_name="recovery"
    )
    siblings_hash = models.BinaryField(max_length=32, null=True)
    languages_hash = models.BinaryField(max_length=32, null=True)
    picture_hash = models.BinaryField(max_length=32, null=True)

    class Meta:
        verbose_name = _("way to find a lost card")
        verbose_name_plural = _("ways to find lost cards")

    def __str__(self) -> str:
        return str(self.card_id)


class LinkDecision(models.Model):
    """That somebody took, or did not take, a card for the one that was lost."""

    card = models.ForeignKey(CodeCard, on_delete=models.CASCADE, related_name="link_decisions")
    compared_count = models.PositiveSmallIntegerField()
    mismatch_count = models.PositiveSmallIntegerField()
    is_accepted = models.BooleanField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("decision about a lost card")
        verbose_name_plural = _("decisions about lost cards")
        constraints = [
            models.CheckConstraint(
                name="linkdecision_tolerance",
                condition=Q(mismatch_count__lte=1, mismatch_count__lt=F("compared_count")),
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)


class KeyCertificate(models.Model):
    """That a plan's key was destroyed: when, by whom, and which one."""

    plan = models.OneToOneField(
        WavePlan, on_delete=models.PROTECT, primary_key=True, related_name="certificate"
    )
    key_hash = models.CharField(max_length=64)
    destroyed_at = models.DateTimeField()
    destroyed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    cards_count = models.PositiveIntegerField()
    responses_count = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("certificate of a destroyed key")
        verbose_name_plural = _("certificates of destroyed keys")
        triggers = [ReadOnly(name="certified")]

    def __str__(self) -> str:
        return f"certificate of {self.plan_id}"


class Channel(models.TextChoices):
    OWN_PHONE = "own_phone", _("own phone")
    KIOSK = "kiosk", _("shared tablet")
    READ_ALOUD = "read_aloud", _("read aloud by a trainer")
    PAPER = "paper", _("paper")
    ODK = "odk", _("ODK Collect")
    IMPORT = "import", _("import")


class Response(models.Model):
    """What one person answered in one wave. Raw and never changed; a correction supersedes.

    `answers` holds one code per closed item, in the item order of the frozen version;
    `surveys.encoding` alone knows how.
    """

    uuid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    wave = models.ForeignKey(Wave, on_delete=models.PROTECT, related_name="responses")
    version = models.ForeignKey(
        InstrumentVersion, on_delete=models.PROTECT, related_name="responses"
    )
    card = models.ForeignKey(
        CodeCard, on_delete=models.PROTECT, null=True, blank=True, related_name="responses"
    )
    answers = models.BinaryField()
    content_hash = models.BinaryField(max_length=32)
    language = models.CharField(_("language"), max_length=20, blank=True)
    #: Item key → language, only where somebody changed the language on the way.
    answer_languages = models.JSONField(default=dict, blank=True)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    #: Item key → what a trainer marked while reading aloud, as in ["repeated"]; never an answer.
    assistance = models.JSONField(default=dict, db_default={}, blank=True)
    #: Registered breakdowns, such as {"gender": "woman"}; from the survey's own questions.
    groups = models.JSONField(default=dict, blank=True)
    consent_scopes = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    consent_text_hash = models.CharField(max_length=64, blank=True)
    withdrawal_hash = models.BinaryField(max_length=32, null=True)
    #: To the day, so that the order of arrival names nobody.
    answered_on = models.DateField(_("answered"), null=True, blank=True)
    supersedes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="superseded_by"
    )
    superseded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("response")
        verbose_name_plural = _("responses")
        constraints = [
            models.CheckConstraint(
                name="response_channel", condition=Q(channel__in=Channel.values)
            ),
            models.UniqueConstraint(
                name="response_one_current",
                fields=["wave", "card"],
                condition=Q(superseded_at=None, card__isnull=False),
                violation_error_message=_("This card has already answered in this wave."),
            ),
        ]
        triggers = [
            ReadOnly(
                name="raw",
                fields=[
                    "wave",
                    "version",
                    "card",
                    "answers",
                    "content_hash",
                    "groups",
                    "answered_on",
                ],
            )
        ]

    def __str__(self) -> str:
        return str(self.uuid)


class Kiosk(models.Model):
    """A shared tablet that asks one person after the other, until somebody enters its PIN."""

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="kiosks")
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    pin_hash = models.CharField(max_length=128)
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    #: It ends by itself then, if nobody ends it.
    ends_at = models.DateTimeField(_("ends"))
    wrong_count = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("shared tablet")
        verbose_name_plural = _("shared tablets")
        constraints = [
            models.CheckConstraint(
                name="kiosk_channel", condition=Q(channel__in=[Channel.KIOSK, Channel.READ_ALOUD])
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class PaperState(models.TextChoices):
    ENTERED = "entered", _("entered once")
    DIFFERS = "differs", _("entered twice, with differences")
    DONE = "done", _("taken in")


class PaperSheet(models.Model):
    """One filled-in paper, while two people type it in. Its identity follows from its receipt."""

    uuid = models.UUIDField(primary_key=True)
    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="paper_sheets")
    #: The first characters of the receipt, to find the paper in a pile.
    mark = models.CharField(_("sheet"), max_length=4)
    filled_on = models.DateField(_("filled in on"))
    state = models.CharField(
        _("state"), max_length=8, choices=PaperState, default=PaperState.ENTERED
    )
    #: What differed → which entry was right; never what was answered.
    decisions = models.JSONField(default=dict, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("paper sheet")
        verbose_name_plural = _("paper sheets")
        ordering = ["mark"]
        constraints = [
            models.CheckConstraint(
                name="papersheet_state", condition=Q(state__in=PaperState.values)
            ),
            models.CheckConstraint(
                name="papersheet_done_by_somebody",
                condition=~Q(state=PaperState.DONE) | Q(decided_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.mark


class PaperEntry(models.Model):
    """What one person read on a paper; forgotten when the paper is taken in."""

    sheet = models.ForeignKey(PaperSheet, on_delete=models.CASCADE, related_name="entries")
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    entered_at = models.DateTimeField(default=timezone.now)
    card = models.ForeignKey(CodeCard, on_delete=models.CASCADE, null=True, related_name="+")
    content: EncryptedTextField[str | None, str | None] = EncryptedTextField(null=True)

    class Meta:
        verbose_name = _("entry of a paper sheet")
        verbose_name_plural = _("entries of paper sheets")
        ordering = ["entered_at", "pk"]
        constraints = [
            models.UniqueConstraint(name="paperentry_by_two", fields=["sheet", "entered_by"]),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class OpenAnswer(models.Model):
    """Free text, kept apart from what is counted. A person reads it before anybody else does."""

    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="open_answers")
    item_key = models.CharField(max_length=80)
    text = EncryptedTextField()

    class Meta:
        verbose_name = _("open answer")
        verbose_name_plural = _("open answers")
        constraints = [
            models.UniqueConstraint(name="openanswer_once", fields=["response", "item_key"])
        ]

    def __str__(self) -> str:
        return self.item_key


class ScaleScore(models.Model):
    """The scores of one response, in the order of the version's scales; NULL where not scored.

    They are whole numbers of the scale's unit (see `measurement.scoring`), so that sums are exact.
    One row per response: a row per scale would be most of the database.
    """

    response = models.OneToOneField(
        Response, on_delete=models.CASCADE, primary_key=True, related_name="scores"
    )
    scoring = models.PositiveSmallIntegerField(
        default=1, help_text=_("Version of the scoring code")
    )
    values = ArrayField(models.BigIntegerField(null=True))

    class Meta:
        verbose_name = _("scale scores")
        verbose_name_plural = _("scale scores")

    def __str__(self) -> str:
        return str(self.response_id)


class DirtyMark(models.Model):
    """That something changed in a wave: written with the change, taken away by the fold."""

    wave = models.ForeignKey(Wave, on_delete=models.CASCADE, related_name="marks")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("dirty mark")
        verbose_name_plural = _("dirty marks")

    def __str__(self) -> str:
        return str(self.wave_id)


class Erasure(models.Model):
    """That a response was deleted, so that its receipt can say so and no phone brings it back."""

    uuid = models.UUIDField(primary_key=True)
    erased_on = models.DateField(_("deleted"), default=timezone.localdate)

    class Meta:
        verbose_name = _("deletion of a response")
        verbose_name_plural = _("deletions of responses")

    def __str__(self) -> str:
        return str(self.uuid)


class ConflictDecision(models.TextChoices):
    OPEN = "open", _("to be decided")
    KEEP_FIRST = "keep_first", _("the first one counts")
    TAKE_SECOND = "take_second", _("the second one counts")


class ResponseConflictQuerySet(models.QuerySet["ResponseConflict"]):
    def visible_to(self, user: User) -> Self:
        overseen = Community.objects.visible_to(user, Role.DATA_STEWARD)
        return self.filter(wave__community__in=overseen)


class ResponseConflict(models.Model):
    """A second, different response under the same identity: kept aside until somebody decides."""

    uuid = models.UUIDField(_("response"), db_index=True)
    wave = models.ForeignKey(
        Wave, verbose_name=_("wave"), on_delete=models.PROTECT, related_name="conflicts"
    )
    card = models.ForeignKey(
        CodeCard, on_delete=models.PROTECT, null=True, related_name="conflicts"
    )
    content_hash = models.BinaryField(max_length=32)
    #: The whole submission as it came, sealed.
    content = EncryptedTextField()
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    decision = models.CharField(
        _("decision"), max_length=12, choices=ConflictDecision, default=ConflictDecision.OPEN
    )
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField(_("reason"), blank=True, default="", db_default="")

    objects = ResponseConflictQuerySet.as_manager()

    class Meta:
        verbose_name = _("conflicting response")
        verbose_name_plural = _("conflicting responses")
        constraints = [
            models.UniqueConstraint(name="responseconflict_once", fields=["uuid", "content_hash"]),
            models.CheckConstraint(
                name="responseconflict_decision", condition=Q(decision__in=ConflictDecision.values)
            ),
        ]

    def __str__(self) -> str:
        return str(self.uuid)


class ImportState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    CHECKING = "checking", _("being checked")
    READY = "ready", _("ready to be taken in")
    REFUSED = "refused", _("refused")
    APPLYING = "applying", _("being taken in")
    APPLIED = "applied", _("taken in")
    FAILED = "failed", _("failed")


class ImportBatch(models.Model):
    """A file of answers on its way in: checked, shown, then taken in as a whole."""

    file_name = models.CharField(_("file"), max_length=255)
    file_hash = models.CharField(max_length=64)
    #: The bytes, until the batch is applied or refused.
    content = models.BinaryField(null=True)
    mapping = models.JSONField(_("mapping"))
    state = models.CharField(
        _("state"), max_length=10, choices=ImportState, default=ImportState.WAITING
    )
    skip_refused = models.BooleanField(
        _("take the good rows although some are refused"), default=False
    )
    #: Counts and refusals (row number, column, reason), never an answer.
    result = models.JSONField(default=dict)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("created by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now)
    lease_until = models.DateTimeField(null=True, blank=True)
    applied_at = models.DateTimeField(_("taken in"), null=True, blank=True)

    class Meta:
        verbose_name = _("import of responses")
        verbose_name_plural = _("imports of responses")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                name="importbatch_state", condition=Q(state__in=ImportState.values)
            )
        ]

    def __str__(self) -> str:
        return self.file_name


#: What people allow for their answers, beside being on a register.
ANSWER_SCOPES = [
    ConsentPurpose.EVALUATION.value,
    ConsentPurpose.COMMUNITY_REPORT.value,
    ConsentPurpose.RESEARCH.value,
]


class ExportState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("being made")
    DONE = "done", _("ready")
    FAILED = "failed", _("failed")
    EXPIRED = "expired", _("deleted after its time")


class ResponseExportQuerySet(models.QuerySet["ResponseExport"]):
    def visible_to(self, user: User) -> Self:
        """Limit to what concerns a community of which the user is data steward."""
        overseen = Community.objects.visible_to(user, Role.DATA_STEWARD)
        concerned = ResponseExport.communities.through.objects.filter(community__in=overseen)
        return self.filter(pk__in=concerned.values("responseexport"))

    def delete_files(self) -> None:
        """Delete finished files, and have those begin anew that are being made just now."""
        finished = self.filter(state=ExportState.DONE)
        ExportPart.objects.filter(export__in=finished).delete()
        finished.update(state=ExportState.EXPIRED)
        self.filter(state=ExportState.RUNNING).update(
            state=ExportState.WAITING, fence=None, lease_until=None
        )


class ResponseExport(models.Model):
    """Answers of one plan taken out: who took what, for what use. It holds no answer.

    The row is the queue, and stays when the file is deleted.
    """

    uuid = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    plan = models.ForeignKey(
        WavePlan, verbose_name=_("wave plan"), on_delete=models.PROTECT, related_name="exports"
    )
    #: Those of which the requester was data steward at the time.
    communities = models.ManyToManyField(
        Community, verbose_name=_("communities"), related_name="exports"
    )
    scope = models.CharField(
        _("for"), max_length=20, choices=ConsentPurpose, default=ConsentPurpose.RESEARCH
    )
    language = models.CharField(_("language"), max_length=10)
    with_texts = models.BooleanField(_("with free texts"), default=False)
    state = models.CharField(
        _("state"), max_length=10, choices=ExportState, default=ExportState.WAITING
    )
    #: Makes the pseudonyms; forgotten once the file is made, so that no other file can repeat them.
    secret: EncryptedTextField[str | None, str | None] = EncryptedTextField(null=True)
    total_count = models.PositiveIntegerField(_("of"), default=0)
    response_count = models.PositiveIntegerField(_("responses"), default=0)
    people_count = models.PositiveIntegerField(_("people"), default=0)
    #: Groups in a community with fewer than ten people.
    small_count = models.PositiveIntegerField(_("small groups"), default=0)
    file_bytes = models.PositiveBigIntegerField(_("size"), default=0)
    file_hash = models.CharField(_("hash"), max_length=64, blank=True)
    attempt_count = models.PositiveSmallIntegerField(default=0)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    requested_at = models.DateTimeField(_("asked for"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    fence = models.UUIDField(null=True, blank=True)

    objects = ResponseExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("export of responses")
        verbose_name_plural = _("exports of responses")
        ordering = ["-requested_at"]
        constraints = [
            models.CheckConstraint(
                name="responseexport_state", condition=Q(state__in=ExportState.values)
            ),
            models.CheckConstraint(
                name="responseexport_scope", condition=Q(scope__in=ANSWER_SCOPES)
            ),
            models.CheckConstraint(
                name="responseexport_secret_while_unfinished",
                condition=Q(state__in=[ExportState.WAITING, ExportState.RUNNING]) | Q(secret=None),
            ),
        ]

    def __str__(self) -> str:
        return str(self.uuid)


class ExportPart(models.Model):
    """A piece of an export's file, sealed. The database keeps it: workers share no disk."""

    export = models.ForeignKey(ResponseExport, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        verbose_name = _("piece of an export")
        verbose_name_plural = _("pieces of exports")
        ordering = ["number"]
        constraints = [models.UniqueConstraint(name="exportpart_once", fields=["export", "number"])]

    def __str__(self) -> str:
        return str(self.number)


class CollectAccessQuerySet(models.QuerySet["CollectAccess"]):
    def visible_to(self, user: User) -> Self:
        overseen = Community.objects.visible_to(user, Role.COORDINATOR)
        own = Workshop.objects.logged_by(user)
        return self.filter(Q(community__in=overseen) | Q(workshop__in=own))

    def valid_at(self, moment: datetime) -> Self:
        return self.filter(revoked_at=None, expires_at__gt=moment)


class CollectAccess(models.Model):
    """A secret address at which ODK Collect finds the questionnaires of a workshop."""

    community = models.ForeignKey(
        Community, verbose_name=_("community"), on_delete=models.PROTECT, related_name="+"
    )
    workshop = models.ForeignKey(
        Workshop,
        verbose_name=_("workshop"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    #: SHA-256 of the token. It has 160 random bits, so that nothing slower is needed.
    token_hash = models.BinaryField(max_length=32, unique=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)

    objects = CollectAccessQuerySet.as_manager()

    class Meta:
        verbose_name = _("address for ODK Collect")
        verbose_name_plural = _("addresses for ODK Collect")
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                name="collectaccess_expires_later", condition=Q(expires_at__gt=F("created_at"))
            )
        ]

    def __str__(self) -> str:
        return str(self.pk)
