"""Hours of use: worked out from days and bills, by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from pipelines.load import Loaded
from pipelines.usage import work_out_months
from tests.pipelines.conftest import Synced
from workbench.postgres import Connection

ACCOUNT, DESKTOP = "100000000001", "ws-aaaaaaaaa"
OCTOBER, NOVEMBER, DECEMBER = date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO clients (name, code) VALUES ('Acme', 'acme')")
        connection.execute(
            """INSERT INTO aws_accounts (account_id, client_id, account_name, role_arn, external_id, regions)
            SELECT %s, client_id, 'x', 'arn:aws:iam::1:role/r', 'sixteen-characters', '{us-east-1}' FROM clients""",
            [ACCOUNT],
        )
        connection.execute(
            """INSERT INTO workspaces (workspace_id, account_id, region, state, created_at, created_at_source)
            VALUES (%s, %s, 'us-east-1', 'AVAILABLE', '2026-01-01', 'cur')""",
            [DESKTOP, ACCOUNT],
        )
        yield connection


def used(connection: Connection, day: date, minutes: int, points: int = 288) -> None:
    connection.execute(
        "INSERT INTO workspace_usage_daily VALUES (%s, %s, %s, %s, %s)", [DESKTOP, ACCOUNT, day, minutes, points]
    )


def billed(
    connection: Connection, month: date, hours: str, *, is_estimated: bool = False, source: str = "cur2"
) -> None:
    connection.execute(
        """INSERT INTO billing_data (source, account_id, billing_period, workspace_id, service, usage_type, charge_type,
            fee_class, start_date, end_date, usage_quantity, amount, is_estimated)
        VALUES (%s, %s, %s, %s, 'Amazon WorkSpaces', 'AW-HW-2-AutoStop-Usage', 'Usage', 'autostop_hours', %s,
            %s::date + 1, %s, 1, %s)""",
        [source, ACCOUNT, month, DESKTOP, month, month, hours, is_estimated],
    )


def work_out(connection: Connection, today: date = date(2026, 11, 11)) -> Loaded:
    return work_out_months(
        connection, account_id=ACCOUNT, region=None, month_from=OCTOBER, month_to=DECEMBER, today=today
    )


def months(connection: Connection) -> dict[date, tuple[Any, ...]]:
    rows = connection.execute(
        """SELECT month, usage_hours, usage_source, connected_hours, billed_hours, active_days, coverage_pct, is_final
        FROM workspace_usage"""
    )
    return {month: tuple(rest) for month, *rest in rows.fetchall()}


@pytest.mark.postgres
def test_without_billed_hours_use_is_connected_time(connection: Connection) -> None:
    used(connection, date(2026, 10, 5), 90)
    used(connection, date(2026, 10, 6), 35)
    used(connection, date(2026, 10, 7), 0)
    work_out(connection)
    # 125 min = 2.0833 h on 2 days; 3 of October's 31 days have all their points: 3/31 = 9.68 %.
    expected = (Decimal("2.0833"), "cloudwatch", Decimal("2.0833"), None, 2, Decimal("9.68"), True)
    assert months(connection) == {OCTOBER: expected}


@pytest.mark.postgres
def test_billed_hours_are_the_truth_where_there_are_any(connection: Connection) -> None:
    used(connection, date(2026, 10, 5), 90)
    billed(connection, OCTOBER, "7")
    work_out(connection)
    assert months(connection)[OCTOBER][:4] == (Decimal(7), "cur", Decimal("1.5"), Decimal(7))


@pytest.mark.postgres
def test_cost_explorer_says_nothing_of_a_workspaces_hours(connection: Connection) -> None:
    used(connection, date(2026, 10, 5), 90)
    billed(connection, OCTOBER, "7", source="ce")
    work_out(connection)
    assert months(connection)[OCTOBER][:2] == (Decimal("1.5"), "cloudwatch")


@pytest.mark.postgres
def test_a_workspace_that_only_bills_know_has_hours_too(connection: Connection) -> None:
    billed(connection, OCTOBER, "3.25")
    work_out(connection)
    assert months(connection) == {OCTOBER: (Decimal("3.25"), "cur", None, Decimal("3.25"), None, None, True)}


@pytest.mark.postgres
def test_a_month_is_final_when_it_is_over_and_its_bill_is_closed(connection: Connection) -> None:
    billed(connection, OCTOBER, "3", is_estimated=True)
    billed(connection, NOVEMBER, "4")
    work_out(connection)
    assert {month: row[-1] for month, row in months(connection).items()} == {OCTOBER: False, NOVEMBER: False}
    connection.execute("UPDATE billing_data SET is_estimated = false")
    work_out(connection)
    assert {month: row[-1] for month, row in months(connection).items()} == {OCTOBER: True, NOVEMBER: False}
    work_out(connection, today=DECEMBER)
    assert {month: row[-1] for month, row in months(connection).items()} == {OCTOBER: True, NOVEMBER: True}


@pytest.mark.postgres
def test_coverage_counts_the_days_that_it_lived_and_that_have_passed(connection: Connection) -> None:
    connection.execute("UPDATE workspaces SET created_at = '2026-11-06T00:00Z'")
    for number in (6, 7, 8):
        used(connection, date(2026, 11, number), 0)
    work_out(connection, today=date(2026, 11, 11))
    # It lived on the 6th to the 10th, five days; three have data: 60 %.
    assert months(connection)[NOVEMBER][5] == Decimal("60.00")


@pytest.mark.postgres
def test_working_out_again_writes_nothing(connection: Connection) -> None:
    used(connection, date(2026, 10, 5), 90)
    billed(connection, NOVEMBER, "4")
    assert work_out(connection) == Loaded(inserted=2)
    assert work_out(connection) == Loaded()
    connection.execute("UPDATE workspace_usage_daily SET connected_min = 95")
    assert work_out(connection) == Loaded(updated=1)


@pytest.mark.postgres
@pytest.mark.aws
@pytest.mark.slow
def test_every_day_since_the_first_month_is_read_but_today(synced: Synced) -> None:
    [row] = synced.rows("SELECT min(day) AS first, max(day) AS last FROM workspace_usage_daily")
    assert row == {"first": date(2026, 6, 1), "last": date(2026, 11, 21)}
