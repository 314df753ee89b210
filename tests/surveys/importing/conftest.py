from collections.abc import Callable

import pytest

Rows = list[list[object]]

MAPPING = """
plan: {code: spring, name: Spring}
instrument: {code: spring, version: "1", title: Spring, language: en}
person: person
community: place
wave: wave
waves: {1: before, 2: after}
scales:
  belonging:
    domain: belonging
    minimum: 1
    maximum: 5
    items: [b1, b2, b3]
    reversed: [b3]
"""


@pytest.fixture
def mapping_text() -> str:
    """Three questions about belonging in the long form."""
    return MAPPING


@pytest.fixture
def make_csv() -> Callable[[Rows], bytes]:
    """Write rows as CSV, the header first."""

    def make(rows: Rows) -> bytes:
        lines = (",".join("" if cell is None else str(cell) for cell in row) for row in rows)
        return "\n".join(lines).encode()

    return make
