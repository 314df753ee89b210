"""Each figure by itself: whether it may be shown, how it is rounded, what it gives away."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from indicators.estimates import CycleEstimate, ScaleEstimate
from indicators.figures import Figure, Kind
from indicators.gate.audit import Counts, Node
from indicators.gate.cells import Cell, round_people, to_step
from indicators.gate.policy import Policy
from indicators.gate.populations import (
    COUNTED,
    contradicts,
    count_of,
    group_of,
    is_survey,
    node_of,
    outer_of,
    part_of,
    rest_of,
    within,
)
from indicators.gate.scales import scale_cells
from indicators.gate.tables import (
    RANK_OF_BREAKDOWN,
    RANK_OF_GROUPS,
    RANK_OF_MEAN,
    RANK_OF_SCALE,
    RANK_OF_SHARE,
    RANKS,
    Name,
    Range,
    Reason,
    Table,
)
from indicators.models import Confidentiality, Observation

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


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges each figure of one cycle under one policy."""

    estimate: CycleEstimate
    policy: Policy
    counts: Counts
    release: str = ""
    #: Scales and dimensions whose levels are not told beside their change.
    without_levels: frozenset[tuple[str, str]] = frozenset()

    def tables(self) -> Iterator[Table]:
        figures = self.estimate.figures if self.policy.is_attacked else ()
        told = {figure.measure for figure in figures}
        yield from self._delivery(told)
        yield from self._flow(told)
        yield from self._scales()
        yield from self._figures(figures)

    @property
    def is_enough(self) -> bool:
        return self.estimate.flow["linked"] >= self.policy.threshold

    def _delivery(self, told: set[str]) -> Iterator[Table]:
        delivery = self.estimate.delivery
        for measure in DELIVERY_MEASURES:
            if measure in delivery and measure not in told:
                yield self._things(Cell(measure, value=Decimal(delivery[measure])))
        for measure in PEOPLE_MEASURES:
            if measure in delivery and measure not in told:
                yield self._count(measure, delivery[measure])

    def _things(self, cell: Cell) -> Table:
        return Table(("things", cell.measure, cell.scale, cell.dimension), RANK_OF_SCALE, (cell,))

    def _flow(self, told: set[str]) -> Iterator[Table]:
        for measure, population in FLOW_MEASURES.items():
            if measure in told:
                continue
            table = self._count(measure, self.estimate.flow[population])
            if not self.is_enough and measure != "linked":
                table = table.closed(Reason.CYCLE_TOO_SMALL)
            yield table

    def _count(self, measure: str, count: int) -> Table:
        name, population = ("count", measure, "", ""), COUNTED[measure]
        node = (self.release, population)
        if count < self.policy.threshold:  # none and a few look alike
            cell = Cell(measure, confidentiality=Confidentiality.PRIMARY)
            shows: tuple[Range, ...] = ((node, 0, self.policy.threshold - 1),)
            return Table(name, RANKS[measure], (cell,), (Reason.TOO_FEW,), shows, gives=population)
        rounded = round_people(count, self.policy.count_base)
        cell = Cell(measure, value=Decimal(rounded))
        return Table(
            name, RANKS[measure], (cell,), shows=(self._range(node, rounded),), gives=population
        )

    def _range(self, node: Node, rounded: int, threshold: int | None = None) -> Range:
        """Return what a count is that was shown as this."""
        slack = self.policy.count_base // 2
        floor = threshold or self.policy.threshold
        return node, max(rounded - slack, floor), rounded + slack

    # Scales ----------------------------------------------------------------------------------

    def _scales(self) -> Iterator[Table]:
        breakdowns: dict[tuple[str, str], list[ScaleEstimate]] = defaultdict(list)
        overall: dict[str, ScaleEstimate] = {}
        for scale in self.estimate.scales:
            if scale.dimension:
                breakdowns[scale.dimension, scale.scale].append(scale)
            else:
                overall[scale.scale] = scale
                yield self._overall(scale)
        for (dimension, key), parts in breakdowns.items():
            yield self._breakdown(("scale", "change", key, dimension), overall[key], parts)

    def _overall(self, scale: ScaleEstimate) -> Table:
        name: Name = ("scale", "change", scale.scale, "")
        where = scale.scale, scale.dimension, scale.category
        reason = self._withheld(scale)
        if reason:
            cell = Cell("change", *where, confidentiality=Confidentiality.PRIMARY)
            few = scale.change.n < self.policy.threshold
            node = (self.release, within(scale))
            shows = ((node, 0, self.policy.threshold - 1),) if few and self.is_enough else ()
            return Table(name, RANK_OF_SCALE, (cell,), (reason,), shows, gives=within(scale))
        table = self._shown(name, RANK_OF_SCALE, [scale], frozenset({"linked"}))
        return replace(table, gives=within(scale))

    def _breakdown(self, name: Name, whole: ScaleEstimate, parts: list[ScaleEstimate]) -> Table:
        """Show all groups or none: hiding one alone would leave it to subtraction."""
        rest = whole.change.n - sum(part.change.n for part in parts)
        threshold = self.policy.threshold_for(is_sensitive=whole.is_sensitive)
        is_small = whole.change.n < self.policy.breakdown_threshold or 0 < rest < threshold
        if is_small or any(self._withheld(part) for part in parts):
            cells = tuple(
                Cell("change", part.scale, part.dimension, part.category) for part in parts
            )
            return Table(name, RANK_OF_GROUPS, cells).closed(Reason.GROUP_TOO_SMALL)
        return self._shown(name, RANK_OF_GROUPS, parts, frozenset({"linked", within(whole)}))

    def _withheld(self, scale: ScaleEstimate) -> Reason | None:
        if not self.is_enough:
            return Reason.CYCLE_TOO_SMALL
        if scale.change.n < self.policy.threshold_for(is_sensitive=scale.is_sensitive):
            return Reason.TOO_FEW
        if not scale.varies:  # everybody said the same, so the figure tells what each one said
            return Reason.NO_SPREAD
        return None

    def _shown(
        self, name: Name, rank: int, scales: Iterable[ScaleEstimate], needs: frozenset[str]
    ) -> Table:
        cells: list[Cell] = []
        shows: list[Range] = []
        for scale in scales:
            population = part_of(within(scale), scale.dimension, scale.category)
            n, ranges = self._number_of(population, scale.change.n)
            uncertain = scale.change.n < self.policy.reliable_from
            shows += ranges
            shows.append(self._reliability((self.release, population), scale.change.n))
            levels = (scale.scale, scale.dimension) not in self.without_levels
            cells += scale_cells(scale, self.policy, n, is_uncertain=uncertain, levels=levels)
        return Table(name, rank, tuple(cells), shows=tuple(shows), needs=needs)

    def _reliability(self, node: Node, n: int) -> Range:
        """Return what the mark of very uncertain figures tells, or that it is not there."""
        border = self.policy.reliable_from
        return (node, 0, border - 1) if n < border else (node, border, None)

    def _number_of(self, population: str, n: int) -> tuple[int, list[Range]]:
        """Return the number of people to print beside a figure, and what it tells.

        One number per population: where nobody or a few of the linked people have no score, the
        figure bears the number of the linked, so that nobody can tell how many have none.
        """
        base, threshold = self.policy.count_base, self.policy.threshold
        own = (self.release, population)
        outer = outer_of(population) if self.policy.is_attacked else ""
        everybody = self.counts.truth.get((self.release, outer))
        if everybody is None:
            rounded = round_people(n, base)
            return rounded, [self._range(own, rounded)]
        rest = (self.release, rest_of(outer, population))
        if everybody - n < threshold:
            rounded = round_people(everybody, base)
            shown = self._range((self.release, outer), rounded)
            return rounded, [shown, (rest, 0, threshold - 1), (own, threshold, None)]
        rounded = round_people(n, base)
        return rounded, [self._range(own, rounded), (rest, threshold, None)]

    # Figures ---------------------------------------------------------------------------------

    def _figures(self, figures: Iterable[Figure]) -> Iterator[Table]:
        groups: dict[tuple[str, str, str], list[Figure]] = defaultdict(list)
        for figure in figures:
            if figure.kind == Kind.THINGS or figure.value is None:
                yield self._things(plain_cell(figure))
            elif figure.kind == Kind.PEOPLE and figure.measure in COUNTED and not figure.dimension:
                yield self._count(figure.measure, count_of(figure))
            else:
                groups[group_of(figure)].append(figure)
        for group, members in groups.items():
            yield self._group(("figure", *group), members)

    def _group(self, name: Name, figures: list[Figure]) -> Table:
        judged = [self._figure(figure) for figure in figures]
        cells = tuple(cell for cell, _reason, _ranges in judged)
        rank = RANK_OF_BREAKDOWN if name[3] else RANK_OF_SHARE
        if figures[0].kind == Kind.MEAN:
            rank = RANK_OF_MEAN
        needs = frozenset(
            population
            for figure in figures
            for population in (
                figure.population,
                outer_of(figure.population),
                node_of(figure, self.counts, self.release)[1],
            )
        )
        table = Table(
            name,
            rank,
            cells,
            tuple(reason for _cell, reason, _ranges in judged if reason),
            tuple(one for _cell, _reason, ranges in judged for one in ranges),
            needs - {""},
        )
        reason = self._group_withheld(name, figures)
        return table.closed(reason) if reason else table

    def _group_withheld(self, name: Name, figures: list[Figure]) -> Reason | None:
        if any(contradicts(figure, self.counts, self.release) for figure in figures):
            return Reason.CONTRADICTION
        survey = any(is_survey(figure.population) for figure in figures)
        if survey and not self.is_enough:
            return Reason.CYCLE_TOO_SMALL
        smallest = min(figure.n for figure in figures)
        if name[3] and survey and smallest < self.policy.breakdown_threshold:
            return Reason.GROUP_TOO_SMALL
        return None

    def _figure(self, figure: Figure) -> tuple[Cell, Reason | None, list[Range]]:
        threshold = self.policy.threshold_for(is_sensitive=figure.is_sensitive)
        reason: Reason | None = None
        ranges: list[Range] = []
        if figure.kind == Kind.PEOPLE:
            cell, reason, ranges = self._people(figure, threshold)
        elif figure.n < max(threshold, figure.minimum_n):
            reason = Reason.TOO_FEW
        elif figure.kind == Kind.SHARE:
            cell, reason, ranges = self._share(figure, threshold)
        elif figure.low is not None and figure.low == figure.high:
            reason = Reason.NO_SPREAD
        else:
            n, ranges = self._number_of(figure.population, figure.n)
            observation = self._mark(figure, self.policy.reliable_from)
            cell = replace(plain_cell(figure), n_rounded=n, observation=observation)
            ranges.append(self._reliability((self.release, figure.population), figure.n))
        if reason:
            cell = Cell(*where(figure), confidentiality=Confidentiality.PRIMARY)
        return cell, reason, ranges

    def _people(self, figure: Figure, threshold: int) -> tuple[Cell, Reason | None, list[Range]]:
        node, count = node_of(figure, self.counts, self.release), count_of(figure)
        if count < threshold:
            return Cell(*where(figure)), Reason.TOO_FEW, [(node, 0, threshold - 1)]
        rounded = round_people(count, self.policy.count_base)
        shown = self._range(node, rounded, threshold)
        return Cell(*where(figure), value=Decimal(rounded)), None, [shown]

    def _share(self, figure: Figure, threshold: int) -> tuple[Cell, Reason | None, list[Range]]:
        """Show a share only if enough people are on both sides of it.

        It is made of rounded counts, so that it tells no more than they would.
        """
        node, count = node_of(figure, self.counts, self.release), count_of(figure)
        others = figure.n - count
        border = self.policy.shares_from if is_survey(figure.population) else 0
        if figure.n < border:
            return Cell(*where(figure)), Reason.TOO_FEW, []
        if count < threshold or others < threshold:
            few: list[Range] = [(node, 0, threshold - 1)] if count < threshold else []
            return Cell(*where(figure)), Reason.NOBODY_OR_EVERYBODY, few
        base = self.policy.count_base
        n, ranges = self._number_of(figure.population, figure.n)
        rounded = round_people(count, base)
        known = self._range(node, rounded, threshold)
        if len(ranges) > 1:  # it bears the number of the linked, and must not tell its own
            if n != round_people(figure.n, base):
                rounded = round_people(round(count * n / figure.n), base)
            fewest = max(n - base // 2 - self.policy.threshold, 0)
            low, high = (rounded - base) * fewest // n, (rounded + base) * (n + base) // n
            known = (node, max(threshold, low), high)
        border = self.policy.percentages_from if is_survey(figure.population) else 0
        cell = Cell(
            *where(figure),
            value=to_step(100 * rounded / n, Decimal(1)),
            n_rounded=n,
            observation=self._mark(figure, border),
        )
        return cell, None, [*ranges, known]

    def _mark(self, figure: Figure, border: int) -> Observation:
        return Observation.LOW_RELIABILITY if figure.n < border else Observation.NORMAL


def where(figure: Figure) -> tuple[str, str, str, str]:
    return figure.measure, figure.scale, figure.dimension, figure.category


def plain_cell(figure: Figure) -> Cell:
    """Return a figure as it is, rounded; where there is none, the reason why."""
    if figure.value is None:
        return Cell(*where(figure), observation=figure.missing or Observation.NOT_AVAILABLE)
    return Cell(
        *where(figure),
        value=to_step(figure.value, figure.step),
        low=None if figure.low is None else to_step(figure.low, figure.step),
        high=None if figure.high is None else to_step(figure.high, figure.step),
    )
