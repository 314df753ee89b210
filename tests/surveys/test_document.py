"""The contract refuses what pages, scoring and export could not use, and says where it is."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys import document
from surveys.document import DocumentError

Data = dict[str, Any]


def valid() -> Data:
    """Return a small document that has one of everything."""
    return {
        "format": 1,
        "code": "neighbours",
        "version": "1.0",
        "age_band": "adult",
        "source_language": "en",
        "languages": ["en", "de"],
        "title": {"en": "Neighbours", "de": "Nachbarn"},
        "description": {"en": "Four questions."},
        "licence": "CC BY 4.0",
        "choice_sets": {
            "amount": [
                {"value": 0, "symbol": "🙁", "text": {"en": "No", "de": "Nein"}},
                {"value": 2, "symbol": "🙂", "text": {"en": "Yes", "de": "Ja"}},
            ]
        },
        "items": [
            {
                "key": "help",
                "kind": "choice",
                "choices": "amount",
                "text": {"en": "Hello {name}, is there help?", "de": "{name}, gibt es Hilfe?"},
                "hint": {"en": "Any help"},
                "facet": "availability",
                "not_answered": ["does_not_apply", "dont_know"],
                "required": True,
            },
            {"key": "age", "kind": "number", "minimum": 10, "maximum": 20, "text": {"en": "Age"}},
            {"key": "ways", "kind": "multiple", "choices": "amount", "text": {"en": "Ways"}},
            {"key": "more", "kind": "text", "text": {"en": "More"}},
        ],
        "sections": [
            {"key": "one", "title": {"en": "One"}, "items": ["help", "age"]},
            {
                "key": "two",
                "title": {"en": "Two"},
                "introduction": {"en": "And now"},
                "items": ["ways", "more"],
            },
        ],
        "scales": [
            {
                "key": "relationships",
                "domain": "relationships",
                "role": "resource",
                "title": {"en": "Relationships"},
                "items": [{"key": "help"}, {"key": "age", "reversed": True}],
                "method": "count",
                "threshold": 2,
                "minimum_answered": 2,
                "direction": "higher_is_more",
            }
        ],
        "support": {"after": "two", "title": {"en": "Talk"}, "text": {"en": "To {contact}"}},
        "groups": ["help"],
    }


def problems(data: object) -> list[tuple[str, str]]:
    with pytest.raises(DocumentError) as refusal:
        document.parse(data)  # type: ignore[arg-type]  # wrong types are what is tested
    return [(problem.path, problem.message) for problem in refusal.value.problems]


def test_parse_resolves_every_reference() -> None:
    parsed = document.parse(valid())

    scale = parsed.scale("relationships")
    assert [item.key for section in parsed.sections for item in section.items] == [
        "help",
        "age",
        "ways",
        "more",
    ]
    assert [(entry.item, entry.reversed) for entry in scale.items] == [
        (parsed.item("help"), False),
        (parsed.item("age"), True),
    ]
    assert (scale.threshold, scale.method, scale.role) == (2, "count", "resource")
    assert parsed.item("help").choices[1].symbol == "🙂"
    assert parsed.item("help").not_answered == ("does_not_apply", "dont_know")


@pytest.mark.parametrize(
    ("key", "bounded", "values"),
    [
        ("help", True, [0, 2]),
        ("age", True, list(range(10, 21))),
        ("ways", False, [0, 2]),
        ("more", False, []),
    ],
)
def test_item_knows_its_admissible_values(key: str, bounded: bool, values: list[int]) -> None:  # noqa: FBT001 - a parametrised expectation
    item = document.parse(valid()).item(key)

    assert (item.bounded, list(item.values), item.levels) == (bounded, values, len(values))
    assert [value for value in range(-1, 30) if item.admits(value)] == values


def test_bounds_of_a_choice_do_not_depend_on_the_order_of_its_options() -> None:
    data = valid()
    data["choice_sets"]["amount"].reverse()

    item = document.parse(data).item("help")

    assert (item.minimum, item.maximum) == (0, 2)
    assert [choice.value for choice in item.choices] == [2, 0]


def test_number_goes_in_steps() -> None:
    data = valid()
    data["items"][1]["step"] = 5

    assert list(document.parse(data).item("age").values) == [10, 15, 20]


def test_what_is_optional_may_be_left_out() -> None:
    data = valid()
    for key in ("age_band", "description", "licence", "support"):
        del data[key]
    data["scales"] = []

    parsed = document.parse(data)

    assert (parsed.age_band, parsed.description, parsed.licence) == ("", None, "")
    assert (parsed.support, parsed.scales) == (None, ())
    assert [path for path, _ in document.strings(parsed)][-1] == "items.more.text"


def test_unknown_item_and_scale_are_key_errors() -> None:
    parsed = document.parse(valid())

    with pytest.raises(KeyError):
        parsed.item("absent")
    with pytest.raises(KeyError):
        parsed.scale("absent")


def test_missing_strings_are_told_one_by_one() -> None:
    parsed = document.parse(valid())

    assert document.missing_strings(parsed, "en") == []
    assert document.missing_strings(parsed, "de") == [
        "description",
        "sections.one.title",
        "sections.two.title",
        "sections.two.introduction",
        "items.help.hint",
        "items.age.text",
        "items.ways.text",
        "items.more.text",
        "scales.relationships.title",
        "support.title",
        "support.text",
    ]
    assert len(document.missing_strings(parsed, "tr")) == len(list(document.strings(parsed)))


Change = Callable[[Data], object]

# What is done to the valid document, the path that has to be named, words of the message.
MUTILATIONS: dict[str, tuple[Change, str, str]] = {
    "other format": (lambda d: d.update(format=2), "format", "format 1"),
    "format as text": (lambda d: d.update(format="1"), "format", "whole number"),
    "unknown key": (lambda d: d.update(titel={}), "titel", "not known"),
    "no code": (lambda d: d.pop("code"), "code", "missing"),
    "code with a space": (lambda d: d.update(code="my code"), "code", "'my code'"),
    "version with a line break": (lambda d: d.update(version="1\n0"), "version", "not allowed"),
    "version too long": (lambda d: d.update(version="1" * 41), "version", "not allowed"),
    "unknown age band": (lambda d: d.update(age_band="baby"), "age_band", "child, youth, adult"),
    "language twice": (lambda d: d["languages"].append("de"), "languages", "'de'"),
    "no language code": (lambda d: d["languages"].append("Deutsch"), "languages", "'Deutsch'"),
    "source not declared": (
        lambda d: d.update(languages=["de", "tr"], source_language="xx"),
        "source_language",
        "one of the languages",
    ),
    "languages as text": (lambda d: d.update(languages="en"), "languages", "list"),
    "no source text": (lambda d: d["title"].pop("en"), "title", "source language, en"),
    "empty text": (lambda d: d["title"].update(de=" "), "title.de", "empty"),
    "undeclared language": (lambda d: d["title"].update(tr="x"), "title.tr", "declare"),
    "text as number": (lambda d: d["title"].update(de=5), "title.de", "string"),
    "text for all languages": (lambda d: d.update(title="x"), "title", "each language"),
    "control character": (lambda d: d["title"].update(de="a\x00"), "title.de", "control"),
    "lone surrogate": (lambda d: d["title"].update(de="a\ud800"), "title.de", "control"),
    "lost placeholder": (
        lambda d: d["items"][0]["text"].update(de="Name, gibt es Hilfe?"),
        "items.help.text.de",
        "{name}",
    ),
    "added placeholder": (lambda d: d["title"].update(de="{x}"), "title.de", "none"),
    "choices as list": (lambda d: d.update(choice_sets=[]), "choice_sets", "braces"),
    "one option": (lambda d: d["choice_sets"]["amount"].pop(), "choice_sets.amount", "two"),
    "value twice": (
        lambda d: d["choice_sets"]["amount"][1].update(value=0),
        "choice_sets.amount",
        "0 is there more",
    ),
    "value as truth": (
        lambda d: d["choice_sets"]["amount"][1].update(value=True),
        "choice_sets.amount.True.value",
        "whole number",
    ),
    "value that no column holds": (
        lambda d: d["choice_sets"]["amount"][1].update(value=2**40),
        f"choice_sets.amount.{2**40}.value",
        "whole number",
    ),
    "values too far apart": (
        lambda d: d["choice_sets"]["amount"][1].update(value=70_000),
        "items.help.kind",
        "65526",
    ),
    "option as text": (
        lambda d: d["choice_sets"]["amount"].append("x"),
        "choice_sets.amount.2",
        "braces",
    ),
    "choice set without a name": (
        lambda d: d["choice_sets"].update({"": d["choice_sets"]["amount"]}),
        "choice_sets.",
        "''",
    ),
    "items absent": (lambda d: d.pop("items"), "items", "missing"),
    "no item": (lambda d: d.update(items=[], scales=[]), "items", "at least one"),
    "item twice": (lambda d: d["items"].append(d["items"][0]), "items", "'help'"),
    "item without a key": (lambda d: d["items"][3].pop("key"), "items.3.key", "missing"),
    "key that starts with a digit": (
        lambda d: d["items"][3].update(key="1st"),
        "items.1st.key",
        "'1st'",
    ),
    "unknown kind": (lambda d: d["items"][3].update(kind="date"), "items.more.kind", "number"),
    "choices that are not there": (
        lambda d: d["items"][2].update(choices="other"),
        "items.ways.choices",
        "'other'",
    ),
    "choices for a text": (
        lambda d: d["items"][3].update(choices="amount"),
        "items.more.choices",
        "not known",
    ),
    "number without an end": (
        lambda d: d["items"][1].pop("maximum"),
        "items.age.maximum",
        "missing",
    ),
    "bounds the wrong way round": (
        lambda d: d["items"][1].update(minimum=20),
        "items.age.maximum",
        "greater",
    ),
    "step that misses the end": (
        lambda d: d["items"][1].update(step=3),
        "items.age.step",
        "Whole steps",
    ),
    "step of nothing": (lambda d: d["items"][1].update(step=0), "items.age.step", "Whole steps"),
    "unknown facet": (lambda d: d["items"][0].update(facet="x"), "items.help.facet", "barrier"),
    "unknown reason": (
        lambda d: d["items"][0].update(not_answered=["tired"]),
        "items.help.not_answered",
        "dont_know",
    ),
    "reason as number": (
        lambda d: d["items"][0].update(not_answered=[1]),
        "items.help.not_answered",
        "1 is not allowed",
    ),
    "required as text": (
        lambda d: d["items"][0].update(required="yes"),
        "items.help.required",
        "true or false",
    ),
    "section with a dangling item": (
        lambda d: d["sections"][1]["items"].append("gone"),
        "sections.two.items",
        "'gone'",
    ),
    "item in no section": (
        lambda d: d["sections"][1]["items"].remove("more"),
        "items.more",
        "no section",
    ),
    "item in two sections": (
        lambda d: d["sections"][1]["items"].append("help"),
        "items.help",
        "more than one",
    ),
    "scale with a dangling item": (
        lambda d: d["scales"][0]["items"][0].update(key="gone"),
        "scales.relationships.items.gone.key",
        "'gone'",
    ),
    "scale item without a key": (
        lambda d: d["scales"][0]["items"][0].pop("key"),
        "scales.relationships.items.0.key",
        "missing",
    ),
    "scale with a text": (
        lambda d: d["scales"][0]["items"][0].update(key="more"),
        "scales.relationships.items.more.key",
        "no bounds",
    ),
    "scale with several answers": (
        lambda d: d["scales"][0]["items"][0].update(key="ways"),
        "scales.relationships.items.ways.key",
        "no bounds",
    ),
    "item twice in a scale": (
        lambda d: d["scales"][0]["items"][0].update(key="age"),
        "scales.relationships.items",
        "'age'",
    ),
    "more answers than items": (
        lambda d: d["scales"][0].update(minimum_answered=3),
        "scales.relationships.minimum_answered",
        "items, 2",
    ),
    "no answer needed": (
        lambda d: d["scales"][0].update(minimum_answered=0),
        "scales.relationships.minimum_answered",
        "between 1",
    ),
    "unknown method": (
        lambda d: d["scales"][0].update(method="median") or d["scales"][0].pop("threshold"),
        "scales.relationships.method",
        "percent_of_maximum",
    ),
    "threshold of a sum": (
        lambda d: d["scales"][0].update(method="sum"),
        "scales.relationships.threshold",
        "not known",
    ),
    "resource without a domain": (
        lambda d: d["scales"][0].pop("domain"),
        "scales.relationships.domain",
        "four domains",
    ),
    "no direction": (
        lambda d: d["scales"][0].pop("direction"),
        "scales.relationships.direction",
        "missing",
    ),
    "support after nothing": (
        lambda d: d["support"].update(after="end"),
        "support.after",
        "'end'",
    ),
    "group of nothing": (lambda d: d.update(groups=["nobody"]), "groups", "'nobody'"),
    "group of numbers": (lambda d: d.update(groups=["age"]), "groups", "'age'"),
    "support as text": (lambda d: d.update(support="x"), "support", "braces"),
    "symbol as number": (
        lambda d: d["choice_sets"]["amount"][0].update(symbol=1),
        "choice_sets.amount.0.symbol",
        "1 is not allowed",
    ),
}


@pytest.mark.parametrize("name", MUTILATIONS)
def test_mutilated_document_is_refused_at_its_path(name: str) -> None:
    change, path, words = MUTILATIONS[name]
    data = valid()
    change(data)

    found = [message for at, message in problems(data) if at == path]

    assert len(found) == 1
    assert words in found[0]


# These leave something behind that is wrong as well, and rightly told.
WITH_A_CONSEQUENCE = {
    "source not declared",
    "languages as text",
    "choices as list",
    "choices that are not there",
    "values too far apart",
    "items absent",
    "no item",
    "item twice",
    "item without a key",
    "unknown kind",
    "key that starts with a digit",
    "support as text",
    "added placeholder",
}


@pytest.mark.parametrize("name", sorted(MUTILATIONS.keys() - WITH_A_CONSEQUENCE))
def test_one_mistake_is_told_once(name: str) -> None:
    change, path, _ = MUTILATIONS[name]
    data = valid()
    change(data)

    assert [at for at, _ in problems(data)] == [path]


def test_all_mistakes_are_told_at_once() -> None:
    data = valid()
    data["code"] = "NO"
    data["items"][0]["kind"] = "dropdown"
    data["scales"][0]["minimum_answered"] = 9
    data["support"]["text"] = {}

    assert [path for path, _ in problems(data)] == [
        "items.help.kind",
        "code",
        "scales.relationships.minimum_answered",
        "support.text",
    ]


@pytest.mark.parametrize("data", [None, [], "text", 5, True])
def test_what_is_no_object_is_refused(data: object) -> None:
    assert problems(data) == [("", "An instrument is one JSON object in braces.")]


def places(node: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    children = node.items() if isinstance(node, dict) else enumerate(node)  # type: ignore[arg-type]  # a list
    found = []
    for key, child in children:
        found.append((*path, key))
        if isinstance(child, dict | list):
            found += places(child, (*path, key))
    return found


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(place=st.sampled_from(places(valid())), value=JSON)
def test_any_replaced_part_is_read_or_refused_and_never_breaks(
    place: tuple[str | int, ...], value: object
) -> None:
    data: Any = valid()
    node = data
    for key in place[:-1]:
        node = node[key]
    node[place[-1]] = value

    try:
        parsed = document.parse(data)
    except DocumentError as refusal:
        told = [str(problem).encode() for problem in refusal.problems]
        assert told
        return
    assert document.content_hash(data)
    assert list(document.strings(parsed))


def test_hash_depends_on_every_word_and_on_nothing_else() -> None:
    data = valid()
    turned = dict(reversed(data.items()))
    changed = copy.deepcopy(data)
    changed["title"]["de"] = "Nachbarinnen"

    assert document.content_hash(turned) == document.content_hash(data)
    assert document.content_hash(json.loads(json.dumps(data, indent=4))) == document.content_hash(
        data
    )
    assert document.content_hash(changed) != document.content_hash(data)


def with_review(node: object, state: str) -> object:
    """Give each string of a document a state, as definition files do."""
    if isinstance(node, list):
        return [with_review(element, state) for element in node]
    if not isinstance(node, dict):
        return node
    if "en" in node:
        return {language: {"text": text, "state": state} for language, text in node.items()}
    return {key: with_review(value, state) for key, value in node.items()}


@pytest.mark.parametrize("state", ["source", "unreviewed", "reviewed"])
def test_definition_holds_the_review_apart_from_the_words(tmp_path: Path, state: str) -> None:
    path = tmp_path / "neighbours.json"
    path.write_text(json.dumps(with_review(valid(), state)), "utf-8")

    definition = document.load_definition(path)

    assert definition.data == valid()
    assert definition.document == document.parse(valid())
    assert definition.review["en"] == {
        string: state for string, _ in document.strings(definition.document)
    }
    assert definition.review["de"].keys() == {
        "title",
        "choice_sets.amount.0.text",
        "choice_sets.amount.2.text",
        "items.help.text",
    }


def test_definition_with_an_unknown_state_is_refused(tmp_path: Path) -> None:
    data = with_review(valid(), "source")
    assert isinstance(data, dict)
    data["items"][0]["hint"]["en"]["state"] = "perfect"
    path = tmp_path / "neighbours.json"
    path.write_text(json.dumps(data), "utf-8")

    with pytest.raises(DocumentError) as refusal:
        document.load_definition(path)

    assert [problem.path for problem in refusal.value.problems] == ["items.help.hint.en.state"]


@pytest.mark.parametrize("content", [b"{", b"", b"\xff\xfe"])
def test_file_that_is_not_json_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.json"
    path.write_bytes(content)

    with pytest.raises(DocumentError, match="not JSON"):
        document.load_definition(path)


def test_what_the_file_said_is_kept_and_part_of_the_hash() -> None:
    data = valid()
    before = document.content_hash(data)
    data["choice_sets"]["amount"][0]["code"] = "no"
    data["items"][0]["source"] = {"format": "xlsform", "relevant": "${age} > 12"}

    parsed = document.parse(data)

    assert [choice.name for choice in parsed.item("help").choices] == ["no", "2"]
    assert parsed.item("help").source == {"format": "xlsform", "relevant": "${age} > 12"}
    assert parsed.item("age").source == {}
    assert document.content_hash(data) != before


def test_choices_need_different_codes() -> None:
    data = valid()
    data["choice_sets"]["amount"][0]["code"] = "2"

    assert problems(data) == [("choice_sets.amount", "Two options have the same code.")]


def test_source_needs_a_format_and_knows_its_keys() -> None:
    data = valid()
    data["items"][0]["source"] = {"relevant": "${age} > 12", "colour": "red"}

    assert [path for path, _message in problems(data)] == [
        "items.help.source.format",
        "items.help.source.colour",
    ]
