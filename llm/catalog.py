"""The tables and columns that a question may be answered from: for prompts, guard and editor.

A catalogue is read from a mart itself, so that it never names what the mart does not hold; meanings are the comments
on its tables and columns. Invariant: a private table (`users`) is in no catalogue, whatever the file holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import duckdb

PRIVATE_TABLES = frozenset({"users", "audit_log", "user_client_access", "secrets"})
"""Tables that no catalogue shows: a mart should not hold them, and if it does they stay out of reach."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a mart."""

    name: str
    type: str = "VARCHAR"  #: DuckDB's name of the type, e.g. DECIMAL(18,10)
    meaning: str = ""  #: what it holds and in which unit; empty if nobody wrote it down


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table or view of a mart."""

    name: str
    columns: tuple[Column, ...] = ()  #: empty when only the name is known
    meaning: str = ""
    is_view: bool = False

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of the columns, in their order."""
        return tuple(column.name for column in self.columns)


@dataclass(frozen=True, slots=True)
class Catalog:
    """Tables and views by name. Names compare without regard to case, as in DuckDB."""

    tables: tuple[Table, ...]
    _by_name: dict[str, Table] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        shown = tuple(table for table in self.tables if table.name.lower() not in PRIVATE_TABLES)
        object.__setattr__(self, "tables", shown)
        object.__setattr__(self, "_by_name", {table.name.lower(): table for table in shown})

    @classmethod
    def from_database(cls, connection: duckdb.DuckDBPyConnection, *, database: str | None = None) -> Catalog:
        """Read the schema `main` of `database` (the connection's own if None), tables before views, each in name order.

        The connection is the caller's and is only read from; a hardened one will do.
        """
        parameters = {"database": database or connection.execute("SELECT current_database()").fetchall()[0][0]}
        relations = connection.execute(_RELATIONS, parameters).fetchall()
        columns: dict[str, list[Column]] = {}
        for table, name, type_, meaning in connection.execute(_COLUMNS, parameters).fetchall():
            columns.setdefault(table, []).append(Column(name=name, type=type_, meaning=meaning))
        return cls(
            tuple(
                Table(name=name, columns=tuple(columns.get(name, ())), meaning=meaning, is_view=is_view)
                for name, is_view, meaning in relations
            )
        )

    @classmethod
    def of(cls, tables: dict[str, Iterable[str]]) -> Catalog:
        """A catalogue of just names: table → its columns."""
        return cls(
            tuple(Table(name=n, columns=tuple(Column(name=c) for c in columns)) for n, columns in tables.items())
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all tables and views."""
        return tuple(table.name for table in self.tables)

    def table(self, name: str) -> Table | None:
        """The table or view of that name, or None."""
        return self._by_name.get(name.lower())


_RELATIONS = """
SELECT table_name, false, coalesce(comment, '') FROM duckdb_tables()
WHERE database_name = $database AND schema_name = 'main' AND NOT internal
UNION ALL
SELECT view_name, true, coalesce(comment, '') FROM duckdb_views()
WHERE database_name = $database AND schema_name = 'main' AND NOT internal
ORDER BY 2, 1
"""
_COLUMNS = """
SELECT table_name, column_name, data_type, coalesce(comment, '') FROM duckdb_columns()
WHERE database_name = $database AND schema_name = 'main' AND NOT internal
ORDER BY table_name, column_index
"""

SPECIFIED = Catalog.of(
    {
        "accounts": ("account_id", "account_name", "client_name"),
        "workspaces": (
            "workspace_id", "account_id", "region", "directory_id", "user_name", "display_name", "state", "bundle_id",
            "running_mode", "compute_type", "created_at", "terminated_at", "last_connected_at",
        ),
        "workspace_usage": ("workspace_id", "month", "usage_hours"),
        "billing_data": (
            "workspace_id", "account_id", "service", "usage_type", "start_date", "end_date", "amount", "currency",
        ),
        "cloudtrail_events": (
            "event_id", "event_name", "event_time", "workspace_id", "user_identity", "request_parameters",
        ),
        "sync_history": ("id", "sync_type", "status", "records_processed", "started_at", "completed_at"),
        **{
            view: ()
            for view in (
                "v_client_month_cost", "v_workspace_month", "v_unused", "v_mode_recommendation", "v_variance_bridge",
                "v_data_freshness", "v_reconciliation", "v_lifecycle", "v_focus_1_2",
            )
        },
    }
)  # fmt: skip
"""The names every mart keeps, for use without a mart; a real one has more columns, and types and meanings."""
