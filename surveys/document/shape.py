"""What a valid document holds. Every reference is resolved: a section holds items, not keys."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

# Language to string. The source language is always there.
Text: TypeAlias = Mapping[str, str]


class AgeBand(StrEnum):
    ANY = ""
    CHILD = "child"
    YOUTH = "youth"
    ADULT = "adult"


class Kind(StrEnum):
    CHOICE = "choice"
    MULTIPLE = "multiple"
    NUMBER = "number"
    TEXT = "text"


class NotAnswered(StrEnum):
    """Reasons that a person may give instead of an answer. None of them is ever scored."""

    DOES_NOT_APPLY = "does_not_apply"
    PREFER_NOT_TO_SAY = "prefer_not_to_say"
    DONT_KNOW = "dont_know"
    DONT_UNDERSTAND = "dont_understand"


class SourceKey(StrEnum):
    """What is kept of the file that an item came from, for the way back; nothing here is applied.

    A rule is in the language of that file's format, so the format is always there.
    """

    FORMAT = "format"
    TYPE = "type"
    RELEVANT = "relevant"
    CONSTRAINT = "constraint"


class Facet(StrEnum):
    NONE = ""
    AVAILABILITY = "availability"
    ACCESS = "access"
    QUALITY_SAFETY = "quality_safety"
    FIT = "fit"
    BARRIER = "barrier"


class Domain(StrEnum):
    NONE = ""
    RELATIONSHIPS = "relationships"
    BELONGING = "belonging"
    EDUCATION = "education"
    EMPLOYMENT = "employment"


class Role(StrEnum):
    """What a scale measures. Resources and problems given exposure are never merged."""

    RESOURCE = "resource"
    EXPOSURE = "exposure"
    PROBLEMS = "problems"
    OTHER = "other"


class Method(StrEnum):
    PERCENT_OF_MAXIMUM = "percent_of_maximum"
    SUM = "sum"
    MEAN = "mean"
    COUNT = "count"


class Direction(StrEnum):
    """Whether a higher score means more or less of what the scale's title names."""

    HIGHER_IS_MORE = "higher_is_more"
    HIGHER_IS_LESS = "higher_is_less"


@dataclass(frozen=True, slots=True)
class Choice:
    value: int
    text: Text
    symbol: str = ""
    # What a file that the questionnaire came from calls it, where that is not the value.
    code: str = ""

    @property
    def name(self) -> str:
        """Return what other programmes know this choice by."""
        return self.code or str(self.value)


@dataclass(frozen=True, slots=True)
class ChoiceSet:
    key: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Item:
    key: str
    kind: Kind
    text: Text
    hint: Text | None = None
    facet: Facet = Facet.NONE
    choice_set: ChoiceSet | None = None
    numbers: range | None = None
    not_answered: tuple[NotAnswered, ...] = ()
    required: bool = False
    source: Mapping[SourceKey, str] = field(default_factory=dict)

    @property
    def choices(self) -> tuple[Choice, ...]:
        return self.choice_set.choices if self.choice_set else ()

    @property
    def values(self) -> Sequence[int]:
        """The integers that one answer, or one tick of several, may be; none for text."""
        return self.numbers or sorted(choice.value for choice in self.choices)

    @property
    def bounded(self) -> bool:
        """Whether an answer is one number between bounds, so that a scale may use it."""
        return self.kind in {Kind.CHOICE, Kind.NUMBER}

    @property
    def minimum(self) -> int:
        return min(self.values)

    @property
    def maximum(self) -> int:
        return max(self.values)

    @property
    def levels(self) -> int:
        return len(self.values)

    def admits(self, value: int) -> bool:
        return value in self.values


@dataclass(frozen=True, slots=True)
class Section:
    key: str
    title: Text
    items: tuple[Item, ...]
    # The stem of the items below it: shown with each of them when they stand alone on a screen.
    introduction: Text | None = None


@dataclass(frozen=True, slots=True)
class ScaleItem:
    item: Item
    reversed: bool = False

    @property
    def key(self) -> str:
        return self.item.key


@dataclass(frozen=True, slots=True)
class Scale:
    key: str
    title: Text
    role: Role
    domain: Domain
    method: Method
    direction: Direction
    minimum_answered: int
    items: tuple[ScaleItem, ...]
    # Only for a count: the least value that counts.
    threshold: int = 1


@dataclass(frozen=True, slots=True)
class Support:
    """Whom to talk to, shown when the section `after` is done."""

    after: str
    title: Text
    text: Text


@dataclass(frozen=True, slots=True)
class Document:
    code: str
    version: str
    age_band: AgeBand
    source_language: str
    languages: tuple[str, ...]
    title: Text
    description: Text | None
    licence: str
    citation: str
    notes: str
    choice_sets: tuple[ChoiceSet, ...]
    items: tuple[Item, ...]
    sections: tuple[Section, ...]
    scales: tuple[Scale, ...]
    support: Support | None
    # The choice items by whose answers results may be broken down.
    groups: tuple[str, ...] = ()
    # Language to path of a text to the file in which it is read aloud.
    audio: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def item(self, key: str) -> Item:
        """Return the item with this key; raise KeyError if there is none."""
        for item in self.items:
            if item.key == key:
                return item
        raise KeyError(key)

    def scale(self, key: str) -> Scale:
        """Return the scale with this key; raise KeyError if there is none."""
        for scale in self.scales:
            if scale.key == key:
                return scale
        raise KeyError(key)


def strings(document: Document) -> Iterator[tuple[str, Text]]:
    """Yield every text that a person may read, with its path, in the order of the document."""
    for path, text in _texts(document):
        if text is not None:
            yield path, text


#: The path under which the words of the consent, which no document holds, are recorded.
CONSENT_PATH = "consent"


def missing_strings(document: Document, language: str) -> list[str]:
    """Return the paths of the texts that this language lacks: it is complete when none is left."""
    return [path for path, text in strings(document) if language not in text]


def _texts(document: Document) -> Iterator[tuple[str, Text | None]]:
    yield "title", document.title
    yield "description", document.description
    for choice_set in document.choice_sets:
        for choice in choice_set.choices:
            yield f"choice_sets.{choice_set.key}.{choice.value}.text", choice.text
    for section in document.sections:
        yield f"sections.{section.key}.title", section.title
        yield f"sections.{section.key}.introduction", section.introduction
    for item in document.items:
        yield f"items.{item.key}.text", item.text
        yield f"items.{item.key}.hint", item.hint
    for scale in document.scales:
        yield f"scales.{scale.key}.title", scale.title
    if document.support:
        yield "support.title", document.support.title
        yield "support.text", document.support.text
