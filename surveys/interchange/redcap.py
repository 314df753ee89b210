"""REDCap: a data dictionary (.csv), or the zip of one instrument."""

import re
from pathlib import PurePath

from django.utils.translation import gettext as _

from surveys.document import Kind
from surveys.interchange import wording
from surveys.interchange.assemble import assemble
from surveys.interchange.draft import Draft, DraftChoice, DraftItem, DraftSection, joined
from surveys.interchange.files import Row, Sheet, Tables, read_tables
from surveys.interchange.languages import settle_languages
from surveys.interchange.markup import plain_text
from surveys.interchange.naming import unused
from surveys.interchange.redcap_columns import (
    HIDDEN,
    as_row,
    has_columns,
    read_choices,
    read_tag,
    whole,
    without_tags,
)
from surveys.interchange.report import ImportReport, Place, Problem, QuestionnaireError

FORMAT = "redcap"
#: A heading longer than that is a text to read, not a title.
_LONGEST_TITLE = 100
_RECORD_ID = re.compile(
    r"id|(record|study|participant|subject|patient|case|redcap|survey|pt)_?(id|no|number)?"
)
_WHOLE_NUMBER = {"integer", "int"}
_DECIMAL = re.compile(r"(number|float|vitals).*")


def read(content: bytes, name: str, *, language: str = "") -> ImportReport:
    """Return the questionnaire in a REDCap data dictionary or instrument zip, in its language.

    Raises
    ------
    QuestionnaireError
        With row and reason of everything that stands in the way.
    """
    return read_sheets(read_tables(content), name, language=language)


def is_dictionary(tables: Tables) -> bool:
    return any(has_columns(sheet.header) for sheet in tables.sheets.values())


def read_sheets(tables: Tables, name: str, *, language: str = "") -> ImportReport:
    sheet = next((s for s in tables.sheets.values() if has_columns(s.header)), None)
    if sheet is None:
        message = _(
            "There are no columns “Variable / Field Name” and “Field Type”. Export the data "
            "dictionary from REDCap again."
        )
        raise QuestionnaireError([Problem(Place(), message)])
    return _Dictionary(tables, sheet, name).read(language)


class _Dictionary:
    def __init__(self, tables: Tables, sheet: Sheet, name: str) -> None:
        self.sheet = Sheet(sheet.name or _("dictionary"), sheet.rows)
        code = PurePath(name).stem
        self.draft = Draft(format=FORMAT, code=code, title={})
        self.notices = self.draft.notices
        for other in tables.others:
            message = _("This file is not part of the questionnaire.")
            self.notices.dropped(Place(other), message)
        self.section: DraftSection | None = None
        self.form = ""
        #: The choices as written → name of the list.
        self.lists: dict[str, str] = {}

    def read(self, language: str) -> ImportReport:
        draft = self.draft
        rows = [
            as_row(self.sheet, number, cells, self.notices) for number, cells in self.sheet.rows[1:]
        ]
        place = self.sheet.header_place
        labels = [row.get("field_label") for row in rows]
        codes = settle_languages([""], language, labels, self.notices, place)
        self.language = codes[""]
        draft.languages = [self.language]
        names = {row.get("field_name") for row in rows}
        draft.piping = _piping(names)
        forms = list(dict.fromkeys(row.get("form_name") for row in rows if row.get("form_name")))
        if len(forms) == 1 and draft.code.lower() in {"instrument", "dictionary"}:
            draft.code = forms[0]
        draft.title = {self.language: _title(draft.code)}
        for number, row in enumerate(rows):
            self._read_row(row, is_first=number == 0)
        self._drop_empty_sections()
        return assemble(draft)

    def _read_row(self, row: Row, *, is_first: bool) -> None:
        self._follow_form(row)
        self._follow_header(row)
        if key := read_tag(row.get("field_annotation"), "SECTION"):
            self._current(row).key = key
        name, field_type = row.get("field_name").lower(), row.get("field_type").lower()
        if not name:
            message = _("The row has no variable name. Write one, or delete the row.")
            self.draft.refuse(row.place, message)
        elif is_first and field_type == "text" and _RECORD_ID.fullmatch(name):
            self._drop(row, _("It numbers the records; the site does that itself."))
        elif row.get("identifier").lower() in {"y", "yes", "1"}:
            self._drop(row, _("It identifies a person. Questionnaires here ask for nobody's name."))
        elif HIDDEN.search(row.get("field_annotation")):
            self._drop(row, _("It is hidden from those who answer."))
        elif field_type == "descriptive":
            self._tell(row)
        else:
            self._ask(row, name, field_type)

    def _drop(self, row: Row, reason: str) -> None:
        message = _("“%(question)s” was left out. %(reason)s")
        question = plain_text(row.get("field_label")) or row.get("field_name")
        self.notices.dropped(row.place, message % {"question": question, "reason": reason})

    # Sections

    def _follow_form(self, row: Row) -> None:
        form = row.get("form_name")
        if form and form != self.form:
            self.form = form
            self._begin(row, _title(form))

    def _follow_header(self, row: Row) -> None:
        header = plain_text(row.get("section_header"))
        if not header:
            return
        is_ours = read_tag(row.get("field_annotation"), "SECTION")
        is_title = is_ours or (len(header) <= _LONGEST_TITLE and "\n" not in header)
        self._begin(row, header if is_title else _title(self.form or self.draft.code))
        if not is_title and self.section:
            self.section.introduction = {self.language: row.get("section_header")}

    def _begin(self, row: Row, title: str) -> DraftSection:
        key = self.form or "main"
        self.section = DraftSection(key, {self.language: title}, row.place)
        self.draft.sections.append(self.section)
        return self.section

    def _current(self, row: Row) -> DraftSection:
        return self.section or self._begin(row, _title(self.draft.code))

    def _tell(self, row: Row) -> None:
        label = row.get("field_label")
        if rule := row.get("branching_logic"):
            reason = _("It is shown only if “%(rule)s”, which is not checked here.")
            self._drop(row, reason % {"rule": rule})
            return
        section = self._current(row)
        if section.items:
            section = self._begin(row, section.title[self.language])
        if plain_text(label):
            text = {self.language: label}
            section.introduction = joined(section.introduction, text, "\n\n")
        else:
            self._drop(row, _("It holds no text."))

    def _drop_empty_sections(self) -> None:
        for section in self.draft.sections:
            if not section.items and (text := section.introduction.get(self.language)):
                message = _("“%(text)s” was left out. No question follows it.")
                self.notices.dropped(section.place, message % {"text": plain_text(text)})
        self.draft.sections = [section for section in self.draft.sections if section.items]

    # Questions

    def _ask(self, row: Row, name: str, field_type: str) -> None:
        if field_type in {"calc", "file", "signature", "sql", ""}:
            reasons = {
                "calc": _("Nothing is calculated (%(formula)s).") % {"formula": row.get("choices")},
                "": _("It has no field type."),
            }
            unknown = _("Fields of the type “%(type)s” can't be asked.") % {"type": field_type}
            self._drop(row, reasons.get(field_type, unknown))
            return
        item = DraftItem(
            key=read_tag(row.get("field_annotation"), "KEY") or name,
            kind=Kind.TEXT,
            text={self.language: row.get("field_label")},
            hint={self.language: row.get("field_note")},
            place=row.place,
            required=row.get("required_field").lower() in {"y", "yes", "1"},
        )
        if self._set_kind(row, field_type, item):
            self._refuse_repeated(item)
            self._keep_rules(row, item)
            self._current(row).items.append(item)

    def _refuse_repeated(self, item: DraftItem) -> None:
        for other in self.draft.items:
            if other.key == item.key:
                message = _(
                    "“%(name)s” is the variable of row %(row)d already. Rename one of them."
                )
                names = {"name": item.key, "row": other.place.row}
                self.draft.refuse(item.place, message % names)

    def _set_kind(self, row: Row, field_type: str, item: DraftItem) -> bool:
        """Say what is asked; False if it can't be."""
        match field_type:
            case "radio" | "dropdown" | "checkbox":
                item.kind = Kind.MULTIPLE if field_type == "checkbox" else Kind.CHOICE
                item.choices = self._list_of(row)
            case "yesno" | "truefalse":
                item.kind = Kind.CHOICE
                item.choices = self._yes_or_no(field_type, row.place)
            case "slider":
                self._set_slider(row, item)
            case "text" | "notes":
                self._set_validation(row, item)
            case _:
                reason = _("Fields of the type “%(type)s” can't be asked.")
                self._drop(row, reason % {"type": field_type})
                return False
        return True

    def _list_of(self, row: Row) -> str:
        """Return the name of the list with these choices; fields of a matrix share one."""
        written = row.get("choices")
        if written not in self.lists:
            name = row.get("matrix_group_name") or row.get("field_name")
            self.lists[written] = name = unused(name, self.draft.choice_lists)
            self.draft.choice_lists[name] = [
                DraftChoice(code, {self.language: label}, row.place)
                for code, label in read_choices(written)
            ]
        return self.lists[written]

    def _yes_or_no(self, field_type: str, place: Place) -> str:
        if field_type not in self.draft.choice_lists:
            yes, no = wording.yes_and_no(self.draft.languages)
            self.draft.choice_lists[field_type] = [
                DraftChoice("1", yes, place),
                DraftChoice("0", no, place),
            ]
        return field_type

    def _set_slider(self, row: Row, item: DraftItem) -> None:
        item.kind = Kind.NUMBER
        item.minimum = whole(row.get("validation_min")) or 0
        maximum = whole(row.get("validation_max"))
        item.maximum = 100 if maximum is None else maximum
        labels = [plain_text(label).strip() for label in row.get("choices").split("|")]
        if any(labels):
            low, high = item.minimum, item.maximum
            places = [str(low), str(high)] if len(labels) <= 2 else [str(low), "", str(high)]  # noqa: PLR2004 - left and right
            text = " · ".join(
                f"{number} = {label}" if number else label
                for number, label in zip(places, labels, strict=False)
                if label
            )
            item.hint = joined(item.hint, {self.language: text}, "\n")
            message = _("The words beside the slider are part of the hint now.")
            self.notices.changed(row.place, message)

    def _set_validation(self, row: Row, item: DraftItem) -> None:
        validation = row.get("validation_type").lower()
        low, high = row.get("validation_min"), row.get("validation_max")
        minimum, maximum = whole(low), whole(high)
        if validation in _WHOLE_NUMBER:
            item.kind, item.minimum, item.maximum = Kind.NUMBER, minimum, maximum
        elif _DECIMAL.fullmatch(validation):
            self._set_decimal(row, item, validation)
        elif validation:
            item.source["type"] = validation
            message = _("Answers are not checked to be “%(type)s”: asked as text.")
            self.notices.changed(row.place, message % {"type": validation})
        if (low and minimum is None) or (high and maximum is None):
            message = _("The limits “%(low)s” to “%(high)s” are not checked.")
            self.notices.changed(row.place, message % {"low": low, "high": high})

    def _set_decimal(self, row: Row, item: DraftItem, validation: str) -> None:
        item.source["type"] = validation
        item.minimum = whole(row.get("validation_min"))
        item.maximum = whole(row.get("validation_max"))
        if item.minimum is None and item.maximum is None:
            message = _("A number with decimals and without bounds is asked as text.")
        else:
            item.kind = Kind.NUMBER
            message = _("A number with decimals is asked as a whole number.")
        self.notices.changed(row.place, message)

    def _keep_rules(self, row: Row, item: DraftItem) -> None:
        if rule := row.get("branching_logic"):
            item.source["relevant"] = rule
            message = _("The skip rule “%(rule)s” is not applied: the question is always shown.")
            self.notices.changed(row.place, message % {"rule": rule})
        if row.get("matrix_ranking").lower() in {"y", "yes", "1"}:
            message = _("Equal ranks are not refused.")
            self.notices.changed(row.place, message)
        if annotation := without_tags(row.get("field_annotation")):
            message = _("The annotation “%(text)s” is not used.")
            self.notices.dropped(row.place, message % {"text": annotation})


def _title(name: str) -> str:
    return " ".join(name.replace("_", " ").split()).capitalize() if name.islower() else name


def _piping(names: set[str]) -> re.Pattern[str]:
    """Return what stands for an answer: a known variable in brackets, with or without an event."""
    known = "|".join(re.escape(name) for name in sorted(names) if name)
    return re.compile(rf"(?:\[[a-z0-9_-]+\])?\[(?:{known})(?:\(\w+\))?(?::\w+)*\]")
