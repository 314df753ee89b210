"""Putting folded sums where they belong, and telling what differed from what was there."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from django.db import connection
from django.db.models.functions import Now

from indicators.folding import CycleSums, Key, Row
from indicators.models import CycleFlow, ScaleSums

_ROW = tuple(one.name for one in fields(Row))
_FLOW = ("cards", "before", "after", "linked", "facts")
_JSON = ("item_sums", "facts")


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
    found = ScaleSums.objects.filter(cycle__in=keys).values_list(
        "cycle", "dimension", "category", "scale", *_ROW
    )
    for cycle, dimension, category, scale, *values in found:
        stored[cycle][dimension, category, scale] = _row(values)
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


def _row(values: Sequence[Any]) -> Row:
    """Make a row of what is stored, where whole numbers are decimals."""
    known: dict[str, Any] = dict(zip(_ROW, values, strict=True))
    whole = {name: int(value) for name, value in known.items() if name not in _JSON}
    return Row(**known | whole)


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
    columns = ", ".join(("cycle_id", "dimension", "category", "scale", *_ROW))
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {ScaleSums._meta.db_table} ({columns}) FROM STDIN") as copy,  # noqa: SLF001
    ):
        for values in _lines(folded):
            copy.write_row(values)


def _lines(folded: Iterable[CycleSums]) -> Iterator[tuple[object, ...]]:
    for sums in folded:
        for key, row in sums.rows.items():
            numbers = [getattr(row, name) for name in _ROW if name not in _JSON]
            texts = [json.dumps(getattr(row, name)) for name in _JSON]
            yield (sums.cycle.pk, *key, *numbers, *texts)
