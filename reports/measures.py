"""What each measure of a published cell is called, in which unit, and where funders look for it.

One table for every form that lists cells: workbooks, funders' files, legends.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from indicators.gate import Cell


class Unit(StrEnum):
    COUNT = "count"
    PEOPLE = "people"
    HOURS = "hours"
    PER_CENT = "per_cent"
    PER_THOUSAND = "per_thousand"
    PER_TEN_THOUSAND = "per_ten_thousand"
    RATIO = "ratio"
    POINTS = "points"
    DEVIATIONS = "deviations"


class Result(StrEnum):
    """Where funders look for a figure: at what was done, or at what differs for people."""

    OUTPUT = "output"
    OUTCOME = "outcome"
    IMPACT = "impact"
    NONE = ""


UNIT_WORDS: Mapping[Unit, str | Promise] = {
    Unit.COUNT: _("number"),
    Unit.PEOPLE: _("people, rounded to 5"),
    Unit.HOURS: _("hours"),
    Unit.PER_CENT: _("per cent"),
    Unit.PER_THOUSAND: _("per 1,000 people"),
    Unit.PER_TEN_THOUSAND: _("per 10,000 people"),
    Unit.RATIO: _("between 0 and 1"),
    Unit.POINTS: _("points of the scale"),
    Unit.DEVIATIONS: _("standard deviations"),
}


@dataclass(frozen=True, slots=True)
class Measure:
    words: str | Promise
    unit: Unit
    #: Steps of the Wirkungstreppe (1–7) that the figure speaks about, from and to; none for those
    #: that say how far to trust others.
    steps: tuple[int, ...] = ()
    result: Result = Result.NONE
    #: None where neither more nor less is wanted.
    more_is_wanted: bool | None = True


def _output(
    words: Promise, unit: Unit, step: int, *, more_is_wanted: bool | None = True
) -> Measure:
    return Measure(words, unit, (step,), Result.OUTPUT, more_is_wanted)


MEASURES: Mapping[str, Measure] = {
    "workshops_planned": _output(_("Workshops planned"), Unit.COUNT, 1),
    "workshops_cancelled": _output(_("Workshops cancelled"), Unit.COUNT, 1, more_is_wanted=False),
    "sessions_planned": _output(_("Sessions planned"), Unit.COUNT, 1),
    "sessions_held": _output(_("Sessions held"), Unit.COUNT, 1),
    "hours_held": _output(_("Hours held"), Unit.HOURS, 1),
    "delivered_as_planned": _output(_("Sessions held of those planned"), Unit.PER_CENT, 1),
    "area_coverage": _output(_("Areas with a workshop"), Unit.PER_CENT, 1),
    "active_trainers": _output(_("Trainers who held a session"), Unit.COUNT, 1),
    "trainer_retention": _output(_("Trainers who went on"), Unit.PER_CENT, 1),
    "language_coverage": _output(_("Languages covered by trainers"), Unit.PER_CENT, 1),
    "capacity_ratio": _output(_("Hours that trainers have, of those asked for"), Unit.RATIO, 1),
    "single_points_of_failure": _output(
        _("Languages that hang on one trainer"), Unit.COUNT, 1, more_is_wanted=False
    ),
    "people_invited": _output(_("People invited"), Unit.PEOPLE, 2),
    "people_enrolled": _output(_("People enrolled"), Unit.PEOPLE, 2),
    "people_reached": _output(_("People who came at least once"), Unit.PEOPLE, 2),
    "people_completed": _output(_("People who came to most sessions"), Unit.PEOPLE, 2),
    "reach_rate": _output(_("People reached of those who live there"), Unit.PER_THOUSAND, 2),
    "representativeness": _output(_("Likeness to those who live there"), Unit.RATIO, 2),
    "turn_out": _output(_("Enrolled people who came"), Unit.PER_CENT, 2),
    "dose_received": _output(_("Sessions attended of those offered"), Unit.PER_CENT, 2),
    "completion": _output(_("Enrolled people who came to most sessions"), Unit.PER_CENT, 2),
    "representativeness_expected": _output(
        _("The same, of as many people drawn at random"), Unit.RATIO, 2, more_is_wanted=None
    ),
    "dose": _output(_("How many sessions people attended"), Unit.PER_CENT, 2, more_is_wanted=None),
    "came": _output(_("Who came"), Unit.PER_CENT, 2, more_is_wanted=None),
    "acceptance": _output(_("People who found it useful"), Unit.PER_CENT, 3),
    "lives_here": Measure(_("Who lives here"), Unit.PER_CENT, more_is_wanted=None),
    "cards": Measure(_("Cards given"), Unit.PEOPLE),
    "answered_before": Measure(_("Answered before"), Unit.PEOPLE),
    "answered_after": Measure(_("Answered after"), Unit.PEOPLE),
    "linked": Measure(_("Answered both times"), Unit.PEOPLE),
    "before": Measure(_("Average before"), Unit.POINTS),
    "after": Measure(_("Average after"), Unit.POINTS),
    "change": Measure(_("Difference"), Unit.POINTS, (4, 6), Result.OUTCOME),
    "effect": Measure(_("Standardised difference"), Unit.DEVIATIONS),
    "pairs_needed": Measure(_("People needed to tell"), Unit.PEOPLE, more_is_wanted=None),
    "tipping_point": Measure(_("Difference of the lost that would make it zero"), Unit.POINTS),
    "low_resource_before": Measure(_("People with little, before"), Unit.PER_CENT),
    "low_resource_after": Measure(
        _("People with little, after"), Unit.PER_CENT, (6,), Result.OUTCOME, more_is_wanted=False
    ),
    "reliable_up": Measure(
        _("Higher beyond measurement error"), Unit.PER_CENT, (4, 6), Result.OUTCOME
    ),
    "reliable_none": Measure(
        _("No difference beyond measurement error"), Unit.PER_CENT, more_is_wanted=None
    ),
    "reliable_down": Measure(
        _("Lower beyond measurement error"),
        Unit.PER_CENT,
        (4, 6),
        Result.OUTCOME,
        more_is_wanted=False,
    ),
    "reliable_chance": Measure(
        _("Each way by measurement error alone"), Unit.PER_CENT, more_is_wanted=None
    ),
    "resource_knowledge": Measure(
        _("Areas in which people know where to turn"), Unit.POINTS, (4,), Result.OUTCOME
    ),
    "reactivity_change": Measure(
        _("Difference in distress, given the strain"),
        Unit.DEVIATIONS,
        (6,),
        Result.OUTCOME,
        more_is_wanted=False,
    ),
    "reactivity_change_low_reliability": Measure(
        _("The same, if strain was measured less reliably"),
        Unit.DEVIATIONS,
        more_is_wanted=False,
    ),
    "recovered": Measure(
        _("People under strain who stayed or became well"), Unit.PER_CENT, (6,), Result.OUTCOME
    ),
    "resource_density": Measure(
        _("Local resources per 10,000 people"), Unit.PER_TEN_THOUSAND, (7,), Result.IMPACT
    ),
    "resource_access": Measure(
        _("Local resources open to everybody"), Unit.PER_CENT, (7,), Result.IMPACT
    ),
    "baseline_response": Measure(_("Enrolled people who answered before"), Unit.PER_CENT),
    "linked_rate": Measure(_("People who answered again"), Unit.PER_CENT),
    "differential_attrition": Measure(
        _("Those who answered again, compared with the lost"), Unit.DEVIATIONS, more_is_wanted=None
    ),
    "complete_before": Measure(_("Complete answers before"), Unit.PER_CENT),
    "complete_after": Measure(_("Complete answers after"), Unit.PER_CENT),
    "language_before": Measure(_("Languages of the answers"), Unit.PER_CENT, more_is_wanted=None),
    "channel_before": Measure(_("Ways of answering"), Unit.PER_CENT, more_is_wanted=None),
    "restated": Measure(_("What a correction did"), Unit.POINTS, more_is_wanted=None),
}


def measure_of(cell: Cell) -> Measure:
    """Return what is known of a cell's measure; of one from a later version, its bare name."""
    return MEASURES.get(cell.measure) or Measure(cell.measure, Unit.COUNT)
