from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.app.serving import PASSWORD, Served, serving

pytestmark = [pytest.mark.postgres, pytest.mark.redis]


@pytest.fixture(autouse=True)
def _no_tries_are_counted(served: Served) -> None:
    for key in served.doors.redis.scan_iter("limits*"):
        served.doors.redis.delete(key)


def sign_in(served: Served, username: str, password: str, **more: str) -> httpx.Response:
    return served.browser().post("/auth/login", data={"username": username, "password": password, **more})


def test_the_form_needs_neither_scripts_nor_other_files(served: Served) -> None:
    page = served.browser().get("/login")
    assert page.status_code == 200
    assert "<script" not in page.text
    assert "<link" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_the_form_names_its_fields_for_people_and_password_managers(served: Served) -> None:
    page = served.browser().get("/login").text
    for part in ('<label for="username">', '<label for="password">', 'autocomplete="username"', "current-password"):
        assert part in page


def test_a_form_signs_in_and_leads_on(served: Served) -> None:
    answer = sign_in(served, "alice", PASSWORD, next="/app/small?client=Acme")
    assert (answer.status_code, answer.headers["location"]) == (303, "/app/small?client=Acme")
    for part in ("wb=", "HttpOnly", "SameSite=lax", "Path=/"):
        assert part in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "/app\r\nSet-Cookie: x=1",
        "/auth/logout",
        "",
        "evil",
    ],
)
def test_the_way_on_never_leads_elsewhere(served: Served, wanted: str) -> None:
    assert sign_in(served, "alice", PASSWORD, next=wanted).headers["location"] == "/app/overview"
    assert 'value="/app/overview"' in served.browser().get("/login", params={"next": wanted}).text


def test_the_form_says_the_same_of_an_unknown_name_and_a_wrong_password(served: Served) -> None:
    wrong, unknown = sign_in(served, "alice", "wrong words of mine"), sign_in(served, "nobody", PASSWORD)
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert wrong.text.replace("alice", "…") == unknown.text.replace("nobody", "…")
    assert "set-cookie" not in wrong.headers


def test_what_was_typed_is_shown_as_text(served: Served) -> None:
    answer = sign_in(served, '"><script>alert(1)</script>', "x" * 12)
    assert "<script>" not in answer.text
    assert "&lt;script&gt;" in answer.text


def test_a_closed_account_is_told_nothing_more(served: Served) -> None:
    served.doors.users.set_active("max", active=False)
    try:
        assert sign_in(served, "max", PASSWORD).status_code == 401
    finally:
        served.doors.users.set_active("max", active=True)


def test_json_signs_in_a_program(served: Served) -> None:
    answer = httpx.post(f"{served.url}/auth/login", json={"username": "alice", "password": PASSWORD})
    assert answer.status_code == 200
    body = answer.json()
    assert body["user"] == {"username": "alice", "display_name": "Alice", "role": "FINANCE"}
    assert body["expires_at"].endswith("Z")
    me = httpx.get(f"{served.url}/api/v1/me", headers={"Authorization": f"Bearer {body['token']}"})
    assert me.json()["username"] == "alice"


def test_a_program_is_refused_with_a_problem(served: Served) -> None:
    answer = httpx.post(f"{served.url}/auth/login", json={"username": "alice", "password": "wrong words of mine"})
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["do"]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"username":"alice"}', b'{"username":1,"password":{}}', b"\xff"])
def test_malformed_json_is_told_so(served: Served, body: bytes) -> None:
    answer = httpx.post(f"{served.url}/auth/login", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422


def test_an_incomplete_form_is_shown_again(served: Served) -> None:
    answer = served.browser().post("/auth/login", data={"username": "alice"})
    assert answer.status_code == 422
    assert "<form" in answer.text


def test_a_file_in_place_of_the_name_is_refused(served: Served) -> None:
    answer = served.browser().post("/auth/login", files={"username": b"x"}, data={"password": PASSWORD})
    assert answer.status_code in (400, 422)


def test_the_eleventh_try_in_a_minute_is_throttled_even_with_the_right_password(served: Served) -> None:
    for _ in range(10):
        assert sign_in(served, "greta", "wrong words of mine").status_code == 401
    answer = sign_in(served, "greta", PASSWORD)
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert sign_in(served, "alice", PASSWORD).status_code == 303  # another name is not held up


def test_signing_out_ends_a_programs_token(served: Served) -> None:
    program = served.program("alice")
    assert program.get("/api/v1/me").status_code == 200
    assert program.post("/auth/logout").status_code == 204
    assert program.get("/api/v1/me").status_code == 401


def test_signing_out_forgets_the_cookie(served: Served) -> None:
    alice = served.signed_in("alice")
    answer = alice.post("/auth/logout")
    assert answer.headers["location"] == "/auth/signed-out"
    assert 'wb=""' in answer.headers["set-cookie"]
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert "signed out" in served.browser().get("/auth/signed-out").text


def test_signing_out_twice_is_no_error(served: Served) -> None:
    assert served.browser().post("/auth/logout").status_code == 303


def test_who_is_signed_in_already_goes_on(served: Served) -> None:
    assert served.signed_in("alice").get("/login", params={"next": "/app/small"}).headers["location"] == "/app/small"


def test_a_sign_in_is_noted_and_asks_for_the_mart(database: str, redis_url: str, tmp_path: Path) -> None:
    with serving(database, redis_url, tmp_path) as served:
        served.browser("alice")
        user = served.doors.users.find("alice")
        assert user is not None
        assert user.last_login_at is not None


def test_a_sign_in_lives_no_longer_than_set(database: str, redis_url: str, tmp_path: Path) -> None:
    with serving(database, redis_url, tmp_path, session_hours=2) as served:
        answer = sign_in(served, "alice", PASSWORD)
        assert "Max-Age=7200" in answer.headers["set-cookie"]
        (key,) = served.doors.redis.scan_iter("session:*")
        assert 7100 < served.doors.redis.ttl(key) <= 7200
