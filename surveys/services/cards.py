import hashlib
import hmac
import secrets
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.models import Community
from surveys import codes
from surveys.errors import NoCardsError
from surveys.models import CodeCard, LinkageKey, LinkageMode, Response, Wave, WavePlan
from surveys.pictures import draw_three
from surveys.services.consent import check_minors_agreed
from workshops.models import Workshop


@dataclass(frozen=True, slots=True)
class IssuedCard:
    """A card at the one moment at which its code is known: print it or lose it."""

    code: str
    pictures: tuple[int, ...]


def issue_cards(
    *, plan: WavePlan, community: Community, workshop: Workshop | None = None, count: int
) -> list[IssuedCard]:
    """Make cards, in an order that has nothing to do with that of the rows.

    The codes are in the returned list and nowhere else.

    Raises
    ------
    NoCardsError
        If the plan has no cards, or its key is destroyed.
    ConsentMissingError
        If more cards would be out than there are minors who agreed and whose guardians did.
    """
    if plan.linkage_mode == LinkageMode.ANONYMOUS:
        raise NoCardsError(_("This plan is anonymous: it has no cards."))
    if plan.linkage_mode == LinkageMode.CONTACT:
        raise NoCardsError(_("This plan is contact-linked: it has personal links and no cards."))
    secret = linkage_secret(plan)
    check_minors_agreed(plan, community, workshop, count)
    issued = {codes.new_code(): draw_three() for _number in range(count)}
    while len(issued) < count:
        issued[codes.new_code()] = draw_three()
    CodeCard.objects.bulk_create(
        CodeCard(
            plan=plan,
            community=community,
            workshop=workshop,
            code_hash=code_hash(secret, code),
            pictures=list(pictures),
        )
        for code, pictures in issued.items()
    )
    cards = [IssuedCard(code, pictures) for code, pictures in issued.items()]
    secrets.SystemRandom().shuffle(cards)
    return cards


def linkage_secret(plan: WavePlan) -> str:
    """Return the plan's secret; raise NoCardsError if it is destroyed."""
    secret = LinkageKey.objects.get(plan=plan).secret
    if secret is None:
        raise NoCardsError(
            _("The key of this plan is destroyed: nothing can be linked to its cards any more.")
        )
    return secret


def code_hash(secret: str, code: str) -> bytes:
    return hmac.digest(secret.encode(), code.encode(), hashlib.sha256)


def find_card(code: str) -> CodeCard | None:
    """Return the card with this code, in whatever way it was typed, unless it was withdrawn.

    A well-formed code costs the same whether it exists or not: one hash for each living key.
    """
    printed = codes.normalise(code)
    if not codes.is_well_formed(printed):
        return None
    living = LinkageKey.objects.filter(destroyed_at=None).values_list("plan_id", "secret")
    # By plan and hash, as the index has them.
    wanted = [
        Q(plan=plan, code_hash=code_hash(secret, printed)) for plan, secret in living if secret
    ]
    if not wanted:
        return None
    return CodeCard.objects.usable().filter(reduce(or_, wanted)).select_related("plan").first()


@dataclass(frozen=True, slots=True)
class Admission:
    """What a card is for at this moment."""

    #: None in an anonymous wave.
    card: CodeCard | None
    wave: Wave
    has_answered: bool = False
    #: Whether this is the first time, so that one may ask what would find the card again.
    asks_recovery: bool = False


def admit(code: str) -> Admission | None:
    """Return the wave that this card is asked in now: the first that it has not answered.

    None for a card that is unknown, withdrawn, or not asked anything at the moment; the caller
    can't tell which.
    """
    card = find_card(code)
    if card is None:
        return None
    answered = set(Response.objects.filter(card=card).values_list("wave_id", flat=True))
    waves = list(Wave.objects.asking(card).open_at(timezone.now()).with_questionnaire())
    for wave in waves:
        if wave.pk not in answered:
            is_first = not answered and card.plan.linkage_mode == LinkageMode.CODE_CARD
            return Admission(card, wave, asks_recovery=is_first)
    return Admission(card, waves[-1], has_answered=True) if waves else None


def admit_openly(wave_id: int) -> Admission | None:
    """Return the wave that anybody may answer: an anonymous one, while it is open."""
    waves = Wave.objects.open_at(timezone.now()).with_questionnaire()
    wave = waves.filter(pk=wave_id, plan__linkage_mode=LinkageMode.ANONYMOUS).first()
    return Admission(None, wave) if wave else None
