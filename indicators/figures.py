"""What the gate judges besides scales: one figure, and how many people stand behind it."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from indicators.models import Observation

#: The fewest people behind any figure that a survey gives.
FEWEST_PEOPLE = 10


class Kind(StrEnum):
    """What the gate must know of a figure to protect the people behind it."""

    PEOPLE = "people"  # a count of persons
    THINGS = "things"  # a count of things, or of people in a public role: exempt
    SHARE = "share"  # persons of persons, per cent
    MEAN = "mean"  # a statistic of persons' values


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a cycle, unrounded: for the gate and for data stewards, for nobody else."""

    measure: str
    kind: Kind
    #: None where there is none; then `missing` says why.
    value: float | None
    #: Whose figure: "enrolled", "attended", "before", "linked", "linked:<scale>"; "" for things.
    population: str = ""
    #: Persons behind it; of a share, its denominator.
    n: int = 0
    #: Of a share, the persons counted.
    count: int | None = None
    scale: str = ""
    dimension: str = ""
    category: str = ""
    low: float | None = None
    high: float | None = None
    #: What the published figure is rounded to.
    step: Decimal = Decimal(1)
    minimum_n: int = FEWEST_PEOPLE
    is_sensitive: bool = False
    missing: Observation = Observation.NORMAL
