"""CSV and its relatives: any of the encodings and separators that spreadsheets write."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from surveys.importing.readers.child import Sheet, UnreadableError, cell, from_rows, run

DELIMITERS = ",;\t|"
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
#: Letters of Turkish that other western texts do not use, as bytes of cp1254.
_TURKISH = re.compile(rb"[\xd0\xdd\xde\xf0\xfd\xfe]")
_WORD = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
_ASCII_LETTER = re.compile(rb"[A-Za-z]")
_ENOUGH = 0.9
_SAMPLE_ROWS = 50


def read(path: Path, options: Mapping[str, Any]) -> Sheet:
    content = path.read_bytes()
    text = decode(content, options.get("encoding"))
    delimiter = options.get("delimiter") or find_delimiter(text)
    csv.field_size_limit(1_000_000)
    try:
        rows = [
            [cell(value) for value in row]
            for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        ]
    except csv.Error as error:
        raise UnreadableError("broken_text") from error
    return from_rows(rows, options)


def decode(content: bytes, encoding: str | None) -> str:
    """Return the text of the bytes; raise UnreadableError where no encoding makes sense of them."""
    try:
        text = content.decode(encoding or find_encoding(content))
    except (UnicodeError, LookupError) as error:
        raise UnreadableError("encoding") from error
    if "\0" in text:
        raise UnreadableError("not_a_table")
    return text


def find_encoding(content: bytes) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            return encoding
    if content[1:2] == b"\0" or content[:1] == b"\0":
        return "utf-16-le" if content[1:2] == b"\0" else "utf-16-be"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return _find_windows_encoding(content)
    return "utf-8"


def _find_windows_encoding(content: bytes) -> str:
    """Tell the encodings of old Windows apart.

    Arabic and Cyrillic words have no byte of ASCII in them, words of western languages have.
    """
    words = _WORD.findall(content)
    mixed_count = sum(bool(_ASCII_LETTER.search(word)) for word in words)
    if 2 * mixed_count > len(words):
        return "cp1254" if _TURKISH.search(content) else "cp1252"
    letters = b"".join(words).decode("cp1256")
    arabic_count = sum("\u0600" <= letter <= "\u06ff" for letter in letters)
    return "cp1256" if arabic_count / len(letters) >= _ENOUGH else "cp1251"


def find_delimiter(text: str) -> str:
    """Return the character that splits most rows into as many cells as the most usual row has."""
    return max(DELIMITERS, key=lambda delimiter: _regularity(text, delimiter))


def _regularity(text: str, delimiter: str) -> tuple[float, int]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        widths = [len(row) for row in islice(reader, _SAMPLE_ROWS) if row]
    except csv.Error:
        return (0, 0)
    if not widths:
        return (0, 0)
    width, count = Counter(widths).most_common(1)[0]
    return (count / len(widths) if width > 1 else 0, width)


if __name__ == "__main__":
    run(read)
