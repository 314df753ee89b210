"""Reading the raw answers of many communities at once, in bounded memory.

The server packs the answers of each wave into one value. That is one pass over the table, and
several times faster than a row per answer; numpy then reads the bytes as they are.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from django.conf import settings
from django.db import connection
from numpy.typing import NDArray

from surveys.models import WavePlan
from surveys.services import codec_of

#: How many answers are held at once; more only if one community has more.
AT_ONCE = 200_000
#: How many packed values are fetched at once.
FETCHED = 500
CARD_BYTES = 8

Indices = NDArray[np.intp]
Bytes = NDArray[np.uint8]

_WAVES = """
    SELECT id, community_id, coalesce(workshop_id, 0), sequence,
        (opens_at AT TIME ZONE %(zone)s)::date, (closes_at AT TIME ZONE %(zone)s)::date
    FROM surveys_wave
    WHERE plan_id = %(plan)s AND community_id = ANY(%(communities)s)
    ORDER BY community_id, id
"""

# A response is packed as its card (0 where there is none) and its answers. Language and channel
# are only counted, so they come in a list of their own.
_PACKED = """
    SELECT w.place, {categories} AS categories,
        count(*) FILTER (
            WHERE r.answered_on BETWEEN coalesce(w.opens_on, '-infinity')
                AND coalesce(w.closes_on, 'infinity')
        ),
        string_agg(r.language, E'\\x1f'),
        string_agg(r.channel, E'\\x1f'),
        bool_and(length(r.answers) = %(width)s),
        string_agg(int8send(coalesce(r.card_id, 0)) || r.answers, ''::bytea)
    FROM surveys_response r
    JOIN unnest(%(waves)s::bigint[], %(opens)s::date[], %(closes)s::date[])
        WITH ORDINALITY AS w (id, opens_on, closes_on, place) ON w.id = r.wave_id
    WHERE r.superseded_at IS NULL
    GROUP BY w.place, categories
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
class Wave:
    community: int
    workshop: int
    sequence: int


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
    wave: Wave
    categories: tuple[str, ...]
    in_window: int
    languages: str
    channels: str
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
    categories = [f"coalesce(r.groups->>%(d{number})s, '')" for number in range(len(dimensions))]
    statement = _PACKED.format(categories=f"ARRAY[{', '.join(categories)}]::text[]")
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            statement,
            {
                "waves": [wave[0] for wave in waves],
                "opens": [wave[4] for wave in waves],
                "closes": [wave[5] for wave in waves],
                "width": width,
                **{f"d{number}": name for number, name in enumerate(dimensions)},
            },
        )
        while rows := cursor.fetchmany(FETCHED):
            for place, known, in_window, languages, channels, is_whole, packed in rows:
                if not is_whole:
                    raise AnswersError(f"Answers of the plan {plan.code} have another length.")
                table = np.frombuffer(packed, dtype=np.uint8).reshape(-1, CARD_BYTES + width)
                wave = Wave(*waves[place - 1][1:4])
                yield _Pack(wave, tuple(known), in_window, languages, channels, table)


def _unpacked(
    plan: WavePlan, dimensions: Sequence[str], communities: list[int], packs: list[_Pack]
) -> Answers:
    places = {community: place for place, community in enumerate(communities)}
    sizes = [len(pack.rows) for pack in packs]
    width = CARD_BYTES + codec_of(plan.version).width
    rows = np.concatenate([pack.rows for pack in packs] or [np.zeros((0, width), dtype=np.uint8)])
    known = sorted({pack.categories for pack in packs})
    numbers = {categories: number for number, categories in enumerate(known)}
    return Answers(
        plan=plan,
        dimensions=tuple(dimensions),
        communities=communities,
        place=_spread([places[pack.wave.community] for pack in packs], sizes),
        sequence=_spread([pack.wave.sequence for pack in packs], sizes),
        workshop=_spread([pack.wave.workshop for pack in packs], sizes).astype(np.int64),
        cards=rows[:, :CARD_BYTES].copy().view(">i8").ravel().astype(np.int64),
        stored=rows[:, CARD_BYTES:],
        categories=_spread([numbers[pack.categories] for pack in packs], sizes),
        categories_known=known,
        tallies=_tallies(packs),
    )


def _spread(values: list[int], sizes: list[int]) -> Indices:
    """Repeat each value for the responses of its pack."""
    return np.repeat(np.array(values, dtype=np.intp), sizes)


def _tallies(packs: list[_Pack]) -> dict[tuple[int, int], Tally]:
    tallies: dict[tuple[int, int], Tally] = {}
    for pack in packs:
        tally = tallies.setdefault((pack.wave.community, pack.wave.sequence), Tally())
        tally.in_window += pack.in_window
        tally.languages.update(pack.languages.split("\x1f"))
        tally.channels.update(pack.channels.split("\x1f"))
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
