"""The sheets of a questionnaire: XLSX, XLS, CSV, or a zip with one CSV in it."""

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn, TypeAlias

from python_calamine import CalamineError, CalamineWorkbook

from surveys.importing.readers.archive import names_in_archive
from surveys.importing.readers.child import Cell, UnreadableError, cell, run
from surveys.importing.readers.text import decode
from surveys.importing.readers.workbook import WORKBOOK

DELIMITERS = ",;\t"
_OLD_OFFICE = bytes.fromhex("D0CF11E0A1B11AE1")
_REDCAP = "instrument.csv"

#: The number of a row, as a person sees it, and its cells.
Rows: TypeAlias = list[tuple[int, list[Cell]]]


@dataclass
class Tables:
    #: What it turned out to be: workbook, text or redcap_zip.
    kind: str
    #: Name → rows, as far as the caller asked for them.
    sheets: dict[str, Rows]
    #: Names of the sheets or files that were not read.
    others: list[str] = field(default_factory=list)


def read(path: Path, options: Mapping[str, Any]) -> Tables:
    content = path.read_bytes()
    if content.startswith(_OLD_OFFICE):
        if "EncryptedPackage".encode("utf-16-le") in content:
            raise UnreadableError("password")
        return _read_workbook(content, options)
    if content.startswith(b"PK"):
        names = names_in_archive(io.BytesIO(content), options)
        if WORKBOOK in names:
            return _read_workbook(content, options)
        return _read_redcap_zip(content, names, options)
    return Tables("text", {"": _read_text(content, options)})


def _read_workbook(content: bytes, options: Mapping[str, Any]) -> Tables:
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        wanted = [
            name for name in workbook.sheet_names if name.strip().lower() in options["sheets"]
        ]
        sheets = {name: _read_sheet(workbook, name, options) for name in wanted}
    except CalamineError as error:
        raise UnreadableError("broken_workbook") from error
    others = [name for name in workbook.sheet_names if name not in sheets]
    if not sheets and others:
        # The one sheet of a REDCap dictionary has any name.
        sheets = {"": _read_sheet(workbook, others[0], options)}
    return Tables("workbook", sheets, others)


def _read_sheet(workbook: CalamineWorkbook, name: str, options: Mapping[str, Any]) -> Rows:
    return _filled(workbook.get_sheet_by_name(name).iter_rows(), options)


def _read_text(content: bytes, options: Mapping[str, Any]) -> Rows:
    text = decode(content, None)
    first_line = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(DELIMITERS, key=first_line.count)
    csv.field_size_limit(1_000_000)
    try:
        return _filled(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), options)
    except csv.Error as error:
        raise UnreadableError("broken_text") from error


def _filled(rows: Iterable[Sequence[object]], options: Mapping[str, Any]) -> Rows:
    """Return the rows that hold anything, each with its number and without the empty end."""
    filled: Rows = []
    for number, row in enumerate(rows, 1):
        # Old workbooks hold millions of empty cells: most rows are skipped at once.
        if not any(value != "" for value in row):
            continue
        cells = [cell(value) for value in row]
        while cells and cells[-1] is None:
            cells.pop()
        if len(cells) > options["columns"] or len(filled) == options["rows"]:
            _refuse_size(options)
        if cells:
            filled.append((number, cells))
    return filled


def _refuse_size(options: Mapping[str, Any]) -> NoReturn:
    raise UnreadableError("too_long", rows=options["rows"], columns=options["columns"])


def _read_redcap_zip(content: bytes, names: list[str], options: Mapping[str, Any]) -> Tables:
    found = [name for name in names if name.rpartition("/")[2].lower() == _REDCAP]
    if len(found) != 1:
        raise UnreadableError("not_a_questionnaire")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open(found[0]) as file:
            # The directory of the archive may lie about the size.
            inside = file.read(options["file_bytes"] + 1)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise UnreadableError("broken_workbook") from error
    if len(inside) > options["file_bytes"]:
        raise UnreadableError("too_much_inside")
    others = [name for name in names if name not in found and not name.endswith("/")]
    return Tables("redcap_zip", {_REDCAP: _read_text(inside, options)}, others)


if __name__ == "__main__":
    run(read)
