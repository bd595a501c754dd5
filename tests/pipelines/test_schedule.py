"""The worker as people run it: a process that syncs, answers requests, and stops when told."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
import redis

from pipelines.demo.home import ensure_home
from pipelines.onboard import onboard
from tests.pipelines.demo.aws import SimulatedAws, simulated_aws
from tests.pipelines.syncing import ask, syncing
from workbench.clock import system_clock
from workbench.domain.scope import Scope
from workbench.settings import child_environment

pytestmark = [pytest.mark.postgres, pytest.mark.aws, pytest.mark.redis, pytest.mark.slow]


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedAws]:
    """An estate that ends yesterday: the worker lives in the present."""
    yesterday = (system_clock() - timedelta(days=1)).date()
    home = tmp_path_factory.mktemp("present") / "small"
    ensure_home(home, seed=7, scale="small", as_of=yesterday)
    with simulated_aws(home, "--as-of", yesterday.isoformat()) as running:
        yield running


def wait_for(what: Callable[[], object], worker: subprocess.Popen[str]) -> None:
    """Wait until `what` is true; the test's own time limit ends a wait for nothing."""
    while not what():
        assert worker.poll() is None, "the worker ended"
        time.sleep(0.05)


@contextmanager
def worker_of(dsn: str, aws: SimulatedAws, data_home: Path, **more: str) -> Iterator[subprocess.Popen[str]]:
    with syncing(dsn, aws, data_home) as context:
        onboard(context.postgres, aws.home / "accounts.json")
        settings = context.settings
        # With what this process has of boto3's settings, for as long as `syncing` is open.
        environment = child_environment(
            WORKBENCH_POSTGRES_DSN=dsn,
            WORKBENCH_DATA_HOME=str(data_home),
            WORKBENCH_CUR_BUCKET=settings.cur_bucket,
            WORKBENCH_COST_EXPLORER_ACCOUNT=settings.cost_explorer_account,
            WORKBENCH_PAYER_ROLE_ARN=settings.payer_role_arn,
            WORKBENCH_PAYER_EXTERNAL_ID=settings.payer_external_id.get_secret_value(),
            **more,
        )
        command = [sys.executable, "-m", "pipelines", "schedule"]
        with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL, text=True) as process:
            try:
                yield process
            finally:
                process.kill()


def stop(worker: subprocess.Popen[str]) -> int:
    worker.send_signal(signal.SIGTERM)
    return worker.wait(timeout=30)


def test_the_worker_syncs_publishes_answers_and_stops(
    database: str, estate: SimulatedAws, redis_url: str, tmp_path: Path
) -> None:
    marts = tmp_path / "marts"
    with redis.Redis.from_url(redis_url) as client, client.pubsub(ignore_subscribe_messages=True) as heard:  # type: ignore[no-untyped-call]  # redis ships no type for it
        heard.subscribe("mart:published")
        with worker_of(database, estate, tmp_path, WORKBENCH_REDIS_URL=redis_url) as worker:
            wait_for((marts / "all" / "CURRENT").exists, worker)
            scope = Scope.of(1)
            with psycopg.connect(database) as connection:
                connection.execute(
                    "INSERT INTO mart_requests (scope_key, client_ids) VALUES (%s, %s)", [scope.key, [1]]
                )
            wait_for((marts / scope.key / "CURRENT").exists, worker)
            finished = "SELECT count(*) FROM sync_history WHERE sync_type = 'mirror' AND status = 'SUCCEEDED'"
            # The first marts come after the bill, the second ones when everything has been read.
            wait_for(lambda: ask(database, finished)[0][0] >= 2, worker)
            with psycopg.connect(database) as connection:
                connection.execute("INSERT INTO sync_requests (sync_type) VALUES ('inventory')")
            wait_for(lambda: ask(database, "SELECT run_id FROM sync_requests")[0][0], worker)
            assert stop(worker) == 0
        # The answer to `subscribe` comes first, and counts as no message.
        messages = [message["data"].decode() for _ in range(8) if (message := heard.get_message(timeout=0.2))]
    assert {"all", scope.key} <= set(messages)
    order = [row[0] for row in ask(database, "SELECT sync_type FROM sync_history WHERE account_id IS NULL ORDER BY id")]
    first_round = ["inventory", "prices", "billing", "mirror", "usage", "cloudtrail", "mirror"]
    assert order == [*first_round, "inventory", "mirror"]
    asked = ask(
        database,
        "SELECT h.sync_type FROM sync_requests AS r JOIN sync_history AS h USING (run_id) WHERE h.account_id IS NULL",
    )
    assert asked == [("inventory",)]
    assert ask(database, "SELECT count(*) FROM sync_history WHERE status = 'RUNNING'") == [(0,)]


def test_a_worker_that_is_stopped_in_the_middle_leaves_no_half_state(
    database: str, estate: SimulatedAws, tmp_path: Path
) -> None:
    with worker_of(database, estate, tmp_path) as worker:
        wait_for(lambda: ask(database, "SELECT count(*) FROM billing_data")[0][0], worker)
        assert stop(worker) == 0
    rows = ask(database, "SELECT status, count(*) FROM sync_history GROUP BY status")
    assert "RUNNING" not in dict(rows)
    # Usage had not begun, and does not begin once the worker is told to stop.
    assert ask(database, "SELECT count(*) FROM workspace_usage_daily") == [(0,)]


def test_a_second_worker_start_repeats_nothing_that_is_fresh(
    database: str, estate: SimulatedAws, tmp_path: Path
) -> None:
    runs = "SELECT count(*) FROM sync_history WHERE account_id IS NULL AND status IN ('SUCCEEDED', 'PARTIAL')"
    with worker_of(database, estate, tmp_path) as worker:
        wait_for(lambda: ask(database, runs)[0][0] == 7, worker)
        assert stop(worker) == 0
    with worker_of(database, estate, tmp_path) as worker:
        with psycopg.connect(database) as connection:
            connection.execute("INSERT INTO sync_requests (sync_type) VALUES ('prices')")
        wait_for(lambda: ask(database, "SELECT run_id FROM sync_requests")[0][0], worker)
        assert stop(worker) == 0
    # The seven of the first start, and what was asked for with its mirror.
    assert ask(database, runs) == [(9,)]
