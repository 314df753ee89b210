import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from measurement.lasso import ebic_lasso, graphical_lasso

CORRELATIONS = np.array(
    [[1, 0.5, 0.3, 0.1], [0.5, 1, 0.4, -0.2], [0.3, 0.4, 1, 0.25], [0.1, -0.2, 0.25, 1]]
)
UPPER = np.triu_indices(4, 1)


@pytest.mark.parametrize(
    ("penalty", "diagonal", "edges"),
    [
        # scikit-learn 1.9.1: graphical_lasso(S, alpha=penalty, tol=1e-10, enet_tol=1e-10)[1]
        (
            0.05,
            [1.2843221, 1.4557807, 1.2386267, 1.1181204],
            [-0.5629019, -0.0982652, -0.1289983, -0.435521, 0.3336164, -0.3081402],
        ),
        (
            0.15,
            [1.1450382, 1.2003972, 1.0863899, 1.0162602],
            [-0.3816794, -0.0763359, 0, -0.2509775, 0.0813008, -0.1219512],
        ),
        (
            0.3,
            [1.0416667, 1.0517677, 1.010101, 1],
            [-0.2083333, 0, 0, -0.1010101, 0, 0],
        ),
    ],
)
def test_graphical_lasso_agrees_with_scikit_learn(
    penalty: float, diagonal: list[float], edges: list[float]
) -> None:
    result = graphical_lasso(CORRELATIONS, np.array([penalty]))[0]

    assert_allclose(np.diag(result), diagonal, atol=2e-6)
    assert_allclose(result[UPPER], edges, atol=2e-6)
    assert_array_equal(result[UPPER] == 0, np.array(edges) == 0)


def test_all_penalties_at_once_are_the_same_as_one_by_one() -> None:
    penalties = np.array([0.3, 0.01, 0.1])

    together = graphical_lasso(CORRELATIONS, penalties)

    for penalty, result in zip(penalties, together, strict=True):
        assert_allclose(result, graphical_lasso(CORRELATIONS, np.array([penalty]))[0], atol=1e-12)


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 10_000), st.integers(2, 6), st.sampled_from([0.02, 0.1, 0.3]))
def test_result_satisfies_the_conditions_of_an_optimum(
    seed: int, size: int, penalty: float
) -> None:
    # Of a convex problem: the gradient equals the penalty times the sign of an edge, and stays
    # within the penalty where there is none; on the diagonal it is 0.
    generator = np.random.default_rng(seed)
    correlations = np.asarray(np.corrcoef(generator.normal(size=(40, size)), rowvar=False), float)

    precision = graphical_lasso(correlations, np.array([penalty]))[0]

    gradient = np.linalg.inv(precision) - correlations
    off = ~np.eye(size, dtype=bool)
    edge = (precision != 0) & off
    assert_allclose(np.diag(gradient), 0, atol=1e-5)
    assert_allclose(gradient[edge], penalty * np.sign(precision[edge]), atol=1e-5)
    assert (np.abs(gradient[off & ~edge]) <= penalty + 1e-5).all()
    assert_allclose(precision, precision.T, atol=1e-9)


@pytest.mark.parametrize("penalty", [0, -0.1, np.nan])
def test_penalty_must_be_positive(penalty: float) -> None:
    with pytest.raises(ValueError, match="penalties must be positive"):
        graphical_lasso(CORRELATIONS, np.array([0.1, penalty]))


def test_search_that_does_not_end_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^The graphical lasso does not converge"):
        graphical_lasso(np.ones((2, 2)), np.array([1e-12]))


@pytest.mark.parametrize(
    ("n", "gamma", "ebic", "penalty", "edges"),
    [
        # scikit-learn 1.9.1, over the same 100 penalties, with the formula of EBIC by hand
        (60, 0.5, 237.523, 0.273114, [0.22515, 0, 0, 0.12363, 0, 0]),
        (250, 0.5, 873.1463, 0.005, [0.46499, 0.04868, 0.19446, 0.38911, -0.3749, 0.34069]),
        (250, 0.0, 856.5107, 0.005, [0.46499, 0.04868, 0.19446, 0.38911, -0.3749, 0.34069]),
    ],
)
def test_ebic_chooses_the_penalty(
    n: int, gamma: float, ebic: float, penalty: float, edges: list[float]
) -> None:
    result = ebic_lasso(CORRELATIONS, n, gamma=gamma)

    scale = np.sqrt(np.diag(result.precision))
    assert_allclose(result.ebic, ebic, atol=2e-3)
    assert_allclose(result.penalty, penalty, atol=1e-6)
    assert_allclose((-result.precision / np.outer(scale, scale))[UPPER], edges, atol=2e-5)


def test_larger_gamma_never_has_more_edges() -> None:
    counts = [
        np.count_nonzero(ebic_lasso(CORRELATIONS, 60, gamma=gamma).precision[UPPER])
        for gamma in (0, 0.25, 0.5, 1)
    ]

    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[-1]


def test_no_correlation_is_no_edge() -> None:
    result = ebic_lasso(np.eye(3), 50)

    assert_array_equal(result.precision, np.eye(3))
    assert (result.penalty, result.ebic) == (0, 150)


@pytest.mark.parametrize("gamma", [-0.1, 1.1, np.nan])
def test_gamma_must_be_a_share(gamma: float) -> None:
    with pytest.raises(ValueError, match="gamma must lie between 0 and 1"):
        ebic_lasso(CORRELATIONS, 60, gamma=gamma)
