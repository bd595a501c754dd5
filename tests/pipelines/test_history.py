"""One run at a time, and rows that tell the truth about runs that died."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from pipelines import history, prices
from pipelines.history import PipelineIsRunning
from tests.pipelines.demo.aws import SimulatedAws
from tests.pipelines.syncing import NOW, ask, syncing
from workbench.errors import DatabaseIsAway
from workbench.postgres import Postgres

pytestmark = [pytest.mark.postgres, pytest.mark.aws]


def test_two_workers_never_run_the_same_pipeline(database: str, estate: SimulatedAws, tmp_path: Path) -> None:
    postgres = Postgres(database)
    with history.only_one(postgres, "prices", NOW):
        with (
            syncing(database, estate, tmp_path) as context,
            pytest.raises(PipelineIsRunning, match="prices is already"),
        ):
            prices.run(context)
        with history.only_one(postgres, "usage", NOW):
            pass  # another pipeline may run
    with syncing(database, estate, tmp_path) as context:
        assert prices.run(context).status == "SUCCEEDED"
    postgres.close()


def test_the_row_of_a_run_that_died_is_closed_by_the_next(database: str, estate: SimulatedAws, tmp_path: Path) -> None:
    with psycopg.connect(database) as connection:
        for sync_type in ("prices", "usage"):
            history.start(
                connection,
                run_id="00000000-0000-0000-0000-000000000001",  # type: ignore[arg-type]  # psycopg takes text for a uuid
                sync_type=sync_type,
                started_at=NOW - timedelta(hours=1),
            )
    with syncing(database, estate, tmp_path) as context:
        prices.run(context)
    rows = ask(database, "SELECT sync_type, status, completed_at FROM sync_history ORDER BY id")
    # Whether usage still runs is not for this pipeline to say.
    assert rows == [("prices", "ABANDONED", NOW), ("usage", "RUNNING", None), ("prices", "SUCCEEDED", NOW)]


def test_a_record_that_is_away_is_told_as_such(estate: SimulatedAws, tmp_path: Path) -> None:
    nowhere = f"host={tmp_path} dbname=workbench"
    with syncing(nowhere, estate, tmp_path) as context, pytest.raises(DatabaseIsAway, match="does not answer"):
        prices.run(context)


def test_a_run_says_what_it_read_and_wrote(database: str, estate: SimulatedAws, tmp_path: Path) -> None:
    with syncing(database, estate, tmp_path, price_file="") as context:
        outcome = prices.run(context)
    assert (outcome.loaded.read, outcome.loaded.inserted, outcome.parts) == (180, 180, 1)
    row = ask(
        database,
        "SELECT status, records_processed, rows_inserted, rows_updated, rows_deleted, is_complete, error_message"
        " FROM sync_history",
    )
    assert row == [("SUCCEEDED", 180, 180, 0, 0, True, None)]
