"""Random answers with everything that happens, and their sums in plain Python."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement
from random import Random
from uuid import UUID

from django.utils import timezone

from communities.models import Community
from indicators.models import Cycle, ScaleSums
from surveys.encoding import Answer, NotAnswered
from surveys.models import CodeCard, DirtyMark, Response, Wave, WaveKind, WavePlan
from surveys.scoring import score_answers
from surveys.services import codec_of, document_of
from workshops.models import Programme, Workshop

KINDS = (WaveKind.BEFORE, WaveKind.AFTER, WaveKind.FOLLOW_UP)
GROUP = "gender"
GAPS = (NotAnswered.NOT_ANSWERED, NotAnswered.DOES_NOT_APPLY, NotAnswered.PREFER_NOT_TO_SAY)


def invent(plan: WavePlan, random: Random, communities: int = 3, people: int = 60) -> None:
    """Fill communities with people who move, stay away, correct themselves or have no card."""
    programme = Programme.objects.create(code="spring", name="Spring")
    waves: dict[tuple[int, int], list[Wave]] = {}
    for number in range(communities):
        place = Community.objects.create(code=f"place-{number}", name=f"Place {number}")
        workshop = Workshop.objects.create(
            programme=programme, community=place, code=f"workshop-{number}"
        )
        for sequence, kind in enumerate(KINDS, 1):
            waves[number, sequence] = [
                Wave.objects.create(
                    plan=plan, community=place, workshop=where, kind=kind, sequence=sequence
                )
                for where in (None, workshop)
            ]
    for _ in range(people):
        home = random.randrange(communities)
        _invent_person(plan, random, home, waves)
    DirtyMark.objects.bulk_create(DirtyMark(wave=wave) for some in waves.values() for wave in some)


def _invent_person(
    plan: WavePlan, random: Random, home: int, waves: dict[tuple[int, int], list[Wave]]
) -> None:
    indoors = random.randrange(2)
    first = waves[home, 1][indoors]
    card = None
    if random.random() < 0.9:
        card = CodeCard.objects.create(
            plan=plan,
            community=first.community,
            workshop=waves[home, 1][random.randrange(2)].workshop,
            code_hash=random.randbytes(32),
            pictures=[1, 2, 3],
        )
    for sequence in (1, 2, 3):
        if random.random() < 0.25:
            continue
        moved = random.random() < 0.1
        place = random.choice([where for where, at in waves if at == sequence]) if moved else home
        wave = waves[place, sequence][indoors]
        for _ in range(random.choice((1, 1, 1, 2)) if card else 1):
            _respond(plan, random, wave, card)


def _respond(plan: WavePlan, random: Random, wave: Wave, card: CodeCard | None) -> None:
    earlier = Response.objects.filter(wave=wave, card=card, superseded_at=None).first()
    if card and earlier:
        Response.objects.filter(pk=earlier.pk).update(superseded_at=timezone.now())
    answers: dict[str, Answer] = {
        item.key: random.choice(GAPS)
        if random.random() < 0.15
        else random.choice([choice.value for choice in item.choices])
        for item in document_of(plan.version).items
        if item.key != GROUP
    }
    group = random.choice(("1", "2", None))
    Response.objects.create(
        uuid=UUID(bytes=random.randbytes(16), version=4),
        wave=wave,
        version=plan.version,
        card=card,
        answers=codec_of(plan.version).encode(answers),
        content_hash=random.randbytes(32),
        language=random.choice(("de", "uk")),
        channel=random.choice(("own_phone", "paper")),
        groups={GROUP: group} if group else {},
        supersedes=earlier if card else None,
    )


# The same sums, one person after the other -------------------------------------------------------

Key = tuple[str, str, str]


@dataclass
class Person:
    workshop: str
    group: str
    before: list[int | None]
    after: list[int | None]
    is_linked: bool
    items: dict[str, Answer]


def expected_rows(cycle: Cycle) -> dict[Key, list[int]]:
    """Return n, the five sums of pairs, and n and two sums of those lost, by row."""
    people = list(people_of(cycle))
    scales = [scale.key for scale in document_of(cycle.plan.version).scales]
    chosen: dict[tuple[str, str], list[Person]] = {("", ""): people}
    for person in people:
        if person.workshop:
            chosen.setdefault(("workshop", person.workshop), []).append(person)
        if person.group and GROUP in cycle.breakdowns:
            chosen.setdefault((GROUP, person.group), []).append(person)
    return {
        (dimension, category, scale): _sums(some, position)
        for (dimension, category), some in chosen.items()
        for position, scale in enumerate(scales)
    }


def people_of(cycle: Cycle) -> Iterator[Person]:
    codec = codec_of(cycle.plan.version)
    current = Response.objects.filter(superseded_at=None, wave__plan=cycle.plan)
    first = current.filter(
        wave__sequence=cycle.from_sequence, wave__community=cycle.community
    ).select_related("wave", "card")
    seen = set()
    for response in first.order_by("wave", "pk"):
        card = response.card
        if card and card.pk in seen:
            continue
        after = None
        if card:
            seen.add(card.pk)
            later = current.filter(card=card, wave__sequence=cycle.to_sequence).order_by("wave")
            after = later.filter(wave__community=cycle.community).first() or later.first()
        workshop = response.wave.workshop_id or (card.workshop_id if card else None)
        before = bytes(response.answers)
        yield Person(
            workshop=str(workshop or ""),
            group=response.groups.get(GROUP, ""),
            before=score_answers(codec.document, codec, before),
            after=score_answers(codec.document, codec, bytes(after.answers)) if after else [None],
            is_linked=after is not None,
            items=codec.decode(before),
        )


def _sums(people: list[Person], scale: int) -> list[int]:
    pairs, lost = [], []
    for person in people:
        before, after = person.before[scale], person.after[scale] if person.is_linked else None
        if before is not None and after is not None:
            pairs.append((before, after))
        elif before is not None:
            lost.append(before)
    return [
        len(pairs),
        sum(before for before, _after in pairs),
        sum(after for _before, after in pairs),
        sum(before**2 for before, _after in pairs),
        sum(after**2 for _before, after in pairs),
        sum(before * after for before, after in pairs),
        len(lost),
        sum(lost),
        sum(score**2 for score in lost),
    ]


def expected_items(cycle: Cycle) -> dict[str, object]:
    """Return the item sums of the only scale: of people who have answered all its items."""
    entries = document_of(cycle.plan.version).scales[0].items
    complete = []
    for person in people_of(cycle):
        given = [person.items[entry.key] for entry in entries]
        if all(type(answer) is int for answer in given):
            complete.append(
                [
                    entry.item.minimum + entry.item.maximum - answer if entry.reversed else answer
                    for entry, answer in zip(entries, given, strict=True)
                    if isinstance(answer, int)
                ]
            )
    columns = list(zip(*complete, strict=True)) or [()] * len(entries)
    return {
        "n": len(complete),
        "sums": [sum(column) for column in columns],
        "products": [
            sum(one * other for one, other in zip(first, second, strict=True))
            for first, second in combinations_with_replacement(columns, 2)
        ],
    }


def stored_rows(cycle: Cycle) -> dict[Key, list[int]]:
    names = (
        *("n", "sum_before", "sum_after", "sum_before_squared", "sum_after_squared"),
        *("sum_products", "n_lost", "sum_lost", "sum_lost_squared"),
    )
    found = ScaleSums.objects.filter(cycle=cycle)
    return {
        (row.dimension, row.category, row.scale): [int(getattr(row, name)) for name in names]
        for row in found
    }
