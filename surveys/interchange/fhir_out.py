"""A questionnaire as a FHIR R4 Questionnaire resource (hl7.org/fhir/R4/questionnaire.html)."""

import json
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from surveys.document import Choice, Document, Item, Kind, NotAnswered, Section, Text
from surveys.interchange.loss import Export

_EXTENSION = "http://hl7.org/fhir/StructureDefinition"
_ORDINAL = f"{_EXTENSION}/ordinalValue"
_TRANSLATION = f"{_EXTENSION}/translation"
_ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
#: FHIR's words for our reasons; it has none for a question that was not understood.
_REASONS = {
    NotAnswered.DOES_NOT_APPLY: ("not-applicable", "Not Applicable"),
    NotAnswered.PREFER_NOT_TO_SAY: ("asked-declined", "Asked But Declined"),
    NotAnswered.DONT_KNOW: ("asked-unknown", "Asked But Unknown"),
}


def write(document: Document) -> Export:
    """Return the questionnaire in all its languages, with the scores of the choices."""
    text = json.dumps(questionnaire(document), ensure_ascii=False, indent=1)
    return Export(
        content=text.encode(),
        file_name=f"{document.code}.json",
        content_type="application/fhir+json",
        losses=tuple(_losses(document)),
    )


def questionnaire(document: Document) -> dict[str, Any]:
    source = document.source_language
    resource = {
        "resourceType": "Questionnaire",
        "language": _tag(source),
        "version": document.version,
        "name": "".join(word.capitalize() for word in document.code.split("-")),
        **_words("title", document.title, source),
        "status": "active",
        "subjectType": ["Patient"],
        "copyright": "\n".join(filter(None, [document.licence, document.citation])),
        "item": [_group(section, document) for section in document.sections],
    }
    if document.description:
        resource |= _words("description", document.description, source)
    return {key: value for key, value in resource.items() if value}


def _words(name: str, text: Text, source: str) -> dict[str, Any]:
    """Return the text, and its translations as FHIR hangs them on the element."""
    translations = [
        {
            "url": _TRANSLATION,
            "extension": [
                {"url": "lang", "valueCode": _tag(language)},
                {"url": "content", "valueString": words},
            ],
        }
        for language, words in text.items()
        if language != source
    ]
    words = {name: text[source]}
    return words | {f"_{name}": {"extension": translations}} if translations else words


def _tag(language: str) -> str:
    """Return the language tag with a country in capitals, as BCP 47 recommends."""
    first, _hyphen, rest = language.partition("-")
    return f"{first}-{rest.upper() if len(rest) == len('AF') else rest}" if rest else first


def _group(section: Section, document: Document) -> dict[str, Any]:
    source = document.source_language
    introduction = section.introduction
    shown = [_display(f"{section.key}.introduction", introduction, source)] if introduction else []
    return {
        "linkId": f"section.{section.key}",
        **_words("text", section.title, source),
        "type": "group",
        "item": [*shown, *(_question(item, document) for item in section.items)],
    }


def _display(link_id: str, text: Text, source: str) -> dict[str, Any]:
    return {"linkId": f"text.{link_id}", **_words("text", text, source), "type": "display"}


def _question(item: Item, document: Document) -> dict[str, Any]:
    source = document.source_language
    question = {
        "linkId": item.key,
        **_words("text", item.text, source),
        "required": item.required,
        **_answers(item, document),
    }
    if item.hint:
        help_text = _display(f"{item.key}.hint", item.hint, source)
        question["item"] = [help_text | {"extension": [_control("help")]}]
    return question


def _control(code: str) -> dict[str, Any]:
    system = "http://hl7.org/fhir/questionnaire-item-control"
    return {
        "url": f"{_EXTENSION}/questionnaire-itemControl",
        "valueCodeableConcept": {"coding": [{"system": system, "code": code}]},
    }


def _answers(item: Item, document: Document) -> dict[str, Any]:
    if item.choice_set:
        source = document.source_language
        options = [_option(choice, source) for choice in item.choices]
        return {
            "type": "choice",
            "repeats": item.kind == Kind.MULTIPLE,
            "answerOption": [*options, *_reasons(item)],
        }
    if item.numbers:
        return {
            "type": "integer",
            "extension": [
                {"url": f"{_EXTENSION}/minValue", "valueInteger": item.minimum},
                {"url": f"{_EXTENSION}/maxValue", "valueInteger": item.maximum},
            ],
        }
    return {"type": "text"}


def _option(choice: Choice, source: str) -> dict[str, Any]:
    return {
        "valueCoding": {
            "extension": [{"url": _ORDINAL, "valueDecimal": choice.value}],
            "code": choice.name,
            **_words("display", choice.text, source),
        }
    }


def _reasons(item: Item) -> Iterator[dict[str, Any]]:
    for reason in item.not_answered:
        if reason in _REASONS:
            code, display = _REASONS[reason]
            yield {"valueCoding": {"system": _ABSENT, "code": code, "display": display}}


def _losses(document: Document) -> Iterator[str]:
    if document.scales:
        yield _("FHIR R4 has no place for scales: the choices carry their scores.")
    if any(item.numbers and item.numbers.step > 1 for item in document.items):
        yield _("Steps between numbers are left out.")
    if any(set(item.not_answered) - set(_REASONS) for item in document.items):
        yield _("“I don't understand the question” has no code in FHIR.")
    if any(item.source for item in document.items):
        yield _("Skip rules of the file that the questionnaire came from are left out.")
    if document.support:
        yield _("The support text is left out.")
