"""What shares of one population tell together, where they bear a larger population's number."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor


@dataclass(frozen=True, slots=True)
class Shares:
    """Shares of the same people that don't overlap, as they are shown.

    `counted` are their numerators, rounded: either the true count was rounded, or the share was
    made one of the number shown. `few` of the others are known to be below the threshold; None
    where not all parts of the population are known.
    """

    counted: Sequence[int]
    shown: int
    base: int
    threshold: int
    few: int | None = None

    def count(self, counted: int, people: int) -> tuple[int, int]:
        """Return the least and the most that a numerator can be, of so many people."""
        share_low = (counted - self.base / 2) / self.shown
        share_high = (counted + self.base / 2) / self.shown
        low = min(counted - self.base // 2, ceil(share_low * people))
        high = max(counted + self.base // 2, floor(share_high * people))
        return max(low, self.threshold), high

    def people(self) -> tuple[int, int]:
        """Return how many people there are at least and at most, for all shares to be possible."""
        most = self.shown + self.base // 2
        possible = [n for n in range(self.threshold, most + 1) if self._is_possible(n)]
        return (possible[0], possible[-1]) if possible else (self.threshold, most)

    def _is_possible(self, people: int) -> bool:
        ranges = [self.count(counted, people) for counted in self.counted]
        # Beside a single share there are others, and enough of them.
        beside = self.threshold if len(ranges) == 1 else 0
        if sum(low for low, _high in ranges) + beside > people:
            return False
        if self.few is None:
            return True
        return sum(high for _low, high in ranges) + self.few * (self.threshold - 1) >= people
