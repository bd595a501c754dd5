"""Pictures of every page, light and dark, on a desktop and a phone: `python -m tests.browser.screenshots FOLDER …`.

Needs a running workbench, e.g. `python panel_serve.py --demo`.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Literal

from playwright.sync_api import Page, ViewportSize

from tests.browser.chromium import READY_MS, chromium, sign_in, wait_for_plots

DESKTOP: ViewportSize = {"width": 1600, "height": 1150}
PHONE: ViewportSize = {"width": 390, "height": 844}
QUESTION = "What did each client spend last month?"


def main() -> None:
    """Take the pictures that the arguments ask for."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--url", default="http://localhost:8000")
    arguments.add_argument("--user", default="finance")
    arguments.add_argument("--password", required=True)
    given = arguments.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    looks: list[tuple[str, ViewportSize, Literal["light", "dark"]]] = [
        ("light", DESKTOP, "light"),
        ("dark", DESKTOP, "dark"),
        ("phone", PHONE, "light"),
        ("phone-dark", PHONE, "dark"),
    ]
    with chromium() as browser:
        for name, size, scheme in looks:
            page = browser.new_context(viewport=size, color_scheme=scheme).new_page()
            page.on("pageerror", lambda error: sys.stderr.write(f"{error}\n"))
            page.on("console", lambda said: sys.stderr.write(f"{said.text}\n") if said.type == "error" else None)
            page.goto(f"{given.url}/login")
            page.screenshot(path=given.folder / f"login-{name}.png")
            sign_in(page, given.url, given.user, given.password)
            for path, show in PAGES.items():
                page.goto(f"{given.url}/app/{path}")
                show(page)
                page.wait_for_timeout(400)
                page.screenshot(path=given.folder / f"{path}-{name}.png", animations="disabled")
            page.goto(f"{given.url}/app/inventory")
            page.get_by_role("button", name="Show details").first.click()
            wait_for_plots(page, 1)
            page.wait_for_timeout(400)
            page.screenshot(path=given.folder / f"workspace-{name}.png")
            page.context.close()


def _overview(page: Page) -> None:
    wait_for_plots(page, 4)


def _inventory(page: Page) -> None:
    page.get_by_role("row").nth(5).wait_for(timeout=READY_MS)


def _ask(page: Page) -> None:
    page.get_by_role("button", name="How many WorkSpaces").click(timeout=READY_MS)
    page.get_by_role("tab", name="Chart").first.wait_for()
    page.get_by_label("Ask about inventory").fill(QUESTION)
    page.keyboard.press("Enter")
    page.get_by_role("tab", name="Chart").nth(1).wait_for()
    page.get_by_role("tab", name="Chart").first.click()
    wait_for_plots(page, 1)


PAGES = {"overview": _overview, "inventory": _inventory, "ask": _ask}


if __name__ == "__main__":
    main()
