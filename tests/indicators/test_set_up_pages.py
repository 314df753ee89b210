"""What counts, written down on pages: for one cycle or a whole round, and locked afterwards."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone
from statsmodels.stats.power import TTestPower

from accounts.models import User
from communities.models import Community, Membership, Role
from indicators.models import Cycle
from indicators.planning import SD_OF_CHANGES, effort, step_points, steps_of
from indicators.rounds import WhatCounts, plannable_communities, set_up_round
from indicators.services import CycleError
from surveys.document import Method
from surveys.models import InstrumentVersion, Wave, WavePlan
from surveys.services import document_of, load_shipped_definitions
from tests.make import make_community, make_member

NEW = "/network/rounds/new"
ONE = "/network/rounds/altona/spring-1-2/"
COUNTS = {"primary_domain": "belonging", "smallest_change": "6", "breakdowns": ["gender"]}


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def coordinator(community: Community) -> User:
    return make_member(Role.COORDINATOR, community)


@pytest.fixture
def planned(cycle: Cycle) -> Cycle:
    """Let nobody answer before tomorrow."""
    Wave.objects.update(opens_at=timezone.now() + timedelta(days=1))
    return cycle


def counted(cycle: Cycle) -> tuple[str, str, list[str]]:
    cycle.refresh_from_db()
    return cycle.primary_domain, str(cycle.smallest_change), cycle.breakdowns


# What a change means -----------------------------------------------------------------------------


def test_effort_grows_as_the_change_shrinks() -> None:
    def needed(points: float) -> float:
        power = TTestPower()
        return float(power.solve_power(effect_size=points / SD_OF_CHANGES, alpha=0.05, power=0.8))

    assert pytest.approx(17.889, abs=0.001) == SD_OF_CHANGES
    for points in (4, 8):
        found = effort(Decimal(points))
        assert 0 <= found.pairs - needed(points) < 11
        assert 0 <= found.pairs_in_workshops - 1.55 * needed(points) < 12


def test_one_step_is_worth_its_share_of_the_scale(version: InstrumentVersion) -> None:
    [step] = steps_of(document_of(version))  # three questions of 0 to 4: twelve steps in all

    assert (step.title, step.questions) == ({"en": "Belonging"}, 3)
    assert step.points == pytest.approx(Decimal(100) / 12)


def test_one_question_of_a_count_is_one_step(db: None) -> None:
    adult = next(one for one in load_shipped_definitions() if one.age_band == "adult")
    document = document_of(adult)

    exposure = next(one for one in document.scales if one.method is Method.COUNT)

    assert step_points(exposure) == Decimal(100) / len(exposure.items)


# One cycle ---------------------------------------------------------------------------------------


def test_coordinator_writes_down_what_counts(planned: Cycle, coordinator: User) -> None:
    response = client_of(coordinator).post(ONE, COUNTS)

    assert (response.status_code, response["Location"]) == (302, ONE)
    assert counted(planned) == ("belonging", "6.00", ["gender"])
    page = client_of(coordinator).get(ONE, {"lang": "en"}).content.decode()
    assert "To see a change of 6 points, about 80 people have to answer both times" in page
    assert "two cycles of the community" in page


def test_what_counts_is_fixed_once_people_can_answer(cycle: Cycle, coordinator: User) -> None:
    page = client_of(coordinator).get(ONE, {"lang": "en"}).content.decode()
    assert "This is fixed, because people can answer or could." in page
    assert "<form method" not in page

    answer = client_of(coordinator).post(f"{ONE}?lang=en", COUNTS)

    assert answer.status_code == 200
    assert counted(cycle) == ("belonging", "4.00", [])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"primary_domain": "education"}, "Select a valid choice."),
        ({"smallest_change": "0"}, "greater than or equal to 0.5"),
        ({"smallest_change": "many"}, "Enter a number."),
        ({"breakdowns": ["shoe_size"]}, "Select a valid choice."),
    ],
)
def test_bad_set_up_is_answered_with_what_to_do(
    change: dict[str, object], message: str, planned: Cycle, coordinator: User
) -> None:
    answer = client_of(coordinator).post(f"{ONE}?lang=en", COUNTS | change)

    assert message in answer.content.decode()
    assert counted(planned) == ("belonging", "4.00", [])


def test_stranger_finds_nothing_and_viewer_only_reads(planned: Cycle, community: Community) -> None:
    stranger = client_of(make_member(Role.COORDINATOR, make_community()))
    viewer = client_of(make_member(Role.VIEWER, community))

    assert (stranger.get(ONE).status_code, stranger.post(ONE, COUNTS).status_code) == (404, 404)
    assert (viewer.get(ONE).status_code, viewer.post(ONE, COUNTS).status_code) == (200, 403)
    assert (viewer.get(NEW).status_code, Client().get(ONE).status_code) == (403, 302)
    assert counted(planned) == ("belonging", "4.00", [])


# A round -----------------------------------------------------------------------------------------


def test_round_is_set_up_in_many_communities_at_once(
    plan: WavePlan, community: Community, coordinator: User
) -> None:
    second = make_community(name="Bergedorf")
    hidden = make_community(name="Elsewhere")
    Membership.objects.create(user=coordinator, role=Role.COORDINATOR, community=second)
    mine = client_of(coordinator)
    page = mine.get(NEW, {"plan": "spring", "to_sequence": "2", "lang": "en"}).content.decode()
    assert ("Bergedorf" in page, "Elsewhere" in page) == (True, False)

    chosen = COUNTS | {"communities": [community.pk, second.pk]}
    answer = mine.post(f"{NEW}?plan=spring&to_sequence=2", chosen)

    assert answer["Location"] == "/network/?round=spring-1-2"
    rows = Cycle.objects.values_list("community", "code", "smallest_change").order_by("pk")
    assert list(rows) == [
        (community.pk, "spring-1-2", Decimal(6)),
        (second.pk, "spring-1-2", Decimal(6)),
    ]
    refused = mine.post(
        f"{NEW}?plan=spring&to_sequence=2&lang=en", COUNTS | {"communities": [hidden.pk]}
    )
    assert refused.status_code == 200
    assert not Cycle.objects.filter(community=hidden).exists()


def test_round_leaves_out_where_people_answer_already(
    planned: Cycle, plan: WavePlan, coordinator: User
) -> None:
    assert list(plannable_communities(coordinator, plan)) == [planned.community]

    Wave.objects.filter(sequence=1).update(opens_at=timezone.now() - timedelta(hours=1))

    assert list(plannable_communities(coordinator, plan)) == []
    page = client_of(coordinator).get(NEW, {"plan": "spring", "to_sequence": "2", "lang": "en"})
    assert "There is no community of yours in which nobody can answer yet." in page.content.decode()


def test_round_is_set_up_whole_or_not_at_all(
    cycle: Cycle, plan: WavePlan, coordinator: User
) -> None:
    fresh = make_community(name="Fresh")

    with pytest.raises(CycleError, match="Altona: People can answer already"):
        set_up_round(
            plan=plan,
            to_sequence=2,
            communities=[fresh, cycle.community],
            counts=WhatCounts("belonging", Decimal(6)),
            by=coordinator,
        )

    assert not Cycle.objects.filter(community=fresh).exists()


def test_many_communities_are_found_by_a_part_of_their_name(
    plan: WavePlan, community: Community, db: None
) -> None:
    network = client_of(make_member(Role.COORDINATOR, None))
    for number in range(105):
        make_community(name=f"Place {number:03}")

    def listed(text: str) -> tuple[int, bool]:
        query = {"plan": "spring", "to_sequence": "2", "text": text, "lang": "en"}
        page = network.get(NEW, query).content.decode()
        return page.count('name="communities"'), "These are the first 100 communities." in page

    assert listed("") == (100, True)
    assert listed("place 10") == (5, False)


def test_round_needs_a_plan_and_a_community(
    plan: WavePlan, community: Community, coordinator: User
) -> None:
    mine = client_of(coordinator)
    assert "Wave plan" in mine.get(NEW, {"lang": "en"}).content.decode()
    unknown = mine.get(NEW, {"plan": "none", "to_sequence": "2", "lang": "en"}).content.decode()
    assert "Select a valid choice." in unknown

    page = mine.post(f"{NEW}?plan=spring&to_sequence=2&lang=en", COUNTS).content.decode()

    assert "Choose at least one community." in page
