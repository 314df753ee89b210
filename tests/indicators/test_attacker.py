"""An attacker of our own making reads everything that random programmes publish."""

from dataclasses import replace
from random import Random

import pytest

from indicators.gate import Policy
from tests.indicators.attacker import attack
from tests.indicators.programmes import programme_document, publish_programme

#: `python -m bench.attack` tries five hundred.
PROGRAMMES = 40


@pytest.mark.parametrize("tenth", range(10))
def test_attacker_recovers_nothing(tenth: int) -> None:
    document = programme_document()
    recovered = {
        seed: found
        for seed in range(tenth, PROGRAMMES, 10)
        if (found := attack(publish_programme(Random(seed), document)))
    }

    assert recovered == {}


def test_attacker_recovers_what_a_gate_that_does_not_look_gives_away() -> None:
    # The same programmes, with thresholds and rounding alone.
    document = programme_document()
    careless = replace(Policy(), version="1", is_attacked=False)

    recovered = attack(publish_programme(Random(0), document, careless))

    assert any("answered_after not linked" in found for found in recovered)
