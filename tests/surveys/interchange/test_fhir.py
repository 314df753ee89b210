"""The structure that hl7.org/fhir/R4/questionnaire.html asks for."""

import json
from collections.abc import Iterator
from typing import Any

from surveys.document import parse
from surveys.interchange import fhir_out
from tests.surveys.conftest import small_document

TYPES = {"group", "display", "choice", "integer", "text"}
ITEM_ELEMENTS = {
    *("linkId", "text", "_text", "type", "required", "repeats", "answerOption", "item", "extension")
}


def resource() -> dict[str, Any]:
    data = small_document()
    data["items"][0]["hint"] = {"en": "Anybody", "ar": "أي شخص"}
    data["sections"][0]["introduction"] = {"en": "Think of last week.", "ar": "فكّر"}
    found: dict[str, Any] = json.loads(fhir_out.write(parse(data)).content)
    return found


def all_items(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in node.get("item", []):
        yield item
        yield from all_items(item)


def test_resource_has_what_r4_asks_for() -> None:
    found = resource()

    assert (found["resourceType"], found["status"], found["language"]) == (
        "Questionnaire",
        "active",
        "en",
    )
    assert found["name"].isidentifier()
    links = [item["linkId"] for item in all_items(found)]
    assert len(set(links)) == len(links) == 11
    for item in all_items(found):
        assert item.keys() <= ITEM_ELEMENTS
        assert item["type"] in TYPES
        # que-1: a group has items, a display has none
        assert item["type"] != "group" or item["item"]
        assert item["type"] != "display" or "item" not in item
        # que-5, que-6: only choices have options; displays are never required
        assert ("answerOption" in item) == (item["type"] == "choice")
        assert not (item["type"] == "display" and "required" in item)


def test_choices_carry_scores_translations_and_reasons() -> None:
    question = next(item for item in all_items(resource()) if item["linkId"] == "help")

    first = question["answerOption"][0]["valueCoding"]
    assert (first["code"], first["display"]) == ("0", "Not at all")
    assert first["extension"] == [
        {"url": "http://hl7.org/fhir/StructureDefinition/ordinalValue", "valueDecimal": 0}
    ]
    assert first["_display"]["extension"][0]["extension"] == [
        {"url": "lang", "valueCode": "ar"},
        {"url": "content", "valueString": "أبداً"},
    ]
    assert [option["valueCoding"]["code"] for option in question["answerOption"][5:]] == [
        "not-applicable",
        "asked-declined",
        "asked-unknown",
    ]


def test_numbers_have_bounds_and_multiple_choices_repeat() -> None:
    items = {item["linkId"]: item for item in all_items(resource())}

    assert [extension["valueInteger"] for extension in items["visits"]["extension"]] == [0, 300]
    assert items["places"]["repeats"] is True
    assert items["help"]["repeats"] is False


def test_losses_are_named() -> None:
    assert fhir_out.write(parse(small_document())).losses == (
        "FHIR R4 has no place for scales: the choices carry their scores.",
        "“I don't understand the question” has no code in FHIR.",
    )
