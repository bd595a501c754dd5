"""A web process of the test's own: real uvicorn on a free port, real PostgreSQL and Redis, two clients' marts.

Users: alice (FINANCE, Acme), greta (ANALYST, Globex), root (ADMIN, all clients), max (MANAGER, Acme), nora (no client).
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import panel as pn
import psycopg
import uvicorn
from pydantic import SecretStr

from app.auth.identity import page_user
from app.auth.permissions import Permission
from app.auth.tokens import Claims, Tokens
from app.doors import Doors, open_doors
from app.server import create_app
from tests.app.small_marts import publish_all
from workbench.clock import Clock, system_clock
from workbench.settings import Settings, load_settings

PASSWORD = "four words of mine"
SECRET = "not-a-secret-but-long-enough-for-tests"
PAGE = "/app/small"
PAGES = {PAGE: Permission.SEE_COSTS, "/app/sql-page": Permission.RUN_SQL}


@dataclass(frozen=True)
class Served:
    """A running web process."""

    port: int
    doors: Doors
    clients: ExitStack

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def browser(self, username: str = "", password: str = PASSWORD) -> httpx.Client:
        """A client that behaves like a browser on our own page, signed in as `username` if one is given."""
        client = self.clients.enter_context(
            httpx.Client(base_url=self.url, headers={"Origin": self.url, "Accept": "text/html"})
        )
        if username:
            answer = client.post("/auth/login", data={"username": username, "password": password})
            assert answer.status_code == 303, answer.text
        return client

    def signed_in(self, username: str, *, seconds: int = 3600) -> httpx.Client:
        """A browser with a session begun behind the form's back, so that no try is counted."""
        client = self.browser()
        client.cookies.set("wb", self.token(username, seconds=seconds))
        return client

    def token(self, username: str, *, seconds: int = 3600) -> str:
        """The token of a new session."""
        user = self.doors.users.find(username)
        assert user is not None
        session = self.doors.sessions.start(user.id, user.stamp, seconds=seconds)
        expires_at = int(self.doors.clock().timestamp()) + seconds
        return Tokens(SECRET, self.doors.clock).make(Claims(user.id, session.sid, expires_at))

    def program(self, username: str) -> httpx.Client:
        """A client that sends a bearer token."""
        return self.clients.enter_context(
            httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {self.token(username)}"})
        )


def cookie_of(client: httpx.Client) -> str:
    """The token in a browser's cookie."""
    return client.cookies["wb"]


def page_token(client: httpx.Client, path: str = PAGE) -> str:
    """The token that a page gives its own websocket."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    found = re.search(r'"token":"([^"]+)"', answer.text)
    assert found
    return found[1]


def settings_for(database: str, redis_url: str, home: Path, **more: object) -> Settings:
    values: dict[str, object] = {
        "postgres_dsn": SecretStr(database),
        "redis_url": SecretStr(redis_url),
        "data_home": home,
        "web_secret_key": SecretStr(SECRET),
        "web_secure_cookies": False,
        "bcrypt_cost": 10,
        "model_url": "http://127.0.0.1:9",  # nothing listens there
    }
    return load_settings(**values | more)


def prepare(doors: Doors, database: str) -> None:
    """The clients, accounts, users and marts."""
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO clients (name, code) VALUES ('Acme', 'acme'), ('Globex', 'globex')")
        connection.execute(
            "INSERT INTO aws_accounts (account_id, client_id, account_name, role_arn, external_id, regions) VALUES "
            "('111111111111', 1, 'acme-prod', 'arn:aws:iam::111111111111:role/r', '0123456789abcdef', '{eu-west-1}')"
        )
    doors.users.add("alice", PASSWORD, "FINANCE", client_codes=["acme"], display_name="Alice")
    doors.users.add("greta", PASSWORD, "ANALYST", client_codes=["globex"])
    doors.users.add("root", PASSWORD, "ADMIN", all_clients=True)
    doors.users.add("max", PASSWORD, "MANAGER", client_codes=["acme"])
    doors.users.add("nora", PASSWORD, "FINANCE")
    publish_all(doors.settings.marts_home)


def small_page() -> pn.viewable.Viewable:
    """Shows who the page thinks is looking."""
    user = page_user()
    return pn.Column(pn.pane.Markdown(f"user={user.username} scope={user.scope.key}"), pn.widgets.TextInput(label="x"))


@contextmanager
def serving(
    database: str,
    redis_url: str,
    home: Path,
    *,
    prefix: str = "",
    clock: Clock = system_clock,
    is_prepared: bool = False,
    page: Callable[[], pn.viewable.Viewable] = small_page,
    **settings: object,
) -> Iterator[Served]:
    """Serve until the block ends. prefix: what a reverse proxy in front would take off the path."""
    doors = open_doors(settings_for(database, redis_url, home, **settings), clock)
    if not is_prepared:
        prepare(doors, database)
    app = create_app(doors, pages={path: page for path in PAGES}, page_permissions=PAGES)
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, log_config=None, access_log=False, root_path=prefix, timeout_graceful_shutdown=2)
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        deadline = time.monotonic() + 30
        while not server.started and thread.is_alive() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert server.started, "the web process did not start"
        with ExitStack() as clients:
            yield Served(server.servers[0].sockets[0].getsockname()[1], doors, clients)
    finally:
        server.should_exit = True
        thread.join(timeout=20)
        doors.close()
