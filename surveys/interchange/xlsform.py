"""XLSForms: a questionnaire in the sheets `survey`, `choices` and `settings`."""

import re
from pathlib import PurePath

from django.utils.translation import gettext as _

from surveys.interchange.assemble import assemble
from surveys.interchange.draft import Draft, DraftChoice
from surveys.interchange.files import SHEETS, Row, Sheet, Tables, read_tables
from surveys.interchange.languages import settle_languages
from surveys.interchange.report import ImportReport, Place, Problem, QuestionnaireError
from surveys.interchange.xlsform_columns import Table, read_table
from surveys.interchange.xlsform_survey import USED as SURVEY_COLUMNS
from surveys.interchange.xlsform_survey import SurveyReader

FORMAT = "xlsform"
_PIPING = re.compile(r"\$\{[^{}]*\}")
_CHOICES_COLUMNS = frozenset({"list_name", "name", "label", "symbol", "score"})
_SETTINGS_COLUMNS = frozenset(
    {
        *("form_title", "form_id", "version", "default_language", "description"),
        *("translated_title", "age_band", "licence", "citation", "notes"),
        *("support_after", "support_title", "support_text"),
    }
)
_SCALES_COLUMNS = frozenset(
    {
        *("key", "label", "role", "domain", "method", "direction"),
        *("minimum_answered", "threshold", "items"),
    }
)


def read(content: bytes, name: str, *, language: str = "") -> ImportReport:
    """Return the questionnaire in an XLSForm: .xlsx, .xls or .csv, whatever its name says.

    The language is that of texts without one, where the form has no default.

    Raises
    ------
    QuestionnaireError
        With sheet, row and reason of everything that stands in the way.
    """
    return read_sheets(read_tables(content), name, language=language)


def read_sheets(tables: Tables, name: str, *, language: str = "") -> ImportReport:
    tables = _split_csv(tables)
    survey = tables.find("survey")
    if not survey.rows:
        others = ", ".join(tables.others) or "–"
        message = _("There is no sheet “survey” with questions. The file has: %(sheets)s.")
        raise QuestionnaireError([Problem(Place(), message % {"sheets": others})])
    draft = Draft(format=FORMAT, code=PurePath(name).stem, title={}, piping=_PIPING)
    for other in tables.others:
        draft.notices.dropped(Place(other), _("This sheet is not part of the questionnaire."))
    return _Form(tables, draft, language).read()


def _split_csv(tables: Tables) -> Tables:
    """Take the sheets of a CSV apart: a name in the first column begins one."""
    if "" not in tables.sheets:
        return tables
    rows = tables.sheets[""].rows
    first = {cell.strip().lower() for cell in rows[0][1]} if rows else set()
    if "type" in first:
        return Tables(tables.kind, {"survey": Sheet("survey", rows)}, tables.others)
    sheets: dict[str, Sheet] = {}
    current: Sheet | None = None
    for number, cells in rows:
        if name := cells[0].strip().lower():
            current = sheets.setdefault(name, Sheet(name, [])) if name in SHEETS else None
        if current is not None and any(cells[1:]):
            current.rows.append((number, cells[1:]))
    return Tables(tables.kind, sheets, tables.others)


class _Form:
    def __init__(self, tables: Tables, draft: Draft, language: str) -> None:
        self.draft = draft
        self.language = language
        self.survey, self.choices, self.settings, self.scales = (
            read_table(tables.find(name), draft) for name in SHEETS
        )

    def read(self) -> ImportReport:
        draft = self.draft
        for column in ("type", "name"):
            if not self.survey.has(column):
                place = self.survey.sheet.header_place
                message = _("There is no column “%(column)s”. Add it.") % {"column": column}
                draft.refuse(place, message)
        if draft.problems:
            raise QuestionnaireError(draft.problems)
        settings = self._read_settings()
        self._settle_languages(settings)
        self._use_settings(settings)
        self._read_choices()
        SurveyReader(draft, self.survey).read()
        self._read_scales()
        self._report_columns()
        return assemble(draft)

    def _read_settings(self) -> Row:
        rows = self.settings.rows
        for row in rows[1:]:
            self.draft.notices.dropped(row.place, _("Only the first row of settings is used."))
        return rows[0] if rows else Row(Place(), {})

    def _settle_languages(self, settings: Row) -> None:
        tables = (self.survey, self.choices, self.settings, self.scales)
        names = [language for table in tables for language in table.languages]
        unnamed = [row.get("label") for table in tables for row in table.rows]
        place = self.survey.sheet.header_place
        default = settings.get("default_language") or self.language
        names = names or [""]
        codes = settle_languages(names, default, unnamed, self.draft.notices, place)
        for table in tables:
            table.codes = codes
        self.draft.languages = list(dict.fromkeys(codes.values()))
        self.draft.default_language = codes.get(default) or codes.get("", "")

    def _use_settings(self, settings: Row) -> None:
        draft = self.draft
        draft.code = settings.get("form_id") or draft.code
        draft.version = settings.get("version")
        draft.title = self.settings.words(settings, "translated_title")
        main = draft.default_language or draft.languages[0]
        draft.title.setdefault(main, settings.get("form_title") or draft.code)
        draft.description = self.settings.words(settings, "description")
        for key in ("age_band", "licence", "citation", "notes"):
            if text := settings.get(key):
                draft.extra[key] = text
        if after := settings.get("support_after"):
            title = self.settings.words(settings, "support_title")
            draft.support = (after, title, self.settings.words(settings, "support_text"))

    def _read_choices(self) -> None:
        for row in self.choices.rows:
            text = self.choices.words(row, "label")
            list_name, name = row.get("list_name"), row.get("name")
            if not list_name:
                message = _("A row without list_name is no choice.")
                self.draft.notices.dropped(row.place, message)
                continue
            if not name:
                message = _("The choice has no name. Write one into the column “name”.")
                self.draft.refuse(row.place, message)
            score = row.get("score")
            self.draft.choice_lists.setdefault(list_name, []).append(
                DraftChoice(
                    name=name,
                    text=text,
                    place=row.place,
                    symbol=row.get("symbol"),
                    score=int(score) if re.fullmatch(r"-?\d{1,9}", score) else None,
                )
            )

    def _read_scales(self) -> None:
        for row in self.scales.rows:
            scale: dict[str, object] = {
                key: row.get(key)
                for key in ("key", "role", "domain", "method", "direction")
                if row.get(key)
            }
            for key in ("minimum_answered", "threshold"):
                if row.get(key).isdecimal():
                    scale[key] = int(row.get(key))
            scale["items"] = [
                {"key": key.removeprefix("-"), **({"reversed": True} if key[0] == "-" else {})}
                for key in row.get("items").split()
            ]
            self.draft.scales.append((row.place, self.scales.words(row, "label"), scale))

    def _report_columns(self) -> None:
        used: list[tuple[Table, frozenset[str]]] = [
            (self.survey, SURVEY_COLUMNS),
            (self.choices, _CHOICES_COLUMNS),
            (self.settings, _SETTINGS_COLUMNS),
            (self.scales, _SCALES_COLUMNS),
        ]
        for table, columns in used:
            table.report_unused(self.draft, columns)
