"""How a reader runs as a process: limits first, then one JSON answer on standard output."""

import json
import resource
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from math import isnan
from pathlib import Path
from typing import Any, TypeAlias

Cell: TypeAlias = str | float | None


class UnreadableError(Exception):
    """The file can't be read. The problem is a word that `surveys.importing.files` explains."""

    def __init__(self, problem: str, **details: object) -> None:
        super().__init__(problem)
        self.problem = problem
        self.details = details


@dataclass
class Sheet:
    """What was in the file, column by column."""

    columns: list[str]
    cells: list[list[Cell]]
    #: The number under which a person sees the first row of data.
    first_row: int
    column_labels: dict[str, str] = field(default_factory=dict)
    #: Column → pairs of value and label.
    value_labels: dict[str, list[tuple[Cell, str]]] = field(default_factory=dict)
    #: Column → ranges of values that the file itself declares to be no answer.
    missing_ranges: dict[str, list[tuple[Cell, Cell]]] = field(default_factory=dict)


def run(read: Callable[[Path, Mapping[str, Any]], Any]) -> None:
    """Read the file named on the command line under the limits given there, into a dataclass."""
    path, options = Path(sys.argv[1]), json.loads(sys.argv[2])
    memory, seconds = options["memory_bytes"], options["cpu_seconds"]
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        answer: dict[str, object] = {"sheet": asdict(read(path, options))}
    except UnreadableError as error:
        answer = {"problem": error.problem, "details": error.details}
    json.dump(answer, sys.stdout)


def cell(value: object) -> Cell:
    """Return a value as text or number; what holds nothing is None."""
    if value is None or (isinstance(value, float) and isnan(value)):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    return str(value).replace("\ufeff", "").strip() or None


def from_rows(rows: list[list[Cell]], options: Mapping[str, Any]) -> Sheet:
    """Turn rows into columns. The header is the row that the options name, else the first."""
    position = int(options.get("header") or 1) - 1
    if not any(value is not None for row in rows for value in row):
        raise UnreadableError("empty")
    if position >= len(rows):
        raise UnreadableError("no_header", row=position + 1)
    header, body = rows[position], rows[position + 1 :]
    while header and header[-1] is None:
        header.pop()
    _refuse_columns(header, body, position + 1, options)
    width = len(header)
    padded = [row + [None] * (width - len(row)) for row in body]
    return Sheet(
        columns=[as_name(value) for value in header],
        cells=[[row[number] for row in padded] for number in range(width)],
        first_row=position + 2,
    )


def as_name(value: Cell) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else " ".join(str(value).split())


def _refuse_columns(
    header: list[Cell], body: list[list[Cell]], header_row: int, options: Mapping[str, Any]
) -> None:
    names = [as_name(value) for value in header]
    repeated = sorted({name for name in names if name and names.count(name) > 1})
    if repeated:
        raise UnreadableError("repeated_columns", columns=", ".join(repeated))
    if not names:
        raise UnreadableError("no_header", row=header_row)
    if not any(value is not None for row in body for value in row):
        raise UnreadableError("only_header")
    if len(names) > options["columns"] or len(body) > options["rows"]:
        raise UnreadableError("too_long", rows=options["rows"], columns=options["columns"])
    for number, row in enumerate(body, header_row + 1):
        if any(value is not None for value in row[len(names) :]):
            raise UnreadableError("wide_row", row=number, cells=len(row), columns=len(names))
