import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from measurement.cluster_summary import summarise
from measurement.intraclass import design_effect, effective_n, icc, pooled_icc

# Shrout & Fleiss 1979, Psychological Bulletin 86:420-428, table 2: six targets, four judges.
SHROUT_FLEISS = [
    [9, 2, 5, 8],
    [6, 1, 3, 2],
    [8, 4, 6, 8],
    [7, 1, 2, 6],
    [10, 5, 6, 9],
    [6, 2, 4, 7],
]
# Davies 1947, Statistical Methods in Research and Production: yield of dye, six batches of five.
DYESTUFF = [
    [1545, 1440, 1440, 1520, 1580],
    [1540, 1555, 1490, 1560, 1495],
    [1595, 1550, 1605, 1510, 1560],
    [1445, 1440, 1595, 1465, 1545],
    [1595, 1630, 1515, 1635, 1625],
    [1520, 1455, 1450, 1480, 1445],
]


def flat(rows: list[list[int]]) -> tuple[list[int], list[int]]:
    values = [value for row in rows for value in row]
    return values, [name for name, row in enumerate(rows) for _ in row]


def test_icc_reproduces_shrout_and_fleiss() -> None:
    result = icc(*flat(SHROUT_FLEISS))

    # Their table 4 prints ICC(1,1) = .17; the interval is the one of psych::ICC for these data.
    assert_allclose(result.value, 0.17, atol=0.005)
    assert_allclose((result.low, result.high), (-0.13, 0.72), atol=0.005)
    # Table 3: BMS 11.24, WMS 6.26.
    assert_allclose(result.mean_square_between, 11.24, atol=0.005)
    assert_allclose(result.mean_square_within, 6.26, atol=0.005)
    assert (result.n, result.clusters, result.typical_size) == (24, 6, 4)


def test_icc_of_equal_clusters_is_that_of_reml() -> None:
    # lme4 documentation, Dyestuff by REML: variance 1764.05 between batches, 2451.25 within.
    assert_allclose(icc(*flat(DYESTUFF)).value, 1764.05 / (1764.05 + 2451.25), atol=1e-5)


def test_icc_takes_unequal_sizes() -> None:
    # By hand: groups (1, 3) and (4, 5, 9); means 2, 6; grand mean 4.4.
    # SSB = 2 * 2.4^2 + 3 * 1.6^2 = 19.2, df 1; SSW = 2 + 14 = 16, df 3; n0 = 5 - 13/5 = 2.4.
    result = icc([1, 3, 4, 5, 9], ["a", "a", "b", "b", "b"])

    assert_allclose(result.typical_size, 2.4, rtol=1e-12)
    assert_allclose(result.value, (19.2 - 16 / 3) / (19.2 + 1.4 * 16 / 3), rtol=1e-12)


def test_pooled_icc_takes_out_differences_between_communities() -> None:
    workshops = {"north": [[1, 3], [2, 6]], "south": [[4, 4], [7, 9]]}
    shifted = {"north": workshops["north"], "south": [[104, 104], [107, 109]]}

    results = [
        pooled_icc([summarise(*flat(rows)) for rows in communities.values()])
        for communities in (workshops, shifted)
    ]

    # By hand: SSB = 4 + 16 over 2; SSW = 2 + 8 + 0 + 2 = 12 over 4; all sizes 2.
    assert_allclose([result.value for result in results], (10 - 3) / (10 + 3), rtol=1e-9)
    assert (results[0].n, results[0].clusters) == (8, 4)


def test_pooled_icc_takes_communities_with_one_workshop_for_the_spread_inside() -> None:
    two = summarise([1, 3, 2, 6], [0, 0, 1, 1])
    one = summarise([1, 5], [0, 0])

    result = pooled_icc([two, one])

    assert_allclose(result.mean_square_within, (10 + 8) / 3, rtol=1e-12)
    assert_allclose(result.mean_square_between, 4, rtol=1e-12)


def test_icc_is_one_where_people_of_a_cluster_are_the_same() -> None:
    result = icc([1, 1, 2, 2], ["a", "a", "b", "b"])

    assert (result.value, result.low, result.high) == (1, 1, 1)


@pytest.mark.parametrize(
    ("values", "clusters", "message"),
    [
        ([1, 2, 3], ["a", "a", "a"], "two clusters of one group"),
        ([1, 2, 3], ["a", "b", "c"], "^an ICC needs a cluster of two persons"),
        ([2, 2, 2, 2], ["a", "a", "b", "b"], "values that differ"),
        ([], [], "at least one person"),
    ],
)
def test_icc_refuses_what_cannot_be_estimated(
    values: list[float], clusters: list[str], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        icc(values, clusters)


@given(
    st.lists(st.lists(st.integers(0, 20), min_size=2, max_size=5), min_size=2, max_size=5),
    st.integers(-50, 50),
    st.integers(1, 9),
)
@example([[0, 0, 0, 3], [0, 0, 1, 2]], 0, 1)
def test_icc_knows_neither_shift_nor_scale_nor_sign(
    rows: list[list[int]], shift: int, scale: int
) -> None:
    values, clusters = flat(rows)
    if len(set(values)) == 1:
        return
    moved = [shift - scale * value for value in values]

    first, second = icc(values, clusters), icc(moved, clusters)

    assert_allclose(first.value, second.value, rtol=1e-9, atol=1e-9)
    # Where all clusters have the same mean, the three are one number, each rounded in its own way.
    assert first.low - 1e-12 <= first.value <= first.high + 1e-12
    assert first.value <= 1


def test_design_effect_of_equal_sizes() -> None:
    # Kish 1965: 1 + (12 - 1) * .05 = 1.55, the factor from 77 to 120 pairs.
    assert_allclose(design_effect([12] * 10, 0.05), 1.55, rtol=1e-12)


def test_design_effect_takes_the_cluster_of_an_average_person() -> None:
    # n_w = (2 * 2 + 10 * 10) / 12 = 104/12.
    assert_allclose(design_effect([2, 10], 0.1), 1 + (104 / 12 - 1) * 0.1, rtol=1e-12)


def test_effective_n_lies_between_clusters_and_persons() -> None:
    assert effective_n([5, 5, 5], 0) == 15
    assert_allclose(effective_n([5, 5, 5], 1), 3)
    assert_allclose(effective_n([12] * 3, 0.1), 36 / 2.1, rtol=1e-12)


@pytest.mark.parametrize(
    ("sizes", "correlation", "message"),
    [
        ([], 0.1, "sizes must hold persons per cluster"),
        ([3, 0], 0.1, "at least 1 each"),
        ([3, 3], 1.1, "icc must lie between -1 and 1, not 1.1"),
        ([3, 3], float("nan"), "icc must lie between -1 and 1, not nan"),
        ([3, 3], -0.5, "impossible with clusters of these sizes"),
    ],
)
def test_design_effect_refuses_bad_input(
    sizes: list[int], correlation: float, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        design_effect(sizes, correlation)


def test_icc_interval_covers_as_promised() -> None:
    generator = np.random.default_rng(7)
    clusters = np.repeat(np.arange(8), 6)
    covered = 0
    for _ in range(400):
        values = generator.normal(0, 0.2**0.5, 8)[clusters] + generator.normal(0, 0.8**0.5, 48)
        result = icc(values, clusters, confidence=0.9)
        covered += result.low <= 0.2 <= result.high

    # Four standard errors of the simulation (1.5 %).
    assert abs(covered / 400 - 0.9) < 0.06
