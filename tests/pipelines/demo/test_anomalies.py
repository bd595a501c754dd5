"""Each planted answer, found again through the API or the export: what a product has to find, it can find."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from decimal import Decimal
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.pipelines.demo.aws import SimulatedAws

pytestmark = pytest.mark.aws


@pytest.fixture(scope="module")
def workspaces(aws: SimulatedAws) -> dict[str, dict[str, Any]]:
    return {w["WorkspaceId"]: w | {"AccountId": account} for account, _, w in aws.inventory()}


@pytest.fixture(scope="module")
def lines(aws: SimulatedAws) -> list[dict[str, Any]]:
    s3 = aws.payer_client("s3")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=aws.cur["bucket"], Prefix=f"{aws.cur['prefix']}/")
    keys = [item["Key"] for page in pages for item in page["Contents"] if item["Key"].endswith(".parquet")]
    bodies = (s3.get_object(Bucket=aws.cur["bucket"], Key=key)["Body"].read() for key in keys)
    found = [line for body in bodies for line in pq.read_table(io.BytesIO(body)).to_pylist()]
    for line in found:
        line["workspace_id"] = line["line_item_resource_id"].rpartition("workspace/")[2]
        line["month"] = f"{line['line_item_usage_start_date']:%Y-%m}"
        line["cost"] = Decimal(repr(line["line_item_unblended_cost"]))
    return found


def test_who_never_logged_on_is_exactly_the_planted(
    aws: SimulatedAws, workspaces: dict[str, dict[str, Any]], lines: list[dict[str, Any]]
) -> None:
    never = []
    for account in aws.accounts:
        for region in set(account["regions"]) - set(account["denied_regions"]):
            client = aws.client("workspaces", account["account_id"], region)
            for page in client.get_paginator("describe_workspaces_connection_status").paginate():
                for status in page["WorkspacesConnectionStatus"]:
                    if "LastKnownUserConnectionTimestamp" not in status:
                        never.append(status["WorkspaceId"])
    planted = aws.expected["never_logged_on"]
    assert sorted(never) == planted["workspace_ids"]
    assert len(never) == 14
    assert {workspaces[w]["WorkspaceProperties"]["RunningMode"] for w in never} == {"ALWAYS_ON"}
    cost = sum(line["cost"] for line in lines if line["workspace_id"] in never and line["month"] == planted["month"])
    assert cost == Decimal(planted["monthly_cost"])


def test_the_stuck_session_is_billed_every_hour_of_its_month(aws: SimulatedAws, lines: list[dict[str, Any]]) -> None:
    stuck = aws.expected["stuck_session"]
    hours = sum(
        line["line_item_usage_amount"]
        for line in lines
        if line["workspace_id"] == stuck["workspace_id"]
        and line["month"] == stuck["month"]
        and line["line_item_usage_type"].endswith("AutoStop-Usage")
    )
    # September has 30 days of 24 hours.
    assert stuck["month"] == "2026-09"
    assert hours == 720 == float(stuck["billed_hours"])


def test_one_time_out_is_48_hours(aws: SimulatedAws, workspaces: dict[str, dict[str, Any]]) -> None:
    longest = max(
        workspaces.values(), key=lambda w: w["WorkspaceProperties"].get("RunningModeAutoStopTimeoutInMinutes", 0)
    )
    assert longest["WorkspaceId"] == aws.expected["long_timeout"]["workspace_id"]
    assert longest["WorkspaceProperties"]["RunningModeAutoStopTimeoutInMinutes"] == 48 * 60


def test_the_spike_is_about_sixty_percent(aws: SimulatedAws, workspaces: dict[str, dict[str, Any]]) -> None:
    spike = aws.expected["cost_spike"]
    before, after = Decimal(spike["cost_before"]), Decimal(spike["cost_after"])
    assert Decimal("1.50") <= after / before <= Decimal("1.70")
    assert len(spike["workspace_ids"]) == 20
    for workspace_id, (_, compute_type) in spike["upgrades"].items():
        assert workspaces[workspace_id]["WorkspaceProperties"]["ComputeTypeName"] == compute_type


def test_one_workspace_is_in_the_inventory_and_not_on_the_bill(
    aws: SimulatedAws, workspaces: dict[str, dict[str, Any]], lines: list[dict[str, Any]]
) -> None:
    unbilled = aws.expected["inventory_versus_bill"]["in_inventory_without_bill"]
    billed_now = {line["workspace_id"] for line in lines if line["month"] == "2026-11"}
    # A WorkSpace that was migrated last month pays under its new id from the next 1st on, so this month all are billed.
    assert set(workspaces) - billed_now == {unbilled["workspace_id"]}


def test_one_workspace_is_billed_after_its_end(aws: SimulatedAws, lines: list[dict[str, Any]]) -> None:
    gone = aws.expected["inventory_versus_bill"]["billed_after_termination"]
    costs = [
        line["cost"]
        for line in lines
        if line["workspace_id"] == gone["workspace_id"] and line["month"] == gone["month"]
    ]
    assert gone["terminated_at"] < gone["month"]
    assert sum(costs) == Decimal(gone["cost"]) > 0


def test_users_with_two_workspaces_are_the_planted(aws: SimulatedAws, workspaces: dict[str, dict[str, Any]]) -> None:
    by_user = defaultdict(list)
    for workspace_id, workspace in workspaces.items():
        by_user[workspace["UserName"]].append(workspace_id)
    doubled = {user: sorted(ids) for user, ids in by_user.items() if len(ids) > 1}
    one, across = aws.expected["duplicate_user"], aws.expected["same_user_name_in_two_clients"]
    assert doubled == {one["user_name"]: one["workspace_ids"], across["user_name"]: across["workspace_ids"]}
    clients = {a["account_id"]: a["client_code"] for a in aws.accounts}
    assert len({clients[workspaces[w]["AccountId"]] for w in one["workspace_ids"]}) == 1
    assert len({clients[workspaces[w]["AccountId"]] for w in across["workspace_ids"]}) == 2


def test_orphans_are_whoever_the_people_list_lacks(aws: SimulatedAws, workspaces: dict[str, dict[str, Any]]) -> None:
    with (aws.home / "people.csv").open(newline="", encoding="utf-8") as stream:
        people = {(row["client_code"], row["user_name"]) for row in csv.DictReader(stream)}
    clients = {a["account_id"]: a["client_code"] for a in aws.accounts}
    missing = [w for w, shown in workspaces.items() if (clients[shown["AccountId"]], shown["UserName"]) not in people]
    assert sorted(missing) == aws.expected["orphaned_users"]["workspace_ids"]


def test_mode_flapping_pays_base_hours_and_always_on(aws: SimulatedAws, lines: list[dict[str, Any]]) -> None:
    flapping = aws.expected["mode_flapping"]
    costs: dict[str, Decimal] = defaultdict(Decimal)
    for line in lines:
        if line["workspace_id"] == flapping["workspace_id"] and line["month"] == flapping["month"]:
            costs[line["line_item_usage_type"]] += line["cost"]
    assert {u: str(c.normalize()) for u, c in costs.items()} == {
        line["usage_type"]: str(Decimal(line["amount"]).normalize()) for line in flapping["lines"]
    }
    assert sum(u.endswith("AutoStop-User") for u in costs) == 1
    assert sum("AutoStop" not in u and "SW" not in u for u in costs) >= 1


def test_the_unknown_usage_type_is_one_line(aws: SimulatedAws, lines: list[dict[str, Any]]) -> None:
    unknown = aws.expected["unknown_usage_type"]
    found = [line for line in lines if line["line_item_usage_type"] == "AW-HW-99"]
    assert [(line["workspace_id"], line["month"], line["cost"]) for line in found] == [
        (unknown["workspace_id"], unknown["month"], Decimal("7.77"))
    ]


def test_one_account_month_comes_to_zero(aws: SimulatedAws, lines: list[dict[str, Any]]) -> None:
    zero = aws.expected["zero_cost_month"]
    costs = [
        line["cost"]
        for line in lines
        if line["line_item_usage_account_id"] == zero["account_id"] and line["month"] == zero["month"]
    ]
    assert sum(costs) == 0
    assert sum(cost for cost in costs if cost > 0) == Decimal(zero["charges"]) > 0


def test_negative_lines_are_the_planted(aws: SimulatedAws, lines: list[dict[str, Any]]) -> None:
    negative = sorted((line["line_item_line_item_type"], line["cost"]) for line in lines if line["cost"] < 0)
    waived = -Decimal(aws.expected["zero_cost_month"]["charges"])
    assert negative == sorted(
        [("Credit", Decimal(-50)), ("Credit", waived), ("Refund", Decimal("-12.5")), ("Usage", Decimal("-37.2"))]
    )
