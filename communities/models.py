import secrets
from collections.abc import Iterable
from datetime import date
from typing import Self, TypeVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from communities.fields import EncryptedTextField

Row_co = TypeVar("Row_co", bound=models.Model, covariant=True)


class AgeBand(models.TextChoices):
    CHILD = "child", _("child (8–11)")
    YOUTH = "youth", _("youth (12–17)")
    ADULT = "adult", _("adult (18 and over)")


class Domain(models.TextChoices):
    """The resources that a programme wants people to be able to reach and use."""

    RELATIONSHIPS = "relationships", _("relationships")
    BELONGING = "belonging", _("belonging")
    EDUCATION = "education", _("education")
    EMPLOYMENT = "employment", _("employment")


class Role(models.TextChoices):
    """What somebody may do in a community; with no community, in the whole network."""

    VIEWER = "viewer", _("viewer")  # reads published reports
    RECORDER = "recorder", _("recorder")  # writes down who came
    TRAINER = "trainer", _("trainer")
    COORDINATOR = "coordinator", _("coordinator")
    DATA_STEWARD = "data_steward", _("data steward")  # sees figures before the disclosure gate


# Everything under the communities in which somebody holds a role; a role without a community
# reaches them all. UNION, unlike UNION ALL, ends even if placements form a ring.
REACH = """
WITH RECURSIVE reach (id) AS (
    SELECT community.id
    FROM communities_community AS community
    JOIN communities_membership AS held
      ON held.community_id = community.id OR held.community_id IS NULL
    WHERE held.user_id = %s AND held.role = ANY(%s)
      AND held.valid_from <= %s AND (held.valid_until IS NULL OR held.valid_until > %s)
    UNION
    SELECT placed.community_id
    FROM communities_placement AS placed JOIN reach ON placed.parent_id = reach.id
    WHERE placed.valid_from <= %s AND (placed.valid_until IS NULL OR placed.valid_until > %s)
)
SELECT id FROM reach
"""


class CommunityQuerySet(models.QuerySet["Community"]):
    def visible_to(self, user: User, *roles: Role, on: date | None = None) -> Self:
        """Limit to the communities in which the user has one of the roles (any, if none is named).

        A role in a community reaches the communities below it on that day. No query is made here:
        the limit is a subquery, so that any other query can carry it along.
        """
        if not user.is_active:
            return self.none()
        if user.is_superuser:
            return self
        day = on or timezone.localdate()
        return self.filter(
            pk__in=RawSQL(REACH, (user.pk, list(roles or Role), day, day, day, day))  # noqa: S611 - values are parameters
        )


class Community(models.Model):
    """A place or group whose people take part; what reports speak about."""

    code = models.SlugField(_("code"), max_length=80, unique=True)
    name = models.CharField(_("name"), max_length=200)
    languages = ArrayField(
        models.CharField(max_length=10),
        verbose_name=_("languages"),
        default=list,
        blank=True,
        help_text=_("Codes, the most spoken first, for example: ar, fa-af, de"),
    )
    population = models.PositiveIntegerField(
        _("people living there"), null=True, blank=True, help_text=_("For the reach of a programme")
    )
    is_invented = models.BooleanField(
        _("invented data"), default=False, help_text=_("Marked as such on every page that shows it")
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = CommunityQuerySet.as_manager()

    class Meta:
        verbose_name = _("community")
        verbose_name_plural = _("communities")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class PlacementQuerySet(models.QuerySet["Placement"]):
    def valid_on(self, day: date) -> Self:
        return self.filter(Q(valid_until=None) | Q(valid_until__gt=day), valid_from__lte=day)

    def below(self, roots: Iterable[int]) -> set[int]:
        """Return the ids of the roots and of all communities placed under them, at any depth."""
        children: dict[int, list[int]] = {}
        for parent, child in self.values_list("parent_id", "community_id"):
            children.setdefault(parent, []).append(child)
        found: set[int] = set()
        waiting = list(roots)
        while waiting:
            current = waiting.pop()
            if current not in found:
                found.add(current)
                waiting.extend(children.get(current, []))
        return found


class Placement(models.Model):
    """Where a community stood in the tree, from one day until another.

    Last year's report keeps last year's boundaries because rows are ended, never edited.
    """

    community = models.ForeignKey(
        Community, verbose_name=_("community"), on_delete=models.PROTECT, related_name="placements"
    )
    parent = models.ForeignKey(
        Community,
        on_delete=models.PROTECT,
        related_name="child_placements",
        verbose_name=_("part of"),
    )
    valid_from = models.DateField(_("from"))
    valid_until = models.DateField(
        _("until"), null=True, blank=True, help_text=_("First day without")
    )

    objects = PlacementQuerySet.as_manager()

    class Meta:
        verbose_name = _("placement")
        verbose_name_plural = _("placements")
        constraints = [
            models.CheckConstraint(
                name="placement_not_in_itself",
                condition=~Q(community=F("parent")),
                violation_error_message=_("A community can't be part of itself."),
            ),
            models.CheckConstraint(
                name="placement_ends_after_start",
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")),
                violation_error_message=_("The end must be after the start."),
            ),
            models.UniqueConstraint(
                name="placement_one_current",
                fields=["community"],
                condition=Q(valid_until=None),
                violation_error_message=_("End the current placement first."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.community_id} in {self.parent_id}"


class AboutCommunityQuerySet(models.QuerySet[Row_co]):
    """Facts about places, which everybody who works there may know."""

    def visible_to(self, user: User) -> Self:
        return self.filter(community__in=Community.objects.visible_to(user))


class Resource(models.Model):
    """Something in a community that people can use: a class, an office, a meeting place."""

    community = models.ForeignKey(
        Community, verbose_name=_("community"), on_delete=models.PROTECT, related_name="resources"
    )
    name = models.CharField(_("name"), max_length=200)
    domain = models.CharField(_("domain"), max_length=20, choices=Domain)
    languages = ArrayField(
        models.CharField(max_length=10),
        verbose_name=_("languages"),
        default=list,
        blank=True,
        help_text=_("Codes of the languages in which people are served, for example: ar, de"),
    )
    is_step_free = models.BooleanField(_("without steps"), default=False)
    needs_residence_proof = models.BooleanField(
        _("asks for a proof of residence"), default=False, help_text=_("Or for papers like it")
    )
    verified_on = models.DateField(
        _("verified"), help_text=_("When somebody last made sure that it is there and open")
    )

    objects = AboutCommunityQuerySet.as_manager()

    class Meta:
        verbose_name = _("local resource")
        verbose_name_plural = _("local resources")
        ordering = ["community", "domain", "name"]
        constraints = [
            models.UniqueConstraint(
                name="resource_once",
                fields=["community", "domain", "name"],
                violation_error_message=_("This resource is already on the list."),
            ),
            models.CheckConstraint(name="resource_domain", condition=Q(domain__in=Domain.values)),
        ]

    def __str__(self) -> str:
        return self.name


class PopulationDimension(models.TextChoices):
    AGE_BAND = "age_band", _("age band")
    LANGUAGE = "language", _("first language")


class PopulationShare(models.Model):
    """How many of the people who live in a community belong to a group: public statistics."""

    community = models.ForeignKey(
        Community,
        verbose_name=_("community"),
        on_delete=models.PROTECT,
        related_name="population_shares",
    )
    dimension = models.CharField(_("dimension"), max_length=20, choices=PopulationDimension)
    category = models.CharField(
        _("category"),
        max_length=20,
        help_text=_("child, youth or adult; or the code of a language, for example: ar"),
    )
    share = models.DecimalField(
        _("per cent"), max_digits=5, decimal_places=2, help_text=_("Of those who live there")
    )
    source = models.CharField(_("source"), max_length=200)
    as_of = models.DateField(_("as of"))

    objects = AboutCommunityQuerySet.as_manager()

    class Meta:
        verbose_name = _("share of the population")
        verbose_name_plural = _("shares of the population")
        ordering = ["community", "dimension", "category"]
        constraints = [
            models.UniqueConstraint(
                name="populationshare_once",
                fields=["community", "dimension", "category"],
                violation_error_message=_("This group already has a share. Change that one."),
            ),
            models.CheckConstraint(
                name="populationshare_dimension",
                condition=Q(dimension__in=PopulationDimension.values),
            ),
            models.CheckConstraint(
                name="populationshare_per_cent",
                condition=Q(share__range=(0, 100)),
                violation_error_message=_("A share lies between 0 and 100 per cent."),
            ),
            models.CheckConstraint(
                name="populationshare_known_age_band",
                condition=~Q(dimension=PopulationDimension.AGE_BAND)
                | Q(category__in=AgeBand.values),
                violation_error_message=_("Write child, youth or adult."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category} {self.share} %"


class MembershipQuerySet(models.QuerySet["Membership"]):
    def valid_on(self, day: date) -> Self:
        return self.filter(Q(valid_until=None) | Q(valid_until__gt=day), valid_from__lte=day)


class Membership(models.Model):
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("account"),
        on_delete=models.CASCADE,
        related_name="memberships",
    )
    community = models.ForeignKey(
        Community,
        verbose_name=_("community"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="memberships",
        help_text=_("Leave empty for the whole network"),
    )
    role = models.CharField(_("role"), max_length=20, choices=Role)
    valid_from = models.DateField(_("from"), default=timezone.localdate)
    valid_until = models.DateField(_("until"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [
            models.CheckConstraint(name="membership_role", condition=Q(role__in=Role.values)),
            models.CheckConstraint(
                name="membership_ends_after_start",
                condition=Q(valid_until=None) | Q(valid_until__gt=F("valid_from")),
                violation_error_message=_("The end must be after the start."),
            ),
            models.UniqueConstraint(
                name="membership_one_current",
                fields=["user", "community", "role"],
                condition=Q(valid_until=None),
                nulls_distinct=False,
                violation_error_message=_("This person already has this role there."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} {self.community_id or '*'}"


#: Who may open a community's register. Trainers meet people in their own workshops instead.
REGISTER_ROLES = (Role.RECORDER, Role.COORDINATOR, Role.DATA_STEWARD)
#: Who may see what people are called, and how to reach them.
NAMES_ROLES = (Role.RECORDER, Role.COORDINATOR)


class ParticipantQuerySet(models.QuerySet["Participant"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(community__in=Community.objects.visible_to(user, *REGISTER_ROLES))

    def active(self) -> Self:
        return self.filter(merged_into=None)


#: Without vowels, which make words, and without what looks alike on paper.
CODE_LETTERS = "23456789BCDFGHJKMNPQRSTVWXYZ"


def make_participant_code() -> str:
    """Make a code nobody has: 28⁸ of them, so that a hundred thousand meet once in 75 programmes.

    The leading letter and hyphen tell it from a survey's code card, which must stay another thing.
    """
    return "P-" + "".join(secrets.choice(CODE_LETTERS) for _ in range(8))


class Participant(models.Model):
    """Somebody who takes part: a code, never a name."""

    code = models.SlugField(_("code"), max_length=20, unique=True, default=make_participant_code)
    community = models.ForeignKey(
        Community,
        verbose_name=_("community"),
        on_delete=models.PROTECT,
        related_name="participants",
    )
    age_band = models.CharField(
        _("age band"), max_length=10, choices=AgeBand, default=AgeBand.ADULT
    )
    languages = ArrayField(
        models.CharField(max_length=10), verbose_name=_("languages"), default=list, blank=True
    )
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="merged",
    )
    joined_on = models.DateField(_("joined"), default=timezone.localdate)

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        ordering = ["code"]
        permissions = [("view_names", _("Can see names and contact details"))]
        constraints = [
            models.CheckConstraint(
                name="participant_age_band", condition=Q(age_band__in=AgeBand.values)
            ),
            models.CheckConstraint(
                name="participant_not_merged_into_itself", condition=~Q(merged_into=F("pk"))
            ),
        ]

    def __str__(self) -> str:
        return self.code


class ContactDetailsQuerySet(models.QuerySet["ContactDetails"]):
    def visible_to(self, user: User) -> Self:
        named = Community.objects.visible_to(user, *NAMES_ROLES)
        return self.filter(participant__community__in=named)


class ContactDetails(models.Model):
    """The one place for a participant's name and addresses, encrypted."""

    participant = models.OneToOneField(
        Participant,
        verbose_name=_("participant"),
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="contact",
    )
    name = EncryptedTextField(_("name"), blank=True)
    phone = EncryptedTextField(_("phone"), blank=True)
    email = EncryptedTextField(_("e-mail address"), blank=True)
    note = EncryptedTextField(_("note"), blank=True)

    objects = ContactDetailsQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact details")
        verbose_name_plural = _("contact details")

    def __str__(self) -> str:
        return str(self.participant_id)


class ConsentPurpose(models.TextChoices):
    REGISTER = "register", _("being on the register")
    CONTACT = "contact", _("being contacted")
    EVALUATION = "evaluation", _("evaluation of the programme")
    COMMUNITY_REPORT = "community_report", _("report of the own community")
    RESEARCH = "research", _("research")


class ConsentDecision(models.TextChoices):
    GIVEN = "given", _("given")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("withdrawn")


class ConsentMethod(models.TextChoices):
    PAPER = "paper", _("on paper")
    SPOKEN = "spoken", _("spoken")
    WEB = "web", _("on the web")


class ConsentDocument(models.Model):
    """The exact words that people agreed to, per purpose, version and language."""

    purpose = models.CharField(_("purpose"), max_length=20, choices=ConsentPurpose)
    version = models.PositiveSmallIntegerField(_("version"))
    language = models.CharField(_("language"), max_length=10)
    text = models.TextField(_("text"))
    valid_from = models.DateField(_("valid from"))

    class Meta:
        verbose_name = _("consent document")
        verbose_name_plural = _("consent documents")
        constraints = [
            models.CheckConstraint(
                name="consentdocument_purpose", condition=Q(purpose__in=ConsentPurpose.values)
            ),
            models.UniqueConstraint(
                name="consentdocument_one_per_language", fields=["purpose", "version", "language"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.version} {self.language}"


class ConsentQuerySet(models.QuerySet["Consent"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(participant__in=Participant.objects.visible_to(user))

    def current(self) -> Self:
        return self.filter(archived_at=None)


class Consent(models.Model):
    """One decision of a participant. A new decision archives the one before."""

    participant = models.ForeignKey(
        Participant,
        verbose_name=_("participant"),
        on_delete=models.CASCADE,
        related_name="consents",
    )
    document = models.ForeignKey(
        ConsentDocument,
        verbose_name=_("consent document"),
        on_delete=models.PROTECT,
        related_name="consents",
    )
    purpose = models.CharField(_("purpose"), max_length=20, choices=ConsentPurpose)
    decision = models.CharField(_("decision"), max_length=10, choices=ConsentDecision)
    method = models.CharField(_("how"), max_length=10, choices=ConsentMethod)
    by_guardian = models.BooleanField(_("decided by a guardian"), default=False)
    child_assented = models.BooleanField(_("the child agreed"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided"), default=timezone.now)
    archived_at = models.DateTimeField(_("replaced"), null=True, editable=False)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        constraints = [
            models.CheckConstraint(
                name="consent_decision", condition=Q(decision__in=ConsentDecision.values)
            ),
            models.CheckConstraint(
                name="consent_method", condition=Q(method__in=ConsentMethod.values)
            ),
            models.CheckConstraint(
                name="consent_purpose", condition=Q(purpose__in=ConsentPurpose.values)
            ),
            models.UniqueConstraint(
                name="consent_one_current",
                fields=["participant", "purpose"],
                condition=Q(archived_at=None),
                violation_error_message=_("Archive the earlier decision first."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.decision}"
