"""What can be derived about a hidden count from everything that was ever published.

The attacker knows all published cells, how they were rounded, the thresholds, which cells were
hidden because they were small, and how cells add up: in one table, over overlapping tables, and
from one release to the next. For each hidden cell an integer linear programme finds the smallest
and the largest count that agree with all of it.
"""

import math
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from measurement.disclosure import rounded_range
from measurement.inputs import Floats

UNLIMITED = 1_000_000  # how far above every known bound a count is searched
INFEASIBLE = 2  # status of the solver


class AttackError(RuntimeError):
    """The attack came to no result, so nothing is known to be protected."""


@dataclass(frozen=True, slots=True)
class Interval:
    """The smallest and the largest possible value; ``math.inf`` where there is no largest."""

    low: float
    high: float

    @property
    def width(self) -> float:
        return self.high - self.low


@dataclass(frozen=True, slots=True)
class Cell:
    """What the attacker knows beforehand about one count of persons.

    ``key`` names it: a category, a pair of categories, a release and a category, ... ``high`` is
    ``None`` where there is no bound. Only hidden cells are attacked.
    """

    key: Hashable
    low: int = 0
    high: int | None = None
    hidden: bool = True

    def __post_init__(self) -> None:
        if self.low < 0 or (self.high is not None and self.high < self.low):
            raise ValueError(f"Cell {self.key!r} cannot lie between {self.low} and {self.high}.")


@dataclass(frozen=True, slots=True)
class Relation:
    """How cells add up: ``low <= sum of coefficient times cell <= high``."""

    terms: tuple[tuple[Hashable, int], ...]
    low: float = 0.0
    high: float = 0.0

    @classmethod
    def total(cls, whole: Hashable, parts: Iterable[Hashable]) -> "Relation":
        """State that a whole is the sum of its parts.

        The same says that an outer population is an inner one and the rest, and that a later
        release is an earlier one and the newcomers.
        """
        return cls(((whole, 1), *((part, -1) for part in parts)))

    @property
    def keys(self) -> tuple[Hashable, ...]:
        return tuple(key for key, _ in self.terms)


def published_cell(
    key: Hashable, value: int, *, rounding_base: int = 1, threshold: int = 0
) -> Cell:
    """Describe a count that was published rounded, and only because it reached the threshold.

    Raises
    ------
    ValueError
        If the value is not a multiple of the base, or no count from the threshold on is rounded
        to it.
    """
    low, high = rounded_range(value, base=rounding_base)
    return Cell(key, max(low, threshold), high, hidden=False)


def attack(
    cells: Sequence[Cell],
    relations: Sequence[Relation],
    *,
    targets: Collection[Hashable] | None = None,
) -> dict[Hashable, Interval]:
    """Derive for each hidden cell the interval in which its count must lie.

    Parameters
    ----------
    cells
        All cells of all tables and releases, published and hidden, each key once.
    relations
        How they add up; every key must be among the cells.
    targets
        The keys to attack; ``None`` means all hidden cells.

    Returns
    -------
    For each target the smallest and the largest whole number that agrees with everything.

    Raises
    ------
    ValueError
        If a key occurs twice or is unknown, or if the cells contradict each other.
    AttackError
        If the solver came to no result.

    References
    ----------
    Fischetti & Salazar 2001, Management Science 47(7):1008-1027, section 2 (attacker
    subproblems). Solver: HiGHS, Huangfu & Hall 2018, Mathematical Programming Computation
    10:119-142.
    """
    programme = _Programme.of(cells, relations)
    chosen = programme.chosen(cells, targets)
    programme.solve(np.zeros(len(cells)))
    return {key: programme.interval(key) for key in chosen}


def unprotected(
    cells: Sequence[Cell],
    relations: Sequence[Relation],
    *,
    protection: float,
    targets: Collection[Hashable] | None = None,
) -> list[Hashable]:
    """Return the targets whose interval is narrower than the protection.

    The same answer as :func:`attack` followed by :func:`is_protected`, but found sooner: counts
    that agree with everything are witnesses for all cells at once, so that most cells need no
    search of their own.

    Parameters
    ----------
    cells, relations, targets
        As for :func:`attack`.
    protection
        The width that each interval must have.

    Raises
    ------
    ValueError, AttackError
        As :func:`attack`.
    """
    programme = _Programme.of(cells, relations)
    chosen = programme.chosen(cells, targets)
    found = np.tile(programme.solve(np.zeros(len(cells))), (2, 1))  # the lowest and the highest

    def narrow(keys: Collection[Hashable]) -> list[Hashable]:
        places = {key: programme.places[key] for key in keys}
        return [key for key, at in places.items() if found[1, at] - found[0, at] < protection]

    def look(keys: Collection[Hashable]) -> None:
        for costs in programme.directions(*keys):
            witness = programme.solve(costs)
            found[0] = np.minimum(found[0], witness)
            found[1] = np.maximum(found[1], witness)

    # For many at a time, until that widens no more; then one by one.
    waiting, before = narrow(chosen), len(chosen) + 1
    while waiting and len(waiting) < before:
        before = len(waiting)
        look(waiting)
        waiting = narrow(waiting)
    for key in waiting:
        if narrow([key]):
            look([key])
    return narrow(waiting)


def is_protected(interval: Interval, protection: float) -> bool:
    """Tell whether an interval is at least as wide as the protection that was asked for.

    A threshold k asks for k - 1: a hidden count of 0 to k - 1 must remain every one of these.
    """
    return interval.width >= protection


@dataclass(frozen=True, slots=True, eq=False)
class _Programme:
    places: Mapping[Hashable, int]
    bounds: Bounds
    constraint: LinearConstraint | None
    unlimited: int

    @classmethod
    def of(cls, cells: Sequence[Cell], relations: Sequence[Relation]) -> "_Programme":
        places = _places(cells)
        _check_known([key for relation in relations for key in relation.keys], places)
        known = [bound for cell in cells for bound in (cell.low, cell.high) if bound is not None]
        # A finite bound, because a solver may call an unlimited programme infeasible.
        unlimited = UNLIMITED + max(known, default=0)
        high = [unlimited if cell.high is None else cell.high for cell in cells]
        return cls(
            places,
            Bounds([float(cell.low) for cell in cells], [float(bound) for bound in high]),
            _constraint(relations, places) if relations else None,
            unlimited,
        )

    def chosen(self, cells: Sequence[Cell], targets: Collection[Hashable] | None) -> list[Hashable]:
        if targets is None:
            return [cell.key for cell in cells if cell.hidden]
        _check_known(targets, self.places)
        return list(targets)

    def directions(self, *keys: Hashable) -> tuple[Floats, Floats]:
        costs = np.zeros(len(self.places))
        costs[[self.places[key] for key in keys]] = 1
        return costs, -costs

    def solve(self, costs: Floats) -> Floats:
        """Return counts of lowest cost that agree with all that is known."""
        if not costs.size:
            return costs
        result = milp(
            costs,
            integrality=np.ones(costs.size, dtype=np.int64),
            bounds=self.bounds,
            constraints=self.constraint,
            # By default the solver stops when it is near the optimum.
            options={"mip_rel_gap": 0.0},
        )
        if result.status == INFEASIBLE:
            raise ValueError("The cells contradict each other: no counts agree with all of them.")
        if result.status != 0 or result.x is None:
            raise AttackError(f"The solver came to no result: {result.message}")
        return np.round(result.x)

    def interval(self, key: Hashable) -> Interval:
        place = self.places[key]
        low, high = (int(self.solve(costs)[place]) for costs in self.directions(key))
        return Interval(low, math.inf if high >= self.unlimited else high)


def _constraint(relations: Sequence[Relation], places: Mapping[Hashable, int]) -> LinearConstraint:
    rows = [row for row, relation in enumerate(relations) for _ in relation.terms]
    columns = [places[key] for relation in relations for key in relation.keys]
    coefficients = [float(factor) for relation in relations for _, factor in relation.terms]
    shape = (len(relations), len(places))
    return LinearConstraint(
        csr_array((coefficients, (rows, columns)), shape=shape),
        [relation.low for relation in relations],
        [relation.high for relation in relations],
    )


def _places(cells: Sequence[Cell]) -> dict[Hashable, int]:
    places = {cell.key: place for place, cell in enumerate(cells)}
    if len(places) < len(cells):
        [(twice, _)] = Counter(cell.key for cell in cells).most_common(1)
        raise ValueError(f"cells must name each key once; {twice!r} occurs twice.")
    return places


def _check_known(keys: Iterable[Hashable], places: Mapping[Hashable, int]) -> None:
    for key in keys:
        if key not in places:
            raise ValueError(f"{key!r} is not among the cells.")
