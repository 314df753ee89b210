"""Formulas as data: a small tree of named facts and known operations, never evaluated as code.

In a file or a snapshot a formula is a number, the name of a fact, or one operation with what it
takes: `{"share": ["people_completed", "people_enrolled"]}`. Whole numbers and fractions stay exact
until an operation needs a root.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import TypeAlias, cast

from django.utils.translation import gettext as _

from measurement.representativeness import expected_representativeness

Scalar: TypeAlias = Fraction | float
Table: TypeAlias = Mapping[str, Fraction]
Facts: TypeAlias = Mapping[str, Scalar | Table]
#: Tells of something wrong: the place inside the formula, and what to do.
Complain: TypeAlias = Callable[[str], None]

DEEPEST = 8


class MissingFactError(LookupError):
    """The programme doesn't collect what a formula needs."""


class UndefinedError(ArithmeticError):
    """All facts are there, but the figure can't exist: nobody to divide by."""


class Type(StrEnum):
    NUMBER = "number"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Number:
    value: Fraction

    def compute(self, _facts: Facts) -> Scalar:
        return self.value

    def names(self) -> Iterator[str]:
        yield from ()


@dataclass(frozen=True, slots=True)
class Fact:
    name: str

    def compute(self, facts: Facts) -> Scalar | Table:
        if self.name not in facts:
            raise MissingFactError(self.name)
        return facts[self.name]

    def names(self) -> Iterator[str]:
        yield self.name


@dataclass(frozen=True, slots=True)
class Apply:
    operation: str
    arguments: tuple["Formula", ...]

    def compute(self, facts: Facts) -> Scalar:
        taken = [argument.compute(facts) for argument in self.arguments]
        return OPERATIONS[self.operation].compute(*taken)

    def names(self) -> Iterator[str]:
        for argument in self.arguments:
            yield from argument.names()


Formula: TypeAlias = Number | Fact | Apply


def compute(formula: Formula, facts: Facts) -> Scalar:
    """Return the value of a formula.

    Raises
    ------
    MissingFactError
        If a fact is not there.
    UndefinedError
        If the facts are there, but there is nothing to divide by.
    """
    return cast("Scalar", formula.compute(facts))


# Operations --------------------------------------------------------------------------------------


def _product(*factors: Scalar) -> Scalar:
    return math.prod(factors, start=Fraction(1))


def _ratio(over: Scalar, under: Scalar) -> Scalar:
    if not under:
        raise UndefinedError
    return over / under


def _share(part: Scalar, whole: Scalar) -> Scalar:
    """Return per cent; more than everybody is no share but two counts that don't belong together.

    Answers and register meet at the community, not at the person, so that this can happen.
    """
    if part > whole:
        raise UndefinedError
    return 100 * _ratio(part, whole)


def _variance(n: Scalar, total: Scalar, squares: Scalar) -> Scalar:
    """Return the variance (n - 1) that follows from a count, a sum and a sum of squares."""
    if n <= 1:
        raise UndefinedError
    return (squares - total * total / n) / (n - 1)


def _root(number: Scalar) -> Scalar:
    return math.sqrt(number)


def _rounded(number: Scalar, base: Scalar) -> Scalar:
    """Round to a multiple, halves to the even one: a rate from an exact count would tell it."""
    return base * round(number / base)


def _overlap(first: Table, second: Table) -> Scalar:
    """Return 1 - half the summed differences of two distributions: 1 where they are the same."""
    one, other = _distribution(first), _distribution(second)
    apart = Fraction()
    for key in one.keys() | other.keys():
        apart += abs(one.get(key, Fraction()) - other.get(key, Fraction()))
    return 1 - apart / 2


def _expected_overlap(shares: Table, n: Scalar) -> Scalar:
    """Return the overlap that chance leaves a group of n people drawn from these shares."""
    if n < 1:
        raise UndefinedError
    return expected_representativeness(
        [float(share) for share in _distribution(shares).values()], int(n)
    )


def _distribution(table: Table) -> dict[str, Fraction]:
    whole = sum(table.values())
    if not whole:
        raise UndefinedError
    return {key: Fraction(part) / whole for key, part in table.items()}


def _covered(weights: Table, counts: Table, enough: Scalar) -> Scalar:
    """Return the weight, per cent, of the keys of which there are enough."""
    shares = _distribution(weights)
    return 100 * sum(
        (share for key, share in shares.items() if counts.get(key, 0) >= enough), Fraction()
    )


def _how_many(counts: Table, exactly: Scalar) -> Scalar:
    return Fraction([count == exactly for count in counts.values()].count(True))


@dataclass(frozen=True, slots=True)
class Operation:
    """What an operation takes; `repeats` says that its last argument may come several times."""

    takes: tuple[Type, ...]
    compute: Callable[..., Scalar]
    repeats: bool = False

    def fits(self, count: int) -> bool:
        return count >= len(self.takes) if self.repeats else count == len(self.takes)

    def type_of(self, place: int) -> Type:
        return self.takes[min(place, len(self.takes) - 1)]


_N, _T = Type.NUMBER, Type.TABLE
OPERATIONS = {
    "sum": Operation((_N, _N), lambda *terms: sum(terms, Fraction()), repeats=True),
    "difference": Operation((_N, _N), lambda first, second: first - second),
    "product": Operation((_N, _N), _product, repeats=True),
    "ratio": Operation((_N, _N), _ratio),
    "share": Operation((_N, _N), _share),
    "variance": Operation((_N, _N, _N), _variance),
    "root": Operation((_N,), _root),
    "rounded": Operation((_N, _N), _rounded),
    "least": Operation((_N, _N), min, repeats=True),
    "overlap": Operation((_T, _T), _overlap),
    "expected_overlap": Operation((_T, _N), _expected_overlap),
    "covered": Operation((_T, _T, _N), _covered),
    "how_many": Operation((_T, _N), _how_many),
}


# Reading -----------------------------------------------------------------------------------------


def read_formula(
    data: object,
    known: Mapping[str, Type],
    complain: Complain,
    *,
    wanted: Type = Type.NUMBER,
    depth: int = 0,
) -> Formula:
    """Read a formula over known facts; complain of everything that is wrong with it.

    What is wrong is read as 0, so that one reading finds every mistake.
    """
    if isinstance(data, str):
        return _read_fact(data, known, complain, wanted)
    if isinstance(data, Mapping) and len(data) == 1 and depth < DEEPEST:
        ((name, arguments),) = data.items()
        if wanted is Type.NUMBER:
            return _read_operation(name, arguments, known, complain, depth)
    # bool is an int to Python, but no number to people
    elif isinstance(data, int | float) and not isinstance(data, bool) and wanted is Type.NUMBER:
        return Number(Fraction(str(data)))
    complain(
        _("Write a number, the name of a fact, or one operation. Not: %(value)s.")
        % {"value": str(data)[:60]}
    )
    return Number(Fraction())


def _read_fact(
    name: str, known: Mapping[str, Type], complain: Complain, wanted: Type
) -> Fact | Number:
    if known.get(name) is wanted:
        return Fact(name)
    names = ", ".join(sorted(fact for fact, kind in known.items() if kind is wanted))
    complain(
        _("%(name)s is no fact that fits here. There are: %(names)s.")
        % {"name": name, "names": names}
    )
    return Number(Fraction())


def _read_operation(
    name: str, data: object, known: Mapping[str, Type], complain: Complain, depth: int
) -> Formula:
    operation = OPERATIONS.get(name)
    if operation is None:
        complain(
            _("%(name)s is no operation. There are: %(names)s.")
            % {"name": name, "names": ", ".join(sorted(OPERATIONS))}
        )
        return Number(Fraction())
    arguments = data if isinstance(data, list) else [data]
    if not operation.fits(len(arguments)):
        complain(
            _("%(name)s takes %(wanted)d arguments, not %(found)d.")
            % {"name": name, "wanted": len(operation.takes), "found": len(arguments)}
        )
        return Number(Fraction())
    return Apply(
        name,
        tuple(
            read_formula(
                argument, known, complain, wanted=operation.type_of(place), depth=depth + 1
            )
            for place, argument in enumerate(arguments)
        ),
    )
