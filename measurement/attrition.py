"""Who was lost on the way, whether they were different, and whether that may turn the result."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from measurement.inputs import Floats, Values, vector

# A difference in baseline of more than a fifth of a standard deviation is worth a sentence.
NOTABLE_DIFFERENCE = 0.2


@dataclass(frozen=True, slots=True)
class Step:
    """One box of the flow: how many were there, and why some did not reach the next one."""

    name: str
    count: int
    exits: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ParticipantFlow:
    """A flow of which every person is accounted for."""

    steps: tuple[Step, ...]

    def count(self, name: str) -> int:
        """Return the persons at a step; ValueError if there is no such step."""
        for step in self.steps:
            if step.name == name:
                return step.count
        raise ValueError(f"the flow has no step {name!r}.")

    def rate(self, reached: str, of: str) -> float | None:
        """Return the share of one step that reached another; None where nobody was there."""
        start = self.count(of)
        return self.count(reached) / start if start else None


@dataclass(frozen=True, slots=True)
class Linkage:
    """How many surveys could be joined into pairs.

    Attributes
    ----------
    linked, before, after
        Pairs, and surveys at either time.
    share_of_before
        The matched-pair rate; None where nobody answered before.
    share_of_after
        None where nobody answered after.
    """

    linked: int
    before: int
    after: int
    share_of_before: float | None
    share_of_after: float | None


@dataclass(frozen=True, slots=True)
class BaselineDifference:
    """Baseline of the people who stayed, minus that of the people who were lost.

    Attributes
    ----------
    difference
        In the unit of the data.
    standardised
        Divided by the root mean square of the two SDs; None where nobody varies.
    notable
        Whether it is larger than .2 in size; where nobody varies, whether there is any.
    n_linked, n_lost
        Persons used.
    """

    difference: float
    standardised: float | None
    notable: bool
    n_linked: int
    n_lost: int


@dataclass(frozen=True, slots=True)
class TippingPoint:
    """What the lost people must have done for the overall change to be no more than a threshold.

    Attributes
    ----------
    change_of_lost
        Their mean change at which the change of all is exactly the threshold.
    gap
        The same, counted from the mean change of those who stayed.
    n_linked, n_lost
        Persons of either kind.
    """

    change_of_lost: float
    gap: float
    n_linked: int
    n_lost: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """The mean change of everybody, if the lost had ended at the worst or the best of the scale."""

    worst: float
    best: float
    n_linked: int
    n_lost: int


def participant_flow(steps: Sequence[Step]) -> ParticipantFlow:
    """Check that a flow adds up: each step minus its exits is the next step.

    A flow with a person too many or too few is not shown, it is refused.

    Parameters
    ----------
    steps
        From the first contact to the analysed pairs; the last one has no exits.

    Raises
    ------
    ValueError
        If there is no step, two have the same name, a number is negative or not whole, or the
        flow does not add up; the message names the step and both numbers.
    """
    if not steps:
        raise ValueError("a flow needs at least one step.")
    names = [step.name for step in steps]
    if len(set(names)) != len(names):
        raise ValueError(f"each step of a flow needs a name of its own, not {names!r}.")
    for step in steps:
        for name, number in ((step.name, step.count), *step.exits.items()):
            _count(number, name)
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        left = step.count - sum(step.exits.values())
        if following is None and step.exits:
            raise ValueError(f"nobody can leave after the last step, {step.name!r}.")
        if following is not None and left != following.count:
            raise ValueError(
                f"the flow does not add up: {step.count} at {step.name!r} minus the exits are "
                f"{left}, but {following.name!r} has {following.count}."
            )
    return ParticipantFlow(steps=tuple(steps))


def linkage(*, before: int, after: int, linked: int) -> Linkage:
    """Say how many of the surveys could be joined into before-and-after pairs.

    Raises
    ------
    ValueError
        If a number is negative or not whole, or there are more pairs than surveys.
    """
    for name, number in (("before", before), ("after", after), ("linked", linked)):
        _count(number, name)
    if linked > min(before, after):
        raise ValueError(f"{linked} pairs need as many surveys, not {before} and {after}.")
    return Linkage(
        linked=linked,
        before=before,
        after=after,
        share_of_before=linked / before if before else None,
        share_of_after=linked / after if after else None,
    )


def baseline_difference(linked: Values, lost: Values) -> BaselineDifference:
    """Compare the baseline of the people who stayed with that of the people who were lost.

    If they began differently, the pairs do not stand for everybody who came.

    Parameters
    ----------
    linked, lost
        Baseline scores of people with and without a second survey, nothing missing.

    Raises
    ------
    ValueError
        If either group has fewer than two persons, or the input is refused.

    References
    ----------
    Austin 2009, Statistics in Medicine 28:3083-3107, doi 10.1002/sim.3697 (standardised by the
    root mean square of the two SDs).
    """
    stayed, gone = vector(linked, "linked"), vector(lost, "lost")
    if min(stayed.size, gone.size) < 2:  # noqa: PLR2004 -- one person has no spread
        raise ValueError(f"both groups need two persons, not {stayed.size} and {gone.size}.")
    difference = float(stayed.mean() - gone.mean())
    spread = math.sqrt((_variance(stayed) + _variance(gone)) / 2)
    standardised = difference / spread if spread > 0 else None
    return BaselineDifference(
        difference=difference,
        standardised=standardised,
        notable=abs(standardised) > NOTABLE_DIFFERENCE
        if standardised is not None
        else difference != 0,
        n_linked=stayed.size,
        n_lost=gone.size,
    )


def tipping_point(
    mean_change: float, *, n_linked: int, n_lost: int, threshold: float = 0.0
) -> TippingPoint | None:
    """Say how the lost people must have changed for the overall change to vanish.

    -(n_linked / n_lost) mean change, when the threshold is 0. If that is more than anybody would
    expect, or more than the scale allows, drop-out cannot explain the result.

    Parameters
    ----------
    mean_change
        Of the pairs, person-average.
    n_linked, n_lost
        Pairs, at least 1, and persons with a first survey only.
    threshold
        The overall change to reach: 0, or the smallest change that matters.

    Returns
    -------
    TippingPoint or None
        None if nobody was lost: nothing can tip.

    Raises
    ------
    ValueError
        If a number is negative, not whole or not finite, or there is no pair.

    References
    ----------
    Yan, Lee & Li 2009, Journal of Biopharmaceutical Statistics 19:1085-1098, doi
    10.1080/10543400903243009 (tipping-point analysis).
    """
    pairs, missing = _count(n_linked, "n_linked"), _count(n_lost, "n_lost")
    if not pairs:
        raise ValueError("a tipping point needs at least one pair, not 0.")
    if not (math.isfinite(mean_change) and math.isfinite(threshold)):
        raise ValueError(f"changes must be finite, not {mean_change!r} and {threshold!r}.")
    if not missing:
        return None
    change = threshold + (threshold - mean_change) * pairs / missing
    return TippingPoint(
        change_of_lost=change, gap=change - mean_change, n_linked=pairs, n_lost=missing
    )


def change_bounds(
    differences: Values, baseline_of_lost: Values, *, lowest: float, highest: float
) -> Bounds:
    """Bound the mean change of everybody, whatever the lost people did; person-average.

    The worst case puts each of them at the lowest end of the scale, the best at the highest.
    Nothing is assumed, so that the bounds are wide; they cannot be wrong.

    Parameters
    ----------
    differences
        After minus before of each pair, at least one.
    baseline_of_lost
        First scores of the people without a second one; may be empty.
    lowest, highest
        Ends of the scale.

    Raises
    ------
    ValueError
        If there is no pair, the scale is empty, a value lies outside it, or input is refused.

    References
    ----------
    Horowitz & Manski 2000, Journal of the American Statistical Association 95:77-84.
    """
    changes, lost = vector(differences, "differences"), vector(baseline_of_lost, "baseline_of_lost")
    if not changes.size:
        raise ValueError("bounds need at least one pair, not 0.")
    if not (math.isfinite(lowest) and math.isfinite(highest) and lowest < highest):
        raise ValueError(f"the scale must run from low to high, not {lowest!r} to {highest!r}.")
    if lost.size and not (lowest <= lost.min() and lost.max() <= highest):
        raise ValueError(f"baseline_of_lost must lie on the scale from {lowest!r} to {highest!r}.")
    if abs(changes).max() > highest - lowest:
        raise ValueError(f"differences must fit on the scale from {lowest!r} to {highest!r}.")
    n, total, start = changes.size + lost.size, float(changes.sum()), float(lost.sum())
    return Bounds(
        worst=(total + lowest * lost.size - start) / n,
        best=(total + highest * lost.size - start) / n,
        n_linked=changes.size,
        n_lost=lost.size,
    )


def _variance(values: Floats) -> float:
    return float(values.var(ddof=1))


def _count(number: int, name: str) -> int:
    if not float(number).is_integer() or number < 0:
        raise ValueError(f"{name} must be a whole number from 0, not {number!r}.")
    return int(number)
