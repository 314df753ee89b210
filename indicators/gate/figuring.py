"""Figures beside the scales: counts, shares and means, each judged by its kind."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from indicators.figures import Figure, Kind
from indicators.gate.audit import Node
from indicators.gate.cells import Cell, round_people, to_step
from indicators.gate.numbers import Number, Numbers
from indicators.gate.populations import (
    COUNTED,
    NAMED,
    contradicts,
    count_of,
    group_of,
    is_survey,
    node_of,
    others_of,
    outer_of,
)
from indicators.gate.shares import Shares
from indicators.gate.tables import (
    RANK_OF_BREAKDOWN,
    RANK_OF_MEAN,
    RANK_OF_SCALE,
    RANK_OF_SHARE,
    Name,
    Range,
    Reason,
    Table,
)
from indicators.models import Confidentiality, Observation


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one figure: its cell, or why it has none, and what the cell tells."""

    cell: Cell
    reason: Reason | None = None
    tells: tuple[Range, ...] = ()
    #: Of a share that bears the number of a larger population, its numerator as shown.
    counted: int | None = None


@dataclass(frozen=True, slots=True)
class FigureJudge:
    numbers: Numbers
    #: Judges the number of a population, as of the survey's flow.
    count: Callable[[str, int], Table]

    def tables(self, figures: Iterable[Figure]) -> Iterator[Table]:
        groups: dict[tuple[str, str, str], list[Figure]] = defaultdict(list)
        for figure in figures:
            if figure.kind == Kind.THINGS or figure.value is None:
                name = ("things", figure.measure, figure.scale, figure.dimension)
                yield Table(name, RANK_OF_SCALE, (plain_cell(figure),))
            elif figure.kind == Kind.PEOPLE and figure.measure in COUNTED and not figure.dimension:
                yield self.count(figure.measure, count_of(figure))
            else:
                groups[group_of(figure)].append(figure)
        for group, members in groups.items():
            yield self._group(("figure", *group), members)

    def _group(self, name: Name, figures: list[Figure]) -> Table:
        verdicts = [self._judge(figure) for figure in figures]
        rank = RANK_OF_BREAKDOWN if name[3] else RANK_OF_SHARE
        table = Table(
            name,
            RANK_OF_MEAN if figures[0].kind == Kind.MEAN else rank,
            tuple(verdict.cell for verdict in verdicts),
            tuple(verdict.reason for verdict in verdicts if verdict.reason),
            (
                *(one for verdict in verdicts for one in verdict.tells),
                *self._together(figures, verdicts),
            ),
            frozenset(name for figure in figures for name in self._needs(figure)) - {""},
        )
        reason = self._withheld(name, figures)
        return table.closed(reason) if reason else table

    def _needs(self, figure: Figure) -> Iterator[str]:
        yield figure.population
        yield outer_of(figure.population)
        node = self._node(figure)
        if len(node) == NAMED:
            yield node[1]

    def _withheld(self, name: Name, figures: list[Figure]) -> Reason | None:
        """Return why all of a group is withheld, whatever each figure is."""
        numbers, policy = self.numbers, self.numbers.policy
        if any(contradicts(figure, numbers.counts, numbers.release) for figure in figures):
            return Reason.CONTRADICTION
        if not any(is_survey(figure.population) for figure in figures):
            return None
        if not numbers.is_enough:
            return Reason.CYCLE_TOO_SMALL
        if name[3] and self._smallest(figures) < policy.breakdown_threshold:
            return Reason.GROUP_TOO_SMALL
        return None

    def _smallest(self, figures: list[Figure]) -> int:
        return min(self.numbers.number_of(one.population, one.n).size for one in figures)

    def _judge(self, figure: Figure) -> Verdict:
        threshold = self.numbers.policy.threshold_for(is_sensitive=figure.is_sensitive)
        number = self.numbers.number_of(figure.population, figure.n)
        if figure.kind == Kind.PEOPLE:
            return self._people(figure, threshold)
        if figure.n < threshold or number.size < max(threshold, figure.minimum_n):
            return withheld(figure, Reason.TOO_FEW)
        if figure.kind == Kind.SHARE:
            return self._share(figure, number, threshold)
        if figure.low is not None and figure.low == figure.high:
            return withheld(figure, Reason.NO_SPREAD)
        mark, told = self.numbers.mark(number, self.numbers.policy.reliable_from)
        cell = replace(plain_cell(figure), n_rounded=number.shown, observation=mark)
        return Verdict(cell, tells=(*number.tells, told, self._at_least(figure, number)))

    def _at_least(self, figure: Figure, number: Number) -> Range:
        """Return what it tells that a figure is shown at all."""
        return number.node, figure.minimum_n, None

    def _people(self, figure: Figure, threshold: int) -> Verdict:
        node, count = self._node(figure), count_of(figure)
        if count < threshold:
            return withheld(figure, Reason.TOO_FEW, (node, 0, threshold - 1))
        rounded = round_people(count, self.numbers.policy.count_base)
        cell = Cell(*where(figure), value=Decimal(rounded))
        return Verdict(cell, tells=(self.numbers.range_of(node, rounded, threshold),))

    def _share(self, figure: Figure, number: Number, threshold: int) -> Verdict:
        """Show a share only if enough people are on both sides of it.

        It is made of rounded counts, so that it tells no more than they would. Beside the number
        of a larger population it is a share of that: else the two would tell its own number.
        """
        count, base = count_of(figure), self.numbers.policy.count_base
        borders = self._borders(figure)
        if number.size < borders[0]:
            return withheld(figure, Reason.TOO_FEW)
        if count < threshold:
            few = (self._node(figure), 0, threshold - 1)
            return withheld(figure, Reason.NOBODY_OR_EVERYBODY, few)
        if figure.n - count < threshold:
            return withheld(figure, Reason.NOBODY_OR_EVERYBODY)
        counted = round_people(count, base)
        if number.is_shared and number.shown != round_people(figure.n, base):
            counted = round_people(round(count * number.shown / figure.n), base)
        mark, told = self.numbers.mark(number, borders[1])
        cell = Cell(
            *where(figure),
            value=to_step(100 * counted / number.shown, Decimal(1)),
            n_rounded=number.shown,
            observation=mark,
        )
        others = (others_of(figure, self.numbers.counts, self.numbers.release), threshold, None)
        tells = (*number.tells, told, self._at_least(figure, number), others)
        if number.is_shared:
            return Verdict(cell, tells=tells, counted=counted)
        return Verdict(
            cell, tells=(*tells, self.numbers.range_of(self._node(figure), counted, threshold))
        )

    def _borders(self, figure: Figure) -> tuple[int, int]:
        """Return from how many people on a share is told at all, and in per cent."""
        policy = self.numbers.policy
        if is_survey(figure.population):
            return policy.shares_from, policy.percentages_from
        return 0, 0

    def _together(
        self, figures: list[Figure], verdicts: list[Verdict]
    ) -> Iterator[tuple[Node, int, int]]:
        """Yield what shares tell together that bear the number of a larger population."""
        shown = [
            (figure, verdict.counted, verdict.cell.n_rounded or 0)
            for figure, verdict in zip(figures, verdicts, strict=True)
            if verdict.counted is not None
        ]
        if not shown:
            return
        first, policy = shown[0][0], self.numbers.policy
        threshold = policy.threshold_for(is_sensitive=first.is_sensitive)
        is_whole = sum(map(count_of, figures)) == first.n and len(figures) > 1
        few = [figure for figure in figures if count_of(figure) < threshold]
        is_known = is_whole and len(few) + len(shown) == len(figures)
        shares = Shares(
            [counted for _figure, counted, _n in shown],
            shown[0][2],
            policy.count_base,
            threshold,
            len(few) if is_known else None,
        )
        least, most = shares.people()
        yield self.numbers.node(first.population), least, most
        for figure, counted, _n in shown:
            low, high = shares.count(counted, least)[0], shares.count(counted, most)[1]
            yield self._node(figure), low, high

    def _node(self, figure: Figure) -> Node:
        return node_of(figure, self.numbers.counts, self.numbers.release)


def withheld(figure: Figure, reason: Reason, *tells: Range) -> Verdict:
    cell = Cell(*where(figure), confidentiality=Confidentiality.PRIMARY)
    return Verdict(cell, reason, tells)


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
