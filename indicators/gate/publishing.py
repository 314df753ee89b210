"""From estimates to what may be known: the gate itself, a pure function that fails closed."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from indicators.estimates import CycleEstimate
from indicators.figures import Kind
from indicators.gate.audit import Counts, Known, Node, doubtful, exposed
from indicators.gate.cells import Cell
from indicators.gate.certificate import certificate_of
from indicators.gate.figuring import plain_cell, where
from indicators.gate.history import Ledger, hidden_levels, remember, repeats
from indicators.gate.judging import (
    DELIVERY_MEASURES,
    FLOW_MEASURES,
    PEOPLE_MEASURES,
    tables_of,
)
from indicators.gate.numbers import Numbers
from indicators.gate.policy import Policy
from indicators.gate.populations import counts_of
from indicators.gate.tables import Name, Reason, Table
from indicators.models import Confidentiality

log = logging.getLogger(__name__)


class NothingIsSafeError(Exception):
    """Even which figures are withheld for which reason would expose a small count."""


@dataclass(frozen=True, slots=True)
class Publication:
    """The cells that may be published, withheld ones included, and what protects them."""

    cells: tuple[Cell, ...]
    certificate: Mapping[str, Any] = field(default_factory=dict)


def publish(estimate: CycleEstimate, policy: Policy, ledger: Ledger | None = None) -> Publication:
    """Return what may be published of a cycle, given everything that was published before.

    A cycle with fewer linked pairs than the threshold publishes no survey figure at all, not even
    how many answered. Of the rest, first goes what is too small by itself; then the attacker is
    let loose on what is left together with all earlier releases, and the least valuable table
    that helps goes too, until no small count can be narrowed down. Where that comes to no result,
    everything about people is withheld.
    """
    try:
        return _publish(estimate, policy, ledger or Ledger())
    except NothingIsSafeError:
        return _withhold(estimate, policy, Reason.WOULD_EXPOSE)
    except Exception as error:  # noqa: BLE001 - whatever went wrong, nothing is known to be safe
        # The message may hold a count, so that only its kind is logged.
        log.error("The disclosure audit failed: %s", type(error).__name__)  # noqa: TRY400 - likewise
        return _withhold(estimate, policy, Reason.AUDIT_FAILED)


def _publish(estimate: CycleEstimate, policy: Policy, ledger: Ledger) -> Publication:
    counts = counts_of(estimate, policy)
    hidden = frozenset(hidden_levels(estimate, ledger, policy))
    tables = list(tables_of(Numbers(estimate, policy, counts, without_levels=hidden)))
    kept = repeats(estimate, ledger, policy)
    tables = [_repeated(table, kept) for table in tables]
    if policy.is_attacked:
        attack = _Attack(counts)
        for earlier in ledger.earlier:
            remember(counts, attack.known, earlier, "")
        tables = attack.protect(tables)
    cells = tuple(cell for table in tables for cell in table.cells)
    return Publication(cells, certificate_of(policy, tables, counts, kept))


def _repeated(table: Table, kept: Mapping[Name, Sequence[Cell]]) -> Table:
    """Return a table as it was in the release that is corrected, if it has to stay."""
    if table.name not in kept:
        return table
    return replace(table, cells=tuple(kept[table.name]), reasons=(), shows=())


@dataclass(slots=True)
class _Attack:
    """The attacker's knowledge, and what is hidden from it."""

    counts: Counts
    #: From earlier releases.
    known: Known = field(default_factory=Known)

    def protect(self, tables: Sequence[Table]) -> list[Table]:
        """Close tables, the least valuable first, until no small count is exposed any more."""
        # What earlier releases gave away can't be taken back.
        lost = self._lost()
        # With nothing closed most is known: whatever is safe now is safe with more closed.
        small = [node for node in self.counts.small if node not in lost]
        targets = doubtful(self.counts, self._known(tables, ()), small)
        closed: list[Name] = []
        while found := self._exposed(tables, closed, targets):
            near = [self._next(_resolve(tables, closed), node) for node in found]
            names = {table.name for table in near if table is not None}
            if not names:
                raise NothingIsSafeError
            closed += sorted(names)
        return _resolve(tables, self._reopened(tables, closed, targets))

    def _lost(self) -> set[Node]:
        lost: set[Node] = set()
        while self.known.low:
            targets = [node for node in self.counts.small if node not in lost]
            found = exposed(self.counts, self.known, targets)
            if not found:
                break
            lost.update(found)
        return lost

    def _reopened(
        self, tables: Sequence[Table], closed: Sequence[Name], targets: Sequence[Node]
    ) -> list[Name]:
        """Open again what turned out not to help, the most valuable first."""
        ranks = {table.name: table.rank for table in tables}
        needed = list(closed)
        for name in sorted(closed, key=lambda name: -ranks[name]) if len(closed) > 1 else ():
            without = [other for other in needed if other != name]
            if not self._exposed(tables, without, targets):
                needed = without
        return needed

    def _exposed(
        self, tables: Sequence[Table], closed: Sequence[Name], targets: Sequence[Node]
    ) -> list[Node]:
        if not targets:
            return []
        return exposed(self.counts, self._known(tables, closed), targets)

    def _known(self, tables: Sequence[Table], closed: Sequence[Name]) -> Known:
        known = Known(dict(self.known.low), dict(self.known.high))
        for table in _resolve(tables, closed):
            for node, low, high in table.shows:
                known.tighten(node, low, high)
        return known

    def _next(self, tables: Sequence[Table], target: Node) -> Table | None:
        """Choose the table of lowest rank that is added up with an exposed count, else near it."""
        beside = {target}.union(*(self.counts.totals[one] for one in self.counts.touching[target]))
        near = self.counts.component(target)
        choices = [
            (beside.isdisjoint(nodes), table.rank, place)
            for place, table in enumerate(tables)
            if table.is_open
            and (nodes := {node for node, _low, _high in table.shows})
            and not near.isdisjoint(nodes)
        ]
        return tables[min(choices)[2]] if choices else None


def _resolve(tables: Sequence[Table], closed: Sequence[Name]) -> list[Table]:
    """Close tables, and with them all that would tell how many people they are about."""
    found = [
        table.closed(Reason.WOULD_EXPOSE) if table.name in closed else table for table in tables
    ]
    while True:
        hidden = {table.gives for table in found if table.gives and not table.is_open}
        late = [table.is_open and not hidden.isdisjoint(table.needs) for table in found]
        if not any(late):
            return found
        found = [
            table.closed(Reason.WOULD_EXPOSE) if is_late else table
            for table, is_late in zip(found, late, strict=True)
        ]


def _withhold(estimate: CycleEstimate, policy: Policy, reason: Reason) -> Publication:
    """Withhold everything about people alike, so that no mark tells anything."""
    places = [
        *((measure, "", "", "") for measure in (*FLOW_MEASURES, *PEOPLE_MEASURES)),
        *(("change", one.scale, one.dimension, one.category) for one in estimate.scales),
        *(where(one) for one in estimate.figures if one.kind != Kind.THINGS),
    ]
    cells = [
        *(
            Cell(measure, value=Decimal(estimate.delivery[measure]))
            for measure in DELIVERY_MEASURES
            if measure in estimate.delivery
        ),
        *(plain_cell(one) for one in estimate.figures if one.kind == Kind.THINGS),
        *(Cell(*place, confidentiality=Confidentiality.SECONDARY) for place in places),
    ]
    unique = {cell.key: cell for cell in cells}
    certificate = {
        "policy": policy.as_data(),
        "published": sum(cell.is_free for cell in unique.values()),
        "withheld": {reason: len(dict.fromkeys(places))},
        "derivable": [],
        "kept": [],
    }
    return Publication(tuple(unique.values()), certificate)
