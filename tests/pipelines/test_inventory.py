"""The inventory over time: what is missing, what comes back, and what a region that does not answer proves: nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from pipelines import inventory
from pipelines.onboard import onboard
from tests.pipelines.demo.aws import SimulatedAws, simulated_aws
from tests.pipelines.syncing import NOW, ask, syncing

pytestmark = [pytest.mark.postgres, pytest.mark.aws, pytest.mark.slow]

ACME, GLOBEX = "100000000010", "100000000012"
GONE, ELSEWHERE = "ws-gonegone1", "ws-gonegone2"
BILLED_ONCE, BILLED_NOW = "ws-gonegone3", "ws-gonegone4"


@pytest.fixture
def record(database: str, estate: SimulatedAws, tmp_path: Path) -> str:
    """A record with the accounts on board and, of WorkSpaces, what the test puts there."""
    with syncing(database, estate, tmp_path) as context:
        onboard(context.postgres, estate.home / "accounts.json")
    return database


def put(dsn: str, workspace_id: str, account_id: str, region: str, **more: object) -> None:
    columns = {
        "workspace_id": workspace_id,
        "account_id": account_id,
        "region": region,
        "state": "AVAILABLE",
        "first_seen_at": NOW - timedelta(days=9),
        **more,
    }
    with psycopg.connect(dsn) as connection:
        names, marks = ", ".join(columns), ", ".join(f"%({name})s" for name in columns)
        connection.execute(f"INSERT INTO workspaces ({names}) VALUES ({marks})".encode(), columns)


def life(dsn: str, workspace_id: str) -> tuple[Any, ...]:
    [row] = ask(
        dsn,
        "SELECT state, terminated_at, terminated_at_source, missing_since FROM workspaces WHERE workspace_id = %(id)s",
        {"id": workspace_id},
    )
    return row


def read_at(dsn: str, aws: SimulatedAws, folder: Path, hours: int) -> inventory.Outcome:
    with syncing(dsn, aws, folder, now=NOW + timedelta(hours=hours)) as context:
        return inventory.run(context)


def test_two_complete_reads_without_it_terminate_a_workspace(record: str, estate: SimulatedAws, tmp_path: Path) -> None:
    put(record, GONE, GLOBEX, "eu-west-1")
    read_at(record, estate, tmp_path, 0)
    assert life(record, GONE) == ("AVAILABLE", None, None, NOW)
    read_at(record, estate, tmp_path, 1)
    # It was gone by the first read that missed it.
    assert life(record, GONE) == ("TERMINATED", NOW, "missing", NOW)
    assert read_at(record, estate, tmp_path, 2).loaded.written == 0


def test_a_region_that_fails_proves_nothing(record: str, estate: SimulatedAws, tmp_path: Path) -> None:
    put(record, ELSEWHERE, ACME, "us-west-2")  # AWS denies this region
    for hours in range(3):
        read_at(record, estate, tmp_path, hours)
    assert life(record, ELSEWHERE) == ("AVAILABLE", None, None, None)


def test_a_workspace_that_comes_back_is_alive_again(record: str, estate: SimulatedAws, tmp_path: Path) -> None:
    alive = estate.expected["never_logged_on"]["workspace_ids"][0]
    place = {"terminated_at": NOW, "terminated_at_source": "missing", "missing_since": NOW, "missing_syncs": 2}
    put(record, alive, account_of(estate, alive), "us-east-1", **place)
    read_at(record, estate, tmp_path, 0)
    assert life(record, alive) == ("AVAILABLE", None, None, None)


def account_of(aws: SimulatedAws, workspace_id: str) -> str:
    return next(account for account, _, item in aws.inventory() if item["WorkspaceId"] == workspace_id)


def bill(dsn: str, workspace_id: str, start: str, end: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute(
            """INSERT INTO billing_data (source, account_id, billing_period, workspace_id, region, service, usage_type,
                charge_type, fee_class, start_date, end_date, amount)
            VALUES ('cur2', %s, date_trunc('month', %s::date), %s, 'eu-west-1', 'Amazon WorkSpaces', %s, 'Usage',
                'autostop_hours', %s, %s, 1)""",
            [GLOBEX, start, workspace_id, workspace_id, start, end],
        )


def test_a_workspace_that_only_bills_know_ended_with_them(record: str, estate: SimulatedAws, tmp_path: Path) -> None:
    for workspace_id, end in ((BILLED_ONCE, "2026-09-04"), (BILLED_NOW, "2026-11-20")):
        put(record, workspace_id, GLOBEX, "eu-west-1", state="UNKNOWN", is_in_inventory=False)
        bill(record, workspace_id, f"{end[:8]}01", end)
    read_at(record, estate, tmp_path, 0)
    # The first read is not written down as complete while it is under way, so the second one settles it.
    read_at(record, estate, tmp_path, 1)
    state, terminated_at, source, _ = life(record, BILLED_ONCE)
    assert (state, str(terminated_at.date()), source) == ("TERMINATED", "2026-09-04", "missing")
    # Billed this month: two complete reads without it, and it had gone by the end of its last line.
    state, terminated_at, source, _ = life(record, BILLED_NOW)
    assert (state, str(terminated_at.date()), source) == ("TERMINATED", "2026-11-20", "missing")


def test_the_same_id_in_two_accounts_fails_that_region_alone(record: str, estate: SimulatedAws, tmp_path: Path) -> None:
    stolen = estate.expected["stuck_session"]["workspace_id"]
    owner = account_of(estate, stolen)
    other = next(a["account_id"] for a in estate.accounts if a["account_id"] != owner)
    put(record, stolen, other, "us-east-1")
    outcome = read_at(record, estate, tmp_path, 0)
    failed = {failure.account_id: failure.message for failure in outcome.failures if failure.region != "us-west-2"}
    assert list(failed) == [owner]
    assert f"{stolen} came with account_id {owner}" in failed[owner]
    assert ask(record, "SELECT count(*) FROM workspaces WHERE account_id = %(id)s", {"id": owner}) == [(0,)]


def desktops_of(dsn: str, account_id: str) -> list[tuple[Any, ...]]:
    text = "SELECT workspace_id, state, missing_since FROM workspaces WHERE account_id = %(id)s ORDER BY 1"
    return ask(dsn, text, {"id": account_id})


@pytest.fixture
def failing(estate_home: Path) -> Iterator[SimulatedAws]:
    """The same estate behind an AWS that refuses one account its WorkSpaces and throttles everybody three times."""
    faults = f"""[
        {{"account_id": "{GLOBEX}", "operation": "DescribeWorkspaces", "code": "AccessDeniedException"}},
        {{"account_id": "{ACME}", "region": "us-east-1", "operation": "DescribeWorkspaceDirectories", "times": 3}}]"""
    with simulated_aws(estate_home, "--faults", faults) as running:
        yield running


def test_an_account_that_fails_stops_nobody_and_loses_nothing(
    record: str, estate: SimulatedAws, failing: SimulatedAws, tmp_path: Path
) -> None:
    read_at(record, estate, tmp_path, 0)
    before = desktops_of(record, GLOBEX)
    for hours in (1, 2):
        outcome = read_at(record, failing, tmp_path, hours)
        assert outcome.status == "PARTIAL"
        assert {(f.account_id, f.region) for f in outcome.failures} == {(GLOBEX, "eu-west-1"), (ACME, "us-west-2")}
    assert desktops_of(record, GLOBEX) == before
    assert len(before) == failing.expected["totals"]["workspaces_by_account"][GLOBEX]
    rows = ask(
        record,
        """SELECT account_id, region, status, is_complete, throttles, error_message IS NOT NULL FROM sync_history
        WHERE account_id IS NOT NULL AND started_at = %(at)s ORDER BY account_id, region""",
        {"at": NOW + timedelta(hours=1)},
    )
    assert rows == [
        (ACME, "us-east-1", "SUCCEEDED", True, 3, False),
        (ACME, "us-west-2", "FAILED", False, 0, True),
        ("100000000011", "us-east-1", "SUCCEEDED", True, 0, False),
        (GLOBEX, "eu-west-1", "FAILED", False, 0, True),
        ("100000000013", "ap-southeast-1", "SUCCEEDED", True, 0, False),
    ]


def test_a_wrong_external_id_says_what_to_check(record: str, estate: SimulatedAws, tmp_path: Path) -> None:
    with psycopg.connect(record) as connection:
        connection.execute("UPDATE aws_accounts SET external_id = 'not-the-right-one' WHERE account_id = %s", [GLOBEX])
    outcome = read_at(record, estate, tmp_path, 0)
    [message] = [failure.message for failure in outcome.failures if failure.account_id == GLOBEX]
    assert "in AssumeRole" in message
    assert "the external id as condition" in message
