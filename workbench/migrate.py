"""Brings the record to the schema that this version expects: numbered plain SQL, run by dbmate under one lock.

Invariants: migrations are append-only; two processes that start at once do not both run them; a migration that waits
for a lock longer than 4 s gives up instead of stopping everybody else.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import psycopg

from workbench.errors import MigrationFailed
from workbench.log import get_logger
from workbench.postgres import database_url
from workbench.queries import SQL_HOME

MIGRATIONS = SQL_HOME / "postgres" / "migrations"
LOCK_KEY = 7_305_001  # any constant; only migrations use it

log = get_logger(module="migrate")


def migrate(dsn: str) -> list[str]:
    """Apply all migrations that the database lacks and return their versions, oldest first.

    Waits while another process migrates. Raises MigrationFailed with the tool's own words.
    """
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK_KEY])
        before = _applied(connection)
        _run_dbmate(dsn)
        new = [version for version in _applied(connection) if version not in before]
    for version in new:
        log.info("migration_applied", version=version)
    return new


def pending(dsn: str) -> list[str]:
    """Versions of the migrations that the database lacks, oldest first."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        applied = set(_applied(connection))
    return sorted(v for v in (p.name.split("_")[0] for p in MIGRATIONS.glob("*.sql")) if v not in applied)


def _applied(connection: psycopg.Connection[tuple[object, ...]]) -> list[str]:
    known = connection.execute("SELECT to_regclass('public.schema_migrations') IS NOT NULL").fetchone()
    if known is None or not known[0]:
        return []
    return [str(row[0]) for row in connection.execute("SELECT version FROM schema_migrations ORDER BY version")]


def _run_dbmate(dsn: str) -> None:
    url = database_url(dsn)
    # dbmate's driver hands these to the server as parameters of its session.
    url += ("&" if "?" in url else "?") + "lock_timeout=4000&statement_timeout=300000"
    if "sslmode=" not in url and _is_local(url):
        url += "&sslmode=disable"  # its driver insists on TLS otherwise, which a loopback server does not speak
    # The URL holds the password: it goes through the environment, where `ps` does not show it.
    result = subprocess.run(
        [_dbmate(), "--env", "DBMATE_URL", "--migrations-dir", str(MIGRATIONS), "--no-dump-schema", "migrate"],
        env={"DBMATE_URL": url, "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode:
        raise MigrationFailed(
            f"The database could not be migrated: {result.stderr.strip()[-600:]}",
            do="Nothing of the failed migration was kept. Correct the cause, then run `python -m workbench migrate`.",
        )


def _is_local(url: str) -> bool:
    return "@:" in url or "@localhost" in url or "@127.0.0.1" in url


def _dbmate() -> str:
    beside_python = Path(sys.executable).parent / "dbmate"
    found = str(beside_python) if beside_python.exists() else shutil.which("dbmate")
    if not found:
        raise MigrationFailed("The migration tool dbmate is not installed.", do="Run `make setup`.")
    return found
