"""What a mapping says, once it is known to be right. docs/import.md describes how to write one."""

from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from dataclasses import dataclass, field

from surveys.document import AgeBand, Direction, Domain, Method, Role
from surveys.encoding import NotAnswered
from surveys.importing.files import FileOptions
from surveys.models import WaveKind

#: Column → the values (as keys) under which something holds.
Conditions = Dictionary[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where something about a person is written: in columns, and perhaps in one wave only."""

    columns: tuple[str, ...] = ()
    separator: str = ", "
    from_wave: int | None = None
    #: Cell (as a key) → what it stands for; empty where cells stand for themselves.
    values: Dictionary[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ItemMapping:
    """One question. Its values are whole numbers of `step`."""

    key: str
    column: str
    text: str
    minimum: float
    maximum: float
    step: float
    #: Label (as a key) → value.
    labels: Dictionary[str, float]
    #: Value → label as it is written.
    label_texts: Dictionary[float, str]
    missing: Dictionary[str, NotAnswered]
    does_not_apply_when: Conditions
    #: The possible values, where not every step is one.
    values: Sequence[int] = ()

    @property
    def is_scaled(self) -> bool:
        """Whether decimals are stored as numbers of steps."""
        return not float(self.step).is_integer()

    @property
    def unit(self) -> float:
        return self.step if self.is_scaled else 1

    def stored(self, value: float) -> int | None:
        """Return the whole number that stands for the value; None where it is out of bounds."""
        steps = (value - self.minimum) / self.step
        nearest = round(steps)
        if abs(steps - nearest) > 1e-6 or not self.minimum <= value <= self.maximum:  # noqa: PLR2004 - a float's noise
            return None
        stored = round((self.minimum + nearest * self.step) / self.unit)
        return None if self.values and stored not in self.values else stored


@dataclass(frozen=True, slots=True)
class ScaleMapping:
    key: str
    title: str
    domain: Domain
    role: Role
    method: Method
    direction: Direction
    minimum_answered: int
    threshold: int
    items: tuple[ItemMapping, ...]
    reversed: frozenset[str]


@dataclass(frozen=True, slots=True)
class WaveMapping:
    """One asking: which value of the wave column, or which columns of its own, belong to it."""

    number: int
    kind: WaveKind
    values: frozenset[str] = frozenset()
    prefix: str = ""
    suffix: str = ""
    #: Name in the mapping → column, where prefix and suffix don't tell.
    columns: Dictionary[str, str] = field(default_factory=dict)
    not_asked: frozenset[str] = frozenset()

    def column(self, name: str) -> str:
        return self.columns.get(name, f"{self.prefix}{name}{self.suffix}")


@dataclass(frozen=True, slots=True)
class InstrumentMapping:
    code: str
    version: str
    title: str
    language: str
    age_band: AgeBand
    licence: str
    citation: str
    notes: str
    #: The whole questionnaire, where the mapping brings it along; then it has no scales of its own.
    document: Dictionary[str, object] | None = None


@dataclass(frozen=True, slots=True)
class ImportMapping:
    plan_code: str
    plan_name: str
    instrument: InstrumentMapping
    file: FileOptions
    #: The column of the person; "" where each row is a person.
    person: str
    #: No columns where all belong to the one community `community_text`.
    community: Origin
    community_text: str
    #: The column of the wave; "" in the wide form.
    wave: str
    waves: Dictionary[int, WaveMapping]
    date: str
    date_formats: tuple[str, ...]
    skip_when_empty: tuple[str, ...]
    groups: Dictionary[str, Origin]
    #: Where the age in years is written, for the breakdown by age band.
    age: Origin | None
    #: The first year of each age band.
    age_cuts: Dictionary[AgeBand, int]
    scales: tuple[ScaleMapping, ...]
    #: The questions of a questionnaire that the mapping brings along.
    questions: tuple[ItemMapping, ...] = ()

    @property
    def is_long(self) -> bool:
        return bool(self.wave)

    @property
    def items(self) -> tuple[ItemMapping, ...]:
        """Every item once, in the order of the questionnaire or of the scales."""
        if self.questions:
            return self.questions
        found = {item.key: item for scale in self.scales for item in scale.items}
        return tuple(found.values())
