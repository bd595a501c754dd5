"""Writes rows into the record: COPY into a temporary stage, then one INSERT … ON CONFLICT of what changed.

Invariants: a row that is already there unchanged is not written, so its `ver` stays and the mirror does not read it
again; a key that comes twice takes its last row; rows are written in the order of their key, so that two loaders never
wait for each other in a circle. Measured: as fast as MERGE, 3–4 times executemany.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from psycopg import sql

from pipelines.tables import Table
from workbench.errors import WorkbenchError
from workbench.postgres import Connection


class RowBelongsElsewhere(WorkbenchError):
    """AWS handed out a key that the record already holds for another account."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """How many rows a load wrote. Unchanged rows are none of them; `read` counts what came from the source."""

    read: int = 0
    inserted: int = 0
    updated: int = 0
    deleted: int = 0

    def __add__(self, other: Loaded) -> Loaded:
        """Both loads together."""
        return Loaded(
            self.read + other.read,
            self.inserted + other.inserted,
            self.updated + other.updated,
            self.deleted + other.deleted,
        )

    @property
    def written(self) -> int:
        """Rows that changed in the record."""
        return self.inserted + self.updated + self.deleted


NOTHING = Loaded()


def upsert(connection: Connection, table: Table, rows: Iterable[Sequence[object]]) -> Loaded:
    """Stage `rows` (values in the order of `table.columns`) and merge them, in the transaction of `connection`.

    Raises RowBelongsElsewhere if a key is another owner's.
    """
    open_stage(connection, table)
    read = stage(connection, table, rows)
    return merge(connection, table, read=read)


def open_stage(connection: Connection, table: Table) -> None:
    """Make the empty temporary table `staged_<table>`, which lives as long as the session.

    It outlives transactions on purpose: a long read from AWS is staged in short ones and merged in the last.
    """
    name = table.stage
    known = connection.execute("SELECT to_regclass(%s) IS NOT NULL", [f"pg_temp.{name}"]).fetchone()
    if known and known[0]:
        connection.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier("pg_temp", name)))
        return
    connection.execute(
        sql.SQL("CREATE TEMP TABLE {stage} AS SELECT {columns} FROM {table} WITH NO DATA").format(
            stage=sql.Identifier(name), columns=_names(table.columns), table=sql.Identifier(table.name)
        )
    )
    connection.execute(
        sql.SQL("ALTER TABLE {} ADD COLUMN seq bigint GENERATED ALWAYS AS IDENTITY").format(
            sql.Identifier("pg_temp", name)
        )
    )


def stage(connection: Connection, table: Table, rows: Iterable[Sequence[object]]) -> int:
    """Append `rows` to the stage and return how many they were."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier("pg_temp", table.stage), _names(table.columns))
    count = 0
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


def merge(connection: Connection, table: Table, *, read: int = 0) -> Loaded:
    """Merge the stage into its table and return what was written. Raises RowBelongsElsewhere."""
    row = connection.execute(_merge_statement(table)).fetchone()
    if table.owner:
        _refuse_strangers(connection, table)
    inserted, updated = row or (0, 0)
    return Loaded(read=read, inserted=inserted, updated=updated)


@cache
def _merge_statement(table: Table) -> sql.Composed:
    # Composed from the catalogue's names alone. `xmax = 0` is true only for rows that this statement inserted.
    new = {column: _new_value(table, column) for column in table.columns}
    if not table.compared:
        action: sql.Composable = sql.SQL("DO NOTHING")
    else:
        conditions = [
            sql.SQL("({}) IS DISTINCT FROM ({})").format(
                sql.SQL(", ").join(sql.Identifier("t", column) for column in table.compared),
                sql.SQL(", ").join(new[column] for column in table.compared),
            )
        ]
        if table.owner:
            conditions.append(sql.SQL("t.{0} = excluded.{0}").format(sql.Identifier(table.owner)))
        action = sql.SQL("DO UPDATE SET {assignments} WHERE {conditions}").format(
            assignments=sql.SQL(", ").join(
                sql.SQL("{} = {}").format(sql.Identifier(column), new[column]) for column in table.written
            ),
            conditions=sql.SQL(" AND ").join(conditions),
        )
    return sql.SQL(
        "WITH written AS ("
        " INSERT INTO {table} AS t ({columns})"
        " SELECT DISTINCT ON ({key}) {columns} FROM {stage} ORDER BY {key}, seq DESC"
        " ON CONFLICT ({key}) {action}"
        " RETURNING (t.xmax = 0) AS is_new)"
        " SELECT count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new) FROM written"
    ).format(
        table=sql.Identifier(table.name),
        columns=_names(table.columns),
        stage=sql.Identifier("pg_temp", table.stage),
        key=_names(table.key),
        action=action,
    )


def _new_value(table: Table, column: str) -> sql.Composed:
    template = "excluded.{0}"
    if column in table.kept_when_null:
        template = "coalesce(excluded.{0}, t.{0})"
    elif column in table.filled_when_null:
        template = "coalesce(t.{0}, excluded.{0})"
    return sql.SQL(template).format(sql.Identifier(column))


def _refuse_strangers(connection: Connection, table: Table) -> None:
    assert table.owner  # noqa: S101  # the caller asks only for tables with an owner
    stranger = connection.execute(
        sql.SQL(
            "SELECT t.{first}, t.{owner}, s.{owner} FROM {stage} AS s JOIN {table} AS t USING ({key})"
            " WHERE t.{owner} <> s.{owner} LIMIT 1"
        ).format(
            first=sql.Identifier(table.key[0]),
            owner=sql.Identifier(table.owner),
            stage=sql.Identifier("pg_temp", table.stage),
            table=sql.Identifier(table.name),
            key=_names(table.key),
        )
    ).fetchone()
    if stranger:
        raise RowBelongsElsewhere(
            f"{table.name}: {stranger[0]} came with {table.owner} {stranger[2]}, the record has it with {stranger[1]}.",
            do="Check that each role leads into the account it is entered for; nothing of this load was kept.",
        )


def _names(columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))
