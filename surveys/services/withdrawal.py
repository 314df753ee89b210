from datetime import date
from typing import NamedTuple

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from surveys import codes, receipts
from surveys.models import (
    CodeCard,
    ConflictDecision,
    DirtyMark,
    Erasure,
    PaperSheet,
    Recovery,
    Response,
    ResponseConflict,
    ResponseExport,
)
from surveys.services.cards import find_card


def withdraw(code: str) -> bool:
    """Delete what belongs to this code: of a card everything, of a receipt the one response.

    Returns False if there is no such card and no such response.
    """
    typed = codes.normalise(code)
    return _withdraw_response(typed) if receipts.is_receipt(typed) else _withdraw_card(typed)


@transaction.atomic
def _withdraw_card(code: str) -> bool:
    """Delete all answers of a card, and refuse the card from now on.

    The card stays, empty, so that answers which still wait on a phone don't come back.
    """
    card = find_card(code)
    if card is None:
        return False
    CodeCard.objects.select_for_update().get(pk=card.pk)
    ResponseConflict.objects.filter(card=card).delete()
    PaperSheet.objects.filter(entries__card=card).delete()
    Recovery.objects.filter(card=card).delete()
    _erase(Response.objects.filter(card=card))
    CodeCard.objects.filter(pk=card.pk).update(withdrawn_on=timezone.localdate())
    return True


@transaction.atomic
def _withdraw_response(receipt: str) -> bool:
    """Delete one response, whatever corrected it, and what was kept aside for it."""
    uuid = receipts.response_uuid(receipt)
    if Erasure.objects.filter(pk=uuid).exists():
        return True
    waiting = ResponseConflict.objects.filter(uuid=uuid).delete()[0]
    waiting += PaperSheet.objects.filter(pk=uuid).delete()[0]
    found = Response.objects.select_for_update().filter(pk=uuid).first()
    if found is None:
        if waiting:
            Erasure.objects.create(uuid=uuid)
        return bool(waiting)
    _erase(Response.objects.filter(pk__in=_with_corrections(found)))
    return True


def _with_corrections(response: Response) -> list[object]:
    """Return the ids of a response, of what it corrected and of what corrected it."""
    chain: list[object] = [response.pk]
    earlier = response
    while earlier.supersedes is not None:
        earlier = earlier.supersedes
        chain.append(earlier.pk)
    later = Response.objects.filter(supersedes=response).first()
    while later is not None:
        chain.append(later.pk)
        later = Response.objects.filter(supersedes=later).first()
    return chain


def _erase(responses: QuerySet[Response]) -> None:
    """Delete responses; what stays is that they were deleted, and that their waves have changed."""
    rows = list(responses.values_list("pk", "wave_id"))
    Erasure.objects.bulk_create((Erasure(uuid=pk) for pk, _wave in rows), ignore_conflicts=True)
    responses.update(supersedes=None)  # a corrected answer is else protected by its correction
    Response.objects.filter(pk__in=[pk for pk, _wave in rows]).delete()
    waves = {wave for _pk, wave in rows}
    DirtyMark.objects.bulk_create(DirtyMark(wave_id=wave) for wave in waves)
    ResponseExport.objects.filter(plan__waves__in=waves).delete_files()


class Receipt(NamedTuple):
    """What became of the answers that a receipt stands for."""

    is_in: bool
    is_kept_aside: bool
    #: A person decided that the other answers of the same card count.
    is_set_aside: bool
    erased_on: date | None


def look_up_receipt(code: str) -> Receipt:
    """Tell whether the answers are counted, wait for a person's decision, or were deleted."""
    uuid = receipts.response_uuid(codes.normalise(code))
    erasure = Erasure.objects.filter(pk=uuid).first()
    if erasure is not None:
        return Receipt(
            is_in=False, is_kept_aside=False, is_set_aside=False, erased_on=erasure.erased_on
        )
    is_in = Response.objects.filter(pk=uuid).exists()
    conflicts = ResponseConflict.objects.filter(uuid=uuid).values_list("decision", flat=True)
    decisions = set() if is_in else set(conflicts)
    return Receipt(
        is_in=is_in,
        is_kept_aside=ConflictDecision.OPEN in decisions,
        is_set_aside=decisions == {ConflictDecision.KEEP_FIRST},
        erased_on=None,
    )
