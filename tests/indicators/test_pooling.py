"""How alike people of one workshop are, pooled over a network and frozen with each snapshot."""

import numpy as np
import pytest

from indicators.estimates import estimate
from indicators.models import Cycle, ScaleSums
from indicators.pooling import ENOUGH_WORKSHOPS, PRIOR_ICC, icc_of, network_icc, pooled
from measurement.intraclass import icc
from surveys.models import WavePlan
from surveys.services import create_plan
from tests.indicators.made_up import adult_document, make_content
from tests.make import make_community


def clusters_of(values: list[list[int]]) -> list[tuple[int, int, int]]:
    return [(len(one), sum(one), sum(value * value for value in one)) for one in values]


def alike(workshops: int, seed: int = 1) -> list[list[int]]:
    """Draw workshops whose people are much alike."""
    generator = np.random.default_rng(seed)
    return [
        [int(value) for value in generator.normal(generator.normal(0, 20), 10, 12)]
        for _ in range(workshops)
    ]


def test_pooled_is_the_analysis_of_variance_of_all_workshops() -> None:
    workshops = alike(ENOUGH_WORKSHOPS)
    labels = [number for number, one in enumerate(workshops) for _ in one]
    expected = icc([value for one in workshops for value in one], labels).value

    assert pooled([clusters_of(workshops)]) == pytest.approx(expected)
    assert expected > 0.5


def test_differences_between_communities_are_no_likeness_of_workshops() -> None:
    same = [[0, 1, 2, 3], [0, 1, 2, 3]] * 8
    far = [[value + 1000 for value in one] for one in same]

    found = pooled([clusters_of(same), clusters_of(far)])

    assert found == 0.0


def test_few_workshops_never_make_a_network_bolder() -> None:
    same = clusters_of([[0, 1, 2, 3]] * (ENOUGH_WORKSHOPS - 1))
    enough = clusters_of([[0, 1, 2, 3]] * ENOUGH_WORKSHOPS)

    assert pooled([same]) == PRIOR_ICC
    assert pooled([enough]) == 0.0
    cautious = pooled([clusters_of(alike(10))])
    assert cautious is not None
    assert cautious > PRIOR_ICC


@pytest.mark.parametrize(
    "communities",
    [
        [],
        [[]],
        [clusters_of([[1, 2, 3]])],
        [clusters_of([[1, 2]]), clusters_of([[3, 4]])],
        [clusters_of([[1], [2], [3]])],
        [clusters_of([[5, 5], [5, 5]])],
    ],
    ids=["none", "empty", "one", "one each", "alone", "no spread"],
)
def test_pooled_is_silent_where_nothing_can_be_known(
    communities: list[list[tuple[int, int, int]]],
) -> None:
    assert pooled(communities) is None


def store(cycle: Cycle, workshops: list[list[int]], scale: str = "belonging") -> None:
    for number, changes in enumerate(workshops):
        ScaleSums.objects.create(
            cycle=cycle,
            dimension="workshop",
            category=str(number),
            scale=scale,
            n=len(changes),
            sum_before=50 * len(changes),
            sum_after=sum(50 + change for change in changes),
            sum_before_squared=2500 * len(changes),
            sum_after_squared=sum((50 + change) ** 2 for change in changes),
            sum_products=sum(50 * (50 + change) for change in changes),
        )


def test_network_is_everybody_asked_the_same_way(plan: WavePlan, cycle: Cycle) -> None:
    other = create_plan(code="autumn", name="Autumn", version=plan.version)
    elsewhere = Cycle.objects.create(code="a", plan=other, community=make_community())
    later = Cycle.objects.create(code="later", plan=plan, community=cycle.community, to_sequence=3)
    first, second = alike(20, seed=1), alike(20, seed=2)
    store(cycle, first)
    store(elsewhere, second)
    store(later, alike(20, seed=3))
    ScaleSums.objects.create(cycle=cycle, scale="belonging", n=5, sum_after=1)

    expected = pooled([clusters_of(first), clusters_of(second)])
    assert network_icc(cycle) == {"belonging": f"{expected:.4f}"}


def test_snapshot_without_the_figure_takes_the_cautious_one() -> None:
    assert icc_of({"belonging": "0.1250"}, "belonging") == 0.125
    assert icc_of({"belonging": "0.1250"}, "education") == PRIOR_ICC
    assert icc_of({}, "education") == PRIOR_ICC


def test_intervals_follow_the_figure_of_the_snapshot() -> None:
    content = make_content()
    whole = next(row for row in content["scales"] if row["scale"] == "belonging")
    half = {
        name: str(int(value) // 2) if isinstance(value, str) and value.isdigit() else value
        for name, value in whole.items()
    }
    content["scales"] += [
        half | {"dimension": "workshop", "category": name, "n": 20, "n_lost": 6}
        for name in ("1", "2")
    ]

    def width(**icc: str) -> float:
        estimates = estimate(content | {"icc": icc}, adult_document()).scales
        found = next(one for one in estimates if one.scale == "belonging")
        assert found.low is not None
        assert found.high is not None
        return found.high - found.low

    assert width(belonging="0.0000") < width() < width(belonging="0.2000")
    assert width() == width(belonging="0.0500")
