"""A community from cycle to cycle: what was published, and what can't be compared."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from communities.models import Community, Role
from indicators.models import Release
from indicators.services import publish_cycle
from reports.charts import Box, Dot, Line, Shape, Words
from reports.claims import Kind
from reports.trend import Break, Panel, read_trend
from reports.trend_chart import MOST_LABELS, Column, shared_axis, trend_chart
from reports.trend_parts import never_shown, trend_figures
from reports.wording import number
from surveys.models import Wave, WaveKind, WavePlan
from surveys.services import create_plan, publish_version
from tests.indicators.conftest import small_document
from tests.make import make_community, make_member
from tests.reports.published import publish_changes
from tests.reports.test_readings import client_of

PAGE = "/network/communities/altona/"


def another_plan(plan: WavePlan, code: str, *, version: str = "") -> WavePlan:
    asked = publish_version(small_document(version=version)) if version else plan.version
    return create_plan(code=code, name=code, version=asked)


def only_panel(community: Community) -> Panel:
    [panel] = read_trend(community)
    return panel


def test_points_follow_time_and_hold_what_was_published(
    plan: WavePlan, community: Community
) -> None:
    publish_changes(community, plan, "second", {"belonging": None}, days_ago=100)
    earlier = another_plan(plan, "earlier")
    publish_changes(community, earlier, "first", {"belonging": (4, 1, 7)}, days_ago=300)

    panel = only_panel(community)

    assert [(point.cycle, point.change.value, point.broken) for point in panel.points] == [
        ("first", 4, Break.NONE),
        ("second", None, Break.NONE),
    ]
    assert [point.before.value for point in panel.points] == [50, None]


def test_another_questionnaire_breaks_the_line(plan: WavePlan, community: Community) -> None:
    publish_changes(community, plan, "first", {"belonging": (4, 1, 7)}, days_ago=300)
    newer = another_plan(plan, "newer", version="2")
    publish_changes(community, newer, "second", {"belonging": (2, -1, 5)}, days_ago=100)
    same = another_plan(newer, "same")
    publish_changes(community, same, "third", {"belonging": (2, -1, 5)}, days_ago=10)

    panel = only_panel(community)

    assert [point.broken for point in panel.points] == [
        Break.NONE,
        Break.QUESTIONNAIRE,
        Break.NONE,
    ]
    [figure] = trend_figures([panel])
    assert [row[-1].text for row in figure.table.rows] == [
        "yes",
        "another questionnaire from here on",
        "yes",
    ]
    assert "another questionnaire from here on" in figure.drawing.description


def test_another_definition_breaks_the_line(plan: WavePlan, community: Community) -> None:
    changes = {"belonging": (4, 1, 7)}
    rounds: list[dict[str, int] | None] = [None, {"D2": 1}, {"D2": 1, "R1": 2}, {"D2": 2}]
    for place, definitions in enumerate(rounds):
        code = f"round-{place}"
        asked = another_plan(plan, code)
        days = 400 - 100 * place
        publish_changes(community, asked, code, changes, days_ago=days, definitions=definitions)

    assert [point.broken for point in only_panel(community).points] == [
        Break.NONE,
        Break.NONE,
        Break.NONE,
        Break.DEFINITION,
    ]


def test_follow_up_is_a_panel_of_its_own(plan: WavePlan, community: Community) -> None:
    publish_changes(community, plan, "first", {"belonging": (4, 1, 7)}, days_ago=300)
    publish_changes(
        community, plan, "later", {"belonging": (2, -1, 5)}, days_ago=100, to_sequence=3
    )

    panels = read_trend(community)

    assert [(panel.is_follow_up, len(panel.points)) for panel in panels] == [(False, 1), (True, 1)]
    titles = [figure.drawing.title for figure in trend_figures(panels)]
    assert "before and follow-up" in titles[1]


def test_withdrawn_release_is_no_part_of_the_trend(plan: WavePlan, community: Community) -> None:
    release = publish_changes(community, plan, "first", {"belonging": (4, 1, 7)})
    release.snapshot.withdrawn_at = timezone.now()
    release.snapshot.save(update_fields=["withdrawn_at"])

    assert read_trend(community) == []


def test_scale_that_was_never_shown_has_no_chart(plan: WavePlan, community: Community) -> None:
    publish_changes(community, plan, "first", {"belonging": None})

    panels = read_trend(community)

    assert list(trend_figures(panels)) == []
    assert never_shown(panels) == ["Belonging"]


def test_other_communities_are_no_part_of_the_trend(plan: WavePlan, community: Community) -> None:
    publish_changes(make_community(), plan, "first", {"belonging": (4, 1, 7)})

    assert read_trend(community) == []


# Drawing -----------------------------------------------------------------------------------------


def column(kind: Kind, value: int | None, **fields: Any) -> Column:
    if value is not None:
        fields |= {"value": Decimal(value), "low": Decimal(value - 3), "high": Decimal(value + 3)}
    return Column(label="1/2026", kind=kind, smallest=Decimal(4), **fields)


def test_shape_tells_the_class_without_colour() -> None:
    kinds = [
        (Kind.CLEAR_RISE, Shape),
        (Kind.CLEAR_FALL, Shape),
        (Kind.LITTLE_OR_NO_CHANGE, Box),
        (Kind.CANNOT_TELL, Dot),
    ]
    columns = [column(kind, 2) for kind, _shape in kinds]

    marks = trend_chart("t", "d", columns, shared_axis(columns), number).marks

    points = [mark for mark in marks if mark.role in {"point", "ring"}]
    assert [type(mark) for mark in points] == [shape for _kind, shape in kinds]
    rise, fall = points[:2]
    assert isinstance(rise, Shape)
    assert isinstance(fall, Shape)
    assert rise.points[1][1] < rise.points[0][1]  # upwards
    assert fall.points[1][1] > fall.points[0][1]


def test_higher_is_drawn_higher_and_zero_between() -> None:
    columns = [column(Kind.CLEAR_RISE, 10), column(Kind.CLEAR_FALL, -10)]

    marks = trend_chart("t", "d", columns, shared_axis(columns), number).marks

    zero = next(mark for mark in marks if mark.role == "zero")
    upper, lower = (mark for mark in marks if mark.role == "interval")
    assert isinstance(zero, Line)
    assert isinstance(upper, Line)
    assert isinstance(lower, Line)
    assert upper.y1 < zero.y1 < lower.y1
    assert upper.x1 < lower.x1


def test_withheld_column_says_so_and_break_is_drawn_before_it() -> None:
    columns = [column(Kind.CLEAR_RISE, 3), column(Kind.WITHHELD, None, is_broken=True)]

    marks = trend_chart("t", "d", columns, shared_axis(columns), number).marks

    assert [mark.text for mark in marks if isinstance(mark, Words)].count("[c]") == 1
    assert [mark.role for mark in marks].count("break") == 1
    assert [mark.role for mark in marks].count("interval") == 1


def test_many_cycles_are_labelled_sparsely_and_the_newest_always() -> None:
    columns = [column(Kind.CLEAR_RISE, 3) for _ in range(13)]

    marks = trend_chart("t", "d", columns, shared_axis(columns), number).marks

    labels = [mark for mark in marks if isinstance(mark, Words) and mark.text == "1/2026"]
    assert len(labels) <= MOST_LABELS
    assert max(mark.x for mark in labels) > 330


# Page --------------------------------------------------------------------------------------------


def test_page_shows_charts_with_their_tables(plan: WavePlan, community: Community) -> None:
    publish_changes(community, plan, "first", {"belonging": (4, 1, 7)})
    viewer = client_of(make_member(Role.VIEWER, community))

    page = viewer.get(PAGE, {"lang": "en"}).content.decode()

    assert "Belonging: difference between before and after, from 0 to 100" in page
    assert "+4 (1 to 7)" in page
    assert page.count("<svg") == 1


@pytest.mark.parametrize("item_count", [1, 3])
def test_page_asks_a_fixed_number_of_queries(
    item_count: int,
    plan: WavePlan,
    community: Community,
    django_assert_num_queries: Callable[[int], Any],
) -> None:
    for number_of in range(item_count):
        asked = another_plan(plan, f"plan-{number_of}")
        publish_changes(community, asked, f"round-{number_of}", {"belonging": (4, 1, 7)})
    coordinator = client_of(make_member(Role.COORDINATOR, community))
    coordinator.get(PAGE)

    with django_assert_num_queries(11):
        page = coordinator.get(PAGE, {"lang": "en"}).content.decode()

    assert page.count('<li class="card">') == item_count


def test_nothing_of_an_open_cycle_is_in_the_trend(
    plan: WavePlan, community: Community, waves: list[Wave]
) -> None:
    assert [wave.kind for wave in waves] == [WaveKind.BEFORE, WaveKind.AFTER]
    assert read_trend(community) == []


def test_trend_of_a_real_cycle(full_release: Release) -> None:
    community = full_release.snapshot.cycle.community

    figures = list(trend_figures(read_trend(community)))

    assert len(figures) == len({figure.key for figure in figures})
    assert publish_cycle(full_release.snapshot.cycle) == full_release
    assert any("Belonging" in figure.drawing.title for figure in figures)
