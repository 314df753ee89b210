from collections.abc import Sequence
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from measurement.attacker import Cell, Interval, Relation, attack, published_cell
from measurement.suppression import DEFAULT_RULES, Rules, Suppression, suppress

Key = tuple[str | int, ...]
Counts = dict[Key, int]
THRESHOLD = 10
EXACT = Rules(rounding_base=1)


def table(inner: NDArray[np.int64], release: str = "") -> tuple[Counts, list[Relation]]:
    """Add all margins (None as "all") to a table, and say how they add up."""
    counts: Counts = {}
    relations: list[Relation] = []
    axes = range(inner.ndim)
    for size in range(inner.ndim + 1):
        for summed in combinations(axes, size):
            sums = inner.sum(axis=summed, keepdims=True)
            for place in np.ndindex(sums.shape):
                key = tuple("all" if axis in summed else place[axis] for axis in axes)
                counts[release, *key] = int(sums[place])
                for axis in summed:
                    parts = [
                        (release, *key[:axis], part, *key[axis + 1 :])
                        for part in range(inner.shape[axis])
                    ]
                    relations.append(Relation.total((release, *key), parts))
    return counts, relations


def assert_protected(
    counts: Counts,
    cells: Sequence[Cell],
    relations: Sequence[Relation],
    *,
    threshold: int = THRESHOLD,
) -> None:
    """Attack all that is known: every small count keeps at least `threshold` possible values."""
    intervals = attack(cells, relations)
    for key, count in counts.items():
        if key in intervals:
            assert intervals[key].low <= count <= intervals[key].high
            assert count >= threshold or intervals[key].width >= threshold - 1


def test_table_without_small_counts_is_published_whole() -> None:
    counts, relations = table(np.array([[12, 23], [31, 47]]))

    result = suppress(counts, relations)

    assert result.published["", 0, 0] == 10
    assert result.published["", 0, 1] == 25
    assert result.published["", "all", "all"] == 115
    assert len(result.published) == 9
    assert not result.primary | result.secondary
    assert result.withheld is False


def test_single_small_cell_takes_others_with_it() -> None:
    counts, relations = table(np.array([[3, 40, 50], [60, 70, 80], [90, 55, 65]]))

    result = suppress(counts, relations, rules=EXACT)

    assert result.primary == {("", 0, 0)}
    assert len(result.secondary) >= 3  # one more in the row, the column, and where these meet
    assert result.published == {
        key: count for key, count in counts.items() if key not in result.primary | result.secondary
    }
    assert not result.withheld
    assert_protected(counts, result.as_cells(), relations)


def test_rounding_can_be_protection_enough() -> None:
    counts, relations = table(np.array([[3, 40, 50], [60, 70, 80], [90, 55, 65]]))

    rounded = suppress(counts, relations, rules=Rules(rounding_base=10))
    exact = suppress(counts, relations, rules=EXACT)

    assert len(rounded.secondary) < len(exact.secondary)
    assert_protected(counts, rounded.as_cells(), relations)


def test_smallest_neighbour_is_hidden_first() -> None:
    counts = {"a": 4, "b": 30, "c": 20, "all": 54, "elsewhere": 11}

    result = suppress(counts, [Relation.total("all", ["a", "b", "c"])], rules=EXACT)

    assert result.secondary == {"c"}
    assert result.published == {"b": 30, "all": 54, "elsewhere": 11}


def test_total_that_is_not_published_protects() -> None:
    counts = {"a": 4, "b": 30, "all": 34}

    result = suppress(
        counts,
        [Relation.total("all", ["a", "b"])],
        rules=EXACT,
        unpublished=["all"],
    )

    assert result.published == {"b": 30}
    assert not result.secondary


def test_small_unpublished_count_is_protected_too() -> None:
    counts = {"inner": 28, "outer": 31, "others": 3}
    relations = [Relation.total("outer", ["inner", "others"])]

    result = suppress(counts, relations, unpublished=["others"])

    assert result.secondary == {"inner"}
    assert result.published == {"outer": 30}


@pytest.mark.parametrize(("others", "hidden"), [(1, True), (9, True), (10, False)])
def test_unpublished_count_is_protected_below_the_threshold(
    others: int,
    hidden: bool,  # noqa: FBT001 -- a table of cases
) -> None:
    counts = {"inner": 28, "outer": 28 + others, "others": others}
    relations = [Relation.total("outer", ["inner", "others"])]

    result = suppress(counts, relations, rules=EXACT, unpublished=["others"])

    assert bool(result.secondary) is hidden


def test_empty_unpublished_count_needs_no_protection() -> None:
    counts = {"inner": 30, "outer": 30, "others": 0}
    relations = [Relation.total("outer", ["inner", "others"])]

    result = suppress(counts, relations, unpublished=["others"])

    assert result.published == {"inner": 30, "outer": 30}


def test_table_that_cannot_be_protected_is_withheld() -> None:
    # The earlier total is known exactly and cannot be hidden any more.
    earlier = [published_cell("total", 14)]
    counts = {"a": 3, "b": 11}

    result = suppress(counts, [Relation.total("total", ["a", "b"])], earlier=earlier)

    assert result.withheld is True
    assert result.rules is DEFAULT_RULES
    assert result.published == {}
    assert result.primary == {"a"}
    assert result.secondary == {"b"}
    assert result.as_cells() == [Cell("a"), Cell("b")] or result.as_cells() == [
        Cell("b"),
        Cell("a"),
    ]


def test_later_release_must_not_betray_an_earlier_one() -> None:
    relations = [Relation.total("later", ["earlier", "came"])]
    earlier = [Cell("earlier", 0, 9)]

    # Nobody came, as everybody knows: the later count would be the earlier one.
    known = [*earlier, published_cell("came", 0)]
    assert suppress({"later": 10}, relations[:0], earlier=known).published == {"later": 10}
    betrayed = suppress(
        {"later": 12},
        [Relation((("later", 1), ("earlier", -1)), 3, 4)],
        earlier=earlier,
    )
    assert betrayed.withheld


def test_hidden_large_count_of_an_earlier_release_is_not_a_secret() -> None:
    earlier = [Cell("earlier", THRESHOLD)]
    relations = [Relation.total("later", ["earlier"])]

    assert suppress({"later": 20}, relations, earlier=earlier).published == {"later": 20}


def test_what_is_known_after_publication() -> None:
    result = Suppression(
        published={"a": 15, "d": 10},
        primary=frozenset("b"),
        secondary=frozenset("c"),
        withheld=False,
        rules=Rules(),
    )

    assert result.as_cells() == [
        Cell("a", 13, 17, hidden=False),
        Cell("d", 10, 12, hidden=False),
        Cell("b", 0, 9),
        Cell("c", 10, None),
    ]


def test_policy_stays_with_the_result() -> None:
    rules = Rules(threshold=15, rounding_base=10)

    result = suppress({"a": 20, "b": 14}, [], rules=rules)

    assert result.rules is rules
    assert result.published == {"a": 20}
    assert result.primary == {"b"}


def test_counts_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValueError, match=r"counts must add up; \('all', 'a'\) do not"):
        suppress({"a": 11, "all": 12}, [Relation.total("all", ["a"])])
    with pytest.raises(ValueError, match=r"counts must add up"):
        suppress(
            {"a": 11, "all": 12},
            [Relation.total("a", ["earlier"]), Relation.total("all", ["a"])],
            earlier=[Cell("earlier")],
        )


def test_impossible_tables_are_refused() -> None:
    with pytest.raises(ValueError, match="threshold must be at least 2"):
        Rules(threshold=1)
    with pytest.raises(ValueError, match="count must not be negative"):
        suppress({"a": -1}, [])
    with pytest.raises(ValueError, match=r"^unpublished must name cells of the table"):
        suppress({"a": 11}, [], unpublished=["b"])
    with pytest.raises(ValueError, match="'a' occurs twice"):
        suppress({"a": 3}, [], earlier=[Cell("a")])


def test_solver_without_a_result_is_no_protection(monkeypatch: pytest.MonkeyPatch) -> None:
    def gives_up(*_: object, **__: object) -> SimpleNamespace:
        return SimpleNamespace(status=1, x=None, message="Time limit reached.")

    monkeypatch.setattr("measurement.attacker.milp", gives_up)

    result = suppress({"a": 3, "b": 40}, [])

    assert result.withheld is True
    assert result.published == {}


def test_no_table_is_no_publication() -> None:
    assert suppress({}, []).published == {}


def test_hiding_small_cells_alone_is_no_protection() -> None:
    # The case that the rules are made for: 150 people, communities x sexes x age bands.
    generator = np.random.default_rng(4)
    inner = generator.multinomial(150, generator.dirichlet(np.full(12, 1.5))).reshape(3, 2, 2)
    counts, relations = table(inner)
    naive = [
        Cell(key, 0, 9) if count < THRESHOLD else published_cell(key, count)
        for key, count in counts.items()
    ]

    recovered = [key for key, interval in attack(naive, relations).items() if interval.width == 0]
    result = suppress(counts, relations, rules=Rules(marks="alike"))

    assert len(recovered) >= 3
    assert_protected(counts, result.as_cells(), relations)
    assert result.published


inner_counts = st.one_of(st.integers(0, 12), st.integers(0, 60))


@settings(deadline=None, max_examples=20)
@given(
    st.sampled_from([(2, 2), (2, 3), (3, 3)]),
    st.lists(inner_counts, min_size=9, max_size=9),
    st.builds(
        Rules,
        threshold=st.sampled_from([5, 10]),
        rounding_base=st.sampled_from([1, 5]),
        marks=st.sampled_from(["apart", "alike"]),
    ),
)
def test_no_small_count_of_any_table_can_be_derived(
    shape: tuple[int, int], numbers: list[int], rules: Rules
) -> None:
    counts, relations = table(np.array(numbers[: shape[0] * shape[1]]).reshape(shape))

    result = suppress(counts, relations, rules=rules)

    assert_protected(counts, result.as_cells(), relations, threshold=rules.threshold)
    shown = [count for key, count in counts.items() if key in result.published]
    assert all(count >= rules.threshold for count in shown)


@settings(deadline=None, max_examples=6)
@given(
    st.lists(inner_counts, min_size=4, max_size=4),
    st.lists(st.integers(0, 14), min_size=4, max_size=4),
)
def test_no_small_count_can_be_derived_from_two_releases(first: list[int], came: list[int]) -> None:
    before, relations_before = table(np.array(first).reshape(2, 2), "before")
    new, relations_new = table(np.array(came).reshape(2, 2), "new")
    after, relations_after = table(np.add(first, came).reshape(2, 2), "after")
    growth = [
        Relation.total(("after", *key), [("before", *key), ("new", *key)]) for _, *key in before
    ]
    relations = [*relations_before, *relations_new, *relations_after, *growth]

    published = suppress(before, relations_before)
    update = suppress(
        {**after, **new}, relations, unpublished=list(new), earlier=published.as_cells()
    )

    cells = [*published.as_cells(), *update.as_cells()]
    secrets = {key: count for key, count in {**before, **after}.items() if count < THRESHOLD}
    secrets |= {key: count for key, count in new.items() if 0 < count < THRESHOLD}
    intervals = attack([*cells, *(Cell(key) for key in new)], relations, targets=list(secrets))
    for key, count in secrets.items():
        assert intervals[key].low <= count <= intervals[key].high
        assert intervals[key].width >= THRESHOLD - 1


def test_interval_of_a_protected_cell_is_all_that_the_threshold_says() -> None:
    counts, relations = table(np.array([[3, 40], [60, 70]]))

    result = suppress(counts, relations)

    assert attack(result.as_cells(), relations)["", 0, 0] == Interval(0, 9)


def test_marks_that_look_alike_hide_less() -> None:
    # A hidden total above the threshold of two small cells says of each that somebody is in it.
    counts = {"a": 9, "b": 9, "all": 18}
    relations = [Relation.total("all", ["a", "b"])]

    apart = suppress(counts, relations)
    alike = suppress(counts, relations, rules=Rules(marks="alike"))

    assert apart.withheld
    assert not alike.withheld
    assert alike.published == {"all": 20}
    assert alike.as_cells()[1:] == [Cell(key) for key in alike.primary]
    with pytest.raises(ValueError, match="marks must be apart or alike, not 'none'"):
        Rules(marks="none")  # type: ignore[arg-type]  # what one may try
