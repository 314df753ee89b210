"""From stored answers to scores in whole units, by the rules that the document declares."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from measurement.lookup import ScoreTable
from measurement.scales import DOES_NOT_APPLY as NOT_MINE
from measurement.scales import Answer as CountedAnswer
from measurement.scales import Method as RuleMethod
from measurement.scales import NotScored
from measurement.scoring import (
    NOT_APPLICABLE_UNITS,
    NOT_ENOUGH_ANSWERED_UNITS,
    ItemRule,
    ScaleRule,
    is_scored,
    item_values,
    score,
    score_matrix,
)
from surveys.document import Document, Method, Scale
from surveys.encoding import DOES_NOT_APPLY, MISSING, Answer, Codec, NotAnswered, Stored

__all__ = [
    "NOT_APPLICABLE_UNITS",
    "NOT_ENOUGH_ANSWERED_UNITS",
    "SCORING_VERSION",
    "complete_items",
    "scale_bounds",
    "scale_rules",
    "score_answers",
    "score_many",
    "score_rows",
]

#: Stored with every score; raise it when the same answers would make other scores.
SCORING_VERSION = 1


def scale_rules(document: Document) -> dict[str, ScaleRule]:
    """Return scale key → rule, in the order of the document's scales."""
    return {
        scale.key: _rule(
            scale.method.value,
            scale.minimum_answered,
            scale.threshold,
            tuple(
                (entry.item.minimum, entry.item.maximum, entry.reversed) for entry in scale.items
            ),
        )
        for scale in document.scales
    }


def scale_bounds(scale: Scale) -> tuple[int, int]:
    """Return the lowest and the highest score where everything is answered."""
    if scale.method == Method.PERCENT_OF_MAXIMUM:
        return 0, 100
    if scale.method == Method.COUNT:
        return 0, len(scale.items)
    lowest = [entry.item.minimum for entry in scale.items]
    highest = [entry.item.maximum for entry in scale.items]
    return (
        (sum(lowest), sum(highest)) if scale.method == Method.SUM else (min(lowest), max(highest))
    )


@lru_cache(maxsize=256)  # a rule works out its unit once
def _rule(
    method: RuleMethod,
    minimum_answered: int,
    threshold: int,
    items: tuple[tuple[int, int, bool], ...],
) -> ScaleRule:
    return ScaleRule(
        items=tuple(
            ItemRule(minimum, maximum, reversed=is_reversed)
            for minimum, maximum, is_reversed in items
        ),
        method=method,
        minimum_answered=minimum_answered,
        threshold=threshold,
    )


def score_many(document: Document, codec: Codec, stored: Stored) -> dict[str, NDArray[np.int64]]:
    """Return scale key → one score per response, in whole numbers of 1 / `rule.unit`.

    Where there is no score stands `NOT_ENOUGH_ANSWERED_UNITS` or `NOT_APPLICABLE_UNITS`, both far
    below any score.
    """
    if codec.dtype.itemsize == 1:
        codes = codec.codes(stored)
        return {
            key: table.score(codes[:, slots])[0]
            for key, (table, slots) in _tables_of(codec).items()
        }
    values = codec.values(stored)
    return {
        scale.key: score_matrix(
            rule, values[:, _slots(codec, scale)], missing=MISSING, does_not_apply=DOES_NOT_APPLY
        )
        for scale, rule in zip(document.scales, scale_rules(document).values(), strict=True)
    }


def complete_items(
    document: Document, codec: Codec, stored: Stored
) -> dict[str, tuple[NDArray[np.bool_], NDArray[np.int64]]]:
    """Return scale key → who answered all its items, and what these people's answers count for.

    The second is people x items, after reversing, for those people alone.
    """
    if codec.dtype.itemsize == 1:
        return {
            key: _complete_by_table(table, codec.codes(stored)[:, slots])
            for key, (table, slots) in _tables_of(codec).items()
        }
    values = codec.values(stored)
    found = {}
    for scale, rule in zip(document.scales, scale_rules(document).values(), strict=True):
        counted, answered = item_values(
            rule, values[:, _slots(codec, scale)], missing=MISSING, does_not_apply=DOES_NOT_APPLY
        )
        complete: NDArray[np.bool_] = np.asarray(answered.all(axis=1))
        found[scale.key] = complete, counted[complete]
    return found


def _complete_by_table(
    table: ScoreTable, codes: NDArray[np.unsignedinteger]
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    _units, complete = table.score(codes)
    return complete, table.item_values(codes[complete])


@lru_cache(maxsize=256)
def _tables_of(codec: Codec) -> dict[str, tuple[ScoreTable, list[int]]]:
    """Return scale key → what each stored byte counts for, and the slots of the scale."""
    meanings = codec.meanings()
    rules = scale_rules(codec.document)
    found = {}
    for scale in codec.document.scales:
        slots = _slots(codec, scale)
        table = ScoreTable(
            rules[scale.key],
            meanings[:, slots],
            missing=MISSING,
            does_not_apply=DOES_NOT_APPLY,
        )
        found[scale.key] = table, slots
    return found


def _slots(codec: Codec, scale: Scale) -> list[int]:
    return [codec.positions[entry.key] for entry in scale.items]


def score_rows(
    document: Document, codec: Codec, stored: Sequence[bytes | memoryview]
) -> list[list[int | None]]:
    """Return one row per response: its scores in the order of the document's scales."""
    columns = [
        [
            value if scored else None
            for value, scored in zip(units.tolist(), is_scored(units), strict=True)
        ]
        for units in score_many(document, codec, stored).values()
    ]
    return [list(row) for row in zip(*columns, strict=True)] if columns else [[] for _ in stored]


def score_answers(document: Document, codec: Codec, stored: bytes | memoryview) -> list[int | None]:
    """Return the scores of one response, in the order of the document's scales.

    The same numbers as `score_rows`: exact fractions are several times faster for one response,
    arrays for many.
    """
    answers = codec.decode(bytes(stored))
    return [
        _units(rule, [_as_counted(answers[entry.key]) for entry in scale.items])
        for scale, rule in zip(document.scales, _rules_of(codec), strict=True)
    ]


@lru_cache(maxsize=256)
def _rules_of(codec: Codec) -> tuple[ScaleRule, ...]:
    return tuple(scale_rules(codec.document).values())


def _units(rule: ScaleRule, answers: list[CountedAnswer]) -> int | None:
    found = score(rule, answers)
    return None if isinstance(found, NotScored) else int(found * rule.unit)


def _as_counted(answer: Answer) -> CountedAnswer:
    if answer == NotAnswered.DOES_NOT_APPLY:
        return NOT_MINE
    return answer if isinstance(answer, int) else None
