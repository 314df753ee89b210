"""Exposure and problems of a group as exact sums, from which its line and mean can be computed."""

from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

from measurement.inputs import Floats, MissingRows, Values, pairs, vector

Number: TypeAlias = int | float | Fraction


@dataclass(frozen=True, slots=True)
class LineSums:
    """The sums over persons from which a line, or the place of a group on it, can be computed.

    Exact when made of integers or fractions. Sums of disjoint groups can be added, and a person
    who withdraws is subtracted. The last three are needed for a curved line only.
    """

    n: int
    exposure: Number
    problems: Number
    exposure_squares: Number
    products: Number
    problems_squares: Number
    exposure_cubes: Number | None = None
    exposure_fourths: Number | None = None
    squares_products: Number | None = None

    def __add__(self, other: "LineSums") -> "LineSums":
        return _merge(self, other, 1)

    def __sub__(self, other: "LineSums") -> "LineSums":
        return _merge(self, other, -1)


def line_sums(exposure: Values, problems: Values, *, missing: MissingRows = "raise") -> LineSums:
    """Add up exposure and problems of persons, exactly.

    Parameters
    ----------
    exposure, problems
        One value per person, in the same order; ``None`` and NaN mean missing.
    missing
        ``"raise"`` refuses missing values, ``"complete"`` keeps persons with both.

    Raises
    ------
    ValueError
        If the lengths differ, or a value is infinite or (with ``"raise"``) missing.
    """
    loads, troubles = load_and_problems(exposure, problems, missing=missing)
    e = [_exact(value) for value in loads.tolist()]
    p = [_exact(value) for value in troubles.tolist()]
    return LineSums(
        n=len(e),
        exposure=sum(e),
        problems=sum(p),
        exposure_squares=sum(x**2 for x in e),
        products=sum(x * y for x, y in zip(e, p, strict=True)),
        problems_squares=sum(y**2 for y in p),
        exposure_cubes=sum(x**3 for x in e),
        exposure_fourths=sum(x**4 for x in e),
        squares_products=sum(x**2 * y for x, y in zip(e, p, strict=True)),
    )


def load_and_problems(
    exposure: Values, problems: Values, *, missing: MissingRows = "raise"
) -> tuple[Floats, Floats]:
    """Return exposure and problems of the same persons as arrays of equal length.

    Raises ``ValueError`` as :func:`measurement.inputs.vector` does, by the names of the two.
    """
    if len(exposure) != len(problems):
        raise ValueError(
            f"exposure and problems must be equally long, not {len(exposure)} and {len(problems)}."
        )
    if missing == "raise":
        return vector(exposure, "exposure"), vector(problems, "problems")
    return pairs(exposure, problems, missing=missing)


def _merge(one: LineSums, other: LineSums, sign: int) -> LineSums:
    return LineSums(
        n=one.n + sign * other.n,
        exposure=one.exposure + sign * other.exposure,
        problems=one.problems + sign * other.problems,
        exposure_squares=one.exposure_squares + sign * other.exposure_squares,
        products=one.products + sign * other.products,
        problems_squares=one.problems_squares + sign * other.problems_squares,
        exposure_cubes=_plus(one.exposure_cubes, other.exposure_cubes, sign),
        exposure_fourths=_plus(one.exposure_fourths, other.exposure_fourths, sign),
        squares_products=_plus(one.squares_products, other.squares_products, sign),
    )


def _plus(one: Number | None, other: Number | None, sign: int) -> Number | None:
    return None if one is None or other is None else one + sign * other


def _exact(value: float) -> Number:
    """Integers stay integers, which are faster to add than fractions."""
    return int(value) if value.is_integer() else Fraction(value)
