"""SPSS .sav and .zsav, with the labels and the user-missing codes that they carry."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyreadstat
from pyreadstat import PyreadstatError, ReadstatError

from surveys.importing.readers.child import Cell, Sheet, UnreadableError, cell, run


def read(path: Path, options: Mapping[str, Any]) -> Sheet:
    try:
        data, about = pyreadstat.read_sav(
            path,
            encoding=options.get("encoding"),
            user_missing=True,
            output_format="dict",
            row_limit=options["rows"] + 1,
        )
    except (ReadstatError, PyreadstatError, UnicodeError, ValueError, OverflowError) as error:
        raise UnreadableError("broken_spss") from error
    cells = [[cell(value) for value in values] for values in data.values()]
    if not cells or not cells[0]:
        raise UnreadableError("only_header" if cells else "empty")
    if len(cells) > options["columns"] or len(cells[0]) > options["rows"]:
        raise UnreadableError("too_long", rows=options["rows"], columns=options["columns"])
    return Sheet(
        columns=list(data),
        cells=cells,
        first_row=1,
        column_labels={
            name: label for name, label in about.column_names_to_labels.items() if label
        },
        value_labels={
            name: [(cell(value), label) for value, label in labels.items()]
            for name, labels in about.variable_value_labels.items()
        },
        missing_ranges={
            name: _pairs(ranges) for name, ranges in about.missing_ranges.items() if ranges
        },
    )


def _pairs(ranges: Sequence[Any]) -> list[tuple[Cell, Cell]]:
    return [(cell(found["lo"]), cell(found["hi"])) for found in ranges]


if __name__ == "__main__":
    run(read)
