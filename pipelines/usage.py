"""Usage: connected time by day from CloudWatch, and hours of use per month from that and from the bill.

The first run reads as far back as CloudWatch or the settings reach; later runs read the days since the last complete
one and a few before it, because points can arrive late. A day that is not over is not read.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from pipelines import history
from pipelines.aws import cloudwatch
from pipelines.load import Loaded, merge, open_stage, stage
from pipelines.run import Context, Outcome, Part, run_everywhere
from pipelines.tables import WORKSPACE_USAGE_DAILY
from workbench.clock import first_of_month, months_back, next_month
from workbench.postgres import Connection
from workbench.queries import query

SYNC_TYPE = "usage"
OVERLAP_DAYS = 3


def run(context: Context) -> Outcome:
    """Read the usage of all accounts. Parts: account and region."""
    return run_everywhere(context, SYNC_TYPE, read_region)


def read_region(part: Part) -> Loaded:
    """Read the days that are missing, then work out the months they touch."""
    today = part.started_at.astimezone(UTC).date()
    start = _first_day(part, today)
    part.watermark_from, part.watermark_to = _midnight(start), _midnight(today)
    open_stage(part.connection, WORKSPACE_USAGE_DAILY)
    read = 0
    for days in _days(part, start, today):
        read += stage(part.connection, WORKSPACE_USAGE_DAILY, days)
        # The stage outlives the transaction, so that none stays open while AWS is asked.
        part.connection.commit()
    if start >= today:
        return Loaded()
    loaded = merge(part.connection, WORKSPACE_USAGE_DAILY, read=read)
    return loaded + work_out_months(
        part.connection,
        account_id=part.account.account_id,
        region=part.region,
        month_from=first_of_month(start),
        month_to=next_month(today),
        today=today,
    )


def work_out_months(
    connection: Connection,
    *,
    account_id: str,
    region: str | None,
    month_from: date,
    month_to: date,
    today: date,
) -> Loaded:
    """Work out workspace_usage of an account (and region) for the months [month_from, month_to)."""
    connection.execute(query("postgres/pipelines/lock_account_usage").text, {"account_id": account_id})
    rows = connection.execute(
        query("postgres/pipelines/usage_months").text,
        {
            "account_id": account_id,
            "region": region,
            "month_from": month_from,
            "month_to": month_to,
            "today": today,
        },
    ).fetchall()
    new = sum(1 for (is_new,) in rows if is_new)
    return Loaded(inserted=new, updated=len(rows) - new)


def _first_day(part: Part, today: date) -> date:
    oldest = max(cloudwatch.oldest_kept_day(today), months_back(today, part.context.settings.history_months - 1))
    if part.context.since:
        return max(oldest, part.context.since)
    assert part.region is not None  # noqa: S101  # usage is read by region
    known_to = history.last_watermark(part.connection, SYNC_TYPE, part.account.account_id, part.region)
    if known_to is None:
        return oldest
    if known_to.date() >= today:
        return today  # no day has ended since
    return max(oldest, known_to.date() - timedelta(days=OVERLAP_DAYS))


def _days(part: Part, start: date, end: date) -> Iterator[Iterator[tuple[object, ...]]]:
    ids = [
        row[0]
        for row in part.connection.execute(
            query("postgres/pipelines/measured_workspaces").text, {**part.place, "start": _midnight(start)}
        )
    ]
    part.connection.commit()
    account_id = part.account.account_id
    for found in cloudwatch.usage_days(part.door, ids, start, end):
        yield ((d.workspace_id, account_id, d.day, d.connected_min, d.points_received) for d in found)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
