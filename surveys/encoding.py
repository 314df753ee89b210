"""How closed answers become bytes, and bytes become numbers. Nobody else knows.

A response holds one code per slot, in the item order of its frozen version: a choice or a number
has one slot, a multiple choice has one per option (0 or 1), free text has none. A code is the value
minus the item's minimum; the highest codes say why there is no value. One byte per code, or two
where some item has more levels than fit into one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import cast

import numpy as np
from numpy.typing import NDArray

from surveys.document import Document, Item


class NotAnswered(StrEnum):
    """Why an answer holds no value. None of these is ever scored."""

    NOT_ASKED = "not_asked"
    NOT_ANSWERED = "not_answered"
    DONT_UNDERSTAND = "dont_understand"
    DOES_NOT_APPLY = "does_not_apply"
    PREFER_NOT_TO_SAY = "prefer_not_to_say"
    DONT_KNOW = "dont_know"


#: Counted down from the highest code. The order is stored in every response: append only.
_FROM_THE_TOP = (
    NotAnswered.NOT_ASKED,
    NotAnswered.NOT_ANSWERED,
    NotAnswered.DONT_UNDERSTAND,
    NotAnswered.DOES_NOT_APPLY,
    NotAnswered.PREFER_NOT_TO_SAY,
    NotAnswered.DONT_KNOW,
)
#: Six are in use; the rest of the ten is room for more reasons.
_RESERVED = 10

#: In a matrix of values: no value, for whatever reason but the next.
MISSING = -(2**31)
#: In a matrix of values: the question does not apply, which is not the same as missing.
DOES_NOT_APPLY = MISSING + 1

#: Stored answers of many responses: one piece each, or all as a table of bytes.
Stored = Sequence[bytes | memoryview] | NDArray[np.uint8]

#: One answer: a value, the values ticked in a multiple choice, or why there is none.
Answer = int | frozenset[int] | NotAnswered


class AnswerError(ValueError):
    """An answer that its item does not allow."""

    def __init__(self, item_key: str, answer: object) -> None:
        super().__init__(f"{item_key}: {answer!r} is not one of the possible answers")
        self.item_key = item_key


@dataclass(frozen=True, slots=True)
class Slot:
    item: Item
    minimum: int
    maximum: int
    #: The option of a multiple choice that this slot stands for.
    option: int | None = None


def _slots(document: Document) -> Iterable[Slot]:
    for item in document.items:
        if item.kind == "multiple":
            for choice in item.choices:
                yield Slot(item, 0, 1, choice.value)
        elif item.kind != "text":
            yield Slot(item, item.minimum, item.maximum)


class Codec:
    """The encoding of one document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.slots = tuple(_slots(document))
        levels = max((slot.maximum - slot.minimum + 1 for slot in self.slots), default=1)
        if levels > 2**16 - _RESERVED:
            raise ValueError(
                f"An item has {levels} levels; at most {2**16 - _RESERVED} can be stored."
            )
        self.dtype = np.dtype("u1" if levels <= 2**8 - _RESERVED else ">u2")
        self.top: int = 2 ** (8 * self.dtype.itemsize) - 1

    @cached_property
    def positions(self) -> dict[str, int]:
        """Item key → its (first) slot."""
        found: dict[str, int] = {}
        for number, slot in enumerate(self.slots):
            found.setdefault(slot.item.key, number)
        return found

    @cached_property
    def _minima(self) -> NDArray[np.int32]:
        return np.array([slot.minimum for slot in self.slots], dtype=np.int32)

    def encode(self, answers: Mapping[str, Answer]) -> bytes:
        """Return the bytes of the answers; an item without one is stored as not answered.

        Raises
        ------
        AnswerError
            If an answer is not possible for its item, or the item is not in the document.
        """
        for key in answers:
            if key not in self.positions:
                raise AnswerError(key, answers[key])
        codes = [
            self._code(slot, answers.get(slot.item.key, NotAnswered.NOT_ANSWERED))
            for slot in self.slots
        ]
        return np.array(codes, dtype=self.dtype).tobytes()

    def _code(self, slot: Slot, answer: Answer) -> int:
        if isinstance(answer, NotAnswered):
            return int(self.top - _FROM_THE_TOP.index(answer))
        if slot.option is not None:
            known = {choice.value for choice in slot.item.choices}
            if not isinstance(answer, frozenset) or not answer <= known:
                raise AnswerError(slot.item.key, answer)
            return int(slot.option in answer)
        if not isinstance(answer, int) or not slot.item.admits(answer):
            raise AnswerError(slot.item.key, answer)
        return answer - slot.minimum

    def decode(self, stored: bytes) -> dict[str, Answer]:
        """Return item key → answer; the inverse of `encode`."""
        found: dict[str, Answer] = {}
        for slot, code in zip(self.slots, self.codes([stored])[0].tolist(), strict=True):
            key = slot.item.key
            if code > self.top - len(_FROM_THE_TOP):
                found[key] = _FROM_THE_TOP[self.top - code]
            elif slot.option is None:
                found[key] = code + slot.minimum
            else:
                ticked = cast("frozenset[int]", found.get(key, frozenset()))
                found[key] = ticked | {slot.option} if code else ticked
        return found

    def meanings(self) -> NDArray[np.int32]:
        """Return what each code stands for, codes x slots, in the terms of `values`."""
        codes = np.arange(self.top + 1, dtype=self.dtype)[:, np.newaxis]
        table = np.ascontiguousarray(np.repeat(codes, len(self.slots), axis=1))
        return self.values(table.view(np.uint8))

    @property
    def width(self) -> int:
        """How many bytes a response takes."""
        return len(self.slots) * self.dtype.itemsize

    def codes(self, stored: Stored) -> NDArray[np.unsignedinteger]:
        """Return the stored codes, responses x slots."""
        if isinstance(stored, np.ndarray):
            return np.ascontiguousarray(stored).view(self.dtype)
        flat = np.frombuffer(b"".join(stored), dtype=self.dtype)
        return flat.reshape(len(stored), len(self.slots))

    def are_complete(self, stored: Stored) -> NDArray[np.bool_]:
        """Tell of each response whether everything that was asked and applies has an answer."""
        codes = self.codes(stored)
        excused = [
            self.top - _FROM_THE_TOP.index(reason)
            for reason in (NotAnswered.NOT_ASKED, NotAnswered.DOES_NOT_APPLY)
        ]
        gaps = codes > self.top - _RESERVED
        for code in excused:
            gaps &= codes != code
        without: NDArray[np.bool_] = np.logical_not(gaps.any(axis=1))
        return without

    def values(self, stored: Stored) -> NDArray[np.int32]:
        """Return the values, responses x slots, with `MISSING` and `DOES_NOT_APPLY` in the gaps."""
        codes = self.codes(stored)
        values: NDArray[np.int32] = codes.astype(np.int32) + self._minima
        values[codes > self.top - _RESERVED] = MISSING
        not_applicable = self.top - _FROM_THE_TOP.index(NotAnswered.DOES_NOT_APPLY)
        values[codes == not_applicable] = DOES_NOT_APPLY
        return values
