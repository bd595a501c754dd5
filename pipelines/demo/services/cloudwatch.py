"""Amazon CloudWatch: GetMetricData of AWS/WorkSpaces UserConnected, 1 or 0 every five minutes while a WorkSpace lives.

Five-minute points are kept 63 days, points of an hour and longer 455. Buckets are aligned to multiples of the period
since the epoch, so a day is a UTC day. Newest first unless asked otherwise, at most 100,800 points a page.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pipelines.demo.estate import SLOTS_PER_DAY
from pipelines.demo.refusals import Refusal
from pipelines.demo.services import Call, Handler
from pipelines.demo.services.paging import offset_in, token_at

MAX_METRICS = 500
MAX_POINTS = 100_800
FINE_DAYS, COARSE_DAYS = 63, 455
SLOT_SECONDS = 300
_STATS = ("Maximum", "Minimum", "Sum", "SampleCount", "Average")

type Ints = NDArray[np.int64]


class CloudWatch:
    """Counts connected five-minute points out of the sessions of the estate."""

    def __init__(self, home: Path) -> None:
        api = home / "api"
        window = orjson.loads((api / "window.json").read_bytes())
        start = datetime.fromisoformat(window["start"]).replace(tzinfo=UTC)
        self._epoch = int(start.timestamp())
        as_of = datetime.fromisoformat(window["as_of"]).replace(tzinfo=UTC)
        self._now = int(as_of.timestamp()) + 86_400
        self._gap_account: str = window["metric_gap"]["account_id"]
        self._gap = tuple(day * SLOTS_PER_DAY for day in window["metric_gap"]["days"])
        self._offsets = np.load(api / "session_offsets.npy")
        self._starts = np.load(api / "session_starts.npy", mmap_mode="r")
        self._lengths = np.load(api / "session_lengths.npy", mmap_mode="r")
        owners = pq.read_table(api / "metric_owners.parquet").to_pydict()
        places = zip(owners["account_id"], owners["region"], owners["workspace_id"], strict=True)
        self._rows = {place: row for row, place in enumerate(places)}
        self._first, self._end = owners["first_slot"], owners["end_slot"]
        self.operations: dict[str, Handler] = {"GetMetricData": self._get_metric_data}

    def _get_metric_data(self, call: Call) -> dict[str, Any]:
        params = call.params
        queries = params["MetricDataQueries"]
        if len(queries) > MAX_METRICS:
            raise Refusal(
                "ValidationError", f"The collection MetricDataQueries must not have a size greater than {MAX_METRICS}."
            )
        if len({query["Id"] for query in queries}) < len(queries):
            raise Refusal("ValidationError", "The Ids of MetricDataQueries must be unique.")
        if params["StartTime"] >= params["EndTime"]:
            raise Refusal("ValidationError", "The parameter StartTime must be less than the parameter EndTime.")
        newest_first = params.get("ScanBy", "TimestampDescending") == "TimestampDescending"
        limit = min(params.get("MaxDatapoints", MAX_POINTS), MAX_POINTS)
        begin = offset_in(params, member="NextToken", refusal="InvalidNextToken")
        results, passed, sent = [], 0, 0
        for query in queries:
            stamps, values = self._points(call, query)
            if newest_first:
                stamps, values = stamps[::-1], values[::-1]
            skipped = min(max(0, begin - passed), stamps.size)
            shown = slice(skipped, min(stamps.size, skipped + limit - sent))
            passed += int(stamps.size)
            if stamps.size and shown.start >= shown.stop:
                continue  # on another page
            if not stamps.size and begin:
                continue  # stood on the first page
            sent += shown.stop - shown.start
            results.append(
                {
                    "Id": query["Id"],
                    "Label": query.get("Label", _label(query)),
                    "Timestamps": stamps[shown].tolist(),
                    "Values": values[shown].tolist(),
                    "StatusCode": "Complete" if shown.stop == stamps.size else "PartialData",
                }
            )
        answer: dict[str, Any] = {"MetricDataResults": results, "Messages": []}
        if begin + sent < passed:
            answer["NextToken"] = token_at(begin + sent, params, "NextToken")
        return answer

    def _points(self, call: Call, query: dict[str, Any]) -> tuple[Ints, NDArray[np.float64]]:
        """(Unix seconds, values) of one query, oldest first; only buckets that have a sample."""
        stat = query.get("MetricStat")
        if stat is None:
            raise Refusal("ValidationError", "Only MetricStat queries are answered here, no Expression.")
        period = stat["Period"]
        if period % SLOT_SECONDS:
            raise Refusal(
                "ValidationError", f"Period must be a multiple of {SLOT_SECONDS}: the metric has 5-minute points."
            )
        if stat["Stat"] not in _STATS:
            raise Refusal("ValidationError", f"Stat must be one of {', '.join(_STATS)}.")
        row = self._row(call, stat["Metric"])
        if row is None:
            return np.zeros(0, np.int64), np.zeros(0)
        edges = self._edges(call.params, period)
        if edges.size < 2:
            return np.zeros(0, np.int64), np.zeros(0)
        slots = (edges - self._epoch) // SLOT_SECONDS
        samples, connected = self._counts(row, slots, has_gap=call.account_id == self._gap_account)
        some = samples > 0
        samples, connected = samples[some].astype(np.float64), connected[some].astype(np.float64)
        values = {
            "Maximum": (connected > 0).astype(np.float64),
            "Minimum": (connected == samples).astype(np.float64),
            "Sum": connected,
            "SampleCount": samples,
            "Average": connected / samples,
        }[stat["Stat"]]
        return edges[:-1][some], values

    def _row(self, call: Call, metric: dict[str, Any]) -> int | None:
        if metric.get("Namespace") != "AWS/WorkSpaces" or metric.get("MetricName") != "UserConnected":
            return None
        dimensions = metric.get("Dimensions") or []
        if [d["Name"] for d in dimensions] != ["WorkspaceId"]:
            return None
        return self._rows.get((call.account_id, call.region, dimensions[0]["Value"]))

    def _edges(self, params: Any, period: int) -> Ints:
        """The borders of the buckets in Unix seconds, within what is kept and not after the present."""
        kept_days = FINE_DAYS if period < 3600 else COARSE_DAYS
        start = max(int(params["StartTime"]), self._now - kept_days * 86_400, self._epoch)
        end = min(-int(-params["EndTime"] // 1), self._now)
        return np.arange(start // period * period, -(-end // period) * period + period, period, dtype=np.int64)

    def _counts(self, row: int, slots: Ints, *, has_gap: bool) -> tuple[Ints, Ints]:
        """Samples and connected samples in each bucket between `slots`."""
        mine = slice(int(self._offsets[row]), int(self._offsets[row + 1]))
        starts, lengths = self._starts[mine].astype(np.int64), self._lengths[mine].astype(np.int64)
        total = np.concatenate([[0], np.cumsum(lengths)])

        def connected_before(slot: Ints) -> Ints:
            place = np.searchsorted(starts, slot, side="right")
            last = np.maximum(place - 1, 0)
            if not starts.size:
                return np.zeros_like(slot)
            return np.where(place > 0, total[last] + np.minimum(slot - starts[last], lengths[last]), 0)

        alive = np.clip(slots, self._first[row], self._end[row])
        samples, connected = np.diff(alive), np.diff(connected_before(alive))
        if has_gap:
            lost = np.clip(alive, *self._gap)
            samples, connected = samples - np.diff(lost), connected - np.diff(connected_before(lost))
        return samples, connected


def _label(query: dict[str, Any]) -> str:
    name: str = query["MetricStat"]["Metric"]["MetricName"]
    return name
