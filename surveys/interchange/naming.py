"""Names that a document can hold, made from whatever a file has."""

import re
import unicodedata
from collections.abc import Container

from surveys.document.parsing import KEY

_NOT_IN_KEY = re.compile(r"[^\w.-]+")
_NOT_IN_CODE = re.compile(r"[^a-z0-9]+")
_LONGEST_KEY = 64
_LONGEST_CODE = 60
_LONGEST_VERSION = 40


def as_key(name: str, taken: Container[str]) -> str:
    """Return the name, changed as little as a key of the document asks, and not yet taken."""
    key = _NOT_IN_KEY.sub("_", name.strip())[:_LONGEST_KEY]
    if not KEY.fullmatch(key):
        key = f"q{key}"[:_LONGEST_KEY]
    return unused(key, taken)


def unused(name: str, taken: Container[str], separator: str = "_") -> str:
    """Return the name, with a number behind it if it is taken."""
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        ending = f"{separator}{number}"
        candidate = name[: _LONGEST_KEY - len(ending)] + ending
    return candidate


def as_code(name: str) -> str:
    """Return words of small letters joined by hyphens, as an instrument's code has them."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return _NOT_IN_CODE.sub("-", ascii_only.lower())[:_LONGEST_CODE].strip("-")


def as_version(text: str) -> str:
    return " ".join(text.split())[:_LONGEST_VERSION].strip()
