"""How like a place a perfectly drawn group could be, against simulation and a published value."""

import numpy as np
import pytest

from measurement.representativeness import expected_representativeness


def test_thirty_people_in_five_groups_reach_eighty_six() -> None:
    """The reference of the programme: five categories, n = 30, a perfect group scores .86."""
    assert expected_representativeness([0.2] * 5, 30) == pytest.approx(0.86, abs=0.005)


@pytest.mark.parametrize(
    ("shares", "n"), [([0.5, 0.3, 0.2], 12), ([0.9, 0.1], 7), ([0.01, 0.99], 3), ([0.25] * 4, 200)]
)
def test_it_is_what_random_groups_reach_on_average(shares: list[float], n: int) -> None:
    drawn = np.random.default_rng(1).multinomial(n, shares, size=200_000) / n
    likeness = 1 - np.abs(drawn - np.array(shares)).sum(axis=1) / 2

    assert expected_representativeness(shares, n) == pytest.approx(likeness.mean(), abs=0.001)


def test_one_group_alone_is_always_alike() -> None:
    assert expected_representativeness([1.0], 5) == 1
    assert expected_representativeness([1.0, 0.0], 5) == 1


def test_more_people_come_nearer() -> None:
    reached = [expected_representativeness([0.3, 0.7], n) for n in (10, 40, 160, 640)]

    assert reached == sorted(reached)
    assert reached[-1] < 1


def test_shares_that_rounding_moved_are_divided_by_their_sum() -> None:
    assert expected_representativeness([0.33] * 3, 30) == pytest.approx(
        expected_representativeness([1 / 3] * 3, 30)
    )


@pytest.mark.parametrize(
    ("shares", "n"), [([0.5, 0.3], 10), ([], 10), ([-0.1, 1.1], 10), ([0.5, 0.5], 0)]
)
def test_bad_input_is_refused(shares: list[float], n: int) -> None:
    with pytest.raises(ValueError, match=r"lives_here|n must be"):
        expected_representativeness(shares, n)
