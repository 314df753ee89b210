"""How alike people of one workshop are in their change: one figure for a whole network.

One community has too few workshops to tell; a network has many. The figure is frozen with each
snapshot, so that an old report computes to the same intervals.
"""

from collections import defaultdict
from fractions import Fraction

from indicators.folding import WORKSHOP
from indicators.models import Cycle, ScaleSums
from measurement.cluster_summary import ClusterSummary, summary_from_sums
from measurement.intraclass import pooled_icc

#: How much people of one workshop resemble each other, until enough workshops of a network tell:
#: a cautious figure for groups that learn together.
PRIOR_ICC = 0.05
#: From so many workshops on, a network may know better than the cautious figure.
ENOUGH_WORKSHOPS = 30
DIGITS = 4

Clusters = list[tuple[int, int, int]]


def network_icc(cycle: Cycle) -> dict[str, str]:
    """Return scale → intraclass correlation over all communities asked the same way, as text.

    The same way: by the same questionnaire, in the same pair of waves. A scale of which no
    community has two workshops is left out.
    """
    rows = (
        ScaleSums.objects.filter(
            dimension=WORKSHOP,
            n__gt=0,
            cycle__plan__version=cycle.plan.version_id,
            cycle__from_sequence=cycle.from_sequence,
            cycle__to_sequence=cycle.to_sequence,
        )
        .order_by("cycle", "scale", "category")
        .values_list(
            "scale",
            "cycle",
            "n",
            "sum_before",
            "sum_after",
            "sum_before_squared",
            "sum_after_squared",
            "sum_products",
        )
    )
    networks: dict[str, dict[int, Clusters]] = defaultdict(lambda: defaultdict(list))
    for scale, community, n, before, after, *squares in rows.iterator():
        before_squared, after_squared, products = map(int, squares)
        change = int(after) - int(before)
        networks[scale][community].append(
            (n, change, after_squared - 2 * products + before_squared)
        )
    found = {scale: pooled(list(parts.values())) for scale, parts in networks.items()}
    return {scale: f"{icc:.{DIGITS}f}" for scale, icc in sorted(found.items()) if icc is not None}


def pooled(communities: list[Clusters]) -> float | None:
    """Return the ICC of the changes of a network; None where it cannot be estimated.

    `communities` holds (n, sum, sum of squares) of the changes in each workshop. With few
    workshops the estimate is no better than a guess, so it only counts where it is more cautious
    than the figure that is assumed without one.
    """
    summaries = [summary_from_sums(clusters) for clusters in communities if clusters]
    workshops = sum(summary.clusters for summary in summaries)
    if not _can_be_estimated(summaries):
        return None
    estimated = max(pooled_icc(summaries).value, 0.0)
    return estimated if workshops >= ENOUGH_WORKSHOPS else max(estimated, PRIOR_ICC)


def _can_be_estimated(summaries: list[ClusterSummary]) -> bool:
    people = sum(summary.n for summary in summaries)
    workshops = sum(summary.clusters for summary in summaries)
    varies = any(summary.squares_between or summary.squares_within for summary in summaries)
    return len(summaries) < workshops < people and varies


def icc_of(frozen: dict[str, str], scale: str) -> float:
    """Return the correlation that a snapshot holds; the cautious one where it holds none."""
    return float(Fraction(frozen.get(scale, str(PRIOR_ICC))))
