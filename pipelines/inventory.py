"""The inventory: which WorkSpaces each account has right now, with their directories, bundles, tags and connections.

Invariant: a WorkSpace is missing only if every page of its account and region was read without an error and none showed
it; after two such reads it counts as terminated. A WorkSpace that comes back is alive again.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import batched

from pipelines.aws import tags, workspaces
from pipelines.aws.connect import AwsRegion
from pipelines.aws.workspaces import PAGE, Connection, WorkSpace
from pipelines.load import Loaded, upsert
from pipelines.run import Context, Outcome, Part, run_everywhere
from pipelines.tables import BUNDLES, DIRECTORIES, WORKSPACE_TAGS, WORKSPACES
from workbench.queries import query

SYNC_TYPE = "inventory"


def run(context: Context) -> Outcome:
    """Read the inventory of all accounts. Parts: account and region."""
    return run_everywhere(context, SYNC_TYPE, read_region)


def read_region(part: Part) -> Loaded:
    """Read one account and region from AWS, then write all of it."""
    desktops = list(_with_connections(part.door))
    directories = list(workspaces.directories(part.door))
    bundles = list(workspaces.bundles(part.door, {d.bundle_id for d, _ in desktops if d.bundle_id}))
    found_tags = list(tags.workspace_tags(part.door)) if desktops else []

    account_id, region, connection = part.account.account_id, part.region, part.connection
    loaded = upsert(
        connection,
        DIRECTORIES,
        (
            (account_id, region, d.directory_id, d.name, d.alias, d.directory_type, d.state, d.maintenance_mode)
            for d in directories
        ),
    )
    loaded += upsert(
        connection,
        BUNDLES,
        (
            (
                account_id,
                region,
                b.bundle_id,
                b.owner,
                b.name,
                b.description,
                b.compute_type,
                b.root_gib,
                b.user_gib,
                b.state,
            )
            for b in bundles
        ),
    )
    loaded += upsert(connection, WORKSPACES, (_row(part, desktop, seen) for desktop, seen in desktops))
    loaded += upsert(connection, WORKSPACE_TAGS, ((t.workspace_id, account_id, t.key, t.value) for t in found_tags))
    gone_tags = connection.execute(query("postgres/pipelines/gone_tags").text, part.place).rowcount
    moment = {**part.place, "now": part.started_at}
    missing = connection.execute(query("postgres/pipelines/missing_workspaces").text, moment).rowcount
    learned = connection.execute(query("postgres/pipelines/workspace_life").text, moment).rowcount
    return loaded + Loaded(updated=missing + learned, deleted=gone_tags)


def _with_connections(aws: AwsRegion) -> Iterator[tuple[WorkSpace, Connection | None]]:
    # Page by page, so that the two calls, which are paced apart, take turns.
    for page in batched(workspaces.workspaces(aws), PAGE):
        seen = {c.workspace_id: c for c in workspaces.connections(aws, [w.workspace_id for w in page])}
        for desktop in page:
            yield desktop, seen.get(desktop.workspace_id)


def _row(part: Part, desktop: WorkSpace, seen: Connection | None) -> tuple[object, ...]:
    return (
        desktop.workspace_id,
        part.account.account_id,
        part.region,
        desktop.directory_id,
        desktop.user_name,
        desktop.state,
        desktop.bundle_id,
        desktop.running_mode,
        desktop.compute_type,
        desktop.os_name,
        desktop.protocols,
        desktop.root_volume_gib,
        desktop.user_volume_gib,
        desktop.auto_stop_timeout_min,
        desktop.computer_name,
        desktop.ip_address,
        desktop.error_code,
        desktop.related_workspace_id,
        desktop.standby_role,
        desktop.raw,
        seen.connection_state if seen else None,
        seen.last_connected_at if seen else None,
        seen.checked_at if seen else None,
        part.started_at,
        _day_of(part.started_at),
        None,  # missing_since: it is here
        0,
        True,
        None,  # terminated_at, its source and by whom: it is alive
        None,
        None,
    )


def _day_of(moment: datetime) -> datetime:
    """Midnight UTC: last_seen_at is kept to the day, so that a second read on the same day changes no row."""
    return datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
