"""Checked records beside what the database already holds of the same people and waves."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from django.utils.translation import gettext as _

from communities.models import Community
from surveys.encoding import Codec
from surveys.importing.places import find_communities
from surveys.importing.published import joined_ticks
from surveys.importing.rows import Record, Refusal
from surveys.models import CardSource, CodeCard, Response, WavePlan
from surveys.services.cards import code_hash


class Identity(NamedTuple):
    """Who answered when: the keyed hash of the person, and the number of the wave."""

    card: bytes
    wave: int


class Stored(NamedTuple):
    """What the database holds under an identity."""

    uuid: UUID
    content_hash: bytes
    community_id: int


@dataclass(slots=True)
class Entry:
    """A record with the bytes of its answers and, once a plan has a key, what stands there."""

    record: Record
    community: Community
    answers: bytes
    content_hash: bytes
    identity: Identity | None = None
    stored: Stored | None = None

    @property
    def is_same(self) -> bool:
        return self.stored is not None and (
            (self.stored.content_hash, self.stored.community_id)
            == (self.content_hash, self.community.pk)
        )


def make_entries(records: Sequence[Record], codec: Codec) -> list[Entry]:
    communities = find_communities(record.community for record in records)
    entries = []
    for record in records:
        answers = codec.encode(joined_ticks(codec.document, record.answers))
        entries.append(
            Entry(record, communities[record.community], answers, _content_hash(record, answers))
        )
    return entries


def _content_hash(record: Record, answers: bytes) -> bytes:
    """Return what has to be equal for two imports of a person and wave to be the same."""
    content = {
        "answers": answers.hex(),
        "groups": record.groups,
        "answered_on": record.answered_on.isoformat() if record.answered_on else None,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).digest()


def identify(entries: Iterable[Entry], secret: str) -> None:
    """Give each entry the keyed hash that stands for its person."""
    hashes: dict[str, bytes] = {}
    for entry in entries:
        person = entry.record.person
        if person not in hashes:
            hashes[person] = code_hash(secret, f"import:{person}")
        entry.identity = Identity(hashes[person], entry.record.wave)


def compare(entries: Sequence[Entry], plan: WavePlan, *, supersede: bool) -> list[Refusal]:
    """Set beside each identified entry what is stored, and return why some can't be taken in."""
    stored = _read_stored(plan)
    withdrawn = _read_withdrawn(plan)
    refusals = []
    for entry in entries:
        if entry.identity is None:
            continue
        entry.stored = stored.get(entry.identity)
        reason = ""
        if entry.identity.card in withdrawn:
            reason = _("This person has withdrawn. Delete the row.")
        elif entry.stored is not None and not entry.is_same and not supersede:
            reason = _("Already imported with other answers; add --supersede to correct them.")
        if reason:
            refusals.append(Refusal(entry.record.row, "", reason))
    return refusals


def _read_stored(plan: WavePlan) -> Mapping[Identity, Stored]:
    rows = Response.objects.filter(
        wave__plan=plan, superseded_at=None, card__source=CardSource.IMPORTED
    ).values_list("card__code_hash", "wave__sequence", "uuid", "content_hash", "wave__community_id")
    return {
        Identity(bytes(card), wave): Stored(uuid, bytes(content_hash), community)
        for card, wave, uuid, content_hash, community in rows.iterator(chunk_size=10_000)
    }


def _read_withdrawn(plan: WavePlan) -> set[bytes]:
    cards = CodeCard.objects.filter(plan=plan, withdrawn_on__isnull=False)
    return {bytes(code) for code in cards.values_list("code_hash", flat=True)}
