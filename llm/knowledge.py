"""What a question can be about on one mart: its tables and columns, and the values that may be named.

Both are read inside the sandbox, through the asker's own mart, and remembered for as long as the file is the same.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from llm.catalog import Catalog, Column, Table
from llm.guard import check
from llm.sandbox import QueryResult
from llm.values import ValueIndex, load_values

KEPT_MARTS = 32


class Runner(Protocol):
    """Runs SQL that the guard allowed on a mart: `llm.sandbox.Sandbox`."""

    def run(self, mart: Path, sql: str, /) -> QueryResult:
        """Return the rows. Raises SandboxError."""
        ...


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Catalogue and values of one version of one mart."""

    catalog: Catalog
    index: ValueIndex


class KnownMarts:
    """Knowledge by mart file. Safe from any thread; keeps the KEPT_MARTS used last."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, int, int], Knowledge] = OrderedDict()

    def of(self, mart: Path) -> Knowledge:
        """Return what is known of `mart`, reading it if the file is new. Raises SandboxError."""
        stat = mart.stat()
        key = (str(mart.resolve()), stat.st_mtime_ns, stat.st_size)
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
        knowledge = self._read(mart)
        with self._lock:
            self._known[key] = knowledge
            while len(self._known) > KEPT_MARTS:
                self._known.popitem(last=False)
        return knowledge

    def _read(self, mart: Path) -> Knowledge:
        # Ours, not the asker's, and about names alone: the one query that does not go through the guard.
        columns = self._runner.run(mart, _COLUMNS).rows
        tables: dict[str, list[Column]] = {}
        for table, column, type_, meaning in columns:
            tables.setdefault(table, []).append(Column(name=column, type=type_, meaning=meaning))
        catalog = Catalog(tuple(Table(name=name, columns=tuple(found)) for name, found in tables.items()))
        rows = load_values(catalog, lambda sql: self._runner.run(mart, check(sql, catalog).sql).rows)
        return Knowledge(catalog, rows)


_COLUMNS = """
SELECT table_name, column_name, data_type, coalesce(comment, '') AS meaning FROM duckdb_columns()
WHERE database_name = 'mart' AND schema_name = 'main' AND NOT internal
ORDER BY table_name, column_index
"""
