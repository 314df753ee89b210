"""Reading JSON that may be wrong anywhere, without stopping at the first mistake."""

import re
import reprlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeGuard, TypeVar

from django.utils.translation import gettext as _

from surveys.document.shape import Text

LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
NOT_BLANK = re.compile(r".*\S.*", re.DOTALL)
PLACEHOLDER = re.compile(r"\{\w+\}")
# Neither PostgreSQL nor XML can hold these.
UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# What an integer column holds.
GREATEST = 2**31 - 1

Word = TypeVar("Word", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Problem:
    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class DocumentError(ValueError):
    """Everything that is wrong with a document, in the order in which it is read."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


def join(path: str, segment: str | int) -> str:
    return f"{path}.{segment}" if path else str(segment)


def segment(element: object, index: int) -> str | int:
    """Name an element of a list as people do: by its key or value; by its place if it has none."""
    if isinstance(element, Mapping):
        name = element.get("key", element.get("value", index))
        if isinstance(name, str | int):
            return name
    return index


@dataclass
class Reading:
    """What all nodes of one document share."""

    languages: tuple[str, ...] = ()
    source_language: str = ""
    problems: list[Problem] = field(default_factory=list)


class Node:
    """One JSON object, read key by key.

    A wrong value is noted as a problem and a harmless stand-in is returned, so that one reading
    finds every mistake. `done` reports the keys that nobody asked for.
    """

    def __init__(self, data: Mapping[str, object], path: str, reading: Reading) -> None:
        self.data = data
        self.path = path
        self.reading = reading
        self.asked: set[str] = set()

    def refuse(self, key: str | int, message: str) -> None:
        # A path may hold any key of a broken file; it has to be printable all the same.
        path = join(self.path, key).encode(errors="backslashreplace").decode()
        self.reading.problems.append(Problem(path, message))

    def expect(self, key: str, fits: object, message: str) -> None:
        """Refuse a value that does not fit, unless it could not even be read."""
        if not fits and join(self.path, key) not in {p.path for p in self.reading.problems}:
            self.refuse(key, message)

    def done(self) -> None:
        for key in self.data:
            if key not in self.asked:
                self.refuse(key, _("This key is not known. Remove it or correct its spelling."))

    def has(self, key: str) -> bool:
        self.asked.add(key)
        return key in self.data

    def string(
        self, key: str, pattern: re.Pattern[str] = NOT_BLANK, default: str | None = None
    ) -> str:
        if self._is_left_out(key, default):
            return default or ""
        value = self.data.get(key)
        if _is_clean(value) and (value == default or pattern.fullmatch(value)):
            return value
        self._refuse_value(key, value)
        return ""

    def integer(self, key: str, default: int | None = None) -> int:
        if self._is_left_out(key, default):
            return default or 0
        value = self.data.get(key)
        # not isinstance: true and false would pass as 1 and 0
        if type(value) is int and abs(value) <= GREATEST:
            return value
        self.refuse(key, _("Write a whole number, not %(value)s.") % {"value": reprlib.repr(value)})
        return 0

    def flag(self, key: str) -> bool:
        if self._is_left_out(key, default=False):
            return False
        value = self.data.get(key)
        if not isinstance(value, bool):
            self.refuse(key, _("Write true or false."))
        return value is True

    def word(self, key: str, words: type[Word], default: Word | None = None) -> Word:
        if self._is_left_out(key, default):
            return default or next(iter(words))
        return self._word(key, words, self.data.get(key)) or next(iter(words))

    def words(self, key: str, words: type[Word]) -> tuple[Word, ...]:
        found = (self._word(key, words, name) for name in self.names(key, optional=True))
        return tuple(word for word in found if word)

    def names(self, key: str, *, optional: bool = False) -> list[str]:
        """Read a list of different strings."""
        names = [name for name in self._list(key, optional=optional) if self._is_string(name, key)]
        self._refuse_repeated(key, names)
        return names

    def text(self, key: str) -> Text:
        if self._is_left_out(key, None):
            return {}
        texts = self.data.get(key)
        if not isinstance(texts, Mapping):
            self.refuse(key, _("Write one string for each language."))
            return {}
        if self.reading.source_language not in texts:
            message = _("The text in the source language, %(language)s, is missing.")
            self.refuse(key, message % {"language": self.reading.source_language})
        placeholders = _placeholders(texts.get(self.reading.source_language))
        for language, text in texts.items():
            if message := self._text_problem(language, text, placeholders):
                self.refuse(f"{key}.{language}", message)
        return dict(texts)

    def optional_text(self, key: str) -> Text | None:
        return self.text(key) if self.has(key) else None

    def node(self, key: str) -> "Node":
        """Read an object inside this one."""
        self.asked.add(key)
        value = self.data.get(key)
        if not isinstance(value, Mapping):
            self.refuse(key, _("An object in braces belongs here."))
            value = {}
        return Node(value, join(self.path, key), self.reading)

    def nodes(self, key: str, name: str = "key") -> list["Node"]:
        """Read a list of objects, each of which has another `name`."""
        nodes = []
        for index, element in enumerate(self._list(key, optional=False)):
            path = join(key, segment(element, index))
            if isinstance(element, Mapping):
                nodes.append(Node(element, join(self.path, path), self.reading))
            else:
                self.refuse(path, _("An object in braces belongs here."))
        self._refuse_repeated(key, [node.data[name] for node in nodes if name in node.data])
        return nodes

    def _is_left_out(self, key: str, default: object) -> bool:
        """Note that the key was asked for, and refuse its absence where there is no default."""
        if self.has(key):
            return False
        if default is None:
            self.refuse(key, _("This is missing."))
        return True

    def _list(self, key: str, *, optional: bool) -> list[object]:
        if self._is_left_out(key, [] if optional else None):
            return []
        value = self.data.get(key)
        if isinstance(value, list):
            return value
        self.refuse(key, _("A list in brackets belongs here."))
        return []

    def _is_string(self, value: object, key: str) -> TypeGuard[str]:
        if _is_clean(value):
            return True
        self._refuse_value(key, value)
        return False

    def _refuse_value(self, key: str, value: object) -> None:
        message = _("%(value)s is not allowed here.")
        self.refuse(key, message % {"value": reprlib.repr(value)})

    def _word(self, key: str, words: type[Word], value: object) -> Word | None:
        for word in words:
            if word.value == value:
                return word
        message = _("%(value)s is not known. Write one of: %(words)s.")
        known = ", ".join(word.value for word in words if word.value)
        self.refuse(key, message % {"value": reprlib.repr(value), "words": known})
        return None

    def _refuse_repeated(self, key: str, names: Sequence[object]) -> None:
        for index, name in enumerate(names):
            if name in names[:index]:
                self.refuse(
                    key, _("%(name)s is there more than once.") % {"name": reprlib.repr(name)}
                )

    def _text_problem(self, language: str, text: object, placeholders: list[str]) -> str:
        if language not in self.reading.languages:
            return _("The document does not declare this language.")
        if not isinstance(text, str):
            return _("Write a string.")
        if not text.strip():
            return _("The text is empty. Write it, or leave the language out.")
        if UNSTORABLE.search(text):
            return _("The text holds a control character. Remove it.")
        if _placeholders(text) != placeholders:
            message = _("The placeholders differ from the source text, which has: %(names)s.")
            return message % {"names": ", ".join(placeholders) or _("none")}
        return ""


def _placeholders(text: object) -> list[str]:
    return sorted(PLACEHOLDER.findall(text)) if isinstance(text, str) else []


def _is_clean(text: object) -> TypeGuard[str]:
    return isinstance(text, str) and not UNSTORABLE.search(text)
