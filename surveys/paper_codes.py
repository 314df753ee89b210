"""What stands beside each answer on paper, and what a typist types for it.

Options are numbered in the order in which they are printed, reasons have a letter: the same in
every language, so that nobody has to read the script to type it in.
"""

from collections.abc import Mapping

from surveys.document import Item, Kind
from surveys.encoding import NotAnswered

REASONS: Mapping[str, str] = {
    NotAnswered.DOES_NOT_APPLY: "X",
    NotAnswered.PREFER_NOT_TO_SAY: "P",
    NotAnswered.DONT_KNOW: "K",
    NotAnswered.DONT_UNDERSTAND: "U",
}


def codes_of(item: Item) -> dict[str, int | str]:
    """Return code → value of an option, or reason for having none, in the order of the paper."""
    options: dict[str, int | str] = {
        str(number): choice.value for number, choice in enumerate(item.choices, start=1)
    }
    return options | {REASONS[reason]: reason.value for reason in item.not_answered}


def meaning(item: Item, typed: str) -> object:
    """Return what the typed codes stand for, as a phone would send it; unknown ones as typed."""
    known = codes_of(item)
    if item.kind == Kind.TEXT:
        return known.get(typed.strip().upper(), typed.strip())
    words = [_as_printed(word) for word in typed.replace(",", " ").split()]
    if len(words) == 1 and isinstance(known.get(words[0]), str):
        return known[words[0]]
    if item.kind == Kind.MULTIPLE:
        return [known.get(word, word) for word in words]
    if item.kind == Kind.NUMBER and len(words) == 1 and words[0].isdecimal():
        return int(words[0])
    return known.get(words[0], words[0]) if len(words) == 1 else typed.strip()


def _as_printed(word: str) -> str:
    """Return a code as it is printed: a typist's keyboard may have other digits."""
    return str(int(word)) if word.isdecimal() else word.upper()


def typed_for(item: Item, answer: object) -> str:
    """Return the codes of an answer, to show what somebody has typed."""
    by_value = {value: code for code, value in codes_of(item).items()}
    if isinstance(answer, frozenset):
        return " ".join(by_value[value] for value in sorted(answer))
    if isinstance(answer, NotAnswered):
        return REASONS.get(answer, "")
    if item.kind == Kind.CHOICE and isinstance(answer, int):
        return by_value[answer]
    return str(answer)
