"""What people do, from the sign-in to the sign-out, with every number compared to the record."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import sign_in, wait_for_plots
from tests.demo import Demo

pytestmark = [pytest.mark.browser, pytest.mark.postgres, pytest.mark.redis, pytest.mark.aws, pytest.mark.slow]

QUESTION = "How many WorkSpaces are there in each region?"
ALIVE = "terminated_at IS NULL AND is_in_inventory"


def figure(page: Page, label: str) -> str:
    """The figure of the overview whose label begins with `label`, as it is shown."""
    card = page.get_by_role("group", name=re.compile(f"^{label}"))
    return card.locator(".value").inner_text().split()[0]


def goto(page: Page, server: Demo, path: str) -> None:
    page.goto(f"{server.url}/app/{path}")


def rows(page: Page) -> list[list[str]]:
    """The texts of the first table's rows."""
    body = page.get_by_role("table").first.locator("tbody tr")
    body.first.wait_for()
    return [row.locator("td").all_inner_texts() for row in body.all()]


def test_from_sign_in_to_sign_out(finance: Page, workbench_server: Demo, complaints: list[str]) -> None:
    page, record = finance, workbench_server

    # The overview: four charts, and the figures of the record.
    wait_for_plots(page, 4)
    alive = record.one(f"SELECT count(*) FROM workspaces WHERE {ALIVE}")
    assert figure(page, "WorkSpaces") == f"{alive:,}"
    hours = record.one(
        "SELECT round(sum(usage_hours)) FROM workspace_usage "
        "WHERE month = date_trunc('month', now()) - interval '1 month'"
    )
    assert figure(page, "Hours in") == f"{hours:,.0f}"

    # The inventory, filtered by region.
    page.get_by_role("link", name="Inventory").click()
    region = record.one(f"SELECT region FROM workspaces WHERE {ALIVE} GROUP BY region ORDER BY count(*) LIMIT 1")
    page.get_by_role("combobox", name="Region").click()
    page.locator(".MuiMenuItem-root", has_text=str(region)).click()
    total = record.one("SELECT count(*) FROM workspaces")
    there = record.one("SELECT count(*) FROM workspaces WHERE region = %s", region)
    expect(page.get_by_text(f"{there:,} of {total:,} WorkSpaces")).to_be_visible()
    assert {row[3] for row in rows(page)} == {region}
    expect(page).to_have_url(re.compile(f"region={region}"))

    # A question, its table and its SQL.
    page.get_by_role("link", name="Ask").click()
    page.get_by_label("Ask about inventory").fill(QUESTION)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Without a model", exact=True)).to_be_visible()
    answered = {row[0]: int(row[1].replace(",", "")) for row in rows(page)}
    for name, count in answered.items():
        assert count == record.one(f"SELECT count(*) FROM workspaces WHERE region = %s AND {ALIVE}", name)
    assert sum(answered.values()) == alive
    page.get_by_role("tab", name="SQL").click()
    assert "GROUP BY w.region" in page.get_by_role("textbox", name="SQL").input_value()
    expect(page.get_by_label("Ask about inventory")).to_have_value("")

    # Out again: neither the page nor its websocket are there any more.
    sockets: list[int] = []
    page.on("websocket", lambda socket: sockets.append(1))
    page.get_by_label("Account of finance").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/auth/signed-out*")
    goto(page, workbench_server, "overview")
    page.wait_for_url(re.compile("/login"))
    assert sockets == []


def test_signing_out_ends_the_pages_of_other_tabs(finance: Page, workbench_server: Demo) -> None:
    other = finance.context.new_page()
    goto(other, workbench_server, "inventory")
    other.get_by_role("row").nth(2).wait_for()
    finance.get_by_label("Account of finance").click()
    finance.get_by_role("button", name="Sign out").click()
    other.wait_for_url(re.compile("/login"))


def test_a_person_of_one_client_sees_that_client_alone(page: Page, workbench_server: Demo) -> None:
    client_id = workbench_server.one_client()
    sign_in(page, workbench_server.url, "manager", workbench_server.password("manager"))
    wait_for_plots(page, 4)
    mine = workbench_server.one(
        f"SELECT count(*) FROM workspaces JOIN aws_accounts USING (account_id) WHERE client_id = %s AND {ALIVE}",
        client_id,
    )
    assert figure(page, "WorkSpaces") == f"{mine:,}"
    goto(page, workbench_server, "inventory")
    name = workbench_server.one("SELECT name FROM clients WHERE client_id = %s", client_id)
    assert {row[2] for row in rows(page)} == {name}
    stranger = workbench_server.one(
        "SELECT min(workspace_id) FROM workspaces JOIN aws_accounts USING (account_id) WHERE client_id <> %s", client_id
    )
    goto(page, workbench_server, f"inventory?workspace={stranger}")
    expect(page.get_by_text("is not among those you see")).to_be_visible()


def test_a_workspace_opens_by_keyboard_and_its_address_can_be_sent_on(finance: Page, workbench_server: Demo) -> None:
    page = finance
    goto(page, workbench_server, "inventory")
    first = rows(page)[0]
    page.get_by_role("button", name="Show details").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=first[0])).to_be_visible()
    wait_for_plots(page, 1)
    expect(page).to_have_url(re.compile(f"workspace={first[1]}"))
    page.goto(page.url)
    expect(page.get_by_role("heading", name=first[0])).to_be_visible()
    page.keyboard.press("Escape")
    expect(page).not_to_have_url(re.compile("workspace="))


def test_the_table_is_sorted_and_paged_by_the_server(finance: Page, workbench_server: Demo) -> None:
    page = finance
    goto(page, workbench_server, "inventory")
    assert len(rows(page)) == 25
    page.get_by_role("button", name="WorkSpace", exact=True).click()
    least = workbench_server.one('SELECT min(workspace_id COLLATE "C") FROM workspaces')
    expect(page.get_by_role("table").first.locator("tbody tr").first).to_contain_text(str(least))
    page.get_by_role("button", name="Last", exact=True).click()
    greatest = workbench_server.one('SELECT max(workspace_id COLLATE "C") FROM workspaces')
    expect(page.get_by_role("table").first.locator("tbody tr").last).to_contain_text(str(greatest))


def test_the_download_holds_what_the_filter_leaves(finance: Page, workbench_server: Demo, tmp_path: Path) -> None:
    page = finance
    goto(page, workbench_server, "inventory?running_mode=ALWAYS_ON")
    count = workbench_server.one("SELECT count(*) FROM workspaces WHERE running_mode = 'ALWAYS_ON'")
    expect(page.get_by_text(re.compile(f"^{count:,} of "))).to_be_visible()
    with page.expect_download() as download:
        page.get_by_text("Download CSV").click()
    download.value.save_as(tmp_path / "workspaces.csv")
    with (tmp_path / "workspaces.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == count


def test_edited_sql_runs_and_what_is_forbidden_is_refused(finance: Page, workbench_server: Demo) -> None:
    page = finance
    goto(page, workbench_server, "ask")
    page.get_by_role("button", name=QUESTION).click()
    page.get_by_role("tab", name="SQL").click()
    page.get_by_role("textbox", name="SQL").fill("SELECT count(*) AS n FROM accounts")
    page.get_by_role("button", name="Run this SQL").click()
    expect(page.get_by_text("Your SQL", exact=True)).to_be_visible()
    assert rows(page)[0] == [str(workbench_server.one("SELECT count(*) FROM aws_accounts"))]
    page.get_by_role("tab", name="SQL").click()
    page.get_by_role("textbox", name="SQL").fill("SELECT * FROM read_csv('/etc/passwd')")
    page.get_by_role("button", name="Run this SQL").click()
    expect(page.get_by_text("That is not allowed")).to_be_visible()


def test_dark_stays_dark_from_page_to_page(finance: Page, workbench_server: Demo) -> None:
    page = finance
    wait_for_plots(page, 4)
    page.get_by_role("button", name=re.compile("theme", re.I)).click()
    expect(page).to_have_url(re.compile("theme=dark"))
    page.get_by_role("link", name="Inventory").click()
    expect(page).to_have_url(re.compile("inventory.theme=dark"))
    ground = page.get_by_role("main").evaluate("el => getComputedStyle(el).backgroundColor")
    assert ground == "rgb(17, 22, 29)"  # #11161d


def test_the_drawer_leaves_a_phone_its_page(browser: Browser, workbench_server: Demo) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    sign_in(page, workbench_server.url, "finance", workbench_server.password("finance"))
    page.get_by_role("heading", name="Overview").wait_for()
    expect(page.get_by_role("link", name="Inventory")).to_be_hidden()
    width = page.evaluate("document.scrollingElement.scrollWidth")
    assert width <= 390
    page.get_by_role("button", name="Open drawer").click()
    page.get_by_role("link", name="Inventory").click()
    page.wait_for_url("**/app/inventory*")
    context.close()


def test_nothing_is_asked_of_another_host(page: Page, workbench_server: Demo) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    sign_in(page, workbench_server.url, "finance", workbench_server.password("finance"))
    wait_for_plots(page, 4)
    elsewhere = [url for url in asked if not url.startswith((workbench_server.url, "blob:", "data:"))]
    assert elsewhere == []
