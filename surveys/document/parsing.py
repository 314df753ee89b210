"""From JSON to a document, or to the list of everything that is wrong with it."""

import re
from collections.abc import Mapping

from django.utils.translation import gettext as _

from surveys.document.node import LANGUAGE, DocumentError, Node, Problem, Reading
from surveys.document.shape import (
    CONSENT_PATH,
    AgeBand,
    Choice,
    ChoiceSet,
    Direction,
    Document,
    Domain,
    Facet,
    Item,
    Kind,
    Method,
    NotAnswered,
    Role,
    Scale,
    ScaleItem,
    Section,
    SourceKey,
    Support,
    strings,
)

FORMAT = 1
CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
VERSION = re.compile(r"\S(.{0,38}\S)?")
# An answer is stored in two bytes at most, of which the highest ten values are not answers.
WIDEST = 2**16 - 10
# A file below the folder of recordings, and never above it.
RECORDING = re.compile(r"[\w-]+(/[\w-]+)*\.(mp3|m4a|ogg|webm)", re.ASCII)
# Imported questionnaires bring their own names, in any script.
KEY = re.compile(r"[^\W\d][\w.-]{0,63}")


def parse(data: Mapping[str, object]) -> Document:
    """Return the document that the JSON describes.

    Raise DocumentError with all problems at once, each with its path. A language may still lack
    strings (`missing_strings` tells which); the source language may not.
    """
    if not isinstance(data, Mapping):
        raise DocumentError([Problem("", _("An instrument is one JSON object in braces."))])
    root = Node(data, "", Reading())
    document = _read_document(root)
    if root.reading.problems:
        raise DocumentError(root.reading.problems)
    return document


def _read_document(root: Node) -> Document:
    is_known = root.integer("format") == FORMAT
    root.expect(
        "format", is_known, _("This programme reads format %(format)d.") % {"format": FORMAT}
    )
    source_language, languages = _read_languages(root)
    choice_sets = _read_choice_sets(root.node("choice_sets"))
    items = {item.key: item for item in _read_items(root, choice_sets)}
    sections = tuple(_read_section(node, items) for node in root.nodes("sections"))
    _refuse_misplaced(root, items, sections)
    document = Document(
        code=root.string("code", CODE),
        version=root.string("version", VERSION),
        age_band=root.word("age_band", AgeBand, AgeBand.ANY),
        source_language=source_language,
        languages=languages,
        title=root.text("title"),
        description=root.optional_text("description"),
        licence=root.string("licence", default=""),
        citation=root.string("citation", default=""),
        notes=root.string("notes", default=""),
        choice_sets=tuple(choice_sets.values()),
        items=tuple(items.values()),
        sections=sections,
        scales=tuple(_read_scale(node, items) for node in root.nodes("scales")),
        support=_read_support(root.node("support"), sections) if root.has("support") else None,
        groups=_read_groups(root, items),
        audio=_read_audio(root.node("audio")) if root.has("audio") else {},
    )
    _refuse_unknown_audio(root, document)
    root.done()
    return document


def _read_audio(node: Node) -> dict[str, dict[str, str]]:
    """Read language → path of a text → name of its recording."""
    audio = {}
    for language in node.data:
        recordings = node.node(language)
        audio[language] = {path: recordings.string(path, RECORDING) for path in recordings.data}
    return audio


def _refuse_unknown_audio(root: Node, document: Document) -> None:
    paths = {path for path, _text in strings(document)} | {CONSENT_PATH}
    for language, recordings in document.audio.items():
        if language not in document.languages:
            root.refuse(f"audio.{language}", _("The document does not declare this language."))
        for path in recordings:
            if path not in paths:
                root.refuse(f"audio.{language}.{path}", _("There is no text with this path."))


def _read_languages(root: Node) -> tuple[str, tuple[str, ...]]:
    languages = tuple(root.names("languages"))
    for language in languages:
        if not LANGUAGE.fullmatch(language):
            root.refuse("languages", _("%(value)r is no language code.") % {"value": language})
    source_language = root.string("source_language", LANGUAGE)
    is_declared = source_language in languages
    root.expect("source_language", is_declared, _("It has to be one of the languages."))
    root.reading.languages = languages
    root.reading.source_language = source_language
    return source_language, languages


def _read_choice_sets(node: Node) -> dict[str, ChoiceSet]:
    return {key: ChoiceSet(key, _read_choices(node, key)) for key in node.data}


def _read_choices(node: Node, key: str) -> tuple[Choice, ...]:
    if not KEY.fullmatch(key):
        node.refuse(key, _("%(value)r is not allowed here.") % {"value": key})
    choices = tuple(_read_choice(choice) for choice in node.nodes(key, name="value"))
    node.expect(key, len(choices) > 1, _("A choice needs at least two options."))
    has_codes = any(choice.code for choice in choices)
    differ = not has_codes or len({choice.name for choice in choices}) == len(choices)
    node.expect(key, differ, _("Two options have the same code."))
    return choices


def _read_choice(node: Node) -> Choice:
    choice = Choice(
        value=node.integer("value"),
        text=node.text("text"),
        symbol=node.string("symbol", default=""),
        code=node.string("code", default=""),
    )
    node.done()
    return choice


def _read_items(root: Node, choice_sets: Mapping[str, ChoiceSet]) -> list[Item]:
    items = [_read_item(node, choice_sets) for node in root.nodes("items")]
    root.expect("items", items, _("An instrument has at least one item."))
    return items


def _read_item(node: Node, choice_sets: Mapping[str, ChoiceSet]) -> Item:
    kind = node.word("kind", Kind)
    item = Item(
        key=node.string("key", KEY),
        kind=kind,
        text=node.text("text"),
        hint=node.optional_text("hint"),
        facet=node.word("facet", Facet, Facet.NONE),
        choice_set=_find_choice_set(node, choice_sets)
        if kind in {Kind.CHOICE, Kind.MULTIPLE}
        else None,
        numbers=_read_numbers(node) if kind == Kind.NUMBER else None,
        not_answered=node.words("not_answered", NotAnswered),
        required=node.flag("required"),
        source=_read_source(node.node("source")) if node.has("source") else {},
    )
    if item.bounded and item.values and item.maximum - item.minimum >= WIDEST:
        node.refuse("kind", _("The answers span more than %(widest)d values.") % {"widest": WIDEST})
    node.done()
    return item


def _read_source(node: Node) -> dict[SourceKey, str]:
    node.string("format")
    source = {key: node.string(key) for key in SourceKey if node.has(key)}
    node.done()
    return source


def _find_choice_set(node: Node, choice_sets: Mapping[str, ChoiceSet]) -> ChoiceSet | None:
    key = node.string("choices")
    node.expect("choices", key in choice_sets, _("There are no choices %(key)r.") % {"key": key})
    return choice_sets.get(key)


def _read_numbers(node: Node) -> range:
    minimum, maximum = node.integer("minimum"), node.integer("maximum")
    step = node.integer("step", 1)
    node.expect("maximum", minimum < maximum, _("It has to be greater than the minimum."))
    leads_there = step > 0 and (maximum - minimum) % step == 0
    node.expect("step", leads_there, _("Whole steps have to lead from the minimum to the maximum."))
    return range(minimum, maximum + 1, max(step, 1))


def _read_section(node: Node, items: Mapping[str, Item]) -> Section:
    keys = node.names("items")
    for key in keys:
        if key not in items:
            node.refuse("items", _("There is no item %(key)r.") % {"key": key})
    section = Section(
        key=node.string("key", KEY),
        title=node.text("title"),
        introduction=node.optional_text("introduction"),
        items=tuple(items[key] for key in keys if key in items),
    )
    node.done()
    return section


def _refuse_misplaced(root: Node, items: Mapping[str, Item], sections: tuple[Section, ...]) -> None:
    placed = [item.key for section in sections for item in section.items]
    for key in items:
        if key not in placed:
            root.refuse(f"items.{key}", _("This item is in no section."))
        elif placed.count(key) > 1:
            root.refuse(f"items.{key}", _("This item is in more than one section."))


def _read_scale(node: Node, items: Mapping[str, Item]) -> Scale:
    method = node.word("method", Method)
    entries = node.nodes("items")
    scale = Scale(
        key=node.string("key", KEY),
        title=node.text("title"),
        role=node.word("role", Role),
        domain=node.word("domain", Domain, Domain.NONE),
        method=method,
        direction=node.word("direction", Direction),
        minimum_answered=node.integer("minimum_answered"),
        items=tuple(filter(None, (_read_scale_item(entry, items) for entry in entries))),
        threshold=node.integer("threshold", 1) if method == Method.COUNT else 1,
    )
    has_domain = scale.domain or scale.role != Role.RESOURCE
    node.expect("domain", has_domain, _("A resource scale belongs to one of the four domains."))
    in_range = 1 <= scale.minimum_answered <= len(entries)
    message = _("It has to lie between 1 and the number of items, %(count)d.")
    node.expect("minimum_answered", in_range, message % {"count": len(entries)})
    node.done()
    return scale


def _read_scale_item(node: Node, items: Mapping[str, Item]) -> ScaleItem | None:
    key, is_reversed = node.string("key"), node.flag("reversed")
    node.done()
    item = items.get(key)
    node.expect("key", item, _("There is no item %(key)r.") % {"key": key})
    if item is None:
        return None
    node.expect("key", item.bounded, _("This item has no bounds, so that no scale can use it."))
    return ScaleItem(item, is_reversed)


def _read_groups(root: Node, items: Mapping[str, Item]) -> tuple[str, ...]:
    groups = tuple(root.names("groups", optional=True))
    for key in groups:
        is_choice = key in items and items[key].kind == Kind.CHOICE
        root.expect("groups", is_choice, _("There is no choice item %(key)r.") % {"key": key})
    return groups


def _read_support(node: Node, sections: tuple[Section, ...]) -> Support:
    support = Support(node.string("after"), node.text("title"), node.text("text"))
    is_there = support.after in {section.key for section in sections}
    node.expect("after", is_there, _("There is no section %(key)r.") % {"key": support.after})
    node.done()
    return support
