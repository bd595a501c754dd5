"""Bills: exact to the last digit, two witnesses, replaced as a whole."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from tests.pipelines.conftest import Synced
from tests.pipelines.syncing import ask

pytestmark = [pytest.mark.postgres, pytest.mark.aws, pytest.mark.slow]


def test_both_sources_agree_on_every_account_and_month(synced: Synced) -> None:
    rows = synced.rows("SELECT cur_amount, cost_explorer_amount, difference FROM v_reconciliation")
    assert rows
    assert [row for row in rows if row["cur_amount"] is None or row["cost_explorer_amount"] is None] == []
    assert {row["difference"] for row in rows} == {Decimal(0)}


def test_every_client_month_is_what_the_bill_says_it_is(synced: Synced) -> None:
    found = {
        (row["client_id"], row["month"]): row["cost"]
        for row in synced.rows("SELECT client_id, month, cost FROM v_client_month_cost")
    }
    expected = {
        (synced.client_ids[code], date.fromisoformat(f"{month}-01")): Decimal(amount)
        for code, months in synced.aws.expected["totals"]["cost_by_client_month"].items()
        for month, amount in months.items()
    }
    # A client that had nothing yet has no rows.
    assert found == {place: amount for place, amount in expected.items() if amount or place in found}


def test_every_line_of_the_export_is_there(synced: Synced) -> None:
    found = synced.rows("SELECT account_id, count(*) AS lines FROM billing_data GROUP BY account_id")
    assert {row["account_id"]: row["lines"] for row in found} == synced.aws.expected["totals"]["cur_lines_by_account"]


def test_no_column_of_a_mart_is_a_float(synced: Synced) -> None:
    floats = synced.rows(
        """SELECT table_name, column_name FROM duckdb_columns()
        WHERE NOT internal AND regexp_matches(data_type, 'DOUBLE|FLOAT|REAL')"""
    )
    assert floats == []


def test_only_the_open_month_is_estimated(synced: Synced) -> None:
    rows = synced.rows("SELECT DISTINCT billing_period FROM billing_data WHERE is_estimated")
    assert [row["billing_period"] for row in rows] == [date(2026, 11, 1)]


def test_every_billed_workspace_is_known(synced: Synced) -> None:
    unknown = synced.rows(
        """SELECT DISTINCT workspace_id FROM billing_data AS b WHERE workspace_id IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM workspaces AS w WHERE w.workspace_id = b.workspace_id)"""
    )
    assert unknown == []


def test_the_months_that_were_read_are_remembered(synced: Synced) -> None:
    months = ask(synced.dsn, "SELECT source, count(*) FROM billing_reads GROUP BY source ORDER BY source")
    # The export has the six months of the small estate; Cost Explorer was asked for all 14 that it keeps.
    assert months == [("ce", 14), ("cur2", 6)]


def test_billed_hours_never_exceed_the_month(synced: Synced) -> None:
    too_many = synced.rows(
        """SELECT workspace_id, month, billed_hours FROM workspace_usage
        WHERE billed_hours > 24 * date_diff('day', month, month + INTERVAL 1 MONTH)"""
    )
    assert too_many == []
