"""The content of a snapshot, made up by hand, so that what follows from it is known beforehand."""

from functools import cache
from pathlib import Path
from typing import Any

import surveys
from indicators.catalogue.loading import pins_of, shipped_definitions
from surveys.document import Document, load_definition
from surveys.scoring import scale_rules

DEFINITIONS = Path(surveys.__file__).parent / "definitions"


@cache
def adult_document() -> Document:
    return load_definition(DEFINITIONS / "resources-adult.json").document


def make_row(scale: str, before: list[int], after: list[int], lost: list[int]) -> dict[str, Any]:
    """Make the sums of people who scored so many points; `after` is that of the first ones."""
    unit = scale_rules(adult_document())[scale].unit
    pairs = list(zip(before, after, strict=True))
    return {
        "scale": scale,
        "dimension": "",
        "category": "",
        "n": len(pairs),
        "n_lost": len(lost),
        "sum_before": str(unit * sum(before)),
        "sum_after": str(unit * sum(after)),
        "sum_before_squared": str(unit**2 * sum(score**2 for score in before)),
        "sum_after_squared": str(unit**2 * sum(score**2 for score in after)),
        "sum_products": str(unit**2 * sum(one * other for one, other in pairs)),
        "sum_lost": str(unit * sum(lost)),
        "sum_lost_squared": str(unit**2 * sum(score**2 for score in lost)),
    }


def make_content(**changes: Any) -> dict[str, Any]:
    """Make a cycle of 40 linked people, 12 lost ones and everything else that is ever collected."""
    before = [40, 50, 60, 70] * 10
    after = [45, 55, 60, 80] * 10
    lost = [30, 40, 50] * 4
    rows = [
        make_row(scale, before, after, lost)
        | {
            "low": {"norm": 1, "before": 12, "after": 10},
            "reliable": {"norm": 1, "up": 14, "none": 20, "down": 6},
        }
        for scale in ("relationships", "belonging", "education", "employment")
    ]
    rows += [
        make_row("stress", [2, 4] * 20, [3, 4] * 20, [5, 6] * 6),
        make_row("phq4", [4, 6] * 20, [4, 4] * 20, [5, 6] * 6),
    ]
    rules = scale_rules(adult_document())
    exposure, problems = rules["stress"].unit, rules["phq4"].unit
    content = {
        "format": 2,
        "cycle": "spring-1-2",
        "community": "altona",
        "instrument": "x",
        "waves": [1, 2],
        "smallest_change": "4",
        "primary_domain": "belonging",
        "flow": {"cards": 60, "before": 52, "after": 45, "linked": 40},
        "delivery": {
            "workshops_planned": 4,
            "workshops_cancelled": 1,
            "sessions_planned": 24,
            "sessions_held": 18,
            "hours_held": 36,
            "people_enrolled": 80,
            "people_reached": 64,
        },
        "register": {
            "invited": 100,
            "enrolled": 80,
            "attended": 64,
            "completed": 48,
            "sessions_offered": 480,
            "sessions_attended": 300,
            "dose": {"0": 16, "1-25": 4, "26-50": 6, "51-74": 6, "75-100": 48},
            "came": {
                "age_band": {"adult": 50, "youth": 14},
                "language": {"ar": 30, "de": 20, "uk": 10},
            },
        },
        "population": 20_000,
        "languages": ["de", "ar"],
        "lives_here": {"age_band": {"adult": "80.00", "youth": "10.00", "child": "10.00"}},
        "resources": {
            "relationships": {"listed": 4, "verified": 3, "open": 1},
            "belonging": {"listed": 0, "verified": 0, "open": 0},
            "education": {"listed": 5, "verified": 5, "open": 2},
            "employment": {"listed": 1, "verified": 0, "open": 1},
        },
        "quality": {
            "languages": {"before": {"de": 30, "ar": 22}, "after": {"de": 25, "ar": 20}},
            "channels": {"before": {"own_phone": 40, "paper": 12}, "after": {"own_phone": 45}},
            "complete": {"before": 39, "after": 40},
        },
        "stress": {
            "line": 1,
            "exposure": "stress",
            "problems": "phq4",
            "n": 40,
            # Twenty people with one stressor more and as many problems, twenty the other way round.
            "exposure_change": str(20 * exposure),
            "problems_change": str(-40 * problems),
            "exposure_change_squared": str(20 * exposure**2),
            "problems_change_squared": str(80 * problems**2),
            "products_change": "0",
        },
        "line": {"number": 1, "n": 250, "slope": "0.7", "residual_sd": "2.5"},
        "icc": {},
        "scales": rows,
        **pins_of(list(shipped_definitions())),
    }
    return content | changes
