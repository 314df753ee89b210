"""What one cell says: as text, as a number, as a day."""

import re
import unicodedata
from datetime import date, datetime
from functools import lru_cache

from surveys.importing.files import Cell, Column

_DIRECTION_MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_NUMBER = re.compile(r"[+-]?\d+([.,٫]\d+)?")
_WHOLE_WITH_ZEROS = re.compile(r"([+-]?\d+)[.,]0+")
_TO_POINT = str.maketrans(",٫", "..")


def as_text(cell: Cell | int) -> str:
    """Return the text that a person sees in the cell; a whole number is written without a point.

    Statistical programs write 7.0 where the person's number was 7.
    """
    if cell is None:
        return ""
    if isinstance(cell, int | float):
        return str(int(cell)) if float(cell).is_integer() else repr(float(cell))
    text = " ".join(_DIRECTION_MARKS.sub("", unicodedata.normalize("NFC", cell)).split())
    whole = _WHOLE_WITH_ZEROS.fullmatch(text)
    return whole[1] if whole else text


@lru_cache(maxsize=4096, typed=True)
def as_key(value: object) -> str:
    """Return the form in which two cells, or a cell and a word of the mapping, are compared."""
    if isinstance(value, bool):
        return "true" if value else "false"
    cell = value if isinstance(value, int | float | str) else None
    text = unicodedata.normalize("NFKC", as_text(cell)).casefold()
    found = as_number(text)
    return text if found is None else as_text(found)


def as_number(cell: Cell) -> float | None:
    """Return the number, written with a point or a comma, in any script's digits; else None."""
    if not isinstance(cell, str):
        return cell
    text = cell.strip()
    return float(text.translate(_TO_POINT)) if _NUMBER.fullmatch(text) else None


@lru_cache(maxsize=4096)
def as_day(text: str, formats: tuple[str, ...]) -> date | None:
    """Return the day, tried in each format and in ISO's; None where none fits."""
    for form in formats:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        return None


def keys_of(column: Column, cell: Cell) -> tuple[str, ...]:
    """Return what a cell may be called in a mapping: its value, and its label where it has one."""
    label = column.value_labels.get(cell)
    return (as_key(cell),) if label is None else (as_key(cell), as_key(label))


def shown_text(column: Column, cell: Cell) -> str:
    """Return the label that the file gives the value, or else its text."""
    return as_text(column.value_labels.get(cell, cell))
