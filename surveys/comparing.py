"""What differs between two versions of a questionnaire, question by question."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from surveys.document import Document, Item


class Change(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    TEXT = "text"
    ANSWERS = "answers"
    ANSWER_TEXTS = "answer_texts"
    SCORING = "scoring"


@dataclass(frozen=True, slots=True)
class ItemChange:
    """One question in both versions; a key is empty where it is not there."""

    old_key: str
    new_key: str
    changes: frozenset[Change]
    #: The languages in which the words of the question or of its answers are others.
    languages: tuple[str, ...] = ()

    @property
    def is_same(self) -> bool:
        return not self.changes


@dataclass(frozen=True, slots=True)
class Comparison:
    items: list[ItemChange] = field(default_factory=list)

    @property
    def changed(self) -> list[ItemChange]:
        return [item for item in self.items if not item.is_same]


def compare_documents(
    old: Document, new: Document, renamed: Mapping[str, str] | None = None
) -> Comparison:
    """Compare question by question, in the order of the new version; what is gone comes last.

    `renamed` says new key → old key for questions that got another name.
    """
    names = dict(renamed or {})
    before = {item.key: item for item in old.items}
    compared = []
    met = set()
    for item in new.items:
        earlier = before.get(names.get(item.key, item.key))
        if earlier is None:
            compared.append(ItemChange("", item.key, frozenset({Change.ADDED})))
            continue
        met.add(earlier.key)
        compared.append(_compare(old, earlier, new, item))
    gone = [ItemChange(key, "", frozenset({Change.REMOVED})) for key in before if key not in met]
    return Comparison(compared + gone)


def _compare(old: Document, earlier: Item, new: Document, item: Item) -> ItemChange:
    changes = set()
    other_words = _languages(earlier.text, item.text)
    if other_words:
        changes.add(Change.TEXT)
    if earlier.kind != item.kind or list(earlier.values) != list(item.values):
        changes.add(Change.ANSWERS)
    answers = {choice.value: choice.text for choice in earlier.choices}
    other_answers = {
        language
        for choice in item.choices
        for language in _languages(answers.get(choice.value, {}), choice.text)
    }
    if other_answers:
        changes.add(Change.ANSWER_TEXTS)
    if _scoring(old, earlier.key) != _scoring(new, item.key):
        changes.add(Change.SCORING)
    languages = tuple(sorted(other_words | other_answers))
    return ItemChange(earlier.key, item.key, frozenset(changes), languages)


def _languages(old: Mapping[str, str], new: Mapping[str, str]) -> set[str]:
    """Return the languages of both versions in which the words differ."""
    return {language for language in old.keys() & new.keys() if old[language] != new[language]}


def _scoring(document: Document, key: str) -> frozenset[tuple[str, bool, str]]:
    """Return which scales use an item, and how."""
    return frozenset(
        (scale.key, entry.reversed, scale.method.value)
        for scale in document.scales
        for entry in scale.items
        if entry.key == key
    )
