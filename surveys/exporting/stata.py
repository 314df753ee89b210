"""Stata `.dta`, format 118 (Stata 14 and later), written row by row.

The layout is that of Stata's own help file "dta"; pandas and pyreadstat read it back in the tests.
"""

import struct
from collections.abc import Callable, Mapping, Sequence
from typing import IO

from surveys.encoding import NotAnswered
from surveys.exporting.variables import Value, Variable

_DOUBLE, _LONG = 65526, 65528
#: The "." of each type; ".a" to ".z" follow for a long.
_MISSING_DOUBLE = struct.pack("<Q", 0x7FE0_0000_0000_0000)
_MISSING_LONG = 2_147_483_621
_SECTIONS = (
    *("stata_dta", "map", "variable_types", "varnames", "sortlist", "formats"),
    *("value_label_names", "variable_labels", "characteristics", "data", "strls", "value_labels"),
)
_LONGEST_LABEL = 80


class DtaWriter:
    """Reasons for no answer become Stata's own missing values: .a is the first of them."""

    def __init__(
        self,
        file: IO[bytes],
        variables: Sequence[Variable],
        codes: Mapping[NotAnswered, int],
        label: str = "",
    ) -> None:
        self._file = file
        self._variables = variables
        self._missing = {reason: _MISSING_LONG + number for number, reason in enumerate(codes, 1)}
        self._count = 0
        self._places: dict[str, int] = {}
        self._begin(label)

    def write(self, values: Sequence[Value]) -> None:
        cells = zip(self._variables, values, strict=True)
        self._file.write(b"".join(self._cell(variable, value) for variable, value in cells))
        self._count += 1

    def close(self) -> None:
        self._file.write(b"</data>")
        self._section("strls", b"")
        labelled = [variable for variable in self._variables if variable.reasons]
        tables = b"".join(
            b"<lbl>" + self._value_labels(variable) + b"</lbl>" for variable in labelled
        )
        self._section("value_labels", tables)
        end = self._file.tell()
        self._file.write(b"</stata_dta>")
        places = [self._places[name] for name in _SECTIONS]
        self._file.seek(self._places["map"] + len(b"<map>"))
        self._file.write(struct.pack("<14Q", *places, end, end + len(b"</stata_dta>")))
        self._file.seek(self._count_at)
        self._file.write(struct.pack("<Q", self._count))

    def _begin(self, label: str) -> None:
        self._places["stata_dta"] = 0
        title = _cut(label, _LONGEST_LABEL)
        self._file.write(b"<stata_dta><header><release>118</release><byteorder>LSF</byteorder><K>")
        self._file.write(struct.pack("<H", len(self._variables)) + b"</K><N>")
        self._count_at = self._file.tell()
        self._file.write(struct.pack("<Q", 0) + b"</N><label>")
        self._file.write(struct.pack("<H", len(title)) + title + b"</label>")
        # No time: the same answers make the same bytes.
        self._file.write(b"<timestamp>\0</timestamp></header>")
        self._section("map", bytes(14 * 8))
        self._section("variable_types", self._each(lambda it: struct.pack("<H", _type(it))))
        self._section("varnames", self._each(lambda it: _fixed(it.name, 129)))
        self._section("sortlist", bytes(2 * (len(self._variables) + 1)))
        self._section("formats", self._each(lambda it: _fixed(_format(it), 57)))
        self._section(
            "value_label_names", self._each(lambda it: _fixed(it.name if it.reasons else "", 129))
        )
        self._section(
            "variable_labels",
            self._each(lambda it: _cut(it.label, _LONGEST_LABEL).ljust(321, b"\0")),
        )
        self._section("characteristics", b"")
        self._places["data"] = self._file.tell()
        self._file.write(b"<data>")

    def _each(self, write: Callable[[Variable], bytes]) -> bytes:
        return b"".join(write(variable) for variable in self._variables)

    def _section(self, name: str, content: bytes) -> None:
        self._places[name] = self._file.tell()
        self._file.write(f"<{name}>".encode() + content + f"</{name}>".encode())

    def _cell(self, variable: Variable, value: Value) -> bytes:
        if variable.is_text:
            return _fixed(str(value or ""), variable.width)
        if isinstance(value, NotAnswered):
            return struct.pack("<i", self._missing[value])
        if variable.reasons:
            return struct.pack("<i", _MISSING_LONG if value is None else int(value))
        return _MISSING_DOUBLE if value is None else struct.pack("<d", float(value))

    def _value_labels(self, variable: Variable) -> bytes:
        labels = dict(variable.labels) | {
            self._missing[reason]: text for reason, text in variable.reasons.items()
        }
        offsets, texts = [], b""
        for text in labels.values():
            offsets.append(len(texts))
            texts += text.encode() + b"\0"
        count = len(labels)
        table = struct.pack(f"<ii{count}i{count}i", count, len(texts), *offsets, *labels) + texts
        return struct.pack("<i", len(table)) + _fixed(variable.name, 129) + bytes(3) + table


def _type(variable: Variable) -> int:
    if variable.is_text:
        return variable.width
    return _LONG if variable.reasons else _DOUBLE


def _format(variable: Variable) -> str:
    if variable.is_text:
        return f"%-{variable.width}s"
    return "%12.0g" if variable.reasons else f"%12.{variable.decimals}f"


def _fixed(text: str, size: int) -> bytes:
    encoded = text.encode()
    if len(encoded) > size:
        raise ValueError(f"A text has {len(encoded)} bytes where the table allows {size}.")
    return encoded.ljust(size, b"\0")


def _cut(text: str, characters: int) -> bytes:
    return text[:characters].encode()
