"""The columns of a REDCap data dictionary, as the page and as the API name them."""

import re
from collections.abc import Iterator, Sequence

from django.utils.translation import gettext as _

from surveys.interchange.files import Row, Sheet
from surveys.interchange.report import Notices, Place

#: Our name → the heading in a downloaded dictionary.
HEADINGS = {
    "field_name": "Variable / Field Name",
    "form_name": "Form Name",
    "section_header": "Section Header",
    "field_type": "Field Type",
    "field_label": "Field Label",
    "choices": "Choices, Calculations, OR Slider Labels",
    "field_note": "Field Note",
    "validation_type": "Text Validation Type OR Show Slider Number",
    "validation_min": "Text Validation Min",
    "validation_max": "Text Validation Max",
    "identifier": "Identifier?",
    "branching_logic": "Branching Logic (Show field only if...)",
    "required_field": "Required Field?",
    "custom_alignment": "Custom Alignment",
    "question_number": "Question Number (surveys only)",
    "matrix_group_name": "Matrix Group Name",
    "matrix_ranking": "Matrix Ranking?",
    "field_annotation": "Field Annotation",
}
#: Headings of the API and of old releases.
_OTHERS = {
    "select_choices_or_calculations": "choices",
    "choices_or_calculations": "choices",
    "choices_calculations": "choices",
    "calculations_or_choices": "choices",
    "text_validation_type_or_show_slider_number": "validation_type",
    "text_validation_type": "validation_type",
    "text_validation_min": "validation_min",
    "text_validation_max": "validation_max",
    "field_units": "field_note",
    "branching_logic": "branching_logic",
    "question_number": "question_number",
}
_UNUSED = {"custom_alignment", "question_number"}
_NOT_IN_NAME = re.compile(r"[^a-z0-9]+")
HIDDEN = re.compile(r"@HIDDEN(-SURVEY|-APP)?\b(?!-)")
_TAG = re.compile(r"@CORESZON-(?P<name>KEY|SECTION)='(?P<text>[^']+)'")
_CHOICE = re.compile(r"\s*(?P<code>[^,]*?)\s*,\s*(?P<label>.*?)\s*", re.DOTALL)
_WHOLE = re.compile(r"-?\d{1,9}(?:\.0+)?")


def _fold(heading: str) -> str:
    return _NOT_IN_NAME.sub("_", heading.lower()).strip("_")


_BY_HEADING = (
    {_fold(heading): name for name, heading in HEADINGS.items()}
    | {name: name for name in HEADINGS}
    | _OTHERS
)


def has_columns(header: Sequence[str]) -> bool:
    names = {_BY_HEADING.get(_fold(heading)) for heading in header}
    return {"field_name", "field_type", "field_label"} <= names


def as_row(sheet: Sheet, number: int, cells: Sequence[str], notices: Notices) -> Row:
    """Return the row under our names; what nobody reads is reported."""
    place = Place(sheet.name, number)
    found: dict[str, str] = {}
    for heading, text in zip(sheet.header, cells, strict=False):
        name = _BY_HEADING.get(_fold(heading))
        if not text:
            continue
        if name is None or name in _UNUSED:
            message = _("The column “%(column)s” was left out.")
            notices.dropped(place, message % {"column": heading})
        else:
            found.setdefault(name, text)
    return Row(place, found)


def read_choices(text: str) -> Iterator[tuple[str, str]]:
    """Yield code and label of "1, Yes | 0, No"; a choice without a comma is its own label."""
    for part in text.split("|"):
        if not part.strip():
            continue
        found = _CHOICE.fullmatch(part)
        if found and found["code"]:
            yield found["code"], found["label"]
        else:
            yield part.strip(" ,\n"), part.strip(" ,\n")


def read_tag(annotation: str, name: str) -> str:
    """Return what our own export noted about a field: the KEY of its item or SECTION."""
    return next((tag["text"] for tag in _TAG.finditer(annotation) if tag["name"] == name), "")


def without_tags(annotation: str) -> str:
    return _TAG.sub("", annotation).strip()


def write_tag(name: str, text: str) -> str:
    return f"@CORESZON-{name}='{text}'"


def whole(text: str) -> int | None:
    return int(float(text)) if _WHOLE.fullmatch(text) else None
