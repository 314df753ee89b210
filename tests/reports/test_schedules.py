"""Scheduled reports: once for each due time, told to readers in a letter without figures."""

import re
import smtplib
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import User
from communities.models import Community, Membership, Placement, Role
from indicators.models import Cycle, PublishedCell
from indicators.services import release, take_snapshot
from reports import messages
from reports.delivery import (
    Message,
    MessageState,
    News,
    Occurrence,
    Rhythm,
    Schedule,
)
from reports.messages import ATTEMPTS, send_messages
from reports.models import ReportRun, RunState
from reports.schedules import (
    ScheduleError,
    end_schedule,
    make_what_is_due,
    readers_of,
    set_up_schedule,
    write_messages,
)
from reports.services import make_report
from reports.wording import speaking
from tests.make import make_community, make_member, make_user
from tests.reports.conftest import Publishing

PAGE = "/reports/altona/spring-1-2/schedules/"


@pytest.fixture
def coordinator(community: Community) -> User:
    return make_member(Role.COORDINATOR, community, email="coordinator@example.org")


@pytest.fixture
def reader(community: Community) -> User:
    return make_member(Role.VIEWER, community, email="reader@example.org", language="de")


@pytest.fixture
def make_schedule(coordinator: User, community: Community, reader: User) -> Callable[..., Schedule]:
    def make(**fields: Any) -> Schedule:
        defaults = {
            "community": community,
            "rhythm": Rhythm.PUBLISHED,
            "formats": ["json"],
            "languages": ["de"],
            "created_by": coordinator,
        }
        return set_up_schedule(schedule=Schedule(**(defaults | fields)), recipients=[reader])

    return make


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type] # year, month, day, hour


def tick() -> None:
    """Do what beat has workers do every ten seconds."""
    make_what_is_due()
    for run in ReportRun.objects.filter(state=RunState.WAITING):
        make_report(run.pk)
    write_messages()
    send_messages()


# Due ---------------------------------------------------------------------------------------------


def test_release_is_told_once(
    make_schedule: Callable[..., Schedule], publish: Publishing, reader: User
) -> None:
    make_schedule()
    publish(24)

    for _ in range(3):
        tick()

    occurrence = Occurrence.objects.get()
    assert occurrence.run is not None
    assert occurrence.run.state == RunState.DONE
    assert [letter.to for letter in mail.outbox] == [[reader.email]]
    assert Message.objects.get().state == MessageState.SENT


def test_releases_before_a_schedule_are_not_its(
    make_schedule: Callable[..., Schedule], publish: Publishing
) -> None:
    publish(24)
    make_schedule()

    assert make_what_is_due() == 0


def test_correction_is_told_again(
    make_schedule: Callable[..., Schedule], publish: Publishing, cycle: Cycle
) -> None:
    make_schedule()
    publish(24)
    tick()
    release(take_snapshot(cycle, correction="Late answers"))

    tick()

    assert Occurrence.objects.count() == 2
    assert len(mail.outbox) == 2


def test_schedule_of_a_round_waits_for_that_round(
    make_schedule: Callable[..., Schedule], publish: Publishing
) -> None:
    make_schedule(round="autumn-1-2")
    make_schedule(round="spring-1-2")
    publish(24)

    assert make_what_is_due() == 1
    assert Occurrence.objects.get().schedule.round == "spring-1-2"


def test_ended_schedule_is_never_due(
    make_schedule: Callable[..., Schedule], publish: Publishing
) -> None:
    end_schedule(make_schedule())
    publish(24)

    assert make_what_is_due() == 0


def test_month_is_due_once_and_made_up_for(
    make_schedule: Callable[..., Schedule], publish: Publishing
) -> None:
    publish(24)
    schedule = make_schedule(rhythm=Rhythm.MONTHLY, day=10)
    Schedule.objects.update(created_at=datetime(2026, 1, 5, tzinfo=UTC))
    made = {}
    for month, day in [(1, 9), (1, 10), (1, 11), (2, 9), (2, 20), (2, 28), (3, 10)]:
        make_what_is_due(at(2026, month, day, 8))
        made[month, day] = list(schedule.occurrences.values_list("slot", flat=True).order_by("pk"))

    assert made[1, 9] == []
    assert made[1, 10] == made[1, 11] == made[2, 9] == ["2026-01"]
    assert made[2, 20] == made[2, 28] == ["2026-01", "2026-02"]
    assert made[3, 10] == ["2026-01", "2026-02", "2026-03"]
    assert ReportRun.objects.count() == 1  # nothing else was published, so it is the same run


def test_schedule_set_up_after_its_day_means_next_month(
    make_schedule: Callable[..., Schedule], publish: Publishing
) -> None:
    publish(24)
    make_schedule(rhythm=Rhythm.MONTHLY, day=10)
    Schedule.objects.update(created_at=datetime(2026, 1, 15, 8, tzinfo=UTC))

    assert make_what_is_due(at(2026, 1, 15, 9)) == 0
    assert make_what_is_due(at(2026, 2, 10, 9)) == 1


def test_month_without_a_release_says_so(make_schedule: Callable[..., Schedule]) -> None:
    make_schedule(rhythm=Rhythm.MONTHLY, day=1)
    Schedule.objects.update(created_at=datetime(2026, 1, 1, tzinfo=UTC))
    make_what_is_due(at(2026, 3, 1, 9))
    write_messages()

    assert Occurrence.objects.get().problem.startswith("Nothing was published yet")
    assert not Message.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_clocks_make_nothing_twice(
    make_schedule: Callable[..., Schedule], publish: Publishing
) -> None:
    make_schedule()
    publish(24)
    new: list[int] = []

    def look() -> None:
        new.append(make_what_is_due())
        connection.close()

    threads = [Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(new) == [0, 0, 0, 1]
    assert Occurrence.objects.count() == ReportRun.objects.count() == 1


def test_database_keeps_one_row_for_each_due_time(make_schedule: Callable[..., Schedule]) -> None:
    schedule = make_schedule()
    Occurrence.objects.create(schedule=schedule, slot="2026-01", problem="x")

    with pytest.raises(IntegrityError, match="occurrence_slot_once"), transaction.atomic():
        Occurrence.objects.create(schedule=schedule, slot="2026-01", problem="x")
    with pytest.raises(IntegrityError, match="schedule_day_iff_monthly"), transaction.atomic():
        Schedule.objects.update(day=3)


# Told --------------------------------------------------------------------------------------------


def test_letter_has_a_link_and_no_figure(
    make_schedule: Callable[..., Schedule], publish: Publishing, reader: User
) -> None:
    make_schedule()
    publish(24)

    tick()

    (letter,) = mail.outbox
    run = ReportRun.objects.get()
    assert letter.subject == "Bericht: Altona, spring-1-2"
    assert f"/reports/runs/{run.pk}/" in letter.body
    assert "vorher und nachher" in letter.body
    assert letter.attachments == []
    words = re.sub(r"http://\S+|spring-1-2", "", f"{letter.subject} {letter.body}")
    assert re.findall(r"\d+", words) == []
    assert PublishedCell.objects.exclude(value=None).exists()
    assert reader.name not in letter.body


def test_letter_is_in_the_language_of_its_reader(
    make_schedule: Callable[..., Schedule], publish: Publishing, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_schedule()
    publish(24)
    spoken: list[str] = []

    def listen(language: str) -> AbstractContextManager[None]:
        spoken.append(language)
        return speaking(language)

    monkeypatch.setattr("reports.messages.speaking", listen)

    tick()

    assert spoken == ["de"]


@pytest.mark.parametrize("how", ["role ended", "deactivated", "elsewhere"])
def test_recipient_who_may_no_longer_read_receives_nothing(
    how: str, make_schedule: Callable[..., Schedule], publish: Publishing, reader: User
) -> None:
    make_schedule()
    publish(24)
    make_what_is_due()
    make_report(ReportRun.objects.get().pk)
    write_messages()
    if how == "role ended":
        Membership.objects.filter(user=reader).update(valid_until=timezone.localdate())
    elif how == "deactivated":
        User.objects.filter(pk=reader.pk).update(is_active=False)
    else:
        Membership.objects.filter(user=reader).update(community=make_community())

    assert send_messages() == 0

    assert mail.outbox == []
    assert Message.objects.get().state == MessageState.REFUSED


def test_failure_is_told_to_whoever_set_it_up(
    make_schedule: Callable[..., Schedule], publish: Publishing, coordinator: User
) -> None:
    make_schedule()
    publish(24)
    make_what_is_due()
    now = timezone.now()
    ReportRun.objects.update(state=RunState.FAILED, finished_at=now, problem="It broke.")

    write_messages()
    send_messages()

    (letter,) = mail.outbox
    assert letter.to == [coordinator.email]
    assert "could not be made" in letter.body
    assert Message.objects.get().news == News.FAILED


# The outbox --------------------------------------------------------------------------------------


@pytest.fixture
def waiting(make_schedule: Callable[..., Schedule], publish: Publishing) -> Message:
    make_schedule()
    publish(24)
    make_what_is_due()
    make_report(ReportRun.objects.get().pk)
    write_messages()
    return Message.objects.get()


def test_message_that_another_worker_has_is_left_to_it(waiting: Message) -> None:
    Message.objects.update(lease_until=timezone.now() + timedelta(minutes=1))

    assert send_messages() == 0
    assert mail.outbox == []


def test_worker_that_dies_after_sending_sends_again_under_the_same_identity(
    waiting: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Died(BaseException):
        """What a kill between the mail server and the row is to the code."""

    def die(*_: object) -> None:
        raise Died

    with monkeypatch.context() as patch:
        patch.setattr(messages, "_end", die)
        with pytest.raises(Died):
            send_messages()
    assert send_messages() == 0  # the lease of the dead one still holds
    Message.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    assert send_messages() == 1

    first, second = mail.outbox
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]
    assert str(waiting.uuid) in first.extra_headers["Message-ID"]
    assert send_messages() == 0


def test_mail_server_that_is_away_is_asked_again_and_given_up_at_last(
    waiting: Message, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object) -> int:
        raise smtplib.SMTPServerDisconnected("away")

    monkeypatch.setattr(EmailBackend, "send_messages", refuse)
    pauses = []
    for _ in range(ATTEMPTS):
        Message.objects.update(lease_until=None)
        send_messages()
        until = Message.objects.get().lease_until
        pauses.append((until - timezone.now()).total_seconds() // 60 if until else None)

    waiting.refresh_from_db()
    assert waiting.state == MessageState.FAILED
    assert pauses == [3, 7, 15, 31, 63, 127, 255, None]
    assert "example.org" not in caplog.text
    assert "Altona" not in caplog.text


# Those who may be told ---------------------------------------------------------------------------


def test_readers_of_agrees_with_what_each_may_read(cycle: Cycle, community: Community) -> None:
    district, elsewhere = make_community(), make_community()
    today = timezone.localdate()
    Placement.objects.create(community=community, parent=district, valid_from=today)
    for role in Role:
        for place in (community, district, elsewhere, None):
            make_member(role, place)
    ended = make_member(Role.VIEWER, community)
    Membership.objects.filter(user=ended).update(valid_until=today)
    make_member(Role.VIEWER, community, is_active=False)
    make_user(is_superuser=True)

    may_read = {
        user.pk
        for user in User.objects.all()
        if Cycle.objects.visible_to(user).filter(pk=cycle.pk).exists()
    }

    assert set(readers_of(community).values_list("pk", flat=True)) == may_read
    assert len(may_read) == 10


def test_set_up_schedule_refuses_strangers(
    community: Community, coordinator: User, reader: User
) -> None:
    schedule = Schedule(
        community=community,
        rhythm=Rhythm.PUBLISHED,
        formats=["pdf"],
        languages=["de"],
        created_by=coordinator,
    )
    stranger = make_member(Role.COORDINATOR, make_community())

    with pytest.raises(ScheduleError, match="only accounts that may read"):
        set_up_schedule(schedule=schedule, recipients=[reader, stranger])
    with pytest.raises(ScheduleError, match="at least one account"):
        set_up_schedule(schedule=schedule, recipients=[])
    assert not Schedule.objects.exists()


def test_coordinator_sets_up_and_ends_a_schedule(
    cycle: Cycle, coordinator: User, reader: User, client: Client
) -> None:
    client.force_login(coordinator)
    sent = {
        "rhythm": "monthly",
        "day": "5",
        "formats": ["pdf", "xlsx"],
        "languages": ["ar"],
        "recipients": [reader.pk],
    }

    assert client.post(PAGE, sent | {"day": ""}).status_code == 200
    assert not Schedule.objects.exists()
    assert client.post(PAGE, sent).status_code == 302

    schedule = Schedule.objects.get()
    assert (schedule.day, schedule.formats, schedule.languages) == (5, ["pdf", "xlsx"], ["ar"])
    assert list(schedule.recipients.all()) == [reader]
    assert reader.name in client.get(PAGE).content.decode()
    client.post(f"{PAGE}{schedule.pk}/end")
    schedule.refresh_from_db()
    assert schedule.ended_at


def test_form_offers_no_strangers(cycle: Cycle, coordinator: User, client: Client) -> None:
    stranger = make_member(Role.COORDINATOR, make_community())
    client.force_login(coordinator)
    sent = {"rhythm": "published", "formats": ["pdf"], "languages": ["de"]}

    page = client.post(PAGE, sent | {"recipients": [stranger.pk]}).content.decode()

    assert stranger.name not in page
    assert not Schedule.objects.exists()


def test_viewer_and_stranger_schedule_nothing(cycle: Cycle, reader: User, client: Client) -> None:
    for who, code in ((reader, 403), (make_member(Role.COORDINATOR, make_community()), 404)):
        client.force_login(who)
        assert client.get(PAGE).status_code == code
        assert client.post(PAGE, {"rhythm": "published"}).status_code == code
        assert client.post(f"{PAGE}1/end").status_code == code


@pytest.mark.parametrize("item_count", [1, 3])
def test_page_asks_a_fixed_number_of_queries(
    item_count: int,
    make_schedule: Callable[..., Schedule],
    coordinator: User,
    cycle: Cycle,
    client: Client,
    django_assert_num_queries: object,
) -> None:
    for number in range(item_count):
        schedule = make_schedule()
        Occurrence.objects.create(schedule=schedule, slot=f"2026-0{number + 1}", problem="x")
    client.force_login(coordinator)

    with django_assert_num_queries(10):  # type: ignore[operator] # a fixture
        page = client.get(PAGE).content.decode()

    assert page.count("/end") == item_count
