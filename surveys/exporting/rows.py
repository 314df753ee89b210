"""The answers that an export may hold, person by person, as a stream."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import CharField, Q, QuerySet
from django.db.models.expressions import RawSQL

from communities.models import ConsentPurpose
from surveys.encoding import Answer, Codec
from surveys.exporting.layout import PERSON_LENGTH
from surveys.models import Response, WavePlan

_CHUNK = 2_000
# An anonymous response is a person of its own. Sorted by this, rows tell nothing by their order.
PSEUDONYM = """
left(encode(sha256(convert_to(
    %s::text || coalesce(surveys_response.card_id::text, surveys_response.uuid::text), 'UTF8'
)), 'hex'), %s)
"""
_CATEGORIES = (
    "SELECT DISTINCT pair.key, pair.value FROM ({}) AS asked, jsonb_each_text(groups) pair"
)


@dataclass(frozen=True, slots=True)
class Row:
    """What one person said in one wave."""

    person: str
    community: str
    wave: int
    kind: str
    #: As in 2026-11; empty where even that would tell too much.
    month: str
    language: str
    channel: str
    groups: Mapping[str, str]
    answers: Mapping[str, Answer]
    #: In whole units of the scale, as they are stored.
    scores: Sequence[int | None]


def exported_responses(
    plan: WavePlan, communities: Iterable[int], scope: str
) -> QuerySet[Response]:
    """Return what counts in these communities and may be used for this.

    Whoever was asked before scopes were kept, or answered elsewhere, agreed to the evaluation.
    """
    allowed = Q(consent_scopes__contains=[scope])
    if scope == ConsentPurpose.EVALUATION:
        allowed |= Q(consent_scopes=[])
    return Response.objects.filter(
        allowed, wave__plan=plan, wave__community__in=list(communities), superseded_at=None
    )


def find_categories(responses: QuerySet[Response]) -> dict[str, list[str]]:
    """Return registered group → its categories that occur, both sorted."""
    query, parameters = responses.order_by().values("groups").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(_CATEGORIES.format(query), parameters)
        pairs = sorted(cursor.fetchall())
    found: dict[str, list[str]] = {}
    for group, category in pairs:
        found.setdefault(group, []).append(category)
    return found


def stream_rows(responses: QuerySet[Response], codec: Codec, secret: str) -> Iterator[Row]:
    """Yield the rows, those of one person one after the other. Few of them are in memory."""
    named = responses.annotate(
        person=RawSQL(  # noqa: S611 - the secret and the length are parameters
            PSEUDONYM, (secret, PERSON_LENGTH), output_field=CharField()
        )
    ).order_by("person", "wave__sequence", "wave_id")
    columns = named.values_list(
        *("person", "wave__community__code", "wave__sequence", "wave__kind"),
        *("answered_on", "language", "channel", "groups", "answers", "scores__values"),
    )
    for (
        person,
        community,
        wave,
        kind,
        day,
        language,
        channel,
        groups,
        stored,
        scores,
    ) in columns.iterator(chunk_size=_CHUNK):
        yield Row(
            person=person,
            community=community,
            wave=wave,
            kind=kind,
            month=f"{day:%Y-%m}" if day else "",
            language=language,
            channel=channel,
            groups=groups,
            answers=codec.decode(bytes(stored)),
            scores=scores or (),
        )
