"""What a snapshot freezes, and that it makes the same figures for ever."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pgtrigger
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from communities.models import Community, PopulationShare, Resource
from communities.services import place_community
from indicators.catalogue.loading import load_indicators, shipped_definitions
from indicators.estimates import content_of, estimate
from indicators.ledger import as_cell
from indicators.models import Cycle, CycleFlow, PublishedCell, ReferenceLine, ScaleSums, Snapshot
from indicators.services import (
    close_cycle,
    fold_what_changed,
    hash_of,
    publish_cycle,
    release,
    take_snapshot,
)
from surveys.models import Wave
from surveys.services import document_of
from tests.indicators.conftest import Answering
from tests.make import make_community

TODAY = timezone.localdate()


@pytest.fixture
def answered(answer: Answering, waves: list[Wave]) -> None:
    for number in range(24):
        answer([number % 4, 1, 2], [min(number % 4 + 1, 4), 2, number % 3])
    Wave.objects.update(closes_at=timezone.now() - timedelta(days=1))


pytestmark = pytest.mark.usefixtures("answered")


def verify() -> str:
    output = StringIO()
    call_command("verify_snapshots", stdout=output, stderr=output)
    return output.getvalue()


def first_format(cycle: Cycle) -> Snapshot:
    """Take a snapshot as it was taken before there was a catalogue."""
    taken = take_snapshot(close_cycle(cycle))
    names = (
        *("cycle", "community", "instrument", "waves", "smallest_change", "primary_domain"),
        *("flow", "delivery", "scales", "salt"),
    )
    content = {"format": 1} | {name: taken.content[name] for name in names}
    for row in content["scales"]:
        for name in ("reliable", "low"):
            row.pop(name, None)
    Snapshot.objects.all().delete()
    return Snapshot.objects.create(
        cycle=cycle, number=1, content=content, content_hash=hash_of(content), code_version="1"
    )


def test_snapshot_pins_all_that_may_change(cycle: Cycle) -> None:
    content = take_snapshot(close_cycle(cycle)).content

    assert content["format"] == 2
    assert content["instrument"] == cycle.plan.version.content_hash
    assert content["definitions"] == {one.code: 1 for one in shipped_definitions()}
    assert set(content["formulas"]) == set(content["definitions"])
    assert content["placement"] == ["altona"]
    assert content["breakdowns"] == []
    assert content["cut_off"].startswith(timezone.now().isoformat()[:10])
    assert content["quality"]["channels"]["before"] == {"own_phone": 24}


def test_snapshot_says_where_the_community_stood_when_its_cycle_closed(
    cycle: Cycle, community: Community
) -> None:
    hamburg, old, new = (make_community(code=code) for code in ("hamburg", "old", "new"))
    for child, parent in ((old, hamburg), (new, hamburg), (community, old)):
        place_community(community=child, parent=parent, on=TODAY - timedelta(days=900))
    close_cycle(cycle)
    Cycle.objects.update(closed_at=timezone.now() - timedelta(days=40))
    place_community(community=community, parent=new, on=TODAY - timedelta(days=20))

    content = take_snapshot(cycle).content

    assert content["placement"] == ["hamburg", "old", "altona"]


def test_snapshot_keeps_public_facts_of_the_place(cycle: Cycle, community: Community) -> None:
    Community.objects.update(population=20_000, languages=["de", "ar", "tr", "uk"])
    PopulationShare.objects.create(
        community=community,
        dimension="age_band",
        category="adult",
        share="81.5",
        source="Statistics",
        as_of=TODAY,
    )
    fields: list[dict[str, Any]] = [
        {"languages": ["tr"], "is_step_free": True},
        {"languages": ["uk"], "is_step_free": True},
        {"languages": ["de"], "is_step_free": False},
        {"languages": ["de"], "is_step_free": True, "needs_residence_proof": True},
        {"languages": ["de"], "is_step_free": True, "verified_on": TODAY - timedelta(days=400)},
    ]
    for number, entry in enumerate(fields):
        Resource.objects.create(
            community=community,
            name=f"Office {number}",
            domain="education",
            **{"verified_on": TODAY} | entry,
        )

    content = take_snapshot(close_cycle(cycle)).content

    nothing = {"listed": 0, "verified": 0, "open": 0}
    assert content["population"] == 20_000
    assert content["lives_here"] == {"age_band": {"adult": "81.50"}}
    assert content["resources"] == {
        "relationships": nothing,
        "belonging": nothing,
        "education": {"listed": 5, "verified": 4, "open": 2},
        "employment": nothing,
    }


def test_snapshot_keeps_facts_and_the_line_that_judged_them(cycle: Cycle) -> None:
    fold_what_changed(cycle)
    ReferenceLine.objects.create(
        version=cycle.plan.version,
        number=3,
        source="invented",
        n=210,
        parameters={"slope": 0.1 + 0.2, "residual_sd": 2.5, "intercept": 1.0},
    )
    facts = {"stress": {"line": 3, "n": 0}, "quality": {}}
    CycleFlow.objects.update(facts=facts)
    ScaleSums.objects.filter(dimension="").update(
        facts={"low": {"norm": 1, "before": 5, "after": 4}}
    )

    content = content_of(Cycle.objects.get())

    assert content["line"] == {
        "number": 3,
        "n": 210,
        "slope": "0.30000000000000004",
        "residual_sd": "2.5",
    }
    assert content["stress"] == facts["stress"]
    assert content["scales"][0]["low"] == {"norm": 1, "before": 5, "after": 4}


def test_content_takes_the_same_number_of_queries_for_few_and_for_many(
    cycle: Cycle, answer: Answering
) -> None:
    load_indicators()
    take_snapshot(close_cycle(cycle))
    counts = []
    for _ in range(2):
        for _person in range(10):
            answer([1, 1, 1], [2, 2, 2])
        with CaptureQueriesContext(connection) as queries:
            content_of(Cycle.objects.select_related("community", "plan__version", "flow").get())
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 12


def test_first_format_makes_its_figures_as_before(cycle: Cycle) -> None:
    snapshot = first_format(cycle)

    published = {as_cell(cell) for cell in release(snapshot).cells.all()}

    measures = {cell.measure for cell in published}
    assert {"change", "linked", "cards"} <= measures
    assert measures.isdisjoint({"linked_rate", "completion", "restated"})
    assert "1 snapshots make the figures" in verify()


def test_verify_snapshots_finds_nothing_where_nothing_changed(
    cycle: Cycle, answer: Answering
) -> None:
    publish_cycle(cycle)
    for number in range(31):
        answer([number % 4, 1, 3], [2, number % 3, 2])
    release(take_snapshot(cycle, correction="Thirty paper forms were found."))

    assert verify() == "2 snapshots make the figures that were published from them.\n"


def raise_a_figure(_snapshot: Snapshot) -> None:
    with pgtrigger.ignore("indicators.PublishedCell:append_only"):
        PublishedCell.objects.filter(measure="linked").update(value=95)


def remove_a_figure(_snapshot: Snapshot) -> None:
    with pgtrigger.ignore("indicators.PublishedCell:append_only"):
        PublishedCell.objects.filter(measure="linked").delete()


def add_a_figure(snapshot: Snapshot) -> None:
    PublishedCell.objects.create(
        release=snapshot.release, measure="praise", value=1, confidentiality="F"
    )


def change_the_sums(snapshot: Snapshot) -> None:
    content = snapshot.content
    content["flow"]["linked"] += 5
    with pgtrigger.ignore("indicators.Snapshot:frozen"):
        Snapshot.objects.update(content=content)


@pytest.mark.parametrize(
    ("tamper", "message"),
    [
        (raise_a_figure, "altona/spring-1-2#1: linked differs"),
        (remove_a_figure, "linked is not published, and would be now"),
        (add_a_figure, "praise is published, and would not be any more"),
        (change_the_sums, "its content is not what was hashed"),
    ],
)
def test_verify_snapshots_names_what_was_changed(
    tamper: Callable[[Snapshot], None], message: str, cycle: Cycle
) -> None:
    tamper(publish_cycle(cycle).snapshot)
    output = StringIO()

    with pytest.raises(CommandError, match="1 of 1 snapshots differ"):
        call_command("verify_snapshots", stdout=output, stderr=output)

    assert message in output.getvalue()
    assert "95" not in output.getvalue()


def test_verify_snapshots_can_look_at_one_community(cycle: Cycle) -> None:
    raise_a_figure(publish_cycle(cycle).snapshot)

    call_command("verify_snapshots", community="elsewhere", stdout=StringIO())


def test_estimates_need_nothing_but_the_snapshot(cycle: Cycle) -> None:
    snapshot = take_snapshot(close_cycle(cycle))
    document = document_of(cycle.plan.version)

    with CaptureQueriesContext(connection) as queries:
        first = estimate(snapshot.content, document)

    assert len(queries) == 0
    assert estimate(snapshot.content, document) == first
