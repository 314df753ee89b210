"""What invented people answer: a plausible model, not a wish.

Each person has a level per domain that mostly stays, a community adds a little, and what changes
from wave to wave differs by domain: belonging rises, relationships rise somewhat, education and
employment stay about the same. People meet stressors, and problems follow them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from surveys.document import Document, Item
from surveys.document import NotAnswered as Reason
from surveys.encoding import Answer, NotAnswered

#: Mean change from before, in standard deviations of a person's level: after, follow-up.
CHANGE = {
    "relationships": (0.25, 0.20),
    "belonging": (0.60, 0.45),
    "education": (0.08, 0.10),
    "employment": (0.0, 0.05),
}
RETIRED_SHARE = 0.12
NOT_ANSWERED_SHARE = 0.03
PREFER_NOT_SHARE = 0.01
ITEM_NOISE = 0.8


@dataclass
class Person:
    """Somebody who answers: levels per domain, a load of stress, a way to cope with it."""

    random: Random
    community_level: float
    languages: tuple[str, ...]
    levels: dict[str, float] = field(init=False)

    def __post_init__(self) -> None:
        self.levels = {domain: self.community_level + self.random.gauss(0, 1) for domain in CHANGE}
        self.load = self.random.betavariate(2, 3)
        self.coping = self.random.gauss(0, 1)
        self.is_retired = self.random.random() < RETIRED_SHARE
        self.language = self.random.choice(self.languages)
        self.about = self.random.random()

    def answer(self, document: Document, wave: int) -> dict[str, Answer]:
        """Return the answers in a wave: 0 before, 1 after, 2 follow-up."""
        facts = _facts(document)
        return {
            item.key: self._answer_item(item, wave, facts.get(item.key))
            for item in document.items
            if item.kind == "choice"
        }

    def _answer_item(self, item: Item, wave: int, fact: "ItemFact | None") -> Answer:
        chance = self.random.random()
        if chance < NOT_ANSWERED_SHARE:
            return NotAnswered.NOT_ANSWERED
        may_refuse = Reason.PREFER_NOT_TO_SAY in item.not_answered
        if may_refuse and chance < NOT_ANSWERED_SHARE + PREFER_NOT_SHARE:
            return NotAnswered.PREFER_NOT_TO_SAY
        if fact is None:
            return self._about(item)
        may_not_apply = Reason.DOES_NOT_APPLY in item.not_answered
        if fact.domain == "employment" and self.is_retired and may_not_apply:
            return NotAnswered.DOES_NOT_APPLY
        if fact.role == "exposure":
            happened = self.random.random() < self.load * (1.0, 0.95, 0.85)[wave]
            return item.maximum if happened else item.minimum
        return self._amount(item, wave, fact)

    def _about(self, item: Item) -> Answer:
        """Answer a question about the person, the same way in each wave."""
        return Random(f"{item.key} {self.about}").choice([choice.value for choice in item.choices])

    def _amount(self, item: Item, wave: int, fact: "ItemFact") -> int:
        if fact.role == "problems":
            level = 2.2 * self.load - 1.2 - 0.5 * self.coping - 0.1 * wave
        else:
            change = (0.0, *CHANGE.get(fact.domain, (0.0, 0.0)))[wave]
            level = self.levels.get(fact.domain, 0.0) + change
        level = -level if fact.is_reversed else level
        middle = (item.minimum + item.maximum) / 2
        spread = (item.maximum - item.minimum) / 4
        value = round(middle + spread * (level + self.random.gauss(0, ITEM_NOISE)))
        return min(max(value, item.minimum), item.maximum)


@dataclass(frozen=True, slots=True)
class ItemFact:
    domain: str
    role: str
    is_reversed: bool


def _facts(document: Document) -> Mapping[str, ItemFact]:
    return {
        entry.key: ItemFact(scale.domain, scale.role, entry.reversed)
        for scale in document.scales
        for entry in scale.items
    }
