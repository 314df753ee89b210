"""Registered breakdowns, one way each, whole or not at all, in the order of the alphabet."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import combinations
from math import hypot
from statistics import NormalDist

from indicators.gate import Cell
from reports.claims import Claim, Kind
from reports.names import group_name
from reports.parts import Figure, Section, Table
from reports.peers import REACH
from reports.sections.domains import draw_changes
from reports.sections.telling import status_of, title_of, told
from reports.source import ReportedScale, Source
from reports.tables import group_table, scale_name

#: People who answered both times, before groups are compared.
EQUITY_FROM = 60
LEVEL = 0.95

Breakdown = tuple[ReportedScale, str, tuple[Cell, ...]]


def groups(source: Source) -> Section | None:
    breakdowns = list(_breakdowns(source))
    if not breakdowns:
        return None
    return Section(
        "groups",
        title_of("groups"),
        told(source, _claims(source, breakdowns)),
        figures=tuple(_figures(source, breakdowns)),
        details=tuple(_tables(source, breakdowns)),
    )


def _breakdowns(source: Source) -> Iterator[Breakdown]:
    for dimension in source.breakdowns:
        for scale in source.scales:
            if cells := source.cells_of("change", scale.key, dimension):
                yield scale, dimension, _alphabetical(source, cells)


def _alphabetical(source: Source, cells: Sequence[Cell]) -> tuple[Cell, ...]:
    return tuple(
        sorted(cells, key=lambda cell: group_name(source, (cell.dimension, cell.category)))
    )


def _is_shown(cells: Sequence[Cell]) -> bool:
    return all(cell.value is not None for cell in cells)


def _claims(source: Source, breakdowns: Sequence[Breakdown]) -> Iterator[Claim]:
    hidden = [scale.key for scale, _dimension, cells in breakdowns if not _is_shown(cells)]
    for key in dict.fromkeys(hidden):
        yield Claim(Kind.GROUPS_WITHHELD, scales=(key,))
    shown = [breakdown for breakdown in breakdowns if _is_shown(breakdown[2])]
    if not shown:
        return
    linked = source.cell("linked").value or Decimal(0)
    if linked < EQUITY_FROM:
        yield Claim(Kind.GROUPS_SIDE_BY_SIDE, {"threshold": EQUITY_FROM})
        return
    for scale, dimension, cells in shown:
        yield about_groups(scale, dimension, cells)


def about_groups(scale: ReportedScale, dimension: str, cells: Sequence[Cell]) -> Claim:
    """Say whether two groups differ; of one group alone, nothing is ever said.

    Every pair is tried, so that each interval is widened (Bonferroni) to keep the error of all
    together at one in twenty.
    """
    pairs = list(combinations(cells, 2))
    apart = None
    for first, second in pairs:
        low, high = _interval(first, second, len(pairs))
        if low > 0 and (apart is None or low > apart[2]):
            apart = (first, second, low, high)
        elif high < 0 and (apart is None or -high > apart[2]):
            apart = (second, first, -high, -low)
    if apart is None:
        return Claim(Kind.GROUPS_FIT_TOGETHER, scales=(scale.key,), groups=((dimension, ""),))
    larger, smaller, low, high = apart
    return Claim(
        Kind.GROUPS_APART,
        {"low": scale.rounded(low), "high": scale.rounded(high)},
        (scale.key,),
        groups=((dimension, larger.category), (dimension, smaller.category)),
    )


def _interval(first: Cell, second: Cell, pairs: int) -> tuple[float, float]:
    """Return the interval of a difference of differences, from the published intervals."""
    middle = float((first.value or 0) - (second.value or 0))
    error = hypot(*(_error(cell) for cell in (first, second)))
    reach = NormalDist().inv_cdf(1 - (1 - LEVEL) / (2 * pairs)) * error
    return middle - reach, middle + reach


def _error(cell: Cell) -> float:
    return float((cell.high or Decimal(0)) - (cell.low or Decimal(0))) / 2 / REACH


def _figures(source: Source, breakdowns: Sequence[Breakdown]) -> Iterator[Figure]:
    """Draw the scale that counts first; a chart for each of all would drown the reader."""
    for scale, dimension, cells in breakdowns:
        if scale != source.primary_scale or not _is_shown(cells):
            continue
        caption = _caption(source, scale, dimension)
        changes = [(group_name(source, (dimension, cell.category)), cell) for cell in cells]
        yield Figure(
            f"groups-{dimension}",
            draw_changes(caption, changes, scale),
            group_table(source, caption, cells),
            status_of(source, [scale]),
        )


def _tables(source: Source, breakdowns: Sequence[Breakdown]) -> Iterator[Table]:
    for scale, dimension, cells in breakdowns:
        if scale != source.primary_scale and _is_shown(cells):
            yield group_table(source, _caption(source, scale, dimension), cells)


def _caption(source: Source, scale: ReportedScale, dimension: str) -> str:
    return f"{scale_name(source, scale)} – {group_name(source, (dimension, ''))}"
