"""What the quick search for other counts says, against trying out with an integer programme."""

from collections.abc import Mapping
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.gate.audit import Counts, Known, Node, doubtful, exposed, narrow, span
from indicators.gate.merging import can_be_solved
from measurement.attacker import Cell, Relation, attack


def random_system(random: Random) -> tuple[Counts, Known]:
    """Return counts of a whole, split in several ways that hang together, partly told rounded."""
    counts, known = Counts(), Known()
    names: list[Node] = [(str(place),) for place in range(random.randint(3, 7))]
    for node in names:
        counts.add(node, random.randint(0, 30))
    for number in range(random.randint(1, 4)):
        parts = random.sample(names, random.randint(1, min(3, len(names))))
        whole: Node = (f"whole {number}",)
        counts.add(whole, sum(counts.truth[part] for part in parts) + random.randint(0, 12))
        counts.split(whole, parts, (f"rest {number}",), 10)
    for node, count in counts.truth.items():
        if count < 10:
            counts.protect(node, 10)
        if random.random() < 0.5:
            low, high = (0, 9) if count < 10 else (max(count // 5 * 5 - 2, 10), count // 5 * 5 + 6)
            known.tighten(node, low, high)
    return counts, known


def exact_widths(counts: Counts, known: Known) -> Mapping[Node, float]:
    cells = [Cell(node, known.low.get(node, 0), known.high.get(node)) for node in counts.truth]
    relations = [Relation.total(whole, parts) for whole, *parts in counts.totals]
    found = attack(cells, relations, targets=list(counts.small))
    return {node: found[node].width for node in counts.small}


@given(st.integers(0, 10**9))
def test_exposed_are_those_that_can_be_narrowed_down_and_none_only_if_there_are_none(
    seed: int,
) -> None:
    counts, known = random_system(Random(seed))
    widths = exact_widths(counts, known)

    found = exposed(counts, known)

    narrow_ones = {node for node, width in widths.items() if width < 9}
    assert set(found) <= narrow_ones <= set(doubtful(counts, known))
    assert bool(found) == bool(narrow_ones)
    for node, width in widths.items():
        # What is shown to be possible is possible; what is ruled out is impossible.
        outside = narrow(counts, known).width(node)
        assert span(counts, known, node) <= min(width, 9) <= min(outside, 9)


def test_a_rest_of_nobody_needs_no_protection() -> None:
    counts = Counts()
    counts.add(("all",), 20)
    counts.add(("some",), 20)
    counts.split(("all",), [("some",)], ("rest",), 10)

    assert counts.small == {}


def test_counts_that_do_not_add_up_are_not_said_to() -> None:
    counts = Counts()
    counts.add(("all",), 20)
    counts.add(("more",), 21)

    assert not counts.split(("all",), [("more",)], ("rest",), 10)
    assert counts.totals == []


SIZES = {"a": 6, "b": 5, "c": 7, "d": 4, "large": 40}


@pytest.mark.parametrize(
    ("sets", "is_solved"),
    [
        ([{"a", "b", "c"}], False),
        ([{"a", "b", "c"}, {"a", "b", "c", "d"}], True),  # d alone is left over
        ([{"a", "b", "c"}, {"large"}], False),
        ([{"a", "b", "large"}, {"large"}], False),  # eleven are left over
        ([{"a", "large"}, {"large"}], True),
        ([{"a", "b"}, {"b", "c"}, {"a", "c"}], True),  # three sums of three unknowns
        ([{"b", "d", "large"}, {"large"}], True),  # nine are left over
    ],
)
def test_sums_that_leave_a_few_people_over_are_found(
    sets: list[set[str]], *, is_solved: bool
) -> None:
    assert can_be_solved(sets, SIZES, 10) is is_solved


def test_too_many_small_groups_are_not_risked() -> None:
    names = [str(place) for place in range(14)]
    sets = [{name, "large"} for name in names]

    assert can_be_solved(sets, dict.fromkeys(names, 3) | {"large": 50}, 10)
