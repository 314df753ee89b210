"""The disclosure gate alone: estimates in, cells out."""

from dataclasses import fields, replace
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indicators.estimates import CycleEstimate, ScaleEstimate
from indicators.gate import FLOW_MEASURES, Cell, Policy, publish, step_of
from indicators.models import Confidentiality, Observation
from measurement.effect_sizes import paired_effects
from measurement.paired import paired_change


def scale_estimate(n: int, *, rise: float = 6.0, seed: int = 1, **changed: object) -> ScaleEstimate:
    random = Random(seed)
    before = [random.gauss(50, 15) for _ in range(n)]
    after = [score + rise + random.gauss(0, 8) for score in before]
    change = paired_change(before, after)
    estimate = ScaleEstimate(
        scale="belonging",
        dimension="",
        category="",
        is_sensitive=False,
        span=100,
        smallest_change=4,
        change=change,
        effects=paired_effects(change) if n > 1 else None,
        low=change.low,
        high=change.high,
        n_lost=0,
        tipping_point=None,
    )
    return replace(estimate, **changed)  # type: ignore[arg-type]  # fields by name


def cycle_estimate(*scales: ScaleEstimate, **flow: int) -> CycleEstimate:
    linked = max((scale.change.n for scale in scales), default=0)
    counts = {"cards": 60, "before": 60, "after": 50, "linked": linked} | flow
    return CycleEstimate(flow=counts, delivery={}, scales=scales)


def cells_of(estimate: CycleEstimate, policy: Policy) -> list[Cell]:
    return list(publish(estimate, policy).cells)


def by_measure(cells: list[Cell]) -> dict[str, Cell]:
    return {cell.measure: cell for cell in cells}


def figures(cells: list[Cell]) -> list[object]:
    return [
        figure
        for cell in cells
        for figure in (cell.value, cell.low, cell.high, cell.n_rounded, cell.evidence or None)
        if figure is not None
    ]


@pytest.mark.parametrize("n", range(10))
def test_publish_below_ten_pairs_gives_no_figure(n: int) -> None:
    cells = cells_of(cycle_estimate(scale_estimate(n)), Policy())

    assert figures(cells) == []
    assert {cell.measure for cell in cells} == {*FLOW_MEASURES, "change"}


def test_publish_at_ten_pairs_gives_whole_points_marked_uncertain() -> None:
    cells = by_measure(cells_of(cycle_estimate(scale_estimate(10)), Policy()))

    change = cells["change"]
    assert change.confidentiality == Confidentiality.FREE
    assert change.observation == Observation.LOW_RELIABILITY
    assert change.value is not None
    assert change.value == change.value.to_integral_value()
    assert change.n_rounded == 10
    assert cells["linked"].value == 10


def test_publish_rounds_counts_to_five() -> None:
    cells = by_measure(cells_of(cycle_estimate(scale_estimate(33), before=58, after=48), Policy()))

    counts = [cells[name].value for name in ("answered_before", "answered_after", "linked")]
    assert counts == [60, 50, 35]


@pytest.mark.parametrize(("n", "is_published"), [(14, False), (15, True)])
def test_publish_health_needs_fifteen(n: int, *, is_published: bool) -> None:
    cells = cells_of(cycle_estimate(scale_estimate(n, is_sensitive=True)), Policy())

    published = by_measure(cells)["change"].confidentiality == Confidentiality.FREE
    assert published is is_published


def test_publish_withholds_when_everybody_said_the_same() -> None:
    same = paired_change([50.0] * 20, [75.0] * 20)
    estimate = scale_estimate(20, change=same, effects=None, low=same.low, high=same.high)

    cells = by_measure(cells_of(cycle_estimate(estimate), Policy()))

    assert cells["change"].confidentiality == Confidentiality.PRIMARY
    assert cells["change"].value is None


@pytest.mark.parametrize(
    ("sizes", "total", "is_published"),
    [
        ((20, 20), 40, True),
        ((31, 9), 40, False),  # one group too small
        ((20, 15), 40, False),  # five people in no group: subtraction would show them
        ((14, 15), 29, False),  # too few for any breakdown
    ],
)
def test_publish_breakdown_whole_or_not_at_all(
    sizes: tuple[int, int], total: int, *, is_published: bool
) -> None:
    parts = [
        scale_estimate(size, dimension="gender", category=category, seed=size)
        for size, category in zip(sizes, "ab", strict=True)
    ]

    cells = cells_of(cycle_estimate(scale_estimate(total), *parts), Policy())

    groups = [cell for cell in cells if cell.dimension == "gender" and cell.measure == "change"]
    assert [cell.confidentiality == Confidentiality.FREE for cell in groups] == [is_published] * 2


def test_publish_says_how_many_pairs_it_would_take_only_where_it_cannot_tell() -> None:
    unclear = by_measure(cells_of(cycle_estimate(scale_estimate(12, rise=0.5)), Policy()))
    clear = by_measure(cells_of(cycle_estimate(scale_estimate(60, rise=9)), Policy()))

    assert unclear["change"].evidence == "cannot_tell"
    assert unclear["pairs_needed"].value is not None
    assert unclear["pairs_needed"].value % 10 == 0
    assert clear["change"].evidence == "clear_rise"
    assert "pairs_needed" not in clear


def test_publish_tipping_point_needs_enough_lost_people() -> None:
    few = scale_estimate(40, n_lost=9, tipping_point=-20.0)
    many = scale_estimate(40, n_lost=10, tipping_point=-20.0)

    assert "tipping_point" not in by_measure(cells_of(cycle_estimate(few), Policy()))
    assert by_measure(cells_of(cycle_estimate(many), Policy()))["tipping_point"].value == -20


@pytest.mark.parametrize(
    ("span", "step"),
    [(100, "1"), (12, "0.2"), (10, "0.1"), (63, "1"), (4, "0.05"), (1, "0.01"), (400, "5")],
)
def test_step_of_is_about_one_per_cent(span: float, step: str) -> None:
    assert step_of(span) == Decimal(step)


@given(st.integers(0, 40), st.integers(0, 60), st.integers(0, 10**6))
def test_publish_never_shows_a_figure_about_fewer_than_ten(n: int, linked: int, seed: int) -> None:
    estimate = scale_estimate(n, seed=seed)

    cells = cells_of(cycle_estimate(estimate, linked=linked), Policy())

    for cell in cells:
        if cell.scale and (n < 10 or linked < 10):
            assert figures([cell]) == []
        if cell.confidentiality != Confidentiality.FREE:
            assert all(
                getattr(cell, field.name) in {None, ""}
                for field in fields(Cell)
                if field.name in {"value", "low", "high", "n_rounded", "evidence"}
            )


def test_publish_delivery_counts_people_and_things_apart() -> None:
    estimate = replace(
        cycle_estimate(scale_estimate(5)),
        delivery={"workshops_planned": 3, "sessions_held": 17, "people_reached": 9},
    )

    cells = by_measure(cells_of(estimate, Policy()))

    assert cells["sessions_held"].value == 17
    assert cells["people_reached"].confidentiality == Confidentiality.PRIMARY
