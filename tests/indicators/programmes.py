"""Random programmes, person by person: who they are is known, so that leaks can be judged.

A programme is one community with two pairs of waves of the same people, a correction of the first
in which some more or fewer are counted, breakdowns, scales that some leave out, and a register.
Everything is published as the project does it: contents, estimates, gate, ledger.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from indicators.catalogue.loading import pins_of, shipped_definitions
from indicators.estimates import estimate
from indicators.gate import Cell, Earlier, Ledger, Policy, Publication, publish
from surveys.document import Document, parse
from surveys.scoring import scale_rules
from tests.indicators.conftest import small_document

WAVES = (1, 2, 3)
GROUPS = ("1", "2")
SCALES = ("belonging", "help", "problems")


def programme_document() -> Document:
    """Return the small questionnaire with three scales of its items, one about health."""
    data: dict[str, Any] = small_document("programme")
    (scale,) = data["scales"]
    data["scales"] = [
        scale,
        scale | {"key": "help", "domain": "relationships"},
        scale | {"key": "problems", "role": "problems", "domain": ""},
    ]
    return parse(data)


@dataclass(slots=True)
class Person:
    group: str
    #: Wave → scale → score in units; a scale may be missing.
    answers: dict[int, dict[str, int]] = field(default_factory=dict)


@dataclass(slots=True)
class Programme:
    people: list[Person]
    register: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Published:
    """One release: its cells, and who truly stands behind them."""

    name: str
    waves: tuple[int, int]
    publication: Publication
    people: tuple[Person, ...]
    content: dict[str, Any]
    corrects: str = ""

    @property
    def cells(self) -> dict[tuple[str, str, str, str], Cell]:
        return {cell.key: cell for cell in self.publication.cells}


def make_programme(random: Random) -> Programme:
    size = random.choice((8, 12, 16, 22, 28, 35, 45, 60, 80, 120))
    stays = random.choice((0.5, 0.8, 0.95, 1.0))
    skips = random.choice((0.0, 0.0, 0.02, 0.1, 0.3))
    second = random.choice((0.1, 0.3, 0.5))
    people = [_make_person(random, stays, skips, second) for _ in range(size)]
    return Programme(people, _make_register(random, size))


def _make_person(random: Random, stays: float, skips: float, second: float) -> Person:
    group = "2" if random.random() < second else "1"
    person = Person(group if random.random() > skips / 4 else "")
    for wave in WAVES:
        here = random.random() < (0.95 if wave == 1 else stays)
        if here:
            person.answers[wave] = {
                scale: random.randint(0, 100) for scale in SCALES if random.random() > skips
            }
    return person


def _make_register(random: Random, size: int) -> dict[str, Any]:
    doses = random.choice(((1, 1, 2, 3, 8), (0, 0, 1, 1, 9), (3, 3, 3, 3, 3), (1, 0, 0, 0, 1)))
    names = ("0", "1-25", "26-50", "51-74", "75-100")
    enrolled = size + random.randint(0, 15)
    drawn = Counter(random.choices(names, doses, k=enrolled))
    attended = enrolled - drawn["0"]
    languages = Counter(random.choices(("ar", "de", "uk", ""), (4, 2, 1, 0.2), k=attended))
    bands = Counter(random.choices(("adult", "youth"), (5, 1), k=attended))
    return {
        "invited": enrolled + random.choice((0, 3, 12, 20)),
        "enrolled": enrolled,
        "attended": attended,
        "completed": drawn["75-100"],
        "sessions_offered": 8 * enrolled,
        "sessions_attended": 5 * attended,
        "dose": {name: drawn[name] for name in names},
        "came": {
            "age_band": dict(sorted(bands.items())),
            "language": {key: languages[key] for key in sorted(languages) if key},
        },
        "cancelled": {"workshops": 0, "sessions": 1},
    }


def content_of_people(
    people: Iterable[Person], waves: tuple[int, int], register: dict[str, Any]
) -> dict[str, Any]:
    """Return what a snapshot would hold of these people, as the folding counts it."""
    first, last = waves
    people = list(people)
    before = [person for person in people if first in person.answers]
    linked = [person for person in before if last in person.answers]
    after = [person for person in people if last in person.answers]
    content = {
        "format": 2,
        "cycle": f"{first}-{last}",
        "waves": list(waves),
        "smallest_change": "4",
        "flow": {
            "cards": len(people),
            "before": len(before),
            "after": len(after),
            "linked": len(linked),
        },
        "delivery": {"workshops_planned": 3, "sessions_planned": 24, "sessions_held": 23},
        "register": register,
        "population": 4000,
        "languages": ["ar", "de"],
        "quality": {
            "complete": {"before": sum(len(one.answers[first]) == len(SCALES) for one in before)},
            "channels": {"before": {"own_phone": len(before) * 2 // 3, "paper": len(before) // 3}},
        },
        **pins_of(list(shipped_definitions())),
    }
    rows = []
    for scale in SCALES:
        rows.append(_row(scale, "", "", before, waves) | _facts(scale, linked, waves))
        for group in GROUPS:
            members = [person for person in before if person.group == group]
            if members:
                rows.append(_row(scale, "gender", group, members, waves))
    return content | {"scales": rows}


def scored(people: Iterable[Person], scale: str, waves: tuple[int, int]) -> list[Person]:
    """Return who has a score of a scale at both waves."""
    return [
        person for person in people if all(scale in person.answers.get(wave, ()) for wave in waves)
    ]


def _row(
    scale: str, dimension: str, category: str, before: list[Person], waves: tuple[int, int]
) -> dict[str, Any]:
    unit = scale_rules(programme_document())[scale].unit
    pairs = scored(before, scale, waves)
    first = [person.answers[waves[0]][scale] * unit for person in pairs]
    last = [person.answers[waves[1]][scale] * unit for person in pairs]
    kept = {id(person) for person in pairs}
    lost = [
        person.answers[waves[0]][scale] * unit
        for person in before
        if id(person) not in kept and scale in person.answers[waves[0]]
    ]
    return {
        "scale": scale,
        "dimension": dimension,
        "category": category,
        "n": len(pairs),
        "n_lost": len(lost),
        "sum_before": str(sum(first)),
        "sum_after": str(sum(last)),
        "sum_before_squared": str(sum(x * x for x in first)),
        "sum_after_squared": str(sum(x * x for x in last)),
        "sum_products": str(sum(x * y for x, y in zip(first, last, strict=True))),
        "sum_lost": str(sum(lost)),
        "sum_lost_squared": str(sum(x * x for x in lost)),
    }


def _facts(scale: str, linked: list[Person], waves: tuple[int, int]) -> dict[str, Any]:
    pairs = scored(linked, scale, waves)
    rises = [person.answers[waves[1]][scale] - person.answers[waves[0]][scale] for person in pairs]
    low = [sum(person.answers[wave][scale] < 25 for person in pairs) for wave in waves]
    return {
        "reliable": {
            "norm": 1,
            "up": sum(rise > 30 for rise in rises),
            "none": sum(-30 <= rise <= 30 for rise in rises),
            "down": sum(rise < -30 for rise in rises),
        },
        "low": {"norm": 1, "before": low[0], "after": low[1]},
    }


def publish_programme(
    random: Random, document: Document, policy: Policy | None = None
) -> list[Published]:
    """Publish before–after, its correction, and before–later of one random programme."""
    policy = policy or Policy()
    programme = make_programme(random)
    late = [_make_person(random, 1.0, 0.02, 0.3) for _ in range(random.choice((0, 1, 3, 9, 14)))]
    gone = random.choice((0, 0, 1, 12))
    register = programme.register
    corrected = random.choice((register, _make_register(random, len(programme.people))))
    everybody = [*programme.people, *late]
    steps: list[tuple[tuple[int, int], list[Person], dict[str, Any]]] = [
        ((1, 2), programme.people, register),
        ((1, 2), everybody[gone:], corrected),
        ((1, 3), everybody[gone:], corrected),
    ]
    releases: list[Published] = []
    for number, (waves, people, counts) in enumerate(steps, 1):
        content = content_of_people(people, waves, counts)
        same = [one.name for one in releases if one.waves == waves]
        ledger = Ledger(tuple(_earlier(one, waves, document, policy) for one in releases))
        publication = publish(estimate(content, document), policy, ledger)
        releases.append(
            Published(
                f"r{number}",
                waves,
                publication,
                tuple(people),
                content,
                same[-1] if same else "",
            )
        )
    return releases


def _earlier(one: Published, waves: tuple[int, int], document: Document, policy: Policy) -> Earlier:
    places: Callable[[int], str] = dict(zip(one.waves, ("before", "after"), strict=True)).get  # type: ignore[assignment]  # waves that are in both
    levels = zip(("before", "after"), waves, strict=True)
    return Earlier(
        name=one.name,
        estimate=estimate(one.content, document),
        cells=one.cells,
        policy=policy,
        levels={ours: theirs for ours, wave in levels if (theirs := places(wave))},
        is_corrected=one.waves == waves,
        repeated=frozenset(tuple(name) for name in one.publication.certificate["kept"]),
    )
