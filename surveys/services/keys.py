"""The end of a plan: its key is destroyed, and nobody can link answers to cards any more."""

import hashlib

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import record_access
from surveys.errors import KeyInUseError
from surveys.models import CodeCard, KeyCertificate, LinkageKey, Recovery, Response, Wave, WavePlan


@transaction.atomic
def destroy_linkage_key(plan: WavePlan, *, by: User | None = None) -> LinkageKey:
    """Make the plan's answers anonymous for good: no card can be found by its code again.

    A certificate says when, by whom, and which key. Again changes nothing.
    """
    key = LinkageKey.objects.select_for_update().get(plan=plan)
    if key.secret is None:
        return key
    now = timezone.now()
    KeyCertificate.objects.create(
        plan=plan,
        key_hash=hashlib.sha256(key.secret.encode()).hexdigest(),
        destroyed_at=now,
        destroyed_by=by,
        cards_count=CodeCard.objects.filter(plan=plan).count(),
        responses_count=Response.objects.filter(wave__plan=plan).count(),
    )
    LinkageKey.objects.filter(plan=plan).update(secret=None, destroyed_at=now)
    Recovery.objects.filter(card__plan=plan).delete()
    CodeCard.objects.filter(plan=plan).update(participant=None)
    if by is not None:
        record_access(actor=by, action="destroy_key", subject=plan)
    key.refresh_from_db()
    return key


def check_key_unused(plan: WavePlan) -> None:
    """Raise KeyInUseError while a wave is open or still to come: nobody could answer it then."""
    now = timezone.now()
    if Wave.objects.filter(Q(closes_at=None) | Q(closes_at__gt=now), plan=plan).exists():
        raise KeyInUseError(
            _("Waves of this plan are open or still to come. Close them first: no card works then.")
        )
