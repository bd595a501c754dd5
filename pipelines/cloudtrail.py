"""CloudTrail: who created, changed and terminated WorkSpaces; and what that says of their lives.

Each run reads again a day before its watermark, because events arrive late; the first reads all 90 days there are.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pipelines import history
from pipelines.aws.cloudtrail import Event, write_events
from pipelines.load import Loaded, upsert
from pipelines.run import Context, Outcome, Part, run_everywhere
from pipelines.tables import CLOUDTRAIL_EVENT_WORKSPACES, CLOUDTRAIL_EVENTS, WORKSPACE_TRACES
from workbench.queries import query

SYNC_TYPE = "cloudtrail"
KEPT = timedelta(days=90)
OVERLAP = timedelta(hours=24)


def run(context: Context) -> Outcome:
    """Read the events of all accounts. Parts: account and region."""
    return run_everywhere(context, SYNC_TYPE, read_region)


def read_region(part: Part) -> Loaded:
    """Read the events since the watermark, write them, and let the WorkSpaces learn from them."""
    end = part.started_at
    start = _first_moment(part, end)
    part.watermark_from, part.watermark_to = start, end
    events = list(write_events(part.door, start, end))
    account_id, region = part.account.account_id, part.region
    loaded = upsert(part.connection, CLOUDTRAIL_EVENTS, (_row(event, account_id, region) for event in events))
    loaded += upsert(
        part.connection,
        CLOUDTRAIL_EVENT_WORKSPACES,
        ((e.event_id, i.workspace_id, i.relation, i.item_error) for e in events for i in e.involved),
    )
    loaded += upsert(part.connection, WORKSPACE_TRACES, _traces(part, events))
    learned = part.connection.execute(
        query("postgres/pipelines/workspace_life").text, {**part.place, "now": part.started_at}
    ).rowcount
    return Loaded(len(events), loaded.inserted, loaded.updated + learned, loaded.deleted)


def _first_moment(part: Part, end: datetime) -> datetime:
    oldest = end - KEPT
    since = part.context.since
    if since:
        return max(oldest, datetime(since.year, since.month, since.day, tzinfo=UTC))
    assert part.region is not None  # noqa: S101  # events are read by region
    known_to = history.last_watermark(part.connection, SYNC_TYPE, part.account.account_id, part.region)
    part.connection.commit()
    return oldest if known_to is None else max(oldest, known_to - OVERLAP)


def _row(event: Event, account_id: str, region: str | None) -> tuple[object, ...]:
    ids = {i.workspace_id for i in event.involved}
    return (
        event.event_id,
        account_id,
        region,
        event.event_name,
        event.event_time,
        next(iter(ids)) if len(ids) == 1 else None,
        event.user_identity,
        event.actor_type,
        event.source_ip,
        event.error_code,
        event.request_parameters,
        event.response_elements,
    )


def _traces(part: Part, events: list[Event]) -> list[tuple[object, ...]]:
    """A WorkSpace that a successful call was about has existed, even if no inventory ever showed it."""
    rows: list[tuple[object, ...]] = []
    for event in events:
        if event.error_code:
            continue
        for involved in event.involved:
            if involved.item_error:
                continue
            about = involved.about
            rows.append(
                (
                    involved.workspace_id,
                    part.account.account_id,
                    part.region,
                    about.user_name if about else None,
                    about.directory_id if about else None,
                    about.bundle_id if about else None,
                    about.running_mode if about else None,
                    about.compute_type if about else None,
                    "UNKNOWN",
                    part.started_at,
                    False,
                )
            )
    # The loader keeps the last row of a key: those that tell something come last.
    return sorted(rows, key=lambda row: row[3] is not None)
