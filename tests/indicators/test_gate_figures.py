"""Figures beside the scales: each kind has its own rule, and what hangs together goes together."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from indicators.estimates import CycleEstimate
from indicators.figures import Figure, Kind
from indicators.gate import Cell, Policy, publish, publishing
from indicators.models import Confidentiality, Observation
from tests.indicators.test_gate import cycle_estimate, scale_estimate

FREE, FEW, ALONG = Confidentiality.FREE, Confidentiality.PRIMARY, Confidentiality.SECONDARY


def share(count: int, n: int, measure: str = "share", **changed: Any) -> Figure:
    figure = Figure(measure, Kind.SHARE, 100 * count / n, "after:asked", n=n, count=count)
    return replace(figure, **changed)


def with_figures(*figures: Figure, n: int = 60) -> CycleEstimate:
    estimate = cycle_estimate(scale_estimate(n), cards=200, before=150, after=120, linked=n)
    return replace(estimate, figures=figures)


def published(*figures: Figure, n: int = 60) -> list[Cell]:
    places = {(one.measure, one.scale, one.dimension, one.category) for one in figures}
    cells = publish(with_figures(*figures, n=n), Policy()).cells
    return [cell for cell in cells if cell.key in places]


@pytest.mark.parametrize(
    ("count", "n", "value", "mark"),
    [
        (22, 48, 40, Observation.NORMAL),  # 20 of 50
        (10, 40, 25, Observation.NORMAL),
        (12, 25, 40, Observation.LOW_RELIABILITY),  # about 10 of 25
        (10, 19, None, Observation.NORMAL),  # too few for any share
        (9, 40, None, Observation.NORMAL),
        (31, 40, None, Observation.NORMAL),  # nine are left
        (40, 40, None, Observation.NORMAL),  # everybody
        (0, 40, None, Observation.NORMAL),
    ],
)
def test_share_needs_enough_people_on_both_sides(
    count: int, n: int, value: int | None, mark: Observation
) -> None:
    (cell,) = published(share(count, n))

    assert cell.value == value
    assert cell.confidentiality == (FREE if value else FEW)
    assert cell.observation == mark


def test_share_about_health_needs_fifteen() -> None:
    (cell,) = published(share(14, 60, is_sensitive=True))

    assert cell.confidentiality == FEW


def test_register_tells_per_cent_from_the_smallest_denominator_of_the_indicator() -> None:
    figure = share(12, 24, population="enrolled", minimum_n=20)

    (cell,) = published(figure)

    assert cell.value == 40
    assert cell.observation == Observation.NORMAL


def test_mean_of_one_value_is_withheld() -> None:
    figure = Figure("mean", Kind.MEAN, 3.0, "linked", n=60, low=3.0, high=3.0)

    (cell,) = published(figure)

    assert cell.confidentiality == FEW


def test_mean_needs_the_smallest_number_of_its_indicator() -> None:
    figure = Figure("mean", Kind.MEAN, 3.0, "asked", n=29, low=2.0, high=4.0, minimum_n=30)

    assert published(figure)[0].confidentiality == FEW
    assert published(replace(figure, n=30))[0].value == 3


def test_things_are_told_as_they_are() -> None:
    figure = Figure("area_coverage", Kind.THINGS, 1.0, step=Decimal(1))

    (cell,) = published(figure, n=3)

    assert cell.value == 1


def test_figure_that_does_not_exist_says_why_and_nothing_else() -> None:
    figure = Figure("recovered", Kind.SHARE, None, "linked", missing=Observation.NOT_APPLICABLE)

    (cell,) = published(figure)

    assert cell == Cell("recovered", observation=Observation.NOT_APPLICABLE)


def test_survey_figures_of_a_small_cycle_are_withheld_and_those_of_the_register_are_not() -> None:
    survey, register = share(30, 80), share(30, 80, "turn_out", population="enrolled")

    cells = {cell.measure: cell for cell in published(survey, register, n=9)}

    assert cells["share"].confidentiality == ALONG
    assert cells["turn_out"].value is not None


def test_figure_that_contradicts_its_population_is_withheld() -> None:
    figure = share(60, 100, population="after")  # the flow says 120

    (cell,) = published(figure)

    assert cell.confidentiality == ALONG


def test_breakdown_of_answers_needs_thirty() -> None:
    parts = [
        share(count, 28, "language", dimension="language", category=str(place))
        for place, count in enumerate((14, 14))
    ]

    assert {cell.confidentiality for cell in published(*parts)} == {ALONG}


def test_attended_is_withheld_where_a_few_did_not_come() -> None:
    figures = [
        Figure("people_enrolled", Kind.PEOPLE, 45, "enrolled", n=45),
        Figure("people_reached", Kind.PEOPLE, 41, "attended", n=41),
        share(41, 45, "turn_out", population="enrolled"),
    ]

    cells = {cell.measure: cell for cell in published(*figures)}

    assert cells["people_reached"].value == 40
    assert cells["people_enrolled"].confidentiality == ALONG
    assert not cells["turn_out"].is_free


def test_scale_that_a_few_lack_bears_the_number_of_the_linked() -> None:
    estimate = cycle_estimate(scale_estimate(43), cards=200, before=150, after=120, linked=49)

    cells = {cell.measure: cell for cell in publish(estimate, Policy()).cells}

    assert cells["change"].n_rounded == cells["linked"].value == 50


def test_scale_that_many_lack_bears_its_own_number() -> None:
    estimate = cycle_estimate(scale_estimate(33), cards=200, before=150, after=120, linked=49)

    cells = {cell.measure: cell for cell in publish(estimate, Policy()).cells}

    assert cells["change"].n_rounded == 35


def test_failing_audit_withholds_all_about_people_and_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_arguments: object) -> None:
        raise RuntimeError("of 7 people")

    monkeypatch.setattr(publishing, "counts_of", fail)
    estimate = replace(with_figures(share(30, 80)), delivery={"workshops_planned": 3})

    publication = publish(estimate, Policy())

    shown = [cell for cell in publication.cells if cell.value is not None]
    assert shown == [Cell("workshops_planned", value=Decimal(3))]
    assert list(publication.certificate["withheld"]) == ["audit_failed"]
    assert "7" not in caplog.text


def test_certificate_counts_figures_and_no_people() -> None:
    certificate = publish(with_figures(share(30, 80), share(4, 80, "rare")), Policy()).certificate

    assert certificate["withheld"]["nobody_or_everybody"] == 1
    assert certificate["rules"] == ["S2"]
    assert certificate["derivable"] == [
        {"kind": "shown_count", "within": 2},
        {"kind": "small_count", "at_least_as_wide_as": 9},
        {"kind": "mean", "of_at_least": 10},
    ]
