"""A questionnaire as a REDCap data dictionary, in one language, for upload into a project."""

import csv
import io
import re
from collections.abc import Iterator

from django.utils.translation import gettext as _

from surveys.document import Document, Item, Kind, Section, SourceKey, missing_strings
from surveys.interchange.loss import Export, has_foreign_rules, rules
from surveys.interchange.markup import escaped
from surveys.interchange.naming import unused
from surveys.interchange.redcap import FORMAT
from surveys.interchange.redcap_columns import HEADINGS, write_tag

_VARIABLE = re.compile(r"[a-z][a-z0-9_]*")
_NOT_IN_VARIABLE = re.compile(r"[^a-z0-9]+")
_CODE = re.compile(r"[\w-]+")
#: What makes a spreadsheet take a text for a formula.
_FORMULA = ("=", "+", "-", "@")


def write(document: Document, language: str = "") -> Export:
    """Return the questionnaire in this language, by default the one it was written in.

    Raises
    ------
    ValueError
        If the questionnaire is not complete in the language.
    """
    language = language or document.source_language
    if language not in document.languages or missing_strings(document, language):
        message = _("The questionnaire is not complete in %(language)s. Choose another language.")
        raise ValueError(message % {"language": language})
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(HEADINGS.values())
    for row in _Dictionary(document, language).rows():
        writer.writerow(_without_formula(row.get(name, "")) for name in HEADINGS)
    return Export(
        content=b"\xef\xbb\xbf" + file.getvalue().encode(),
        file_name=f"{document.code}.csv",
        content_type="text/csv; charset=utf-8",
        losses=tuple(_losses(document)),
    )


def _without_formula(text: str) -> str:
    """Put a blank before what a spreadsheet would calculate; REDCap trims it."""
    return f" {text}" if text.startswith(_FORMULA) else text


class _Dictionary:
    def __init__(self, document: Document, language: str) -> None:
        self.document = document
        self.language = language
        self.variables: dict[str, str] = {}
        for item in document.items:
            self.variables[item.key] = _variable(item.key, set(self.variables.values()))

    def rows(self) -> Iterator[dict[str, str]]:
        form = _variable(self.document.code, ())
        for section in filter(lambda section: section.items, self.document.sections):
            first, *others = self._section_rows(section)
            first["section_header"] = escaped(section.title[self.language])
            tags = (write_tag("SECTION", section.key), first.get("field_annotation", ""))
            first["field_annotation"] = " ".join(filter(None, tags))
            for row in (first, *others):
                yield {"form_name": form, **row}

    def _section_rows(self, section: Section) -> Iterator[dict[str, str]]:
        if section.introduction:
            taken = {*self.variables.values()}
            name = _variable(f"{section.key}_introduction", taken)
            self.variables[f"{section.key} introduction"] = name
            text = escaped(section.introduction[self.language])
            yield {"field_name": name, "field_type": "descriptive", "field_label": text}
        for item in section.items:
            yield self._field(item)

    def _field(self, item: Item) -> dict[str, str]:
        variable = self.variables[item.key]
        return {
            "field_name": variable,
            "field_label": escaped(item.text[self.language]),
            "field_note": escaped(item.hint[self.language]) if item.hint else "",
            "required_field": "y" if item.required else "",
            "branching_logic": rules(item, FORMAT).get(SourceKey.RELEVANT, ""),
            "field_annotation": "" if variable == item.key else write_tag("KEY", item.key),
            **self._answers(item),
        }

    def _answers(self, item: Item) -> dict[str, str]:
        if item.choice_set:
            return {
                "field_type": "radio" if item.kind == Kind.CHOICE else "checkbox",
                "choices": " | ".join(
                    f"{choice.name}, {_choice_label(choice.text[self.language])}"
                    for choice in item.choices
                ),
            }
        kept = rules(item, FORMAT).get(SourceKey.TYPE, "")
        if item.numbers:
            return {
                "field_type": "text",
                "validation_type": kept or "integer",
                "validation_min": str(item.minimum),
                "validation_max": str(item.maximum),
            }
        return {"field_type": "text" if kept else "notes", "validation_type": kept}


def _choice_label(text: str) -> str:
    return escaped(text).replace("|", "&#124;") if "|" in text else escaped(text)


def _variable(name: str, taken: set[str] | tuple[()]) -> str:
    """Return the name as REDCap allows it: small letters, digits and underscores."""
    if not _VARIABLE.fullmatch(name):
        name = _NOT_IN_VARIABLE.sub("_", name.lower()).strip("_") or "item"
        name = name if name[0].isalpha() else f"item_{name}"
    return unused(name, taken)


def _losses(document: Document) -> Iterator[str]:
    if len(document.languages) > 1:
        yield _("A data dictionary has one language.")
    if document.scales:
        yield _("A data dictionary has no scales.")
    if any(item.not_answered for item in document.items):
        yield _("Reasons for not answering are left out: declare them as missing codes in REDCap.")
    if any(item.numbers and item.numbers.step > 1 for item in document.items):
        yield _("Steps between numbers are left out.")
    if document.description or document.support:
        yield _("The description and the support text are left out.")
    if any(not _CODE.fullmatch(choice.name) for item in document.items for choice in item.choices):
        yield _("Some choices have codes that REDCap may refuse.")
    if any(has_foreign_rules(item, FORMAT) for item in document.items):
        yield _("Rules in the language of another programme are left out.")
