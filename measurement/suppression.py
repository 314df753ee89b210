"""Hide enough: which further cells must go so that no small count can be derived.

Small cells are hidden first. Then cells are added, one at a time, until the attacker cannot
narrow down any small count. If that does not succeed, the whole table is withheld.
"""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeVar

from measurement.attacker import AttackError, Cell, Relation, published_cell, unprotected
from measurement.disclosure import (
    ROUNDING_BASE,
    THRESHOLD,
    check_threshold,
    is_small,
    round_count,
)

Key = TypeVar("Key", bound=Hashable)
Marks: TypeAlias = Literal["apart", "alike"]


@dataclass(frozen=True, slots=True)
class Rules:
    """How counts are published.

    ``threshold`` is the smallest count that may be shown, ``rounding_base`` what shown counts are
    multiples of. ``marks`` says whether readers see which hidden cells were small: ``"apart"`` is
    safe in any case; ``"alike"`` hides less, and may be chosen only where every hidden cell bears
    the same mark in every document, export and interface.
    """

    threshold: int = THRESHOLD
    rounding_base: int = ROUNDING_BASE
    marks: Marks = "apart"

    def __post_init__(self) -> None:
        check_threshold(self.threshold)
        if self.marks not in ("apart", "alike"):
            raise ValueError(f"marks must be apart or alike, not {self.marks!r}.")

    @property
    def protection(self) -> int:
        """The width that the attacker's interval of a small count must have."""
        return self.threshold - 1


DEFAULT_RULES = Rules()


@dataclass(frozen=True, slots=True)
class Suppression:
    """What may be published of a table: rounded counts, and why the others are hidden.

    ``primary`` are too small, ``secondary`` protect them. ``withheld`` says that no protection
    was found; then ``published`` is empty.
    """

    published: Mapping[Hashable, int]
    primary: frozenset[Hashable]
    secondary: frozenset[Hashable]
    withheld: bool
    rules: Rules

    def as_cells(self) -> list[Cell]:
        """Return what an attacker knows after publication; keep it for later releases."""
        shown = [
            published_cell(
                key,
                value,
                rounding_base=self.rules.rounding_base,
                threshold=self.rules.threshold,
            )
            for key, value in self.published.items()
        ]
        if self.withheld or self.rules.marks == "alike":
            return [*shown, *(Cell(key) for key in (*self.primary, *self.secondary))]
        small = [Cell(key, 0, self.rules.protection) for key in self.primary]
        return [*shown, *small, *(Cell(key, self.rules.threshold) for key in self.secondary)]


def suppress(
    counts: Mapping[Key, int],
    relations: Sequence[Relation],
    *,
    rules: Rules = DEFAULT_RULES,
    unpublished: Collection[Key] = (),
    earlier: Sequence[Cell] = (),
) -> Suppression:
    """Choose what to hide of a table of counts, or withhold it.

    Parameters
    ----------
    counts
        The true count of persons of every cell: inner cells, totals, and cells that are not
        published but could be derived, such as the newcomers since an earlier release or the
        persons of one population who are not in another. All counts below the threshold are
        protected, of the unpublished ones those above 0.
    relations
        How the cells add up, those of earlier releases included.
    rules
        Threshold, rounding, marks.
    unpublished
        Keys that are never published.
    earlier
        What is known from earlier releases (:meth:`Suppression.as_cells`). Their hidden small
        counts are protected too: a new release must not betray an old one.

    Returns
    -------
    The cells to publish and to hide. Every small count then has an attacker's interval of width
    ``threshold - 1`` or more, or nothing is published.

    Raises
    ------
    ValueError
        If a count is negative, the counts do not add up, an unpublished key has no count, a key
        occurs both here and earlier, or what is known contradicts itself.
    """
    _check_sums(counts, relations)
    if not set(unpublished) <= set(counts):
        raise ValueError("unpublished must name cells of the table.")
    offered = {key: count for key, count in counts.items() if key not in set(unpublished)}
    small = frozenset(
        key for key, count in offered.items() if is_small(count, threshold=rules.threshold)
    )
    context = [*earlier, *(Cell(key) for key in counts if key not in offered)]
    targets = [
        *small,
        *(key for key in unpublished if 0 < counts[key] < rules.threshold),
        *(cell.key for cell in earlier if cell.hidden and cell.low < rules.threshold),
    ]
    hidden: list[Hashable] = []
    while True:
        state = _state(offered, small, hidden, rules)
        targets = _exposed([*state.as_cells(), *context], relations, targets, rules)
        if not targets:
            return state
        candidate = _next(offered, state, relations, targets)
        if candidate is None:
            everything = frozenset(offered) - small
            return Suppression({}, small, everything, withheld=True, rules=rules)
        hidden.append(candidate)


def _state(
    offered: Mapping[Key, int],
    small: frozenset[Hashable],
    hidden: Collection[Hashable],
    rules: Rules,
) -> Suppression:
    published: dict[Hashable, int] = {
        key: round_count(count, base=rules.rounding_base)
        for key, count in offered.items()
        if key not in small and key not in hidden
    }
    return Suppression(published, small, frozenset(hidden), withheld=False, rules=rules)


def _exposed(
    cells: Sequence[Cell],
    relations: Sequence[Relation],
    targets: Sequence[Hashable],
    rules: Rules,
) -> list[Hashable]:
    """Return the targets that can be derived too well; hiding more never exposes others."""
    try:
        return unprotected(cells, relations, protection=rules.protection, targets=targets)
    except AttackError:
        return list(targets)


def _next(
    offered: Mapping[Key, int],
    state: Suppression,
    relations: Sequence[Relation],
    targets: Collection[Hashable],
) -> Hashable | None:
    """Choose the smallest open cell that is added up with an exposed one, else the smallest."""
    exposed = set(targets)
    neighbours = {
        key
        for relation in relations
        if not exposed.isdisjoint(relation.keys)
        for key in relation.keys
    }
    open_cells = [key for key in offered if key in state.published]
    return min(open_cells, key=lambda key: (key not in neighbours, offered[key]), default=None)


def _check_sums(counts: Mapping[Key, int], relations: Sequence[Relation]) -> None:
    table: dict[Hashable, int] = dict(counts.items())
    for relation in relations:
        if not set(relation.keys) <= set(table):
            continue  # it reaches into an earlier release, whose true counts are not here
        total = sum(factor * table[key] for key, factor in relation.terms)
        if not relation.low <= total <= relation.high:
            raise ValueError(f"counts must add up; {relation.keys!r} do not.")
