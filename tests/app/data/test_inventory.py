from __future__ import annotations

import base64
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from app.data.inventory import (
    CursorIsWrong,
    WorkspaceFilters,
    WorkspaceOrder,
    find_workspace,
    list_syncs,
    list_workspaces,
)
from tests.app.small_marts import ACME, publish_all
from workbench.domain.scope import ALL_CLIENTS, Scope
from workbench.marts import Mart, Marts

NOT_A_NUMBER = base64.urlsafe_b64encode(b'["workspace_id", false, "", "NaN", "ws-acme00001"]').decode()


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marts]:
    home: Path = tmp_path_factory.mktemp("marts")
    publish_all(home)
    marts = Marts(home)
    yield marts
    marts.close()


@pytest.fixture
def everyone(marts: Marts) -> Iterator[Mart]:
    with marts.open(ALL_CLIENTS) as mart:
        yield mart


def ids(mart: Mart, filters: WorkspaceFilters = WorkspaceFilters(), **kwargs: object) -> list[str]:
    return [row["workspace_id"] for row in list_workspaces(mart, filters, **kwargs).rows]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (WorkspaceFilters(client="Globex"), ["ws-globex001"]),
        (WorkspaceFilters(running_mode="AUTO_STOP"), ["ws-acme00002", "ws-acme00003"]),
        (WorkspaceFilters(state="STOPPED"), ["ws-acme00002"]),
        (WorkspaceFilters(account_id="222222222222"), ["ws-globex001"]),
        (WorkspaceFilters(q="CARL"), ["ws-acme00003"]),
        (WorkspaceFilters(q="%"), []),  # searched for as it is, not as a pattern
        (WorkspaceFilters(region="us-east-1"), []),
    ],
)
def test_filters_leave_only_what_they_name(everyone: Mart, filters: WorkspaceFilters, expected: list[str]) -> None:
    assert ids(everyone, filters) == expected


@pytest.mark.parametrize("is_descending", [False, True])
@pytest.mark.parametrize("by", ["workspace_id", "user_name", "state", "last_month_cost", "last_connected_at"])
def test_pages_of_one_row_put_together_are_the_whole_list(everyone: Mart, by: str, is_descending: bool) -> None:
    order = WorkspaceOrder(by=by, is_descending=is_descending)  # type: ignore[arg-type]
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(4):
        page = list_workspaces(everyone, order=order, limit=1, cursor=cursor)
        assert page.total == 4
        seen += [row["workspace_id"] for row in page.rows]
        cursor = page.cursor
    assert cursor is None
    assert seen == ids(everyone, order=order)
    assert len(set(seen)) == 4


def test_the_dearest_come_first_when_asked(everyone: Mart) -> None:
    # 50.10, 35.00, 20.25, 9.75
    order = WorkspaceOrder(by="last_month_cost", is_descending=True)
    costs = [row["last_month_cost"] for row in list_workspaces(everyone, order=order).rows]
    assert costs == [Decimal("50.10"), Decimal("35.00"), Decimal("20.25"), Decimal("9.75")]


def test_a_total_is_told_though_no_row_is_left(everyone: Mart) -> None:
    page = list_workspaces(everyone, WorkspaceFilters(q="nobody"))
    assert (page.rows, page.total, page.cursor) == ([], 0, None)


@pytest.mark.parametrize("cursor", ["", "x", "e30", "WzFd", "bnVsbA", "Ö", NOT_A_NUMBER])
def test_a_made_up_cursor_is_refused(everyone: Mart, cursor: str) -> None:
    with pytest.raises(CursorIsWrong):
        list_workspaces(everyone, cursor=cursor)


def test_a_cursor_of_another_order_is_refused(everyone: Mart) -> None:
    cursor = list_workspaces(everyone, limit=1).cursor
    with pytest.raises(CursorIsWrong):
        list_workspaces(everyone, order=WorkspaceOrder(by="user_name"), cursor=cursor)


def test_a_workspace_comes_with_months_events_and_tags(everyone: Mart) -> None:
    detail = find_workspace(everyone, "ws-acme00001")
    assert detail is not None
    assert detail.workspace["client_name"] == "Acme"
    assert [(m["month"].month, m["cost"]) for m in detail.months] == [(10, Decimal("35.00")), (9, Decimal("34.00"))]
    assert [e["user_identity"] for e in detail.events] == ["acme-admin"]
    assert detail.tags == {"owner": "alice"}


def test_another_clients_workspace_is_not_there(marts: Marts) -> None:
    with marts.open(Scope.of(ACME)) as mart:
        assert find_workspace(mart, "ws-globex001") is None


def test_runs_come_newest_first_and_page_by_id(everyone: Mart) -> None:
    first = list_syncs(everyone, limit=1)
    assert [row["id"] for row in first.rows] == [20]
    second = list_syncs(everyone, limit=1, cursor=first.cursor)
    assert ([row["id"] for row in second.rows], second.cursor, second.total) == ([10], None, 2)
