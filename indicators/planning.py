"""What a smallest change means before anybody has answered: in answers, and in people it takes."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from math import sqrt

from measurement.power import pairs_needed
from surveys.document import Document, Method, Scale, Text

#: A spread as resource scales usually have it, until a programme knows its own: standard
#: deviation of scores on 0-100, and correlation of two askings of the same people.
USUAL_SD = 20.0
USUAL_CORRELATION = 0.6
SD_OF_CHANGES = USUAL_SD * sqrt(2 * (1 - USUAL_CORRELATION))
#: People of one workshop resemble each other: with twelve of them and an intraclass correlation
#: of .05, half as many again are needed.
WORKSHOP_SIZE = 12
DESIGN_EFFECT = 1 + (WORKSHOP_SIZE - 1) * 0.05
#: Smallest changes that are told of beside each other, in points of 0-100.
EXAMPLES = (Decimal(2), Decimal(4), Decimal(6), Decimal(8), Decimal(10))


@dataclass(frozen=True, slots=True)
class Effort:
    """How many pairs it takes to see a change of so many points, to the next ten."""

    points: Decimal
    pairs: int
    #: The same where people are taught in workshops.
    pairs_in_workshops: int


@dataclass(frozen=True, slots=True)
class Step:
    """How far a score moves if somebody answers one question one step higher."""

    title: Text
    questions: int
    #: In points of 0-100.
    points: Decimal


def effort(points: Decimal) -> Effort:
    """Return what it takes to see a change, with 80 % chance, from the usual spread."""
    alone = pairs_needed(SD_OF_CHANGES, float(points))
    together = pairs_needed(SD_OF_CHANGES, float(points), design_effect=DESIGN_EFFECT)
    return Effort(points, _to_ten(alone), _to_ten(together))


def _to_ten(pairs: int) -> int:
    return -(-pairs // 10) * 10


def steps_of(document: Document) -> Iterator[Step]:
    """Yield what one step on one question is worth, for each scale that belongs to a domain."""
    for scale in domain_scales(document):
        yield Step(scale.title, len(scale.items), step_points(scale))


def domain_scales(document: Document) -> list[Scale]:
    return [scale for scale in document.scales if scale.domain.value]


def step_points(scale: Scale) -> Decimal:
    """Return the points of 0-100 that one step on one question moves a complete score by."""
    if scale.method is Method.COUNT:  # a question counts or doesn't, whatever its steps
        return Decimal(100) / len(scale.items)
    return Decimal(100) / sum(entry.item.maximum - entry.item.minimum for entry in scale.items)
