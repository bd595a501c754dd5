"""CloudWatch: on how many 5-minute points of a day somebody was connected to a WorkSpace.

`UserConnected` is 1 or 0 every 5 minutes. Over a day (Period 86400) its Sum is the number of connected points and its
SampleCount the number of points that CloudWatch received, so a month of a WorkSpace costs 62 numbers, not 17,856.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import batched

from pipelines.aws.connect import AwsRegion
from workbench.errors import WorkbenchError

MAX_METRICS, MAX_POINTS = 500, 100_800  # of one GetMetricData call
KEPT_DAYS = 455  # CloudWatch keeps points of an hour and more this long
POINT_MINUTES = 5
DAY_POINTS = 288
_STATISTICS = ("Sum", "SampleCount")


class MetricsAreIncomplete(WorkbenchError):
    """CloudWatch gave only part of what was asked for."""


@dataclass(frozen=True, slots=True)
class UsageDay:
    """One WorkSpace on one day (UTC) of which CloudWatch received points."""

    workspace_id: str
    day: date
    connected_min: int
    points_received: int


def usage_days(region: AwsRegion, workspace_ids: Sequence[str], start: date, end: date) -> Iterator[list[UsageDay]]:
    """Usage in the days [start, end), a list for each call to AWS; days without points are left out.

    Raises MetricsAreIncomplete if CloudWatch answers with an error of its own for a metric.
    """
    if not workspace_ids or start >= end:
        return
    days = (end - start).days
    at_once = min(MAX_METRICS, MAX_POINTS // days) // len(_STATISTICS)
    for ids in batched(workspace_ids, max(1, at_once)):
        yield _read(region, ids, start, end)


def _read(region: AwsRegion, workspace_ids: Sequence[str], start: date, end: date) -> list[UsageDay]:
    client = region.client("cloudwatch")
    queries = [
        _query(f"m{n}_{i}", workspace_id, statistic)
        for n, workspace_id in enumerate(workspace_ids)
        for i, statistic in enumerate(_STATISTICS)
    ]
    found: dict[tuple[int, date], list[int]] = {}
    pages = client.get_paginator("get_metric_data").paginate(
        MetricDataQueries=queries, StartTime=_midnight(start), EndTime=_midnight(end), ScanBy="TimestampAscending"
    )
    for page in pages:
        for result in page["MetricDataResults"]:
            if result.get("StatusCode") not in ("Complete", "PartialData", None):
                raise MetricsAreIncomplete(
                    f"CloudWatch answered {result['StatusCode']} for {result.get('Label', result['Id'])}.",
                    do="The days are read again at the next run.",
                )
            number, statistic = map(int, result["Id"][1:].split("_"))
            for moment, value in zip(result["Timestamps"], result["Values"], strict=True):
                found.setdefault((number, moment.date()), [0, 0])[statistic] = round(value)
    return [
        UsageDay(workspace_ids[number], day, min(points, DAY_POINTS) * POINT_MINUTES, received)
        for (number, day), (points, received) in found.items()
        if received
    ]


def _query(query_id: str, workspace_id: str, statistic: str) -> dict[str, object]:
    return {
        "Id": query_id,
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/WorkSpaces",
                "MetricName": "UserConnected",
                "Dimensions": [{"Name": "WorkspaceId", "Value": workspace_id}],
            },
            "Period": 86_400,
            "Stat": statistic,
        },
    }


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def oldest_kept_day(today: date) -> date:
    """The oldest day of which CloudWatch still has points."""
    return today - timedelta(days=KEPT_DAYS - 1)
