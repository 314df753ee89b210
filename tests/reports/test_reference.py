"""All communities of a round together: weighed, unnamed, and none given away."""

from collections.abc import Sequence

import pytest

from accounts.models import User
from communities.models import Community, Membership, Role
from reports.dashboard import reached
from reports.reference import ScaleReference, read_reference, rounds_with_reports
from surveys.models import WavePlan
from tests.make import make_community, make_member
from tests.reports.published import Change, publish_changes
from tests.reports.test_readings import client_of

PAGE = "/network/together/"
ROUND = "spring-1-2"


def publish_round(plan: WavePlan, changes: Sequence[Change]) -> list[Community]:
    communities = [make_community() for _ in changes]
    for community, change in zip(communities, changes, strict=True):
        publish_changes(community, plan, ROUND, {"belonging": change})
    return communities


@pytest.fixture
def network(db: None) -> User:
    return make_member(Role.COORDINATOR, None)


def only(found: list[ScaleReference]) -> ScaleReference:
    [reference] = found
    return reference


def test_communities_are_weighed_by_what_is_known_of_them(plan: WavePlan, network: User) -> None:
    publish_round(plan, [(0, -2, 2)] * 4 + [(20, -100, 140)])

    reference = only(read_reference(reached(network), ROUND))

    assert reference.communities == 5
    assert reference.mean == pytest.approx(0.0, abs=0.1)
    assert reference.low is not None
    assert reference.high is not None
    assert reference.low < 0 < reference.high


def test_mean_and_spread_of_ten(plan: WavePlan, network: User) -> None:
    # Where all are known equally well, the weighted mean is the plain one, 4, and Q = K - 1 holds
    # at tau2 = var(y) - v, with var(y) = 330 / 9.
    publish_round(plan, [(2 * k - 5, 2 * k - 7, 2 * k - 3) for k in range(10)])

    reference = only(read_reference(reached(network), ROUND))

    noise = (2 / 1.96) ** 2 + 1 / 12
    assert reference.mean == pytest.approx(4.0)
    assert reference.spread == pytest.approx((330 / 9 - noise) ** 0.5)


def test_spread_is_told_from_ten_communities_on(plan: WavePlan, network: User) -> None:
    publish_round(plan, [(k, k - 2, k + 2) for k in range(9)])

    reference = only(read_reference(reached(network), ROUND))

    assert (reference.mean is None, reference.spread) == (False, None)


@pytest.mark.parametrize("withheld", [0, 3])
def test_fewer_than_five_communities_are_no_network(
    withheld: int, plan: WavePlan, network: User
) -> None:
    publish_round(plan, [(4, 1, 7)] * 4 + [None] * withheld)

    found = read_reference(reached(network), ROUND)

    assert [(one.mean, one.low, one.high, one.spread) for one in found] == [(None,) * 4]
    page = client_of(network).get(PAGE, {"lang": "en"}).content.decode()
    assert page.count('<td class="figure">[c]</td>') == 4 * len(found)


@pytest.mark.parametrize(("own", "is_shown"), [(1, True), (4, True), (5, False), (6, True)])
def test_nobody_can_subtract_their_own(own: int, is_shown: bool, plan: WavePlan) -> None:  # noqa: FBT001 - a parameter
    communities = publish_round(plan, [(4, 1, 7)] * 6)
    user = make_member(Role.VIEWER, communities[0])
    for community in communities[1:own]:
        Membership.objects.create(user=user, role=Role.VIEWER, community=community)

    assert (only(read_reference(reached(user), ROUND)).mean is not None) is is_shown


def test_exact_figures_still_have_an_error(plan: WavePlan, network: User) -> None:
    publish_round(plan, [(4, 4, 4)] * 5)  # rounded until nothing was left of the interval

    reference = only(read_reference(reached(network), ROUND))

    assert reference.mean == pytest.approx(4.0)
    assert reference.low is not None
    assert reference.low < 4


def test_what_is_invented_stands_beside_nothing_real(plan: WavePlan, network: User) -> None:
    communities = publish_round(plan, [(4, 1, 7)] * 5 + [(40, 37, 43)])
    Community.objects.filter(pk=communities[-1].pk).update(is_invented=True)

    assert only(read_reference(reached(network), ROUND)).communities == 5


def test_page_names_no_community(plan: WavePlan) -> None:
    communities = publish_round(plan, [(k, k - 2, k + 2) for k in range(10)])
    viewer = make_member(Role.VIEWER, communities[0])

    page = client_of(viewer).get(PAGE, {"round": ROUND, "lang": "en"}).content.decode()

    assert "+4.5" in page
    assert not [one.name for one in communities if one.name in page]


def test_round_of_others_can_not_be_chosen(plan: WavePlan, community: Community) -> None:
    publish_round(plan, [(4, 1, 7)] * 6)
    stranger = make_member(Role.VIEWER, community)

    assert rounds_with_reports(reached(stranger)) == []
    page = client_of(stranger).get(PAGE, {"round": ROUND, "lang": "en"}).content.decode()
    assert "Select a valid choice." in page
    assert "+4" not in page
