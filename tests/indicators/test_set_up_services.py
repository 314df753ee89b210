"""What counts is written down before anybody can answer, and then stays."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import ProgrammingError, transaction
from django.utils import timezone

from accounts.models import AuditEntry
from communities.models import Community
from indicators.models import Cycle, CycleState
from indicators.services import CycleError, change_set_up, set_up_cycle
from surveys.models import Wave, WavePlan
from tests.make import make_user


@pytest.fixture
def ahead(waves: list[Wave]) -> None:
    Wave.objects.update(opens_at=timezone.now() + timedelta(days=1))


def set_up(plan: WavePlan, community: Community, **changes: object) -> Cycle:
    declared = {
        "primary_domain": "belonging",
        "smallest_change": Decimal(5),
        "breakdowns": ["gender"],
    }
    return set_up_cycle(plan=plan, community=community, **declared | changes)  # type: ignore[arg-type]  # a bag of good and bad values


def declared(cycle: Cycle) -> tuple[str, Decimal, list[str]]:
    cycle.refresh_from_db()
    return cycle.primary_domain, cycle.smallest_change, cycle.breakdowns


@pytest.mark.usefixtures("ahead")
def test_set_up_cycle_makes_it_and_says_who_did(plan: WavePlan, community: Community) -> None:
    coordinator = make_user()

    cycle = set_up(plan, community, by=coordinator)

    assert declared(cycle) == ("belonging", Decimal("5.00"), ["gender"])
    assert cycle.code == "spring-1-2"
    assert AuditEntry.objects.get().action == "cycle.set_up"


@pytest.mark.usefixtures("ahead")
def test_set_up_may_change_until_the_first_wave_opens(cycle: Cycle) -> None:
    changed = change_set_up(cycle, primary_domain="belonging", smallest_change=Decimal(8))

    assert declared(changed) == ("belonging", Decimal("8.00"), [])


@pytest.mark.usefixtures("waves")
def test_set_up_is_refused_once_people_can_answer(plan: WavePlan, community: Community) -> None:
    with pytest.raises(CycleError, match="can answer already"):
        set_up(plan, community)

    assert not Cycle.objects.exists()


@pytest.mark.usefixtures("ahead")
def test_set_up_is_refused_once_the_cycle_is_closed(cycle: Cycle) -> None:
    Cycle.objects.update(state=CycleState.CLOSED, closed_at=timezone.now())

    with pytest.raises(CycleError, match="can answer already"):
        change_set_up(cycle, primary_domain="belonging", smallest_change=Decimal(8))


@pytest.mark.usefixtures("ahead")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"primary_domain": "education"}, "Choose one of: belonging"),
        ({"smallest_change": Decimal(0)}, "above 0"),
        ({"smallest_change": Decimal(101)}, "at most 100"),
        ({"breakdowns": ["shoe_size"]}, "shoe_size can't be a breakdown.*allows: gender"),
    ],
)
def test_set_up_takes_only_what_the_questionnaire_asks(
    change: dict[str, object], message: str, plan: WavePlan, community: Community
) -> None:
    with pytest.raises(CycleError, match=message):
        set_up(plan, community, **change)

    assert not Cycle.objects.exists()


@pytest.mark.usefixtures("waves")
def test_database_refuses_what_comes_too_late(cycle: Cycle) -> None:
    with pytest.raises(ProgrammingError, match="is locked"), transaction.atomic():
        Cycle.objects.filter(pk=cycle.pk).update(smallest_change=1)

    assert declared(cycle)[1] == 4
