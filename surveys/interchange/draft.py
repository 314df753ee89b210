"""A questionnaire as a reader found it: nothing checked yet, and each part knows its place."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from surveys.document import Kind
from surveys.interchange.report import Notices, Place, Problem

#: Language to string. "" stands for texts of which the file doesn't say the language.
Words = dict[str, str]


@dataclass
class DraftChoice:
    name: str
    text: Words
    place: Place
    symbol: str = ""
    #: The value that the file itself gives beside the name.
    score: int | None = None


@dataclass
class DraftItem:
    key: str
    kind: Kind
    text: Words
    place: Place
    hint: Words = field(default_factory=dict)
    #: Name of the list of choices.
    choices: str = ""
    minimum: int | None = None
    maximum: int | None = None
    step: int = 1
    required: bool = False
    #: `type`, `relevant` and `constraint` as the file has them.
    source: dict[str, str] = field(default_factory=dict)
    #: Keys of the document that a file of ours brings along: `facet`, `not_answered`.
    extra: dict[str, object] = field(default_factory=dict)


@dataclass
class DraftSection:
    key: str
    title: Words
    place: Place
    introduction: Words = field(default_factory=dict)
    items: list[DraftItem] = field(default_factory=list)


@dataclass
class Draft:
    """What the three readers fill and `assemble` makes a document of."""

    format: str
    code: str
    title: Words
    version: str = ""
    description: Words = field(default_factory=dict)
    #: In the order in which the file has them; "" where it doesn't say.
    languages: list[str] = field(default_factory=list)
    default_language: str = ""
    choice_lists: dict[str, list[DraftChoice]] = field(default_factory=dict)
    sections: list[DraftSection] = field(default_factory=list)
    #: Keys of the document that a file of ours brings along.
    extra: dict[str, object] = field(default_factory=dict)
    #: Texts inside `extra` whose language has to be settled like that of all others.
    scales: list[tuple[Place, Words, dict[str, object]]] = field(default_factory=list)
    support: tuple[str, Words, Words] | None = None
    #: What stands for an answer or a calculation inside a text.
    piping: re.Pattern[str] | None = None
    notices: Notices = field(default_factory=Notices)
    problems: list[Problem] = field(default_factory=list)

    @property
    def items(self) -> list[DraftItem]:
        return [item for section in self.sections for item in section.items]

    def refuse(self, place: Place, message: str) -> None:
        self.problems.append(Problem(place, message))


def joined(first: Mapping[str, str], second: Mapping[str, str], separator: str) -> Words:
    """Put two texts together, language by language."""
    languages = dict.fromkeys([*first, *second])
    return {
        language: separator.join(
            text for text in (first.get(language, ""), second.get(language, "")) if text
        )
        for language in languages
    }
