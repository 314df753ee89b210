"""What is counted while the rows pass by: small groups, and who could be linked."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import sqrt

from surveys.document import Scale
from surveys.exporting.rows import Row

#: Fewer people than this in a group of a community: somebody who lives there might know who it is.
FEWEST = 10
FIRST_WAVE = 1


@dataclass(slots=True)
class _Spread:
    """Number, mean and standard deviation of a stream (Welford's way: one pass, stable)."""

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    def add(self, value: float) -> None:
        self.count += 1
        difference = value - self.mean
        self.mean += difference / self.count
        self.squares += difference * (value - self.mean)

    def told(self) -> dict[str, float | int | None]:
        """Return what may be told; a handful of people may not be described."""
        if self.count < FEWEST:
            return {"people": self.count, "mean": None, "standard_deviation": None}
        deviation = sqrt(self.squares / (self.count - 1))
        return {"people": self.count, "mean": self.mean, "standard_deviation": deviation}


@dataclass
class Counts:
    """Everything that the manifest and the linkage report say in numbers."""

    scales: Sequence[Scale]
    units: Sequence[int]
    responses: int = 0
    people: int = 0
    #: A second answer of a person to the same wave, as in a workshop and in the whole community.
    repeated: int = 0
    by_wave: Counter[int] = field(default_factory=Counter)
    by_channel: Counter[str] = field(default_factory=Counter)
    by_language: Counter[str] = field(default_factory=Counter)
    pairs: Counter[tuple[int, int]] = field(default_factory=Counter)
    cells: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    linked: list[_Spread] = field(default_factory=list)
    unlinked: list[_Spread] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.linked = [_Spread() for _scale in self.scales]
        self.unlinked = [_Spread() for _scale in self.scales]

    def add(self, rows: Sequence[Row]) -> None:
        """Take in all rows of one person."""
        waves = sorted({row.wave for row in rows})
        self.people += 1
        self.responses += len(rows)
        self.repeated += len(rows) - len(waves)
        for row in rows:
            self.by_wave[row.wave] += 1
            self.by_channel[row.channel] += 1
            self.by_language[row.language] += 1
        self.pairs.update({(waves[0], later) for later in waves[1:]} | set(pairwise(waves)))
        self._add_cells(rows[0])
        if waves[0] == FIRST_WAVE:
            self._add_baseline(rows[0], is_linked=len(waves) > 1)

    def _add_cells(self, row: Row) -> None:
        self.cells[row.community, "", ""] += 1
        for group, category in row.groups.items():
            self.cells[row.community, group, category] += 1

    def _add_baseline(self, row: Row, *, is_linked: bool) -> None:
        spreads = self.linked if is_linked else self.unlinked
        for spread, units, unit in zip(spreads, row.scores, self.units, strict=False):
            if units is not None:
                spread.add(units / unit)

    @property
    def small_cells(self) -> int:
        return sum(count < FEWEST for count in self.cells.values())

    def linkage(self, waves: Mapping[int, str]) -> dict[str, object]:
        """Return the linkage report: how many were found again, and whether they were others."""
        before = self.by_wave[FIRST_WAVE]
        return {
            "waves": {
                str(number): {"kind": kind, "responses": self.by_wave[number]}
                for number, kind in waves.items()
            },
            "pairs": {f"{one}-{two}": count for (one, two), count in sorted(self.pairs.items())},
            "rates": {
                f"{one}-{two}": count / before
                for (one, two), count in sorted(self.pairs.items())
                if one == FIRST_WAVE and before
            },
            "second_answers_to_a_wave": self.repeated,
            "baseline": {
                scale.key: {"linked": linked.told(), "unlinked": unlinked.told()}
                for scale, linked, unlinked in zip(
                    self.scales, self.linked, self.unlinked, strict=True
                )
            },
        }
