"""Personal links of contact-linked plans: a card's code that belongs to a participant.

Only people who said that they may be contacted get one; of minors a guardian said so, and they
themselves agreed.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import record_access
from communities.models import ConsentPurpose, Participant
from surveys import codes
from surveys.errors import NoCardsError
from surveys.models import CodeCard, LinkageMode, Wave
from surveys.services.cards import code_hash, linkage_secret
from surveys.services.consent import agreed, asked_people


@dataclass(frozen=True, slots=True)
class IssuedLink:
    """A link at the one moment at which its code is known: hand it out or lose it."""

    participant: Participant
    code: str


def reachable(wave: Wave) -> QuerySet[Participant]:
    """Return those of the wave's people who said that they may be contacted, and stay with it."""
    people = asked_people(wave.plan, wave.community, wave.workshop)
    gone = CodeCard.objects.filter(plan=wave.plan, withdrawn_on__isnull=False)
    return agreed(people, ConsentPurpose.CONTACT).exclude(pk__in=gone.values("participant"))


@transaction.atomic
def issue_links(*, wave: Wave, participants: Iterable[Participant], by: User) -> list[IssuedLink]:
    """Give each participant a link for all waves of the plan; an earlier link stops working.

    The codes are in the returned list and nowhere else.

    Raises
    ------
    NoCardsError
        If the plan is not contact-linked, its key is destroyed, or somebody has not agreed.
    """
    if wave.plan.linkage_mode != LinkageMode.CONTACT:
        raise NoCardsError(_("This plan has no personal links: it is not contact-linked."))
    secret = linkage_secret(wave.plan)
    wanted = list(participants)
    allowed = set(reachable(wave).filter(pk__in=[person.pk for person in wanted]))
    refused = [person.code for person in wanted if person not in allowed]
    if refused:
        message = _("Without consent to be contacted there is no link: %(codes)s.")
        raise NoCardsError(message % {"codes": ", ".join(refused)})
    issued = [IssuedLink(person, codes.new_code()) for person in wanted]
    for link in issued:
        CodeCard.objects.update_or_create(
            plan=wave.plan,
            participant=link.participant,
            defaults={
                "community": wave.community,
                "workshop": wave.workshop,
                "code_hash": code_hash(secret, link.code),
                "issued_on": timezone.localdate(),
            },
        )
    record_access(actor=by, action="issue_links", subject=wave, reason=str(len(issued)))
    return issued
