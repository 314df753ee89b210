"""Many rows at once, by PostgreSQL's COPY: several times as fast as INSERT.

Django's defaults are not the database's, so every column that may not be NULL has to be named.
"""

from collections.abc import Iterable, Mapping

from django.db import connection, models
from psycopg import sql


def copy_rows(model: type[models.Model], rows: Iterable[Mapping[str, object]]) -> None:
    """Append rows, each a mapping of column → value with the same columns as the first."""
    remaining = iter(rows)
    first = next(remaining, None)
    if first is None:
        return
    statement = sql.SQL("COPY {table} ({columns}) FROM STDIN").format(
        table=sql.Identifier(model._meta.db_table),  # noqa: SLF001 - Django's documented API
        columns=sql.SQL(", ").join(map(sql.Identifier, first)),
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write_row(tuple(first.values()))
        for row in remaining:
            copy.write_row(tuple(row.values()))
