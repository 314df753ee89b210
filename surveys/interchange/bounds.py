"""The least and the greatest number that an answer may be: from a rule, or where there is none."""

import re
from dataclasses import dataclass
from itertools import accumulate
from math import ceil, floor

from django.utils.translation import gettext as _

from surveys.document.node import GREATEST
from surveys.document.parsing import WIDEST
from surveys.interchange.draft import Draft, DraftItem

#: How far numbers reach where the file doesn't say.
_ROOM = 65_000
_LONGEST_RULE = 1_000

_NUMBER = r"(?P<number>-?\d{1,12}(?:\.\d{1,12})?)"
_COMPARISON = re.compile(rf"\.\s*(?P<sign>>=|<=|>|<)\s*{_NUMBER}")
_MIRRORED = re.compile(rf"{_NUMBER}\s*(?P<sign>>=|<=|>|<)\s*\.")
_MIRROR = {">=": "<=", "<=": ">=", ">": "<", "<": ">"}
_TOKEN = re.compile(r"'[^']*'|\"[^\"]*\"|[()]|\b(?:and|or)\b|[^'\"()\w]+|\w+|.", re.DOTALL)


@dataclass
class Rule:
    """A constraint taken apart: the bounds that we apply, and what is left of it."""

    minimum: int | None = None
    maximum: int | None = None
    rest: str = ""

    def narrow(self, sign: str, number: float) -> None:
        if sign.startswith(">"):
            least = floor(number) + 1 if sign == ">" else ceil(number)
            self.minimum = least if self.minimum is None else max(self.minimum, least)
        else:
            greatest = ceil(number) - 1 if sign == "<" else floor(number)
            self.maximum = greatest if self.maximum is None else min(self.maximum, greatest)


def read_constraint(text: str) -> Rule:
    """Take the bounds out of an XPath constraint such as ". >= 0 and . < 120"."""
    if len(text) > _LONGEST_RULE:
        return Rule(rest=text)
    rule = Rule()
    rest = []
    waiting = [text]
    while waiting:
        part = _unwrapped(waiting.pop())
        found = _COMPARISON.fullmatch(part) or _MIRRORED.fullmatch(part)
        if found:
            sign = found["sign"] if part.startswith(".") else _MIRROR[found["sign"]]
            rule.narrow(sign, float(found["number"]))
        elif len(_split(part, "or")) > 1:
            rest.append(f"({part})")
        elif len(parts := _split(part, "and")) > 1:
            waiting += reversed(parts)
        elif part:
            rest.append(part)
    rule.rest = " and ".join(rest)
    return rule


def _split(text: str, word: str) -> list[str]:
    """Return the parts between the words outside parentheses and quotation marks."""
    parts, depth = [""], 0
    for token in _TOKEN.findall(text):
        depth += {"(": 1, ")": -1}.get(token, 0)
        if token == word and depth == 0:
            parts.append("")
        else:
            parts[-1] += token
    return parts


def _unwrapped(text: str) -> str:
    """Take off parentheses that hold the whole text."""
    text = text.strip()
    while text.startswith("(") and text.endswith(")"):
        depths = list(accumulate({"(": 1, ")": -1}.get(letter, 0) for letter in text))
        if depths[-1] != 0 or 0 in depths[:-1]:
            return text
        text = text[1:-1].strip()
    return text


def settle_bounds(draft: Draft, item: DraftItem) -> dict[str, int] | None:
    """Return minimum, maximum and step of a number; None if it has to be asked as text."""
    minimum, maximum = _filled(item.minimum, item.maximum)
    if item.minimum is None or item.maximum is None:
        draft.notices.changed(
            item.place,
            _("There is no lower or upper bound. Whole numbers from %(low)d to %(high)d are taken.")
            % {"low": minimum, "high": maximum},
        )
    too_wide = maximum - minimum >= WIDEST or max(abs(minimum), abs(maximum)) > GREATEST
    if minimum >= maximum or too_wide:
        draft.notices.changed(
            item.place,
            _("The numbers %(low)d to %(high)d can't be stored as numbers: asked as text.")
            % {"low": minimum, "high": maximum},
        )
        return None
    step = max(1, item.step)
    if step > maximum - minimum or (maximum - minimum) % step:
        draft.notices.changed(
            item.place, _("Steps of %(step)d don't lead to the end: left out.") % {"step": step}
        )
        step = 1
    numbers = {"minimum": minimum, "maximum": maximum}
    return numbers | {"step": step} if step > 1 else numbers


def _filled(minimum: int | None, maximum: int | None) -> tuple[int, int]:
    if minimum is None:
        minimum = 0 if maximum is None or maximum > 0 else maximum - _ROOM
    return minimum, minimum + _ROOM if maximum is None else maximum
