"""Text of people is text: a name that is a tag is shown as it is, and nothing in it runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import uvicorn
from fastapi import FastAPI
from panel.io.fastapi import add_applications
from playwright.sync_api import Page

from app.auth.identity import User
from app.data.cache import MartCache
from app.pages.ask import ask_page
from app.pages.inventory import inventory_page
from app.pages.overview import overview_page
from tests.app.pages.doors import PageDoors, page_doors, user_of
from tests.app.small_marts import publish_mart
from tests.browser.chromium import wait_for_plots
from workbench.domain.scope import ALL_CLIENTS

pytestmark = [pytest.mark.browser]

EVIL = "<img src=x onerror=window.broken=1>"


def evil_user() -> User:
    return user_of(display_name=EVIL)


@pytest.fixture
def evil_pages(tmp_path: Path) -> Iterator[str]:
    """The pages over a mart whose every name is a tag; served without the gate, which has no part in this."""
    doors: PageDoors = page_doors(tmp_path)
    with duckdb.connect(str(publish_mart(tmp_path, ALL_CLIENTS))) as mart:
        mart.execute("UPDATE workspaces SET user_name = $evil, computer_name = $evil", {"evil": EVIL})
        mart.execute("UPDATE accounts SET account_name = $evil, client_name = $evil", {"evil": EVIL})
        mart.execute("UPDATE workspace_tags SET tag_key = $evil, tag_value = $evil", {"evil": EVIL})
        mart.execute("UPDATE cloudtrail_events SET user_identity = $evil, event_name = $evil", {"evil": EVIL})
    cache = MartCache()
    app = FastAPI()
    add_applications(
        {
            "/app/overview": lambda: overview_page(doors, evil_user, cache),
            "/app/inventory": lambda: inventory_page(doors, evil_user, cache),
            "/app/ask": lambda: ask_page(doors, evil_user, cache),
        },
        app=app,
        index_enabled=False,
        extra_websocket_origins=["*"],
    )
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.02)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/app"
    server.should_exit = True
    thread.join()
    doors.marts.close()


def test_no_name_runs_anywhere(evil_pages: str, page: Page) -> None:
    page.goto(f"{evil_pages}/overview")
    wait_for_plots(page, 4)
    page.mouse.move(600, 500)
    page.goto(f"{evil_pages}/inventory")
    page.get_by_role("button", name="Show details").first.click()
    page.get_by_role("heading", name=EVIL).wait_for()
    assert page.get_by_text(EVIL).count() > 5
    page.goto(f"{evil_pages}/ask")
    page.get_by_label("Ask about inventory").fill(EVIL)
    page.keyboard.press("Enter")
    page.get_by_text("Without a model", exact=True).wait_for()
    assert page.evaluate("window.broken === undefined")
