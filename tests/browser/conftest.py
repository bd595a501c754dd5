"""A real workbench and a real browser: the demo stack, Chromium, and people signed in to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.chromium import NoChromium, chromium, sign_in
from tests.demo import Demo


@pytest.fixture(scope="session")
def workbench_server(demo: Demo) -> Demo:
    """The whole stack: simulated AWS, pipelines, PostgreSQL, Redis, web and model service, with all data arrived."""
    return demo


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, one a module: Playwright's loop must not outlive it, for others start loops of their own."""
    try:
        with chromium() as started:
            yield started
    except NoChromium as missing:
        pytest.fail(str(missing))  # `make setup` installs one; a journey that nobody drove is no passed journey


@pytest.fixture
def complaints() -> list[str]:
    """Errors that the browser's console showed."""
    return []


@pytest.fixture
def page(browser: Browser, complaints: list[str]) -> Iterator[Page]:
    """A new visitor on a desktop; the test fails when a page raised an error in the browser."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000}, accept_downloads=True)
    visitor = context.new_page()
    visitor.set_default_timeout(30_000)
    visitor.on("pageerror", lambda error: complaints.append(str(error)))
    visitor.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    yield visitor
    context.close()
    assert complaints == []


@pytest.fixture
def finance(page: Page, workbench_server: Demo) -> Page:
    """Someone who sees all clients, on the overview."""
    sign_in(page, workbench_server.url, "finance", workbench_server.password("finance"))
    return page
