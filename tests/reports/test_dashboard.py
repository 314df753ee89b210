"""A coordinator's communities at a glance: where each stands, the next step, and no count."""

from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from communities.models import Community, Role
from indicators.models import Cycle, Release
from indicators.services import close_cycle, fold_all_marks, publish_cycle
from reports.dashboard import Choice, Line, Status, dashboard, reached, rounds_of
from reports.models import Annotation
from surveys.models import DirtyMark, Wave, WaveKind, WavePlan
from tests.indicators.conftest import Answering
from tests.make import make_community, make_member, make_user
from tests.reports.conftest import Publishing
from tests.reports.test_readings import client_of, draft, step

PAGE = "/network/"


@pytest.fixture
def coordinator(community: Community) -> User:
    return make_member(Role.COORDINATOR, community)


@pytest.fixture
def viewer(community: Community) -> User:
    return make_member(Role.VIEWER, community)


def only_line(user: User) -> Line:
    [entry] = dashboard(user, Choice()).entries
    [line] = entry.lines
    return line


def told(line: Line) -> tuple[str, str, str]:
    return line.status, line.step.words if line.step else "", line.linked


def set_waves(**times: object) -> None:
    Wave.objects.update(**times)


def test_each_status_has_its_words_and_next_step(
    cycle: Cycle, coordinator: User, viewer: User
) -> None:
    now = timezone.now()

    set_waves(opens_at=now + timedelta(days=1), closes_at=now + timedelta(days=3))
    assert told(only_line(coordinator)) == ("planned", "Write down what counts", "")
    set_waves(opens_at=now - timedelta(days=1))
    assert told(only_line(coordinator)) == ("open", "Look at what counts", "")
    assert only_line(coordinator).words.startswith("open until ")
    set_waves(closes_at=None)
    assert only_line(coordinator).words == "open, with no end set"
    set_waves(opens_at=None, closes_at=now - timedelta(hours=1))
    assert told(only_line(coordinator)) == ("ready", "Close and publish", "")
    assert told(only_line(viewer)) == ("ready", "", "")


def test_cycle_that_is_closed_but_not_published_waits(cycle: Cycle, coordinator: User) -> None:
    close_cycle(cycle, end_waves=True)

    assert told(only_line(coordinator)) == ("ready", "Close and publish", "")


def test_counting_is_told_of_once_the_survey_is_over(
    cycle: Cycle, coordinator: User, answer: Answering
) -> None:
    answer([1, 2, 3], [2, 3, 4])
    assert only_line(coordinator).freshness == ""

    set_waves(closes_at=timezone.now() - timedelta(hours=1))
    assert only_line(coordinator).freshness == "answers are being counted"
    DirtyMark.objects.update(created_at=timezone.now() - timedelta(minutes=11))
    assert only_line(coordinator).freshness.startswith("counting the answers takes too long")
    fold_all_marks()
    assert only_line(coordinator).freshness == "all answers are counted"


def test_cycle_without_waves_asks_when_people_are_asked(
    plan: WavePlan, community: Community, coordinator: User
) -> None:
    Cycle.objects.create(code="spring-1-2", plan=plan, community=community)

    assert told(only_line(coordinator)) == ("planned", "Say when people are asked", "")


def test_published_cycle_leads_through_readings_and_steps(
    publish: Publishing, coordinator: User, viewer: User
) -> None:
    release = publish(24)
    pairs = "about 25 people answered both times"
    assert told(only_line(coordinator)) == ("published", "Add what people say it means", pairs)
    assert told(only_line(viewer)) == ("published", "Read the report", pairs)

    reading = draft(release, make_user())
    assert told(only_line(coordinator))[1] == "Approve what people say it means"
    Annotation.objects.filter(pk=reading.pk).update(
        state="approved", approved_by=coordinator, approved_at=timezone.now()
    )
    assert told(only_line(coordinator))[1] == "Add a next step"
    action = step(release, coordinator)
    assert told(only_line(coordinator))[1] == "Read the report"
    step(release, coordinator, due_on=timezone.localdate() - timedelta(days=1))
    assert told(only_line(coordinator))[1] == "Say what became of the next steps"
    assert action.pk


def test_nobody_is_asked_to_approve_what_they_wrote(publish: Publishing, coordinator: User) -> None:
    draft(publish(24), coordinator)

    assert told(only_line(coordinator))[1] == "Add a next step"


@pytest.mark.parametrize("people", [0, 9])
def test_few_pairs_look_like_none(people: int, publish: Publishing, coordinator: User) -> None:
    publish(people)

    assert (
        only_line(coordinator).linked == "fewer than 10 people answered both times, or nobody did"
    )


def test_page_of_an_open_cycle_is_the_same_whoever_answered(
    cycle: Cycle, coordinator: User, answer: Answering
) -> None:
    mine = client_of(coordinator)

    def page() -> str:
        return mine.get(PAGE, {"lang": "en"}).content.decode()

    empty = page()
    for _ in range(12):  # past the threshold
        answer([1, 2, 3], [2, 3, 4])

    assert page() == empty


def test_newest_published_cycle_is_enough(
    publish: Publishing, coordinator: User, cycle: Cycle, plan: WavePlan
) -> None:
    publish(24)
    Wave.objects.create(plan=plan, community=cycle.community, kind=WaveKind.FOLLOW_UP, sequence=3)
    follow_up = Cycle.objects.create(
        code="spring-1-3", plan=plan, community=cycle.community, to_sequence=3
    )

    def shown() -> list[tuple[str, str]]:
        [entry] = dashboard(coordinator, Choice()).entries
        return [(line.cycle.code, line.status) for line in entry.lines]

    assert shown() == [("spring-1-3", "open"), ("spring-1-2", "published")]
    publish_cycle(follow_up, end_waves=True)
    assert shown() == [("spring-1-3", "published")]
    page = client_of(coordinator).get("/network/communities/altona/").content.decode()
    assert "spring-1-2" in page


def test_filters_by_name_round_and_status(cycle: Cycle, plan: WavePlan, db: None) -> None:
    network = make_member(Role.COORDINATOR, None)
    bergedorf = make_community(name="Bergedorf")
    Cycle.objects.create(code="autumn", plan=plan, community=bergedorf)
    make_community(name="Curslack")

    def names(**choice: str) -> list[str]:
        entries = dashboard(network, Choice(**choice)).entries
        return [entry.community.name for entry in entries]

    assert names() == ["Altona", "Bergedorf", "Curslack"]
    assert names(text="berg") == ["Bergedorf"]
    assert names(round="spring-1-2") == ["Altona"]
    assert names(status=Status.OPEN) == ["Altona"]
    assert names(status=Status.PLANNED) == ["Bergedorf"]
    assert names(status=Status.PUBLISHED) == []
    assert set(rounds_of(reached(network))) == {"autumn", "spring-1-2"}


def test_bad_filter_says_so_and_shows_everything(cycle: Cycle, coordinator: User) -> None:
    page = client_of(coordinator).get(PAGE, {"round": "nope", "page": "x", "lang": "en"})

    assert page.status_code == 200
    assert "Select a valid choice." in page.content.decode()
    assert "Altona" in page.content.decode()


def test_stranger_sees_nothing_of_others(cycle: Cycle) -> None:
    stranger = client_of(make_member(Role.COORDINATOR, make_community(name="Elsewhere")))
    trainer = client_of(make_member(Role.TRAINER, cycle.community))

    for address in (PAGE, "/network/trainers/", "/network/together/"):
        for client in (stranger, trainer):
            page = client.get(address).content.decode()
            assert "Altona" not in page
            assert "spring-1-2" not in page
        assert Client().get(address).status_code == 302
    assert stranger.get("/network/communities/altona/").status_code == 404
    assert trainer.get("/network/communities/altona/").status_code == 404


def test_what_is_invented_says_so(cycle: Cycle, coordinator: User) -> None:
    Community.objects.update(is_invented=True)

    for address in (PAGE, "/network/communities/altona/"):
        page = client_of(coordinator).get(address, {"lang": "en"}).content.decode()
        assert "invented data" in page


@pytest.mark.parametrize("item_count", [1, 3, 300])
def test_dashboard_asks_a_fixed_number_of_queries(
    item_count: int,
    plan: WavePlan,
    db: None,
    django_assert_num_queries: Callable[[int], Any],
) -> None:
    network = client_of(make_member(Role.COORDINATOR, None))
    for _number in range(item_count):
        Cycle.objects.create(code="spring-1-2", plan=plan, community=make_community())

    # session, user, reach, rounds, count, communities, roles, cycles, published pairs
    with django_assert_num_queries(9):
        page = network.get(PAGE, {"lang": "en"}).content.decode()

    assert page.count('<li class="card">') == min(item_count, 20)
    assert ("page 1 of 15" in page) is (item_count == 300)


def test_pages_keep_the_filter(plan: WavePlan, db: None) -> None:
    network = client_of(make_member(Role.COORDINATOR, None))
    for number in range(30):
        Cycle.objects.create(
            code="spring-1-2", plan=plan, community=make_community(name=f"Place {number:02}")
        )

    page = unescape(network.get(PAGE, {"round": "spring-1-2"}).content.decode())
    assert 'href="?round=spring-1-2&page=2"' in page

    second = network.get(PAGE, {"round": "spring-1-2", "page": "2"}).content.decode()
    assert ("Place 29" in second, "Place 00" in second) == (True, False)


def test_release_is_named_by_its_day(publish: Publishing, coordinator: User) -> None:
    release: Release = publish(24)

    words = only_line(coordinator).words

    assert words.startswith("published, data as of ")
    assert str(timezone.localtime(release.snapshot.taken_at).year) in words
