"""Each figure by itself: whether it may be shown, how it is rounded, what it gives away."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from functools import partial

from indicators.estimates import ScaleEstimate
from indicators.gate.cells import Cell, round_people
from indicators.gate.figuring import FigureJudge
from indicators.gate.numbers import Numbers
from indicators.gate.populations import COUNTED, part_of, within
from indicators.gate.scales import scale_cells
from indicators.gate.tables import (
    RANK_OF_GROUPS,
    RANK_OF_SCALE,
    RANKS,
    Name,
    Range,
    Reason,
    Table,
)
from indicators.models import Confidentiality

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


def tables_of(numbers: Numbers) -> Iterator[Table]:
    """Yield everything that a cycle has to tell, each table judged by itself."""
    figures = numbers.estimate.figures if numbers.policy.is_attacked else ()
    told = {figure.measure for figure in figures}
    yield from _delivery(numbers, told)
    yield from _flow(numbers, told)
    yield from _scales(numbers)
    yield from FigureJudge(numbers, partial(count_table, numbers)).tables(figures)


def _delivery(numbers: Numbers, told: set[str]) -> Iterator[Table]:
    delivery = numbers.estimate.delivery
    for measure in DELIVERY_MEASURES:
        if measure in delivery and measure not in told:
            cell = Cell(measure, value=Decimal(delivery[measure]))
            yield Table(("things", measure, "", ""), RANK_OF_SCALE, (cell,))
    for measure in PEOPLE_MEASURES:
        if measure in delivery and measure not in told:
            yield count_table(numbers, measure, delivery[measure])


def _flow(numbers: Numbers, told: set[str]) -> Iterator[Table]:
    for measure, population in FLOW_MEASURES.items():
        if measure in told:
            continue
        table = count_table(numbers, measure, numbers.estimate.flow[population])
        if not numbers.is_enough and measure != "linked":
            table = table.closed(Reason.CYCLE_TOO_SMALL)
        yield table


def count_table(numbers: Numbers, measure: str, count: int) -> Table:
    """Show the number of a population, rounded; none and a few look alike."""
    policy = numbers.policy
    name, population = ("count", measure, "", ""), COUNTED[measure]
    node = numbers.node(population)
    if count < policy.threshold:
        cell = Cell(measure, confidentiality=Confidentiality.PRIMARY)
        shows: tuple[Range, ...] = ((node, 0, policy.threshold - 1),)
        return Table(name, RANKS[measure], (cell,), (Reason.TOO_FEW,), shows, gives=population)
    rounded = round_people(count, policy.count_base)
    return Table(
        name,
        RANKS[measure],
        (Cell(measure, value=Decimal(rounded)),),
        shows=(numbers.range_of(node, rounded),),
        gives=population,
        # Closed, it is not marked as too small.
        tells_closed=((node, policy.threshold, None),),
    )


def _scales(numbers: Numbers) -> Iterator[Table]:
    breakdowns: dict[tuple[str, str], list[ScaleEstimate]] = defaultdict(list)
    overall: dict[str, ScaleEstimate] = {}
    for scale in numbers.estimate.scales:
        if scale.dimension:
            breakdowns[scale.dimension, scale.scale].append(scale)
        else:
            overall[scale.scale] = scale
            yield _overall(numbers, scale)
    for (dimension, key), parts in breakdowns.items():
        yield _breakdown(numbers, ("scale", "change", key, dimension), overall[key], parts)


def _overall(numbers: Numbers, scale: ScaleEstimate) -> Table:
    name: Name = ("scale", "change", scale.scale, "")
    # In a small cycle, withheld scales all bear the same mark: else the mark of one that a few
    # people lack would tell that they are few.
    alike = numbers.policy.is_attacked and _is_small(numbers)
    reason = _withheld(numbers, scale)
    node = numbers.node(within(scale))
    if reason:
        mark = Confidentiality.SECONDARY if alike else Confidentiality.PRIMARY
        cell = Cell("change", scale.scale, confidentiality=mark)
        few = numbers.is_enough and not alike and scale.change.n < numbers.policy.threshold
        shows = ((node, 0, numbers.policy.threshold - 1),) if few else ()
        return Table(name, RANK_OF_SCALE, (cell,), (reason,), shows, gives=within(scale))
    table = _shown(numbers, name, RANK_OF_SCALE, [scale])
    tells = () if alike else ((node, numbers.policy.threshold, None),)
    return replace(table, needs=frozenset({"linked"}), gives=within(scale), tells_closed=tells)


def _is_small(numbers: Numbers) -> bool:
    linked = numbers.estimate.flow["linked"]
    return numbers.policy.threshold <= linked < numbers.policy.reliable_from


def _breakdown(
    numbers: Numbers, name: Name, whole: ScaleEstimate, parts: list[ScaleEstimate]
) -> Table:
    """Show all groups or none: hiding one alone would leave it to subtraction."""
    rest = whole.change.n - sum(part.change.n for part in parts)
    policy = numbers.policy
    number = numbers.number_of(within(whole), whole.change.n)
    threshold = policy.threshold_for(is_sensitive=whole.is_sensitive)
    is_small = number.size < policy.breakdown_threshold or 0 < rest < threshold
    if is_small or any(_withheld(numbers, part) for part in parts):
        cells = tuple(Cell("change", part.scale, part.dimension, part.category) for part in parts)
        return Table(name, RANK_OF_GROUPS, cells).closed(Reason.GROUP_TOO_SMALL)
    table = _shown(numbers, name, RANK_OF_GROUPS, parts)
    return replace(
        table,
        needs=frozenset({"linked", within(whole)}),
        shows=(*table.shows, (number.node, policy.breakdown_threshold, None)),
    )


def _withheld(numbers: Numbers, scale: ScaleEstimate) -> Reason | None:
    if not numbers.is_enough:
        return Reason.CYCLE_TOO_SMALL
    if scale.change.n < numbers.policy.threshold_for(is_sensitive=scale.is_sensitive):
        return Reason.TOO_FEW
    if not scale.varies:  # everybody said the same, so the figure tells what each one said
        return Reason.NO_SPREAD
    return None


def _shown(numbers: Numbers, name: Name, rank: int, scales: Iterable[ScaleEstimate]) -> Table:
    cells: list[Cell] = []
    shows: list[Range] = []
    for scale in scales:
        population = part_of(within(scale), scale.dimension, scale.category)
        number = numbers.number_of(population, scale.change.n)
        mark, told = numbers.mark(number, numbers.policy.reliable_from)
        shows += [*number.tells, told]
        levels = (scale.scale, scale.dimension) not in numbers.without_levels
        cells += scale_cells(scale, numbers.policy, number.shown, mark, levels=levels)
    return Table(name, rank, tuple(cells), shows=tuple(shows))
