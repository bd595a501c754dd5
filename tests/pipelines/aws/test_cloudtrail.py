"""What an event says of WorkSpaces, whatever the case of its members."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from pipelines.aws.cloudtrail import Created, Involved, parse_event


def event(name: str, request: object, response: object = None, **more: Any) -> dict[str, Any]:
    return {
        "eventID": "e-1",
        "eventName": name,
        "eventTime": "2026-11-03T08:15:00Z",
        "userIdentity": {"type": "AssumedRole", "arn": "arn:aws:sts::1:assumed-role/Admin/ann"},
        "sourceIPAddress": "203.0.113.9",
        "requestParameters": request,
        "responseElements": response,
        **more,
    }


def test_who_when_and_from_where() -> None:
    found = parse_event(event("RebootWorkspaces", {"rebootWorkspaceRequests": [{"workspaceId": "ws-a1"}]}))
    assert found.event_time == datetime(2026, 11, 3, 8, 15, tzinfo=UTC)
    assert (found.user_identity, found.actor_type) == ("arn:aws:sts::1:assumed-role/Admin/ann", "AssumedRole")
    assert (found.source_ip, found.error_code) == ("203.0.113.9", None)


@pytest.mark.parametrize("key", ["workspaceId", "WorkspaceId", "workspaceid"])
def test_the_case_of_members_does_not_matter(key: str) -> None:
    found = parse_event(event("TerminateWorkspaces", {"TerminateWorkspaceRequests": [{key: "ws-b"}, {key: "ws-a"}]}))
    assert found.involved == (
        Involved(workspace_id="ws-a", relation="target"),
        Involved(workspace_id="ws-b", relation="target"),
    )


def test_what_was_refused_of_a_batch_is_marked() -> None:
    request = {"terminateWorkspaceRequests": [{"workspaceId": "ws-a"}, {"workspaceId": "ws-b"}]}
    response = {"failedRequests": [{"workspaceId": "ws-b", "errorCode": "InvalidResourceState"}]}
    found = parse_event(event("TerminateWorkspaces", request, response))
    assert [(i.workspace_id, i.item_error) for i in found.involved] == [
        ("ws-a", None),
        ("ws-b", "InvalidResourceState"),
    ]


def test_the_ids_of_new_workspaces_come_from_the_response() -> None:
    request = {"workspaces": [{"userName": "ann", "directoryId": "d-1"}, {"userName": "bob", "directoryId": "d-1"}]}
    response = {
        "pendingRequests": [
            {"workspaceId": "ws-a", "userName": "ann", "directoryId": "d-1", "bundleId": "wsb-1",
             "workspaceProperties": {"runningMode": "AUTO_STOP", "computeTypeName": "VALUE"}}
        ],
        "failedRequests": [{"workspaceRequest": {"userName": "bob"}, "errorCode": "ResourceLimitExceeded"}],
    }  # fmt: skip
    about = Created(
        user_name="ann", directory_id="d-1", bundle_id="wsb-1", running_mode="AUTO_STOP", compute_type="VALUE"
    )
    found = parse_event(event("CreateWorkspaces", request, response))
    assert found.involved == (Involved(workspace_id="ws-a", relation="created", about=about),)


def test_a_migration_links_the_old_and_the_new_id() -> None:
    response = {"sourceWorkspaceId": "ws-old", "targetWorkspaceId": "ws-new"}
    found = parse_event(event("MigrateWorkspace", {"sourceWorkspaceId": "ws-old", "bundleId": "wsb-1"}, response))
    assert [(i.workspace_id, i.relation) for i in found.involved] == [("ws-old", "source"), ("ws-new", "replacement")]


def test_a_refused_call_has_its_error_and_no_response() -> None:
    found = parse_event(event("MigrateWorkspace", {"sourceWorkspaceId": "ws-old"}, errorCode="AccessDenied"))
    assert found.error_code == "AccessDenied"
    assert [i.relation for i in found.involved] == ["source"]


@pytest.mark.parametrize("resource", ["d-1234567890", "arn:aws:workspaces:x"])
def test_tags_of_other_things_name_no_workspace(resource: str) -> None:
    assert parse_event(event("CreateTags", {"resourceId": resource})).involved == ()


def test_an_identity_without_arn_still_has_a_name() -> None:
    found = parse_event(event("RebootWorkspaces", {}, userIdentity={"type": "AWSService", "invokedBy": "workspaces"}))
    assert found.user_identity == "workspaces"
