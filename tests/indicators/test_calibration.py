"""Nothing changed in truth; so how often do reports say that something did."""

import pytest
from scipy import stats

from tests.indicators.no_change import simulate

PROGRAMMES = 150
#: How often a sound simulation may fail: not in the life of this project.
CHANCE = 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("is_known", [True, False], ids=["known", "assumed"])
def test_reports_keep_silent_when_nothing_changed(*, is_known: bool) -> None:
    tally = simulate(PROGRAMMES, icc=0.05, is_known=is_known, seed=20261125)

    # Domains of one programme are alike, so that programmes are counted, not claims.
    most = stats.binom.isf(CHANCE, PROGRAMMES, 0.05) / PROGRAMMES * 100
    fewest = stats.binom.ppf(CHANCE, PROGRAMMES, 0.93) / PROGRAMMES * 100
    assert tally.reports == PROGRAMMES
    assert tally.intervals == 4 * PROGRAMMES
    assert tally.claims.total() == 4 * PROGRAMMES
    assert tally.announced <= most
    assert tally.clearly_announced <= most
    assert fewest <= tally.coverage <= 99


def test_simulation_would_find_intervals_that_overlook_workshops() -> None:
    tally = simulate(PROGRAMMES, icc=0.5, is_known=False, seed=20261125)
    sound = simulate(PROGRAMMES, icc=0.5, is_known=True, seed=20261125)

    # Assumed far too low, the network's own correlation still counts where it is larger.
    assert tally.coverage < sound.coverage
