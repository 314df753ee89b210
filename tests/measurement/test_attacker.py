import math
from collections.abc import Hashable, Sequence
from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from measurement.attacker import (
    AttackError,
    Cell,
    Interval,
    Relation,
    attack,
    is_protected,
    published_cell,
    unprotected,
)
from measurement.inputs import Floats


def possible(
    cells: Sequence[Cell], relations: Sequence[Relation], *, largest: int
) -> dict[Hashable, Interval]:
    """Try all counts up to the largest, one after the other."""
    ranges = [range(c.low, (largest if c.high is None else c.high) + 1) for c in cells]
    keys = [cell.key for cell in cells]
    agreeing = [
        counts
        for counts in product(*ranges)
        if all(
            relation.low
            <= sum(f * counts[keys.index(key)] for key, f in relation.terms)
            <= relation.high
            for relation in relations
        )
    ]
    columns = list(zip(*agreeing, strict=True))
    return {
        cell.key: Interval(min(column), max(column))
        for cell, column in zip(cells, columns, strict=True)
        if cell.hidden
    }


def test_one_hidden_cell_in_a_row_is_recovered_exactly() -> None:
    cells = [Cell("a"), published_cell("b", 12), published_cell("all", 19)]

    assert attack(cells, [Relation.total("all", ["a", "b"])]) == {"a": Interval(7, 7)}


def test_two_hidden_cells_share_what_is_left() -> None:
    cells = [Cell("a"), Cell("b"), published_cell("all", 19)]

    assert attack(cells, [Relation.total("all", ["a", "b"])]) == {
        "a": Interval(0, 19),
        "b": Interval(0, 19),
    }


def test_knowing_the_threshold_narrows_both() -> None:
    cells = [Cell("small", 0, 9), Cell("large", 10), published_cell("all", 16)]

    assert attack(cells, [Relation.total("all", ["small", "large"])]) == {
        "small": Interval(0, 6),
        "large": Interval(10, 16),
    }


def test_rounding_leaves_room() -> None:
    cells = [
        Cell("a"),
        published_cell("b", 10, rounding_base=5),
        published_cell("all", 20, rounding_base=5),
    ]

    # b is 8 to 12 and all 18 to 22.
    assert attack(cells, [Relation.total("all", ["a", "b"])]) == {"a": Interval(6, 14)}


def test_rounded_value_was_published_because_it_reached_the_threshold() -> None:
    assert published_cell("a", 10, rounding_base=5, threshold=10) == Cell("a", 10, 12, hidden=False)
    assert published_cell("a", 20, rounding_base=5, threshold=10) == Cell("a", 18, 22, hidden=False)
    with pytest.raises(ValueError, match="'a' cannot lie between 10 and 7"):
        published_cell("a", 5, rounding_base=5, threshold=10)


def test_a_checkerboard_of_hidden_cells_still_betrays_them() -> None:
    # Each row and each column has two hidden cells, so no subtraction gives one of them away;
    # together the margins still bound them.
    counts = np.array([[1, 20, 3], [2, 4, 25], [30, 2, 1]])
    cells = [
        Cell((row, column), 0, 9)
        if counts[row, column] < 10
        else published_cell((row, column), int(counts[row, column]))
        for row, column in product(range(3), repeat=2)
    ]
    relations = []
    for line in range(3):
        cells += [
            published_cell(("row", line), int(counts[line].sum())),
            published_cell(("column", line), int(counts[:, line].sum())),
        ]
        relations += [
            Relation.total(("row", line), [(line, other) for other in range(3)]),
            Relation.total(("column", line), [(other, line) for other in range(3)]),
        ]

    result = attack(cells, relations)

    assert result[0, 0] == Interval(0, 3)
    assert result[2, 1] == Interval(0, 3)
    assert max(interval.width for interval in result.values()) < 9


def test_next_release_gives_the_newcomer_away() -> None:
    cells = [
        Cell(("May", "women")),
        published_cell(("May", "men"), 20),
        published_cell(("May", "all"), 26),
        published_cell(("June", "women"), 10),
        Cell(("June", "newcomers")),
    ]
    relations = [
        Relation.total(("May", "all"), [("May", "women"), ("May", "men")]),
        Relation.total(("June", "women"), [("May", "women"), ("June", "newcomers")]),
    ]

    result = attack(cells, relations)

    assert result == {("May", "women"): Interval(6, 6), ("June", "newcomers"): Interval(4, 4)}


def test_population_within_another_gives_the_rest_away() -> None:
    cells = [published_cell("all", 31), published_cell("first-timers", 28), Cell("others")]

    result = attack(cells, [Relation.total("all", ["first-timers", "others"])])

    assert result == {"others": Interval(3, 3)}


def test_cell_without_bound_is_unlimited() -> None:
    assert attack([Cell("a"), Cell("b", 4)], []) == {
        "a": Interval(0, math.inf),
        "b": Interval(4, math.inf),
    }


def test_large_counts_are_exact() -> None:
    cells = [Cell("a"), published_cell("b", 2_000_000), published_cell("all", 2_000_007)]

    assert attack(cells, [Relation.total("all", ["a", "b"])]) == {"a": Interval(7, 7)}


def test_whole_numbers_are_known_to_be_whole() -> None:
    # Between 7 and 9 in all, in two equal halves: only 8 is possible, which no rounding of the
    # ends of a continuous interval for the half (3.5 to 4.5) would miss, but three thirds would.
    relation = Relation((("a", 2), ("b", -3)))
    cells = [Cell("a", 1, 4), Cell("b", 0, 9)]

    assert attack(cells, [relation]) == {"a": Interval(3, 3), "b": Interval(2, 2)}


def test_relation_may_be_a_range() -> None:
    cells = [Cell("a"), Cell("b", 2, 3)]

    result = attack(cells, [Relation((("a", 1), ("b", 1)), 8, 10)], targets=["a"])

    assert result == {"a": Interval(5, 8)}


def test_only_targets_are_attacked() -> None:
    cells = [Cell("a"), published_cell("b", 10, rounding_base=5), published_cell("all", 12)]
    relation = Relation.total("all", ["a", "b"])

    assert set(attack(cells, [relation], targets=["b"])) == {"b"}
    assert attack(cells, [relation], targets=["b"])["b"] == Interval(8, 12)
    assert attack(cells, [relation], targets=[]) == {}


def test_nothing_published_has_nothing_to_attack() -> None:
    assert attack([], []) == {}


def test_contradiction_is_refused() -> None:
    cells = [Cell("a"), published_cell("b", 12), published_cell("all", 10)]

    with pytest.raises(ValueError, match=r"^The cells contradict each other"):
        attack(cells, [Relation.total("all", ["a", "b"])])


def test_cell_that_adds_up_with_nothing_stays_unknown() -> None:
    cells = [Cell("a"), published_cell("all", 7), Cell("apart", 0, 9)]

    result = attack(cells, [Relation.total("all", ["a"])])

    assert result == {"a": Interval(7, 7), "apart": Interval(0, 9)}


@pytest.mark.parametrize("counts", [None, np.array([3.0])])
def test_solver_without_a_result_is_an_error(
    monkeypatch: pytest.MonkeyPatch, counts: Floats | None
) -> None:
    def gives_up(*_: object, **__: object) -> SimpleNamespace:
        return SimpleNamespace(status=1, x=counts, message="Time limit reached.")

    monkeypatch.setattr("measurement.attacker.milp", gives_up)

    with pytest.raises(AttackError, match=r"^The solver came to no result: Time limit reached\."):
        attack([Cell("a")], [])


def test_unknown_and_repeated_keys_are_refused() -> None:
    with pytest.raises(ValueError, match="'b' is not among the cells"):
        attack([Cell("a")], [Relation.total("a", ["b"])])
    with pytest.raises(ValueError, match="'c' is not among the cells"):
        attack([Cell("a")], [], targets=["c"])
    with pytest.raises(ValueError, match="'b' occurs twice"):
        attack([Cell("a"), Cell("b"), Cell("b")], [])


@pytest.mark.parametrize(("low", "high"), [(-1, None), (5, 4)])
def test_impossible_cells_are_refused(low: int, high: int | None) -> None:
    with pytest.raises(ValueError, match="'a' cannot lie between"):
        Cell("a", low, high)


@pytest.mark.parametrize(
    ("interval", "protected"),
    [(Interval(0, 9), True), (Interval(0, 8), False), (Interval(3, math.inf), True)],
)
def test_protection_is_a_width(interval: Interval, protected: bool) -> None:  # noqa: FBT001 -- a table of cases
    assert is_protected(interval, 9) is protected


small_cells = st.builds(
    lambda key, low, span, hidden: Cell(key, low, low + span, hidden=hidden),
    st.just("?"),
    st.integers(0, 3),
    st.integers(0, 4),
    st.booleans(),
)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(small_cells, min_size=2, max_size=5),
    st.lists(st.lists(st.integers(-2, 2), min_size=5, max_size=5), min_size=1, max_size=3),
    st.integers(0, 10),
)
def test_attack_finds_what_trying_everything_finds(
    drawn: list[Cell], factors: list[list[int]], seed: int
) -> None:
    cells = [Cell(f"{i}", c.low, c.high, hidden=c.hidden) for i, c in enumerate(drawn)]
    generator = np.random.default_rng(seed)
    truth = [int(generator.integers(c.low, (c.high or 0) + 1)) for c in cells]
    relations = []
    for row in factors:
        total = sum(f * count for f, count in zip(row, truth, strict=False))
        terms = tuple((cell.key, f) for cell, f in zip(cells, row, strict=False))
        relations.append(Relation(terms, total - seed % 2, total + seed % 3))

    result = attack(cells, relations)

    assert result == possible(cells, relations, largest=10)
    for protection in (1, 2, 3):
        narrow = [key for key, interval in result.items() if interval.width < protection]
        assert unprotected(cells, relations, protection=protection) == narrow


@settings(deadline=None, max_examples=20)
@given(st.lists(st.integers(0, 30), min_size=4, max_size=4), st.integers(0, 15))
def test_attack_is_at_least_as_sharp_as_a_continuous_one(counts: list[int], hidden: int) -> None:
    keys = list(product("ab", "xy"))
    cells = [
        Cell(key) if hidden >> place & 1 else published_cell(key, count)
        for place, (key, count) in enumerate(zip(keys, counts, strict=True))
    ]
    truth = dict(zip(keys, counts, strict=True))
    margins = {side: [key for key in keys if side in key] for side in "abxy"}
    cells += [published_cell(s, sum(truth[k] for k in parts)) for s, parts in margins.items()]
    relations = [Relation.total(side, parts) for side, parts in margins.items()]

    result = attack(cells, relations)

    rows = [[float(key in margins[side]) for key in keys] for side in "abxy"]
    totals = [cell.low for cell in cells[4:]]
    bounds = [(c.low, c.high) for c in cells[:4]]
    for place, key in enumerate(keys):
        if key in result:
            cost = np.eye(4)[place]
            low, high = (
                linprog(sign * cost, A_eq=rows, b_eq=totals, bounds=bounds).fun or 0.0
                for sign in (1, -1)
            )
            assert result[key] == Interval(round(low), round(-high))
            assert result[key].low <= truth[key] <= result[key].high


def test_unprotected_cells_among_the_targets() -> None:
    cells = [Cell("a"), Cell("b"), Cell("c", 0, 3), published_cell("all", 8)]
    relations = [Relation.total("all", ["a", "b"])]

    assert unprotected(cells, relations, protection=8) == ["c"]
    assert unprotected(cells, relations, protection=9) == ["a", "b", "c"]
    assert unprotected(cells, relations, protection=9, targets=["b"]) == ["b"]
    assert unprotected(cells, relations, protection=9, targets=[]) == []
    assert unprotected([], [], protection=9) == []


def test_unprotected_refuses_what_an_attack_refuses() -> None:
    with pytest.raises(ValueError, match="The cells contradict each other"):
        unprotected([Cell("a", 3)], [Relation((("a", 1),), 0, 2)], protection=9)
    with pytest.raises(ValueError, match="'c' is not among the cells"):
        unprotected([Cell("a")], [], protection=9, targets=["c"])
