"""What the sums say, unrounded: for the gate and for data stewards, for nobody else.

Everything here is computed from the content of a snapshot, so that an old report can be computed
again from what it was made of.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import sub
from typing import Any

from indicators.catalogue.computing import World, compute_indicators
from indicators.counts import count_figures
from indicators.delivery import delivery_of
from indicators.figures import FEWEST_PEOPLE, Figure
from indicators.folding import WORKSHOP
from indicators.models import Cycle, ScaleSums
from indicators.pooling import icc_of, network_icc
from indicators.provenance import circumstances_of, frozen_line
from indicators.restatement import restated_figures
from measurement.attrition import tipping_point
from measurement.clusters import clustered_change_from_sums
from measurement.effect_sizes import PairedEffects, paired_effects
from measurement.paired import PairedChange, paired_change_from_sums
from measurement.scales import ScaleRule
from measurement.sums import PairSums
from surveys.document import AgeBand, Document, Scale
from surveys.scoring import scale_bounds, scale_rules

Content = dict[str, Any]

#: Of the content of a snapshot. Those of format 1 lack what came later and compute as before.
FORMAT = 2
FEWEST_FOR_AN_INTERVAL = 2

#: The roles of scales whose figures are about health.
HEALTH_ROLES = frozenset({"problems", "exposure"})

_FLOW_FIELDS = ("cards", "before", "after", "linked")
_PAIR_FIELDS = (
    "sum_before",
    "sum_after",
    "sum_before_squared",
    "sum_after_squared",
    "sum_products",
)
_LOST_FIELDS = ("sum_lost", "sum_lost_squared")


@dataclass(frozen=True, slots=True)
class ScaleEstimate:
    """One scale in one cycle, for everybody or for one category of a dimension.

    `span` is the width of the scale and `smallest_change` what matters on it, in its own unit.
    """

    scale: str
    dimension: str
    category: str
    is_sensitive: bool
    span: float
    smallest_change: float
    change: PairedChange
    #: None where the change has no spread or there are fewer than two pairs.
    effects: PairedEffects | None
    #: The interval that allows for people of one workshop resembling each other.
    low: float | None
    high: float | None
    n_lost: int
    tipping_point: float | None

    @property
    def varies(self) -> bool:
        change = self.change
        return bool(change.sd_before and change.sd_after and change.sd_change)


@dataclass(frozen=True, slots=True)
class CycleEstimate:
    flow: Mapping[str, int]
    delivery: Mapping[str, int]
    scales: tuple[ScaleEstimate, ...]
    #: Everything that isn't about one scale's change.
    figures: tuple[Figure, ...] = ()


def content_of(cycle: Cycle) -> Content:
    """Return what a snapshot of the cycle freezes: its sums and counts, nothing about anybody.

    Sums are written as text: JSON numbers lose digits in some readers.
    """
    rows = ScaleSums.objects.filter(cycle=cycle).order_by("dimension", "category", "scale")
    return {
        "format": FORMAT,
        "cycle": cycle.code,
        "community": cycle.community.code,
        "instrument": cycle.plan.version.content_hash,
        "waves": [cycle.from_sequence, cycle.to_sequence],
        "smallest_change": str(cycle.smallest_change),
        "primary_domain": cycle.primary_domain,
        "breakdowns": cycle.breakdowns,
        "flow": {name: getattr(cycle.flow, name) for name in _FLOW_FIELDS},
        **delivery_of(cycle),
        "scales": [_row_content(row) for row in rows],
        "icc": network_icc(cycle),
        **cycle.flow.facts,
        **frozen_line(cycle),
        **circumstances_of(cycle),
    }


def _row_content(row: ScaleSums) -> Content:
    names = (*_PAIR_FIELDS, *_LOST_FIELDS)
    return {
        "scale": row.scale,
        "dimension": row.dimension,
        "category": row.category,
        "n": row.n,
        "n_lost": row.n_lost,
        **{name: str(int(getattr(row, name))) for name in names},
        **row.facts,
    }


def estimate(content: Content, document: Document) -> CycleEstimate:
    """Return every estimate that follows from the content of a snapshot."""
    rules = scale_rules(document)
    clusters: dict[str, list[PairSums]] = defaultdict(list)
    for row in content["scales"]:
        if row["dimension"] == WORKSHOP:
            clusters[row["scale"]].append(_pair_sums(row, rules[row["scale"]]))
    world = _world(content, document, clusters)
    spans = {scale.key: _span(scale) for scale in document.scales}
    share = float(content["smallest_change"]) / 100
    return CycleEstimate(
        flow=content["flow"],
        delivery=content["delivery"],
        scales=tuple(
            _estimate_scale(
                row,
                _pair_sums(row, rules[row["scale"]]),
                clusters[row["scale"]],
                icc=icc_of(content.get("icc", {}), row["scale"]),
                smallest_change=share * spans[row["scale"]],
                span=spans[row["scale"]],
                is_sensitive=row["scale"] in world.sensitive,
            )
            for row in content["scales"]
            if row["dimension"] != WORKSHOP
        ),
        figures=(
            *count_figures(content, document, is_sensitive=world.about_children),
            *(
                computed.figure
                for computed in compute_indicators(content, document, rules, world)
                if not computed.part_of
            ),
            *restated_figures(content, document, rules, world),
        ),
    )


def _world(
    content: Content, document: Document, clusters: Mapping[str, Sequence[PairSums]]
) -> World:
    about_children = document.age_band == AgeBand.CHILD
    sensitive = {
        scale.key for scale in document.scales if scale.role in HEALTH_ROLES or about_children
    }
    problems = content.get("stress", {}).get("problems", "")
    return World(
        minimum_n=FEWEST_PEOPLE,
        sensitive=frozenset(sensitive),
        about_children=about_children,
        sizes=tuple(group.n for group in clusters.get(problems, ()) if group.n),
        icc=icc_of(content.get("icc", {}), problems),
    )


def _pair_sums(row: Content, rule: ScaleRule) -> PairSums:
    sums = {name: int(row[name]) for name in _PAIR_FIELDS}
    return PairSums(n=row["n"], unit=rule.unit, **sums)


def _span(scale: Scale) -> float:
    lowest, highest = scale_bounds(scale)
    return float(highest - lowest)


def _estimate_scale(  # noqa: PLR0913 - a row, and what it is judged by
    row: Content,
    sums: PairSums,
    clusters: Sequence[PairSums],
    *,
    icc: float,
    smallest_change: float,
    span: float,
    is_sensitive: bool,
) -> ScaleEstimate:
    change = paired_change_from_sums(sums)
    # Clusters are known for everybody, not for the categories of a breakdown.
    low, high = _interval(change, sums, clusters if not row["dimension"] else (), icc=icc)
    tipping = (
        tipping_point(change.change, n_linked=change.n, n_lost=row["n_lost"])
        if (change.change is not None)
        else None
    )
    return ScaleEstimate(
        scale=row["scale"],
        dimension=row["dimension"],
        category=row["category"],
        is_sensitive=is_sensitive,
        span=span,
        smallest_change=smallest_change,
        change=change,
        effects=paired_effects(change) if change.sd_change else None,
        low=low,
        high=high,
        n_lost=row["n_lost"],
        tipping_point=tipping.change_of_lost if tipping else None,
    )


def _interval(
    change: PairedChange, whole: PairSums, clusters: Sequence[PairSums], *, icc: float
) -> tuple[float | None, float | None]:
    """Return the interval of a change, wider where people were taught together in workshops."""
    if change.n < FEWEST_FOR_AN_INTERVAL or not clusters:
        return change.low, change.high
    # People whose workshop is not known count as one more group, the cautious reading.
    rest = reduce(sub, clusters, whole)
    groups = [group.change for group in (*clusters, rest) if group.n]
    average = clustered_change_from_sums(
        [(group.n, group.total, group.total_squared) for group in groups], prior_icc=icc
    ).person_average
    return average.low / whole.unit, average.high / whole.unit
