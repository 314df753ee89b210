"""Cycles in the admin: what counts is written down before, and stays."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from communities.models import Community, Membership, Role
from indicators.models import Cycle, CycleState
from surveys.models import Wave
from tests.make import make_user

LIST = "/admin/indicators/cycle/"


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def coordinator(community: Community) -> Client:
    user = make_user(email="coordinator@example.org")
    Membership.objects.create(user=user, role=Role.COORDINATOR, community=community)
    return signed_in(user)


def test_coordinator_sees_own_cycles_alone(cycle: Cycle, coordinator: Client) -> None:
    other = Community.objects.create(code="elsewhere", name="Elsewhere")
    hidden = Cycle.objects.create(code="hidden-1-2", plan=cycle.plan, community=other)

    page = coordinator.get(LIST).content.decode()

    assert cycle.code in page
    assert hidden.code not in page
    assert (
        coordinator.get(f"{LIST}{hidden.pk}/change/").status_code == 302
    )  # as if it weren't there


PLANNED = {"primary_domain": "education", "smallest_change": "6", "breakdowns": "gender"}


def planned_in(cycle: Cycle) -> tuple[str, str, list[str]]:
    cycle.refresh_from_db()
    return cycle.primary_domain, str(cycle.smallest_change), cycle.breakdowns


def test_coordinator_writes_down_what_counts_before_anybody_can_answer(
    cycle: Cycle, coordinator: Client
) -> None:
    Wave.objects.update(opens_at=timezone.now() + timedelta(days=1))

    coordinator.post(f"{LIST}{cycle.pk}/change/", PLANNED)

    assert planned_in(cycle) == ("education", "6.00", ["gender"])


@pytest.mark.parametrize("opened", [None, timedelta(hours=-1)])
def test_what_counts_stays_once_people_can_answer(
    opened: timedelta | None, cycle: Cycle, coordinator: Client
) -> None:
    Wave.objects.update(opens_at=timezone.now() + opened if opened else None)

    coordinator.post(f"{LIST}{cycle.pk}/change/", PLANNED)

    assert planned_in(cycle) == ("belonging", "4.00", [])


def test_closed_cycle_keeps_what_was_written_down(cycle: Cycle, coordinator: Client) -> None:
    Cycle.objects.update(state=CycleState.CLOSED, closed_at=timezone.now())
    Wave.objects.update(opens_at=timezone.now() + timedelta(days=1))

    coordinator.post(f"{LIST}{cycle.pk}/change/", PLANNED)

    assert planned_in(cycle) == ("belonging", "4.00", [])


def test_cycles_are_not_added_or_deleted_by_hand(cycle: Cycle, coordinator: Client) -> None:
    assert coordinator.get(f"{LIST}add/").status_code == 403
    assert coordinator.post(f"{LIST}{cycle.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Cycle.objects.filter(pk=cycle.pk).exists()
