"""AWS CloudTrail: LookupEvents over the last 90 days, newest first, 50 a page, one attribute a call."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipelines.demo.refusals import Refusal
from pipelines.demo.services import Call, Handler
from pipelines.demo.services.paging import page_of

PAGE = 50
#: Lookup attributes and the member of the listed event that each compares with.
_ATTRIBUTES = {
    "EventId": "EventId",
    "EventName": "EventName",
    "ReadOnly": "ReadOnly",
    "Username": "Username",
    "EventSource": "EventSource",
    "AccessKeyId": "AccessKeyId",
}


class CloudTrail:
    """The event history of each account and region."""

    def __init__(self, home: Path) -> None:
        self._events: dict[tuple[str, str], list[dict[str, Any]]] = {}
        rows = pq.read_table(home / "api" / "events.parquet").to_pylist()
        for row in sorted(rows, key=lambda r: (r["event_time"], r["event_id"]), reverse=True):
            self._events.setdefault((row["account_id"], row["region"]), []).append(_listed(row))
        self.operations: dict[str, Handler] = {"LookupEvents": self._lookup_events}

    def _lookup_events(self, call: Call) -> dict[str, Any]:
        params = call.params
        attributes = params.get("LookupAttributes") or []
        if len(attributes) > 1:
            raise Refusal("InvalidLookupAttributesException", "You can use only one lookup attribute.")
        start, end = params.get("StartTime", 0), params.get("EndTime", float("inf"))
        if start > end:
            raise Refusal("InvalidTimeRangeException", "StartTime is after EndTime.")
        found = self._events.get((call.account_id, call.region), [])
        if params.get("EventCategory"):
            found = []  # no Insights events here
        for attribute in attributes:
            member = _ATTRIBUTES.get(attribute["AttributeKey"])
            # The events of WorkSpaces list no resources, so a search for one finds nothing, as in AWS.
            found = [e for e in found if member and e.get(member) == attribute["AttributeValue"]]
        found = [e for e in found if start <= e["EventTime"] <= end]
        shown, token = page_of(
            found,
            params.get("MaxResults", PAGE),
            params,
            member="NextToken",
            refusal="InvalidNextTokenException",
        )
        return {"Events": list(shown)} | ({"NextToken": token} if token else {})


def _listed(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "EventId": row["event_id"],
        "EventName": row["event_name"],
        "ReadOnly": str(row["is_read_only"]).lower(),
        "EventTime": row["event_time"].timestamp(),
        "EventSource": row["event_source"],
        "Username": row["user_name"],
        "Resources": [],
        "CloudTrailEvent": row["record"],
    }
