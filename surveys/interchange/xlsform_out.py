"""A questionnaire as an XLSForm, which reads back as the same document.

What XLSForm has no place for stands in columns and a sheet that other programmes ignore.
"""

import io
from collections.abc import Iterable, Iterator, Mapping

import xlsxwriter
from django.utils.translation import gettext as _

from surveys.document import Document, Item, Kind, Scale, Section, SourceKey, Text
from surveys.interchange.languages import display_name
from surveys.interchange.loss import Export, has_foreign_rules, rules
from surveys.interchange.markup import escaped
from surveys.interchange.naming import unused
from surveys.interchange.xlsform import FORMAT

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: A row of a sheet: heading → cell.
Cells = dict[str, str]


def write(document: Document) -> Export:
    """Return the questionnaire in all its languages."""
    sheets = {
        "survey": list(_survey(document)),
        "choices": list(_choices(document)),
        "settings": [_settings(document)],
        "scales": [_scale(scale) for scale in document.scales],
    }
    content = _workbook({name: rows for name, rows in sheets.items() if rows})
    return Export(content, f"{document.code}.xlsx", CONTENT_TYPE, tuple(_losses(document)))


def _workbook(sheets: Mapping[str, list[Cells]]) -> bytes:
    file = io.BytesIO()
    # A text that begins with "=" or "http" stays a text.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as workbook:
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            headings = list(dict.fromkeys(heading for row in rows for heading in row))
            sheet.write_row(0, 0, headings)
            for number, row in enumerate(rows, 1):
                for column, heading in enumerate(headings):
                    if text := row.get(heading):
                        sheet.write_string(number, column, text)
    return file.getvalue()


def _texts(base: str, text: Text | None, languages: Iterable[str]) -> Cells:
    """Return one cell per language; a language without the text has an empty one."""
    return {
        f"{base}::{display_name(language)}": escaped((text or {}).get(language, ""))
        for language in languages
    }


def _survey(document: Document) -> Iterator[Cells]:
    taken = {item.key for item in document.items} | {section.key for section in document.sections}
    for section in document.sections:
        yield {
            "type": "begin_group",
            "name": section.key,
            **_texts("label", section.title, document.languages),
        }
        if section.introduction:
            yield _note(section, section.introduction, document, taken)
        for item in section.items:
            yield _question(item, document)
        yield {"type": "end_group"}


def _note(section: Section, text: Text, document: Document, taken: set[str]) -> Cells:
    name = unused(f"{section.key}_introduction", taken)
    taken.add(name)
    return {"type": "note", "name": name, **_texts("label", text, document.languages)}


def _question(item: Item, document: Document) -> Cells:
    groups = document.groups
    kept = rules(item, FORMAT)
    cells = {
        "type": _type(item),
        "name": item.key,
        **_texts("label", item.text, document.languages),
        **(_texts("hint", item.hint, document.languages) if item.hint else {}),
        "required": "yes" if item.required else "",
        "relevant": kept.get(SourceKey.RELEVANT, ""),
        "constraint": " and ".join(
            filter(None, [_bounds(item), kept.get(SourceKey.CONSTRAINT, "")])
        ),
        "missing": " ".join(item.not_answered),
        "facet": item.facet.value,
        "breakdown": str(groups.index(item.key) + 1) if item.key in groups else "",
    }
    if item.numbers and item.numbers.step > 1:
        step = item.numbers.step
        cells["parameters"] = f"start={item.minimum} end={item.maximum} step={step}"
    return cells


def _type(item: Item) -> str:
    if item.choice_set:
        verb = "select_one" if item.kind == Kind.CHOICE else "select_multiple"
        return f"{verb} {item.choice_set.key}"
    kept = rules(item, FORMAT).get(SourceKey.TYPE)
    if item.numbers is None:
        return kept or "text"
    return "range" if item.numbers.step > 1 else kept or "integer"


def _bounds(item: Item) -> str:
    if item.numbers is None or item.numbers.step > 1:
        return ""
    return f". >= {item.minimum} and . <= {item.maximum}"


def _choices(document: Document) -> Iterator[Cells]:
    for choice_set in document.choice_sets:
        has_codes = any(choice.code for choice in choice_set.choices)
        for choice in choice_set.choices:
            yield {
                "list_name": choice_set.key,
                "name": choice.name,
                **_texts("label", choice.text, document.languages),
                "symbol": choice.symbol,
                "score": str(choice.value) if has_codes else "",
            }


def _settings(document: Document) -> Cells:
    others = [name for name in document.languages if name != document.source_language]
    cells = {
        "form_title": escaped(document.title[document.source_language]),
        "form_id": document.code,
        "version": document.version,
        "default_language": display_name(document.source_language),
        **_texts("translated_title", document.title, others),
        "age_band": document.age_band.value,
        "licence": document.licence,
        "citation": document.citation,
        "notes": document.notes,
    }
    if document.description:
        cells |= _texts("description", document.description, document.languages)
    if document.support:
        cells["support_after"] = document.support.after
        cells |= _texts("support_title", document.support.title, document.languages)
        cells |= _texts("support_text", document.support.text, document.languages)
    return cells


def _scale(scale: Scale) -> Cells:
    return {
        "key": scale.key,
        **_texts("label", scale.title, scale.title),
        "role": scale.role.value,
        "domain": scale.domain.value,
        "method": scale.method.value,
        "direction": scale.direction.value,
        "minimum_answered": str(scale.minimum_answered),
        "threshold": str(scale.threshold) if scale.method == "count" else "",
        "items": " ".join(f"{'-' if entry.reversed else ''}{entry.key}" for entry in scale.items),
    }


def _losses(document: Document) -> Iterator[str]:
    asked = [item.key for section in document.sections for item in section.items]
    if asked != [item.key for item in document.items]:
        yield _("The items are listed in the order in which they are asked.")
    if any(has_foreign_rules(item, FORMAT) for item in document.items):
        yield _("Rules in the language of another programme are left out.")
    if any(item.not_answered for item in document.items):
        yield _("Other programmes ignore the column “missing”, with the reasons for no answer.")
