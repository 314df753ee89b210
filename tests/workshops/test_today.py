"""The first page: own sessions by urgency, and for coordinators what nobody has logged."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from communities.models import Role
from tests.make import (
    make_community,
    make_facilitation,
    make_member,
    make_session,
    make_trainer,
    make_user,
    make_workshop,
)
from trainers.models import Trainer
from workshops.models import FacilitationRole, Session, SessionStatus
from workshops.today import today_for

pytestmark = pytest.mark.django_db


@pytest.fixture
def trainer() -> Trainer:
    return make_trainer()


def at(hours: float, trainer: Trainer | None = None, **fields: object) -> Session:
    start = timezone.now() + timedelta(hours=hours)
    return make_session(lead=trainer, starts_at=start, ends_at=start + timedelta(hours=1), **fields)


def now() -> datetime:
    return timezone.now()


def test_own_sessions_are_sorted_by_urgency(trainer: Trainer) -> None:
    assert trainer.user is not None
    oldest, late = at(-500, trainer), at(-3, trainer)
    running, soon, later = at(-0.5, trainer), at(23, trainer), at(100, trainer)
    logged = at(-5, trainer, status=SessionStatus.HELD)
    at(200, trainer)
    at(-400, trainer, status=SessionStatus.HELD)
    at(2, trainer, status=SessionStatus.CANCELLED, status_reason="Flood")
    at(2, make_trainer())

    today = today_for(trainer.user, now())

    assert list(today.overdue) == [oldest, late]
    assert list(today.now) == [logged, running, soon]
    assert list(today.this_week) == [later]
    assert list(today.missing) == []


def test_card_leads_to_the_log_only_when_it_can_be_logged(trainer: Trainer) -> None:
    assert trainer.user is not None
    running, soon = at(-0.5, trainer), at(5, trainer)
    observed = at(-0.5)
    make_facilitation(observed, trainer, FacilitationRole.OBSERVER)

    cards = {card.pk: vars(card)["can_log"] for card in today_for(trainer.user, now()).now}

    assert cards == {running.pk: True, soon.pk: False, observed.pk: False}


def test_coordinator_sees_what_nobody_logged(trainer: Trainer) -> None:
    community = make_community()
    workshop = make_workshop(community=community)
    missing = at(-30, trainer, workshop=workshop)
    at(-50, trainer, workshop=workshop, status=SessionStatus.HELD)
    at(5, trainer, workshop=workshop)
    at(-30, trainer)

    today = today_for(make_member(Role.COORDINATOR, community), now())

    assert list(today.missing) == [missing]
    assert today.missing_count == 1
    assert vars(today.missing[0])["lead_name"] == trainer.name
    for role in (Role.RECORDER, Role.VIEWER, Role.TRAINER, Role.DATA_STEWARD):
        assert list(today_for(make_member(role, community), now()).missing) == []


def test_page_costs_the_same_for_one_and_three_sessions(client: Client, trainer: Trainer) -> None:
    assert trainer.user is not None
    client.force_login(trainer.user)
    counts = []
    for sessions in (1, 2):
        for _ in range(sessions):
            at(-3, trainer)
            at(2, trainer)
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(reverse("admin:index"))
        assert answer.status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1]


def test_doors_lead_only_where_one_may_go(client: Client, trainer: Trainer) -> None:
    assert trainer.user is not None
    client.force_login(trainer.user)

    page = client.get(reverse("admin:index")).content.decode()

    assert reverse("admin:workshops_session_changelist") in page
    assert reverse("admin:communities_participant_changelist") not in page
    assert reverse("admin:accounts_user_changelist") not in page


def test_account_without_a_role_has_an_empty_day(client: Client) -> None:
    client.force_login(make_user())

    page = client.get(reverse("admin:index"))

    assert page.status_code == 200
    assert page.context["app_list"] == []
