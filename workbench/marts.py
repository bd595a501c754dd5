"""The one door to what people see: a read-only DuckDB file per scope, published whole, replaced atomically.

Layout: `<marts_home>/<scope key>/m000012.duckdb`, and `CURRENT` beside it naming the version that counts.
Invariants: a file is complete before CURRENT names it; a lease keeps its version until it is given back, so that one
request never mixes two versions; a scope without a mart is an error, never another scope's mart.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import duckdb
import pandas as pd
import pyarrow as pa

from workbench.domain.scope import Scope
from workbench.errors import MartIsNotReady, NothingInScope
from workbench.queries import query

KEPT_VERSIONS = 3

# No statement on a mart may reach a file, a network or an extension, whoever wrote it.
READER_CONFIG: Mapping[str, str | bool | int] = {
    "access_mode": "read_only",
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "python_enable_replacements": False,
    "threads": 2,
    "memory_limit": "2GB",
}

_FILE = re.compile(r"^m(\d{6})\.duckdb$")


def connect_reader(path: Path) -> duckdb.DuckDBPyConnection:
    """Open a mart for reading, hardened: no statement can reach outside it or change how it is configured."""
    connection = duckdb.connect(str(path), config=dict(READER_CONFIG))
    # The time zone cannot be given at connect; the lock comes last so that nothing after it can be set.
    # A file that this process has open already is the same instance, set and locked before.
    if connection.execute("SELECT current_setting('lock_configuration')").fetchall() == [(False,)]:
        connection.execute("SET GLOBAL TimeZone = 'UTC'")
        connection.execute("SET lock_configuration = true")
    return connection


@dataclass(slots=True)
class _OpenFile:
    path: Path
    version: int
    connection: duckdb.DuckDBPyConnection
    leases: int = 0
    is_retired: bool = False


@dataclass(frozen=True, slots=True)
class Mart:
    """One version of one scope's mart, open for reading. Not to be kept beyond the `with` that gave it."""

    scope: Scope
    version: int
    path: Path
    connection: duckdb.DuckDBPyConnection = field(repr=False)

    def frame(self, name: str, /, **params: object) -> pd.DataFrame:
        """Run `sql/duckdb/<name>.sql` and return its rows as a frame; money columns hold Decimal."""
        # Through Arrow, which keeps decimals decimals; `.df()` would make floats of them.
        frame: pd.DataFrame = self._table(name, params).to_pandas()
        return frame

    def rows(self, name: str, /, **params: object) -> list[dict[str, Any]]:
        """Run `sql/duckdb/<name>.sql` and return its rows as dicts."""
        rows: list[dict[str, Any]] = self._table(name, params).to_pylist()
        return rows

    def row(self, name: str, /, **params: object) -> dict[str, Any] | None:
        """The first row of `sql/duckdb/<name>.sql`, or None."""
        return next(iter(self.rows(name, **params)), None)

    def _table(self, name: str, params: Mapping[str, object]) -> pa.Table:
        relation = self.connection.sql(query(f"duckdb/{name}").text, params=dict(params) or None)
        return cast("pa.Table", relation.to_arrow_table())


class Marts:
    """The published marts below `home`. One per process; safe to use from many threads."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._lock = threading.Lock()
        self._open: dict[str, _OpenFile] = {}

    def current(self, scope: Scope) -> Path:
        """The file of the scope's published mart. Raises NothingInScope or MartIsNotReady."""
        if scope.is_empty:
            raise NothingInScope(
                "Your account has no client yet.",
                do="Ask an administrator to give you access to the clients you work for.",
            )
        folder = self.home / scope.key
        try:
            name = (folder / "CURRENT").read_text(encoding="ascii")
        except FileNotFoundError:
            raise MartIsNotReady(
                "The data for your clients is still being prepared.",
                do="Wait a moment; the page shows it as soon as it is there.",
            ) from None
        return folder / name

    def version(self, scope: Scope) -> int:
        """The number of the scope's published mart."""
        return _version(self.current(scope))

    @contextmanager
    def open(self, scope: Scope) -> Iterator[Mart]:
        """Lease the scope's current mart: the door for pages, API, chat, exports and notebooks."""
        held = self._lease(scope)
        try:
            cursor = held.connection.cursor()
            try:
                yield Mart(scope, held.version, held.path, cursor)
            finally:
                cursor.close()
        finally:
            self._give_back(held)

    def close(self) -> None:
        """Close what is idle now and the rest when it is given back."""
        with self._lock:
            for held in self._open.values():
                self._retire(held)
            self._open.clear()

    def _lease(self, scope: Scope) -> _OpenFile:
        for _ in range(KEPT_VERSIONS):
            with self._lock:
                # Asked within the lock: who asked before it could bring an older version back.
                path = self.current(scope)
                held = self._open.get(scope.key)
                if held is None or held.path != path:
                    try:
                        fresh = _OpenFile(path, _version(path), connect_reader(path))
                    except duckdb.IOException:
                        # Superseded and removed between reading CURRENT and opening: CURRENT names a newer one by now.
                        if path.exists():
                            raise
                        continue
                    if held is not None:
                        self._retire(held)
                    held = self._open[scope.key] = fresh
                held.leases += 1
                return held
        raise MartIsNotReady("The data is being replaced.", do="Try again in a moment.")

    def _give_back(self, held: _OpenFile) -> None:
        with self._lock:
            held.leases -= 1
            if held.is_retired and held.leases == 0:
                held.connection.close()

    @staticmethod
    def _retire(held: _OpenFile) -> None:
        held.is_retired = True
        if held.leases == 0:
            held.connection.close()


def draft_path(home: Path, scope: Scope) -> Path:
    """Where the writer builds the scope's next mart; nobody else reads it. A killed writer's left-over is removed."""
    folder = home / scope.key
    folder.mkdir(parents=True, exist_ok=True)
    draft = folder / ".draft.duckdb"
    for leftover in (draft, draft.with_name(draft.name + ".wal")):
        leftover.unlink(missing_ok=True)
    return draft


def next_version(home: Path, scope: Scope) -> int:
    """The number that the scope's next mart gets."""
    folder = home / scope.key
    return max((_version(p) for p in folder.iterdir() if _FILE.match(p.name)), default=0) + 1


def publish(home: Path, scope: Scope, draft: Path) -> Path:
    """Make `draft` (closed, checkpointed) the scope's current mart and return its new path; old ones are removed."""
    folder = home / scope.key
    version = next_version(home, scope)
    target = folder / f"m{version:06d}.duckdb"
    draft.rename(target)
    pointer = folder / f".CURRENT.{os.getpid()}"
    pointer.write_text(target.name, encoding="ascii")
    pointer.replace(folder / "CURRENT")
    for path in folder.iterdir():
        if _FILE.match(path.name) and _version(path) <= version - KEPT_VERSIONS:
            try:
                path.unlink()
            except PermissionError:  # Windows keeps open files; the next publish tries again
                continue
    return target


def _version(path: Path) -> int:
    match = _FILE.match(path.name)
    if not match:
        raise MartIsNotReady(f"{path.name} is not a mart.", do="Run `python -m pipelines run mirror`.")
    return int(match[1])
