"""The columns of an export, with all that SPSS, Stata and a codebook say about them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TypeAlias

from surveys.encoding import NotAnswered

#: A number, a text, a reason for no answer, or nothing, as where somebody did not take part.
Value: TypeAlias = int | float | str | NotAnswered | None


class Measure(StrEnum):
    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    SCALE = "scale"


@dataclass(frozen=True, slots=True)
class Variable:
    name: str
    label: str
    measure: Measure
    #: Bytes of the longest text in UTF-8; 0 for a number.
    width: int = 0
    decimals: int = 0
    labels: Mapping[int, str] = field(default_factory=dict)
    #: Reason → label; a variable with reasons holds whole numbers.
    reasons: Mapping[NotAnswered, str] = field(default_factory=dict)
    #: What it comes from: the item's key in the questionnaire, or nothing.
    item_key: str = ""
    #: The possible values, where they are bounded.
    minimum: int | None = None
    maximum: int | None = None

    @property
    def is_text(self) -> bool:
        return self.width > 0

    def of_wave(self, number: int, kind: str) -> "Variable":
        """Return the same variable as a column of the wide table."""
        return replace(self, name=f"{self.name}_w{number}", label=f"{self.label} ({kind})")


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of the long table: about the row, groups, answers, scores."""

    person: Variable
    community: Variable
    groups: Mapping[str, Variable]
    #: Number, kind and month of the wave, language, channel.
    asking: Sequence[Variable]
    answers: Sequence[Variable]
    scores: Sequence[Variable]

    @property
    def long(self) -> list[Variable]:
        first = [self.person, self.community]
        return [*first, *self.groups.values(), *self.asking, *self.answers, *self.scores]

    def wide(self, waves: Mapping[int, str]) -> list[Variable]:
        """Return one row's columns per person; `waves` is number → what it is called."""
        repeated = [*self.asking[2:], *self.answers, *self.scores]
        return [
            self.person,
            self.community,
            *self.groups.values(),
            *(
                variable.of_wave(number, kind)
                for number, kind in waves.items()
                for variable in repeated
            ),
        ]
