"""Names of variables that SPSS, Stata and R all take."""

import re
from collections.abc import Iterable

#: Stata allows 32 characters; the number of a wave has to fit behind.
LONGEST = 27
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_]+")
_RESERVED = {
    *("all", "and", "by", "eq", "ge", "gt", "le", "lt", "ne", "not", "or", "to", "with"),
    *("byte", "int", "long", "float", "double", "using", "if", "in", "strl"),
}
_STATA_STRING = re.compile(r"str\d+", re.IGNORECASE)


def variable_names(wanted: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """Return a legal name for each wanted one, all different whatever the case.

    Where nothing of a name is left, as of one in Arabic, it is called after its position.
    """
    used = {name.casefold() for name in taken}
    names = []
    for position, key in enumerate(wanted, 1):
        name = _legal(key) or f"v{position}"
        names.append(_unused(name, used))
        used.add(names[-1].casefold())
    return names


def _legal(key: str) -> str:
    name = _NOT_IN_A_NAME.sub("_", key).strip("_")[:LONGEST]
    if name[:1].isdigit():
        name = f"v{name}"[:LONGEST]
    return f"{name}_x" if name.casefold() in _RESERVED or _STATA_STRING.fullmatch(name) else name


def _unused(name: str, used: set[str]) -> str:
    candidate, number = name, 1
    while candidate.casefold() in used:
        number += 1
        candidate = f"{name[: LONGEST - len(str(number)) - 1]}_{number}"
    return candidate
