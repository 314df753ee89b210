"""What every format of a table can do, and the simplest of them: CSV."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from typing import IO, Protocol

from surveys.encoding import NotAnswered
from surveys.exporting.variables import Value, Variable

#: A spreadsheet takes a text that begins so for a formula.
_FORMULA = ("=", "+", "-", "@")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]|^[\t\n]+")


class TableWriter(Protocol):
    def write(self, values: Sequence[Value]) -> None:
        """Append a row."""

    def close(self) -> None:
        """Write what belongs at the end."""


class CsvWriter:
    """UTF-8 with its mark, so that spreadsheets show every script."""

    def __init__(
        self,
        file: IO[bytes],
        variables: Sequence[Variable],
        codes: Mapping[NotAnswered, int],
        label: str = "",  # noqa: ARG002 - the others have a title, a CSV file has none
    ) -> None:
        self._codes = codes
        self._text = io.TextIOWrapper(file, "utf-8-sig", newline="", write_through=True)
        self._writer = csv.writer(self._text, lineterminator="\r\n")
        self._writer.writerow([variable.name for variable in variables])

    def write(self, values: Sequence[Value]) -> None:
        self._writer.writerow([self._cell(value) for value in values])

    def _cell(self, value: Value) -> str | int | float:
        if isinstance(value, NotAnswered):
            return self._codes[value]
        if value is None:
            return ""
        return harmless(value) if isinstance(value, str) else value

    def close(self) -> None:
        self._text.detach()


def harmless(text: str) -> str:
    """Return the text so that no spreadsheet runs it; control characters hide what follows them."""
    shown = _CONTROL.sub("", text)
    return f"'{shown}" if shown.lstrip().startswith(_FORMULA) else shown
