from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.utils import timezone

from communities.models import (
    Community,
    Consent,
    ConsentDecision,
    ConsentDocument,
    ConsentMethod,
    ContactDetails,
    Participant,
    Placement,
)


@transaction.atomic
def register_participants(*, community: Community, names: Sequence[str]) -> list[Participant]:
    """Put one participant on the register for each name; an empty name makes a code alone.

    The names go where names belong, encrypted, and nowhere else.
    """
    participants = Participant.objects.bulk_create(
        [Participant(community=community) for _ in names]
    )
    contacts = [
        ContactDetails(participant=participant, name=name)
        for participant, name in zip(participants, names, strict=True)
        if name
    ]
    if contacts:
        ContactDetails.objects.bulk_create(contacts)
    return participants


@transaction.atomic
def record_consent(
    *,
    participant: Participant,
    document: ConsentDocument,
    decision: ConsentDecision,
    method: ConsentMethod,
    by_guardian: bool = False,
    child_assented: bool | None = None,
) -> Consent:
    """Record a decision; the one before, for the same purpose, is archived and stays readable."""
    Participant.objects.select_for_update().get(pk=participant.pk)
    participant.consents.current().filter(purpose=document.purpose).update(
        archived_at=timezone.now()
    )
    return Consent.objects.create(
        participant=participant,
        document=document,
        purpose=document.purpose,
        decision=decision,
        method=method,
        by_guardian=by_guardian,
        child_assented=child_assented,
    )


@transaction.atomic
def place_community(*, community: Community, parent: Community, on: date) -> Placement:
    """Move a community under another from a day on; before that day it stays where it was."""
    community.placements.filter(valid_until=None).update(valid_until=on)
    return Placement.objects.create(community=community, parent=parent, valid_from=on)
