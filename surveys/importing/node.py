"""Reading a mapping that may be wrong anywhere, without stopping at the first mistake."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeVar

from django.utils.translation import gettext as _

Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Problem:
    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class MappingError(Exception):
    """Everything that is wrong with a mapping, in the order in which it is read."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return " Did you mean …?" for the closest known word, or nothing."""
    words = {name.casefold(): name for name in known}
    close = get_close_matches(word.casefold(), words, n=1, cutoff=0.6)
    return " " + _("Did you mean %(word)s?") % {"word": words[close[0]]} if close else ""


def join(path: str, key: object) -> str:
    return f"{path}.{key}" if path else str(key)


@dataclass
class Node:
    """One level of the mapping, read key by key.

    A wrong value is noted as a problem and a harmless stand-in is returned. `done` reports the
    keys that nobody asked for.
    """

    data: dict[str, object]
    path: str = ""
    problems: list[Problem] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def refuse(self, key: object, message: str) -> None:
        self.problems.append(Problem(join(self.path, key) if key else self.path, message))

    def done(self) -> None:
        for key in self.data:
            if key not in self.asked:
                self.refuse(key, _("This key is not known.") + suggestion(key, self.asked))

    def get(self, key: str) -> object:
        self.asked.append(key)
        return self.data.get(key)

    def has(self, key: str) -> bool:
        return self.get(key) is not None

    def text(self, key: str, default: str | None = None) -> str:
        value = self.get(key)
        if value is None and default is not None:
            return default
        if isinstance(value, bool) or not isinstance(value, str | int | float) or value == "":
            self.refuse(key, _("This is missing.") if value is None else _("Write one text here."))
            return ""
        return str(value)

    def optional_text(self, key: str) -> str | None:
        return self.text(key) if self.has(key) else None

    def whole(self, key: str, default: int) -> int:
        value = self.get(key)
        if value is None:
            return default
        if type(value) is int:  # not isinstance: true would pass as 1
            return value
        self.refuse(key, _("Write a whole number."))
        return default

    def number(self, key: str) -> float | None:
        value = self.get(key)
        if value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
            return value
        self.refuse(key, _("Write a number."))
        return None

    def flag(self, key: str) -> bool:
        value = self.get(key)
        if value not in {None, True, False}:
            self.refuse(key, _("Write true or false."))
        return value is True

    def word(self, key: str, words: type[Word], default: Word) -> Word:
        value = self.get(key)
        return default if value is None else self.as_word(key, value, words) or default

    def as_word(self, key: object, value: object, words: type[Word]) -> Word | None:
        for word in words:
            if word.value == value:
                return word
        known = [word.value for word in words if word.value]
        message = _("Write one of: %(words)s.") % {"words": ", ".join(known)}
        self.refuse(key, message + suggestion(str(value), known))
        return None

    def texts(self, key: str) -> tuple[str, ...]:
        """Read one text or a list of texts."""
        value = self.get(key)
        values = value if isinstance(value, list) else [value] if value is not None else []
        found = tuple(str(entry) for entry in values if isinstance(entry, str | int | float))
        if len(found) < len(values):
            self.refuse(key, _("Write texts here."))
        return found

    def node(self, key: str) -> "Node":
        return self.as_node(key, self.get(key))

    def as_node(self, key: object, value: object) -> "Node":
        path = join(self.path, key)
        if value is not None and not isinstance(value, Mapping):
            self.refuse(key, _("Keys and values belong here."))
        data = value if isinstance(value, Mapping) else {}
        return Node({str(name): entry for name, entry in data.items()}, path, self.problems)

    def entries(self, key: str) -> list[object]:
        value = self.get(key)
        if isinstance(value, list) and value:
            return value
        self.refuse(key, _("A list belongs here.") if value is not None else _("This is missing."))
        return []
