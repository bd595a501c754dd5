"""The API by its HTTP, with the real gate, and what one client's users learn of another's: nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, MutableMapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import duckdb
import httpx
import psycopg
import pytest
from structlog.testing import capture_logs

from app.api.routes import SyncRequest
from pipelines.registry import PIPELINES
from tests.app.serving import Served, serving
from tests.app.small_marts import ACME, publish_mart
from workbench.client import Connection
from workbench.domain.scope import Scope

pytestmark = [pytest.mark.postgres, pytest.mark.redis]

HIDDEN = ("Globex", "globex", "222222222222", "dora", "50.10")


def problem(answer: httpx.Response, status: int) -> dict[str, object]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, object] = answer.json()
    assert set(body) == {"type", "title", "status", "detail", "instance", "do"}
    assert body["status"] == status
    return body


def first_line(lines: Sequence[MutableMapping[str, Any]], event: str) -> MutableMapping[str, Any]:
    """The first log line of that event; it is written just after the answer was sent."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        for line in lines:
            if line["event"] == event:
                return line
        time.sleep(0.01)
    raise AssertionError(f"{event} was not logged")


# What is seen


def test_the_dashboard_holds_the_overview_with_exact_money(served: Served) -> None:
    body = served.program("alice").get("/api/v1/dashboard").json()
    # 35.00 + 9.75 + 20.25
    assert body["totals"]["last_month_cost"] == "65.00"
    assert {row["client_name"] for row in body["cost_by_client_month"]} == {"Acme"}
    assert body["running_modes"]
    assert body["freshness"][0]["sync_type"] == "inventory"


def test_who_sees_all_clients_sees_their_sum(served: Served) -> None:
    body = served.program("root").get("/api/v1/dashboard").json()
    # 65.00 + 50.10
    assert body["totals"]["last_month_cost"] == "115.10"


def test_a_known_version_of_the_dashboard_is_not_sent_again(served: Served) -> None:
    alice = served.program("alice")
    etag = alice.get("/api/v1/dashboard").headers["etag"]
    again = alice.get("/api/v1/dashboard", headers={"If-None-Match": f'"other", {etag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert alice.get("/api/v1/dashboard", headers={"If-None-Match": '"other"'}).status_code == 200


def test_the_tag_of_another_scope_is_not_known(served: Served) -> None:
    etag = served.program("root").get("/api/v1/dashboard").headers["etag"]
    assert served.program("alice").get("/api/v1/dashboard", headers={"If-None-Match": etag}).status_code == 200


def test_a_new_version_of_the_mart_is_shown(database: str, redis_url: str, tmp_path: Path) -> None:
    with serving(database, redis_url, tmp_path) as served:
        alice = served.program("alice")
        before = alice.get("/api/v1/dashboard").headers["etag"]
        publish_mart(served.doors.settings.marts_home, Scope.of(ACME))
        after = alice.get("/api/v1/dashboard", headers={"If-None-Match": before})
        assert after.status_code == 200
        assert after.headers["etag"] != before


def test_workspaces_are_filtered_sorted_and_paged(served: Served) -> None:
    alice = served.program("alice")
    query = {"running_mode": "AUTO_STOP", "sort": "last_month_cost", "descending": "true", "limit": "1"}
    first = alice.get("/api/v1/workspaces", params=query).json()
    assert [row["workspace_id"] for row in first["rows"]] == ["ws-acme00003"]
    assert first["rows"][0]["last_month_cost"] == "20.25"
    assert first["total"] == 2
    second = alice.get("/api/v1/workspaces", params=query | {"cursor": first["cursor"]}).json()
    assert [row["workspace_id"] for row in second["rows"]] == ["ws-acme00002"]
    assert second["cursor"] is None


def test_one_workspace_comes_in_full(served: Served) -> None:
    body = served.program("alice").get("/api/v1/workspaces/ws-acme00001").json()
    assert body["workspace"]["user_name"] == "alice"
    assert body["months"][0]["cost"] == "35.00"
    assert body["tags"] == {"owner": "alice"}


def test_runs_of_pipelines_are_listed(served: Served) -> None:
    body = served.program("alice").get("/api/v1/sync/history").json()
    assert [(row["sync_type"], row["status"]) for row in body["rows"]] == [("inventory", "SUCCEEDED")]


def test_me_tells_what_the_role_allows(served: Served) -> None:
    body = served.program("max").get("/api/v1/me").json()
    assert (body["role"], body["clients"], body["sees_all_clients"]) == ("MANAGER", 1, False)
    assert "sql:run" not in body["permissions"]


def test_a_question_is_answered_with_its_sql(served: Served) -> None:
    body = served.program("alice").post("/api/v1/ai/query", json={"question": "How many WorkSpaces are there?"}).json()
    assert body["outcome"] == "answer", body
    assert "select" in body["sql"].lower()
    assert body["rows"][0][-1] == 3


def test_sql_of_ones_own_runs_on_ones_own_mart(served: Served) -> None:
    sql = "SELECT client_name, sum(amount) AS cost FROM billing_data JOIN accounts USING (account_id) GROUP BY ALL"
    body = served.program("alice").post("/api/v1/sql", json={"sql": sql}).json()
    assert body["outcome"] == "answer", body
    # October 65.00 and September 62.00
    assert [(name, Decimal(cost)) for name, cost in body["rows"]] == [("Acme", Decimal(127))]
    assert [column["name"] for column in body["columns"]] == ["client_name", "cost"]


def test_sql_that_the_guard_forbids_is_refused(served: Served) -> None:
    body = served.program("alice").post("/api/v1/sql", json={"sql": "DROP TABLE accounts"}).json()
    assert (body["outcome"], body["rows"]) == ("refuse", None)


def test_an_admin_asks_for_a_run_and_the_worker_finds_it(served: Served) -> None:
    asked = {"sync_type": "inventory", "account_id": "111111111111"}
    answer = served.program("root").post("/api/v1/sync/trigger", json=asked)
    assert answer.status_code == 202
    with psycopg.connect(served.doors.postgres.dsn) as connection:
        row = connection.execute(
            "SELECT sync_type, account_id, u.username FROM sync_requests JOIN users AS u ON u.id = requested_by "
            "WHERE sync_requests.id = %s",
            [answer.json()["request_id"]],
        ).fetchone()
    assert row == ("inventory", "111111111111", "root")


def test_the_mart_is_sent_whole_and_once(served: Served, tmp_path: Path) -> None:
    alice = served.program("alice")
    answer = alice.get("/api/v1/mart")
    file = tmp_path / "got.duckdb"
    file.write_bytes(answer.content)
    assert len(answer.content) == int(answer.headers["content-length"])
    with duckdb.connect(str(file), read_only=True) as mart:
        assert mart.execute("SELECT DISTINCT client_name FROM accounts").fetchall() == [("Acme",)]
    again = alice.get("/api/v1/mart", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_notebooks_get_their_mart_from_it(served: Served) -> None:
    with Connection(served.url, served.token("alice")) as connection:
        assert connection.refresh() == 1
        assert connection.refresh() == 1
        assert connection.sql("SELECT count(*) AS n FROM workspaces").n.tolist() == [3]


def test_the_description_of_the_api_names_every_route_and_problem(served: Served) -> None:
    description = served.program("alice").get("/api/v1/openapi.json").json()
    for path in ("/auth/login", "/health", "/api/v1/dashboard", "/api/v1/workspaces/{workspace_id}", "/api/v1/mart"):
        assert path in description["paths"]
    responses = description["paths"]["/api/v1/workspaces/{workspace_id}"]["get"]["responses"]
    assert {"200", "401", "403", "404", "422", "503"} <= set(responses)


# What is not


READS = [
    "/api/v1/me",
    "/api/v1/dashboard",
    "/api/v1/workspaces",
    "/api/v1/workspaces?q=globex",
    "/api/v1/workspaces?client=Globex",
    "/api/v1/workspaces?account_id=222222222222",
    "/api/v1/workspaces/ws-acme00001",
    "/api/v1/sync/history",
]


@pytest.mark.parametrize("path", READS)
def test_nothing_of_another_client_is_in_an_answer(served: Served, path: str) -> None:
    answer = served.program("alice").get(path)
    assert answer.status_code == 200
    for text in HIDDEN:
        # What was asked for is not said back either.
        assert text not in answer.text, text


def test_nothing_of_another_client_is_in_the_mart(served: Served, tmp_path: Path) -> None:
    content = served.program("alice").get("/api/v1/mart").content
    for text in ("Globex", "222222222222", "dora"):
        assert text.encode() not in content


def test_anothers_workspace_is_answered_like_one_that_does_not_exist(served: Served) -> None:
    alice = served.program("alice")
    hidden = problem(alice.get("/api/v1/workspaces/ws-globex001"), 404)
    missing = problem(alice.get("/api/v1/workspaces/ws-nowhere01"), 404)
    assert {**hidden, "instance": ""} == {**missing, "instance": ""}
    assert served.program("greta").get("/api/v1/workspaces/ws-globex001").status_code == 200


@pytest.mark.parametrize(
    "question", ["What did Globex cost last month?", "How many WorkSpaces does Globex have?", "WorkSpaces of dora"]
)
def test_a_question_about_another_client_finds_nothing(served: Served, question: str) -> None:
    body = served.program("alice").post("/api/v1/ai/query", json={"question": question}).json()
    for cell in (cell for row in body["rows"] or [] for cell in row):
        assert str(cell) not in HIDDEN
    assert "50.10" not in str(body)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM accounts",
        "SELECT sum(amount) FROM billing_data WHERE account_id = '222222222222'",
        "SELECT error('x' || (SELECT string_agg(client_name, ',') FROM accounts))",
    ],
)
def test_sql_reaches_no_other_client(served: Served, sql: str) -> None:
    answer = served.program("alice").post("/api/v1/sql", json={"sql": sql})
    assert "Globex" not in answer.text
    assert "49.1" not in answer.text


def test_who_has_no_client_is_told_what_to_do(served: Served) -> None:
    for path in ("/api/v1/dashboard", "/api/v1/workspaces", "/api/v1/mart", "/api/v1/sync/history"):
        body = problem(served.program("nora").get(path), 403)
        assert body["type"] == "urn:workspaces-workbench:problem:nothing-in-scope"
        assert "administrator" in str(body["do"])


def test_a_mart_that_is_not_there_yet_is_asked_for(database: str, redis_url: str, tmp_path: Path) -> None:
    with serving(database, redis_url, tmp_path) as served:
        both = served.doors.users.add("both", "some words of theirs", "FINANCE", client_codes=["acme", "globex"])
        with psycopg.connect(database) as connection:
            connection.execute("DELETE FROM mart_requests")
        answer = served.program("both").get("/api/v1/dashboard")
        body = problem(answer, 503)
        assert body["type"] == "urn:workspaces-workbench:problem:mart-is-not-ready"
        assert int(answer.headers["retry-after"]) > 0
        with psycopg.connect(database) as connection:
            rows = connection.execute("SELECT scope_key FROM mart_requests").fetchall()
        assert rows == [(both.scope.key,)]


@pytest.mark.parametrize(
    ("username", "call"),
    [
        ("max", lambda c: c.post("/api/v1/sql", json={"sql": "SELECT 1"})),
        ("max", lambda c: c.get("/api/v1/mart")),
        ("alice", lambda c: c.post("/api/v1/sync/trigger", json={"sync_type": "inventory"})),
        ("greta", lambda c: c.post("/api/v1/sync/trigger", json={"sync_type": "inventory"})),
        ("max", lambda c: c.post("/api/v1/sync/trigger", json={"sync_type": "inventory"})),
    ],
)
def test_a_role_cannot_do_what_it_lacks(
    served: Served, username: str, call: Callable[[httpx.Client], httpx.Response]
) -> None:
    problem(call(served.program(username)), 403)


# What is wrong


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/nowhere", 404),
        ("/api/v1/workspaces?limit=0", 422),
        ("/api/v1/workspaces?limit=501", 422),
        ("/api/v1/workspaces?sort=password", 422),
        ("/api/v1/workspaces?cursor=abc", 400),
        ("/api/v1/sync/history?cursor=-1", 400),
        ("/api/v1/ai/query", 405),
    ],
)
def test_every_error_is_a_problem(served: Served, path: str, status: int) -> None:
    body = problem(served.program("alice").get(path), status)
    assert body["instance"] == path.partition("?")[0]
    assert body["detail"]


def test_nobody_signed_in_is_a_problem_that_says_how_to(served: Served) -> None:
    answer = httpx.get(f"{served.url}/api/v1/dashboard")
    assert "/auth/login" in str(problem(answer, 401)["do"])
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"question":""}', b'{"question":5}', b"\xff\xfe"])
def test_a_malformed_question_is_a_problem(served: Served, body: bytes) -> None:
    answer = served.program("alice").post(
        "/api/v1/ai/query", content=body, headers={"Content-Type": "application/json"}
    )
    problem(answer, 422)


def test_a_failure_inside_is_a_problem_that_tells_nothing(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("a secret detail")

    monkeypatch.setattr("app.api.routes.find_workspace", fail)
    alice = served.program("alice")
    with capture_logs() as lines:
        answer = alice.get("/api/v1/workspaces/ws-acme00001")
        failed = first_line(lines, "http_request_failed")
    problem(answer, 500)
    assert "secret" not in answer.text
    assert (failed["log_level"], failed["exc_info"]) == ("error", True)  # what happened is in the log


def test_every_pipeline_and_nothing_else_can_be_asked_for() -> None:
    assert set(get_args(SyncRequest.model_fields["sync_type"].annotation)) == set(PIPELINES)


def test_an_unknown_account_is_not_synced(served: Served) -> None:
    asked = {"sync_type": "inventory", "account_id": "999999999999"}
    problem(served.program("root").post("/api/v1/sync/trigger", json=asked), 404)


def test_a_log_line_names_the_route_and_the_user_and_no_id_of_a_row(
    served: Served,
) -> None:
    alice = served.program("alice")
    with capture_logs() as lines:
        alice.get("/api/v1/workspaces/ws-acme00001")
        line = first_line(lines, "http_request_finished")
    assert (line["method"], line["route"]) == ("GET", "/api/v1/workspaces/{workspace_id}")
    assert (line["status"], line["user_id"]) == (200, 1)
    assert "ws-acme00001" not in str(line)


def test_health_tells_each_part(served: Served) -> None:
    body = httpx.get(f"{served.url}/health").json()
    assert (body["status"], body["postgres"], body["redis"], body["model"]) == ("degraded", "ok", "ok", "away")
    # The small marts are older than any limit.
    assert body["data"] == {"state": "stale", "as_of": "2026-11-20T12:00:00Z"}
    assert httpx.get(f"{served.url}/livez").json() == {"status": "ok"}
