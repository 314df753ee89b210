"""Questionnaire files as rows of text: parsed in a process of their own, known by their content."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from surveys.importing.files import UPLOADED, Cell, FileRefusedError, Limits, ask_reader
from surveys.interchange.report import Place, Problem, QuestionnaireError

#: Sheets of an XLSForm that are read. The others are named in the report.
SHEETS = ("survey", "choices", "settings", "scales")
_MEBIBYTE = 2**20
LIMITS = Limits(
    file_bytes=UPLOADED.file_bytes,
    memory_bytes=512 * _MEBIBYTE,
    cpu_seconds=20,
    rows=10_000,
    columns=500,
    unpacked_bytes=UPLOADED.unpacked_bytes,
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table, with what it holds under each heading; empty cells are not there."""

    place: Place
    cells: Mapping[str, str]

    def get(self, heading: str) -> str:
        return self.cells.get(heading, "")


@dataclass(frozen=True)
class Sheet:
    name: str
    #: Rows with anything in them, each with the number that a person sees.
    rows: list[tuple[int, list[str]]]

    @property
    def header(self) -> list[str]:
        return self.rows[0][1] if self.rows else []

    @property
    def header_place(self) -> Place:
        return Place(self.name, self.rows[0][0] if self.rows else 0)


@dataclass(frozen=True)
class Tables:
    kind: str
    sheets: dict[str, Sheet]
    others: list[str] = field(default_factory=list)

    def find(self, name: str) -> Sheet:
        """Return the sheet with this name, in whatever case; an empty one if there is none."""
        for sheet in self.sheets.values():
            if sheet.name.strip().lower() == name:
                return sheet
        return Sheet(name, [])


@dataclass(frozen=True)
class Tags:
    """What is in a LimeSurvey file."""

    kind: str
    database_version: str
    languages: list[str]
    tables: dict[str, list[dict[str, str]]]

    def rows(self, table: str) -> Iterator[Row]:
        for number, cells in enumerate(self.tables.get(table, []), 1):
            yield Row(Place(table, number), {key: text for key, text in cells.items() if text})


def is_xml(content: bytes) -> bool:
    return content[:200].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def read_tables(content: bytes) -> Tables:
    """Return the sheets of a workbook, CSV or REDCap zip; raise QuestionnaireError otherwise."""
    return as_tables(_read("tables", content))


def as_tables(answer: Mapping[str, Any]) -> Tables:
    """Return what the reader answered, with every cell as text."""
    sheets = {
        name: Sheet(name, [(number, [as_text(cell) for cell in cells]) for number, cells in rows])
        for name, rows in answer["sheets"].items()
    }
    return Tables(answer["kind"], sheets, answer["others"])


def read_tags(content: bytes) -> Tags:
    """Return the tables of a LimeSurvey file; raise QuestionnaireError otherwise."""
    return Tags(**_read("tags", content))


def as_text(value: Cell) -> str:
    """Return a cell as a person sees it: 1.0 is 1."""
    if value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return value


def _read(reader: str, content: bytes) -> dict[str, Any]:
    if not content.strip():
        raise _refusal(_("The file is empty. Choose the questionnaire."))
    if len(content) > LIMITS.file_bytes:
        message = _("The file is larger than %(size)d MB. Take pictures and unused sheets out.")
        raise _refusal(message % {"size": LIMITS.file_bytes // _MEBIBYTE})
    options = asdict(LIMITS) | {"sheets": SHEETS}
    try:
        answer = ask_reader(f"surveys.interchange.readers.{reader}", content, options)
    except FileRefusedError as error:
        raise _refusal(str(error)) from error
    if "problem" in answer:
        raise _refusal(_explain(answer["problem"]) % answer["details"])
    sheet: dict[str, Any] = answer["sheet"]
    return sheet


def _refusal(message: str) -> QuestionnaireError:
    return QuestionnaireError([Problem(Place(), message)])


def _explain(problem: str) -> str:
    messages = {
        "broken_text": _("This text is not a table. Save it as CSV UTF-8 and try again."),
        "broken_workbook": _("This file is damaged. Open it in Excel and save it again as XLSX."),
        "broken_xml": _("This XML is damaged. Export the survey from LimeSurvey again as .lss."),
        "encoding": _("The file's characters are not recognised. Save it as CSV UTF-8."),
        "entities": _(
            "The XML declares a document type or entities, which LimeSurvey doesn't write and "
            "which can be harmful. Export the survey again as .lss."
        ),
        "not_a_questionnaire": _(
            "This is not a questionnaire that can be read here. Hand in an XLSForm (.xlsx, .xls, "
            ".csv), a REDCap data dictionary (.csv) or instrument (.zip), or a LimeSurvey .lss."
        ),
        "not_a_table": _("This is not a table. Save it as XLSX or CSV and try again."),
        "password": _("The file is protected by a password. Save it without one."),
        "too_long": _(
            "A sheet has more than %(rows)s rows or %(columns)s columns. Delete empty rows and "
            "columns far from the questions, and save it again."
        ),
        "too_much_inside": _("This file unpacks to far too much. Save it as CSV instead."),
    }
    return messages[problem]
