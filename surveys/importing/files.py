"""Files that people hand in: known by their content, parsed in a process of their own."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeAlias

from django.utils.translation import gettext as _

Cell: TypeAlias = str | float | None

_PROJECT = Path(__file__).resolve().parents[2]
_OLD_OFFICE = bytes.fromhex("D0CF11E0A1B11AE1")
_SPSS = (b"$FL2", b"$FL3")
_MEBIBYTE = 2**20


class FileRefusedError(Exception):
    """The file can't be read. The message says what to do."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a file may be and take."""

    file_bytes: int
    memory_bytes: int
    cpu_seconds: int
    rows: int
    columns: int
    unpacked_bytes: int
    entries: int = 200
    ratio: int = 100


#: For files that come over the web.
UPLOADED = Limits(5 * _MEBIBYTE, 1024 * _MEBIBYTE, 60, 50_000, 1_000, 50 * _MEBIBYTE)
#: For somebody who has a shell on the server.
LOCAL = Limits(200 * _MEBIBYTE, 4096 * _MEBIBYTE, 240, 1_000_000, 2_000, 1024 * _MEBIBYTE, 1_000)


@dataclass(frozen=True, slots=True)
class FileOptions:
    """What the mapping says about the file where guessing would go wrong."""

    sheet: str | None = None
    header: int | None = None
    encoding: str | None = None
    delimiter: str | None = None


@dataclass(frozen=True)
class Column:
    name: str
    cells: list[Cell]
    label: str = ""
    value_labels: Mapping[Cell, str] = field(default_factory=dict)
    missing_ranges: list[tuple[Any, Any]] = field(default_factory=list)

    def declares_missing(self, cell: Cell) -> bool:
        """Tell whether the file itself says that this value is no answer."""
        return any(
            isinstance(cell, type(low)) and low <= cell <= high for low, high in self.missing_ranges
        )


@dataclass(frozen=True)
class Table:
    columns: list[Column]
    first_row: int

    @cached_property
    def by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns if column.name}

    def __len__(self) -> int:
        return len(self.columns[0].cells)


def read_table(content: bytes, options: FileOptions, limits: Limits = UPLOADED) -> Table:
    """Return what is in a CSV, XLSX or SPSS file.

    Raises
    ------
    FileRefusedError
        If it is something else, damaged, empty or too large.
    """
    if not content.strip():
        raise FileRefusedError(_explain("empty"))
    if len(content) > limits.file_bytes:
        size = limits.file_bytes // _MEBIBYTE
        raise FileRefusedError(
            _("The file is larger than %(size)d MB. Split it into several.") % {"size": size}
        )
    reader = f"surveys.importing.readers.{_find_reader(content)}"
    answer = ask_reader(reader, content, asdict(options) | asdict(limits))
    if "problem" in answer:
        is_no_text = answer["problem"] == "encoding" and b"\0" in content
        problem = "not_a_table" if is_no_text else answer["problem"]
        raise FileRefusedError(_explain(problem, answer["details"]))
    return _as_table(answer["sheet"])


def _find_reader(content: bytes) -> str:
    if content.startswith(b"PK"):
        return "workbook"
    if content.startswith(_SPSS):
        return "spss"
    if content.startswith(_OLD_OFFICE):
        is_encrypted = "EncryptedPackage".encode("utf-16-le") in content
        raise FileRefusedError(_explain("password" if is_encrypted else "old_workbook"))
    return "text"


def ask_reader(reader: str, content: bytes, options: Mapping[str, Any]) -> dict[str, Any]:
    """Let a program parse the file under limits, and return its answer or its problem.

    Raises
    ------
    FileRefusedError
        If the program died or took too long.
    """
    with tempfile.NamedTemporaryFile() as file:
        file.write(content)
        file.flush()
        try:
            done = subprocess.run(  # noqa: S603 - our own program, no shell
                [
                    sys.executable,
                    *("-m", reader),
                    *(file.name, json.dumps(options)),
                ],
                cwd=_PROJECT,
                # No secret of the site reaches a process that a hostile file might take over.
                env={"PATH": os.defpath, "OPENBLAS_NUM_THREADS": "1", "PYTHONUTF8": "1"},
                capture_output=True,
                timeout=2 * options["cpu_seconds"],
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise FileRefusedError(_explain("died")) from error
    if done.returncode != 0:
        raise FileRefusedError(_explain("died"))
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _as_table(sheet: Mapping[str, Any]) -> Table:
    columns = [
        Column(
            name,
            cells,
            sheet["column_labels"].get(name, ""),
            dict(sheet["value_labels"].get(name, [])),
            sheet["missing_ranges"].get(name, []),
        )
        for name, cells in zip(sheet["columns"], sheet["cells"], strict=True)
    ]
    return Table(columns, sheet["first_row"])


def _explain(problem: str, details: Mapping[str, object] | None = None) -> str:
    messages = {
        "broken_spss": _("This SPSS file is damaged. Open it in SPSS and save it again."),
        "broken_text": _("This text is not a table. Save it as CSV UTF-8 and try again."),
        "broken_workbook": _("This Excel file is damaged. Open it in Excel and save it again."),
        "died": _(
            "Reading this file took too much memory or time. Delete empty rows and columns "
            "far from the data, save it again, or save it as CSV."
        ),
        "empty": _("The file is empty. Choose the file with the answers."),
        "encoding": _("The file's characters are not recognised. Save it as CSV UTF-8."),
        "no_header": _("Row %(row)s holds no column names. Say in the mapping which row does."),
        "no_sheet": _("There is no sheet %(sheet)s. The file has: %(sheets)s."),
        "not_a_table": _("This is not a table. Save it as CSV, XLSX or SPSS and try again."),
        "not_a_workbook": _("This is not an Excel workbook. Save it as XLSX and try again."),
        "old_workbook": _("This is an old Excel workbook. Open it and save it as XLSX."),
        "only_header": _("There is no row of answers in the file. Choose the file that has them."),
        "password": _("The file is protected by a password. Save it without one."),
        "repeated_columns": _(
            "More than one column has the name: %(columns)s. Rename one, so that each is clear."
        ),
        "too_long": _(
            "The file has more than %(rows)s rows or %(columns)s columns. Split it into several."
        ),
        "too_much_inside": _("This Excel file unpacks to far too much. Save it as CSV instead."),
        "wide_row": _(
            "Row %(row)s has %(cells)s cells, but there are %(columns)s column names. "
            "Put texts that hold the separator into quotation marks."
        ),
    }
    return messages[problem] % (details or {})
