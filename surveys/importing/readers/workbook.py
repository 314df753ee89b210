"""XLSX. The directory of the zip is looked at before anything is unpacked."""

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from surveys.importing.readers.child import Sheet, UnreadableError, cell, from_rows, run


def read(path: Path, options: Mapping[str, Any]) -> Sheet:
    _refuse_archive(path, options)
    try:
        workbook = CalamineWorkbook.from_path(path)
        name = _find_sheet(workbook.sheet_names, options.get("sheet"))
        rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except CalamineError as error:
        raise UnreadableError("broken_workbook") from error
    return from_rows([[cell(value) for value in row] for row in rows], options)


def _refuse_archive(path: Path, options: Mapping[str, Any]) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise UnreadableError("broken_workbook") from error
    if "xl/workbook.xml" not in {entry.filename for entry in entries}:
        raise UnreadableError("not_a_workbook")
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if (
        len(entries) > options["entries"]
        or unpacked > options["unpacked_bytes"]
        or unpacked > options["ratio"] * max(packed, 1)
    ):
        raise UnreadableError("too_much_inside")


def _find_sheet(names: list[str], wanted: str | None) -> str:
    if wanted is None:
        return names[0]
    if wanted not in names:
        raise UnreadableError("no_sheet", sheet=wanted, sheets=", ".join(names))
    return wanted


if __name__ == "__main__":
    run(read)
