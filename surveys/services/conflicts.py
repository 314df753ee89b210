"""Two different responses for one: the data steward says which counts."""

import json
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.services import record_access
from surveys.errors import ConflictError
from surveys.models import (
    Channel,
    CodeCard,
    ConflictDecision,
    DirtyMark,
    OpenAnswer,
    Response,
    ResponseConflict,
    ScaleScore,
)
from surveys.scoring import SCORING_VERSION, score_answers
from surveys.services.instruments import codec_of
from surveys.services.submission import groups_of


@transaction.atomic
def decide_conflict(
    *, conflict: ResponseConflict, decision: str, reason: str, by: User
) -> ResponseConflict:
    """Keep the first response, or let the second supersede it. What was kept aside is forgotten.

    Raises
    ------
    ConflictError
        If it is decided already, the first response is gone, or no reason is given.
    """
    if not reason.strip():
        raise ConflictError(_("Give a reason; it stays with the decision."))
    if decision not in {ConflictDecision.KEEP_FIRST, ConflictDecision.TAKE_SECOND}:
        raise ConflictError(_("Choose which of the two counts."))
    if conflict.card_id is not None:  # a withdrawal waits for this, or this for it
        CodeCard.objects.select_for_update().get(pk=conflict.card_id)
    conflict = ResponseConflict.objects.select_for_update().get(pk=conflict.pk)
    if conflict.decision != ConflictDecision.OPEN:
        raise ConflictError(_("This is decided already."))
    if decision == ConflictDecision.TAKE_SECOND:
        _supersede(conflict)
    conflict.decision, conflict.reason = decision, reason.strip()
    conflict.decided_by, conflict.decided_at = by, timezone.now()
    conflict.content = "{}"
    conflict.save()
    record_access(actor=by, action=f"conflict_{decision}", subject=conflict, reason=reason.strip())
    return conflict


def first_of(conflict: ResponseConflict) -> Response | None:
    """Return the response that counts so far."""
    same = Q(pk=conflict.uuid)
    if conflict.card_id is not None:
        same |= Q(card=conflict.card_id)
    found: Response | None = Response.objects.filter(
        same, wave=conflict.wave_id, superseded_at=None
    ).first()
    return found


def differing_count(conflict: ResponseConflict) -> int:
    """Return in how many questions the two differ, never in which or how."""
    first, content = first_of(conflict), json.loads(conflict.content)
    if first is None or "answers" not in content:
        return 0
    codec = codec_of(first.version)
    before = codec.decode(bytes(first.answers))
    after = codec.decode(bytes.fromhex(content["answers"]))
    return sum(answer != after[key] for key, answer in before.items())


def _supersede(conflict: ResponseConflict) -> None:
    first = first_of(conflict)
    if first is None:
        raise ConflictError(_("The first response is gone, so that there is nothing to decide."))
    first = Response.objects.select_for_update().get(pk=first.pk)
    content: dict[str, Any] = json.loads(conflict.content)
    # Only one response of a card may count at a time.
    Response.objects.filter(pk=first.pk).update(superseded_at=timezone.now())
    codec = codec_of(first.version)
    stored = bytes.fromhex(content["answers"])
    second = Response.objects.create(
        # Under its own identity its receipt finds it, unless the first has that already.
        uuid=uuid4() if Response.objects.filter(pk=conflict.uuid).exists() else conflict.uuid,
        wave_id=first.wave_id,
        version_id=first.version_id,
        card_id=first.card_id,
        answers=stored,
        content_hash=bytes(conflict.content_hash),
        language=content["language"],
        answer_languages=content["answer_languages"],
        channel=content.get("channel", Channel.OWN_PHONE),
        groups=groups_of(codec.document, codec.decode(stored)),
        consent_scopes=content["consent_scopes"],
        consent_text_hash=content.get("consent_text_hash", ""),
        assistance=content.get("assistance", {}),
        answered_on=parse_date(content["answered_on"])
        if content.get("answered_on")
        else first.answered_on,
        supersedes=first,
    )
    ScaleScore.objects.create(
        response=second,
        scoring=SCORING_VERSION,
        values=score_answers(codec.document, codec, stored),
    )
    OpenAnswer.objects.bulk_create(
        OpenAnswer(response=second, item_key=key, text=text)
        for key, text in content["told"].items()
    )
    DirtyMark.objects.create(wave_id=first.wave_id)
