from django.db import transaction
from django.utils import timezone

from surveys.models import (
    CodeCard,
    DirtyMark,
    LinkageKey,
    Response,
    ResponseConflict,
    WavePlan,
)
from surveys.services.cards import find_card


def destroy_linkage_key(plan: WavePlan) -> LinkageKey:
    """Make the plan's answers anonymous for good: no card can be found by its code again."""
    LinkageKey.objects.filter(plan=plan, destroyed_at=None).update(
        secret=None, destroyed_at=timezone.now()
    )
    return LinkageKey.objects.get(plan=plan)


@transaction.atomic
def withdraw(code: str) -> bool:
    """Delete everything that the holder of this card has answered, and refuse the card from now on.

    The card stays, empty, so that answers which still wait on a phone don't come back.
    Returns False if there is no such card.
    """
    card = find_card(code)
    if card is None:
        return False
    CodeCard.objects.select_for_update().get(pk=card.pk)
    responses = Response.objects.filter(card=card)
    waves = set(responses.values_list("wave_id", flat=True))
    ResponseConflict.objects.filter(card=card).delete()
    responses.update(supersedes=None)  # a corrected answer is else protected by its correction
    responses.delete()
    CodeCard.objects.filter(pk=card.pk).update(withdrawn_on=timezone.localdate())
    DirtyMark.objects.bulk_create(DirtyMark(wave_id=wave) for wave in waves)
    return True
