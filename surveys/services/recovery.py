"""A lost card: what its holder remembers finds suggestions, and a person decides.

What was asked when the card was first used is stored as keyed hashes, salted with the card, so that
nobody reads it from the database, or sees who gave the same answers.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from surveys import codes
from surveys.errors import RecoveryError
from surveys.models import CardSource, CodeCard, LinkageKey, LinkDecision, Recovery, Wave
from surveys.pictures import PICTURES
from surveys.services.cards import IssuedCard, code_hash, linkage_secret

#: Question → how many different answers it has, from 0.
QUESTIONS = {"siblings": 21, "languages": 11, "picture": len(PICTURES)}
#: More people than that can't be told apart by what they remember.
LARGEST_COHORT = 60
TOLERANCE = 1
LEAST_MATCHES = 2


@dataclass(frozen=True, slots=True)
class Remembered:
    """What somebody remembers of a card and of what they said about themselves."""

    pictures: frozenset[int] = frozenset()
    answers: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A card that may be the lost one."""

    card: CodeCard
    compared: int
    mismatches: int


def remember(*, card_id: int, answers: Mapping[str, int]) -> None:
    """Store what would find this card again; what was stored first stays.

    Nothing is stored where the plan's key is destroyed.
    """
    known = {name: value for name, value in answers.items() if _is_possible(name, value)}
    if not known:
        return
    key = LinkageKey.objects.filter(plan__cards=card_id, destroyed_at=None).first()
    if key is None or key.secret is None:
        return
    hashes = {name: _hash(key.secret, card_id, name, value) for name, value in known.items()}
    Recovery.objects.bulk_create(
        [Recovery(card_id=card_id, **{f"{name}_hash": found for name, found in hashes.items()})],
        ignore_conflicts=True,
    )


def _is_possible(name: str, value: object) -> bool:
    return type(value) is int and 0 <= value < QUESTIONS.get(name, 0)


def _hash(secret: str, card_id: int, name: str, value: int) -> bytes:
    return hmac.digest(secret.encode(), f"{card_id} {name} {value}".encode(), hashlib.sha256)


def suggest_cards(*, wave: Wave, remembered: Remembered) -> list[Suggestion]:
    """Return the cards of this wave's people that fit, but for one mistake; the best come first.

    Raises
    ------
    RecoveryError
        If too little is remembered, or too many people are asked in this wave.
    NoCardsError
        If the plan's key is destroyed.
    """
    secret = linkage_secret(wave.plan)
    cohort = CodeCard.objects.usable().filter(
        plan=wave.plan, community=wave.community, source=CardSource.ISSUED
    )
    if wave.workshop_id is not None:
        cohort = cohort.filter(workshop=wave.workshop_id)
    cards = list(cohort.select_related("recovery")[: LARGEST_COHORT + 1])
    if len(cards) > LARGEST_COHORT:
        raise RecoveryError(
            _(
                "More than %(count)d cards are out here: too many to tell them apart by what "
                "somebody remembers. Give a new card; the answers count, but are not linked."
            )
            % {"count": LARGEST_COHORT}
        )
    if len(remembered.pictures) + len(remembered.answers) < LEAST_MATCHES:
        raise RecoveryError(_("Ask for at least two things that the person remembers."))
    found = [_compare(secret, card, remembered) for card in cards]
    fitting = [
        suggestion
        for suggestion in found
        if suggestion.mismatches <= TOLERANCE
        and suggestion.compared - suggestion.mismatches >= LEAST_MATCHES
    ]
    return sorted(fitting, key=lambda found: (found.mismatches, -found.compared, found.card.pk))


def _compare(secret: str, card: CodeCard, remembered: Remembered) -> Suggestion:
    """Count what can be compared, and what does not fit; what was never asked is neither."""
    compared = len(remembered.pictures)
    mismatches = len(remembered.pictures - set(card.pictures))
    recovery = getattr(card, "recovery", None)
    for name, value in remembered.answers.items():
        stored = getattr(recovery, f"{name}_hash", None)
        if stored is None:
            continue
        compared += 1
        mismatches += bytes(stored) != _hash(secret, card.pk, name, value)
    return Suggestion(card, compared, mismatches)


@transaction.atomic
def decide_suggestion(
    *, wave: Wave, remembered: Remembered, card_id: int, accept: bool, by: User
) -> IssuedCard | None:
    """Write the decision down; if it is accepted, give the card a new code, and the old one ends.

    The answers stay with the card, and thereby together. The new code is returned and nowhere else.

    Raises
    ------
    RecoveryError
        If this card is not among the suggestions.
    """
    suggested = {found.card.pk: found for found in suggest_cards(wave=wave, remembered=remembered)}
    if card_id not in suggested:
        raise RecoveryError(_("This card is not among the suggestions any more. Search again."))
    found = suggested[card_id]
    LinkDecision.objects.create(
        card=found.card,
        compared_count=found.compared,
        mismatch_count=found.mismatches,
        is_accepted=accept,
        decided_by=by,
    )
    if not accept:
        return None
    code = codes.new_code()
    CodeCard.objects.filter(pk=card_id).update(code_hash=code_hash(linkage_secret(wave.plan), code))
    return IssuedCard(code, tuple(found.card.pictures))
