"""Choices: duplicates settled, and each given the whole number that answers are stored as."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from surveys.document.node import GREATEST
from surveys.document.parsing import WIDEST
from surveys.interchange.draft import Draft, DraftChoice, Words

#: Names that other systems give to answers that are none.
_LIKE_MISSING = {
    *("-999", "-99", "-98", "-97", "-96", "-88", "-77", "-66", "77", "88", "98", "99", "999"),
    *("dk", "dkn", "dnk", "dont_know", "don_t_know", "do_not_know", "na", "n_a", "nr", "pns"),
    *("no_answer", "not_applicable", "prefer_not_to_answer", "prefer_not_to_say", "refused"),
}


def settle_choices(draft: Draft, choices: Sequence[DraftChoice]) -> list[DraftChoice]:
    """Return the choices without repetitions; one name with two meanings is a problem."""
    kept: dict[str, DraftChoice] = {}
    for choice in choices:
        first = kept.setdefault(choice.name, choice)
        if first is choice:
            continue
        if _contradict(first.text, choice.text):
            draft.refuse(
                choice.place,
                _(
                    "The choice “%(name)s” is there twice with different labels (also in row "
                    "%(row)d). Give one of them another name."
                )
                % {"name": choice.name, "row": first.place.row},
            )
        else:
            first.text = choice.text | first.text
            draft.notices.merged(
                choice.place,
                _("The choice “%(name)s” is there twice with the same label: kept once.")
                % {"name": choice.name},
            )
    settled = list(kept.values())
    _warn_of_missing(draft, settled)
    return settled


def _contradict(one: Words, other: Words) -> bool:
    return any(one[language] != other[language] for language in one.keys() & other.keys())


def _warn_of_missing(draft: Draft, choices: Sequence[DraftChoice]) -> None:
    values = [int(choice.name) for choice in choices if _is_whole(choice.name)]
    for choice in choices:
        looks_so = choice.name.lower() in _LIKE_MISSING
        # 77 is an ordinary number where there are 80 choices
        is_counted = choice.name.isdigit() and int(choice.name) - 1 in values
        if looks_so and not is_counted:
            draft.notices.warning(
                choice.place,
                _(
                    "“%(name)s” looks like “no answer”. It is a choice like the others here: "
                    "leave it out if it has to stay out of scores."
                )
                % {"name": choice.name},
            )


def number_choices(choices: Sequence[DraftChoice]) -> list[int]:
    """Return a value for each choice: its score or its own number where all of these differ.

    Names that are no numbers follow after the greatest; where numbers repeat or lie too far apart,
    all choices are counted from 1.
    """
    given = [_given_value(choice) for choice in choices]
    numbers = [value for value in given if value is not None]
    differ = len(set(numbers)) == len(numbers)
    fits = not numbers or (
        max(numbers) - min(numbers) + len(choices) < WIDEST
        and max(map(abs, numbers)) + len(choices) < GREATEST
    )
    if not (differ and fits):
        return list(range(1, len(choices) + 1))
    following = max([0, *numbers])
    values = []
    for value in given:
        following += value is None
        values.append(following if value is None else value)
    return values


def _given_value(choice: DraftChoice) -> int | None:
    if choice.score is not None:
        return choice.score
    return int(choice.name) if _is_whole(choice.name) else None


def _is_whole(name: str) -> bool:
    return name.isascii() and name.removeprefix("-").isdigit() and len(name) < len(str(GREATEST))
