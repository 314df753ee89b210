import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from measurement.inputs import Floats
from measurement.lasso import ebic_lasso
from measurement.networks import Method, Standing, centred, partial_correlations

LABELS = ["relationships", "belonging", "education", "employment"]


def people(n: int, seed: int = 1) -> Floats:
    """Invent persons: a chain in which neighbours go together and the others do not."""
    generator = np.random.default_rng(seed)
    precision = np.eye(4)
    for left, weight in enumerate((0.4, -0.3, 0.35)):
        precision[left, left + 1] = precision[left + 1, left] = -weight
    return generator.multivariate_normal(np.zeros(4), np.linalg.inv(precision), n)


def by_regression(scores: Floats, one: int, other: int) -> float:
    rest = sm.add_constant(np.delete(scores, [one, other], axis=1))
    residuals = [sm.OLS(scores[:, column], rest).fit().resid for column in (one, other)]
    return float(np.corrcoef(*residuals)[0, 1])


def test_plain_edges_are_correlations_of_what_the_others_do_not_explain() -> None:
    scores = people(200)

    result = partial_correlations(scores, LABELS, method="plain")

    for one in range(4):
        for other in range(one):
            expected = by_regression(scores, one, other)
            assert_allclose(result.edges[one, other], expected, atol=1e-12)
            assert_allclose(result.edges[other, one], expected, atol=1e-12)
    assert_array_equal(np.diag(result.edges), 0)
    assert (result.labels, result.method, result.shrinkage, result.n) == (
        tuple(LABELS),
        "plain",
        0,
        200,
    )


def test_edges_in_the_order_of_pairs() -> None:
    result = partial_correlations(people(200), LABELS)

    e = result.edges
    assert_array_equal(result.edge_list, [e[0, 1], e[0, 2], e[0, 3], e[1, 2], e[1, 3], e[2, 3]])


def test_shrinkage_follows_the_uncertainty_of_the_correlations() -> None:
    scores = people(30)
    # Schäfer & Strimmer 2005, p. 11, written out element by element.
    n = len(scores)
    z = (scores - scores.mean(axis=0)) / scores.std(axis=0, ddof=1)
    variances, squares = 0.0, 0.0
    for one in range(4):
        for other in range(one):
            products = [z[k, one] * z[k, other] for k in range(n)]
            mean = sum(products) / n
            variances += n / (n - 1) ** 3 * sum((w - mean) ** 2 for w in products)
            squares += (n / (n - 1) * mean) ** 2
    share = variances / squares
    correlations = np.asarray(np.corrcoef(scores, rowvar=False)) * (1 - share)
    np.fill_diagonal(correlations, 1)
    inverse = np.linalg.inv(correlations)

    result = partial_correlations(scores, LABELS, method="shrunk", minimum_n=20)

    assert 0 < share < 1
    assert_allclose(result.shrinkage, share, rtol=1e-10)
    expected = -inverse[0, 1] / np.sqrt(inverse[0, 0] * inverse[1, 1])
    assert_allclose(result.edges[0, 1], expected, rtol=1e-10)


def test_noise_is_shrunk_to_nothing() -> None:
    scores: list[list[float]] = [[1, 1], [1, -1], [-1, 1], [-1, -1.001]] * 3

    result = partial_correlations(scores, ["a", "b"], method="shrunk", minimum_n=5)

    assert result.shrinkage == 1
    assert_array_equal(result.edges, np.zeros((2, 2)))
    assert not np.signbit(result.edges).any()


def test_without_any_correlation_everything_is_shrunk() -> None:
    scores = [[1, 1], [1, -1], [-1, 1], [-1, -1]] * 3

    result = partial_correlations(scores, ["a", "b"], method="shrunk", minimum_n=5)

    assert result.shrinkage == 1


def test_lasso_keeps_the_chain_and_little_else() -> None:
    result = partial_correlations(people(2000), LABELS)

    assert_allclose(result.edge_list[[0, 3, 5]], [0.4, -0.3, 0.35], atol=0.05)
    assert_allclose(result.edge_list[[1, 2, 4]], 0, atol=0.02)
    assert np.count_nonzero(result.edge_list) < 6
    chosen = ebic_lasso(np.asarray(np.corrcoef(people(2000), rowvar=False)), 2000)
    assert result.shrinkage == chosen.penalty
    assert result.method == "lasso"


@pytest.mark.parametrize(
    ("n", "standing"),
    [(149, "too few people"), (150, "tentative"), (249, "tentative"), (250, "firm")],
)
def test_standing_of_a_network(n: int, standing: str) -> None:
    assert Standing.of(n) == standing
    assert partial_correlations(people(n), LABELS, method="plain", minimum_n=9).standing == standing


def test_too_few_persons_are_refused() -> None:
    with pytest.raises(ValueError, match="A network needs 150 complete persons, not 149"):
        partial_correlations(people(149), LABELS)
    with pytest.raises(ValueError, match="A network needs 6 complete persons, not 5"):
        partial_correlations(people(5), LABELS, minimum_n=0)
    assert partial_correlations(people(150), LABELS).n == 150


def test_complete_persons_are_kept_on_request() -> None:
    scores = people(160).tolist()
    scores[3][1] = None
    complete = [row for row in scores if None not in row]

    result = partial_correlations(scores, LABELS, missing="complete")

    assert result.n == 159
    assert_array_equal(result.edges, partial_correlations(complete, LABELS).edges)
    with pytest.raises(ValueError, match="scores has 1 missing"):
        partial_correlations(scores, LABELS)


def test_impossible_networks_are_refused() -> None:
    scores = people(160)

    with pytest.raises(ValueError, match="at least 2 variables, not 1"):
        partial_correlations(scores[:, :1], ["a"])
    with pytest.raises(ValueError, match="at least 2 variables, not 0"):
        partial_correlations([], [])
    with pytest.raises(ValueError, match="labels must hold 4 different names"):
        partial_correlations(scores, ["a", "b", "c"])
    with pytest.raises(ValueError, match="labels must hold 4 different names"):
        partial_correlations(scores, ["a", "b", "c", "a"])
    with pytest.raises(ValueError, match="method must be plain, shrunk or lasso, not 'ridge'"):
        partial_correlations(scores, LABELS, method="ridge")  # type: ignore[arg-type]  # what one may try
    with pytest.raises(ValueError, match="Variable 2 does not vary"):
        partial_correlations(scores * [1, 1, 0, 1], LABELS)


def test_plain_network_of_variables_that_follow_from_each_other_is_refused() -> None:
    scores = people(160)
    scores[:, 3] = scores[:, :3].sum(axis=1)

    with pytest.raises(ValueError, match=r"^A variable follows exactly from others"):
        partial_correlations(scores, LABELS, method="plain")


@pytest.mark.parametrize("method", ["plain", "shrunk", "lasso"])
@settings(deadline=None, max_examples=10)
@given(st.integers(0, 999), st.permutations(range(4)), st.floats(0.1, 9), st.floats(-50, 50))
def test_edges_do_not_depend_on_unit_origin_or_order(
    method: Method, seed: int, order: list[int], scale: float, shift: float
) -> None:
    scores = people(60, seed)

    original = partial_correlations(scores, range(4), method=method, minimum_n=50)
    changed = partial_correlations(
        scale * scores[:, order] + shift, order, method=method, minimum_n=50
    )

    assert_allclose(changed.edges, original.edges[np.ix_(order, order)], atol=1e-5)


def test_communities_are_centred() -> None:
    scores: list[list[float | None]] = [[1, 10], [3, 20], [100, 5], [None, 7]]

    result = centred(scores, ["north", "north", "south", "south"])

    assert_array_equal(result, [[-1, -5], [1, 5], [0, -1], [np.nan, 1]])
    assert scores[0] == [1, 10]


def test_community_without_any_answer_stays_without() -> None:
    assert_array_equal(centred([[None, 1], [None, 3]], ["a", "a"]), [[np.nan, -1], [np.nan, 1]])


def test_differences_between_communities_do_not_pose_as_edges() -> None:
    generator = np.random.default_rng(3)
    level = np.repeat([0, 10], 100)
    scores = generator.normal(size=(200, 2)) + level[:, None]

    pooled = partial_correlations(scores, ["a", "b"], method="plain")
    within = partial_correlations(centred(scores, level.tolist()), ["a", "b"], method="plain")

    assert pooled.edges[0, 1] > 0.9
    assert abs(within.edges[0, 1]) < 0.2


def test_centring_needs_a_community_for_everybody() -> None:
    with pytest.raises(ValueError, match="communities must hold 2 labels, not 1"):
        centred([[1], [2]], ["a"])


def test_centring_refuses_infinity() -> None:
    with pytest.raises(ValueError, match=r"^scores must be finite"):
        centred([[float("inf")]], ["a"])


def test_centring_leaves_an_array_as_it_was() -> None:
    scores = np.array([[1.0], [3.0]])

    centred(scores, ["a", "a"])

    assert_array_equal(scores, [[1], [3]])
