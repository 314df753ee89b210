"""Who has agreed to what, where answers are linked to people or people are minors."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from communities.models import (
    AgeBand,
    Community,
    Consent,
    ConsentDecision,
    ConsentPurpose,
    Participant,
)
from surveys.errors import ConsentMissingError
from surveys.models import CodeCard, WavePlan
from workshops.models import Workshop

MINORS = (AgeBand.CHILD, AgeBand.YOUTH)


def agreed(participants: QuerySet[Participant], purpose: str) -> QuerySet[Participant]:
    """Limit to those who agree today; of minors both the guardian and the child have to."""
    given = Consent.objects.current().filter(decision=ConsentDecision.GIVEN, purpose=purpose)
    of_minors = given.filter(by_guardian=True, child_assented=True)
    adults = participants.exclude(age_band__in=MINORS).filter(pk__in=given.values("participant"))
    minors = participants.filter(age_band__in=MINORS, pk__in=of_minors.values("participant"))
    return adults | minors


def asked_people(
    plan: WavePlan, community: Community, workshop: Workshop | None
) -> QuerySet[Participant]:
    """Return those enrolled in the workshop, else the community, of the questionnaire's age."""
    people = Participant.objects.active()
    if workshop is None:
        people = people.filter(community=community)
    else:
        people = people.filter(enrolments__workshop=workshop).distinct()
    age_band = plan.version.age_band
    return people.filter(age_band=age_band) if age_band else people


def check_minors_agreed(
    plan: WavePlan, community: Community, workshop: Workshop | None, count: int
) -> None:
    """Raise ConsentMissingError if more cards would be out than children and guardians agreed.

    Nobody knows who holds which card, so that only their number can be checked.
    """
    if plan.version.age_band not in MINORS:
        return
    allowed = agreed(asked_people(plan, community, workshop), ConsentPurpose.EVALUATION).count()
    cards = CodeCard.objects.usable().filter(plan=plan, community=community, workshop=workshop)
    left = allowed - cards.count()
    if count > left:
        raise ConsentMissingError(
            _(
                "Only %(left)d more cards can be made here: the register has the guardian’s "
                "consent and the child’s own for %(allowed)d. Record them first."
            )
            % {"left": max(left, 0), "allowed": allowed}
        )
