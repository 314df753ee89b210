"""What is frozen, what is counted by it, and which cycle is counted by which."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from io import StringIO
from random import Random
from uuid import uuid4

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, ProgrammingError, transaction
from django.utils import timezone

from communities.models import Community, Participant
from indicators.freezing import FreezingError, freeze_references, read_line
from indicators.marks import fold_all_marks
from indicators.models import Cycle, CycleFlow, ReferenceLine, ScaleNorm, ScaleSums
from indicators.norms import references_of
from measurement.individual import ChangeRule, reliable_change
from surveys.models import (
    CodeCard,
    DirtyMark,
    InstrumentVersion,
    LinkageMode,
    Response,
    Wave,
    WavePlan,
)
from surveys.scoring import scale_rules, score_many
from surveys.services import codec_of, create_plan, document_of, load_shipped_definitions

RETEST = {"belonging": Decimal("0.8")}

pytestmark = pytest.mark.django_db


@pytest.fixture
def adult() -> InstrumentVersion:
    return next(one for one in load_shipped_definitions() if one.age_band == "adult")


@pytest.fixture
def network(adult: InstrumentVersion, community: Community) -> WavePlan:
    """Give a plan with 120 people who answered before, 80 of them after as well."""
    plan = create_plan(code="adults", name="Adults", version=adult)
    give_answers(plan, community, count=120, after=80)
    return plan


def give_answers(
    plan: WavePlan, place: Community, *, count: int, after: int, seed: int = 1
) -> None:
    random = Random(seed)
    waves = [
        Wave.objects.create(plan=plan, community=place, kind=kind, sequence=sequence)
        for sequence, kind in enumerate(("before", "after"), 1)
    ]
    cards = CodeCard.objects.bulk_create(
        CodeCard(plan=plan, community=place, code_hash=uuid4().bytes, pictures=[1, 2, 3])
        for _ in range(count)
    )
    Response.objects.bulk_create(
        _response(plan, random, wave, card)
        for wave, wanted in zip(waves, (count, after), strict=True)
        for card in cards[:wanted]
    )
    DirtyMark.objects.create(wave=waves[0])


def _response(plan: WavePlan, random: Random, wave: Wave, card: CodeCard) -> Response:
    load = random.random()
    answers = {
        item.key: random.choice([item.minimum, item.maximum])
        if random.random() < load
        else random.choice(sorted(item.values))
        for item in document_of(plan.version).items
        if item.kind == "choice"
    }
    return Response(
        wave=wave,
        version=plan.version,
        card=card,
        answers=codec_of(plan.version).encode(answers),
        content_hash=uuid4().bytes,
        channel="paper",
        language="de",
    )


def scores(plan: WavePlan, scale: str, sequence: int, cards: Sequence[int]) -> list[float]:
    """Return the scores of card after card, in points."""
    found = {
        card: bytes(answers)
        for card, answers in Response.objects.filter(
            wave__plan=plan, wave__sequence=sequence
        ).values_list("card", "answers")
    }
    stored = [found[card] for card in cards]
    codec = codec_of(plan.version)
    units = score_many(codec.document, codec, stored)[scale]
    points: list[float] = (units / scale_rules(codec.document)[scale].unit).tolist()
    return points


def linked_cards(plan: WavePlan) -> list[int]:
    return list(
        Response.objects.filter(wave__plan=plan, wave__sequence=2).values_list("card", flat=True)
    )


def first_cards(plan: WavePlan) -> list[int]:
    return list(
        Response.objects.filter(wave__plan=plan, wave__sequence=1).values_list("card", flat=True)
    )


def test_norm_is_that_of_everybody_before(network: WavePlan, adult: InstrumentVersion) -> None:
    frozen = freeze_references(adult, test_retest=RETEST, source="Two weeks apart, 60 adults")

    known = scores(network, "belonging", 1, first_cards(network))
    norm = next(one for one in frozen.norms if one.scale == "belonging")
    assert (norm.number, norm.n) == (1, 120)
    assert norm.sd == pytest.approx(np.std(known, ddof=1), rel=1e-12)
    assert float(norm.percentile_20) == pytest.approx(sorted(known)[23], abs=1e-9)
    assert norm.test_retest == Decimal("0.8")
    assert "Two weeks apart, 60 adults" in norm.source
    assert {one.scale for one in frozen.norms if one.test_retest is not None} == {"belonging"}
    assert frozen.left_out == []


def test_line_is_that_of_least_squares(network: WavePlan, adult: InstrumentVersion) -> None:
    frozen = freeze_references(adult)

    exposure = scores(network, "stress", 1, first_cards(network))
    problems = scores(network, "phq4", 1, first_cards(network))
    slope, intercept = np.polyfit(exposure, problems, 1)
    assert frozen.line is not None
    line = read_line(frozen.line.parameters)
    assert (line.intercept, line.slope) == pytest.approx((intercept, slope), rel=1e-9)
    assert line.r_squared == pytest.approx(np.corrcoef(exposure, problems)[0, 1] ** 2, rel=1e-9)
    assert (line.n, line.exposure_low, line.exposure_high) == (120, min(exposure), max(exposure))
    assert frozen.line.parameters["exposure"] == "stress"
    stored = ReferenceLine.objects.get(pk=frozen.line.pk)
    assert read_line(stored.parameters) == line


def test_facts_are_counted_by_the_norm(network: WavePlan, adult: InstrumentVersion) -> None:
    frozen = freeze_references(adult, test_retest=RETEST, source="study")
    norm = next(one for one in frozen.norms if one.scale == "belonging")

    fold_all_marks()

    cards = linked_cards(network)
    before, after = (scores(network, "belonging", wave, cards) for wave in (1, 2))
    expected = reliable_change(before, after, ChangeRule(sd=norm.sd, reliability=0.8))
    lowest = sorted(scores(network, "belonging", 1, first_cards(network)))[23]
    row = ScaleSums.objects.get(scale="belonging", dimension="")
    assert row.facts == {
        "reliable": {
            "norm": 1,
            "up": expected.increased,
            "none": expected.unchanged,
            "down": expected.decreased,
        },
        "low": {
            "norm": 1,
            "before": sum(score < lowest - 1e-9 for score in before),
            "after": sum(score < lowest - 1e-9 for score in after),
        },
    }
    assert min(expected.increased, expected.decreased) > 0
    # No reliability over time is known of the others, and alpha is no substitute.
    assert set(ScaleSums.objects.get(scale="education", dimension="").facts) == {"low"}


def test_stress_is_added_up_of_those_with_both_in_both_waves(
    network: WavePlan, adult: InstrumentVersion
) -> None:
    freeze_references(adult)

    fold_all_marks()

    cards = linked_cards(network)
    load, load_after = (scores(network, "stress", wave, cards) for wave in (1, 2))
    trouble, trouble_after = (scores(network, "phq4", wave, cards) for wave in (1, 2))
    rules = scale_rules(document_of(adult))
    units = {"exposure": rules["stress"].unit, "problems": rules["phq4"].unit}
    values = {
        "before": np.array([load, trouble]),
        "after": np.array([load_after, trouble_after]),
        "change": np.array([load_after, trouble_after]) - np.array([load, trouble]),
    }
    facts = CycleFlow.objects.get().facts["stress"]
    assert {name: facts[name] for name in ("line", "exposure", "problems", "n")} == {
        "line": 1,
        "exposure": "stress",
        "problems": "phq4",
        "n": 80,
    }
    for wave, (exposure, problems) in values.items():
        for name, column in (("exposure", exposure), ("problems", problems)):
            unit = units[name]
            assert int(facts[f"{name}_{wave}"]) == round(column.sum() * unit)
            assert int(facts[f"{name}_{wave}_squared"]) == round((column**2).sum() * unit**2)
        product = (exposure * problems).sum() * units["exposure"] * units["problems"]
        assert int(facts[f"products_{wave}"]) == round(product)


def test_quality_is_counted_per_wave(network: WavePlan) -> None:
    Response.objects.filter(wave__sequence=2).update(language="uk")

    fold_all_marks()

    assert CycleFlow.objects.get().facts["quality"] == {
        "languages": {"before": {"de": 120}, "after": {"uk": 80}},
        "channels": {"before": {"paper": 120}, "after": {"paper": 80}},
        "complete": {"before": 120, "after": 80},
        "in_window": {"before": 0, "after": 0},
    }


@pytest.mark.parametrize(("days", "in_window"), [(-11, 0), (-10, 1), (0, 1), (10, 1), (11, 0)])
def test_answers_are_in_time_on_the_days_of_the_wave(
    days: int, in_window: int, plan: WavePlan, waves: list[Wave]
) -> None:
    now = timezone.now()
    Wave.objects.update(opens_at=now - timedelta(days=10), closes_at=now + timedelta(days=10))
    Response.objects.create(
        wave=waves[0],
        version=plan.version,
        answers=codec_of(plan.version).encode({}),
        content_hash=b"1",
        channel="paper",
        answered_on=timezone.localdate() + timedelta(days=days),
    )
    DirtyMark.objects.create(wave=waves[0])

    fold_all_marks()

    quality = CycleFlow.objects.get().facts["quality"]
    assert quality["in_window"]["before"] == in_window
    assert quality["complete"]["before"] == 0


def test_too_few_people_make_no_norm(adult: InstrumentVersion, community: Community) -> None:
    plan = create_plan(code="adults", name="Adults", version=adult)
    give_answers(plan, community, count=99, after=0)

    frozen = freeze_references(adult)

    assert (frozen.norms, frozen.line) == ([], None)
    assert "belonging: fewer than 100 persons have a score." in frozen.left_out
    assert len(frozen.left_out) == 7


def test_people_count_once(adult: InstrumentVersion, community: Community) -> None:
    person = Participant.objects.create(code="p-1", community=community, age_band="adult")
    for number, code in enumerate(("first", "second")):
        plan = create_plan(code=code, name=code, version=adult, linkage_mode=LinkageMode.CONTACT)
        give_answers(plan, community, count=100, after=0, seed=number)
        CodeCard.objects.filter(pk=first_cards(plan)[0]).update(participant=person)
    there = Wave.objects.create(
        plan=plan,
        community=Community.objects.create(code="b", name="B"),
        kind="before",
        sequence=1,
    )
    moved = CodeCard.objects.get(pk=first_cards(plan)[1])
    _response(plan, Random(3), there, moved).save()

    frozen = freeze_references(adult)

    assert {norm.n for norm in frozen.norms} == {199}


def test_invented_answers_make_norms_only_where_there_are_no_others(
    network: WavePlan, adult: InstrumentVersion
) -> None:
    demo = create_plan(code="demo", name="Demo", version=adult, is_invented=True)
    place = Community.objects.create(code="demo", name="Demo")
    give_answers(demo, place, count=100, after=0, seed=2)

    real = freeze_references(adult)
    Response.objects.filter(wave__plan=network).delete()
    WavePlan.objects.filter(pk=network.pk).update(is_invented=True)
    invented = freeze_references(adult)

    assert {norm.n for norm in real.norms} == {120}
    assert {norm.n for norm in invented.norms} == {100}
    assert invented.norms[0].source.startswith("Invented answers")


def test_frozen_rows_stay(network: WavePlan, adult: InstrumentVersion) -> None:
    first = freeze_references(adult, test_retest=RETEST, source="study")
    give_answers(network, Community.objects.create(code="b", name="B"), count=50, after=0)
    second = freeze_references(adult)

    norms = ScaleNorm.objects.filter(scale="belonging").order_by("number")
    assert [(norm.number, norm.n) for norm in norms] == [(1, 120), (2, 170)]
    # What a study has found stands until another study is named.
    assert [norm.test_retest for norm in norms] == [Decimal("0.8")] * 2
    assert first.line is not None
    assert second.line is not None
    assert (first.line.number, second.line.number) == (1, 2)
    for row in (norms[0], first.line):
        with pytest.raises(ProgrammingError, match="Cannot update"), transaction.atomic():
            type(row)._default_manager.filter(pk=row.pk).update(n=200)


@pytest.mark.parametrize(
    "impossible", [{"n": 99}, {"sd": 0}, {"test_retest": 1}, {"test_retest": Decimal("-0.1")}]
)
def test_impossible_norms_are_refused(
    impossible: dict[str, object], adult: InstrumentVersion
) -> None:
    possible = {"number": 1, "n": 100, "sd": 15.0, "percentile_20": 40, "test_retest": None}

    with pytest.raises(IntegrityError), transaction.atomic():
        ScaleNorm.objects.create(version=adult, scale="belonging", **possible | impossible)


def test_cycle_is_counted_by_what_was_frozen_when_it_opened(
    network: WavePlan, adult: InstrumentVersion
) -> None:
    fold_all_marks()
    cycle = Cycle.objects.get()
    norms = [freeze_references(adult).norms[0] for _ in range(3)]

    def number_for(opened_at: datetime) -> int:
        cycle.opened_at = opened_at
        return references_of(adult, [cycle])[cycle.pk].norms[norms[0].scale].number

    moment = timedelta(microseconds=1)
    assert number_for(norms[0].created_at - timedelta(days=30)) == 1  # the first one after
    assert number_for(norms[1].created_at - moment) == 1
    assert number_for(norms[1].created_at) == 2
    assert number_for(norms[2].created_at + timedelta(days=30)) == 3


def test_cycles_without_a_norm_are_counted_anew(
    network: WavePlan, adult: InstrumentVersion
) -> None:
    fold_all_marks()
    row = ScaleSums.objects.get(scale="belonging", dimension="")
    assert row.facts == {}

    freeze_references(adult)
    assert DirtyMark.objects.count() == 1
    fold_all_marks()
    freeze_references(adult)  # counts for cycles that open from now on

    assert not DirtyMark.objects.exists()
    assert ScaleSums.objects.get(scale="belonging", dimension="").facts["low"]["norm"] == 1


@pytest.mark.parametrize(
    ("given", "source", "message"),
    [
        ({"nothing": Decimal("0.8")}, "study", "There is no scale nothing"),
        ({"belonging": Decimal(1)}, "study", "at least 0 and below 1"),
        ({"belonging": Decimal("NaN")}, "study", "at least 0 and below 1"),
        ({"belonging": Decimal("0.8")}, "", "which study"),
    ],
)
def test_impossible_reliabilities_are_refused(
    given: dict[str, Decimal], source: str, message: str, adult: InstrumentVersion
) -> None:
    with pytest.raises(FreezingError, match=message):
        freeze_references(adult, test_retest=given, source=source)


def test_command_says_what_was_frozen(network: WavePlan, adult: InstrumentVersion) -> None:
    output = StringIO()

    call_command(
        "freeze_references",
        adult.instrument.code,
        adult.version,
        test_retest=["belonging=0.8"],
        source="study",
        stdout=output,
    )

    lines = output.getvalue().splitlines()
    assert "belonging: norm 1, with test-retest reliability" in lines
    assert "education: norm 1, without test-retest reliability" in lines
    assert lines[-1] == "line 1"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing", "1"], "There is no nothing 1. There are: "),
        (["resources-adult", "VERSION", "--test-retest", "belonging"], "write SCALE=VALUE"),
        (["resources-adult", "VERSION", "--test-retest", "other=0.8"], "no scale other"),
    ],
)
def test_command_refuses_what_it_can_not_use(
    arguments: list[str], message: str, adult: InstrumentVersion
) -> None:
    known = [adult.version if word == "VERSION" else word for word in arguments]

    with pytest.raises(CommandError, match=message):
        call_command("freeze_references", *known)
