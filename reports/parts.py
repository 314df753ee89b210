"""What a report consists of. Page, PDF and JSON render these and know nothing else."""

from dataclasses import dataclass

from reports.charts import Drawing
from reports.claims import Claim
from reports.source import Source


@dataclass(frozen=True, slots=True)
class Said:
    claim: Claim
    text: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of what is most important: what, and how much."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a table. Figures name the published cell that they show."""

    text: str
    cell: str = ""
    is_figure: bool = False
    #: Of words that people wrote; "" where they are in the language of the report.
    language: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The first entry of each row is its heading."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[Entry, ...], ...]
    #: For looking things up: on a screen it is opened by whoever wants it.
    is_long: bool = False


@dataclass(frozen=True, slots=True)
class Figure:
    key: str
    drawing: Drawing
    table: Table
    #: Whether what it shows was planned beforehand, in words; "" where that is no question.
    status: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    key: str
    title: str
    said: tuple[Said, ...] = ()
    facts: tuple[Fact, ...] = ()
    figures: tuple[Figure, ...] = ()
    #: Further tables, for those who want to know more.
    details: tuple[Table, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    source: Source
    language: str
    direction: str
    title: str
    #: Stands on every page: what this is, of whom, of when.
    line: str
    warning: str
    sections: tuple[Section, ...]
