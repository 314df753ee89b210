"""Which people are added up together: everybody of a cycle, a workshop, a category."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: The clusters that honest intervals need; never published.
WORKSHOP = "workshop"

Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Labels:
    """A word for each person: positions in `names`, -1 where there is none."""

    names: tuple[str, ...]
    positions: Indices


@dataclass(frozen=True, slots=True)
class Grouping:
    """A dimension, its groups, and who belongs to which.

    `names` says for each group the number of its cycle and its category; `groups` has one entry
    for each of the chosen `people`.
    """

    dimension: str
    names: list[tuple[int, str]]
    people: Indices
    groups: Indices


def everybody(cycle: Indices, cycle_count: int) -> Grouping:
    """Group by cycle; a cycle that nobody has answered in is a group too."""
    names = [(number, "") for number in range(cycle_count)]
    return Grouping("", names, np.arange(len(cycle)), cycle)


def by_category(cycle: Indices, labels: Labels, dimension: str) -> Grouping:
    """Group by cycle and category; people without a category are in no group."""
    people = np.flatnonzero(labels.positions >= 0)
    count = max(len(labels.names), 1)
    keys = cycle[people] * count + labels.positions[people]
    used, groups = np.unique(keys, return_inverse=True)
    names = [(key // count, labels.names[key % count]) for key in used.tolist()]
    return Grouping(dimension, names, people, groups)
