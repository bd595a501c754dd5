"""The mirror's tables and the record's: the same columns, but for those that must not leave the record."""

from __future__ import annotations

import duckdb
import psycopg
import pytest

from pipelines.mirror import TABLES
from workbench.queries import query, query_names

pytestmark = pytest.mark.postgres

KEPT_BACK = {
    "aws_accounts": {"role_arn", "external_id"},
    "sync_history": {"error_message"},
    "workspaces": {"raw"},
}
TYPES = {
    "bigint": "BIGINT",
    "boolean": "BOOLEAN",
    "character": "VARCHAR",
    "date": "DATE",
    "integer": "INTEGER",
    "jsonb": "JSON",
    "smallint": "SMALLINT",
    "text": "VARCHAR",
    "timestamp with time zone": "TIMESTAMP WITH TIME ZONE",
    "uuid": "VARCHAR",
    "ARRAY": "VARCHAR[]",
}


@pytest.mark.parametrize("table", TABLES)
def test_columns_and_types_are_those_of_the_record(database: str, table: str) -> None:
    with psycopg.connect(database) as connection:
        rows = connection.execute(
            """SELECT column_name, data_type, numeric_precision, numeric_scale FROM information_schema.columns
            WHERE table_schema = 'public' AND table_name = %s""",
            [table],
        ).fetchall()
    record = {
        name: f"DECIMAL({precision},{scale})" if kind == "numeric" else TYPES[kind]
        for name, kind, precision, scale in rows
        if name != "ver" and name not in KEPT_BACK.get(table, set())
    }
    with duckdb.connect() as mirror:
        mirror.execute(query(f"duckdb/schema/{table}").text)
        columns = mirror.execute("SELECT column_name, data_type FROM duckdb_columns() WHERE NOT internal").fetchall()
    assert dict(columns) == record


def test_every_tracked_table_is_mirrored(database: str) -> None:
    with psycopg.connect(database) as connection:
        tracked = connection.execute("SELECT DISTINCT event_object_table FROM information_schema.triggers").fetchall()
    assert set(TABLES) == {name for (name,) in tracked}
    assert {f"duckdb/schema/{table}" for table in (*TABLES, "mirror_info")} == set(query_names("duckdb/schema"))
