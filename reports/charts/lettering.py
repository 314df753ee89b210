"""How wide words are, so that they are broken before they run into each other.

Measured with the fonts of the PDF; some of those that browsers fall back to are wider. The joined
letters of Arabic are narrower than those alone, which are measured here.
"""

import struct
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from django.utils.translation import get_language_bidi

from reports.charts.shapes import MARGIN, SPACE, WIDTH, Mark, Words

FONTS = Path(__file__).resolve().parents[1] / "fonts"
FAMILIES = ("NotoSans", "Vazirmatn")
LETTER = 13.0
SMALL = 12.0
LINE = 17.0
GAP = 12.0
#: In em, for letters that no font of ours has.
UNKNOWN = 0.7
#: How much wider the widest usual font of a browser is than ours.
WIDEST = 1.15
_OPENING = "\N{LEFT-TO-RIGHT ISOLATE}\N{RIGHT-TO-LEFT ISOLATE}\N{FIRST STRONG ISOLATE}"
_CLOSING = "\N{POP DIRECTIONAL ISOLATE}"


def width_of(text: str, size: float = LETTER, *, bold: bool = False) -> float:
    """Return how wide a text is in the units of its size."""
    widths = _widths(bold=bold)
    return (
        size
        * WIDEST
        * sum(
            widths.get(ord(letter), UNKNOWN)
            for letter in text
            if unicodedata.category(letter) not in {"Cf", "Mn"}  # marks of direction, vowel signs
        )
    )


def wrap(text: str, width: float, size: float = LETTER, *, bold: bool = False) -> list[str]:
    """Break a text between words into lines of a width; a longer word stands alone."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer, size, bold=bold) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return list(_with_own_direction(lines)) or [""]


def _with_own_direction(lines: list[str]) -> Iterator[str]:
    """Close what a line leaves open and open it again in the next: each is drawn alone."""
    held: list[str] = []
    for line in lines:
        begun = "".join(held)
        for letter in line:
            if letter in _OPENING:
                held.append(letter)
            elif letter == _CLOSING and held:
                held.pop()
        yield begun + line + _CLOSING * len(held)


def row_words(label: str, note: str, top: float) -> tuple[list[Mark], float]:
    """Write a row's label and note from `top` down; return the words and where they end.

    Both share a line where they fit into it, else the note stands below. Where the language runs
    from right to left, so do they.
    """
    right_to_left = get_language_bidi()
    lines = wrap(label, SPACE, bold=True)
    start, end = (WIDTH - MARGIN, MARGIN) if right_to_left else (MARGIN, WIDTH - MARGIN)
    side, other = ("end", "start") if right_to_left else ("start", "end")
    y = top + LETTER
    marks: list[Mark] = []
    for number, line in enumerate(lines):
        marks.append(Words("label", start, y + number * LINE, side, line))
    y += (len(lines) - 1) * LINE
    if not note:
        return marks, y
    if width_of(lines[-1], bold=True) + GAP + width_of(note) <= SPACE:
        marks.append(Words("note", end, y, other, note))
        return marks, y
    for line in wrap(note, SPACE):
        y += LINE
        marks.append(Words("note", start, y, side, line))
    return marks, y


@lru_cache(maxsize=2)
def _widths(*, bold: bool) -> Mapping[int, float]:
    """Return how wide each letter is in em, in the first font that has it."""
    weight = "700Bold" if bold else "400Regular"
    widths: dict[int, float] = {}
    for family in reversed(FAMILIES):
        widths |= _widths_in((FONTS / f"{family}_{weight}.ttf").read_bytes())
    return widths


def _widths_in(font: bytes) -> dict[int, float]:
    """Read the advance widths of a TrueType font: tables cmap (format 4) and hmtx."""
    tables = {
        tag: offset
        for tag, _sum, offset, _length in struct.iter_unpack(
            ">4sIII", font[12 : 12 + 16 * int.from_bytes(font[4:6], "big")]
        )
    }
    (units,) = struct.unpack_from(">H", font, tables[b"head"] + 18)
    (known,) = struct.unpack_from(">H", font, tables[b"hhea"] + 34)
    advances = [
        advance for advance, _side in struct.iter_unpack(">Hh", _cut(font, tables[b"hmtx"], known))
    ]
    return {
        letter: advances[min(glyph, known - 1)] / units
        for letter, glyph in _glyphs(font, _format_4(font, tables[b"cmap"]))
    }


def _cut(font: bytes, start: int, pairs: int) -> bytes:
    return font[start : start + 4 * pairs]


def _format_4(font: bytes, cmap: int) -> int:
    """Return where the table of the letters of the basic plane begins."""
    count = int.from_bytes(font[cmap + 2 : cmap + 4], "big")
    for number in range(count):
        place = cmap + 8 + 8 * number
        table = cmap + int.from_bytes(font[place : place + 4], "big")
        if font[table : table + 2] == b"\x00\x04":
            return table
    raise ValueError("The font has no table of letters that can be read.")


def _glyphs(font: bytes, table: int) -> Iterator[tuple[int, int]]:
    """Yield letter and glyph; the table holds runs of letters that are shifted alike."""
    (doubled,) = struct.unpack_from(">H", font, table + 6)
    count = doubled // 2

    def column(start: int) -> tuple[int, ...]:
        return struct.unpack_from(f">{count}H", font, table + start)

    ends, starts = column(14), column(16 + doubled)
    shifts, offsets = column(16 + 2 * doubled), column(16 + 3 * doubled)
    for run, (first, last, shift, offset) in enumerate(
        zip(starts, ends, shifts, offsets, strict=True)
    ):
        for letter in range(first, min(last, 0xFFFE) + 1):
            glyph = letter
            if offset:
                place = table + 16 + 3 * doubled + 2 * run + offset + 2 * (letter - first)
                (glyph,) = struct.unpack_from(">H", font, place)
            if glyph or not offset:
                yield letter, (glyph + shift) & 0xFFFF
