"""Languages of communities and trainers who speak them: gaps, and single points of failure."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from communities.models import Community, Role
from indicators.coverage import Coverage, coverage
from tests.make import (
    make_community,
    make_facilitation,
    make_member,
    make_session,
    make_trainer,
    make_workshop,
)
from tests.reports.test_readings import client_of
from trainers.models import LanguageUse, Trainer, TrainerLanguage
from workshops.models import FacilitationRole, SessionStatus

PAGE = "/network/trainers/"

pytestmark = pytest.mark.django_db


def make_speaker(*languages: str, use: str = LanguageUse.DELIVER, **fields: Any) -> Trainer:
    trainer = make_trainer(**fields)
    for language in languages:
        TrainerLanguage.objects.create(trainer=trainer, language=language, use=use, level="good")
    return trainer


def held(
    community: Community,
    trainer: Trainer,
    *,
    days_ago: int = 10,
    status: str = SessionStatus.HELD,
    role: FacilitationRole = FacilitationRole.LEAD,
) -> None:
    start = timezone.now() - timedelta(days=days_ago)
    session = make_session(
        workshop=make_workshop(community=community),
        starts_at=start,
        ends_at=start + timedelta(hours=1),
        status=status,
    )
    make_facilitation(session, trainer, role)


def of_all() -> Coverage:
    return coverage(Community.objects.order_by("name"), timezone.now())


def counts(found: Coverage) -> dict[str, dict[str, int]]:
    return {
        row.community.name: {cell.language: cell.trainers for cell in row.cells}
        for row in found.communities
        if row.cells
    }


def test_trainer_counts_at_home_in_each_language_they_teach_in() -> None:
    altona = make_community(name="Altona", languages=["ar", "fa-af", "uk"])
    make_speaker("ar", "fa-af", base=altona)
    make_speaker("ar", base=altona)
    make_speaker("uk", use=LanguageUse.INTERPRET, base=altona)
    make_speaker("uk", is_active=False, base=altona)

    found = of_all()

    assert counts(found) == {"Altona": {"ar": 2, "fa-af": 1, "uk": 0}}
    assert (found.missing, found.single_points) == (1, 1)
    [row] = [one for one in found.communities if one.cells]
    assert (row.has_gap, row.is_fragile) == (True, True)


def test_trainer_counts_where_they_led_a_session_in_the_last_year() -> None:
    home = make_community(name="Home")
    trainer = make_speaker("ar", base=home)
    for name in ("recent", "old", "planned", "observed"):
        make_community(name=name, languages=["ar"])
    held(Community.objects.get(name="recent"), trainer)
    held(Community.objects.get(name="recent"), trainer, days_ago=20)
    held(Community.objects.get(name="old"), trainer, days_ago=400)
    planned, observer = SessionStatus.PLANNED, FacilitationRole.OBSERVER
    held(Community.objects.get(name="planned"), trainer, status=planned)
    held(Community.objects.get(name="observed"), trainer, role=observer)

    assert counts(of_all()) == {
        "recent": {"ar": 1},
        "old": {"ar": 0},
        "planned": {"ar": 0},
        "observed": {"ar": 0},
    }


def test_languages_are_summed_over_communities() -> None:
    altona = make_community(name="Altona", languages=["ar", "uk"])
    make_community(name="Bergedorf", languages=["ar"])
    make_speaker("ar", base=altona)
    make_speaker("ar")  # at home elsewhere

    rows = [
        (row.language, row.trainers, row.communities, row.missing, row.single)
        for row in coverage(Community.objects.exclude(languages=[]), timezone.now()).languages
    ]

    assert rows == [("ar", 1, 2, 1, 1), ("uk", 0, 1, 1, 0)]


def test_page_shows_gaps_and_filters_them() -> None:
    altona = make_community(name="Altona", languages=["ar"])
    make_community(name="Bergedorf", languages=["ar"])
    make_speaker("ar", base=altona)
    network = client_of(make_member(Role.COORDINATOR, None))

    def names(**query: str) -> tuple[bool, bool]:
        page = network.get(PAGE, query | {"lang": "en"}).content.decode()
        return "Altona" in page, "Bergedorf" in page

    assert names() == (True, True)
    assert names(only="missing") == (False, True)
    assert names(only="single") == (True, False)
    assert names(text="alt") == (True, False)
    page = network.get(PAGE, {"lang": "en", "only": "strange"}).content.decode()
    assert "Select a valid choice." in page


def test_page_shows_the_indicators_of_the_network() -> None:
    altona = make_community(name="Altona", languages=["ar"])
    held(altona, make_speaker("ar", base=altona))
    network = client_of(make_member(Role.COORDINATOR, altona))

    page = network.get(f"{PAGE}year/", {"lang": "en"}).content.decode()

    row = '<th scope="row">Trainers who held a session</th><td class="figure">1</td><td>number</td>'
    assert row in page


def test_page_shows_coordinators_their_own(db: None) -> None:
    altona = make_community(name="Altona", languages=["ar"])
    make_community(name="Bergedorf", languages=["ar"])

    page = client_of(make_member(Role.COORDINATOR, altona)).get(PAGE).content.decode()

    assert ("Altona" in page, "Bergedorf" in page) == (True, False)
    assert "Altona" not in client_of(make_member(Role.VIEWER, altona)).get(PAGE).content.decode()


def test_stranger_counts_nothing_of_others() -> None:
    altona = make_community(name="Altona", languages=["ar"])
    held(altona, make_speaker("ar", base=altona))
    stranger = client_of(make_member(Role.COORDINATOR, make_community()))

    page = stranger.get(f"{PAGE}year/", {"lang": "en"}).content.decode()

    row = '<th scope="row">Trainers who held a session</th><td class="figure">0</td><td>number</td>'
    assert row in page


@pytest.mark.parametrize("item_count", [1, 3])
def test_page_asks_a_fixed_number_of_queries(
    item_count: int, django_assert_num_queries: Callable[[int], Any]
) -> None:
    for _ in range(item_count):
        make_speaker("ar", base=make_community(languages=["ar"]))
    network = client_of(make_member(Role.COORDINATOR, None))

    with django_assert_num_queries(5):  # session, user, communities, sessions, languages
        page = network.get(PAGE).content.decode()

    assert page.count('<li class="card">') == item_count
