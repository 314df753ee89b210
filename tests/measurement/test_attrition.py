import csv
import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from measurement.attrition import (
    ParticipantFlow,
    Step,
    baseline_difference,
    change_bounds,
    linkage,
    participant_flow,
    tipping_point,
)

NAN = float("nan")
CHANGES = st.floats(-50, 50)


def two_steps(first: int, lost: int, second: int) -> ParticipantFlow:
    return participant_flow([Step("came", first, {"moved away": lost}), Step("stayed", second)])


def test_flow_that_adds_up_gives_rates() -> None:
    flow = participant_flow(
        [
            Step("invited", 80, {"declined": 15, "not reached": 5}),
            Step("enrolled", 60, {"never came": 12}),
            Step("before", 48, {"no second survey": 20}),
            Step("linked", 28),
        ]
    )

    assert flow.count("before") == 48
    assert flow.rate("enrolled", of="invited") == 0.75
    assert_allclose(flow.rate("linked", of="before") or NAN, 28 / 48)


def test_flow_that_does_not_add_up_is_refused_with_both_numbers() -> None:
    message = r"the flow does not add up: 10 at 'came' minus the exits are 7, but 'stayed' has 8\."

    with pytest.raises(ValueError, match=message):
        two_steps(10, 3, 8)


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([], "a flow needs at least one step"),
        ([Step("came", 3), Step("came", 3)], "a name of its own"),
        ([Step("came", -1)], "came must be a whole number from 0, not -1"),
        ([Step("came", 3, {"moved": -1}), Step("stayed", 4)], "moved must be a whole number"),
        ([Step("came", 3, {"moved": 1})], "nobody can leave after the last step, 'came'"),
    ],
)
def test_flow_refuses_what_cannot_be(steps: list[Step], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        participant_flow(steps)


def test_flow_of_nobody_has_no_rate() -> None:
    flow = two_steps(0, 0, 0)

    assert flow.rate("stayed", of="came") is None


def test_flow_names_a_step_it_does_not_have() -> None:
    with pytest.raises(ValueError, match="the flow has no step 'linked'"):
        two_steps(1, 0, 1).count("linked")


@given(st.integers(0, 99), st.integers(0, 99), st.integers(-3, 3))
def test_flow_accepts_exactly_what_adds_up(stayed: int, lost: int, error: int) -> None:
    if error == 0:
        assert two_steps(stayed + lost, lost, stayed).count("stayed") == stayed
    elif stayed + error >= 0:
        with pytest.raises(ValueError, match="does not add up"):
            two_steps(stayed + lost, lost, stayed + error)


def test_flow_of_beat_the_blues(shared_data: Callable[[str], Path]) -> None:
    with shared_data("beat_the_blues.csv").open() as file:
        rows = list(csv.DictReader(file))
    waves = ["bdi.pre", "bdi.2m", "bdi.3m", "bdi.5m", "bdi.8m"]
    counts = [sum(bool(row[wave]) for row in rows) for wave in waves]

    flow = participant_flow(
        [
            Step(wave, count, {"lost": count - following} if following is not None else {})
            for wave, count, following in zip(waves, counts, [*counts[1:], None], strict=True)
        ]
    )

    # reference.json, beat_the_blues.csv, n_by_wave.
    assert [step.count for step in flow.steps] == [100, 97, 73, 58, 52]
    assert flow.rate("bdi.8m", of="bdi.pre") == 0.52


def test_linkage_gives_both_rates() -> None:
    result = linkage(before=40, after=35, linked=28)

    assert (result.share_of_before, result.share_of_after) == (0.7, 0.8)


def test_linkage_of_nobody_has_no_rate() -> None:
    result = linkage(before=0, after=0, linked=0)

    assert (result.share_of_before, result.share_of_after) == (None, None)


@pytest.mark.parametrize(
    ("before", "after", "linked", "message"),
    [
        (10, 5, 6, "6 pairs need as many surveys, not 10 and 5"),
        (5, 10, 6, "6 pairs need as many surveys, not 5 and 10"),
        (NAN, 1, 0, "before must be a whole number from 0, not nan"),
        (-1, 0, 0, "before must be a whole number from 0, not -1"),
        (1, -2, 0, "after must be a whole number from 0, not -2"),
    ],
)
def test_linkage_refuses_what_cannot_be(before: int, after: int, linked: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        linkage(before=before, after=after, linked=linked)


def test_baseline_difference_by_hand() -> None:
    # Means 6 and 3; variances 4 and 1; root mean square sqrt(2.5).
    result = baseline_difference([4, 6, 8], [2, 3, 4])

    assert_allclose(result.difference, 3)
    assert_allclose(result.standardised or NAN, 3 / math.sqrt(2.5), rtol=1e-12)
    assert result.notable
    assert (result.n_linked, result.n_lost) == (3, 3)


def test_baseline_difference_of_beat_the_blues(shared_data: Callable[[str], Path]) -> None:
    with shared_data("beat_the_blues.csv").open() as file:
        rows = list(csv.DictReader(file))
    stayed = [float(row["bdi.pre"]) for row in rows if row["bdi.8m"]]
    lost = [float(row["bdi.pre"]) for row in rows if not row["bdi.8m"]]

    result = baseline_difference(stayed, lost)

    # With the moments of the sample written out, not those of numpy.
    means = [math.fsum(group) / len(group) for group in (stayed, lost)]
    variances = [
        math.fsum((value - mean) ** 2 for value in group) / (len(group) - 1)
        for group, mean in zip((stayed, lost), means, strict=True)
    ]
    expected = (means[0] - means[1]) / math.sqrt(sum(variances) / 2)
    assert (result.n_linked, result.n_lost) == (52, 48)
    assert_allclose(result.standardised or NAN, expected, rtol=1e-10)
    assert result.notable == (abs(expected) > 0.2)


@pytest.mark.parametrize(("shift", "notable"), [(0.19, False), (0.21, True), (-0.21, True)])
def test_baseline_difference_is_notable_beyond_a_fifth(shift: float, notable: bool) -> None:  # noqa: FBT001 -- a table of cases
    values = np.array([-1.0, 0.0, 1.0])

    assert baseline_difference(values + shift, values).notable is notable


def test_baseline_difference_without_spread() -> None:
    same, other = baseline_difference([3, 3], [3, 3]), baseline_difference([3, 3], [4, 4])

    assert (same.standardised, same.notable) == (None, False)
    assert (other.standardised, other.notable) == (None, True)


@pytest.mark.parametrize(
    ("linked", "lost", "message"),
    [
        ([1, 2], [1], "both groups need two persons, not 2 and 1"),
        ([], [1, 2], "both groups need two persons, not 0 and 2"),
        ([1, NAN], [1, 2], "linked has 1 missing"),
        ([1, 2], [1, math.inf], "lost must be finite"),
    ],
)
def test_baseline_difference_refuses_bad_input(
    linked: list[float], lost: list[float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        baseline_difference(linked, lost)


@pytest.mark.parametrize(
    ("linked", "lost", "expected"),
    # indicators.md, tipping point: 28 linked +4, 12 lost -> -9.3; 20 and 20 -> -4.0.
    [(28, 12, -9.3), (20, 20, -4.0)],
)
def test_tipping_point_of_the_reference(linked: int, lost: int, expected: float) -> None:
    result = tipping_point(4, n_linked=linked, n_lost=lost)

    assert result is not None
    assert_allclose(result.change_of_lost, expected, atol=0.05)
    assert_allclose(result.gap, result.change_of_lost - 4)


def test_tipping_point_against_the_smallest_change_that_matters() -> None:
    # (28 * 4 + 12 x) / 40 = 2 gives x = -32/12.
    result = tipping_point(4, n_linked=28, n_lost=12, threshold=2)

    assert result is not None
    assert_allclose((result.change_of_lost, result.gap), (-32 / 12, -32 / 12 - 4), rtol=1e-12)
    assert (result.n_linked, result.n_lost) == (28, 12)


@given(CHANGES, st.integers(1, 200), st.integers(1, 200), CHANGES)
def test_tipping_point_puts_the_mean_of_all_on_the_threshold(
    change: float, linked: int, lost: int, threshold: float
) -> None:
    result = tipping_point(change, n_linked=linked, n_lost=lost, threshold=threshold)

    assert result is not None
    overall = (linked * change + lost * result.change_of_lost) / (linked + lost)
    assert_allclose(overall, threshold, atol=1e-9)


def test_nothing_tips_where_nobody_was_lost() -> None:
    assert tipping_point(4, n_linked=20, n_lost=0) is None


@pytest.mark.parametrize(
    ("change", "linked", "lost", "message"),
    [
        (4, 0, 5, "at least one pair, not 0"),
        (4, 5, -1, "n_lost must be a whole number from 0, not -1"),
        (NAN, 5, 1, "changes must be finite, not nan and 0.0"),
    ],
)
def test_tipping_point_refuses_bad_input(
    change: float, linked: int, lost: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        tipping_point(change, n_linked=linked, n_lost=lost)


def test_bounds_by_hand() -> None:
    # Pairs +10 and -2; two lost at 30 and 80 of 0 to 100: worst -110, best +90, over 4.
    result = change_bounds([10, -2], [30, 80], lowest=0, highest=100)

    assert (result.worst, result.best) == ((8 - 110) / 4, (8 + 90) / 4)
    assert (result.n_linked, result.n_lost) == (2, 2)


def test_bounds_meet_where_nobody_was_lost() -> None:
    result = change_bounds([10, -2], [], lowest=0, highest=100)

    assert (result.worst, result.best) == (4, 4)


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=2, max_size=12),
    st.integers(1, 11),
)
def test_bounds_hold_whatever_the_lost_did(pairs: list[tuple[int, int]], linked: int) -> None:
    linked = min(linked, len(pairs))
    changes = [after - before for before, after in pairs]

    result = change_bounds(
        changes[:linked], [before for before, _ in pairs[linked:]], lowest=0, highest=20
    )

    truth = sum(changes) / len(changes)
    assert result.worst - 1e-9 <= truth <= result.best + 1e-9


@pytest.mark.parametrize(
    ("differences", "baseline", "scale", "message"),
    [
        ([], [1], (0, 10), "at least one pair, not 0"),
        ([1], [11], (0, 10), "baseline_of_lost must lie on the scale from 0 to 10"),
        ([1], [-1], (0, 10), "baseline_of_lost must lie on the scale"),
        ([1], [math.inf], (0, 10), "^baseline_of_lost must be finite"),
        ([11], [1], (0, 10), "differences must fit on the scale from 0 to 10"),
        ([1], [1], (10, 10), "the scale must run from low to high, not 10 to 10"),
        ([1], [1], (0, math.inf), "the scale must run from low to high"),
    ],
)
def test_bounds_refuse_bad_input(
    differences: list[float], baseline: list[float], scale: tuple[float, float], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        change_bounds(differences, baseline, lowest=scale[0], highest=scale[1])
