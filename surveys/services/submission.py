"""Taking in one person's answers: one statement in the usual case, and PostgreSQL alone."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.fields import cipher
from surveys.document import Document
from surveys.encoding import Answer, AnswerError
from surveys.errors import CardUnusableError, WaveClosedError
from surveys.models import Channel, CodeCard, LinkageMode, Response, ResponseConflict, Wave
from surveys.scoring import SCORING_VERSION, score_answers
from surveys.services.instruments import codec_of

#: Answers that were begun in time may come this much later, from a phone without a network.
GRACE = timedelta(days=14)
LONGEST_TEXT = 2_000


class Outcome(StrEnum):
    NEW = "new"
    SAME = "same"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Submitted:
    outcome: Outcome
    #: What counts: in a conflict, the response that was there first.
    response: Response


@dataclass(frozen=True, slots=True)
class _Answers:
    """One submission, ready to be stored."""

    response: Response
    open_answers: Mapping[str, str]
    scores: list[int | None] = field(default_factory=list)


def submit_response(  # noqa: PLR0913 - what a submission is made of
    *,
    uuid: UUID,
    wave: Wave,
    card: CodeCard | None,
    answers: Mapping[str, Answer],
    open_answers: Mapping[str, str] | None = None,
    language: str = "",
    answer_languages: Mapping[str, str] | None = None,
    channel: str = Channel.OWN_PHONE,
    consent_scopes: list[str] | None = None,
    consent_text_hash: str = "",
    assistance: Mapping[str, list[str]] | None = None,
    begun_at: datetime | None = None,
) -> Submitted:
    """Store the answers with their scores and a mark for the fold, once.

    The same content again, under the same uuid or by the same card, changes nothing. Other content
    is kept aside for the data steward, and the first response stays.

    Raises
    ------
    AnswerError
        If an answer is not possible for its item.
    WaveClosedError
        If the wave is not open, and was not when the answers were begun.
    CardUnusableError
        If the card is withdrawn, or belongs elsewhere.
    """
    _check_open(wave, begun_at)
    codec = codec_of(wave.plan.version)
    stored = codec.encode(answers)
    response = Response(
        uuid=uuid,
        wave=wave,
        version_id=wave.plan.version_id,
        card=card,
        answers=stored,
        language=language,
        answer_languages=dict(answer_languages or {}),
        channel=channel,
        groups=groups_of(codec.document, answers),
        consent_scopes=list(consent_scopes or []),
        consent_text_hash=consent_text_hash,
        assistance=dict(assistance or {}),
        answered_on=_answered_on(wave, begun_at),
    )
    told = _told(codec.document, open_answers or {})
    response.content_hash = hashlib.sha256(_canonical(response, told)).digest()
    if _insert(_Answers(response, told, score_answers(codec.document, codec, stored))):
        response._state.adding = False  # noqa: SLF001 - Django's mark of a saved row
        return Submitted(Outcome.NEW, response)
    return _recognise(_Answers(response, told))


def _check_open(wave: Wave, begun_at: datetime | None) -> None:
    now = timezone.now()
    if wave.is_open(now):
        return
    begun_in_time = begun_at is not None and begun_at <= now and wave.is_open(begun_at)
    is_late = wave.closes_at is not None and wave.closes_at <= now - GRACE
    if not begun_in_time or is_late:
        raise WaveClosedError(
            _("This questionnaire is not open at the moment. Ask the person who gave you the card.")
        )


def _card_unusable() -> CardUnusableError:
    return CardUnusableError(
        _("This card can't be used for this questionnaire. Ask the person who gave it to you.")
    )


def _answered_on(wave: Wave, begun_at: datetime | None) -> date | None:
    """Return the day, or nothing where nobody may be told apart by the order of arrival."""
    if wave.plan.linkage_mode == LinkageMode.ANONYMOUS:
        return None
    return timezone.localdate(begun_at)


def groups_of(document: Document, answers: Mapping[str, Answer]) -> dict[str, str]:
    return {key: str(answers[key]) for key in document.groups if isinstance(answers.get(key), int)}


def _told(document: Document, open_answers: Mapping[str, str]) -> dict[str, str]:
    known = {item.key for item in document.items if item.kind == "text"}
    for key, text in open_answers.items():
        if key not in known or len(text) > LONGEST_TEXT:
            raise AnswerError(key, "a text")
    return {key: text.strip() for key, text in open_answers.items() if text.strip()}


def _canonical(response: Response, told: Mapping[str, str]) -> bytes:
    """Return what has to be equal for two submissions to be the same."""
    content = {
        "wave": response.wave_id,
        "card": response.card_id,
        "answers": bytes(response.answers).hex(),
        "told": dict(told),
        "language": response.language,
        "answer_languages": response.answer_languages,
        "consent_scopes": sorted(response.consent_scopes),
    }
    return json.dumps(content, sort_keys=True, ensure_ascii=False).encode()


def _kept(response: Response, told: Mapping[str, str]) -> str:
    """Return all that a response would be made of, should a person decide that it counts."""
    day = response.answered_on
    content = json.loads(_canonical(response, told)) | {
        "channel": response.channel,
        "consent_text_hash": response.consent_text_hash,
        "assistance": response.assistance,
        "answered_on": day.isoformat() if day else "",
    }
    return json.dumps(content, ensure_ascii=False)


# Everything that a new response brings along, in one statement: nothing to roll back, and one
# way to the server instead of six. The lock keeps a withdrawal from passing it by, and what was
# deleted once does not come back from a phone that still had it.
_INSERT = """
WITH holder AS (
    SELECT id FROM surveys_codecard
    WHERE id = %(card)s AND withdrawn_on IS NULL
        AND plan_id = %(plan)s AND community_id = %(community)s
    FOR KEY SHARE
), fresh AS (
    INSERT INTO surveys_response (
        uuid, wave_id, version_id, card_id, answers, content_hash, language, answer_languages,
        channel, groups, consent_scopes, consent_text_hash, assistance,
        answered_on
    )
    SELECT %(uuid)s, %(wave)s, %(version)s, %(card)s, %(answers)s, %(content_hash)s,
        %(language)s, %(answer_languages)s::jsonb, %(channel)s, %(groups)s::jsonb,
        %(consent_scopes)s::varchar[], %(consent_text_hash)s,
        %(assistance)s::jsonb, %(answered_on)s::date
    WHERE (%(card)s::bigint IS NULL OR EXISTS (SELECT FROM holder))
        AND NOT EXISTS (SELECT FROM surveys_erasure WHERE uuid = %(uuid)s)
    ON CONFLICT DO NOTHING
    RETURNING uuid
), scored AS (
    INSERT INTO surveys_scalescore (response_id, scoring, "values")
    SELECT uuid, %(scoring)s, %(scores)s::bigint[] FROM fresh
), told AS (
    INSERT INTO surveys_openanswer (response_id, item_key, text)
    SELECT fresh.uuid, told.item_key, told.text
    FROM fresh, unnest(%(told_keys)s::varchar[], %(told_texts)s::bytea[]) AS told (item_key, text)
), marked AS (
    INSERT INTO surveys_dirtymark (wave_id, created_at) SELECT %(wave)s, now() FROM fresh
)
SELECT count(*) FROM fresh
"""


def _insert(submission: _Answers) -> bool:
    """Store a response that is not there yet; tell whether it was new."""
    response, told = submission.response, submission.open_answers
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            {
                "uuid": response.uuid,
                "wave": response.wave_id,
                "plan": response.wave.plan_id,
                "community": response.wave.community_id,
                "version": response.version_id,
                "card": response.card_id,
                "answers": bytes(response.answers),
                "content_hash": bytes(response.content_hash),
                "language": response.language,
                "answer_languages": json.dumps(response.answer_languages),
                "channel": response.channel,
                "groups": json.dumps(response.groups),
                "consent_scopes": response.consent_scopes,
                "consent_text_hash": response.consent_text_hash,
                "assistance": json.dumps(response.assistance),
                "answered_on": response.answered_on,
                "scoring": SCORING_VERSION,
                "scores": submission.scores,
                "told_keys": list(told),
                "told_texts": [cipher().encrypt(text.encode()) for text in told.values()],
            },
        )
        return bool(cursor.fetchone()[0])


def _recognise(submission: _Answers) -> Submitted:
    """Compare with what is there already, and keep aside what differs."""
    response = submission.response
    same_identity = Q(pk=response.uuid)
    if response.card_id is not None:
        same_identity |= Q(wave=response.wave_id, card=response.card_id, superseded_at=None)
    there = list(Response.objects.filter(same_identity))
    if not there:
        raise _card_unusable()
    for first in there:
        if bytes(first.content_hash) == response.content_hash:
            return Submitted(Outcome.SAME, first)
    ResponseConflict.objects.bulk_create(
        [
            ResponseConflict(
                uuid=response.uuid,
                wave_id=response.wave_id,
                card_id=response.card_id,
                content_hash=response.content_hash,
                content=_kept(response, submission.open_answers),
            )
        ],
        ignore_conflicts=True,
    )
    return Submitted(Outcome.CONFLICT, there[0])
