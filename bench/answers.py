"""Invented answers in bulk: communities, workshops, cards and two waves, from a seed.

Rows go in by binary COPY, made by numpy, so that a million pairs take seconds.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from django.db import connection
from numpy.typing import NDArray

from communities.models import Community
from indicators.models import Cycle
from surveys.models import InstrumentVersion, Wave, WaveKind, WavePlan
from surveys.services import create_plan, publish_version
from workshops.models import Programme, Workshop

SEED = 20261125
DOMAINS = ("relationships", "belonging", "education", "employment")
ITEMS_PER_DOMAIN = 5
ITEMS = len(DOMAINS) * ITEMS_PER_DOMAIN
WORKSHOPS = 4
AFTER_SHARE = 1.0  # everybody answers twice: the benchmarks count pairs
MISSING_SHARE = 0.02
NOT_ANSWERED = 254  # the code of the encoding
AT_ONCE = 100_000

_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_TRAILER = b"\xff\xff"
_VARCHAR = 1043


def document() -> dict[str, object]:
    """Return a questionnaire of 20 items of 0-4 in four domains; every fifth is reversed."""
    items = [f"{domain}_{number}" for domain in DOMAINS for number in range(ITEMS_PER_DOMAIN)]
    return {
        "format": 1,
        "code": "bench",
        "version": "1",
        "age_band": "adult",
        "source_language": "en",
        "languages": ["en"],
        "title": {"en": "Bench"},
        "description": {"en": "Twenty questions"},
        "licence": "CC0",
        "citation": "none",
        "notes": "invented",
        "groups": [],
        "choice_sets": {
            "amount": [{"value": value, "text": {"en": f"amount {value}"}} for value in range(5)]
        },
        "sections": [{"key": "all", "title": {"en": "All"}, "items": items}],
        "items": [
            {"key": key, "kind": "choice", "choices": "amount", "text": {"en": key}}
            for key in items
        ],
        "scales": [
            {
                "key": domain,
                "domain": domain,
                "role": "resource",
                "title": {"en": domain},
                "items": [
                    {"key": key, "reversed": key.endswith("4")}
                    for key in items
                    if key.startswith(domain)
                ],
                "method": "percent_of_maximum",
                "minimum_answered": 3,
                "direction": "higher_is_more",
            }
            for domain in DOMAINS
        ],
    }


@dataclass(frozen=True, slots=True)
class Invented:
    """What was put into the database."""

    plan: WavePlan
    communities: int
    pairs: int


def invent(*, pairs: int, communities: int, seed: int = SEED) -> Invented:
    """Fill an empty database with so many people who answered before and after."""
    plan = create_plan(code="bench", name="Bench", version=publish_version(document()))
    waves = _waves(plan, communities)
    generator = np.random.default_rng(seed)
    with connection.cursor() as cursor:
        # The keys are right by construction; checking each would take longer than the rows.
        cursor.execute("SET session_replication_role = replica")
    for first in range(0, pairs, AT_ONCE):
        people = np.arange(first, min(first + AT_ONCE, pairs))
        _invent_people(generator, plan, waves, people)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('surveys_codecard', 'id'), %s)", [pairs + 1]
        )
        cursor.execute("ANALYZE")
    return Invented(plan, communities, pairs)


def _waves(plan: WavePlan, communities: int) -> NDArray[np.int64]:
    """Make the places and their waves; return community, workshop, wave, wave: a row a workshop."""
    places = Community.objects.bulk_create(
        [Community(code=f"c{number}", name=f"C {number}") for number in range(communities)]
    )
    programme = Programme.objects.create(code="bench", name="Bench")
    workshops = Workshop.objects.bulk_create(
        [
            Workshop(programme=programme, community=place, code=f"{place.code}-{number}")
            for place in places
            for number in range(WORKSHOPS)
        ]
    )
    waves = Wave.objects.bulk_create(
        [
            Wave(plan=plan, community=workshop.community, workshop=workshop, kind=kind, sequence=at)
            for workshop in workshops
            for at, kind in enumerate((WaveKind.BEFORE, WaveKind.AFTER), 1)
        ]
    )
    Cycle.objects.bulk_create(
        [Cycle(code="bench-1-2", plan=plan, community=place) for place in places]
    )
    return np.array(
        [
            (workshop.community_id, workshop.pk, before.pk, after.pk)
            for workshop, before, after in zip(workshops, waves[::2], waves[1::2], strict=True)
        ]
    )


def _invent_people(
    generator: np.random.Generator,
    plan: WavePlan,
    waves: NDArray[np.int64],
    people: NDArray[np.int64],
) -> None:
    where = waves[people % len(waves)]
    cards = people + 1
    _copy(
        "surveys_codecard",
        {
            "id": _integers(cards),
            "plan_id": _integers(np.full(len(people), plan.pk)),
            "community_id": _integers(where[:, 0]),
            "workshop_id": _integers(where[:, 1]),
            "code_hash": _noise(generator, len(people)),
            "pictures": _constant(np.array([0, 0, 21], dtype=">i4").tobytes(), len(people)),
            "source": _constant(b"issued", len(people)),
            "issued_on": _constant(bytes(4), len(people)),
        },
    )
    level = generator.normal(0, 1, (len(people), 1))
    for wave, rise in ((2, 0.0), (3, 0.2)):
        noise = generator.normal(0, 1, (len(people), ITEMS))
        answers = np.clip(np.round(2 + 0.8 * (level + rise) + noise), 0, 4).astype(np.uint8)
        answers[generator.random(answers.shape) < MISSING_SHARE] = NOT_ANSWERED
        _copy(
            "surveys_response", _responses(generator, plan.version, where[:, wave], cards, answers)
        )


def _responses(
    generator: np.random.Generator,
    version: InstrumentVersion,
    waves: NDArray[np.int64],
    cards: NDArray[np.int64],
    answers: NDArray[np.uint8],
) -> dict[str, NDArray[np.uint8]]:
    size = len(cards)
    languages = np.array([list(b"de"), list(b"uk"), list(b"ar")], dtype=np.uint8)
    return {
        "uuid": _noise(generator, size, 16),
        "wave_id": _integers(waves),
        "version_id": _integers(np.full(size, version.pk)),
        "card_id": _integers(cards),
        "answers": answers,
        "content_hash": _noise(generator, size),
        "language": languages[generator.integers(0, 3, size)],
        "answer_languages": _constant(b"\x01{}", size),
        "channel": _constant(b"own_phone", size),
        "groups": _constant(b"\x01{}", size),
        "consent_scopes": _constant(np.array([0, 0, _VARCHAR], dtype=">i4").tobytes(), size),
        "consent_text_hash": _constant(b"", size),
        "answered_on": _constant(np.array([9800], dtype=">i4").tobytes(), size),
    }


def _integers(values: NDArray[np.int64]) -> NDArray[np.uint8]:
    return values.astype(">i8").view(np.uint8).reshape(-1, 8)


def _constant(value: bytes, size: int) -> NDArray[np.uint8]:
    return np.broadcast_to(np.frombuffer(value, dtype=np.uint8), (size, len(value)))


def _noise(generator: np.random.Generator, size: int, width: int = 32) -> NDArray[np.uint8]:
    return generator.integers(0, 256, (size, width), dtype=np.uint8)


def _copy(table: str, columns: Mapping[str, NDArray[np.uint8]]) -> None:
    """Write rows whose columns all have one width, in PostgreSQL's binary form."""
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.write(_HEADER)
        copy.write(np.concatenate(list(_fields(columns)), axis=1).tobytes())
        copy.write(_TRAILER)


def _fields(columns: Mapping[str, NDArray[np.uint8]]) -> Iterator[NDArray[np.uint8]]:
    size = len(next(iter(columns.values())))
    yield _constant(len(columns).to_bytes(2, "big"), size)
    for column in columns.values():
        yield _constant(column.shape[1].to_bytes(4, "big"), size)
        yield column
