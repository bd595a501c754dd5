"""Pages built as the server builds them: their models exist, and hold what the mart says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import duckdb
import panel as pn
import pytest

from app.auth.permissions import PAGE_PERMISSIONS
from app.data.cache import MartCache
from app.pages import pages
from app.pages.ask import ask_page
from app.pages.inventory import inventory_page
from app.pages.overview import overview_page
from app.views.plot import Plot
from app.views.table import Grid
from tests.app.pages.doors import PageDoors, page_doors, user_of
from tests.app.small_marts import ACME, AS_OF, publish_mart
from workbench.domain.scope import ALL_CLIENTS, Scope
from workbench.marts import draft_path, publish

PageFunction = Callable[..., pn.viewable.Viewable]
PAGES: list[PageFunction] = [overview_page, inventory_page, ask_page]
EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture
def doors(tmp_path: Path) -> Iterator[PageDoors]:
    doors = page_doors(tmp_path)
    yield doors
    doors.marts.close()


def built(function: PageFunction, doors: PageDoors, scope: Scope = ALL_CLIENTS) -> pn.viewable.Viewable:
    page = function(doors, lambda: user_of(scope), MartCache())
    page.get_root()
    return page


def html_of(page: pn.viewable.Viewable) -> str:
    return "\n".join(pane.object for pane in page.select(pn.pane.HTML))


def test_every_page_has_a_path_and_a_permission(doors: PageDoors) -> None:
    assert set(pages(doors)) == set(PAGE_PERMISSIONS)  # type: ignore[arg-type]


@pytest.mark.parametrize("function", PAGES, ids=lambda f: f.__name__)
def test_a_page_can_be_drawn_and_says_how_old_it_is(function: PageFunction, doors: PageDoors) -> None:
    assert "Data as of 2026-11-20 12:00 UTC" in html_of(built(function, doors))


@pytest.mark.parametrize("function", PAGES, ids=lambda f: f.__name__)
def test_whoever_sees_no_client_is_told_whom_to_ask(function: PageFunction, doors: PageDoors) -> None:
    said = html_of(built(function, doors, Scope.of()))
    assert "There is nothing you may see yet" in said
    assert "Ask an administrator" in said


@pytest.mark.parametrize("function", PAGES, ids=lambda f: f.__name__)
def test_a_mart_that_is_on_its_way_is_waited_for(function: PageFunction, doors: PageDoors) -> None:
    page = built(function, doors, Scope.of(99))
    assert "Your data are being prepared" in html_of(page)
    assert page.meta.refresh == "4"


def test_the_overview_shows_the_figures_of_the_mart(doors: PageDoors) -> None:
    # October: 35.00 + 9.75 + 20.25 + 50.10 = 115.10; September is a dollar less for each of four, 111.10: 4 / 111.10.
    said = html_of(built(overview_page, doors))
    assert ">$115<" in said
    assert 'title="$115.10"' in said
    assert "+3.6 % against the month before" in said
    # Hours: 10 + 0 + 35 + 100.
    assert "145 <span" in said


def test_someone_of_one_client_sees_that_client_alone(doors: PageDoors) -> None:
    page = built(overview_page, doors, Scope.of(ACME))
    assert ">$65<" in html_of(page)  # 35.00 + 9.75 + 20.25
    everything = html_of(page) + "".join(plot.item for plot in page.select(Plot))
    assert "Globex" not in everything
    assert "ws-globex001" not in everything


def test_charts_are_drawn_once_for_all_sessions(doors: PageDoors) -> None:
    cache = MartCache()
    first, second = (overview_page(doors, user_of, cache) for _ in range(2))
    items = [[plot.item for plot in page.select(Plot)] for page in (first, second)]
    assert all(one is other for one, other in zip(*items, strict=True))


def test_dark_pages_have_dark_charts(doors: PageDoors) -> None:
    page = overview_page(doors, user_of, MartCache())
    before = [plot.item for plot in page.select(Plot)]
    page.dark_theme = True
    after = [plot.item for plot in page.select(Plot)]
    assert all("#1a212b" in item for item in after if item)
    assert before != after
    assert 'href="inventory?theme=dark"' in html_of(page)


def test_old_data_say_so(doors: PageDoors) -> None:
    doors.clock = lambda: AS_OF + timedelta(hours=5)
    assert "from 5 h ago: no newer data were published" in html_of(built(inventory_page, doors))


def test_a_failed_account_makes_the_overview_stale(doors: PageDoors) -> None:
    said = html_of(built(overview_page, doors))
    assert "the last read of globex-main failed" in said


def test_an_empty_mart_says_what_comes_next(tmp_path: Path) -> None:
    doors = page_doors(tmp_path)
    emptied = draft_path(tmp_path, ALL_CLIENTS)
    emptied.write_bytes(doors.marts.current(ALL_CLIENTS).read_bytes())
    with duckdb.connect(str(emptied)) as mart:
        for table in ("workspaces", "billing_data", "workspace_usage", "accounts", "sync_history"):
            mart.execute(f"DELETE FROM {table}")
    publish(tmp_path, ALL_CLIENTS, emptied)
    for function in (overview_page, inventory_page):
        assert "after the first run" in html_of(built(function, doors))
    doors.marts.close()


def test_what_people_typed_stays_text(tmp_path: Path) -> None:
    doors = page_doors(tmp_path)
    path = publish_mart(tmp_path, ALL_CLIENTS)
    with duckdb.connect(str(path)) as mart:
        mart.execute("UPDATE workspaces SET user_name = $evil", {"evil": EVIL})
        mart.execute("UPDATE accounts SET account_name = $evil, client_name = $evil", {"evil": EVIL})
        mart.execute("UPDATE workspace_tags SET tag_value = $evil", {"evil": EVIL})
        mart.execute("UPDATE cloudtrail_events SET user_identity = $evil", {"evil": EVIL})
    for function in PAGES:
        page = function(doors, lambda: user_of(display_name=EVIL), MartCache())
        if function is inventory_page:
            (grid,) = page.select(Grid)
            grid._handle_msg({"kind": "open", "row": 0})
            # The table is given the text as it is, and puts it in as text: tests/browser shows that nothing runs.
            assert grid.rows[0][0] == EVIL
        said = html_of(page)
        assert EVIL not in said
        assert "&lt;img src=x onerror=alert(1)&gt;" in said
    doors.marts.close()
