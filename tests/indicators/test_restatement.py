"""Why a corrected figure differs: steps that add up, and nobody who can be told from them."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone

from communities.models import Community
from indicators.catalogue.computing import World
from indicators.catalogue.definition import read_definition
from indicators.catalogue.loading import publish_definition, shipped_definitions
from indicators.estimates import estimate
from indicators.figures import Figure
from indicators.gate import Policy
from indicators.models import Cycle, Snapshot
from indicators.restatement import restated_figures, scale_steps
from indicators.services import close_cycle, release, take_snapshot
from surveys.encoding import Answer
from surveys.models import CodeCard, DirtyMark, Response, Wave, WavePlan
from surveys.scoring import scale_rules
from surveys.services import codec_of, document_of
from tests.indicators.conftest import ITEMS

TODAY = timezone.localdate()
EARLY = TODAY - timedelta(days=20)
LATER = TODAY + timedelta(days=20)
NOTHING = (0, 0, 4)  # of three items, the last one turned round: 0 of 100
HALF = (2, 2, 2)
ALL = (4, 4, 0)


@pytest.fixture(autouse=True)
def ended(waves: list[Wave]) -> None:
    Wave.objects.update(closes_at=timezone.now() - timedelta(days=1))


def respond(
    card: CodeCard, wave: Wave, values: tuple[int, ...], on: date | None, **fields: Any
) -> Response:
    codec = codec_of(wave.plan.version)
    answers: dict[str, Answer] = dict(zip(ITEMS, values, strict=True))
    DirtyMark.objects.create(wave=wave)
    return Response.objects.create(
        wave=wave,
        version=wave.plan.version,
        card=card,
        answers=codec.encode(answers | {"gender": 1}),
        content_hash=uuid4().bytes,
        channel="paper",
        answered_on=on,
        **fields,
    )


@pytest.fixture
def pair(plan: WavePlan, community: Community, waves: list[Wave]) -> Any:  # noqa: ANN401 - a function
    def answer(before: tuple[int, ...], after: tuple[int, ...], on: date | None) -> CodeCard:
        card = CodeCard.objects.create(
            plan=plan, community=community, code_hash=uuid4().bytes, pictures=[1, 2, 3]
        )
        respond(card, waves[0], before, EARLY)
        respond(card, waves[1], after, on)
        return card

    return answer


def correct(response: Response, values: tuple[int, ...]) -> None:
    response.superseded_at = timezone.now()
    response.save(update_fields=["superseded_at"])
    card = response.card
    assert card is not None
    respond(card, response.wave, values, TODAY, supersedes=response)


def steps_of(snapshot: Snapshot) -> dict[str, Fraction] | None:
    document = document_of(snapshot.cycle.plan.version)
    content = snapshot.content
    (row,) = content["restated"]["scales"]
    (current,) = (one for one in content["scales"] if not one["dimension"])
    rule = scale_rules(document)["belonging"]
    return scale_steps(row, current, document.scale("belonging"), rule, content)


def figures_of(snapshot: Snapshot) -> list[Figure]:
    document = document_of(snapshot.cycle.plan.version)
    rules = scale_rules(document)
    return list(restated_figures(snapshot.content, document, rules, World(10)))


def test_first_snapshot_has_nothing_to_restate(cycle: Cycle, pair: Any) -> None:  # noqa: ANN401
    pair(NOTHING, HALF, EARLY)

    assert figures_of(take_snapshot(close_cycle(cycle))) == []


def test_steps_tell_late_corrected_and_new_answers_apart(
    cycle: Cycle,
    pair: Any,  # noqa: ANN401
) -> None:
    for _ in range(10):
        pair(NOTHING, HALF, EARLY)
    wrong = pair(NOTHING, NOTHING, EARLY)
    take_snapshot(close_cycle(cycle))
    correct(Response.objects.get(card=wrong, wave__sequence=2), ALL)
    pair(NOTHING, ALL, EARLY)  # came with the post
    pair(HALF, ALL, None)  # nobody knows when
    for _ in range(13):
        pair(HALF, NOTHING, LATER)

    snapshot = take_snapshot(cycle, correction="Paper forms were found.")

    # 10 × 50 + 0 of 11; then 100 for the corrected one, 100 and 50 for the late ones, of 13.
    previous, same, current = Fraction(500, 11), Fraction(750, 13), Fraction(750 - 650, 26)
    assert steps_of(snapshot) == {
        "previous": previous,
        "corrected": same - previous,
        "boundaries": 0,
        "definition": 0,
        "new_people": current - same,
        "current": current,
    }


def test_steps_add_up_exactly(cycle: Cycle, pair: Any) -> None:  # noqa: ANN401
    for number in range(7):
        pair((number % 5, 1, 2), (2, number % 3, 1), EARLY)
    take_snapshot(close_cycle(cycle))
    for number in range(6):
        pair((1, number % 4, 2), (number % 5, 2, 3), EARLY if number % 2 else LATER)

    steps = steps_of(take_snapshot(cycle, correction="again"))

    assert steps is not None
    moves = sum(steps[name] for name in ("corrected", "boundaries", "definition", "new_people"))
    assert steps["previous"] + moves == steps["current"]
    assert moves != 0


def test_erased_people_are_part_of_the_correction(cycle: Cycle, pair: Any) -> None:  # noqa: ANN401
    pair(NOTHING, HALF, EARLY)
    gone = pair(NOTHING, ALL, EARLY)
    take_snapshot(close_cycle(cycle))
    Response.objects.filter(card=gone).delete()
    DirtyMark.objects.create(wave=Wave.objects.earliest("sequence"))

    steps = steps_of(take_snapshot(cycle, correction="Somebody withdrew."))

    assert steps is not None
    assert [int(steps[name]) for name in ("previous", "corrected", "new_people")] == [75, -25, 0]


def test_steps_have_nobody_to_tell_of_where_all_were_erased(
    cycle: Cycle,
    pair: Any,  # noqa: ANN401
) -> None:
    pair(NOTHING, HALF, EARLY)
    take_snapshot(close_cycle(cycle))
    Response.objects.all().delete()
    DirtyMark.objects.create(wave=Wave.objects.earliest("sequence"))

    snapshot = take_snapshot(cycle, correction="All withdrew.")

    assert steps_of(snapshot) is None
    assert figures_of(snapshot) == []


@pytest.mark.parametrize(
    ("corrected", "late", "new", "at_stake"),
    [
        (0, 0, 0, 40),  # nothing differs
        (0, 0, 3, 3),
        (1, 0, 0, 1),
        (31, 0, 35, 31),
        (0, 4, 12, 4),
    ],
)
def test_steps_carry_the_smallest_group_that_they_tell_of(
    corrected: int,
    late: int,
    new: int,
    at_stake: int,
    cycle: Cycle,
    pair: Any,  # noqa: ANN401
) -> None:
    cards = [pair(NOTHING, (number % 5, 2, 2), EARLY) for number in range(40)]
    take_snapshot(close_cycle(cycle))
    for card in cards[:corrected]:
        correct(Response.objects.get(card=card, wave__sequence=2), ALL)
    for on, count in ((EARLY, late), (LATER, new)):
        for _ in range(count):
            pair(HALF, ALL, on)

    snapshot = take_snapshot(cycle, correction="again")

    assert {figure.n for figure in figures_of(snapshot)} == {at_stake}
    shown = release(snapshot).cells.filter(measure="restated", scale="belonging")
    assert shown.count() == 6
    is_enough = at_stake >= Policy().breakdown_threshold
    assert shown.exclude(value=None).count() == (6 if is_enough else 0)


def test_changed_definition_is_a_step_and_leaves_the_old_report_alone(
    cycle: Cycle,
    pair: Any,  # noqa: ANN401
) -> None:
    for number in range(40):
        pair(NOTHING, (number % 5, 2, 2), EARLY)
    document = document_of(cycle.plan.version)
    first = take_snapshot(close_cycle(cycle))
    before = estimate(first.content, document)
    linked = next(one for one in shipped_definitions() if one.code == "Q2")
    changed = dict(linked.data) | {
        "version": 2,
        "reason": "Cards count, too.",
        "figures": [dict(linked.data["figures"][0]) | {"formula": {"share": ["linked", "cards"]}}],
    }
    publish_definition(read_definition(changed))
    for _ in range(10):
        CodeCard.objects.create(
            plan=cycle.plan, community=cycle.community, code_hash=uuid4().bytes, pictures=[1, 2, 3]
        )
    DirtyMark.objects.create(wave=Wave.objects.earliest("sequence"))

    second = take_snapshot(cycle, correction="The definition was changed.")

    first.refresh_from_db()
    assert estimate(first.content, document) == before
    assert first.content["definitions"]["Q2"] == 1
    assert second.content["definitions"]["Q2"] == 2
    told = {
        figure.category: figure.value
        for figure in figures_of(second)
        if figure.dimension == "step:linked_rate"
    }
    assert told == {"previous": 100, "corrected": 0, "definition": -20, "current": 80}
