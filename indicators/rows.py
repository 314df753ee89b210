"""Reading the raw answers of many communities at once, in bounded memory.

The server packs the answers of each wave into one value. That is one pass over the table, and
several times faster than a row per answer; numpy then reads the bytes as they are.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import uuid4

import numpy as np
from django.conf import settings
from django.db import connection
from numpy.typing import NDArray
from psycopg import ServerCursor
from psycopg.pq import Format

from measurement.grouped_sums import group_sizes
from surveys.models import WavePlan
from surveys.services import codec_of

#: How many answers are held at once; more only if one community has more.
AT_ONCE = 200_000
#: How many packed values are fetched at once.
FETCHED = 500

#: What stands before the answers in a pack: the card, and the day as PostgreSQL counts days.
_HEAD = np.dtype([("card", ">i8"), ("day", ">i4")])
_DAY_0 = date(2000, 1, 1)
_NO_DAY = -(2**31)

Indices = NDArray[np.intp]
Bytes = NDArray[np.uint8]

_WAVES = """
    SELECT id, community_id, coalesce(workshop_id, 0), sequence,
        (opens_at AT TIME ZONE %(zone)s)::date, (closes_at AT TIME ZONE %(zone)s)::date
    FROM surveys_wave
    WHERE plan_id = %(plan)s AND community_id = ANY(%(communities)s)
    ORDER BY community_id, id
"""

# A response is packed as its card (0 where there is none), its day and its answers. Language and
# channel are only counted, so they come in a list of their own. The packs are made before they are
# put in order: sorting thousands of them costs less than sorting millions of responses.
_PACKED = """
    SELECT w.place, packs.*
    FROM (
        SELECT r.wave_id, {categories} AS categories,
            string_agg(r.language || E'\\x1f' || r.channel, E'\\x1e'),
            bool_and(length(r.answers) = %(width)s),
            string_agg(
                int8send(coalesce(r.card_id, 0))
                || date_send(coalesce(r.answered_on, '-infinity'))
                || r.answers,
                ''::bytea
            )
        FROM surveys_response r
        WHERE r.wave_id = ANY(%(waves)s::bigint[]) AND r.superseded_at IS NULL
        GROUP BY r.wave_id, categories
    ) AS packs
    JOIN unnest(%(waves)s::bigint[]) WITH ORDINALITY AS w (id, place) ON w.id = packs.wave_id
    ORDER BY w.place
"""

# Of somebody who answered after in several other places, the first one counts.
_ELSEWHERE = """
    SELECT DISTINCT ON (r.card_id) r.card_id, r.answers
    FROM surveys_response r
    JOIN surveys_wave w ON w.id = r.wave_id
    WHERE r.card_id = ANY(%(cards)s) AND r.superseded_at IS NULL
        AND w.plan_id = %(plan)s AND w.sequence = %(sequence)s
    ORDER BY r.card_id, r.wave_id
"""

_WORKSHOPS = """
    SELECT id, workshop_id FROM surveys_codecard
    WHERE id = ANY(%s) AND workshop_id IS NOT NULL
    ORDER BY id
"""

_CARDS = """
    SELECT community_id, count(*) FROM surveys_codecard
    WHERE plan_id = %s AND community_id = ANY(%s)
    GROUP BY community_id
"""


class AnswersError(Exception):
    """Stored answers do not have the form of their questionnaire."""


@dataclass(frozen=True, slots=True)
class _Wave:
    community: int
    workshop: int
    sequence: int
    opens_on: date | None
    closes_on: date | None


@dataclass(slots=True)
class Tally:
    """Counts over the responses of one community in one wave; for judging their quality."""

    in_window: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    channels: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Answers:
    """The current answers of some communities in all waves of a plan, community by community.

    The arrays have one entry, or row, per response; `cards` is 0 where there is none. `categories`
    counts into `categories_known`, which holds one value per dimension.
    """

    plan: WavePlan
    dimensions: tuple[str, ...]
    communities: list[int]
    place: Indices
    sequence: Indices
    workshop: NDArray[np.int64]
    cards: NDArray[np.int64]
    stored: Bytes
    categories: Indices
    categories_known: list[tuple[str, ...]]
    tallies: dict[tuple[int, int], Tally]

    def __len__(self) -> int:
        return len(self.cards)


@dataclass(frozen=True, slots=True)
class _Pack:
    wave: _Wave
    categories: tuple[str, ...]
    #: Language and channel of each response.
    ways: str
    rows: Bytes


def read_answers(
    plan: WavePlan, communities: Collection[int], dimensions: Sequence[str]
) -> Iterator[Answers]:
    """Yield the answers of the communities, each community whole, about `AT_ONCE` at a time.

    Every community is in one of them, also where nobody has answered. One statement reads all, so
    that all are of one moment.

    Raises
    ------
    AnswersError
        If answers do not have the form of the plan's questionnaire.
    """
    remaining = sorted(set(communities))
    held: list[_Pack] = []
    size = 0
    for pack in _packs(plan, remaining, dimensions):
        is_next = held and pack.wave.community != held[-1].wave.community
        if is_next and size >= AT_ONCE:
            done = remaining.index(held[-1].wave.community) + 1
            yield _unpacked(plan, dimensions, remaining[:done], held)
            remaining, held, size = remaining[done:], [], 0
        held.append(pack)
        size += len(pack.rows)
    yield _unpacked(plan, dimensions, remaining, held)


def _packs(
    plan: WavePlan, communities: Sequence[int], dimensions: Sequence[str]
) -> Iterator[_Pack]:
    with connection.cursor() as cursor:
        cursor.execute(
            _WAVES,
            {"zone": settings.TIME_ZONE, "plan": plan.pk, "communities": list(communities)},
        )
        waves = cursor.fetchall()
    width = codec_of(plan.version).width
    # The names of the dimensions go in as parameters; only their number shapes the statement.
    categories = [
        f"coalesce(r.groups->>%(d{number})s::text, '')" for number in range(len(dimensions))
    ]
    statement = _PACKED.format(categories=f"ARRAY[{', '.join(categories)}]::text[]")
    names = {f"d{number}": name for number, name in enumerate(dimensions)}
    with _binary_cursor() as cursor:
        cursor.execute(statement, {"waves": [wave[0] for wave in waves], "width": width, **names})
        while packs := cursor.fetchmany(FETCHED):
            for place, _wave, known, ways, is_whole, packed in packs:
                if not is_whole:
                    raise AnswersError(f"Answers of the plan {plan.code} have another length.")
                rows = np.frombuffer(packed, dtype=np.uint8).reshape(-1, _HEAD.itemsize + width)
                yield _Pack(_Wave(*waves[place - 1][1:]), tuple(known), ways, rows)


@contextmanager
def _binary_cursor() -> Iterator[ServerCursor[Any]]:
    """Open a cursor on the server that sends bytes as they are; Django's write them as text.

    Several may be open at once, within a transaction and without one.
    """
    with connection.cursor() as cursor:
        # Everything will be fetched: a plan that is quick with the first rows would be slow here.
        cursor.execute("SET cursor_tuple_fraction TO 1")
    name = f"packs_{uuid4().hex}"
    with (
        connection.wrap_database_errors,
        ServerCursor(connection.connection, name, withhold=connection.get_autocommit()) as cursor,
    ):
        cursor.format = Format.BINARY
        yield cursor


def _unpacked(
    plan: WavePlan, dimensions: Sequence[str], communities: list[int], packs: list[_Pack]
) -> Answers:
    places = {community: place for place, community in enumerate(communities)}
    sizes = [len(pack.rows) for pack in packs]
    width = _HEAD.itemsize + codec_of(plan.version).width
    rows = np.concatenate([pack.rows for pack in packs] or [np.zeros((0, width), dtype=np.uint8)])
    heads = np.ascontiguousarray(rows[:, : _HEAD.itemsize]).view(_HEAD).ravel()
    known = sorted({pack.categories for pack in packs})
    numbers = {categories: number for number, categories in enumerate(known)}
    return Answers(
        plan=plan,
        dimensions=tuple(dimensions),
        communities=communities,
        place=_spread([places[pack.wave.community] for pack in packs], sizes),
        sequence=_spread([pack.wave.sequence for pack in packs], sizes),
        workshop=_spread([pack.wave.workshop for pack in packs], sizes).astype(np.int64),
        cards=heads["card"].astype(np.int64),
        stored=rows[:, _HEAD.itemsize :],
        categories=_spread([numbers[pack.categories] for pack in packs], sizes),
        categories_known=known,
        tallies=_tallies(packs, _in_window(packs, sizes, heads["day"].astype(np.intp))),
    )


def _spread(values: Sequence[int], sizes: list[int]) -> Indices:
    """Repeat each value for the responses of its pack."""
    return np.repeat(np.array(values, dtype=np.intp), sizes)


def _in_window(packs: Sequence[_Pack], sizes: list[int], days: Indices) -> list[int]:
    """Count for each pack the responses of a day on which the wave was open."""
    opens = [_day(pack.wave.opens_on, _NO_DAY + 1) for pack in packs]
    closes = [_day(pack.wave.closes_on, -_NO_DAY) for pack in packs]
    in_time = (days >= _spread(opens, sizes)) & (days <= _spread(closes, sizes))
    return group_sizes(_spread(range(len(packs)), sizes)[in_time], len(packs))


def _day(moment: date | None, otherwise: int) -> int:
    return otherwise if moment is None else (moment - _DAY_0).days


def _tallies(packs: Sequence[_Pack], in_window: Sequence[int]) -> dict[tuple[int, int], Tally]:
    tallies: dict[tuple[int, int], Tally] = {}
    ways: dict[tuple[int, int], list[str]] = {}
    for pack, in_time in zip(packs, in_window, strict=True):
        wave = pack.wave.community, pack.wave.sequence
        tallies.setdefault(wave, Tally()).in_window += in_time
        ways.setdefault(wave, []).append(pack.ways)
    for wave, texts in ways.items():
        for way, count in Counter("\x1e".join(texts).split("\x1e")).items():
            language, _separator, channel = way.partition("\x1f")
            tallies[wave].languages[language] += count
            tallies[wave].channels[channel] += count
    return tallies


def answers_elsewhere(
    plan: WavePlan, sequence: int, cards: NDArray[np.int64]
) -> tuple[NDArray[np.int64], Bytes]:
    """Return what the holders of these cards answered in a wave, wherever: cards and answers."""
    width = codec_of(plan.version).width
    found: list[tuple[int, bytes]] = []
    if len(cards):
        with connection.cursor() as cursor:
            asked = {"cards": cards.tolist(), "plan": plan.pk, "sequence": sequence}
            cursor.execute(_ELSEWHERE, asked)
            found = cursor.fetchall()
    stored = np.frombuffer(b"".join(answers for _card, answers in found), dtype=np.uint8)
    holders = np.array([card for card, _answers in found], dtype=np.int64)
    return holders, stored.reshape(len(found), width)


def workshops_of(cards: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the cards that were given out in a workshop, in ascending order, and the workshops."""
    found: list[tuple[int, int]] = []
    if len(cards):
        with connection.cursor() as cursor:
            cursor.execute(_WORKSHOPS, [cards.tolist()])
            found = cursor.fetchall()
    table = np.array(found, dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def cards_given(plan: WavePlan, communities: Sequence[int]) -> dict[int, int]:
    """Return how many cards each community was given."""
    with connection.cursor() as cursor:
        cursor.execute(_CARDS, [plan.pk, list(communities)])
        return dict(cursor.fetchall())
