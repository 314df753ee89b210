"""The columns of an XLSForm's sheets: what people call them, and what is done with each."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from surveys.interchange.draft import Draft, Words
from surveys.interchange.files import Row, Sheet
from surveys.interchange.report import Place

_SEPARATOR = re.compile(r"\s*::\s*")
_SINGLE_COLON = re.compile(r"(?P<base>label|hint|caption)\s*:\s*(?P<language>[^:]+)", re.IGNORECASE)
_NOT_IN_NAME = re.compile(r"[\s-]+")

_TRANSLATED = {
    *("label", "hint", "translated_title", "description", "support_title", "support_text"),
}
_TRANSLATED_BUT_UNUSED = {
    *("guidance_hint", "constraint_message", "required_message", "noapperrorstring"),
    *("image", "big_image", "audio", "video", "short_label", "requiredmsg", "jr:constraintmsg"),
}
_ALIASES = {
    "bind::calculate": "calculation",
    "bind::constraint": "constraint",
    "bind::readonly": "read_only",
    "bind::relevant": "relevant",
    "bind::required": "required",
    "body::appearance": "appearance",
    "calculate": "calculation",
    "caption": "label",
    "command": "type",
    "control::appearance": "appearance",
    "form_id_string": "form_id",
    "id_string": "form_id",
    "form_name": "form_title",
    "list": "list_name",
    "readonly": "read_only",
    "relevance": "relevant",
    "set_form_id": "form_id",
    "set_form_title": "form_title",
    "title": "form_title",
    "tag": "name",
    "value": "name",
}
_PICTURES = gettext_lazy("Pictures, sound and films are not shown.")
_OWN_MESSAGES = gettext_lazy("The site's own messages stand in.")
#: Columns that are known and not used, with what that means.
_UNUSED = {
    "audio": _PICTURES,
    "big_image": _PICTURES,
    "calculation": gettext_lazy("Calculations are not carried out."),
    "constraint_message": _OWN_MESSAGES,
    "default": gettext_lazy("No answer is filled in beforehand."),
    "guidance_hint": gettext_lazy("Guidance for interviewers is not shown."),
    "image": _PICTURES,
    "read_only": gettext_lazy("Every question can be answered."),
    "repeat_count": gettext_lazy("Repeated parts are asked once."),
    "required_message": _OWN_MESSAGES,
    "trigger": gettext_lazy("Calculations are not carried out."),
    "video": _PICTURES,
}


class Heading(NamedTuple):
    base: str
    #: None where texts have no language; "" where the column should have one and doesn't.
    language: str | None
    written: str

    @property
    def key(self) -> str:
        return f"{self.base}::{self.language}" if self.language else self.base


@dataclass
class Table:
    """A sheet under its headings."""

    sheet: Sheet
    headings: list[Heading]
    rows: list[Row]
    #: Name of the language in the file → code.
    codes: Mapping[str, str] = field(default_factory=dict)

    @property
    def languages(self) -> list[str]:
        return [heading.language or "" for heading in self.headings if heading.base in _TRANSLATED]

    def has(self, base: str) -> bool:
        return any(heading.base == base for heading in self.headings)

    def words(self, row: Row, base: str) -> Words:
        """Return a text by language; what has no language fills the gaps of its own."""
        words: Words = {}
        headings = [heading for heading in self.headings if heading.base == base]
        for heading in sorted(headings, key=lambda heading: not heading.language):
            text = row.get(heading.key)
            if text and heading.language is not None:
                words.setdefault(self.codes[heading.language], text)
        return words

    def report_unused(self, draft: Draft, used: frozenset[str]) -> None:
        """Say of each column that nobody reads what that means, where it holds anything."""
        for heading in self.headings:
            filled = [row.place for row in self.rows if row.get(heading.key)]
            if heading.base in used or not filled:
                continue
            meaning = _UNUSED.get(heading.base) or _("It is not known here.")
            message = _("The column “%(column)s” was left out. %(meaning)s") % {
                "column": heading.written,
                "meaning": meaning,
            }
            for place in filled:
                draft.notices.dropped(place, message)


def read_table(sheet: Sheet, draft: Draft) -> Table:
    """Return the sheet under the names of its columns, whatever people call them."""
    headings = [read_heading(cell) for cell in sheet.header]
    rows = [
        Row(Place(sheet.name, number), dict(_cells(headings, cells, draft, sheet.name, number)))
        for number, cells in sheet.rows[1:]
    ]
    named = [heading for heading in headings if heading.base]
    unique = {heading.key: heading for heading in reversed(named)}
    return Table(sheet, [heading for heading in named if unique[heading.key] is heading], rows)


def read_heading(cell: str) -> Heading:
    written = " ".join(cell.split())
    if single := _SINGLE_COLON.fullmatch(written):
        parts = [single["base"], single["language"].strip()]
    else:
        parts = _SEPARATOR.split(written)
    if parts[0].lower() == "media" and len(parts) > 1:
        parts = parts[1:]
    base = _NOT_IN_NAME.sub("_", parts[0].strip().lower())
    if base in {"bind", "body", "control", "instance"} and len(parts) > 1:
        base, parts = f"{base}::{parts[1].lower()}", [base, *parts[2:]]
    base = _ALIASES.get(base, base)
    if base in _TRANSLATED | _TRANSLATED_BUT_UNUSED:
        return Heading(base, "::".join(parts[1:]), written)
    return Heading("::".join([base, *parts[1:]]), None, written)


def _cells(
    headings: list[Heading], cells: list[str], draft: Draft, sheet: str, number: int
) -> Iterator[tuple[str, str]]:
    found: dict[str, str] = {}
    for heading, text in zip(headings, cells, strict=False):
        if not text or not heading.base:
            continue
        if found.setdefault(heading.key, text) != text:
            draft.refuse(
                Place(sheet, number),
                _("The column “%(column)s” is there twice with different contents. Delete one.")
                % {"column": heading.written},
            )
    yield from found.items()
    if any(text for text in cells[len(headings) :]) or any(
        text and not heading.base for heading, text in zip(headings, cells, strict=False)
    ):
        draft.notices.dropped(
            Place(sheet, number), _("There is something in a column without a name.")
        )
