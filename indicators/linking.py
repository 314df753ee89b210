"""Who answered before in a cycle, and what the same card answered after."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indicators.groups import Indices, Labels
from indicators.models import Cycle
from indicators.rows import Answers, Bytes, answers_elsewhere, workshops_of
from measurement.scoring import NOT_ENOUGH_ANSWERED_UNITS
from surveys.scoring import score_many
from surveys.services import codec_of, document_of

Units = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class People:
    """Everybody who answered before in some cycles that compare the same two waves.

    All arrays but the last two have one entry per person; `cycle` is the position of the person's
    cycle. A person belongs to the community of the first answer: people who move are still
    compared with themselves.
    """

    answers: Answers
    rows: Indices
    cycle: Indices
    linked: Flags
    workshops: Labels
    stored: Bytes
    #: Scale → score in units; after, "not enough answered" for people who are not linked.
    before: dict[str, Units]
    after: dict[str, Units]
    #: The cycle of each response of the second wave, and whether it leaves no gap.
    after_cycle: Indices
    after_complete: Flags

    def categories(self, dimension: str) -> Labels:
        """Return each person's category in a dimension."""
        position = self.answers.dimensions.index(dimension)
        words = [known[position] for known in self.answers.categories_known]
        names = tuple(sorted({word for word in words if word}))
        positions = np.array([names.index(word) if word else -1 for word in words], dtype=np.intp)
        return Labels(names, positions[self.answers.categories[self.rows]])


def link(answers: Answers, cycles: Sequence[Cycle]) -> People:
    """Find who answered before in the cycles, and link the answers after by the card.

    The cycles compare the same two waves, each in another community.
    """
    version = answers.plan.version
    document, codec = document_of(version), codec_of(version)
    first, second = cycles[0].from_sequence, cycles[0].to_sequence
    cycle_of = _positions(answers, cycles)[answers.place]
    keys = _keys_of(answers)
    rows = _once_each(keys, np.flatnonzero((cycle_of >= 0) & (answers.sequence == first)))
    later = np.flatnonzero((cycle_of >= 0) & (answers.sequence == second))
    partner = _partners(keys, rows, later)
    here = np.flatnonzero(partner >= 0)
    moved, stored_elsewhere = _moved(answers, rows, partner, second)
    linked = np.concatenate([here, moved])
    after = score_many(
        document, codec, np.concatenate([answers.stored[partner[here]], stored_elsewhere])
    )
    stored = answers.stored[rows]
    return People(
        answers=answers,
        rows=rows,
        cycle=cycle_of[rows],
        linked=np.isin(np.arange(len(rows)), linked),
        workshops=_workshops(answers, rows),
        stored=stored,
        before=score_many(document, codec, stored),
        after={scale: _scattered(scores, linked, len(rows)) for scale, scores in after.items()},
        after_cycle=cycle_of[later],
        after_complete=codec.are_complete(answers.stored[later]),
    )


def _positions(answers: Answers, cycles: Sequence[Cycle]) -> Indices:
    """Return, for each community of the answers, the position of its cycle, or -1."""
    found = {cycle.community_id: position for position, cycle in enumerate(cycles)}
    return np.array([found.get(place, -1) for place in answers.communities], dtype=np.intp)


def _keys_of(answers: Answers) -> Units:
    """Return one number per pair of community and card, -1 where there is no card."""
    known, numbers = np.unique(answers.cards, return_inverse=True)
    keys = answers.place.astype(np.int64) * len(known) + numbers
    keys[answers.cards == 0] = -1
    return keys


def _once_each(keys: Units, rows: Indices) -> Indices:
    """Keep the first answer of each card in a community, and all without a card."""
    named = rows[keys[rows] >= 0]
    _known, first = np.unique(keys[named], return_index=True)
    return np.sort(np.concatenate([named[first], rows[keys[rows] < 0]]))


def _partners(keys: Units, rows: Indices, later: Indices) -> Indices:
    """Return the row of what each person answered after in the same community, or -1."""
    named = later[keys[later] >= 0]
    known, first = np.unique(keys[named], return_index=True)
    partner = np.full(len(rows), -1, dtype=np.intp)
    if len(known):
        at = np.minimum(np.searchsorted(known, keys[rows]), len(known) - 1)
        found = known[at] == keys[rows]
        partner[found] = named[first[at[found]]]
    return partner


def _moved(
    answers: Answers, rows: Indices, partner: Indices, sequence: int
) -> tuple[Indices, Bytes]:
    """Return who answered after in another community, by position, and these answers."""
    cards = answers.cards[rows]
    alone = np.flatnonzero((partner < 0) & (cards != 0))
    holders, stored = answers_elsewhere(answers.plan, sequence, np.unique(cards[alone]))
    moved = alone[np.isin(cards[alone], holders)]
    return moved, stored[np.searchsorted(holders, cards[moved])]


def _scattered(scores: Units, linked: Indices, size: int) -> Units:
    """Put the scores of linked people where these people stand."""
    spread = np.full(size, NOT_ENOUGH_ANSWERED_UNITS, dtype=np.int64)
    spread[linked] = scores
    return spread


def _workshops(answers: Answers, rows: Indices) -> Labels:
    """Return the workshop of each person: that of the wave, else that of the card."""
    workshops, cards = answers.workshop[rows], answers.cards[rows]
    open_to_all = np.flatnonzero((workshops == 0) & (cards != 0))
    known, given = workshops_of(np.unique(cards[open_to_all]))
    with_workshop = open_to_all[np.isin(cards[open_to_all], known)]
    workshops[with_workshop] = given[np.searchsorted(known, cards[with_workshop])]
    numbers, positions = np.unique(workshops, return_inverse=True)
    names = tuple(str(number) for number in numbers.tolist())
    return Labels(names, np.where(workshops == 0, -1, positions))
