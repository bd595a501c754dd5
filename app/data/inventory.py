"""The list of WorkSpaces, filtered, sorted and paged, and one WorkSpace in full."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import asdict, dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, get_args

from workbench.errors import WorkbenchError
from workbench.marts import Mart

MOST_ROWS = 500
MOST_EVENTS = 200

WorkspaceSort = Literal[
    "workspace_id",
    "user_name",
    "client_name",
    "state",
    "running_mode",
    "last_month_cost",
    "last_month_hours",
    "last_connected_at",
    "created_at",
]


class CursorIsWrong(WorkbenchError):
    """A cursor was changed on its way, or belongs to a list with another order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceFilters:
    """What to show; None leaves a column free. `q` is looked for in ids, users and computer names, in any case."""

    q: str | None = None
    client: str | None = None
    account_id: str | None = None
    region: str | None = None
    state: str | None = None
    running_mode: str | None = None
    compute_type: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceOrder:
    """Order of the list; equal rows follow their workspace_id. Unknown values count as the smallest."""

    by: WorkspaceSort = "workspace_id"
    is_descending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some rows of a list. `cursor` leads to the next ones; None at the end. `total` counts all that pass."""

    rows: list[dict[str, Any]]
    total: int
    cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceDetail:
    """One WorkSpace with its months (newest first), its events (newest first, at most 200) and its tags."""

    workspace: dict[str, Any]
    months: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)


def list_workspaces(
    mart: Mart,
    filters: WorkspaceFilters = WorkspaceFilters(),
    *,
    order: WorkspaceOrder = WorkspaceOrder(),
    limit: int = 100,
    cursor: str | None = None,
) -> Page:
    """A page of at most `limit` (1–500) WorkSpaces. Raises CursorIsWrong.

    Rows hold the columns of `sql/duckdb/inventory/workspaces.sql`; the place of the next page is a row, not a number,
    so nothing is shown twice or left out when new data arrive between two pages.
    """
    if not 1 <= limit <= MOST_ROWS:
        raise ValueError(f"limit is {limit}; it must lie in 1–{MOST_ROWS}.")
    after_text, after_number, after_id = _place(cursor, order)
    rows = mart.rows(
        "inventory/workspaces",
        **asdict(filters),
        sort=order.by,
        descending=order.is_descending,
        after_text=after_text,
        after_number=after_number,
        after_id=after_id,
        most_rows=limit + 1,
    )
    total = int(rows[0].pop("total"))
    shown = [row for row in rows if row["workspace_id"] is not None]
    next_cursor = _cursor(shown[limit - 1], order) if len(shown) > limit else None
    for row in shown:
        for column in ("total", "sort_text", "sort_number"):
            row.pop(column, None)
    return Page(rows=shown[:limit], total=total, cursor=next_cursor)


def find_workspace(mart: Mart, workspace_id: str) -> WorkspaceDetail | None:
    """The WorkSpace, or None when there is none of that id in the mart's scope: unknown and hidden are alike."""
    workspace = mart.row("inventory/workspace", workspace_id=workspace_id)
    if workspace is None:
        return None
    tags = mart.rows("inventory/workspace_tags", workspace_id=workspace_id)
    return WorkspaceDetail(
        workspace=workspace,
        months=mart.rows("inventory/workspace_months", workspace_id=workspace_id),
        events=mart.rows("inventory/workspace_events", workspace_id=workspace_id, most_rows=MOST_EVENTS),
        tags={tag["tag_key"]: tag["tag_value"] for tag in tags},
    )


def list_syncs(mart: Mart, *, sync_type: str | None = None, limit: int = 100, cursor: str | None = None) -> Page:
    """A page of at most `limit` runs of the pipelines, newest first. Raises CursorIsWrong."""
    if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        raise _wrong_cursor()
    rows = mart.rows(
        "inventory/sync_history",
        sync_type=sync_type,
        before_id=int(cursor) if cursor else None,
        most_rows=limit + 1,
    )
    total = int(rows[0]["total"])
    shown = [{k: v for k, v in row.items() if k != "total"} for row in rows if row["id"] is not None]
    next_cursor = str(shown[limit - 1]["id"]) if len(shown) > limit else None
    return Page(rows=shown[:limit], total=total, cursor=next_cursor)


def _cursor(last: dict[str, Any], order: WorkspaceOrder) -> str:
    place = [order.by, order.is_descending, last["sort_text"], str(last["sort_number"]), last["workspace_id"]]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def _place(cursor: str | None, order: WorkspaceOrder) -> tuple[str | None, Decimal | None, str | None]:
    """The last row of the page before, as its sort values and id."""
    if cursor is None:
        return None, None, None
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        by, is_descending, text, number, workspace_id = place
        value = Decimal(number)
    except (binascii.Error, UnicodeError, ValueError, TypeError, InvalidOperation):
        raise _wrong_cursor() from None
    is_of_this_list = by == order.by and is_descending is order.is_descending and by in get_args(WorkspaceSort)
    is_place = isinstance(text, str) and isinstance(workspace_id, str) and value.is_finite() and abs(value) < 10**20
    if not (is_of_this_list and is_place):
        raise _wrong_cursor()
    return text, value, workspace_id


def _wrong_cursor() -> CursorIsWrong:
    return CursorIsWrong(
        "The cursor does not belong to this list.",
        do="Take the cursor of the page before, with the same order; or leave it out to begin again.",
    )
