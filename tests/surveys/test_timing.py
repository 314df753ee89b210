from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from communities.models import Community, Role
from surveys.errors import WaveTimingError
from surveys.models import (
    Anchor,
    CodeCard,
    InstrumentVersion,
    Wave,
    WaveKind,
    WavePlan,
    WaveTiming,
)
from surveys.services import (
    create_plan,
    find_card,
    issue_cards,
    plan_waves,
    retime_waves,
    submit_response,
    window_of,
)
from tests.make import make_community, make_member, make_session, make_workshop
from workshops.models import Session, SessionStatus, Workshop


@pytest.fixture
def timed_plan(version: InstrumentVersion) -> WavePlan:
    plan = create_plan(code="timed", name="Timed", version=version)
    make_timing(plan, WaveKind.BEFORE, 1, Anchor.START, (-14, 1))
    make_timing(plan, WaveKind.AFTER, 2, Anchor.END, (-7, 42))
    return plan


def make_timing(
    plan: WavePlan, kind: WaveKind, sequence: int, anchor: Anchor, days: tuple[int, int]
) -> WaveTiming:
    first, last = days
    return WaveTiming.objects.create(
        plan=plan, kind=kind, sequence=sequence, anchor=anchor, first_day=first, last_day=last
    )


@pytest.fixture
def workshop(community: Community) -> Workshop:
    workshop = make_workshop(community=community)
    start = timezone.now().replace(hour=16, minute=0, second=0, microsecond=0)
    for week in range(3):
        make_session(workshop=workshop, starts_at=start + timedelta(days=30 + 7 * week))
    return workshop


def shift(workshop: Workshop, **by: int) -> None:
    for session in workshop.sessions.all():
        session.starts_at += timedelta(**by)
        session.ends_at += timedelta(**by)
        session.save()


def windows(workshop: Workshop) -> list[tuple[datetime | None, datetime | None]]:
    return list(workshop.waves.order_by("sequence").values_list("opens_at", "closes_at"))


def test_window_covers_whole_days_where_the_session_is_also_over_a_change_of_clocks() -> None:
    timing = WaveTiming(anchor=Anchor.START, first_day=-14, last_day=1)
    starts = datetime(2026, 3, 30, 22, 30, tzinfo=UTC)  # 31 March in Hamburg, summer time
    session = Session(starts_at=starts, ends_at=starts + timedelta(hours=1))

    opens_at, closes_at = window_of(timing, [session])

    assert opens_at == datetime(2026, 3, 16, 23, tzinfo=UTC)  # winter time
    assert closes_at == datetime(2026, 4, 1, 22, tzinfo=UTC)


def test_waves_count_from_first_and_last_session(timed_plan: WavePlan, workshop: Workshop) -> None:
    plan_waves(plan=timed_plan, workshop=workshop)

    first, last = workshop.sessions.first(), workshop.sessions.last()
    assert first
    assert last
    before, after = windows(workshop)
    expected = [window_of(t, [first, last]) for t in timed_plan.timings.order_by("sequence")]
    assert [before, after] == expected


def test_planning_twice_makes_one_set(timed_plan: WavePlan, workshop: Workshop) -> None:
    plan_waves(plan=timed_plan, workshop=workshop)

    assert plan_waves(plan=timed_plan, workshop=workshop) == []
    assert workshop.waves.count() == 2


def test_cancelled_sessions_do_not_count(timed_plan: WavePlan, workshop: Workshop) -> None:
    plan_waves(plan=timed_plan, workshop=workshop)
    was = windows(workshop)
    last = workshop.sessions.last()
    assert last

    last.status, last.status_reason = SessionStatus.CANCELLED, "The hall is closed."
    last.save()

    assert windows(workshop)[0] == was[0]
    assert windows(workshop)[1] != was[1]


def test_waves_move_two_weeks_with_their_workshop(timed_plan: WavePlan, workshop: Workshop) -> None:
    plan_waves(plan=timed_plan, workshop=workshop)
    was = windows(workshop)

    shift(workshop, days=14)

    local = [
        [timezone.localtime(moment).date() for moment in window if moment]
        for window in (*was, *windows(workshop))
    ]
    assert [[day + timedelta(14) for day in window] for window in local[:2]] == local[2:]


def test_open_wave_stays_open_and_closed_one_stays_closed(
    timed_plan: WavePlan, workshop: Workshop
) -> None:
    before, after = plan_waves(plan=timed_plan, workshop=workshop)
    now = timezone.now()
    closed = (now - timedelta(days=9), now - timedelta(days=2))
    Wave.objects.filter(pk=before.pk).update(opens_at=closed[0], closes_at=closed[1])
    Wave.objects.filter(pk=after.pk).update(opens_at=now - timedelta(days=1))

    shift(workshop, days=100)

    assert windows(workshop)[0] == closed
    opens_at, closes_at = windows(workshop)[1]
    assert opens_at == now - timedelta(days=1)
    assert closes_at is not None
    assert closes_at > now + timedelta(days=100)


def test_moving_into_the_past_leaves_an_open_wave_a_day(
    timed_plan: WavePlan, workshop: Workshop
) -> None:
    plan_waves(plan=timed_plan, workshop=workshop)
    now = timezone.now()
    workshop.waves.filter(sequence=2).update(opens_at=now)

    shift(workshop, days=-365)

    assert windows(workshop)[1] == (now, now + timedelta(days=1))


def test_workshop_without_waves_costs_one_query(
    workshop: Workshop, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(3):  # of these two are the savepoint's
        assert retime_waves(workshop_id=workshop.pk) == 0


def test_plan_without_timing_and_workshop_without_sessions_are_refused(
    timed_plan: WavePlan, version: InstrumentVersion, workshop: Workshop
) -> None:
    silent = create_plan(code="silent", name="Silent", version=version)

    with pytest.raises(WaveTimingError, match="Add its waves first"):
        plan_waves(plan=silent, workshop=workshop)
    with pytest.raises(WaveTimingError, match="has no sessions yet"):
        plan_waves(plan=timed_plan, workshop=make_workshop(community=workshop.community))
    assert not Wave.objects.exists()


@pytest.fixture
def coordinator(community: Community) -> User:
    return make_member(Role.COORDINATOR, community)


def test_coordinator_plans_only_workshops_of_their_own_community(
    client: Client, coordinator: User, timed_plan: WavePlan, workshop: Workshop
) -> None:
    client.force_login(coordinator)
    foreign = make_session(workshop=make_workshop(community=make_community())).workshop
    address = reverse("admin:surveys_waveplan_workshops", args=[timed_plan.pk])

    page = client.get(address).content.decode()
    client.post(address, {"workshop": [workshop.pk, foreign.pk]})

    assert workshop.code in page
    assert foreign.code not in page
    assert set(Wave.objects.values_list("workshop", flat=True)) == {workshop.pk}
    assert workshop.code not in client.get(address).content.decode()


@pytest.mark.parametrize("count", [1, 3, 30])
def test_planning_page_asks_the_same_number_of_queries(
    client: Client,
    coordinator: User,
    timed_plan: WavePlan,
    community: Community,
    count: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    client.force_login(coordinator)
    for _workshop in range(count):
        make_session(workshop=make_workshop(community=community))

    with django_assert_max_num_queries(12):
        client.get(reverse("admin:surveys_waveplan_workshops", args=[timed_plan.pk]))


def test_new_plan_is_offered_the_usual_waves_and_keeps_them(
    client: Client, coordinator: User, version: InstrumentVersion
) -> None:
    client.force_login(coordinator)
    address = reverse("admin:surveys_waveplan_add")
    form = client.get(address).context["inline_admin_formsets"][0].formset
    data: dict[str, object] = {
        "code": "spring",
        "name": "Spring",
        "version": version.pk,
        "linkage_mode": "code_card",
        **{f"{form.prefix}-{k}": v for k, v in form.management_form.initial.items()},
    }
    for sub in form.forms:
        data |= {f"{sub.prefix}-{name}": value for name, value in sub.initial.items()}

    client.post(address, data)

    plan = WavePlan.objects.get(code="spring")
    assert list(plan.timings.values_list("kind", "first_day", "last_day")) == [
        ("before", -14, 1),
        ("after", -7, 42),
        ("follow_up", 90, 132),
    ]


def test_dates_set_by_hand_stay(
    client: Client, coordinator: User, timed_plan: WavePlan, workshop: Workshop
) -> None:
    client.force_login(coordinator)
    before = plan_waves(plan=timed_plan, workshop=workshop)[0]
    data = {
        **{name: getattr(before, f"{name}_id") for name in ("plan", "community", "workshop")},
        "kind": before.kind,
        "sequence": 1,
        "opens_at_0": "2027-01-04",
        "opens_at_1": "08:00",
        "opens_at": "2027-01-04T08:00",
        "closes_at_0": "2027-01-05",
        "closes_at_1": "08:00",
        "closes_at": "2027-01-05T08:00",
    }

    client.post(reverse("admin:surveys_wave_change", args=[before.pk]), data)
    shift(workshop, days=14)

    before.refresh_from_db()
    assert not before.follows_workshop
    assert before.opens_at is not None
    assert timezone.localtime(before.opens_at).date().isoformat() == "2027-01-04"


def test_missing_cards_are_shown_by_picture_and_vanish_with_their_answer(
    client: Client, coordinator: User, timed_plan: WavePlan, workshop: Workshop
) -> None:
    client.force_login(coordinator)
    wave = plan_waves(plan=timed_plan, workshop=workshop)[0]
    Wave.objects.filter(pk=wave.pk).update(opens_at=timezone.now())
    wave.refresh_from_db()
    cards = issue_cards(plan=timed_plan, community=workshop.community, workshop=workshop, count=3)
    address = reverse("admin:surveys_wave_missing", args=[wave.pk])
    assert client.get(address).content.decode().count("<li>") == 3

    card = find_card(cards[0].code)
    assert card
    submit_response(
        uuid=uuid4(), wave=wave, card=card, language="en", answers={"help": 3}, channel="own_phone"
    )

    page = client.get(address).content.decode()
    assert page.count("<li>") == 2
    assert not any(issued.code in page for issued in cards)
    assert CodeCard.objects.unanswered_in(wave).count() == 2


def test_viewer_sees_no_missing_cards(
    client: Client, timed_plan: WavePlan, workshop: Workshop
) -> None:
    client.force_login(make_member(Role.VIEWER, workshop.community))
    wave = plan_waves(plan=timed_plan, workshop=workshop)[0]

    page = client.get(reverse("admin:surveys_wave_missing", args=[wave.pk]))

    assert page.status_code in {403, 404}


def test_declared_plan_gets_a_wave_later_and_nothing_else_changes(
    client: Client, coordinator: User, timed_plan: WavePlan
) -> None:
    client.force_login(coordinator)
    address = reverse("admin:surveys_waveplan_change", args=[timed_plan.pk])
    formset = client.get(address).context["inline_admin_formsets"][0].formset
    data: dict[str, object] = {
        "name": "Renamed",
        "linkage_mode": "anonymous",
        **{f"{formset.prefix}-{k}": v for k, v in formset.management_form.initial.items()},
        f"{formset.prefix}-TOTAL_FORMS": 3,
    }
    for form in formset.forms:
        data |= {f"{form.prefix}-{name}": value for name, value in form.initial.items()}
    new = {"kind": "follow_up", "sequence": 3, "anchor": "end", "first_day": 90, "last_day": 120}
    data |= {f"{formset.prefix}-2-{name}": value for name, value in new.items()}
    data |= {f"{formset.prefix}-2-plan": timed_plan.pk}

    client.post(address, data)

    timed_plan.refresh_from_db()
    assert (timed_plan.name, timed_plan.linkage_mode) == ("Renamed", "code_card")
    assert list(timed_plan.timings.values_list("sequence", flat=True)) == [1, 2, 3]
