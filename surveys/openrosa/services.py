"""Addresses for ODK Collect: made, found by their secret, revoked; and what comes in by them."""

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import AuditEntry, User
from communities.models import Community
from surveys import interface, receipts
from surveys.errors import SurveyError
from surveys.forms import read_json
from surveys.models import Channel, CodeCard, CollectAccess, LinkageMode, Wave, WaveQuerySet
from surveys.openrosa.nodes import has_card, wave_of_form
from surveys.openrosa.reading import Submission, UnreadableError, answers_of
from surveys.presentation import best_language
from surveys.services import Submitted, codec_of, find_card, submit_response
from workshops.models import Workshop

#: As long as a workshop with its follow-up may take.
LIFETIME = timedelta(days=180)


class UnknownFormError(SurveyError):
    """No wave of this address has such a form in such a version."""


class UnknownCardError(SurveyError):
    """The code stands on no card, or on one that is asked elsewhere."""


@transaction.atomic
def open_access(
    *, community: Community, workshop: Workshop | None = None, by: User | None = None
) -> tuple[CollectAccess, str]:
    """Make an address, and return it with its token: nobody can look that up later."""
    token = secrets.token_hex(20)  # Enketo makes addresses lower-case
    access = CollectAccess.objects.create(
        community=community,
        workshop=workshop,
        token_hash=_hash(token),
        created_by=by,
        expires_at=timezone.now() + LIFETIME,
    )
    _note(access, by, "open_collect_access")
    return access, token


def find_access(token: str) -> CollectAccess | None:
    """Return the address with this secret, unless it is revoked or expired."""
    valid = CollectAccess.objects.valid_at(timezone.now())
    return valid.filter(token_hash=_hash(token.lower())).first()


@transaction.atomic
def revoke_access(access: CollectAccess, *, by: User | None = None) -> None:
    """Close an address for good. What phones have not sent yet stays on them."""
    revoked = CollectAccess.objects.filter(pk=access.pk, revoked_at=None)
    if revoked.update(revoked_at=timezone.now()):
        _note(access, by, "revoke_collect_access")


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _note(access: CollectAccess, actor: User | None, action: str) -> None:
    AuditEntry.objects.create(
        actor=actor, action=action, subject=f"surveys.collectaccess:{access.pk}"
    )


def waves_of(access: CollectAccess) -> WaveQuerySet:
    """Return the waves that are asked at this address: the workshop's, and the community's."""
    here = Q(workshop=None) | Q(workshop=access.workshop_id)
    waves: WaveQuerySet = Wave.objects.filter(here, community=access.community_id)
    return waves.with_questionnaire().order_by("sequence", "pk")


def offered_waves(access: CollectAccess) -> WaveQuerySet:
    return waves_of(access).open_at(timezone.now())


def find_wave(access: CollectAccess, form_id: str, version: str) -> Wave:
    """Return the wave of a form, open or not.

    Raises
    ------
    UnknownFormError
        If there is none, or its questionnaire has another version.
    """
    number = wave_of_form(form_id)
    waves = waves_of(access).select_related("plan__version__instrument")
    wave: Wave | None = waves.filter(pk=number).first() if number else None
    if (
        wave is None
        or wave.plan.version.version != version
        or wave.plan.version.instrument.code != form_id.rpartition(".")[0]
    ):
        raise UnknownFormError(
            _("This form is not asked here, or not in this version. Get the blank forms again.")
        )
    return wave


def take_submission(access: CollectAccess, submission: Submission) -> Submitted:
    """Store the answers once, on the way that all answers go.

    Raises
    ------
    SurveyError
        With what is wrong, and what to do.
    """
    wave = find_wave(access, submission.form_id, submission.version)
    document = codec_of(wave.plan.version).document
    mode = wave.plan.linkage_mode
    sent = {"answers": answers_of(document, submission), "consent": submission.scopes}
    filled = read_json(document, sent, mode)
    if filled.errors:
        key, problem = next(iter(filled.errors.items()))
        raise UnreadableError(f"{key}: {problem}")
    content_hash = wave.plan.version.content_hash
    language = best_language(content_hash, submission.language)
    return submit_response(
        uuid=_identity(submission, wave),
        wave=wave,
        card=_find_card(submission, wave) if has_card(wave) else None,
        answers=filled.answers,
        open_answers=filled.open_answers,
        language=language,
        channel=Channel.ODK,
        consent_scopes=filled.consent_scopes,
        consent_text_hash=interface.consent_text_hash(language, mode, document.age_band),
        begun_at=submission.begun_at,
    )


def _identity(submission: Submission, wave: Wave) -> UUID:
    """Return the uuid: that of the receipt which the phone has drawn, else that of the filling."""
    if wave.plan.linkage_mode == LinkageMode.ANONYMOUS and receipts.is_receipt(submission.receipt):
        return receipts.response_uuid(submission.receipt)
    return submission.uuid


def _find_card(submission: Submission, wave: Wave) -> CodeCard:
    card = find_card(submission.card)
    if card is None or (card.plan_id, card.community_id) != (wave.plan_id, wave.community_id):
        raise UnknownCardError(
            _("There is no card with this code here. Look at the card, and correct the code.")
        )
    return card
