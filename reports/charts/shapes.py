"""What a drawing consists of: shapes with a role, laid out for a phone of 360 px."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

WIDTH = 360.0
MARGIN = 12.0
#: Between the margins.
SPACE = WIDTH - 2 * MARGIN
DOT = 5.5
BAR = 14.0

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    role: str
    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True, slots=True)
class Box:
    role: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Shape:
    """A closed shape from point to point."""

    role: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Trail:
    """An open line from point to point."""

    role: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Dot:
    role: str
    x: float
    y: float
    radius: float


@dataclass(frozen=True, slots=True)
class Dots:
    """Many dots that look alike, in one mark: a chart of hundreds of them stays small."""

    role: str
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """Text at a point; `anchor` is start, middle or end, counted from the left."""

    role: str
    x: float
    y: float
    anchor: str
    text: str


#: How a figure on the axis is written in the language of the report.
TickText = Callable[[Decimal], str]
Mark = Line | Box | Shape | Trail | Dot | Dots | Words


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart, ready to be drawn: what it shows, in words too."""

    title: str
    description: str
    width: float
    height: float
    marks: tuple[Mark, ...]


def arrowhead(x: float, y: float, dx: float, dy: float, size: float = 5.0) -> Shape:
    """Return the head of an arrow that ends at a point and flies along a unit vector."""
    back_x, back_y = x - dx * 2 * size, y - dy * 2 * size
    return Shape(
        "head",
        (
            (tidy(x), tidy(y)),
            (tidy(back_x - dy * size), tidy(back_y + dx * size)),
            (tidy(back_x + dy * size), tidy(back_y - dx * size)),
        ),
    )


def tidy(value: float) -> float:
    """Keep two digits: more can't be seen and make the file large."""
    return round(value, 2) + 0.0
