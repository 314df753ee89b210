"""What a network can offer, counted over places and people in a public role."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from communities.models import Community, Placement, PopulationShare
from indicators.catalogue.loading import load_indicators
from indicators.catalogue.network import network_facts, network_figures
from indicators.figures import Kind
from indicators.models import Observation
from tests.make import make_community, make_facilitation, make_session, make_trainer, make_workshop
from trainers.models import Trainer, TrainerLanguage
from workshops.models import FacilitationRole

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def speaks(trainer: Trainer, *languages: str, use: str = "deliver") -> Trainer:
    for language in languages:
        TrainerLanguage.objects.create(trainer=trainer, language=language, level="native", use=use)
    return trainer


def hold(
    trainer: Trainer,
    community: Community,
    language: str = "ar",
    *,
    days_ago: int = 10,
    status: str = "held",
    role: FacilitationRole = FacilitationRole.LEAD,
) -> None:
    session = make_session(
        workshop=make_workshop(community=community, language=language),
        starts_at=timezone.now() - timedelta(days=days_ago),
        status=status,
    )
    make_facilitation(session, trainer, role)


@pytest.fixture
def network() -> list[Community]:
    top, *areas = [make_community(languages=["ar", "de"]) for _ in range(5)]
    for area in areas:
        Placement.objects.create(community=area, parent=top, valid_from=TODAY - timedelta(days=900))
    return areas


def figures() -> dict[str, float | Observation]:
    found = network_figures(Community.objects.all(), on=TODAY)
    assert {figure.kind for figure in found} == {Kind.THINGS}
    return {
        figure.measure: figure.missing if figure.value is None else figure.value for figure in found
    }


def test_network_figures_are_those_worked_out_by_hand(network: list[Community]) -> None:
    first, second, third, fourth = network
    anna, ben, cem = (speaks(make_trainer(base=first), "ar") for _ in range(3))
    speaks(anna, "de")
    speaks(ben, "de", use="interpret")
    hold(anna, first)
    hold(anna, second)
    hold(ben, second)
    hold(ben, first, "de")
    hold(cem, third, days_ago=400)
    hold(anna, third, days_ago=400)
    hold(cem, fourth, status="planned")
    hold(cem, fourth, role=FacilitationRole.OBSERVER)
    for language, share in (("ar", 60), ("uk", 40)):
        PopulationShare.objects.create(
            community=first,
            dimension="language",
            category=language,
            share=share,
            source="Statistics",
            as_of=TODAY,
        )

    assert figures() == {
        "active_trainers": 2,
        # Anna of Anna and Cem; but two are too few to speak of retention.
        "trainer_retention": Observation.NOT_APPLICABLE,
        # Arabic .6 + 3 × .5 of 4, with Anna and Ben; German has Anna alone, Ukrainian nobody.
        "language_coverage": pytest.approx(100 * 2.1 / 4),
        "capacity_ratio": Observation.NOT_AVAILABLE,
        # Arabic in the first, German in the first; Arabic in the second has two.
        "single_points_of_failure": 2,
        "area_coverage": 50,
    }


def test_retention_is_said_of_five_trainers_on(network: list[Community]) -> None:
    trainers = [make_trainer(base=network[0]) for _ in range(5)]
    for trainer in trainers:
        hold(trainer, network[0], days_ago=500)
    for trainer in trainers[:4]:
        hold(trainer, network[0])

    assert figures()["trainer_retention"] == 80


def test_network_without_anything_says_so() -> None:
    assert figures() == {
        "active_trainers": 0,
        "trainer_retention": Observation.NOT_APPLICABLE,
        "language_coverage": Observation.NOT_AVAILABLE,
        "capacity_ratio": Observation.NOT_AVAILABLE,
        "single_points_of_failure": 0,
        "area_coverage": Observation.NOT_APPLICABLE,
    }


def test_only_the_communities_that_are_asked_for_count(network: list[Community]) -> None:
    hold(make_trainer(base=network[0]), network[0])

    facts = network_facts(Community.objects.filter(pk=network[1].pk), on=TODAY)

    assert (facts["areas"], facts["areas_reached"], facts["trainers_active"]) == (1, 0, 0)


@pytest.mark.parametrize("item_count", [1, 3])
def test_network_figures_take_the_same_number_of_queries(
    item_count: int, network: list[Community]
) -> None:
    load_indicators()
    for number in range(item_count):
        hold(speaks(make_trainer(base=network[0]), "ar"), network[number])

    with CaptureQueriesContext(connection) as queries:
        network_figures(Community.objects.all(), on=TODAY)

    assert len(queries) == 5
