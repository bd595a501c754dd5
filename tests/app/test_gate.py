"""The gate with real requests and real websockets. The table of attacks that Panel's own policy let through is here."""

from __future__ import annotations

import base64
import json
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from websockets import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tests.app.serving import PAGE, SECRET, Served, cookie_of, page_token, serving
from workbench.embedded.redis import EmbeddedRedis

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.redis,
]

SIGN_IN_NEEDED = 4401


@contextmanager
def socket(
    served: Served, token: str, cookie: str | None, *, origin: str | None = "own", path: str = PAGE
) -> Iterator[ClientConnection]:
    headers = {"Cookie": f"wb={cookie}"} if cookie else {}
    with connect(
        f"ws://127.0.0.1:{served.port}{path}/ws",
        subprotocols=[Subprotocol("bokeh"), Subprotocol(token)],
        additional_headers=headers,
        origin=Origin(served.url) if origin == "own" else None if origin is None else Origin(origin),
        max_size=None,
        proxy=None,
    ) as open_socket:
        open_socket.recv(timeout=10)  # the first part of Bokeh's greeting: a session was opened
        yield open_socket


def close_code(open_socket: ClientConnection, *, within_seconds: float) -> int | None:
    """The code that the socket is closed with, or None if it stays open."""
    deadline = time.monotonic() + within_seconds
    try:
        while (left := deadline - time.monotonic()) > 0:
            open_socket.recv(timeout=left)
    except TimeoutError:
        return None
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None
    return None


def is_refused(served: Served, token: str, cookie: str | None, **how: str | None) -> bool:
    try:
        with socket(served, token, cookie, **how):  # type: ignore[arg-type]
            return False
    except InvalidStatus as refused:
        return refused.response.status_code == 403


def claims_of(page_token: str) -> dict[str, object]:
    """All that a page's token holds, unpacked."""

    def unpacked(text: str) -> bytes:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))

    body = json.loads(unpacked(page_token.split(".")[0]))
    return body | json.loads(zlib.decompress(unpacked(body.pop("__bk__zlib_"))))


# Pages


def test_an_anonymous_page_leads_to_the_sign_in_and_back(served: Served) -> None:
    answer = served.browser().get(f"{PAGE}?client=Acme&x=1")
    assert answer.status_code == 302
    assert answer.headers["location"] == "/login?next=/app/small%3Fclient%3DAcme%26x%3D1"


def test_a_signed_in_page_shows_its_user(served: Served) -> None:
    alice = served.signed_in("alice")
    token = page_token(alice)
    with socket(served, token, cookie_of(alice)):
        pass  # opened


@pytest.mark.parametrize(
    "headers",
    [
        {"x-wb-sid": "any"},
        {"X-WB-User": "alice"},
        {"cookie": "user=alice"},
        {"cookie": "wb=abc.def.ghi"},
        {"authorization": "Bearer abc.def.ghi"},
    ],
)
def test_forged_headers_open_nothing(served: Served, headers: dict[str, str]) -> None:
    assert served.browser().get(PAGE, headers=headers).status_code == 302


def test_a_bearer_token_opens_the_api_but_no_page(served: Served) -> None:
    token = served.token("alice")
    headers = {"Authorization": f"Bearer {token}"}
    assert served.browser().get("/api/v1/me", headers=headers).status_code == 200
    assert served.browser().get(PAGE, headers=headers).status_code == 302


def test_no_secret_is_in_the_page_or_in_its_token(served: Served) -> None:
    alice = served.signed_in("alice")
    html = alice.get(PAGE).text
    held = claims_of(page_token(alice))
    assert cookie_of(alice) not in html
    assert cookie_of(alice) not in json.dumps(held)
    assert set(held["headers"]) == {"x-wb-sid", "host"}  # type: ignore[call-overload]
    assert held["cookies"] == {}


@pytest.mark.parametrize("name", ["bokeh-session-id", "bokeh-token"])
def test_nobody_chooses_the_session_of_a_page(served: Served, name: str) -> None:
    alice = served.signed_in("alice")
    chosen = page_token(served.signed_in("greta"))
    if name == "bokeh-session-id":
        chosen = str(claims_of(chosen)["session_id"])
    assert alice.get(PAGE, params={name: chosen}).status_code == 400


def test_a_session_chosen_by_header_is_ignored(served: Served) -> None:
    alice, greta = served.signed_in("alice"), served.signed_in("greta")
    chosen = str(claims_of(page_token(greta))["session_id"])
    html = alice.get(PAGE, headers={"Bokeh-Session-Id": chosen}).text
    assert chosen not in html


def test_a_page_that_the_role_lacks_is_forbidden_with_its_socket(served: Served) -> None:
    manager = served.signed_in("max")
    assert manager.get("/app/sql-page").status_code == 403
    assert is_refused(served, page_token(manager), cookie_of(manager), path="/app/sql-page")


def test_an_unknown_path_tells_an_anonymous_asker_nothing(served: Served) -> None:
    assert served.browser().get("/nowhere").status_code == 302
    assert served.browser().get("/api/v1/nowhere").status_code == 401


def test_paths_that_begin_like_public_ones_are_not_public(served: Served) -> None:
    for path in ("/loginx", "/health/", "/auth/login/x", "/staticx/y", "/auth/"):
        assert served.browser().get(path).status_code == 302, path


# Websockets


def test_a_websocket_needs_the_cookie(served: Served) -> None:
    token = page_token(served.signed_in("alice"))
    assert is_refused(served, token, None)


def test_a_changed_cookie_is_no_cookie(served: Served) -> None:
    alice = served.signed_in("alice")
    assert is_refused(served, page_token(alice), cookie_of(alice)[:-4] + "AAAA")


def test_a_foreign_origin_is_refused(served: Served) -> None:
    alice = served.signed_in("alice")
    assert is_refused(served, page_token(alice), cookie_of(alice), origin="http://evil.example")
    assert is_refused(served, page_token(alice), cookie_of(alice), origin="null")


def test_a_program_without_origin_may_open_its_own_page(served: Served) -> None:
    alice = served.signed_in("alice")
    assert not is_refused(served, page_token(alice), cookie_of(alice), origin=None)


def test_the_token_of_anothers_page_opens_nothing(served: Served) -> None:
    alice, greta = served.signed_in("alice"), served.signed_in("greta")
    assert is_refused(served, page_token(alice), cookie_of(greta))


def test_the_token_of_an_earlier_sign_in_opens_nothing(served: Served) -> None:
    earlier, later = served.signed_in("alice"), served.signed_in("alice")
    assert is_refused(served, page_token(earlier), cookie_of(later))


@pytest.mark.parametrize("token", ["abc.def", "abc", "e30.e30", "eyJzZXNzaW9uX2lkIjoieCJ9.AAAA"])
def test_garbage_for_a_token_is_refused(served: Served, token: str) -> None:
    assert is_refused(served, token, cookie_of(served.signed_in("alice")))


def test_a_token_that_the_client_made_is_refused(served: Served) -> None:
    alice, greta = served.signed_in("alice"), served.signed_in("greta")
    body, signature = page_token(alice).split(".")
    held = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    unpacked = claims_of(page_token(greta))
    packed = zlib.compress(json.dumps({"headers": unpacked["headers"], "cookies": {}, "arguments": {}}).encode())
    held["__bk__zlib_"] = base64.urlsafe_b64encode(packed).decode().rstrip("=")
    forged = base64.urlsafe_b64encode(json.dumps(held).encode()).decode().rstrip("=")
    assert is_refused(served, f"{forged}.{signature}", cookie_of(greta))


def test_a_websocket_elsewhere_than_at_a_page_is_refused(served: Served) -> None:
    alice = served.signed_in("alice")
    assert is_refused(served, page_token(alice), cookie_of(alice), path="/api/v1")


# The end of a session


def test_signing_out_closes_open_sockets_at_once(served: Served) -> None:
    alice = served.signed_in("alice")
    with socket(served, page_token(alice), cookie_of(alice)) as open_socket:
        assert alice.post("/auth/logout").status_code == 303
        assert close_code(open_socket, within_seconds=5) == SIGN_IN_NEEDED


def test_signing_out_leaves_other_sign_ins_open(served: Served) -> None:
    here, there = served.signed_in("alice"), served.signed_in("alice")
    with socket(served, page_token(there), cookie_of(there)) as open_socket:
        here.post("/auth/logout")
        assert close_code(open_socket, within_seconds=1) is None
    assert there.get("/api/v1/me").status_code == 200


def test_a_cookie_replayed_after_signing_out_opens_nothing(served: Served) -> None:
    alice = served.signed_in("alice")
    cookie, token = cookie_of(alice), page_token(alice)
    alice.post("/auth/logout")
    replayed = served.browser()
    replayed.cookies.set("wb", cookie)
    assert replayed.get(PAGE).status_code == 302
    assert replayed.get("/api/v1/me").status_code == 401
    assert is_refused(served, token, cookie)


def test_a_session_that_runs_out_closes_its_sockets(served: Served) -> None:
    alice = served.signed_in("alice", seconds=3)
    with socket(served, page_token(alice), cookie_of(alice)) as open_socket:
        assert close_code(open_socket, within_seconds=8) == SIGN_IN_NEEDED
    assert alice.get(PAGE).status_code == 302


def test_ending_all_sign_ins_of_a_user_closes_their_sockets(served: Served) -> None:
    greta = served.signed_in("greta")
    user = served.doors.users.find("greta")
    assert user is not None
    with socket(served, page_token(greta), cookie_of(greta)) as open_socket:
        assert served.doors.sessions.end_all(user.id) >= 1
        assert close_code(open_socket, within_seconds=5) == SIGN_IN_NEEDED


@pytest.mark.slow
def test_closing_an_account_elsewhere_ends_its_pages(served: Served) -> None:
    # As the command line does: it writes to PostgreSQL and knows nothing of this process. Found by the next recheck.
    user = served.doors.users.find("greta")
    greta = served.signed_in("greta")
    with socket(served, page_token(greta), cookie_of(greta)) as open_socket:
        served.doors.users.set_active("greta", active=False)
        try:
            assert close_code(open_socket, within_seconds=25) == SIGN_IN_NEEDED
            assert greta.get(PAGE).status_code == 302
        finally:
            served.doors.users.set_active("greta", active=True)
    assert user is not None


@pytest.mark.slow
def test_taking_a_client_away_ends_the_sign_in(served: Served) -> None:
    alice = served.signed_in("alice")
    assert alice.get("/api/v1/me").status_code == 200
    served.doors.users.set_access("alice", client_codes=["globex"])
    try:
        deadline = time.monotonic() + 15
        while alice.get("/api/v1/me").status_code == 200 and time.monotonic() < deadline:
            time.sleep(0.5)
        assert alice.get("/api/v1/me").status_code == 401
    finally:
        served.doors.users.set_access("alice", client_codes=["acme"])


def test_signing_out_at_one_replica_closes_sockets_at_another(database: str, redis_url: str, tmp_path: Path) -> None:
    with (
        serving(database, redis_url, tmp_path) as one,
        serving(database, redis_url, tmp_path, is_prepared=True) as other,
    ):
        alice = one.signed_in("alice")
        at_other = other.browser()
        at_other.cookies.set("wb", cookie_of(alice))
        with socket(other, page_token(at_other), cookie_of(alice)) as open_socket:
            alice.post("/auth/logout")
            assert close_code(open_socket, within_seconds=5) == SIGN_IN_NEEDED
        assert at_other.get(PAGE).status_code == 302


# Behind a proxy, without Redis, and from other sites


def test_a_prefix_changes_nothing_but_the_addresses(database: str, redis_url: str, tmp_path: Path) -> None:
    with serving(database, redis_url, tmp_path, prefix="/wb") as served:
        anonymous = served.browser()
        assert anonymous.get(PAGE).headers["location"] == "/wb/login?next=/app/small"
        assert anonymous.get(PAGE, headers={"x-wb-user": "alice"}).status_code == 302
        alice = served.browser("alice")
        token = page_token(alice)
        assert not is_refused(served, token, cookie_of(alice))
        assert is_refused(served, token, None)
        assert alice.post("/auth/logout").headers["location"] == "/wb/auth/signed-out"


def test_without_redis_nobody_gets_in_and_everybody_is_told(database: str, tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path / "redis") as server, serving(database, server.url, tmp_path / "data") as served:
        alice = served.signed_in("alice")
        cookie, token = cookie_of(alice), page_token(alice)
        server.stop()
        deadline = time.monotonic() + 10
        while alice.get(PAGE).status_code != 503 and time.monotonic() < deadline:
            time.sleep(0.1)
        page = alice.get(PAGE)
        assert page.status_code == 503
        assert "text/html" in page.headers["content-type"]
        assert page.headers["retry-after"]
        api = alice.get("/api/v1/me")
        assert api.status_code == 503
        assert api.headers["content-type"] == "application/problem+json"
        assert is_refused(served, token, cookie)
        form = served.browser().post("/auth/login", data={"username": "alice", "password": "x" * 12})
        assert form.status_code == 503
        assert served.browser().get("/health").json()["redis"] == "away"
        server.start()
        deadline = time.monotonic() + 10
        while alice.get("/api/v1/me").status_code != 200 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert alice.get("/api/v1/me").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "", "Sec-Fetch-Site": ""},
    ],
)
def test_a_write_with_a_cookie_must_come_from_our_own_page(served: Served, headers: dict[str, str]) -> None:
    root = served.signed_in("root")
    answer = root.post("/api/v1/sync/trigger", json={"sync_type": "inventory"}, headers=headers)
    assert answer.status_code == 403


def test_a_write_with_a_cookie_that_says_nothing_of_its_page_is_refused(served: Served) -> None:
    with httpx.Client(base_url=served.url, cookies={"wb": served.token("root")}) as client:
        assert client.post("/api/v1/sync/trigger", json={"sync_type": "inventory"}).status_code == 403


def test_a_foreign_page_cannot_sign_anybody_in_or_out(served: Served) -> None:
    alice = served.signed_in("alice")
    foreign = {"Origin": "http://evil.example"}
    assert alice.post("/auth/logout", headers=foreign).status_code == 403
    form = {"username": "alice", "password": "four words of mine"}
    assert served.browser().post("/auth/login", data=form, headers=foreign).status_code == 403
    assert alice.get("/api/v1/me").status_code == 200


@pytest.mark.parametrize("path", ["/login", "/api/v1/me", PAGE, "/nowhere", "/static/js/bokeh.min.js"])
def test_every_answer_forbids_framing_and_guessing_types(served: Served, path: str) -> None:
    headers = served.signed_in("alice").get(path).headers
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert "strict-transport-security" not in headers  # these tests have no HTTPS


def test_only_library_code_may_be_cached_by_others(served: Served) -> None:
    alice = served.signed_in("alice")
    assert alice.get("/static/js/bokeh.min.js?v=1").headers["cache-control"].startswith("public")
    assert alice.get(PAGE).headers["cache-control"] == "no-store"
    assert "private" in alice.get("/api/v1/dashboard").headers["cache-control"]


def test_files_outside_the_library_are_not_served(served: Served) -> None:
    with httpx.Client(base_url=served.url) as client:
        request = client.build_request("GET", "/static/")
        for path in (
            b"/static/../../server/auth.py",
            b"/static/%2e%2e/%2e%2e/server/auth.py",
            b"/static/..%2f..%2fauth.py",
        ):
            request.url = request.url.copy_with(raw_path=path)
            assert client.send(request).status_code in (302, 404), path


def test_a_large_body_is_refused_unread(served: Served) -> None:
    answer = served.browser().post("/auth/login", content=b"x" * 1_000_001)
    assert answer.status_code == 413


def test_a_body_of_unknown_length_is_refused(served: Served) -> None:
    answer = served.browser().post("/auth/login", content=iter([b"x", b"y"]))
    assert answer.status_code == 411


def test_with_https_the_cookie_is_bound_to_the_host(database: str, redis_url: str, tmp_path: Path) -> None:
    with serving(database, redis_url, tmp_path, web_secure_cookies=True) as served:
        answer = httpx.post(f"{served.url}/auth/login", data={"username": "alice", "password": "four words of mine"})
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-wb=")
        for part in ("; HttpOnly", "; Secure", "; Path=/", "; SameSite=lax"):
            assert part in cookie
        assert "Domain" not in cookie
        assert answer.headers["strict-transport-security"]
        assert SECRET not in answer.text


def test_a_public_address_is_the_only_origin(database: str, redis_url: str, tmp_path: Path) -> None:
    with serving(database, redis_url, tmp_path, web_public_url="http://workbench.example.com") as served:
        alice = served.signed_in("alice")
        token = page_token(alice)
        assert is_refused(served, token, cookie_of(alice), origin=served.url)
        assert not is_refused(served, token, cookie_of(alice), origin="http://workbench.example.com")
