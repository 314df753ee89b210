"""The same sums by other means: one hand-written SQL pass, and pandas reading the same rows.

Both are written as well as we can, and both count gaps: an item that was not answered is left out,
and a scale needs three of its five items.
"""

import warnings
from typing import Any

import numpy as np
import pandas as pd
from django.db import connection

from bench.answers import DOMAINS, ITEMS_PER_DOMAIN

#: 300 divided by the number of answers: the score of one point in units of a twelfth of a point.
WEIGHTS = {3: 100, 4: 75, 5: 60}
LARGEST = 4
GAP = 245  # the largest code of an answer

Sums = dict[tuple[int, str, str], tuple[int, ...]]

_PAIRS = """
    FROM surveys_response b
    JOIN surveys_wave w ON w.id = b.wave_id AND w.sequence = 1
    LEFT JOIN (
        surveys_response a JOIN surveys_wave v ON v.id = a.wave_id AND v.sequence = 2
    ) ON a.card_id = b.card_id AND a.superseded_at IS NULL
    WHERE b.superseded_at IS NULL
"""


def sql_sums() -> Sums:
    """Compute everything in one statement, workshop by workshop."""
    with connection.cursor() as cursor:
        cursor.execute(_statement())
        rows = cursor.fetchall()
    width = 9 + 1 + ITEMS_PER_DOMAIN + ITEMS_PER_DOMAIN * (ITEMS_PER_DOMAIN + 1) // 2
    return {
        (community, str(workshop), domain): tuple(
            int(value or 0) for value in values[width * number : width * number + 9]
        )
        for community, workshop, *values in rows
        for number, domain in enumerate(DOMAINS)
    }


def _statement() -> str:
    """Write the pass: the bytes once, then the scores once, then the sums."""
    items = range(len(DOMAINS) * ITEMS_PER_DOMAIN)
    points = ", ".join(
        f"{_points('b', item)} AS b{item}, {_points('a', item)} AS a{item}" for item in items
    )
    scores = ", ".join(
        f"{_score('b', number)} AS x{number}, {_score('a', number)} AS y{number}"
        for number in range(len(DOMAINS))
    )
    sums = ", ".join(_sums(number) for number in range(len(DOMAINS)))
    # OFFSET 0 keeps each level from being worked out again for every sum that uses it.
    return f"""
        SELECT community_id, workshop_id, {sums} FROM (
            SELECT *, {scores} FROM (
                SELECT w.community_id, w.workshop_id, {points} {_PAIRS} OFFSET 0
            ) AS answered OFFSET 0
        ) AS scored GROUP BY community_id, workshop_id
    """


def _points(side: str, item: int) -> str:
    """Return the points of an item, NULL where it was not answered."""
    code = f"get_byte({side}.answers, {item})"
    value = f"{LARGEST} - {code}" if _is_reversed(item) else code
    return f"CASE WHEN {code} <= {LARGEST} THEN {value} END"


def _is_reversed(item: int) -> bool:
    return item % ITEMS_PER_DOMAIN == ITEMS_PER_DOMAIN - 1


def _score(side: str, number: int) -> str:
    columns = [f"{side}{item}" for item in _items(number)]
    total = " + ".join(f"coalesce({column}, 0)" for column in columns)
    weights = " ".join(f"WHEN {count} THEN {weight}" for count, weight in WEIGHTS.items())
    return f"({total}) * CASE num_nonnulls({', '.join(columns)}) {weights} END"


def _items(number: int) -> range:
    return range(number * ITEMS_PER_DOMAIN, (number + 1) * ITEMS_PER_DOMAIN)


def _sums(number: int) -> str:
    x, y = f"x{number}", f"y{number}"
    both, lost = f"FILTER (WHERE {x} + {y} IS NOT NULL)", f"FILTER (WHERE {y} IS NULL)"
    columns = [f"b{item}" for item in _items(number)]
    complete = f"FILTER (WHERE num_nonnulls({', '.join(columns)}) = {ITEMS_PER_DOMAIN})"
    products = [
        f"sum({first} * {second}) {complete}"
        for position, first in enumerate(columns)
        for second in columns[position:]
    ]
    return ", ".join(
        [
            f"count({x} + {y})",
            f"sum({x}) {both}",
            f"sum({y}) {both}",
            f"sum({x} * {x}) {both}",
            f"sum({y} * {y}) {both}",
            f"sum({x} * {y})",
            f"count({x}) {lost}",
            f"sum({x}) {lost}",
            f"sum({x} * {x}) {lost}",
            f"count(*) {complete}",
            *(f"sum({column}) {complete}" for column in columns),
            *products,
        ]
    )


def pandas_sums() -> "pd.DataFrame[Any]":
    """Read the table into a data frame, put the pairs together, and group them."""
    responses = _read("SELECT wave_id, card_id, answers FROM surveys_response")
    waves = _read("SELECT id AS wave_id, community_id, workshop_id, sequence FROM surveys_wave")
    answered = responses.merge(waves, on="wave_id")
    first, second = answered[answered["sequence"] == 1], answered[answered["sequence"] == 2]
    pairs = first.merge(second[["card_id", "answers"]], on="card_id", how="left")
    columns: dict[str, Any] = {"community": pairs["community_id"], "workshop": pairs["workshop_id"]}
    for side, answers in (("b", pairs["answers_x"]), ("a", pairs["answers_y"])):
        codes = np.frombuffer(b"".join(answers), dtype=np.uint8)
        codes = codes.reshape(len(pairs), -1).astype(np.float64)
        codes[codes > LARGEST] = np.nan
        for item in range(codes.shape[1]):
            columns[f"{side}{item}"] = (
                LARGEST - codes[:, item] if _is_reversed(item) else codes[:, item]
            )
    return _group(pd.DataFrame(columns))


def _read(statement: str) -> "pd.DataFrame[Any]":
    connection.ensure_connection()
    with warnings.catch_warnings():
        # It says that it has not been tried with this driver; it works.
        warnings.simplefilter("ignore", UserWarning)
        return pd.read_sql(statement, connection.connection)


def _group(table: "pd.DataFrame[Any]") -> "pd.DataFrame[Any]":
    sums: dict[str, Any] = {}
    for number in range(len(DOMAINS)):
        scores = []
        for side in "ba":
            items = table[[f"{side}{item}" for item in _items(number)]]
            weight = items.count(axis=1).map(WEIGHTS)
            scores.append(items.sum(axis=1) * weight)
        before, after = scores
        paired, lost = before.notna() & after.notna(), before.notna() & after.isna()
        first, second, alone = before[paired], after[paired], before[lost]
        sums |= {
            f"n{number}": paired,
            f"x{number}": first,
            f"y{number}": second,
            f"xx{number}": first**2,
            f"yy{number}": second**2,
            f"xy{number}": first * second,
            f"l{number}": lost,
            f"lx{number}": alone,
            f"lxx{number}": alone**2,
        }
        columns = table[[f"b{item}" for item in _items(number)]].dropna()
        for position, one in enumerate(columns):
            sums[f"{one}"] = columns[one]
            for other in columns.columns[position:]:
                sums[f"{one}*{other}"] = columns[one] * columns[other]
    keys = [table["community"], table["workshop"]]
    return pd.DataFrame(sums).groupby(keys).sum()
