"""What became of a questionnaire on its way in: what was dropped, changed or merged, and why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from surveys.document import Document, missing_strings, strings

_SHOWN_ROWS = 8


class NoticeKind(StrEnum):
    DROPPED = "dropped"
    CHANGED = "changed"
    MERGED = "merged"
    WARNING = "warning"


@dataclass(frozen=True, order=True, slots=True)
class Place:
    """A row of a sheet, or of a table in an XML file. Row 0 is the sheet itself."""

    sheet: str = ""
    row: int = 0

    def __str__(self) -> str:
        if not self.row:
            return self.sheet
        return _("%(sheet)s, row %(row)d") % {"sheet": self.sheet, "row": self.row}


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that is not as it was in the file, with every place where that is so."""

    kind: NoticeKind
    message: str
    places: tuple[Place, ...]

    @property
    def label(self) -> str:
        return {
            NoticeKind.DROPPED: _("dropped"),
            NoticeKind.CHANGED: _("changed"),
            NoticeKind.MERGED: _("merged"),
            NoticeKind.WARNING: _("look at this"),
        }[self.kind]

    @property
    def where(self) -> str:
        """Name the places as a person would: the sheet once, then its rows."""
        rows: dict[str, list[int]] = {}
        for place in self.places:
            rows.setdefault(place.sheet, []).append(place.row)
        return "; ".join(_name_rows(sheet, sorted(set(numbers))) for sheet, numbers in rows.items())

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


def _name_rows(sheet: str, rows: list[int]) -> str:
    if not any(rows):
        return sheet
    if len(rows) == 1:
        return str(Place(sheet, rows[0]))
    shown = ", ".join(str(row) for row in rows[:_SHOWN_ROWS])
    more = len(rows) - _SHOWN_ROWS
    if more > 0:
        shown = ngettext("%(rows)s and %(n)d more", "%(rows)s and %(n)d more", more) % {
            "rows": shown,
            "n": more,
        }
    return _("%(sheet)s, rows %(rows)s") % {"sheet": sheet, "rows": shown}


class Notices:
    """Collects notices. The same thing said of many rows is one notice."""

    def __init__(self) -> None:
        self._places: dict[tuple[NoticeKind, str], list[Place]] = {}

    def dropped(self, place: Place, message: str) -> None:
        self._add(NoticeKind.DROPPED, place, message)

    def changed(self, place: Place, message: str) -> None:
        self._add(NoticeKind.CHANGED, place, message)

    def merged(self, place: Place, message: str) -> None:
        self._add(NoticeKind.MERGED, place, message)

    def warning(self, place: Place, message: str) -> None:
        self._add(NoticeKind.WARNING, place, message)

    def _add(self, kind: NoticeKind, place: Place, message: str) -> None:
        self._places.setdefault((kind, message), []).append(place)

    def collected(self) -> list[Notice]:
        return [
            Notice(kind, message, tuple(dict.fromkeys(places)))
            for (kind, message), places in self._places.items()
        ]


@dataclass(frozen=True, slots=True)
class Problem:
    place: Place
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place.sheet else self.message


class QuestionnaireError(Exception):
    """The file can't be taken in. Each problem says where it is and what to do."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(dict.fromkeys(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(frozen=True, slots=True)
class Completeness:
    """How much of a questionnaire is there in one language. It is offered only when all is."""

    language: str
    string_count: int
    missing: list[str] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        return not self.missing


@dataclass(frozen=True)
class ImportReport:
    """A questionnaire that was read, as the document that can be published, and what it lost."""

    document_data: dict[str, object]
    document: Document
    notices: list[Notice]
    #: Texts that the source language lacks, where another language or a name stands in: path →
    #: place in the file.
    borrowed: Mapping[str, Place] = field(default_factory=dict)

    @property
    def completeness(self) -> list[Completeness]:
        count = sum(1 for _text in strings(self.document))
        return [
            Completeness(language, count, self._missing(language))
            for language in self.document.languages
        ]

    def _missing(self, language: str) -> list[str]:
        is_source = language == self.document.source_language
        return list(self.borrowed) if is_source else missing_strings(self.document, language)

    def refuse_gaps(self) -> None:
        """Raise QuestionnaireError if the source language lacks texts: nobody may be asked so."""
        message = _("The text in %(language)s is missing (%(path)s). Write it, and try again.")
        language = self.document.source_language
        if self.borrowed:
            raise QuestionnaireError(
                Problem(place, message % {"language": language, "path": path})
                for path, place in self.borrowed.items()
            )
