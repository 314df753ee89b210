"""What is published or withheld together, and what each cell gives away."""

from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import TypeAlias

from indicators.gate.audit import Node
from indicators.gate.cells import Cell
from indicators.models import Confidentiality

#: Which table is given up first where one must go to protect another: the lowest.
RANKS = {
    "cards": 12,
    "answered_after": 14,
    "people_invited": 15,
    "answered_before": 16,
    "people_completed": 17,
    "people_enrolled": 18,
    "people_reached": 80,
    "linked": 100,
}
RANK_OF_BREAKDOWN, RANK_OF_SHARE, RANK_OF_GROUPS, RANK_OF_MEAN, RANK_OF_SCALE = 10, 20, 30, 40, 60

#: Name of a table: "count", "scale" or "figure", then measure, scale and dimension.
Name: TypeAlias = tuple[str, str, str, str]
#: A count and the range that the attacker reads off a cell.
Range: TypeAlias = tuple[Node, int, int | None]


class Reason(StrEnum):
    """Why a figure is withheld. No reason tells how many people it is about."""

    TOO_FEW = "too_few"
    NOBODY_OR_EVERYBODY = "nobody_or_everybody"
    NO_SPREAD = "no_spread"
    CYCLE_TOO_SMALL = "cycle_too_small"
    GROUP_TOO_SMALL = "group_too_small"
    WOULD_EXPOSE = "would_expose"
    CHANGED_TOO_LITTLE = "changed_too_little"
    CONTRADICTION = "contradiction"
    AUDIT_FAILED = "audit_failed"


@dataclass(frozen=True)
class Table:
    """Cells that are published or withheld together, and what the attacker reads off them."""

    name: Name
    rank: int
    cells: tuple[Cell, ...]
    reasons: tuple[Reason, ...] = ()
    shows: tuple[Range, ...] = ()
    #: Populations whose number it tells: it is not shown where that number is withheld.
    needs: frozenset[str] = frozenset()
    #: The population whose number it is.
    gives: str = ""
    #: What it still tells where it is closed to protect another table.
    tells_closed: tuple[Range, ...] = ()

    @cached_property
    def is_open(self) -> bool:
        return any(cell.is_free and cell.value is not None for cell in self.cells)

    def closed(self, reason: Reason) -> "Table":
        """Return the table with everything withheld alike."""
        places = dict.fromkeys(
            ("change" if self.name[0] == "scale" else cell.measure, *cell.key[1:])
            for cell in self.cells
        )
        cells = tuple(Cell(*place, confidentiality=Confidentiality.SECONDARY) for place in places)
        tells = self.tells_closed if reason == Reason.WOULD_EXPOSE else ()
        return replace(self, cells=cells, reasons=(reason,) * len(cells), shows=tells)
