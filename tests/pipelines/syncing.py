"""Runs the pipelines of a test against the simulated AWS and a real record, and reads what came of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from pipelines.aws.connect import AwsAccounts
from pipelines.mirror import TABLES
from pipelines.onboard import onboard
from pipelines.registry import PIPELINES, run_named
from pipelines.run import Context, Outcome
from tests.pipelines.demo.aws import SimulatedAws
from workbench.clock import frozen_clock
from workbench.postgres import Postgres
from workbench.settings import load_settings

#: Midnight at the end of the last day that the simulated AWS knows.
NOW = datetime(2026, 11, 22, tzinfo=UTC)


@contextmanager
def syncing(
    dsn: str, aws: SimulatedAws, data_home: Path, *, now: datetime = NOW, **overrides: object
) -> Iterator[Context]:
    """A context whose clock stands at `now` and whose boto3 finds the simulated AWS."""
    settings = load_settings(
        **{
            "postgres_dsn": dsn,
            "data_home": data_home,
            "cur_bucket": aws.cur["bucket"],
            "cur_prefix": aws.cur["prefix"],
            "cur_export": aws.cur["export"],
            "cost_explorer_account": aws.payer["account_id"],
            "payer_role_arn": aws.payer["role_arn"],
            "payer_external_id": aws.payer["external_id"],
            "price_file": str(aws.home / "prices.csv"),
            **overrides,
        }
    )
    postgres = Postgres(dsn, max_size=settings.aws_workers + 4, timeout_seconds=3)
    stop = threading.Event()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", aws.endpoint_url)
        environment.setenv("AWS_ENDPOINT_URL_S3", aws.s3_endpoint_url)
        environment.setenv("AWS_ACCESS_KEY_ID", aws.hub["access_key_id"])
        environment.setenv("AWS_SECRET_ACCESS_KEY", aws.hub["secret_access_key"])
        try:
            yield Context(
                settings=settings,
                postgres=postgres,
                aws=AwsAccounts(settings, stop),
                clock=frozen_clock(now),
                stop=stop,
            )
        finally:
            postgres.close()


def sync_everything(context: Context, aws: SimulatedAws) -> dict[str, Outcome]:
    """Take the accounts on board and run all pipelines in order."""
    onboard(context.postgres, aws.home / "accounts.json")
    return {name: run_named(context, name) for name in PIPELINES}


def record_rows(dsn: str) -> dict[str, list[dict[str, Any]]]:
    """All rows of the record's mirrored tables, sorted, without what differs from run to run by nature."""
    left_out = {"ver", "id", "run_id", "onboarded_at", "active_from"}
    found: dict[str, list[dict[str, Any]]] = {}
    with psycopg.connect(dsn, row_factory=psycopg.rows.dict_row) as connection:
        for table in TABLES:
            if table == "sync_history":
                continue
            rows = connection.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table))).fetchall()
            kept = [{k: v for k, v in row.items() if k not in left_out} for row in rows]
            found[table] = sorted(kept, key=repr)
    return found


def ask(dsn: str, text: str, params: dict[str, object] | None = None) -> list[tuple[Any, ...]]:
    """Rows of a query on the record."""
    with psycopg.connect(dsn) as connection:
        return connection.execute(text.encode(), params).fetchall()
