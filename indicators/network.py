"""The estimates of a whole network at once, unrounded: for the data steward and for comparison.

What :func:`indicators.estimates.estimate` says of the scales of one community after the other,
for thousands of communities in a few milliseconds. Nothing here may be published; that goes
through the gate.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indicators.folding import WORKSHOP
from indicators.models import Cycle, ScaleSums
from indicators.pooling import PRIOR_ICC
from measurement.inputs import Floats
from measurement.many import (
    ManyChanges,
    ManyIntervals,
    ManySums,
    many_changes,
    many_clustered,
    many_effects,
)
from surveys.document import Document
from surveys.scoring import scale_rules

_COLUMNS = (
    "n",
    "sum_before",
    "sum_after",
    "sum_before_squared",
    "sum_after_squared",
    "sum_products",
    "n_lost",
)


@dataclass(frozen=True, slots=True)
class NetworkSums:
    """The sums of many cycles: for everybody, and for each workshop.

    `whole` has one entry for each cycle and scale, at `cycle` and `scale`; `owner` says to which
    of these each workshop belongs.
    """

    cycle: NDArray[np.int64]
    scale: NDArray[np.str_]
    n_lost: NDArray[np.int64]
    whole: ManySums
    workshops: ManySums
    owner: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class NetworkEstimates:
    """One entry for each cycle and scale; NaN where there is no such number.

    `interval` allows for people of one workshop resembling each other.
    """

    cycle: NDArray[np.int64]
    scale: NDArray[np.str_]
    change: ManyChanges
    interval: ManyIntervals
    effect: Floats
    effect_interval: ManyIntervals
    tipping_point: Floats


def read_network(cycles: Sequence[Cycle], document: Document) -> NetworkSums:
    """Read the sums of cycles that were asked the same questionnaire; one query."""
    rows = ScaleSums.objects.filter(
        cycle__in=[cycle.pk for cycle in cycles], dimension__in=["", WORKSHOP]
    ).order_by("cycle", "scale", "dimension", "category")
    columns = list(zip(*rows.values_list("cycle", "scale", "dimension", *_COLUMNS), strict=True))
    if not columns:
        columns = [()] * (3 + len(_COLUMNS))
    cycle = np.array(columns[0], dtype=np.int64)
    scale = np.array(columns[1], dtype=np.str_)
    is_whole = np.array([not dimension for dimension in columns[2]], dtype=np.bool_)
    # Sums that don't fit into 64 bits stay what they are.
    numbers = [np.array([int(value) for value in column]) for column in columns[3:]]
    units = {key: rule.unit for key, rule in scale_rules(document).items()}
    unit = np.array([units[key] for key in columns[1]], dtype=np.int64)
    *sums, n_lost = numbers
    everything = _many([*sums, unit])
    # In this order everybody comes right before the workshops of the same cycle and scale.
    owner = np.cumsum(is_whole) - 1
    return NetworkSums(
        cycle=cycle[is_whole],
        scale=scale[is_whole],
        n_lost=n_lost[is_whole],
        whole=everything.of(is_whole),
        workshops=everything.of(~is_whole),
        owner=owner[~is_whole],
    )


def estimate_all(
    sums: NetworkSums, icc: Floats | None = None, *, confidence: float = 0.95
) -> NetworkEstimates:
    """Return every estimate that follows from the sums.

    Parameters
    ----------
    icc
        For each entry, how much people of one workshop resemble each other at least; the
        cautious figure everywhere, if None.
    """
    changes = many_changes(sums.whole, confidence=confidence)
    prior = np.full(len(sums.cycle), PRIOR_ICC) if icc is None else icc
    effect, effect_interval = many_effects(changes, confidence=confidence)
    with np.errstate(divide="ignore", invalid="ignore"):
        tipping = np.where(sums.n_lost > 0, -changes.change * changes.n / sums.n_lost, np.nan)
    return NetworkEstimates(
        cycle=sums.cycle,
        scale=sums.scale,
        change=changes,
        interval=_interval(sums, changes, prior, confidence),
        effect=effect,
        effect_interval=effect_interval,
        tipping_point=tipping,
    )


def _interval(
    sums: NetworkSums, changes: ManyChanges, prior: Floats, confidence: float
) -> ManyIntervals:
    """Allow for the workshops; people whose workshop is not known are one more of them."""
    size = len(sums.cycle)
    rest = _rest(sums)
    clusters = _joined(sums.workshops, rest)
    owner = np.concatenate([sums.owner, np.arange(size)])
    there = clusters.n > 0
    clustered = many_clustered(clusters.of(there), owner[there], prior, confidence=confidence)
    plain = (np.bincount(sums.owner, minlength=size) == 0) | (changes.n < 2)  # noqa: PLR2004 - pairs
    return ManyIntervals(
        np.where(plain, changes.low, clustered.low), np.where(plain, changes.high, clustered.high)
    )


def _rest(sums: NetworkSums) -> ManySums:
    def without_workshops(name: str) -> NDArray[np.int64]:
        left: NDArray[np.int64] = getattr(sums.whole, name).copy()
        np.subtract.at(left, sums.owner, getattr(sums.workshops, name))
        return left

    *names, _unit = ManySums.__slots__
    return _many([*map(without_workshops, names), sums.whole.unit])


def _joined(first: ManySums, second: ManySums) -> ManySums:
    return _many(
        [
            np.concatenate([getattr(first, name), getattr(second, name)])
            for name in ManySums.__slots__
        ]
    )


def _many(columns: Sequence[NDArray[Any]]) -> ManySums:
    return ManySums(**dict(zip(ManySums.__slots__, columns, strict=True)))
