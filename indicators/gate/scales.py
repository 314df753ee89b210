"""The figures of one scale that may be shown."""

from collections.abc import Iterator
from decimal import Decimal
from math import ceil

from indicators.estimates import ScaleEstimate
from indicators.gate.cells import Cell, step_of, to_step
from indicators.gate.policy import Policy
from indicators.models import Observation
from measurement.evidence import EvidenceClass, evidence_class
from measurement.power import pairs_needed


def scale_cells(
    scale: ScaleEstimate, policy: Policy, n: int, mark: Observation, *, levels: bool = True
) -> Iterator[Cell]:
    """Return the figures of a scale that may be shown, with or without its levels."""
    place = (scale.scale, scale.dimension, scale.category)
    change, low, high = scale.change, _known(scale.low), _known(scale.high)
    step = step_of(scale.span)
    evidence = evidence_class(low, high, scale.smallest_change)

    def cell(measure: str, value: float, rounding: Decimal = step) -> Cell:
        rounded = to_step(value, rounding)
        return Cell(measure, *place, value=rounded, n_rounded=n, observation=mark)

    if levels:
        yield cell("before", _known(change.mean_before))
        yield cell("after", _known(change.mean_after))
    yield Cell(
        "change",
        *place,
        value=to_step(_known(change.change), step),
        low=to_step(low, step),
        high=to_step(high, step),
        n_rounded=n,
        evidence=evidence.name.lower(),
        observation=mark,
    )
    if scale.effects is not None and scale.effects.g_av is not None:
        yield cell("effect", scale.effects.g_av, Decimal("0.1"))
    if evidence is EvidenceClass.CANNOT_TELL:
        yield Cell("pairs_needed", *place, value=Decimal(_pairs_needed(scale)))
    threshold = policy.threshold_for(is_sensitive=scale.is_sensitive)
    if scale.tipping_point is not None and scale.n_lost >= threshold:
        yield cell("tipping_point", scale.tipping_point)


def _pairs_needed(scale: ScaleEstimate) -> int:
    """Return the pairs that would show the smallest change that matters, to the next ten."""
    needed = pairs_needed(_known(scale.change.sd_change), scale.smallest_change)
    return ceil(needed / 10) * 10


def _known(figure: float | None) -> float:
    """Return a figure that is there wherever enough people are."""
    if figure is None:
        raise ValueError("An estimate without figures can't be published.")
    return figure
