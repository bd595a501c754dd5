"""Users of one client against every surface of a running demo: nothing of another client comes through."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.demo import Demo
from workbench.client import connect
from workbench.errors import WorkbenchError

pytestmark = [pytest.mark.slow, pytest.mark.aws, pytest.mark.postgres, pytest.mark.redis]


@pytest.fixture(scope="module")
def manager(demo: Demo) -> Iterator[httpx.Client]:
    """The API as the user who sees one client."""
    with demo.api("manager") as client:
        yield client


@pytest.fixture(scope="module")
def foreign(demo: Demo) -> dict[str, set[str]]:
    """What only other clients have: names, accounts, WorkSpaces."""
    mine = demo.one_client()
    with psycopg.connect(demo.dsn()) as connection:

        def texts(sql: str) -> set[str]:
            return {str(row[0]) for row in connection.execute(sql.encode(), [mine])}

        found = {
            "clients": texts("SELECT name FROM clients WHERE client_id <> %s"),
            "accounts": texts("SELECT account_id FROM aws_accounts WHERE client_id <> %s"),
            "workspaces": texts(
                "SELECT workspace_id FROM workspaces JOIN aws_accounts USING (account_id) WHERE client_id <> %s"
            ),
        }
    assert all(found.values())
    return found


def assert_nothing_foreign(text: str, foreign: dict[str, set[str]]) -> None:
    assert [item for items in foreign.values() for item in items if item in text] == []


@pytest.mark.parametrize(
    "path", ["/api/v1/dashboard", "/api/v1/workspaces?limit=500", "/api/v1/sync/history?limit=500", "/api/v1/me"]
)
def test_the_api_shows_one_client(manager: httpx.Client, foreign: dict[str, set[str]], path: str) -> None:
    answer = manager.get(path)
    assert answer.status_code == 200
    assert_nothing_foreign(answer.text, foreign)


def test_the_api_counts_one_client(demo: Demo, manager: httpx.Client) -> None:
    own = demo.one(
        "SELECT count(*) FROM workspaces JOIN aws_accounts USING (account_id) WHERE client_id = %s",
        demo.one_client(),
    )
    assert manager.get("/api/v1/workspaces").json()["total"] == own


def test_another_clients_workspace_is_as_unknown_as_none(manager: httpx.Client, foreign: dict[str, set[str]]) -> None:
    theirs = manager.get(f"/api/v1/workspaces/{min(foreign['workspaces'])}")
    nobodys = manager.get("/api/v1/workspaces/ws-000000000")
    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.json()["detail"] == nobodys.json()["detail"]


def test_a_filter_for_another_client_finds_nothing(manager: httpx.Client, foreign: dict[str, set[str]]) -> None:
    answer = manager.get("/api/v1/workspaces", params={"account_id": min(foreign["accounts"])}).json()
    assert answer["total"] == 0


@pytest.mark.parametrize(
    "question",
    ["What did each client spend last month?", "How many WorkSpaces are there in each account?", "List all WorkSpaces"],
)
def test_the_chat_answers_for_one_client(manager: httpx.Client, foreign: dict[str, set[str]], question: str) -> None:
    answer = manager.post("/api/v1/ai/query", json={"question": question})
    assert answer.json()["outcome"] == "answer"
    assert answer.json()["rows"]
    assert_nothing_foreign(answer.text, foreign)


def test_naming_another_client_in_the_chat_tells_nothing_of_it(
    manager: httpx.Client, foreign: dict[str, set[str]]
) -> None:
    for name in foreign["clients"]:
        answer = manager.post("/api/v1/ai/query", json={"question": f"What did {name} spend last month?"}).json()
        assert not answer["rows"] or all(value in (None, "0", 0) for row in answer["rows"] for value in row)


@pytest.mark.parametrize("user", ["analyst", "admin"])
def test_the_sql_box_reads_the_askers_mart_alone(demo: Demo, foreign: dict[str, set[str]], user: str) -> None:
    account = min(foreign["accounts"])
    with demo.api(user) as client:
        answer = client.post(
            "/api/v1/sql", json={"sql": f"SELECT count(*) FROM workspaces WHERE account_id = '{account}'"}
        )
    assert answer.status_code == 200, answer.text
    [[count]] = answer.json()["rows"]
    assert (count > 0) == (user == "admin")


def test_a_downloaded_mart_holds_no_byte_of_another_client(
    demo: Demo, foreign: dict[str, set[str]], tmp_path: Path
) -> None:
    with connect(demo.url, username="analyst", password=demo.password("analyst")) as wb:
        tables = wb.sql(
            "SELECT table_name FROM duckdb_tables() UNION SELECT view_name FROM duckdb_views() WHERE NOT internal"
        )
        for table in tables.iloc[:, 0]:
            assert_nothing_foreign(wb.sql(f'SELECT * FROM "{table}"').to_csv(), foreign)


def test_a_notebook_cannot_read_beyond_its_mart(demo: Demo) -> None:
    import duckdb

    others = demo.home / "data" / "marts" / "all"
    file = next(others.glob("m*.duckdb"))
    with (
        connect(demo.url, username="analyst", password=demo.password("analyst")) as wb,
        pytest.raises(duckdb.Error, match="disabled"),
    ):
        wb.sql(f"SELECT * FROM read_blob('{file}')")


def test_a_wrong_password_gets_no_mart(demo: Demo) -> None:
    with pytest.raises(WorkbenchError):
        connect(demo.url, username="analyst", password="not-the-password")
