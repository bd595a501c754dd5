"""The sandbox with real worker processes."""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from pathlib import Path

import pytest

from llm.sandbox import (
    Cancellation,
    QueryCancelled,
    QueryFailed,
    QueryTimedOut,
    QueryTooLarge,
    Sandbox,
    SandboxIsBusy,
    SandboxLimits,
)

pytestmark = pytest.mark.slow

# One call that DuckDB cannot interrupt: only the kill ends it.
UNSTOPPABLE = "SELECT sleep_ms(600000)"


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_columns_types_and_values_arrive_as_they_are(sandbox: Sandbox, mart: Path) -> None:
    result = sandbox.run(mart, "SELECT 1.5::DECIMAL(18, 10) AS usd, [1, 2] AS l, 'x' AS a, 'y' AS a, NULL AS n")
    assert result.columns == ("usd", "l", "a", "a", "n")
    assert result.types[:2] == ("DECIMAL(18,10)", "INTEGER[]")
    assert result.rows == [(Decimal("1.5"), [1, 2], "x", "y", None)]


def test_instants_are_utc(sandbox: Sandbox, mart: Path) -> None:
    (row,) = sandbox.run(mart, "SELECT TIMESTAMPTZ '2025-06-01 12:00:00+02:00' AS t").rows
    assert row[0].isoformat() == "2025-06-01T10:00:00+00:00"


def test_the_mart_is_named_mart(sandbox: Sandbox, mart: Path) -> None:
    assert sandbox.run(mart, "SELECT amount FROM mart.main.accounts").rows == [(7,)]


def test_rows_beyond_the_cap_are_cut_and_said(sandbox: Sandbox, mart: Path) -> None:
    cut, whole = sandbox.run(mart, "FROM range(101)"), sandbox.run(mart, "FROM range(100)")
    assert (cut.row_count, cut.truncated) == (100, True)
    assert (whole.row_count, whole.truncated) == (100, False)


def test_no_row_is_an_answer(sandbox: Sandbox, mart: Path) -> None:
    result = sandbox.run(mart, "SELECT amount FROM accounts WHERE false")
    assert (result.columns, result.rows, result.truncated) == (("amount",), [], False)


def test_a_worker_serves_another_mart_with_nothing_kept(mart: Path, other_mart: Path) -> None:
    with Sandbox(SandboxLimits(timeout_seconds=5, memory_mb=256, slots=1)) as one:
        # Statements that the guard refuses: here they show what would remain if it did not.
        one.run(mart, "CREATE TEMP TABLE left_over AS FROM mart.main.accounts")
        one.run(mart, "CREATE TEMP MACRO lower(x) AS 'poisoned'")
        assert one.run(other_mart, "SELECT lower(account_name) FROM mart.main.accounts").rows == [("second-secret",)]
        with pytest.raises(QueryFailed, match="left_over"):
            one.run(other_mart, "FROM left_over")


@pytest.mark.parametrize(
    "sql",
    [
        "FROM read_text('{other}')",
        "FROM glob('/*')",
        "ATTACH '{other}' AS other",
        "COPY (SELECT 1) TO '{folder}/out.csv'",
        "EXPORT DATABASE '{folder}/dump'",
        "CREATE TABLE mart.main.x AS SELECT 1",
        "DELETE FROM mart.main.accounts",
        "SET enable_external_access = true",
        "SET max_execution_time = 0",
        "SET memory_limit = '100GB'",
        "INSTALL httpfs",
        "LOAD httpfs",
    ],
)
def test_what_the_guard_would_refuse_does_not_work_here_either(
    sandbox: Sandbox, mart: Path, other_mart: Path, sql: str
) -> None:
    before = sorted(mart.parent.iterdir())
    with pytest.raises(QueryFailed):
        sandbox.run(mart, sql.format(other=other_mart, folder=mart.parent))
    assert sorted(mart.parent.iterdir()) == before
    assert sandbox.run(mart, "FROM mart.main.accounts").row_count == 1


def test_a_worker_has_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch, mart: Path) -> None:
    monkeypatch.setenv("WORKBENCH_POSTGRES_DSN", "password=hunter2")
    with Sandbox(SandboxLimits(timeout_seconds=5, memory_mb=256, slots=1)) as one:
        one.run(mart, "SELECT 1")
        for pid in one.worker_pids():
            environment = Path(f"/proc/{pid}/environ")
            if not environment.exists():
                pytest.skip("needs /proc")
            assert b"hunter2" not in environment.read_bytes()


@pytest.mark.parametrize(
    ("sql", "secret"),
    [
        ("SELECT CAST(account_name AS INTEGER) FROM mart.main.accounts", "first-secret"),
        ("SELECT strptime(account_name, '%Y') FROM mart.main.accounts", "first-secret"),
        ("SELECT error(account_name) FROM mart.main.accounts", "first-secret"),
        ("SELECT regexp_matches('a', account_name || '(') FROM mart.main.accounts", "first-secret"),
        ("SELECT CAST(account_name AS DATE) FROM mart.main.accounts", "first-secret"),
        ("SELECT json_extract(account_name, '$.a') FROM mart.main.accounts", "first-secret"),
        ("SELECT (amount * 123457)::TINYINT FROM mart.main.accounts", "864199"),
        (
            "SELECT CASE WHEN range = 5000 THEN CAST('first-' || 'secret' AS INT) ELSE 1 END FROM range(9000)",
            "first-secret",
        ),
    ],
)
def test_an_error_holds_no_value(mart: Path, sql: str, secret: str) -> None:
    with Sandbox(SandboxLimits(timeout_seconds=5, memory_mb=256, slots=1)) as one, pytest.raises(QueryFailed) as caught:
        one.run(mart, sql)
    assert secret not in str(caught.value)
    assert caught.value.do


def test_the_audit_log_can_have_the_detail(sandbox: Sandbox, mart: Path) -> None:
    with pytest.raises(QueryFailed) as caught:
        sandbox.run(mart, "SELECT CAST(account_name AS INTEGER) FROM mart.main.accounts")
    assert "first-secret" in caught.value.detail


def test_an_unknown_column_brings_the_nearest(sandbox: Sandbox, mart: Path) -> None:
    with pytest.raises(QueryFailed) as caught:
        sandbox.run(mart, "SELECT acount_name FROM mart.main.accounts")
    assert "acount_name" in caught.value.what
    assert "account_name" in caught.value.what


def test_a_mart_that_is_not_there_tells_no_path(sandbox: Sandbox, tmp_path: Path) -> None:
    with pytest.raises(QueryFailed) as caught:
        sandbox.run(tmp_path / "nothing.duckdb", "SELECT 1")
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT sum(a.range * b.range) FROM range(100000000) a, range(100000000) b",
        "SELECT count(*) FROM range(100000000) a, range(100000000) b WHERE hash(a.range) % 7 = hash(b.range) % 11",
        "SELECT length(lpad('x', 1000000000, 'y'))",
        UNSTOPPABLE,
    ],
    ids=["sum", "cross join", "lpad", "sleep"],
)
def test_a_query_without_end_is_ended_and_the_next_one_answers(sandbox: Sandbox, mart: Path, sql: str) -> None:
    with pytest.raises((QueryTimedOut, QueryTooLarge)):
        sandbox.run(mart, sql)
    assert sandbox.run(mart, "SELECT 1").rows == [(1,)]


def test_a_killed_worker_is_reaped_and_replaced(mart: Path) -> None:
    with Sandbox(SandboxLimits(timeout_seconds=0.5, memory_mb=256, slots=1)) as one:
        before = set(one.worker_pids())
        with pytest.raises(QueryTimedOut):
            one.run(mart, UNSTOPPABLE)
        (gone,) = before - set(one.worker_pids())
        assert not is_running(gone)  # A zombie would still be there.
        assert len(one.worker_pids()) == len(before)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT length(repeat('x', 2000000000))",
        "SELECT list(range) FROM range(1000000000)",
        "SELECT 1" + " UNION ALL SELECT 1" * 3000,
        "SELECT repeat('x', 100000) FROM range(90)",
    ],
    ids=["one value", "one list", "a deep plan", "the answer"],
)
def test_memory_is_bounded(mart: Path, sql: str) -> None:
    limits = SandboxLimits(timeout_seconds=20, memory_mb=128, max_rows=100, max_bytes=4 << 20, slots=1)
    with Sandbox(limits) as one:
        with pytest.raises((QueryTooLarge, QueryTimedOut)):
            one.run(mart, sql)
        assert one.run(mart, "SELECT 1").rows == [(1,)]


def test_a_worker_killed_from_outside_costs_no_query(mart: Path) -> None:
    with Sandbox(SandboxLimits(timeout_seconds=5, memory_mb=256, slots=1)) as one:
        one.run(mart, "SELECT 1")
        for pid in one.worker_pids():
            os.kill(pid, signal.SIGKILL)
        # A child that was killed is a zombie until it is waited for; `run` must notice and replace it.
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                answer = one.run(mart, "SELECT 2").rows
                break
            except QueryTooLarge:
                continue  # The kill had not arrived when the worker was taken.
        assert answer == [(2,)]


def test_queries_run_side_by_side_and_each_gets_its_own_answer(sandbox: Sandbox, mart: Path, other_mart: Path) -> None:
    def ask(number: int) -> tuple[object, ...]:
        chosen = mart if number % 2 else other_mart
        return sandbox.run(chosen, f"SELECT {number}, amount FROM mart.main.accounts").rows[0]

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(ask, range(40)))
    assert answers == [(number, 7 if number % 2 else 8) for number in range(40)]


def test_a_slow_query_does_not_hold_the_other_slot(mart: Path) -> None:
    limits = SandboxLimits(timeout_seconds=30, memory_mb=256, slots=2)
    slow = Cancellation()
    with Sandbox(limits) as two, ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(two.run, mart, UNSTOPPABLE, cancellation=slow)
        assert two.run(mart, "SELECT 1").rows == [(1,)]
        slow.cancel()
        with pytest.raises(QueryCancelled):
            waiting.result()


def test_a_query_can_be_given_up(mart: Path) -> None:
    cancellation = Cancellation()
    with Sandbox(SandboxLimits(timeout_seconds=60, memory_mb=256, slots=1)) as one:
        timer = threading.Timer(0.3, cancellation.cancel)
        timer.start()
        with pytest.raises(QueryCancelled):
            one.run(mart, UNSTOPPABLE, cancellation=cancellation)
        timer.join()
        assert one.run(mart, "SELECT 1").rows == [(1,)]


def test_a_query_given_up_beforehand_does_not_run(mart: Path) -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    with Sandbox(SandboxLimits(timeout_seconds=60, memory_mb=256, slots=1)) as one, pytest.raises(QueryCancelled):
        one.run(mart, UNSTOPPABLE, cancellation=cancellation)


def test_when_all_slots_are_taken_the_asker_is_told(mart: Path) -> None:
    held = Cancellation()
    limits = SandboxLimits(timeout_seconds=60, memory_mb=256, slots=1, wait_seconds=0.1)
    with Sandbox(limits) as one, ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(one.run, mart, UNSTOPPABLE, cancellation=held)
        while not one.busy_count:
            time.sleep(0.01)
        with pytest.raises(SandboxIsBusy):
            one.run(mart, "SELECT 1")
        held.cancel()
        with pytest.raises(QueryCancelled):
            waiting.result()


def test_closing_leaves_no_process_and_ends_what_runs(mart: Path) -> None:
    one = Sandbox(SandboxLimits(timeout_seconds=60, memory_mb=256, slots=1))
    with ThreadPoolExecutor(1) as thread:
        waiting = thread.submit(one.run, mart, UNSTOPPABLE)
        while not one.busy_count:
            time.sleep(0.01)
        pids = one.worker_pids()
        one.close()
        with pytest.raises(SandboxIsBusy, match="stopping"):
            waiting.result()
    assert not any(map(is_running, pids))
    with pytest.raises(SandboxIsBusy):
        one.run(mart, "SELECT 1")


def test_values_are_the_first_column(sandbox: Sandbox, mart: Path) -> None:
    assert sandbox.values(mart, "SELECT range, 'x' FROM range(3)") == [0, 1, 2]
