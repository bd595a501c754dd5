"""LookupEvents: 90 days, 50 a page, newest first; what the events say about WorkSpaces."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.pipelines.demo.aws import SimulatedAws

pytestmark = pytest.mark.aws
# AWS allows two of these a second and so does the simulation: let botocore wait as it does against AWS.
PATIENT = Config(retries={"mode": "standard", "total_max_attempts": 12})


@pytest.fixture(scope="module")
def events(aws: SimulatedAws) -> dict[str, list[dict[str, Any]]]:
    """All events of WorkSpaces of each account, as listed."""
    found = {}
    for account in aws.accounts:
        pages = (
            aws.client("cloudtrail", account["account_id"], config=PATIENT)
            .get_paginator("lookup_events")
            .paginate(LookupAttributes=[{"AttributeKey": "EventSource", "AttributeValue": "workspaces.amazonaws.com"}])
        )
        found[account["account_id"]] = [event for page in pages for event in page["Events"]]
    return found


def test_events_are_of_the_last_90_days_newest_first(events: dict[str, list[dict[str, Any]]]) -> None:
    for listed in events.values():
        times = [event["EventTime"] for event in listed]
        assert times == sorted(times, reverse=True)
        assert times[-1] >= datetime(2026, 8, 24, tzinfo=UTC)


def test_a_page_holds_50(aws: SimulatedAws) -> None:
    page = aws.client("cloudtrail", config=PATIENT).lookup_events()
    assert len(page["Events"]) == 50
    assert page["NextToken"]


def test_event_ids_are_unique(events: dict[str, list[dict[str, Any]]]) -> None:
    ids = [event["EventId"] for listed in events.values() for event in listed]
    assert len(ids) == len(set(ids))


def test_a_second_attribute_is_refused(aws: SimulatedAws) -> None:
    attribute = {"AttributeKey": "ReadOnly", "AttributeValue": "false"}
    with pytest.raises(ClientError, match="only one lookup attribute"):
        aws.client("cloudtrail", config=PATIENT).lookup_events(LookupAttributes=[attribute, attribute])


def test_a_time_range_is_kept(aws: SimulatedAws) -> None:
    start, end = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 8, tzinfo=UTC)
    page = aws.client("cloudtrail", config=PATIENT).lookup_events(StartTime=start, EndTime=end)
    assert page["Events"]
    assert all(start <= event["EventTime"] <= end for event in page["Events"])


def test_the_termination_that_is_billed_on_is_there(aws: SimulatedAws, events: dict[str, list[dict[str, Any]]]) -> None:
    gone = aws.expected["inventory_versus_bill"]["billed_after_termination"]
    matching = [
        record
        for record in _records(events, "TerminateWorkspaces")
        if {"workspaceId": gone["workspace_id"]} in record["requestParameters"]["terminateWorkspaceRequests"]
        and "errorCode" not in record
    ]
    assert [record["eventTime"] for record in matching] == [gone["terminated_at"].replace("+00:00", "Z")]


def test_the_flapping_desktop_changed_its_mode_three_times(
    aws: SimulatedAws, events: dict[str, list[dict[str, Any]]]
) -> None:
    flapping = aws.expected["mode_flapping"]
    modes = [
        record["requestParameters"]["workspaceProperties"]["runningMode"]
        for record in sorted(_records(events, "ModifyWorkspaceProperties"), key=lambda r: r["eventTime"])
        if record["requestParameters"]["workspaceId"] == flapping["workspace_id"] and "errorCode" not in record
    ]
    assert modes == ["ALWAYS_ON", "AUTO_STOP", "ALWAYS_ON"]


def test_the_migrated_chain_can_be_followed(aws: SimulatedAws, events: dict[str, list[dict[str, Any]]]) -> None:
    first, middle, last = aws.expected["migrated_chain"]["workspace_ids"]
    hops = {
        record["responseElements"]["sourceWorkspaceId"]: record["responseElements"]["targetWorkspaceId"]
        for record in _records(events, "MigrateWorkspace")
        if record.get("responseElements")
    }
    assert hops[first] == middle
    assert hops[middle] == last


def test_created_ids_stand_in_the_response_alone(events: dict[str, list[dict[str, Any]]]) -> None:
    creations = [r for r in _records(events, "CreateWorkspaces") if "errorCode" not in r]
    assert creations
    for record in creations:
        assert 1 <= len(record["requestParameters"]["workspaces"]) <= 25
        assert all("workspaceId" not in wanted for wanted in record["requestParameters"]["workspaces"])
        assert all(made["workspaceId"].startswith("ws-") for made in record["responseElements"]["pendingRequests"])


def _records(events: dict[str, list[dict[str, Any]]], name: str) -> list[dict[str, Any]]:
    listed = [event for account in events.values() for event in account]
    return [json.loads(event["CloudTrailEvent"]) for event in listed if event["EventName"] == name]
