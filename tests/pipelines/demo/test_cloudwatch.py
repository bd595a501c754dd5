"""GetMetricData of UserConnected: periods, statistics, limits, retention, the planted gap and the stuck session."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.pipelines.demo.aws import SimulatedAws

pytestmark = pytest.mark.aws
END = datetime(2026, 11, 22, tzinfo=UTC)


def test_a_stuck_session_is_connected_all_day(aws: SimulatedAws) -> None:
    stuck = aws.expected["stuck_session"]
    month = datetime.fromisoformat(f"{stuck['month']}-01").replace(tzinfo=UTC)
    account, workspace_id = _owner(aws, stuck["workspace_id"])
    result = _data(aws, account, [_query(workspace_id, 86_400, "Sum")], month, month + timedelta(days=30))
    # 288 five-minute points a day, thirty days.
    assert result["MetricDataResults"][0]["Values"] == [288.0] * 30
    assert stuck["connected_hours"] == "720"


def test_statistics_of_a_day_agree(aws: SimulatedAws) -> None:
    account, workspace_id = _owner(aws, aws.expected["stuck_session"]["workspace_id"])
    start = END - timedelta(days=30)
    queries = [
        _query(workspace_id, 86_400, stat, f"m{n}")
        for n, stat in enumerate(("Sum", "SampleCount", "Average", "Maximum"))
    ]
    results = _data(aws, account, queries, start, END)["MetricDataResults"]
    connected, samples, average, highest = (result["Values"] for result in results)
    assert average == [c / s for c, s in zip(connected, samples, strict=True)]
    assert highest == [1.0 if c else 0.0 for c in connected]


def test_fine_points_add_up_to_the_day(aws: SimulatedAws) -> None:
    account, workspace_id = _owner(aws, aws.expected["mode_flapping"]["workspace_id"])
    for day in (END - timedelta(days=days) for days in range(3, 12)):
        until = day + timedelta(days=1)
        queries = [_query(workspace_id, period, "Sum", f"m{period}") for period in (300, 3600, 86_400)]
        fine, hourly, daily = _data(aws, account, queries, day, until)["MetricDataResults"]
        assert sum(fine["Values"]) == sum(hourly["Values"]) == daily["Values"][0]
        assert len(fine["Values"]) == 288
        assert daily["Timestamps"] == [day]


def test_newest_points_come_first_unless_asked(aws: SimulatedAws) -> None:
    account, workspace_id = _owner(aws, aws.expected["mode_flapping"]["workspace_id"])
    start = END - timedelta(days=2)
    newest = _data(aws, account, [_query(workspace_id, 3600)], start, END)["MetricDataResults"][0]["Timestamps"]
    oldest = _data(aws, account, [_query(workspace_id, 3600)], start, END, ScanBy="TimestampAscending")
    assert newest == sorted(newest, reverse=True)
    assert oldest["MetricDataResults"][0]["Timestamps"] == sorted(newest)


def test_fine_points_are_kept_63_days(aws: SimulatedAws) -> None:
    account, workspace_id = _owner(aws, aws.expected["mode_flapping"]["workspace_id"])
    start = END - timedelta(days=64)
    fine = _data(aws, account, [_query(workspace_id, 300)], start, start + timedelta(days=2))["MetricDataResults"][0]
    coarse = _data(aws, account, [_query(workspace_id, 3600)], start, start + timedelta(days=2))["MetricDataResults"][0]
    # Two days are asked for, of which the first is older than 63 days.
    assert len(fine["Values"]) == 288
    assert len(coarse["Values"]) == 48


def test_the_metric_gap_has_no_points(aws: SimulatedAws) -> None:
    gap = aws.expected["metric_gap"]
    first = datetime.fromisoformat(gap["days"][0]).replace(tzinfo=UTC)
    workspace_id = aws.expected["long_timeout"]["workspace_id"]
    account, _ = _owner(aws, workspace_id)
    assert account == gap["account_id"]
    around = (first - timedelta(days=1), first + timedelta(days=4))
    result = _data(aws, account, [_query(workspace_id, 86_400, "SampleCount")], *around)["MetricDataResults"][0]
    assert sorted(result["Timestamps"]) == [first - timedelta(days=1), first + timedelta(days=3)]
    assert result["Values"] == [288.0, 288.0]


def test_a_workspace_of_another_account_has_no_points(aws: SimulatedAws) -> None:
    _, workspace_id = _owner(aws, aws.expected["mode_flapping"]["workspace_id"])
    other = aws.expected["metric_gap"]["account_id"]
    result = _data(aws, other, [_query(workspace_id, 3600)], END - timedelta(days=1), END)
    assert result["MetricDataResults"][0]["Values"] == []


def test_500_metrics_are_the_most(aws: SimulatedAws) -> None:
    queries = [_query("ws-000000000", 3600, identity=f"m{number}") for number in range(501)]
    start = END - timedelta(days=1)
    account = aws.accounts[0]["account_id"]
    assert len(_data(aws, account, queries[:500], start, END)["MetricDataResults"]) == 500
    with pytest.raises(ClientError, match="greater than 500"):
        _data(aws, account, queries, start, END)


def test_100800_points_are_the_most_of_a_page(aws: SimulatedAws) -> None:
    account, workspace_id = _owner(aws, aws.expected["mode_flapping"]["workspace_id"])
    # Ten metrics of 60 days at five minutes: 10 × 60 × 288 = 172,800 points.
    queries = [_query(workspace_id, 300, identity=f"m{number}") for number in range(10)]
    first = _data(aws, account, queries, END - timedelta(days=60), END)
    assert sum(len(result["Values"]) for result in first["MetricDataResults"]) == 100_800
    second = _data(aws, account, queries, END - timedelta(days=60), END, NextToken=first["NextToken"])
    assert sum(len(result["Values"]) for result in second["MetricDataResults"]) == 72_000
    assert "NextToken" not in second
    split = first["MetricDataResults"][-1]
    assert split["StatusCode"] == "PartialData"
    assert second["MetricDataResults"][0]["Id"] == split["Id"]
    assert len(split["Timestamps"]) + len(second["MetricDataResults"][0]["Timestamps"]) == 60 * 288


def _query(workspace_id: str, period: int, stat: str = "Sum", identity: str = "m0") -> dict[str, Any]:
    metric = {
        "Namespace": "AWS/WorkSpaces",
        "MetricName": "UserConnected",
        "Dimensions": [{"Name": "WorkspaceId", "Value": workspace_id}],
    }
    return {"Id": identity, "MetricStat": {"Metric": metric, "Period": period, "Stat": stat}}


def _data(
    aws: SimulatedAws, account: str, queries: list[dict[str, Any]], start: datetime, end: datetime, **more: str
) -> dict[str, Any]:
    client = aws.client("cloudwatch", account)
    answer: dict[str, Any] = client.get_metric_data(MetricDataQueries=queries, StartTime=start, EndTime=end, **more)
    return answer


def _owner(aws: SimulatedAws, workspace_id: str) -> tuple[str, str]:
    return next((account, workspace_id) for account, _, w in aws.inventory() if w["WorkspaceId"] == workspace_id)
