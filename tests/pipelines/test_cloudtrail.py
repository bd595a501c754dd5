"""Events: kept once, linked to their WorkSpaces, and believed only when they went through."""

from __future__ import annotations

import pytest

from tests.pipelines.conftest import Synced
from tests.pipelines.syncing import ask

pytestmark = [pytest.mark.postgres, pytest.mark.aws, pytest.mark.slow]


def test_read_only_events_are_not_kept(synced: Synced) -> None:
    names = {row["event_name"] for row in synced.rows("SELECT DISTINCT event_name FROM cloudtrail_events")}
    assert "TerminateWorkspaces" in names
    assert {name for name in names if name.startswith(("Describe", "Console"))} == set()


def test_refused_calls_are_kept_and_change_nothing(synced: Synced) -> None:
    refused = ask(synced.dsn, "SELECT count(*) FROM cloudtrail_events WHERE error_code = 'AccessDenied'")
    assert refused[0][0] > 0
    # Each WorkSpace that CloudTrail ended has an event that went through.
    believed = ask(
        synced.dsn,
        """SELECT w.workspace_id FROM workspaces AS w
        WHERE w.terminated_at_source = 'cloudtrail' AND NOT EXISTS (
            SELECT FROM cloudtrail_event_workspaces AS x JOIN cloudtrail_events AS e USING (event_id)
            WHERE x.workspace_id = w.workspace_id AND e.error_code IS NULL AND x.item_error IS NULL
              AND e.event_time = w.terminated_at)""",
    )
    assert believed == []


def test_nothing_is_both_in_the_inventory_and_terminated(synced: Synced) -> None:
    both = ask(
        synced.dsn,
        """SELECT workspace_id FROM workspaces
        WHERE terminated_at IS NOT NULL AND is_in_inventory AND missing_since IS NULL""",
    )
    assert both == []


def test_new_workspaces_know_who_created_them(synced: Synced) -> None:
    rows = synced.rows("SELECT created_by FROM workspaces WHERE created_at_source = 'cloudtrail'")
    assert rows
    assert [row for row in rows if not row["created_by"].startswith("arn:aws:")] == []


def test_a_batch_is_linked_to_each_of_its_workspaces(synced: Synced) -> None:
    rows = ask(
        synced.dsn,
        """SELECT e.event_id, e.workspace_id, count(*) FROM cloudtrail_events AS e
        JOIN cloudtrail_event_workspaces AS x USING (event_id) GROUP BY 1, 2""",
    )
    # The event itself names a WorkSpace only when there is one.
    assert {count > 1 for _, workspace_id, count in rows if workspace_id is None} <= {True}
    assert {count for _, workspace_id, count in rows if workspace_id is not None} == {1}
