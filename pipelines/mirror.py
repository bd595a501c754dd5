"""The mirror: a copy of the record in DuckDB, and out of it a mart for each scope that somebody needs.

Invariants: all tables of the mirror are of one moment, read in one REPEATABLE READ transaction; it is built beside the
old one and takes its place only when it is whole; numbers pass as text or integers, never as floats.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import adbc_driver_postgresql.dbapi as adbc
import duckdb

from pipelines import history
from pipelines.load import Loaded
from pipelines.mart import announce, build_mart
from pipelines.run import Context, Outcome, Run, run_pipeline
from workbench.domain.scope import ALL_CLIENTS, Scope
from workbench.errors import MartIsNotReady
from workbench.log import get_logger
from workbench.marts import Marts
from workbench.postgres import Postgres, database_url
from workbench.queries import query

SYNC_TYPE = "mirror"
TABLES = (
    "clients",
    "aws_accounts",
    "sync_history",
    "directories",
    "bundles",
    "workspaces",
    "workspace_tags",
    "workspace_usage_daily",
    "workspace_usage",
    "billing_data",
    "cloudtrail_events",
    "cloudtrail_event_workspaces",
    "price_list",
)

log = get_logger(module="mirror")


def run(context: Context) -> Outcome:
    """Copy the record, then build and publish the mart of every wanted scope."""

    def body(run: Run) -> None:
        rows = copy_record(context.postgres, context.settings.mirror_file)
        run.add(Loaded(read=rows))
        for scope in wanted_scopes(context.postgres):
            _publish(context, scope)

    return run_pipeline(context, SYNC_TYPE, body)


def copy_record(postgres: Postgres, file: Path) -> int:
    """Build the mirror anew at `file` from one snapshot of the record and return how many rows it holds."""
    draft = file.with_name(f".{file.name}.draft")
    file.parent.mkdir(parents=True, exist_ok=True)
    for leftover in (draft, draft.with_name(f"{draft.name}.wal")):
        leftover.unlink(missing_ok=True)
    rows = 0
    with (
        duckdb.connect(str(draft)) as db,
        adbc.connect(database_url(postgres.dsn)) as record,
        closing(record.cursor()) as cursor,
    ):
        db.execute("SET TimeZone = 'UTC'")
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute(query("postgres/pipelines/snapshot").text)
        db.execute(query("duckdb/schema/mirror_info").text)
        _insert(db, "mirror_info", cursor.fetch_record_batch())
        for table in TABLES:
            rows += _copy(db, cursor, table)
        db.execute("CHECKPOINT")
    draft.replace(file)
    return rows


def wanted_scopes(postgres: Postgres) -> list[Scope]:
    """All clients first, then each set of clients that somebody signed in with or may sign in with."""
    with postgres.connection() as connection:
        rows = connection.execute(query("postgres/pipelines/wanted_scopes").text).fetchall()
    scopes = {ALL_CLIENTS, *(Scope(None if ids is None else frozenset(ids)) for (ids,) in rows)}
    return sorted((s for s in scopes if not s.is_empty), key=lambda s: (not s.is_all, s.key))


def build_missing_marts(context: Context) -> list[Scope]:
    """Build the marts that are wanted and not there, out of the mirror as it is; returns their scopes.

    Does nothing while there is no mirror yet. Raises PipelineIsRunning while the mirror is being made: it builds them.
    """
    if not context.settings.mirror_file.exists():
        return []
    marts = Marts(context.settings.marts_home)
    missing = [scope for scope in wanted_scopes(context.postgres) if not _has_mart(marts, scope)]
    if missing:
        with history.only_one(context.postgres, SYNC_TYPE, context.clock()):
            for scope in missing:
                _publish(context, scope)
    return missing


def _has_mart(marts: Marts, scope: Scope) -> bool:
    try:
        return marts.current(scope).exists()
    except MartIsNotReady:
        return False


def _publish(context: Context, scope: Scope) -> None:
    path = build_mart(context.settings.mirror_file, context.settings.marts_home, scope, published_at=context.clock())
    log.info("mart_published", scope=scope.key, file=path.name, bytes=path.stat().st_size)
    announce(context.settings, scope)


def _copy(db: duckdb.DuckDBPyConnection, cursor: adbc.Cursor, table: str) -> int:
    """Copy one table; its columns and their types are those of sql/duckdb/schema."""
    db.execute(query(f"duckdb/schema/{table}").text)
    columns = db.execute(
        "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = $1", [table]
    ).fetchall()
    # Names of our own schema files, so this is no SQL from outside. JSON and UUID have no Arrow type worth having.
    chosen = ", ".join(
        f'{name}::text AS "{name}"' if kind in ("JSON", "VARCHAR") else f'"{name}"' for name, kind in columns
    )
    cursor.execute(f"SELECT {chosen} FROM {table}")
    return _insert(db, table, cursor.fetch_record_batch())


def _insert(db: duckdb.DuckDBPyConnection, table: str, incoming: object) -> int:
    columns = db.execute(
        "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = $1", [table]
    ).fetchall()
    casts = ", ".join(f'CAST("{name}" AS {kind})' for name, kind in columns)
    db.register("incoming", incoming)
    inserted = db.execute(f"INSERT INTO {table} SELECT {casts} FROM incoming").fetchone()
    db.unregister("incoming")
    return int(inserted[0]) if inserted else 0
