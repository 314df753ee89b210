"""Releases on a real database: silence below ten, corrections, the ledger, merged figures."""

import csv
import json
import logging
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext, override_settings
from django.utils import timezone

from communities.models import Community, Placement
from indicators.apps import check_policy
from indicators.gate import Cell, Policy, PolicyError
from indicators.ledger import as_cell, policy_in_force, publish_again, read_ledger
from indicators.models import Confidentiality, Cycle, PublishedCell, Release
from indicators.services import close_cycle, publish_cycle, release, take_snapshot
from reports.documents import render
from reports.report import build_report
from surveys.models import CodeCard, DirtyMark, Response, Wave, WaveKind, WavePlan
from surveys.services import codec_of, create_plan, document_of
from tests.indicators.conftest import ITEMS, Answering

Cells = dict[tuple[str, str, str, str], Cell]


def cells_of(made: Release) -> Cells:
    return {cell.key: cell for cell in map(as_cell, made.cells.all())}


def answer_all(answer: Answering, people: int, *, seed: int = 1, lost: int = 0) -> None:
    random = Random(seed)
    for _ in range(people):
        answer(random.choices(range(5), k=3), random.choices(range(5), k=3))
    for _ in range(lost):
        answer(random.choices(range(5), k=3))


# Silence ------------------------------------------------------------------------------------------


def test_fewer_than_ten_leave_no_figure_in_cells_documents_or_logs(
    answer: Answering, cycle: Cycle, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    answer_all(answer, 9, lost=3)

    made = publish_cycle(cycle, end_waves=True)

    survey = [cell for cell in cells_of(made).values() if not cell.is_free]
    assert {cell.measure for cell in survey} >= {"linked", "answered_before", "change"}
    assert all(cell.value is None and cell.n_rounded is None for cell in survey)
    assert PublishedCell.objects.exclude(value=None).count() == 0
    assert not [record for record in caplog.records if any(map(str.isdigit, record.getMessage()))]
    report = build_report(made, "en")
    told = json.loads(render(report, "json"))
    assert not [cell for cell in told["cells"] if "value" in cell or "n_rounded" in cell]
    rows = list(csv.DictReader(StringIO(render(report, "csv").decode("utf-8-sig"))))
    assert rows
    assert not [row for row in rows if row["value"].strip() in {"0", "0.0", "null", "None"}]


def test_nobody_can_tell_none_from_nine_or_what_nine_said(
    answer: Answering, cycle: Cycle, community: Community, plan: WavePlan
) -> None:
    answer_all(answer, 9, lost=7)
    other = Community.objects.create(code="empty", name="Empty")
    for sequence, kind in enumerate((WaveKind.BEFORE, WaveKind.AFTER), 1):
        Wave.objects.create(plan=plan, community=other, kind=kind, sequence=sequence)
    nobody = Cycle.objects.create(code="spring-1-2", plan=plan, community=other)

    nine = publish_cycle(cycle, end_waves=True)
    none = publish_cycle(nobody, end_waves=True)

    assert cells_of(nine) == cells_of(none)
    assert nine.certificate == none.certificate


# The policy ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["threshold", "sensitive_threshold", "count_base"])
def test_policy_refuses_to_protect_less(number: str) -> None:
    with pytest.raises(PolicyError, match=f"DISCLOSURE_{number.upper()} must be at least"):
        Policy(**{number: 4})  # type: ignore[arg-type]  # a field by name


def test_policy_of_a_programme_may_protect_more() -> None:
    with override_settings(DISCLOSURE_THRESHOLD=12, DISCLOSURE_SENSITIVE_THRESHOLD=20):
        assert policy_in_force().threshold == 12
        assert check_policy() == []


def test_check_refuses_a_lower_threshold_with_a_message() -> None:
    with override_settings(DISCLOSURE_THRESHOLD=5):
        (error,) = check_policy()

    assert error.msg == "DISCLOSURE_THRESHOLD must be at least 10: raise it or leave it out."


def test_release_keeps_the_policy_that_it_was_made_under(answer: Answering, cycle: Cycle) -> None:
    answer_all(answer, 24)
    with override_settings(DISCLOSURE_THRESHOLD=12):
        made = publish_cycle(cycle, end_waves=True)

    assert made.certificate["policy"]["threshold"] == 12
    assert {cell.key: cell for cell in publish_again(made)} == cells_of(made)


# Corrections --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("late", "is_new"), [(0, False), (1, False), (9, False), (10, True)])
def test_correction_tells_anew_only_what_enough_people_changed(
    late: int, answer: Answering, cycle: Cycle, *, is_new: bool
) -> None:
    answer_all(answer, 30)
    first = cells_of(publish_cycle(cycle, end_waves=True))
    answer_all(answer, late, seed=2)

    corrected = release(take_snapshot(cycle, correction="Forms were found."))

    second = cells_of(corrected)
    assert (second["linked", "", "", ""].value != first["linked", "", "", ""].value) is is_new
    levels = [("before", "belonging", "", ""), ("after", "belonging", "", "")]
    if not is_new:
        assert [second[key] for key in levels] == [first[key] for key in levels]
    assert bool(corrected.certificate["kept"]) is (0 < late < 10)


def test_kept_figures_stay_through_further_corrections(answer: Answering, cycle: Cycle) -> None:
    answer_all(answer, 30)
    first = cells_of(publish_cycle(cycle, end_waves=True))
    for seed in (2, 3):  # six and six: more than ten since the first, which is what counts
        answer_all(answer, 6, seed=seed)
        corrected = release(take_snapshot(cycle, correction="Forms were found."))

    assert cells_of(corrected)["linked", "", "", ""].value == 40
    assert first["linked", "", "", ""].value == 30


# Other waves --------------------------------------------------------------------------------------


def test_levels_are_not_told_twice_of_nearly_the_same_people(
    answer: Answering, cycle: Cycle, plan: WavePlan, community: Community, waves: list[Wave]
) -> None:
    later = Wave.objects.create(plan=plan, community=community, kind=WaveKind.FOLLOW_UP, sequence=3)
    random = Random(4)
    codec = codec_of(plan.version)
    for number in range(30):
        card = answer(random.choices(range(5), k=3), random.choices(range(5), k=3))
        if number >= 3:  # three are not there any more
            answers: dict[str, Any] = dict(zip(ITEMS, random.choices(range(5), k=3), strict=True))
            Response.objects.create(
                wave=later,
                version=plan.version,
                card=card,
                answers=codec.encode(answers | {"gender": 1}),
                content_hash=uuid4().bytes,
                channel="own_phone",
            )
    answer_all(answer, 0, lost=12)
    DirtyMark.objects.create(wave=later)
    follow_up = Cycle.objects.create(
        code="spring-1-3", plan=plan, community=community, to_sequence=3
    )

    first = cells_of(publish_cycle(cycle, end_waves=True))
    second = cells_of(publish_cycle(follow_up, end_waves=True))

    assert first["before", "belonging", "", ""].is_free
    assert ("before", "belonging", "", "") not in second
    assert second["change", "belonging", "", ""].is_free


def test_ledger_takes_a_fixed_number_of_queries(answer: Answering, cycle: Cycle) -> None:
    answer_all(answer, 30)
    publish_cycle(cycle, end_waves=True)
    document = document_of(cycle.plan.version)
    counts = []
    for seed in (2, 3):
        answer_all(answer, 12, seed=seed)
        snapshot = take_snapshot(cycle, correction="Forms were found.")
        with CaptureQueriesContext(connection) as queries:
            read_ledger(snapshot, document)
        counts.append(len(queries))
        release(snapshot)

    assert counts == [2, 2]


# The merge ladder ---------------------------------------------------------------------------------


@pytest.fixture
def small_cycle(plan: WavePlan) -> Callable[..., Cycle]:
    """Make a cycle of a few linked people in a community of its own, under a parent."""

    def make(code: str, parent: Community | None, people: int) -> Cycle:
        random = Random(code)
        community = Community.objects.create(code=code, name=code)
        if parent:
            since = timezone.localdate() - timedelta(days=30)
            Placement.objects.create(community=community, parent=parent, valid_from=since)
        waves = [
            Wave.objects.create(plan=plan, community=community, kind=kind, sequence=sequence)
            for sequence, kind in enumerate((WaveKind.BEFORE, WaveKind.AFTER), 1)
        ]
        codec = codec_of(plan.version)
        for _ in range(people):
            card = CodeCard.objects.create(
                plan=plan, community=community, code_hash=uuid4().bytes, pictures=[1, 2, 3]
            )
            for wave in waves:
                answers: dict[str, Any] = {key: random.randrange(5) for key in ITEMS}
                Response.objects.create(
                    wave=wave,
                    version=plan.version,
                    card=card,
                    answers=codec.encode(answers | {"gender": 1}),
                    content_hash=uuid4().bytes,
                    channel="own_phone",
                )
                DirtyMark.objects.create(wave=wave)
        return Cycle.objects.create(code="spring-1-2", plan=plan, community=community)

    return make


def merged(made: Release) -> dict[str, Cell]:
    return {
        cell.category: cell
        for cell in cells_of(made).values()
        if (cell.measure, cell.dimension) == ("change", "merged")
    }


def test_small_communities_of_a_group_are_told_of_together(
    small_cycle: Callable[..., Cycle],
) -> None:
    parent = Community.objects.create(code="district", name="District")
    cycles = [small_cycle(f"part-{number}", parent, 6) for number in range(3)]

    first, second, third = [publish_cycle(cycle, end_waves=True) for cycle in cycles]

    # With two, each would be known to have from 1 to 9 people: none could be ruled out.
    assert merged(first) == merged(second) == {}
    cell = merged(third)["group"]
    assert (cell.confidentiality, cell.n_rounded) == (Confidentiality.FREE, 20)
    assert third.certificate["merged"] == [
        {
            "scale": "belonging",
            "rung": "group",
            "parts": [f"part-{number}/spring-1-2#1" for number in range(3)],
        }
    ]
    assert {one.key: one for one in publish_again(third)} == cells_of(third)


def test_merged_figures_never_differ_by_a_few_people(small_cycle: Callable[..., Cycle]) -> None:
    parent = Community.objects.create(code="district", name="District")
    for number in range(3):
        publish_cycle(small_cycle(f"part-{number}", parent, 6), end_waves=True)

    fourth = publish_cycle(small_cycle("part-3", parent, 4), end_waves=True)

    # Together with the three that were merged, it could be subtracted.
    assert merged(fourth) == {}


def test_large_communities_are_no_part_of_a_merged_figure(
    small_cycle: Callable[..., Cycle],
) -> None:
    parent = Community.objects.create(code="district", name="District")
    large = publish_cycle(small_cycle("large", parent, 30), end_waves=True)
    for number in range(3):
        made = publish_cycle(small_cycle(f"part-{number}", parent, 6), end_waves=True)

    assert cells_of(large)["change", "belonging", "", ""].is_free
    assert not [name for name in made.certificate["merged"][0]["parts"] if "large" in name]


def test_network_is_the_last_rung(small_cycle: Callable[..., Cycle]) -> None:
    made = [publish_cycle(small_cycle(f"alone-{n}", None, 6), end_waves=True) for n in range(3)]

    assert list(merged(made[-1])) == ["network"]


def test_year_merges_cycles_of_different_groups_of_people(
    answer: Answering, cycle: Cycle, community: Community, plan: WavePlan
) -> None:
    answer_all(answer, 6)
    publish_cycle(cycle, end_waves=True)
    made = []
    for code in ("summer", "autumn"):
        other = create_plan(code=code, name=code, version=plan.version)
        made.append(_publish_small(other, community, code))

    assert merged(made[0]) == {}
    assert merged(made[1])["year"].n_rounded == 20


def _publish_small(plan: WavePlan, community: Community, code: str) -> Release:
    random = Random(code)
    waves = [
        Wave.objects.create(plan=plan, community=community, kind=kind, sequence=sequence)
        for sequence, kind in enumerate((WaveKind.BEFORE, WaveKind.AFTER), 1)
    ]
    codec = codec_of(plan.version)
    for _ in range(6):
        card = CodeCard.objects.create(
            plan=plan, community=community, code_hash=uuid4().bytes, pictures=[1, 2, 3]
        )
        for wave in waves:
            answers: dict[str, Any] = {key: random.randrange(5) for key in ITEMS}
            Response.objects.create(
                wave=wave,
                version=plan.version,
                card=card,
                answers=codec.encode(answers | {"gender": 1}),
                content_hash=uuid4().bytes,
                channel="own_phone",
            )
    DirtyMark.objects.create(wave=waves[0])
    cycle = Cycle.objects.create(code=code, plan=plan, community=community)
    return publish_cycle(close_cycle(cycle, end_waves=True))
