"""A network at once against one community after the other."""

from random import Random

import numpy as np
import pytest

from indicators.estimates import content_of, estimate
from indicators.marks import fold_all_marks
from indicators.models import Cycle
from indicators.network import estimate_all, read_network
from indicators.pooling import icc_of, network_icc
from surveys.models import InstrumentVersion, WavePlan
from surveys.services import create_plan, document_of
from tests.indicators.random_network import invent


def close(found: float, expected: float | None) -> bool:
    return bool(np.isnan(found)) if expected is None else found == pytest.approx(expected, abs=1e-9)


def test_network_is_estimated_as_each_of_its_communities(plan: WavePlan) -> None:
    invent(plan, Random(7), communities=4, people=150)
    fold_all_marks()
    document = document_of(plan.version)
    cycles = list(Cycle.objects.filter(to_sequence=2).order_by("community"))
    icc = icc_of(network_icc(cycles[0]), "belonging")

    sums = read_network(cycles, document)
    found = estimate_all(sums, np.full(len(sums.cycle), icc))

    assert sorted(found.cycle.tolist()) == sorted(cycle.pk for cycle in cycles)
    for position, key in enumerate(found.cycle.tolist()):
        cycle = next(one for one in cycles if one.pk == key)
        scales = estimate(content_of(cycle), document).scales
        expected = next(one for one in scales if not one.dimension)
        assert found.change.n[position] == expected.change.n > 2
        assert close(found.change.change[position], expected.change.change)
        assert close(found.interval.low[position], expected.low)
        assert close(found.interval.high[position], expected.high)
        assert expected.effects is not None
        assert close(found.effect[position], expected.effects.g_av)
        assert close(found.effect_interval.low[position], expected.effects.g_av_low)
        assert close(found.tipping_point[position], expected.tipping_point)


def test_network_of_nobody_has_no_estimates(version: InstrumentVersion) -> None:
    create_plan(code="none", name="None", version=version)

    assert estimate_all(read_network([], document_of(version))).cycle.tolist() == []
