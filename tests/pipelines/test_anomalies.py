"""All that was planted in the simulated AWS is in the mart, with the answer that was worked out when planting it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.pipelines.conftest import Synced
from tests.pipelines.syncing import ask

pytestmark = [pytest.mark.postgres, pytest.mark.aws, pytest.mark.slow]


@pytest.fixture
def expected(synced: Synced) -> dict[str, Any]:
    return synced.aws.expected


def month(text: str) -> date:
    return date.fromisoformat(f"{text}-01")


def test_the_inventory_is_complete(synced: Synced, expected: dict[str, Any]) -> None:
    totals = expected["totals"]
    states = synced.rows("SELECT state, count(*) AS n FROM workspaces WHERE terminated_at IS NULL GROUP BY state")
    accounts = synced.rows(
        "SELECT account_id, count(*) AS n FROM workspaces WHERE terminated_at IS NULL GROUP BY account_id"
    )
    assert {row["state"]: row["n"] for row in states} == totals["workspaces_by_state"]
    assert {row["account_id"]: row["n"] for row in accounts} == totals["workspaces_by_account"]


def test_never_logged_on(synced: Synced, expected: dict[str, Any]) -> None:
    planted = expected["never_logged_on"]
    found = synced.rows("SELECT workspace_id, last_month_cost FROM v_unused WHERE is_never_connected ORDER BY 1")
    assert [row["workspace_id"] for row in found] == planted["workspace_ids"]
    assert sum(row["last_month_cost"] for row in found) == Decimal(planted["monthly_cost"])


def test_a_session_that_never_ended(synced: Synced, expected: dict[str, Any]) -> None:
    planted = expected["stuck_session"]
    [row] = synced.rows(
        """SELECT billed_hours, connected_hours, usage_source FROM workspace_usage
        WHERE workspace_id = $id AND month = $m""",
        id=planted["workspace_id"],
        m=month(planted["month"]),
    )
    assert row["billed_hours"] == Decimal(planted["billed_hours"])
    assert row["connected_hours"] == Decimal(planted["connected_hours"])
    assert row["usage_source"] == "cur"


def test_a_time_out_of_two_days(synced: Synced, expected: dict[str, Any]) -> None:
    planted = expected["long_timeout"]
    found = synced.value(
        "SELECT auto_stop_timeout_min FROM workspaces WHERE workspace_id = $id", id=planted["workspace_id"]
    )
    assert found == planted["auto_stop_timeout_min"]


def test_a_jump_in_cost_and_the_workspaces_behind_it(synced: Synced, expected: dict[str, Any]) -> None:
    planted = expected["cost_spike"]
    client_id = synced.client_ids[planted["client_code"]]
    costs = {
        row["month"]: row["cost"]
        for row in synced.rows("SELECT month, cost FROM v_client_month_cost WHERE client_id = $id", id=client_id)
    }
    before, after = costs[month(planted["previous_month"])], costs[month(planted["month"])]
    assert (before, after) == (Decimal(planted["cost_before"]), Decimal(planted["cost_after"]))
    upgraded = synced.rows(
        """SELECT DISTINCT workspace_id FROM cloudtrail_events
        WHERE event_name = 'ModifyWorkspaceProperties' AND error_code IS NULL
          AND request_parameters ->> '$.workspaceProperties.computeTypeName' IS NOT NULL ORDER BY 1"""
    )
    assert [row["workspace_id"] for row in upgraded] == planted["workspace_ids"]


def test_in_the_inventory_but_not_on_the_bill(synced: Synced, expected: dict[str, Any]) -> None:
    planted = expected["inventory_versus_bill"]["in_inventory_without_bill"]
    found = synced.rows(
        """SELECT w.workspace_id FROM workspaces AS w
        WHERE w.terminated_at IS NULL AND w.created_at < $m
          AND NOT EXISTS (
            SELECT 1 FROM billing_data AS b WHERE b.workspace_id = w.workspace_id AND b.start_date >= $m)""",
        m=month(planted["since_month"]),
    )
    assert [row["workspace_id"] for row in found] == [planted["workspace_id"]]


def test_billed_after_its_end(synced: Synced, expected: dict[str, Any]) -> None:
    planted = expected["inventory_versus_bill"]["billed_after_termination"]
    found = synced.rows(
        """SELECT w.workspace_id, w.terminated_at, sum(b.amount) AS cost
        FROM workspaces AS w
        JOIN billing_data AS b ON b.workspace_id = w.workspace_id
        WHERE w.terminated_at_source = 'cloudtrail' AND b.billing_period > w.terminated_at::DATE
        GROUP BY ALL"""
    )
    assert len(found) == 1
    assert found[0]["workspace_id"] == planted["workspace_id"]
    assert found[0]["terminated_at"] == datetime.fromisoformat(planted["terminated_at"])
    assert found[0]["cost"] == Decimal(planted["cost"])


def test_one_person_with_two_workspaces(synced: Synced, expected: dict[str, Any]) -> None:
    planted = expected["duplicate_user"]
    found = synced.rows(
        """SELECT account_id, user_name, list(workspace_id ORDER BY workspace_id) AS ids FROM workspaces
        WHERE terminated_at IS NULL GROUP BY ALL HAVING count(*) > 1"""
    )
    assert found == [
        {"account_id": planted["account_id"], "user_name": planted["user_name"], "ids": planted["workspace_ids"]}
    ]


def test_the_same_user_name_in_two_clients(synced: Synced, expected: dict[str, Any]) -> None:
    planted = expected["same_user_name_in_two_clients"]
    found = synced.rows(
        """SELECT w.user_name, list(w.workspace_id ORDER BY w.workspace_id) AS ids
        FROM workspaces AS w JOIN accounts AS a ON a.account_id = w.account_id
        WHERE w.terminated_at IS NULL GROUP BY ALL HAVING count(DISTINCT a.client_id) > 1"""
    )
    assert found == [{"user_name": planted["user_name"], "ids": planted["workspace_ids"]}]


def test_untagged_workspaces(synced: Synced, expected: dict[str, Any]) -> None:
    found = synced.rows(
        """SELECT workspace_id FROM workspaces AS w WHERE terminated_at IS NULL
          AND NOT EXISTS (SELECT 1 FROM workspace_tags AS t WHERE t.workspace_id = w.workspace_id) ORDER BY 1"""
    )
    assert [row["workspace_id"] for row in found] == expected["untagged"]["workspace_ids"]


def test_days_without_metrics_have_no_rows_and_lower_the_coverage(synced: Synced, expected: dict[str, Any]) -> None:
    planted = expected["metric_gap"]
    days = [date.fromisoformat(day) for day in planted["days"]]
    rows = synced.value(
        "SELECT count(*) FROM workspace_usage_daily WHERE account_id = $id AND list_contains($days, day)",
        id=planted["account_id"],
        days=days,
    )
    coverage = synced.rows(
        """SELECT DISTINCT u.coverage_pct FROM workspace_usage AS u
        JOIN workspaces AS w ON w.workspace_id = u.workspace_id
        WHERE u.account_id = $id AND u.month = $m AND w.created_at < $m AND w.terminated_at IS NULL""",
        id=planted["account_id"],
        m=days[0].replace(day=1),
    )
    assert rows == 0
    # 21 days of November have passed; 3 of them are lost: 18/21 = 85.71 %.
    assert coverage == [{"coverage_pct": Decimal("85.71")}]


def test_a_denied_region_fails_alone_and_says_why(synced: Synced, expected: dict[str, Any]) -> None:
    planted = expected["denied_region"]
    rows = ask(
        synced.dsn,
        """SELECT account_id, region, error_message FROM sync_history
        WHERE sync_type = 'inventory' AND status = 'FAILED'""",
    )
    assert [row[:2] for row in rows] == [(planted["account_id"], planted["region"])]
    assert "AccessDeniedException in DescribeWorkspaces" in rows[0][2]
    assert "→ Add the action to the reader role" in rows[0][2]
    assert synced.outcomes["inventory"].status == "PARTIAL"


def test_a_workspace_that_changed_its_mode_three_times(synced: Synced, expected: dict[str, Any]) -> None:
    planted = expected["mode_flapping"]
    lines = synced.rows(
        """SELECT usage_type, sum(amount) AS amount FROM billing_data
        WHERE workspace_id = $id AND billing_period = $m GROUP BY usage_type""",
        id=planted["workspace_id"],
        m=month(planted["month"]),
    )
    changes = synced.value(
        """SELECT count(*) FROM cloudtrail_events WHERE workspace_id = $id AND error_code IS NULL
          AND request_parameters ->> '$.workspaceProperties.runningMode' IS NOT NULL""",
        id=planted["workspace_id"],
    )
    assert {row["usage_type"]: row["amount"] for row in lines} == {
        line["usage_type"]: Decimal(line["amount"]) for line in planted["lines"]
    }
    assert changes == planted["changes"]


def test_a_chain_of_migrations_is_one_life(synced: Synced, expected: dict[str, Any]) -> None:
    first, second, third = expected["migrated_chain"]["workspace_ids"]
    found = {
        row["workspace_id"]: row
        for row in synced.rows(
            "SELECT * FROM v_lifecycle WHERE list_contains($ids, workspace_id)", ids=[first, second, third]
        )
    }
    assert found[first]["replaced_by_workspace_id"] == second
    assert found[second]["replaced_by_workspace_id"] == third
    assert [found[w]["state"] == "TERMINATED" for w in (first, second, third)] == [True, True, False]
    assert found[first]["terminated_at"] == found[second]["created_at"]
    assert found[second]["terminated_at"] == found[third]["created_at"]


def test_an_unknown_usage_type_is_other(synced: Synced, expected: dict[str, Any]) -> None:
    planted = expected["unknown_usage_type"]
    [row] = synced.rows(
        "SELECT workspace_id, fee_class, amount, billing_period FROM billing_data WHERE usage_type = $t",
        t=planted["usage_type"],
    )
    assert row == {
        "workspace_id": planted["workspace_id"],
        "fee_class": "other",
        "amount": Decimal(planted["amount"]),
        "billing_period": month(planted["month"]),
    }


def test_a_month_that_comes_to_zero(synced: Synced, expected: dict[str, Any]) -> None:
    planted = expected["zero_cost_month"]
    [row] = synced.rows(
        """SELECT sum(amount) AS total, sum(amount) FILTER (WHERE amount > 0) AS charges FROM billing_data
        WHERE account_id = $id AND billing_period = $m""",
        id=planted["account_id"],
        m=month(planted["month"]),
    )
    assert row == {"total": Decimal(planted["total"]), "charges": Decimal(planted["charges"])}


@pytest.mark.parametrize(("kind", "fee_class"), [("credit", "credit"), ("refund", "refund"), ("restatement", "other")])
def test_negative_lines_stay_negative(synced: Synced, expected: dict[str, Any], kind: str, fee_class: str) -> None:
    planted = expected["negative_lines"][kind]
    place = "workspace_id" if "workspace_id" in planted else "account_id"
    amounts = synced.rows(
        f"""SELECT amount FROM billing_data
        WHERE {place} = $id AND billing_period = $m AND fee_class = $f AND amount < 0""",
        id=planted[place],
        m=month(planted["month"]),
        f=fee_class,
    )
    assert [row["amount"] for row in amounts] == [Decimal(planted["amount"])]
