"""The disclosure gate: the one way from estimates to published figures.

A pure function. What it does not let through does not exist for pages, documents, the API, the
cache, logs and mails. Where it is in doubt it withholds.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from math import ceil

from indicators.estimates import CycleEstimate, ScaleEstimate
from indicators.models import Confidentiality, Observation
from measurement.evidence import EvidenceClass, evidence_class
from measurement.power import pairs_needed


@dataclass(frozen=True, slots=True)
class Policy:
    """What may be published. A programme may raise the thresholds; the code never lowers them."""

    version: str = "1"
    #: People behind any survey figure.
    threshold: int = 10
    #: The same where children answered or the figure is about health.
    sensitive_threshold: int = 15
    #: From here on one-way breakdowns may be shown at all.
    breakdown_threshold: int = 30
    #: Below, a figure is published as very uncertain.
    reliable_from: int = 20
    #: Counts of people are rounded to this.
    count_base: int = 5

    def threshold_for(self, estimate: ScaleEstimate) -> int:
        return self.sensitive_threshold if estimate.is_sensitive else self.threshold


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure to publish, or the fact that it is withheld; then it holds nothing else."""

    measure: str
    scale: str = ""
    dimension: str = ""
    category: str = ""
    value: Decimal | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    n_rounded: int | None = None
    evidence: str = ""
    confidentiality: Confidentiality = Confidentiality.FREE
    observation: Observation = Observation.NORMAL


#: Measure → the count of the flow that it shows.
FLOW_MEASURES = {
    "cards": "cards",
    "answered_before": "before",
    "answered_after": "after",
    "linked": "linked",
}
#: Counts of things, not of people: no threshold, no rounding.
DELIVERY_MEASURES = (
    "workshops_planned",
    "workshops_cancelled",
    "sessions_planned",
    "sessions_held",
    "hours_held",
)
PEOPLE_MEASURES = ("people_enrolled", "people_reached")


def publish(estimate: CycleEstimate, policy: Policy) -> list[Cell]:
    """Return the cells that may be published of a cycle, withheld ones included.

    A cycle with fewer linked pairs than the threshold publishes no survey figure at all, not even
    how many answered. A breakdown is withheld whole if one of its groups, or the people in none of
    them, are too few: hiding one group alone would leave it to subtraction.
    """
    enough = estimate.flow["linked"] >= policy.threshold
    return [
        *_delivery_cells(estimate.delivery, policy),
        *_flow_cells(estimate.flow, policy, enough=enough),
        *_scale_cells(estimate, policy, enough=enough),
    ]


def _delivery_cells(delivery: Mapping[str, int], policy: Policy) -> Iterator[Cell]:
    for measure in DELIVERY_MEASURES:
        if measure in delivery:
            yield Cell(measure, value=Decimal(delivery[measure]))
    for measure in PEOPLE_MEASURES:
        if measure in delivery:
            yield _count_cell(measure, delivery[measure], policy)


def _flow_cells(flow: Mapping[str, int], policy: Policy, *, enough: bool) -> Iterator[Cell]:
    for measure, count in FLOW_MEASURES.items():
        if enough:
            yield _count_cell(measure, flow[count], policy)
        else:
            reason = "PRIMARY" if measure == "linked" else "SECONDARY"
            yield Cell(measure, confidentiality=Confidentiality[reason])


def _count_cell(measure: str, count: int, policy: Policy) -> Cell:
    if count < policy.threshold:  # none and a few look alike
        return Cell(measure, confidentiality=Confidentiality.PRIMARY)
    return Cell(measure, value=_to_step(count, Decimal(policy.count_base)))


def _scale_cells(estimate: CycleEstimate, policy: Policy, *, enough: bool) -> Iterator[Cell]:
    breakdowns: dict[tuple[str, str], list[ScaleEstimate]] = defaultdict(list)
    overall: dict[str, ScaleEstimate] = {}
    for scale in estimate.scales:
        if scale.dimension:
            breakdowns[scale.dimension, scale.scale].append(scale)
        else:
            overall[scale.scale] = scale
            yield from _estimate_cells(scale, policy, _withheld(scale, policy, enough=enough))
    for (_, key), parts in breakdowns.items():
        reason = _breakdown_withheld(overall[key], parts, policy, enough=enough)
        for part in parts:
            yield from _estimate_cells(part, policy, reason)


def _withheld(scale: ScaleEstimate, policy: Policy, *, enough: bool) -> Confidentiality | None:
    if not enough or scale.change.n < policy.threshold_for(scale):
        return Confidentiality.PRIMARY
    if not scale.varies:  # everybody said the same, so the figure tells what each one said
        return Confidentiality.PRIMARY
    return None


def _breakdown_withheld(
    whole: ScaleEstimate, parts: list[ScaleEstimate], policy: Policy, *, enough: bool
) -> Confidentiality | None:
    rest = whole.change.n - sum(part.change.n for part in parts)
    threshold = policy.threshold_for(whole)
    if whole.change.n < policy.breakdown_threshold or 0 < rest < threshold:
        return Confidentiality.SECONDARY
    if any(_withheld(part, policy, enough=enough) for part in parts):
        return Confidentiality.SECONDARY
    return None


def _estimate_cells(
    scale: ScaleEstimate, policy: Policy, withheld: Confidentiality | None
) -> Iterator[Cell]:
    where = (scale.scale, scale.dimension, scale.category)
    if withheld:
        yield Cell("change", *where, confidentiality=withheld)
        return
    change, low, high = scale.change, _known(scale.low), _known(scale.high)
    step = step_of(scale.span)
    n = int(_to_step(scale.change.n, Decimal(policy.count_base)))
    uncertain = scale.change.n < policy.reliable_from
    observation = Observation.LOW_RELIABILITY if uncertain else Observation.NORMAL
    evidence = evidence_class(low, high, scale.smallest_change)

    def cell(measure: str, value: float, rounding: Decimal = step) -> Cell:
        rounded = _to_step(value, rounding)
        return Cell(measure, *where, value=rounded, n_rounded=n, observation=observation)

    yield cell("before", _known(change.mean_before))
    yield cell("after", _known(change.mean_after))
    yield Cell(
        "change",
        *where,
        value=_to_step(_known(change.change), step),
        low=_to_step(low, step),
        high=_to_step(high, step),
        n_rounded=n,
        evidence=evidence.name.lower(),
        observation=observation,
    )
    if scale.effects is not None and scale.effects.g_av is not None:
        yield cell("effect", scale.effects.g_av, Decimal("0.1"))
    if evidence is EvidenceClass.CANNOT_TELL:
        yield Cell("pairs_needed", *where, value=Decimal(_pairs_needed(scale)))
    if scale.tipping_point is not None and scale.n_lost >= policy.threshold_for(scale):
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


def step_of(span: float) -> Decimal:
    """Return the rounding of a scale's figures: the least of 1, 2, 5 x 10^k that is 1 % of it."""
    exponent = -3
    while True:
        for digit in (1, 2, 5):
            step = Decimal(digit).scaleb(exponent)
            if step * 100 >= Decimal(span):
                return step
        exponent += 1


def _to_step(value: float, step: Decimal) -> Decimal:
    """Round to a multiple of the step; the halves go to the even one, so that sums don't drift."""
    return (Decimal(value) / step).quantize(Decimal(1), ROUND_HALF_EVEN) * step
