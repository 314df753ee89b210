"""Programmes in which nothing changed in truth, taken all the way to what would be published.

Workshops differ by chance, in number and size. Each programme becomes the content of a snapshot,
so that sums, estimates and gate are those of every report.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from indicators.estimates import estimate
from indicators.gate import Policy, publish
from indicators.pooling import DIGITS, pooled
from measurement.evidence import EvidenceClass
from surveys.scoring import scale_rules
from tests.indicators.made_up import adult_document

DOMAINS = ("relationships", "belonging", "education", "employment")
FEWEST_WORKSHOPS, MOST_WORKSHOPS = 3, 10
SIZES = (8, 17)  # people in a workshop: from, below
LEVEL, SPREAD_BEFORE, SPREAD_OF_CHANGE = 50, 20, 20  # points
#: How much one person's changes in two domains have in common.
IN_COMMON = 0.3
CLEAR = (EvidenceClass.CLEAR_RISE, EvidenceClass.CLEAR_FALL)
QUIET = (EvidenceClass.LITTLE_OR_NO_CHANGE, EvidenceClass.CANNOT_TELL)

Rows = list[dict[str, Any]]


@dataclass
class Tally:
    """What was said of programmes in which there was nothing to say."""

    reports: int = 0
    clear_reports: int = 0
    claims: Counter[str] = field(default_factory=Counter)
    intervals: int = 0
    covered: int = 0

    @property
    def announced(self) -> float:
        """The share of claims, in per cent, that something rose or fell."""
        loud = sum(count for name, count in self.claims.items() if name not in _names(QUIET))
        return 100 * loud / self.claims.total()

    @property
    def clearly_announced(self) -> float:
        """The share of reports, in per cent, with any clear rise or clear fall."""
        return 100 * self.clear_reports / self.reports

    @property
    def coverage(self) -> float:
        """The share of intervals, in per cent, that hold the truth, which is 0."""
        return 100 * self.covered / self.intervals


def _names(classes: tuple[EvidenceClass, ...]) -> set[str]:
    return {one.name.lower() for one in classes}


def simulate(programmes: int, *, icc: float, is_known: bool, seed: int) -> Tally:
    """Publish programmes without change and count what would be said of them.

    `is_known` says whether the network has enough workshops to know how alike their people are;
    else the cautious figure is assumed, as in a young network.
    """
    generator = np.random.default_rng(seed)
    drawn = [_draw(generator, icc) for _ in range(programmes)]
    known = _network_icc(drawn) if is_known else {}
    tally = Tally()
    for rows in drawn:
        _count(tally, _content(rows, known))
    return tally


def _draw(generator: np.random.Generator, icc: float) -> Rows:
    workshops = int(generator.integers(FEWEST_WORKSHOPS, MOST_WORKSHOPS + 1))
    sizes = generator.integers(*SIZES, workshops)
    places = np.repeat(np.arange(workshops), sizes)
    people = len(places)
    common = generator.normal(0, IN_COMMON**0.5, people)
    rows = []
    for scale in DOMAINS:
        unit = scale_rules(adult_document())[scale].unit
        own = generator.normal(0, (1 - IN_COMMON) ** 0.5, people)
        shared = generator.normal(0, 1, workshops)[places]
        change = SPREAD_OF_CHANGE * (icc**0.5 * shared + (1 - icc) ** 0.5 * (common + own))
        before = generator.normal(LEVEL, SPREAD_BEFORE, people)
        # Whole points, so that the sums are as exact as those of real scores.
        first = np.rint(before).astype(np.int64) * unit
        second = first + np.rint(change).astype(np.int64) * unit
        rows.append(_row(scale, "", first, second))
        for workshop in range(workshops):
            here = places == workshop
            rows.append(_row(scale, str(workshop + 1), first[here], second[here]))
    return rows


def _row(scale: str, workshop: str, before: Any, after: Any) -> dict[str, Any]:  # noqa: ANN401 - arrays
    first, second = before.astype(object), after.astype(object)  # sums of squares are large
    return {
        "scale": scale,
        "dimension": "workshop" if workshop else "",
        "category": workshop,
        "n": len(first),
        "n_lost": 0,
        "sum_before": str(first.sum()),
        "sum_after": str(second.sum()),
        "sum_before_squared": str((first * first).sum()),
        "sum_after_squared": str((second * second).sum()),
        "sum_products": str((first * second).sum()),
        "sum_lost": "0",
        "sum_lost_squared": "0",
    }


def _network_icc(programmes: list[Rows]) -> dict[str, str]:
    found = {}
    for scale in DOMAINS:
        value = pooled([list(_clusters(rows, scale)) for rows in programmes])
        found[scale] = f"{value:.{DIGITS}f}"
    return found


def _clusters(rows: Rows, scale: str) -> Iterator[tuple[int, int, int]]:
    for row in rows:
        if row["scale"] == scale and row["dimension"]:
            before, after = int(row["sum_before"]), int(row["sum_after"])
            squares = int(row["sum_before_squared"]) + int(row["sum_after_squared"])
            yield row["n"], after - before, squares - 2 * int(row["sum_products"])


def _content(rows: Rows, icc: dict[str, str]) -> dict[str, Any]:
    people = next(row["n"] for row in rows if not row["dimension"])
    return {
        "format": 2,
        "smallest_change": "4",
        "flow": dict.fromkeys(("cards", "before", "after", "linked"), people),
        "delivery": {},
        "scales": rows,
        "icc": icc,
    }


def _count(tally: Tally, content: dict[str, Any]) -> None:
    found = estimate(content, adult_document())
    for scale in found.scales:
        assert scale.low is not None
        assert scale.high is not None
        tally.intervals += 1
        tally.covered += scale.low <= 0 <= scale.high
    cells = publish(found, Policy()).cells
    said = [cell.evidence for cell in cells if cell.measure == "change" and cell.evidence]
    tally.claims.update(said)
    tally.reports += 1
    tally.clear_reports += not _names(CLEAR).isdisjoint(said)
