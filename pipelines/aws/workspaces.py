"""Amazon WorkSpaces: desktops, their connections, the directories and bundles they are made from.

Personal WorkSpaces only: pools have no WorkSpace that lives longer than a session.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from typing import Any

from pipelines.aws.connect import AwsRegion

PAGE = 25  # the most that one call lists or takes


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkSpace:
    """One item of DescribeWorkspaces. AWS tells neither when it was created nor when it was last used."""

    workspace_id: str
    directory_id: str | None
    user_name: str | None
    state: str
    bundle_id: str | None
    running_mode: str | None
    compute_type: str | None
    os_name: str | None
    protocols: list[str] | None
    root_volume_gib: int | None
    user_volume_gib: int | None
    auto_stop_timeout_min: int | None
    computer_name: str | None
    ip_address: str | None
    error_code: str | None
    related_workspace_id: str | None
    standby_role: str | None  #: PRIMARY or STANDBY, None when it has no partner in another region
    raw: str  #: the item as AWS gave it, JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """One item of DescribeWorkspacesConnectionStatus; WorkSpaces in ERROR have none."""

    workspace_id: str
    connection_state: str | None
    last_connected_at: datetime | None  #: None: nobody has ever connected
    checked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """One directory registered with WorkSpaces."""

    directory_id: str
    name: str | None
    alias: str | None
    directory_type: str | None
    state: str | None
    maintenance_mode: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """One bundle. Volumes in GiB."""

    bundle_id: str
    owner: str | None
    name: str | None
    description: str | None
    compute_type: str | None
    root_gib: int | None
    user_gib: int | None
    state: str | None


def workspaces(region: AwsRegion) -> Iterator[WorkSpace]:
    """All Personal WorkSpaces of the account in the region."""
    client = region.client("workspaces")
    for page in client.get_paginator("describe_workspaces").paginate(PaginationConfig={"PageSize": PAGE}):
        yield from map(_workspace, page.get("Workspaces", []))


def connections(region: AwsRegion, workspace_ids: Iterable[str]) -> Iterator[Connection]:
    """Who is connected and when somebody last was, for those of `workspace_ids` that AWS knows a connection of."""
    client = region.client("workspaces")
    for ids in batched(workspace_ids, PAGE):
        # At most 25 ids give at most 25 answers, so there is never a second page.
        for item in client.describe_workspaces_connection_status(WorkspaceIds=list(ids))["WorkspacesConnectionStatus"]:
            yield Connection(
                workspace_id=item["WorkspaceId"],
                connection_state=item.get("ConnectionState"),
                last_connected_at=item.get("LastKnownUserConnectionTimestamp"),
                checked_at=item.get("ConnectionStateCheckTimestamp"),
            )


def directories(region: AwsRegion) -> Iterator[Directory]:
    """All directories registered with WorkSpaces in the region."""
    client = region.client("workspaces")
    for page in client.get_paginator("describe_workspace_directories").paginate():
        for item in page.get("Directories", []):
            yield Directory(
                directory_id=item["DirectoryId"],
                name=item.get("DirectoryName"),
                alias=item.get("Alias"),
                directory_type=item.get("DirectoryType"),
                state=item.get("State"),
                maintenance_mode=item.get("WorkspaceCreationProperties", {}).get("EnableMaintenanceMode"),
            )


def bundles(region: AwsRegion, bundle_ids: Iterable[str]) -> Iterator[Bundle]:
    """The bundles with these ids; AWS leaves out those that are gone."""
    client = region.client("workspaces")
    for ids in batched(sorted(bundle_ids), PAGE):
        for item in client.describe_workspace_bundles(BundleIds=list(ids)).get("Bundles", []):
            yield Bundle(
                bundle_id=item["BundleId"],
                owner=item.get("Owner"),
                name=item.get("Name"),
                description=item.get("Description"),
                compute_type=item.get("ComputeType", {}).get("Name"),
                root_gib=_gib(item.get("RootStorage")),
                user_gib=_gib(item.get("UserStorage")),
                state=item.get("State"),
            )


def _workspace(item: dict[str, Any]) -> WorkSpace:
    properties = item.get("WorkspaceProperties", {})
    related: list[dict[str, Any]] = item.get("RelatedWorkspaces") or []
    partner = related[0] if related else {}
    # RelatedWorkspaces names the partner's role, so ours is the other one.
    role = {"PRIMARY": "STANDBY", "STANDBY": "PRIMARY"}.get(partner.get("Type", ""))
    return WorkSpace(
        workspace_id=item["WorkspaceId"],
        directory_id=item.get("DirectoryId"),
        user_name=item.get("UserName"),
        state=item["State"],
        bundle_id=item.get("BundleId"),
        running_mode=properties.get("RunningMode"),
        compute_type=properties.get("ComputeTypeName"),
        os_name=properties.get("OperatingSystemName"),
        protocols=properties.get("Protocols"),
        root_volume_gib=properties.get("RootVolumeSizeGib"),
        user_volume_gib=properties.get("UserVolumeSizeGib"),
        auto_stop_timeout_min=properties.get("RunningModeAutoStopTimeoutInMinutes"),
        computer_name=item.get("ComputerName"),
        ip_address=item.get("IpAddress"),
        error_code=item.get("ErrorCode"),
        related_workspace_id=partner.get("WorkspaceId"),
        standby_role=role,
        raw=json.dumps(item, default=str, sort_keys=True),
    )


def _gib(storage: dict[str, str] | None) -> int | None:
    capacity = (storage or {}).get("Capacity", "")
    return int(capacity) if capacity.isdigit() else None
