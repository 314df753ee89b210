"""XLSX. The directory of the zip is looked at before anything is unpacked."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from surveys.importing.readers.archive import names_in_archive
from surveys.importing.readers.child import Sheet, UnreadableError, cell, from_rows, run

#: The entry that makes a zip file an Excel workbook.
WORKBOOK = "xl/workbook.xml"


def read(path: Path, options: Mapping[str, Any]) -> Sheet:
    if WORKBOOK not in names_in_archive(path, options):
        raise UnreadableError("not_a_workbook")
    try:
        workbook = CalamineWorkbook.from_path(path)
        name = _find_sheet(workbook.sheet_names, options.get("sheet"))
        rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except CalamineError as error:
        raise UnreadableError("broken_workbook") from error
    return from_rows([[cell(value) for value in row] for row in rows], options)


def _find_sheet(names: list[str], wanted: str | None) -> str:
    if wanted is None:
        return names[0]
    if wanted not in names:
        raise UnreadableError("no_sheet", sheet=wanted, sheets=", ".join(names))
    return wanted


if __name__ == "__main__":
    run(read)
