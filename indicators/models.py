from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pgtrigger import AnyChange, Before, Delete, Protect, ReadOnly, Trigger, Update

from accounts.models import User
from communities.models import Community, Domain, Role
from surveys.models import InstrumentVersion, Wave, WavePlan


class Direction(models.TextChoices):
    HIGHER = "higher", _("higher is better")
    LOWER = "lower", _("lower is better")
    CONTEXT = "context", _("context, neither")


class Indicator(models.Model):
    """Something that reports say a figure about, through all its definitions."""

    code = models.SlugField(_("code"), unique=True)
    name = models.CharField(_("name"), max_length=200)

    class Meta:
        verbose_name = _("indicator")
        verbose_name_plural = _("indicators")
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class IndicatorVersion(models.Model):
    """One definition. A change is a new version with its reason; old reports keep theirs."""

    indicator = models.ForeignKey(Indicator, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField(_("version"))
    #: Formula over sums and delivery counts, denominator, allowed breakdowns, plan fields.
    definition = models.JSONField(_("definition"))
    unit = models.CharField(_("unit"), max_length=40)
    direction = models.CharField(_("direction"), max_length=10, choices=Direction)
    minimum_n = models.PositiveSmallIntegerField(_("smallest denominator"), default=10)
    reason = models.TextField(_("reason for the change"), blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("definition")
        verbose_name_plural = _("definitions")
        ordering = ["indicator", "-number"]
        constraints = [
            models.UniqueConstraint(
                name="indicatorversion_number_once", fields=["indicator", "number"]
            ),
            models.CheckConstraint(
                name="indicatorversion_direction", condition=Q(direction__in=Direction.values)
            ),
            models.CheckConstraint(
                name="indicatorversion_change_with_reason",
                condition=Q(number=1) | ~Q(reason=""),
                violation_error_message=_("Say why the definition changed."),
            ),
        ]
        triggers = [Protect(name="frozen", operation=Update)]

    def __str__(self) -> str:
        return f"{self.indicator_id} v{self.number}"


class CycleState(models.TextChoices):
    OPEN = "open", _("open")
    CLOSED = "closed", _("closed")
    SNAPSHOTTED = "snapshotted", _("snapshot taken")


class CycleQuerySet(models.QuerySet["Cycle"]):
    def visible_to(self, user: User) -> Self:
        """Limit to communities whose published figures the user may read."""
        readers = (Role.COORDINATOR, Role.DATA_STEWARD, Role.VIEWER)
        return self.filter(community__in=Community.objects.visible_to(user, *readers))


# `Cycle.has_begun` in the database's own words, for whoever goes round the service.
SET_UP_IS_LOCKED = """
    IF NEW.state <> 'open' OR EXISTS (
        SELECT 1 FROM surveys_wave
        WHERE plan_id = NEW.plan_id AND community_id = NEW.community_id
          AND sequence = NEW.from_sequence
          AND (opens_at IS NULL OR opens_at <= clock_timestamp())
    ) THEN
        RAISE EXCEPTION 'pgtrigger: What counts in % is locked', NEW.code;
    END IF;
    RETURN NEW;
"""


class Cycle(models.Model):
    """One community with one pair of waves: what changed from one asking to another.

    The same code in every community of a plan names the round, for example "spring-2026".
    What counts (primary domain, smallest change) is written down before it opens.
    """

    code = models.SlugField(_("code"), max_length=80)
    plan = models.ForeignKey(
        WavePlan, verbose_name=_("wave plan"), on_delete=models.PROTECT, related_name="cycles"
    )
    community = models.ForeignKey(
        Community, verbose_name=_("community"), on_delete=models.PROTECT, related_name="cycles"
    )
    from_sequence = models.PositiveSmallIntegerField(_("from wave"), default=1)
    to_sequence = models.PositiveSmallIntegerField(_("to wave"), default=2)
    state = models.CharField(_("state"), max_length=12, choices=CycleState, default=CycleState.OPEN)
    primary_domain = models.CharField(
        _("primary domain"), max_length=20, choices=Domain, default=Domain.BELONGING
    )
    smallest_change = models.DecimalField(
        _("smallest change that matters"),
        max_digits=5,
        decimal_places=2,
        default=4,
        validators=[MinValueValidator(0)],
        help_text=_("In points of 0–100"),
    )
    breakdowns = ArrayField(
        models.CharField(max_length=40),
        verbose_name=_("registered breakdowns"),
        default=list,
        blank=True,
    )
    opened_at = models.DateTimeField(_("opened"), default=timezone.now)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    objects = CycleQuerySet.as_manager()

    class Meta:
        verbose_name = _("cycle")
        verbose_name_plural = _("cycles")
        ordering = ["code", "community"]
        permissions = [("view_estimates", _("Can see figures before the disclosure gate"))]
        constraints = [
            models.UniqueConstraint(
                name="cycle_code_once",
                fields=["community", "code"],
                violation_error_message=_("This community already has a cycle with this code."),
            ),
            models.UniqueConstraint(
                name="cycle_pair_once",
                fields=["plan", "community", "from_sequence", "to_sequence"],
                violation_error_message=_("This pair of waves already has a cycle."),
            ),
            models.CheckConstraint(name="cycle_state", condition=Q(state__in=CycleState.values)),
            models.CheckConstraint(
                name="cycle_primary_domain", condition=Q(primary_domain__in=Domain.values)
            ),
            models.CheckConstraint(
                name="cycle_goes_forward",
                condition=Q(to_sequence__gt=F("from_sequence")),
                violation_error_message=_("The second wave must come after the first."),
            ),
            models.CheckConstraint(
                name="cycle_smallest_change_positive",
                condition=Q(smallest_change__gt=0),
                violation_error_message=_(
                    "The smallest change that matters is more than 0 points."
                ),
            ),
            models.CheckConstraint(
                name="cycle_open_iff_not_closed",
                condition=Q(state=CycleState.OPEN, closed_at=None)
                | (~Q(state=CycleState.OPEN) & Q(closed_at__isnull=False)),
            ),
        ]
        triggers = [
            Trigger(
                name="set_up_locked",
                when=Before,
                operation=Update,
                condition=AnyChange("primary_domain", "smallest_change", "breakdowns"),
                func=SET_UP_IS_LOCKED,
            )
        ]

    def __str__(self) -> str:
        return self.code

    def has_begun(self) -> bool:
        """Whether people can answer, or could: then it is too late to say what counts."""
        first = Wave.objects.filter(
            plan=self.plan_id, community=self.community_id, sequence=self.from_sequence
        )
        if self.state != CycleState.OPEN:
            return True
        return first.exclude(opens_at__gt=timezone.now()).exists()


def exact_sum() -> models.DecimalField:  # type: ignore[type-arg]  # django-stubs types the class, not the call
    """Return a column for a sum of whole numbers: exact at any size, never a float."""
    return models.DecimalField(max_digits=60, decimal_places=0, default=0)


class ScaleSums(models.Model):
    """Exact sums of one scale in one cycle, for everybody or for one category of a dimension.

    The dimension is "" for everybody, "workshop" for the clusters that intervals need, else a
    registered breakdown. Every estimate follows from these rows; none needs an answer again.
    """

    cycle = models.ForeignKey(Cycle, on_delete=models.CASCADE, related_name="scale_sums")
    dimension = models.CharField(max_length=40, blank=True)
    category = models.CharField(max_length=80, blank=True)
    scale = models.CharField(max_length=80)
    #: Linked people with a score in both waves.
    n = models.PositiveIntegerField(default=0)
    sum_before = exact_sum()
    sum_after = exact_sum()
    sum_before_squared = exact_sum()
    sum_after_squared = exact_sum()
    sum_products = exact_sum()
    #: People with a score before and none after.
    n_lost = models.PositiveIntegerField(default=0)
    sum_lost = exact_sum()
    sum_lost_squared = exact_sum()
    #: For everybody. Before wave, complete cases: n, the item sums and the upper triangle of their
    #: products.
    item_sums = models.JSONField(default=dict, blank=True)
    #: For everybody, by the norm of the cycle: counts of reliable change and of low scores.
    facts = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("sums of a scale")
        verbose_name_plural = _("sums of scales")
        constraints = [
            models.UniqueConstraint(
                name="scalesums_once", fields=["cycle", "dimension", "category", "scale"]
            )
        ]

    def __str__(self) -> str:
        return f"{self.cycle_id} {self.scale} {self.dimension} {self.category}"


class CycleFlow(models.Model):
    """How many cards, answers before, answers after and linked pairs a cycle has."""

    cycle = models.OneToOneField(
        Cycle, on_delete=models.CASCADE, primary_key=True, related_name="flow"
    )
    cards = models.PositiveIntegerField(default=0)
    before = models.PositiveIntegerField(default=0)
    after = models.PositiveIntegerField(default=0)
    linked = models.PositiveIntegerField(default=0)
    #: Sums of exposure and problems together, and counts that tell how far to trust the answers.
    facts = models.JSONField(default=dict, blank=True)
    folded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("survey flow")
        verbose_name_plural = _("survey flows")
        constraints = [
            models.CheckConstraint(
                name="cycleflow_linked_within",
                condition=Q(linked__lte=F("before")) & Q(linked__lte=F("after")),
            )
        ]

    def __str__(self) -> str:
        return str(self.cycle_id)


class ReferenceLine(models.Model):
    """A frozen line of problems on exposure: what is usual for a load. A new fit is a new row."""

    version = models.ForeignKey(
        InstrumentVersion, on_delete=models.PROTECT, related_name="reference_lines"
    )
    number = models.PositiveSmallIntegerField(_("number"))
    source = models.TextField(_("from which waves or publication"))
    n = models.PositiveIntegerField(_("persons"))
    #: Coefficients, covariance, residual SD, R², range of exposure, z constants.
    parameters = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("reference line")
        verbose_name_plural = _("reference lines")
        constraints = [
            models.UniqueConstraint(name="referenceline_number_once", fields=["version", "number"]),
            models.CheckConstraint(
                name="referenceline_enough_persons",
                condition=Q(n__gte=100),
                violation_error_message=_("A reference line needs at least 100 persons."),
            ),
        ]
        triggers = [Protect(name="frozen", operation=Update)]

    def __str__(self) -> str:
        return f"{self.version_id} line {self.number}"


class ScaleNorm(models.Model):
    """What is usual on one scale in the whole network before: frozen. A new one is a new row.

    Reliable change is judged by the reliability over time and the spread, a low score by the
    lowest fifth. Test-retest reliability comes from a study; it is never guessed from alpha.
    """

    version = models.ForeignKey(
        InstrumentVersion,
        verbose_name=_("questionnaire"),
        on_delete=models.PROTECT,
        related_name="norms",
    )
    scale = models.CharField(_("scale"), max_length=80)
    number = models.PositiveSmallIntegerField(_("number"))
    n = models.PositiveIntegerField(_("persons"))
    sd = models.FloatField(_("standard deviation"), help_text=_("In points of the scale"))
    #: The score that a fifth of the persons reach at most.
    percentile_20 = models.DecimalField(_("lowest fifth"), max_digits=16, decimal_places=9)
    test_retest = models.DecimalField(
        _("test-retest reliability"), max_digits=4, decimal_places=3, null=True, blank=True
    )
    source = models.TextField(_("from which waves and which study"))
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("norm of a scale")
        verbose_name_plural = _("norms of scales")
        ordering = ["version", "scale", "number"]
        constraints = [
            models.UniqueConstraint(
                name="scalenorm_number_once", fields=["version", "scale", "number"]
            ),
            models.CheckConstraint(
                name="scalenorm_enough_persons",
                condition=Q(n__gte=100),
                violation_error_message=_("A norm needs at least 100 persons."),
            ),
            models.CheckConstraint(name="scalenorm_spread", condition=Q(sd__gt=0)),
            models.CheckConstraint(
                name="scalenorm_test_retest",
                condition=Q(test_retest=None) | Q(test_retest__gte=0, test_retest__lt=1),
                violation_error_message=_("A reliability is at least 0 and below 1."),
            ),
        ]
        triggers = [Protect(name="frozen", operation=Update)]

    def __str__(self) -> str:
        return f"{self.version_id} {self.scale} norm {self.number}"


class Snapshot(models.Model):
    """The sums of a closed cycle at one moment, frozen and hashed: what reports are made from."""

    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="snapshots")
    number = models.PositiveSmallIntegerField(_("number"))
    content = models.JSONField()
    content_hash = models.CharField(_("hash"), max_length=64)
    code_version = models.CharField(max_length=40)
    reason = models.TextField(_("reason"), blank=True)
    taken_at = models.DateTimeField(_("taken"), default=timezone.now)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    class Meta:
        verbose_name = _("snapshot")
        verbose_name_plural = _("snapshots")
        ordering = ["cycle", "-number"]
        constraints = [
            models.UniqueConstraint(name="snapshot_number_once", fields=["cycle", "number"]),
            models.UniqueConstraint(
                name="snapshot_one_current", fields=["cycle"], condition=Q(withdrawn_at=None)
            ),
            models.CheckConstraint(
                name="snapshot_again_with_reason", condition=Q(number=1) | ~Q(reason="")
            ),
        ]
        triggers = [ReadOnly(name="frozen", exclude=["withdrawn_at"])]

    def __str__(self) -> str:
        return f"{self.cycle_id} #{self.number}"


class Release(models.Model):
    """An entry of the ledger: what was published from a snapshot, under which policy."""

    snapshot = models.OneToOneField(Snapshot, on_delete=models.PROTECT, related_name="release")
    policy_version = models.CharField(max_length=20)
    #: What an attacker who reads everything published could derive.
    certificate = models.JSONField(default=dict)
    released_at = models.DateTimeField(_("released"), default=timezone.now)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("release")
        verbose_name_plural = _("releases")
        ordering = ["-released_at"]
        triggers = [Protect(name="append_only", operation=Update | Delete)]

    def __str__(self) -> str:
        return f"release of {self.snapshot_id}"


class Confidentiality(models.TextChoices):
    """SDMX CONF_STATUS, as far as we need it."""

    FREE = "F", _("published")
    PRIMARY = "C", _("withheld: too few people")
    SECONDARY = "D", _("withheld: it would give another figure away")


class Observation(models.TextChoices):
    NORMAL = "", _("normal")
    LOW_RELIABILITY = "u", _("very uncertain")
    NOT_AVAILABLE = "x", _("not available")
    NOT_APPLICABLE = "z", _("not applicable")


class PublishedCell(models.Model):
    """One published figure, or the published fact that it is withheld. There is no other kind."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="cells")
    #: What the figure is, for example "change" or "linked"; see docs/indicators.
    measure = models.CharField(max_length=40)
    scale = models.CharField(max_length=80, blank=True)
    dimension = models.CharField(max_length=40, blank=True)
    category = models.CharField(max_length=80, blank=True)
    value = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    low = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    high = models.DecimalField(max_digits=12, decimal_places=3, null=True)
    #: People behind the figure, rounded to 5.
    n_rounded = models.PositiveIntegerField(null=True)
    evidence = models.CharField(max_length=20, blank=True)
    confidentiality = models.CharField(max_length=1, choices=Confidentiality)
    observation = models.CharField(max_length=1, choices=Observation, blank=True)

    class Meta:
        verbose_name = _("published figure")
        verbose_name_plural = _("published figures")
        constraints = [
            models.UniqueConstraint(
                name="publishedcell_once",
                fields=["release", "measure", "scale", "dimension", "category"],
            ),
            models.CheckConstraint(
                name="publishedcell_withheld_is_empty",
                condition=Q(confidentiality=Confidentiality.FREE)
                | Q(value=None, low=None, high=None, n_rounded=None, evidence=""),
            ),
            models.CheckConstraint(
                name="publishedcell_confidentiality",
                condition=Q(confidentiality__in=Confidentiality.values),
            ),
        ]
        triggers = [Protect(name="append_only", operation=Update | Delete)]

    def __str__(self) -> str:
        return f"{self.measure} {self.scale} {self.dimension} {self.category}"
