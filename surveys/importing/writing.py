"""Entries become rows of the database: communities, waves, cards, responses, scores, marks."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from django.utils import timezone

from communities.models import Community
from surveys.encoding import Codec
from surveys.importing.copying import copy_rows
from surveys.importing.entries import Entry
from surveys.importing.mapping import ImportMapping
from surveys.models import (
    CardSource,
    Channel,
    CodeCard,
    DirtyMark,
    Response,
    ScaleScore,
    Wave,
    WavePlan,
)
from surveys.scoring import SCORING_VERSION, score_rows


class _Row(NamedTuple):
    """An entry with the identity and the place that it gets in the database."""

    entry: Entry
    uuid: UUID
    wave: int
    card: int


def write_entries(
    entries: Sequence[Entry], *, plan: WavePlan, mapping: ImportMapping, codec: Codec, secret: str
) -> None:
    """Store what is new or corrected. The caller holds the plan's lock and the transaction."""
    changed = [entry for entry in entries if not entry.is_same]
    _save_communities(changed)
    waves = _save_waves(changed, plan, mapping)
    cards = _save_cards(changed, plan)
    _end_corrected(changed)
    rows = [
        _Row(
            entry,
            _uuid(entry, secret),
            waves[entry.community.pk, entry.record.wave],
            cards[_card(entry)],
        )
        for entry in changed
    ]
    copy_rows(Response, (_response(row, plan) for row in rows))
    _save_scores(rows, codec)
    _mark(rows)


def _save_communities(entries: Sequence[Entry]) -> None:
    new = {entry.community.code: entry.community for entry in entries if not entry.community.pk}
    Community.objects.bulk_create(new.values())


def _save_waves(
    entries: Sequence[Entry], plan: WavePlan, mapping: ImportMapping
) -> dict[tuple[int, int], int]:
    """Return (community, number) → wave. A new one is closed: all its answers are in the file.

    Every community gets every wave of the file: where nobody came back, that is a finding too.
    """
    waves = {
        (wave.community_id, wave.sequence): wave
        for wave in Wave.objects.filter(plan=plan, workshop=None)
    }
    now = timezone.now()
    new = {
        (community.pk, number): Wave(
            plan=plan,
            community=community,
            kind=mapping.waves[number].kind,
            sequence=number,
            closes_at=now,
        )
        for community in {entry.community.pk: entry.community for entry in entries}.values()
        for number in sorted({entry.record.wave for entry in entries})
        if (community.pk, number) not in waves
    }
    Wave.objects.bulk_create(new.values())
    return {place: wave.pk for place, wave in (waves | new).items()}


def _save_cards(entries: Sequence[Entry], plan: WavePlan) -> dict[bytes, int]:
    """Return hash of the person → card. It belongs where the person was first."""
    known = _read_cards(plan)
    homes: dict[bytes, Community] = {}
    for entry in sorted(entries, key=lambda entry: entry.record.wave):
        if _card(entry) not in known:
            homes.setdefault(_card(entry), entry.community)
    today = timezone.localdate()
    copy_rows(
        CodeCard,
        (
            {
                "plan_id": plan.pk,
                "community_id": community.pk,
                "code_hash": code_hash,
                "pictures": [],
                "source": CardSource.IMPORTED,
                "issued_on": today,
            }
            for code_hash, community in homes.items()
        ),
    )
    return _read_cards(plan)


def _read_cards(plan: WavePlan) -> dict[bytes, int]:
    cards = CodeCard.objects.filter(plan=plan, source=CardSource.IMPORTED)
    return {bytes(code_hash): pk for code_hash, pk in cards.values_list("code_hash", "pk")}


def _card(entry: Entry) -> bytes:
    if entry.identity is None:
        raise ValueError("An entry is written before it is identified.")
    return entry.identity.card


def _end_corrected(entries: Sequence[Entry]) -> None:
    corrected = [entry.stored.uuid for entry in entries if entry.stored is not None]
    Response.objects.filter(pk__in=corrected).update(superseded_at=timezone.now())


def _uuid(entry: Entry, secret: str) -> UUID:
    """Return an identity that the same person and wave always get, and nobody else can work out."""
    before = entry.stored.uuid if entry.stored else ""
    source = f"import:{entry.record.person}:{entry.record.wave}:{before}"
    digest = hmac.digest(secret.encode(), source.encode(), hashlib.sha256)
    return UUID(bytes=digest[:16], version=4)


def _response(row: _Row, plan: WavePlan) -> dict[str, object]:
    entry = row.entry
    return {
        "uuid": row.uuid,
        "wave_id": row.wave,
        "version_id": plan.version_id,
        "card_id": row.card,
        "answers": entry.answers,
        "content_hash": entry.content_hash,
        "language": "",
        "answer_languages": "{}",
        "channel": Channel.IMPORT,
        "groups": json.dumps(entry.record.groups),
        "consent_scopes": [],
        "consent_text_hash": "",
        "answered_on": entry.record.answered_on,
        "supersedes_id": entry.stored.uuid if entry.stored else None,
    }


def _save_scores(rows: Sequence[_Row], codec: Codec) -> None:
    if not rows:
        return
    scores = score_rows(codec.document, codec, [row.entry.answers for row in rows])
    copy_rows(
        ScaleScore,
        (
            {"response_id": row.uuid, "scoring": SCORING_VERSION, "values": values}
            for row, values in zip(rows, scores, strict=True)
        ),
    )


def _mark(rows: Sequence[_Row]) -> None:
    """Mark every wave in which these people have answers, also before and elsewhere.

    A wave may have lost an answer to a correction; and somebody who moved is compared where the
    first answer was given.
    """
    cards = {row.card for row in rows}
    touched = set(Response.objects.filter(card__in=cards).values_list("wave_id", flat=True))
    DirtyMark.objects.bulk_create(DirtyMark(wave_id=wave) for wave in sorted(touched))
