"""Chromium as a person with a desktop uses it; other hosts do not exist for it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Error, Page, sync_playwright

ARGUMENTS = [
    "--no-sandbox",  # containers run tests as root
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]
READY_MS = 30_000


class NoChromium(Exception):
    """Neither the system nor Playwright has a Chromium."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """The system's Chromium, else Playwright's own. Raises NoChromium."""
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium") or shutil.which("google-chrome"), args=ARGUMENTS
            )
        except Error as error:
            raise NoChromium("Install chromium, or run `playwright install chromium`.") from error
        try:
            yield browser
        finally:
            browser.close()


def sign_in(page: Page, url: str, username: str, password: str) -> None:
    """Sign in on the form and wait for the overview."""
    page.goto(f"{url}/login")
    page.get_by_label("User name", exact=False).fill(username)
    page.get_by_label("Password", exact=False).fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/app/overview*")


def wait_for_plots(page: Page, count: int) -> None:
    """Wait until `count` charts are drawn: Bokeh's canvases hold something else than one colour."""
    page.wait_for_function(
        """(count) => {
          const found = [], queue = [document]
          while (queue.length) {
            for (const el of queue.pop().querySelectorAll("*")) {
              if (el.shadowRoot) { queue.push(el.shadowRoot) }
              if (el.tagName === "CANVAS" && el.width > 50) { found.push(el) }
            }
          }
          const probe = new OffscreenCanvas(64, 64).getContext("2d", {willReadFrequently: true})
          const drawn = found.filter((canvas) => {
            probe.clearRect(0, 0, 64, 64); probe.drawImage(canvas, 0, 0, 64, 64)
            const data = probe.getImageData(0, 0, 64, 64).data
            for (let i = 0; i < data.length; i += 4) {
              const channels = [data[i], data[i + 1], data[i + 2]]
              if (data[i + 3] > 20 && Math.max(...channels) - Math.min(...channels) > 40) { return true }
            }
            return false
          })
          return drawn.length >= count
        }""",
        arg=count,
        timeout=READY_MS,
    )
