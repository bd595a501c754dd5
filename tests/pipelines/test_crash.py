"""kill -9 of PostgreSQL in the middle of a sync: afterwards the record is what an undisturbed sync makes of it."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.pipelines.conftest import Synced
from tests.pipelines.demo.aws import SimulatedAws
from tests.pipelines.syncing import ask, record_rows, sync_everything, syncing
from tests.stack import _open_folder
from workbench.embedded.postgres import EmbeddedPostgres
from workbench.errors import DatabaseIsAway
from workbench.migrate import migrate

pytestmark = [pytest.mark.postgres, pytest.mark.aws, pytest.mark.slow]


@pytest.fixture
def own_server() -> Iterator[EmbeddedPostgres]:
    with _open_folder() as folder, EmbeddedPostgres(folder / "postgres") as server:
        migrate(server.dsn())
        yield server


def kill_when(server: EmbeddedPostgres, table: str, rows: int) -> threading.Thread:
    """Kill the server as soon as the table has that many rows."""

    def watch() -> None:
        with psycopg.connect(server.dsn(), autocommit=True) as connection:
            while True:
                [(found,)] = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchall()
                if found >= rows:
                    assert server.pid is not None
                    os.kill(server.pid, signal.SIGKILL)
                    return

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


def without_counts_of_absence(rows: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    # How often a WorkSpace was missed counts runs, and here there were more.
    for row in rows["workspaces"]:
        del row["missing_since"], row["missing_syncs"]
    return {table: sorted(kept, key=repr) for table, kept in rows.items()}


def test_a_killed_database_leaves_no_trace_after_the_next_sync(
    own_server: EmbeddedPostgres, synced: Synced, estate: SimulatedAws, tmp_path: Path
) -> None:
    for table, rows in (("billing_data", 300), ("workspace_usage_daily", 2000)):
        killer = kill_when(own_server, table, rows)
        with syncing(own_server.dsn(), estate, tmp_path) as context, pytest.raises((DatabaseIsAway, psycopg.Error)):
            sync_everything(context, estate)
        killer.join()
        own_server.start()
        [(kept,)] = ask(own_server.dsn(), f"SELECT count(*) FROM {table}")
        # What was committed before the kill is there, and it is not all.
        assert rows <= kept < len(record_rows(synced.dsn)[table])
    with syncing(own_server.dsn(), estate, tmp_path) as context:
        sync_everything(context, estate)
    assert ask(own_server.dsn(), "SELECT count(*) FROM sync_history WHERE status = 'RUNNING'") == [(0,)]
    assert ask(own_server.dsn(), "SELECT count(*) > 0 FROM sync_history WHERE status = 'ABANDONED'") == [(True,)]
    assert without_counts_of_absence(record_rows(own_server.dsn())) == without_counts_of_absence(
        record_rows(synced.dsn)
    )
