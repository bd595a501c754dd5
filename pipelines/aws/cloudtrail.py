"""CloudTrail: who changed which WorkSpaces. LookupEvents knows 90 days, in no order, some events twice or late.

Members of an event are camelCase of the API's, but nobody promises the case, so they are read without regard to it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from pipelines.aws.connect import AwsRegion

EVENT_SOURCE = "workspaces.amazonaws.com"

type Json = dict[str, Any]
Relation = Literal["target", "created", "source", "replacement"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Created:
    """What CreateWorkspaces answered; all that is known of a WorkSpace that is gone before the first sync."""

    user_name: str | None
    directory_id: str | None
    bundle_id: str | None
    running_mode: str | None
    compute_type: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Involved:
    """One WorkSpace that an event is about. `item_error`: why AWS refused it although the call went through."""

    workspace_id: str
    relation: Relation
    item_error: str | None = None
    about: Created | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One call that changed something, or was refused (`error_code`)."""

    event_id: str
    event_name: str
    event_time: datetime
    user_identity: str  #: ARN of who called, or the best name there is
    actor_type: str | None
    source_ip: str | None
    error_code: str | None
    request_parameters: str | None  #: JSON
    response_elements: str | None  #: JSON
    involved: tuple[Involved, ...]


def write_events(region: AwsRegion, start: datetime, end: datetime) -> Iterator[Event]:
    """Events of WorkSpaces in [start, end) that are not read-only."""
    client = region.client("cloudtrail")
    pages = client.get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": "EventSource", "AttributeValue": EVENT_SOURCE}],
        StartTime=start,
        EndTime=end,
        PaginationConfig={"PageSize": 50},
    )
    for page in pages:
        for item in page.get("Events", []):
            if item.get("ReadOnly") != "true" and not item["EventName"].startswith(("Describe", "List", "Get")):
                yield parse_event(json.loads(item["CloudTrailEvent"]))


def parse_event(record: Json) -> Event:
    """Read one CloudTrail record as it stands in LookupEvents and in the files of a trail."""
    event = _lowered(record)
    identity = event.get("useridentity") or {}
    moment = datetime.fromisoformat(record["eventTime"]).astimezone(UTC)
    return Event(
        event_id=event["eventid"],
        event_name=event["eventname"],
        event_time=moment,
        user_identity=_actor(identity),
        actor_type=identity.get("type"),
        source_ip=event.get("sourceipaddress"),
        error_code=event.get("errorcode"),
        request_parameters=_text(record.get("requestParameters")),
        response_elements=_text(record.get("responseElements")),
        involved=tuple(_involved(event)),
    )


def _involved(event: Json) -> Iterator[Involved]:
    request, response = event.get("requestparameters") or {}, event.get("responseelements") or {}
    if event["eventname"] == "MigrateWorkspace":
        source = response.get("sourceworkspaceid") or request.get("sourceworkspaceid")
        target = response.get("targetworkspaceid")
        if source:
            yield Involved(workspace_id=source, relation="source")
        if target:
            yield Involved(workspace_id=target, relation="replacement")
        return
    # The ids of new WorkSpaces stand in the response alone.
    created = {item["workspaceid"]: item for item in response.get("pendingrequests", []) if item.get("workspaceid")}
    for workspace_id, item in sorted(created.items()):
        yield Involved(workspace_id=workspace_id, relation="created", about=_created(item))
    refused = {
        item["workspaceid"]: item.get("errorcode") or "refused"
        for item in response.get("failedrequests", [])
        if item.get("workspaceid")
    }
    for workspace_id in sorted(_ids(request) - created.keys()):
        yield Involved(workspace_id=workspace_id, relation="target", item_error=refused.get(workspace_id))


def _created(item: Json) -> Created:
    properties = item.get("workspaceproperties") or {}
    return Created(
        user_name=item.get("username"),
        directory_id=item.get("directoryid"),
        bundle_id=item.get("bundleid"),
        running_mode=properties.get("runningmode"),
        compute_type=properties.get("computetypename"),
    )


def _ids(value: object) -> set[str]:
    """Every WorkSpace id that a request names, however deep: AWS nests them differently in each call."""
    if isinstance(value, dict):
        own = {
            text
            for key, text in value.items()
            if key in ("workspaceid", "sourceworkspaceid", "resourceid")
            and isinstance(text, str)
            and text.startswith("ws-")
        }
        return own.union(*(_ids(inner) for inner in value.values()))
    if isinstance(value, list):
        return set[str]().union(*(_ids(inner) for inner in value))
    return set()


def _actor(identity: Json) -> str:
    return str(
        identity.get("arn")
        or identity.get("username")
        or identity.get("invokedby")
        or identity.get("principalid")
        or identity.get("type")
        or "unknown"
    )


def _lowered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key.lower(): _lowered(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_lowered(inner) for inner in value]
    return value


def _text(value: Json | None) -> str | None:
    return None if value is None else json.dumps(value, sort_keys=True)
