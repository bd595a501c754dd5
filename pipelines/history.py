"""sync_history: what ran, for which account and region, how it ended. And the lock that lets a pipeline run once.

Invariants: a part's row says SUCCEEDED in the same transaction that holds its data; a row that still says RUNNING while
nobody holds the pipeline's lock belongs to a process that died.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import psycopg

from pipelines.aws.pace import CallMeter
from pipelines.load import NOTHING, Loaded
from workbench.errors import DatabaseIsAway, WorkbenchError
from workbench.postgres import Connection, Postgres
from workbench.queries import query

Status = Literal["SUCCEEDED", "PARTIAL", "FAILED", "ABANDONED"]


class PipelineIsRunning(WorkbenchError):
    """Another process is running this pipeline right now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """How a run or its part ended: the columns of sync_history that are known at the end."""

    status: Status
    completed_at: datetime
    loaded: Loaded = NOTHING
    meter: CallMeter | None = None
    watermark_from: datetime | None = None
    watermark_to: datetime | None = None
    error_message: str | None = None


def start(
    connection: Connection,
    *,
    run_id: uuid.UUID,
    sync_type: str,
    started_at: datetime,
    account_id: str | None = None,
    region: str | None = None,
) -> int:
    """Write a RUNNING row and return its id."""
    row = connection.execute(
        query("postgres/pipelines/run_started").text,
        {
            "run_id": run_id,
            "sync_type": sync_type,
            "started_at": started_at,
            "account_id": account_id,
            "region": region,
        },
    ).fetchone()
    assert row is not None  # noqa: S101  # INSERT … RETURNING gives a row
    return int(row[0])


def finish(connection: Connection, history_id: int, entry: Entry) -> None:
    """Write how the row's run ended."""
    meter = entry.meter or CallMeter()
    connection.execute(
        query("postgres/pipelines/run_finished").text,
        {
            "id": history_id,
            "status": entry.status,
            "read": entry.loaded.read,
            "inserted": entry.loaded.inserted,
            "updated": entry.loaded.updated,
            "deleted": entry.loaded.deleted,
            "api_calls": meter.calls,
            "throttles": meter.throttles,
            "is_complete": entry.status == "SUCCEEDED",
            "watermark_from": entry.watermark_from,
            "watermark_to": entry.watermark_to,
            "error_message": entry.error_message,
            "completed_at": entry.completed_at,
        },
    )


def last_watermark(connection: Connection, sync_type: str, account_id: str, region: str) -> datetime | None:
    """Up to when the pipeline has read this account and region completely; None when it never has."""
    row = connection.execute(
        query("postgres/pipelines/last_watermark").text,
        {"sync_type": sync_type, "account_id": account_id, "region": region},
    ).fetchone()
    watermark: datetime | None = row[0] if row else None
    return watermark


@contextmanager
def only_one(postgres: Postgres, sync_type: str, now: datetime) -> Iterator[None]:
    """Hold the pipeline's lock; rows of a dead run become ABANDONED. Raises PipelineIsRunning if another holds it.

    The lock is the session's, so it falls with the process, however that ends. Raises DatabaseIsAway.
    """
    try:
        session = psycopg.connect(postgres.dsn, autocommit=True)
    except psycopg.OperationalError as error:
        raise DatabaseIsAway(
            f"PostgreSQL at {postgres.place} does not answer.", do="Start it; nothing that was committed is lost."
        ) from error
    with session as connection:
        taken = connection.execute(
            "SELECT pg_try_advisory_lock(hashtext('pipeline'), hashtext(%s))", [sync_type]
        ).fetchone()
        if not taken or not taken[0]:
            raise PipelineIsRunning(
                f"The pipeline {sync_type} is already running.", do="Wait for it: `python -m pipelines list` shows it."
            )
        connection.execute(
            query("postgres/pipelines/runs_abandoned").text, {"sync_type": sync_type, "completed_at": now}
        )
        yield
