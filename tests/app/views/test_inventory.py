from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import panel as pn
import pytest

from app.charts.workspace import workspace_drawing
from app.data.inventory import find_workspace
from app.data.inventory_table import InventoryFilters, filter_choices, inventory_rows
from app.data.overview import overview
from app.theme.palette import DARK
from app.views.inventory import InventoryView
from tests.app.small_marts import publish_mart
from workbench.domain.scope import ALL_CLIENTS
from workbench.errors import DatabaseIsAway
from workbench.marts import Mart, Marts


@pytest.fixture
def mart(tmp_path: Path) -> Iterator[Mart]:
    publish_mart(tmp_path, ALL_CLIENTS)
    marts = Marts(tmp_path)
    with marts.open(ALL_CLIENTS) as mart:
        yield mart
    marts.close()


@pytest.fixture
def view(mart: Mart) -> InventoryView:
    return InventoryView(
        choices=filter_choices(mart),
        load=partial(inventory_rows, mart),
        find=partial(find_workspace, mart),
        draw=workspace_drawing,
        total=4,
        totals=overview(mart).totals,
        filters=InventoryFilters(),
    )


def users(view: InventoryView) -> list[str]:
    return [row[0] for row in view.table.grid.rows]


def test_the_dearest_workspace_comes_first(view: InventoryView) -> None:
    assert users(view) == ["dora", "alice", "carla", "bob"]  # 50.10, 35.00, 20.25, 9.75
    assert "$50.10" in view.table.grid.rows[0]


def test_a_filter_hides_rows_and_counts_them(view: InventoryView) -> None:
    view.filters.running_mode = "AUTO_STOP"
    assert users(view) == ["carla", "bob"]
    assert "2 of 4 WorkSpaces" in view.count.object


def test_filters_are_joined(view: InventoryView) -> None:
    view.filters.param.update(client="Acme", q="CARL")
    assert users(view) == ["carla"]


def test_a_widget_sets_its_filter(view: InventoryView) -> None:
    view.bar.selects["client"].value = "Globex"
    assert view.filters.client == "Globex"
    assert users(view) == ["dora"]


def test_clearing_opens_every_filter(view: InventoryView) -> None:
    view.bar.selects["client"].value = "Globex"
    view.bar.search.value = "nobody"
    assert users(view) == []
    view.bar.clear.param.trigger("clicks")
    assert len(users(view)) == 4


def test_the_layout_is_built_once(view: InventoryView) -> None:
    before = list(view.__panel__().select(pn.viewable.Viewable))
    view.filters.client = "Acme"
    view.workspace = "ws-acme00001"
    view.look = DARK
    assert all(one is other for one, other in zip(before, view.__panel__().select(pn.viewable.Viewable), strict=True))


def test_opening_a_row_shows_who_made_it_and_what_it_cost(view: InventoryView) -> None:
    view.table.answer({"kind": "open", "row": 1})
    assert view.workspace == "ws-acme00001"
    assert view.drawer.open
    assert "2026-02-01 00:00 UTC" in view.detail.object
    assert "acme-admin" in view.history.object
    assert "$35.00" in view.history.object
    assert "$34.00" in view.history.object  # September was a dollar less
    assert view.chart.plot.item


def test_closing_the_drawer_forgets_the_workspace(view: InventoryView) -> None:
    view.workspace = "ws-acme00001"
    view.drawer.open = False
    assert view.workspace == ""


def test_a_workspace_of_somebody_else_is_not_there(view: InventoryView) -> None:
    view.workspace = "ws-elsewhere1"
    assert "ws-elsewhere1 is not among those you see." in view.detail.object


def test_the_download_holds_the_filtered_rows(view: InventoryView) -> None:
    view.filters.client = "Globex"
    lines = view.download.callback().read().decode().splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("ws-globex001,dora,Globex,globex-main,eu-west-1,ERROR")


def test_a_query_that_fails_leaves_the_rows_and_says_why(view: InventoryView) -> None:
    def fail(_: object) -> None:
        raise DatabaseIsAway("Redis does not answer.", do="Try again.")

    view._load = fail  # type: ignore[assignment]
    view.filters.client = "Globex"
    assert len(users(view)) == 4
    assert "Redis does not answer." in view.problem.object
