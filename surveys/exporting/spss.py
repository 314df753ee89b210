"""SPSS `.sav`, written row by row.

The one writer that there is for Python wants the whole table in memory as a pandas frame, and
stamps the file with the time, so that the same answers never make the same bytes. The layout is
that of the PSPP developers' guide, "System File Format"; pyreadstat reads it back in the tests.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from typing import IO

from surveys.encoding import NotAnswered
from surveys.exporting.variables import Measure, Value, Variable

_SEGMENT = 8
_LONGEST_LABEL = 255
_LONGEST_VALUE_LABEL = 120
_SYSTEM_MISSING = struct.pack("<d", -1.7976931348623157e308)
_HIGHEST = 1.7976931348623157e308
_SECOND_LOWEST = -1.797693134862315e308
_PRODUCT = b"@(#) SPSS DATA FILE coreszon"
#: Where the header holds the number of rows, which is known at the end.
_CASES_AT = 80
_NUMBER_FORMAT, _TEXT_FORMAT = 5, 1
_MEASURES = {Measure.NOMINAL: 1, Measure.ORDINAL: 2, Measure.SCALE: 3}
_LEFT, _RIGHT = 0, 1
_MOST_SHOWN = 40


class SavWriter:
    def __init__(
        self,
        file: IO[bytes],
        variables: Sequence[Variable],
        codes: Mapping[NotAnswered, int],
        label: str = "",
    ) -> None:
        self._file = file
        self._variables = variables
        self._codes = codes
        self._count = 0
        self._file.write(_header(sum(map(_segments, variables)), label))
        for part in (*self._dictionary(), *self._extensions()):
            self._file.write(part)
        self._file.write(struct.pack("<ii", 999, 0))

    def write(self, values: Sequence[Value]) -> None:
        cells = zip(self._variables, values, strict=True)
        self._file.write(b"".join(self._cell(variable, value) for variable, value in cells))
        self._count += 1

    def _cell(self, variable: Variable, value: Value) -> bytes:
        if variable.is_text:
            return _padded(str(value or ""), variable.width, _segments(variable) * _SEGMENT)
        if value is None:
            return _SYSTEM_MISSING
        number = self._codes[value] if isinstance(value, NotAnswered) else value
        return struct.pack("<d", float(number))

    def close(self) -> None:
        self._file.seek(_CASES_AT)
        self._file.write(struct.pack("<i", self._count))

    def _dictionary(self) -> Iterator[bytes]:
        for number, variable in enumerate(self._variables, 1):
            yield _variable_record(number, variable, self._codes)
        place = 1
        for variable in self._variables:
            labels = {
                **variable.labels,
                **{self._codes[reason]: text for reason, text in variable.reasons.items()},
            }
            if labels:
                yield _value_labels(labels, place)
            place += _segments(variable)

    def _extensions(self) -> Iterator[bytes]:
        # Versions and machine: little-endian IEEE numbers, texts in UTF-8 (code page 65001).
        yield _extension(3, 4, struct.pack("<8i", 20, 0, 0, -1, 1, 1, 2, 65001))
        limits = (-_HIGHEST, _HIGHEST, _SECOND_LOWEST)
        yield _extension(4, 8, struct.pack("<3d", *limits))
        yield _extension(11, 4, b"".join(_display(variable) for variable in self._variables))
        names = (f"V{number}={it.name}" for number, it in enumerate(self._variables, 1))
        yield _extension(13, 1, "\t".join(names).encode())
        yield _extension(20, 1, b"UTF-8")


def _segments(variable: Variable) -> int:
    return -(-variable.width // _SEGMENT) if variable.is_text else 1


def _padded(text: str, width: int, size: int) -> bytes:
    encoded = text.encode()
    if len(encoded) > width:
        raise ValueError(f"A text has {len(encoded)} bytes where the table allows {width}.")
    return encoded.ljust(size)


def _cut(text: str, size: int) -> bytes:
    """Return as much of the text as fits, never half a letter."""
    return text.encode()[:size].decode(errors="ignore").encode()


def _header(segments: int, label: str) -> bytes:
    return struct.pack(
        "<4s60siiiiid9s8s64s3x",
        b"$FL2",
        _PRODUCT.ljust(60),
        2,  # layout
        segments,
        0,  # not compressed: the archive around it is
        0,  # no weights
        0,  # rows, filled in at the end
        100.0,
        b"01 Jan 80",  # the time of making would make equal exports differ
        b"00:00:00",
        _cut(label, 64).ljust(64),
    )


def _variable_record(number: int, variable: Variable, codes: Mapping[NotAnswered, int]) -> bytes:
    label = _cut(variable.label, _LONGEST_LABEL)
    missing = [codes[reason] for reason in variable.reasons]
    form = _format(variable)
    record = struct.pack(
        "<iiiiii8s",
        2,
        variable.width,
        1 if label else 0,
        -2 if missing else 0,  # one range
        form,
        form,
        f"V{number}".encode().ljust(8),
    )
    if label:
        record += struct.pack("<i", len(label)) + label.ljust(-(-len(label) // 4) * 4)
    if missing:
        record += struct.pack("<2d", min(missing), max(missing))
    continuation = struct.pack("<iiiiii8s", 2, -1, 0, 0, 0, 0, b" " * 8)
    return record + continuation * (_segments(variable) - 1)


def _format(variable: Variable) -> int:
    if variable.is_text:
        return _TEXT_FORMAT << 16 | variable.width << 8
    return _NUMBER_FORMAT << 16 | (variable.decimals + 8) << 8 | variable.decimals


def _value_labels(labels: Mapping[int, str], place: int) -> bytes:
    entries = b""
    for value, text in labels.items():
        label = _cut(text, _LONGEST_VALUE_LABEL)
        size = -(-(len(label) + 1) // _SEGMENT) * _SEGMENT
        entries += struct.pack("<dB", value, len(label)) + label.ljust(size - 1)
    return struct.pack("<ii", 3, len(labels)) + entries + struct.pack("<iii", 4, 1, place)


def _extension(subtype: int, size: int, data: bytes) -> bytes:
    return struct.pack("<iiii", 7, subtype, size, len(data) // size) + data


def _display(variable: Variable) -> bytes:
    shown = min(variable.width or variable.decimals + 8, _MOST_SHOWN)
    aligned = _LEFT if variable.is_text else _RIGHT
    return struct.pack("<3i", _MEASURES[variable.measure], shown, aligned)
