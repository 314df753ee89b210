"""Putting folded sums where they belong, and telling what differed from what was there."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models.functions import Now

from indicators.folding import CycleSums, Key, Row
from indicators.models import CycleFlow, ScaleSums

_ROW = Row._fields
_FLOW = ("cards", "before", "after", "linked", "facts")
_JSON = ("item_sums", "facts")
_NUMBERS = tuple(name for name in _ROW if name not in _JSON)
_COLUMNS = ("cycle_id", "dimension", "category", "scale", *_ROW)

# Most rows have neither items nor facts; reading an empty object would take longer than the rest.
_STORED = f"""
    SELECT cycle_id, dimension, category, scale, {", ".join(_NUMBERS)},
        nullif(item_sums, '{{}}')::text, nullif(facts, '{{}}')::text
    FROM indicators_scalesums WHERE cycle_id = ANY(%s)
"""  # noqa: S608 - names of columns alone


@dataclass(frozen=True, slots=True)
class Difference:
    """What of a cycle is not as stored: its scales by key, and whether its counts."""

    sums: CycleSums
    scales: tuple[str, ...]
    counts: bool

    def __bool__(self) -> bool:
        return bool(self.scales) or self.counts


def compare(folded: Sequence[CycleSums]) -> list[Difference]:
    """Say of each cycle in what the stored sums differ; two queries."""
    keys = [sums.cycle.pk for sums in folded]
    stored: dict[int, dict[Key, Row]] = {key: {} for key in keys}
    with connection.cursor() as cursor:
        cursor.execute(_STORED, [keys])
        for cycle, dimension, category, scale, *values, items, facts in cursor.fetchall():
            row = Row._make((*map(int, values), _parsed(items), _parsed(facts)))
            stored[cycle][dimension, category, scale] = row
    flows = {
        cycle: tuple(values)
        for cycle, *values in CycleFlow.objects.filter(cycle__in=keys).values_list("cycle", *_FLOW)
    }
    return [
        Difference(
            sums,
            _scales_that_differ(sums.rows, stored[sums.cycle.pk]),
            counts=flows.get(sums.cycle.pk) != _flow(sums),
        )
        for sums in folded
    ]


def _parsed(text: str | None) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(text) if text else {}
    return parsed


def _flow(sums: CycleSums) -> tuple[object, ...]:
    return tuple(getattr(sums, name) for name in _FLOW)


def _scales_that_differ(new: dict[Key, Row], old: dict[Key, Row]) -> tuple[str, ...]:
    keys = {key for key in new.keys() | old.keys() if new.get(key) != old.get(key)}
    return tuple(sorted({scale for _dimension, _category, scale in keys}))


def store(differences: Sequence[Difference]) -> None:
    """Replace what differs; afterwards all of these cycles were folded now."""
    ScaleSums.objects.filter(
        cycle__in=[one.sums.cycle.pk for one in differences if one.scales]
    ).delete()
    _write(one.sums for one in differences if one.scales)
    CycleFlow.objects.bulk_create(
        [
            CycleFlow(
                cycle=one.sums.cycle,
                folded_at=Now(),
                **dict(zip(_FLOW, _flow(one.sums), strict=True)),
            )
            for one in differences
        ],
        update_conflicts=True,
        unique_fields=["cycle"],
        update_fields=[*_FLOW, "folded_at"],
    )


def _write(folded: Iterable[CycleSums]) -> None:
    statement = f"COPY indicators_scalesums ({', '.join(_COLUMNS)}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for values in _lines(folded):
            copy.write_row(values)


def _lines(folded: Iterable[CycleSums]) -> Iterator[list[str]]:
    # Everything as text: the driver then has nothing to choose, which halves its time.
    for sums in folded:
        cycle = str(sums.cycle.pk)
        for key, row in sums.rows.items():
            numbers = map(str, row[: len(_NUMBERS)])
            yield [cycle, *key, *numbers, _as_text(row.item_sums), _as_text(row.facts)]


def _as_text(value: dict[str, Any]) -> str:
    return json.dumps(value) if value else "{}"
