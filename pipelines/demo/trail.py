"""The CloudTrail events of the estate: who created, changed, migrated and terminated which WorkSpaces, and the noise.

Request and response members are camelCase, as CloudTrail writes them. One call covers 1–25 WorkSpaces; the ids of
created ones stand in the response alone. Events with `errorCode` changed nothing.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import orjson

from pipelines.demo.estate import Account, ClientEstate, Desktop, Window
from pipelines.demo.running_modes import AUTO_STOP

WORKSPACES_SOURCE = "workspaces.amazonaws.com"
ERROR_SHARE = 0.02
BATCH = 25

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailEvent:
    """One event as LookupEvents lists it; `record` is the JSON text of the whole event."""

    event_id: str
    event_time: datetime
    account_id: str
    region: str
    event_name: str
    event_source: str
    user_name: str
    is_read_only: bool
    record: str


def draw_events(client: ClientEstate, window: Window, rng: np.random.Generator) -> list[TrailEvent]:
    """All events of one client within the window, oldest first."""
    author = _Author(client, rng)
    events: list[TrailEvent] = []
    for (account_id, region), desktops in _by_place(client.desktops).items():
        account = client.account(account_id)
        for draft in itertools.chain(
            _creations(desktops, window),
            _terminations(desktops, window),
            _changes(desktops, window),
            _chores(desktops, window, rng),
            _reads(account, region, window, rng),
        ):
            events.append(author.write(draft, account_id, region))
            if not draft.is_read_only and draft.source == WORKSPACES_SOURCE and rng.random() < ERROR_SHARE:
                events.append(author.write(_refused(draft), account_id, region))
    return sorted(events, key=lambda event: (event.event_time, event.event_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    name: str
    at: datetime
    request: Json | None
    response: Json | None = None
    source: str = WORKSPACES_SOURCE
    is_read_only: bool = False
    error: tuple[str, str] | None = None


def _by_place(desktops: tuple[Desktop, ...]) -> dict[tuple[str, str], list[Desktop]]:
    places: dict[tuple[str, str], list[Desktop]] = {}
    for desktop in desktops:
        places.setdefault((desktop.account_id, desktop.region), []).append(desktop)
    return places


def _batches(
    desktops: list[Desktop], moment: Callable[[Desktop], datetime]
) -> Iterator[tuple[datetime, list[Desktop]]]:
    """Desktops that share an instant share a call, up to 25."""
    for at, group in itertools.groupby(sorted(desktops, key=moment), key=moment):
        members = list(group)
        for start in range(0, len(members), BATCH):
            yield at + timedelta(seconds=start), members[start : start + BATCH]


def _creations(desktops: list[Desktop], window: Window) -> Iterator[_Draft]:
    new = [d for d in desktops if d.created_at >= window.instant(0) and d.migrated_from is None]
    for at, batch in _batches(new, lambda d: d.created_at):
        requests = [
            {
                "directoryId": d.directory_id,
                "userName": d.person.user_name,
                "bundleId": d.bundle_id,
                "workspaceProperties": _properties(d),
                "tags": [{"key": key, "value": value} for key, value in d.tags],
            }
            for d in batch
        ]
        pending = [
            {
                "workspaceId": d.workspace_id,
                "directoryId": d.directory_id,
                "userName": d.person.user_name,
                "bundleId": d.bundle_id,
                "state": "PENDING",
                "workspaceProperties": _properties(d),
            }
            for d in batch
        ]
        failed: list[Json] = []
        if 20 <= len(batch) < BATCH:
            # A large order hits the account's quota: one more was asked for than was made.
            failed = [
                {
                    "workspaceRequest": {**requests[0], "userName": f"{batch[0].person.user_name}.extra"},
                    "errorCode": "ResourceLimitExceeded.Workspaces",
                    "errorMessage": "The number of WorkSpaces exceeds the limit of this account.",
                }
            ]
            requests = [*requests, failed[0]["workspaceRequest"]]
        yield _Draft(
            name="CreateWorkspaces",
            at=at,
            request={"workspaces": requests},
            response={"failedRequests": failed, "pendingRequests": pending},
        )


def _terminations(desktops: list[Desktop], window: Window) -> Iterator[_Draft]:
    gone = [d for d in desktops if d.terminated_at is not None and d.migrated_to is None]
    for at, batch in _batches(gone, lambda d: d.terminated_at or d.created_at):
        yield _Draft(
            name="TerminateWorkspaces",
            at=at,
            request={"terminateWorkspaceRequests": [{"workspaceId": d.workspace_id} for d in batch]},
            response={"failedRequests": []},
        )


def _changes(desktops: list[Desktop], window: Window) -> Iterator[_Draft]:
    for desktop in desktops:
        for day, mode in desktop.mode_changes:
            properties: Json = {"runningMode": mode}
            if mode == AUTO_STOP:
                properties["runningModeAutoStopTimeoutInMinutes"] = desktop.timeout_hours * 60
            yield _modify(desktop, window.instant(day, 37_800), properties)
        if desktop.upgrade_day is not None:
            at = window.instant(desktop.upgrade_day, 600)
            yield _modify(desktop, at, {"computeTypeName": desktop.upgrade_compute})
        if desktop.migrated_to is not None and desktop.terminated_at is not None:
            ids = {"sourceWorkspaceId": desktop.workspace_id}
            yield _Draft(
                name="MigrateWorkspace",
                at=desktop.terminated_at,
                request={**ids, "bundleId": desktop.bundle_id},
                response={**ids, "targetWorkspaceId": desktop.migrated_to},
            )


def _modify(desktop: Desktop, at: datetime, properties: Json) -> _Draft:
    request = {"workspaceId": desktop.workspace_id, "workspaceProperties": properties}
    return _Draft(name="ModifyWorkspaceProperties", at=at, request=request)


def _chores(desktops: list[Desktop], window: Window, rng: np.random.Generator) -> Iterator[_Draft]:
    """Reboots and tag changes: about one for every eight desktops a month."""
    for month in range(len(window.month_starts)):
        for _ in range(int(rng.poisson(len(desktops) / 8))):
            desktop = desktops[int(rng.integers(len(desktops)))]
            day = window.month_start_day(month) + int(rng.integers(window.month_days(month)))
            at = window.instant(day, int(rng.integers(25_000, 70_000)))
            if (
                day >= window.days
                or at <= desktop.created_at
                or (desktop.terminated_at and at >= desktop.terminated_at)
            ):
                continue
            if rng.random() < 0.8:
                request: Json = {"rebootWorkspaceRequests": [{"workspaceId": desktop.workspace_id}]}
                yield _Draft(name="RebootWorkspaces", at=at, request=request, response={"failedRequests": []})
            elif desktop.tags:
                key, value = desktop.tags[0]
                request = {"resourceId": desktop.workspace_id, "tags": [{"key": key, "value": value}]}
                yield _Draft(name="CreateTags", at=at, request=request)


def _reads(account: Account, region: str, window: Window, rng: np.random.Generator) -> Iterator[_Draft]:
    """What everyone's trail is full of: a Describe call a day and now and then a sign-in, for the last 90 days."""
    for day in range(max(0, window.days - 90), window.days):
        at = window.instant(day, int(rng.integers(0, 86_000)))
        yield _Draft(name="DescribeWorkspaces", at=at, request=None, is_read_only=True)
        if rng.random() < 0.1:
            at += timedelta(seconds=120)
            yield _Draft(
                name="ConsoleLogin",
                at=at,
                request=None,
                response={"ConsoleLogin": "Success"},
                source="signin.amazonaws.com",
            )


def _refused(draft: _Draft) -> _Draft:
    """The same call a little earlier, refused: it changed nothing."""
    return _Draft(
        name=draft.name,
        at=draft.at - timedelta(minutes=7),
        request=draft.request,
        error=("AccessDenied", f"User is not authorized to perform: workspaces:{draft.name}"),
    )


def _properties(desktop: Desktop) -> Json:
    properties: Json = {
        "runningMode": desktop.running_mode,
        "rootVolumeSizeGib": desktop.hardware.root_gib,
        "userVolumeSizeGib": desktop.hardware.user_gib,
        "computeTypeName": desktop.hardware.compute_type,
    }
    if desktop.running_mode == AUTO_STOP:
        properties["runningModeAutoStopTimeoutInMinutes"] = desktop.timeout_hours * 60
    return properties


class _Author:
    """Signs drafts: three administrators, one automation role, the root user and, rarely, a directory."""

    def __init__(self, client: ClientEstate, rng: np.random.Generator) -> None:
        self._client, self._rng = client, rng

    def write(self, draft: _Draft, account_id: str, region: str) -> TrailEvent:
        """The event of `draft`, with an id, an actor and the whole record."""
        event_id = str(uuid.UUID(bytes=self._rng.bytes(16), version=4))
        user_name, identity = self._actor(draft, account_id)
        record: Json = {
            "eventVersion": "1.11",
            "userIdentity": identity,
            "eventTime": draft.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "eventSource": draft.source,
            "eventName": draft.name,
            "awsRegion": region,
            "sourceIPAddress": f"203.0.113.{int(self._rng.integers(1, 255))}",
            "userAgent": "aws-internal/3" if identity["type"] == "Directory" else "Boto3/1.44.3",
            "requestParameters": draft.request,
            "responseElements": draft.response,
            "requestID": str(uuid.UUID(bytes=self._rng.bytes(16), version=4)),
            "eventID": event_id,
            "readOnly": draft.is_read_only,
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": account_id,
            "eventCategory": "Management",
        }
        if draft.error:
            record["errorCode"], record["errorMessage"] = draft.error
        return TrailEvent(
            event_id=event_id,
            event_time=draft.at,
            account_id=account_id,
            region=region,
            event_name=draft.name,
            event_source=draft.source,
            user_name=user_name,
            is_read_only=draft.is_read_only,
            record=orjson.dumps(record).decode(),
        )

    def _actor(self, draft: _Draft, account_id: str) -> tuple[str, Json]:
        draw = self._rng.random()
        if draft.is_read_only:
            return self._role(account_id, "WorkspacesInventoryReader", "workbench")
        if draw < 0.02:
            return "root", {
                "type": "Root",
                "principalId": account_id,
                "arn": f"arn:aws:iam::{account_id}:root",
                "accountId": account_id,
            }
        if draw < 0.04 and draft.name == "RebootWorkspaces":
            return "directory", {"type": "Directory", "principalId": "workspaces", "accountId": account_id}
        if draw < 0.25:
            return self._role(account_id, "EucAutomation", "pipeline")
        admin = self._client.admins[int(self._rng.integers(len(self._client.admins)))]
        return self._role(account_id, "AWSReservedSSO_WorkSpacesAdmin_0a1b2c3d4e5f6a7b", admin)

    def _role(self, account_id: str, role: str, name: str) -> tuple[str, Json]:
        return name, {
            "type": "AssumedRole",
            "principalId": f"AROAEXAMPLE{account_id[-4:]}:{name}",
            "arn": f"arn:aws:sts::{account_id}:assumed-role/{role}/{name}",
            "accountId": account_id,
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role",
                    "arn": f"arn:aws:iam::{account_id}:role/{role}",
                    "accountId": account_id,
                    "userName": role,
                }
            },
        }
