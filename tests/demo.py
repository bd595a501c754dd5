"""The demo as a newcomer starts it, at its smallest scale: one for the whole test session, real in every part."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from workbench.domain.scope import ALL_CLIENTS, Scope
from workbench.marts import Marts
from workbench.settings import REPOSITORY, child_environment

READY_SECONDS = 120


@dataclass
class Demo:
    """A running demo: where it answers, who may sign in, and the record behind it."""

    home: Path
    port: int
    process: subprocess.Popen[bytes] = field(repr=False)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def log_file(self) -> Path:
        return self.home.with_suffix(".out")

    @property
    def output(self) -> str:
        return self.log_file.read_text()

    @property
    def marts(self) -> Marts:
        return Marts(self.home / "data" / "marts")

    @property
    def expected(self) -> dict[str, object]:
        """The answers to what was planted in the simulated AWS."""
        return dict(json.loads((self.home / "aws" / "expected.json").read_text()))

    def password(self, username: str) -> str:
        return str(json.loads((self.home / "sign-ins.json").read_text())[username])

    def token(self, username: str) -> str:
        answer = httpx.post(
            f"{self.url}/auth/login", json={"username": username, "password": self.password(username)}, timeout=30
        )
        answer.raise_for_status()
        return str(answer.json()["token"])

    def api(self, username: str) -> httpx.Client:
        """The API, signed in as `username`."""
        headers = {"Authorization": f"Bearer {self.token(username)}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60)

    def dsn(self) -> str:
        """The record, over loopback."""
        postgres = self.home / "postgres"
        return make_conninfo(
            host="127.0.0.1",
            port=(postgres / "port").read_text().strip(),
            user="workbench",
            password=(postgres / "password").read_text().strip(),
            dbname="workbench",
        )

    def one(self, sql: str, *values: object) -> object:
        """The one value that the record answers."""
        with psycopg.connect(self.dsn()) as connection:
            row = connection.execute(sql.encode(), values).fetchone()
        assert row is not None
        return row[0]

    def one_client(self) -> int:
        """The one client that the users `manager` and `analyst` may see."""
        found = self.one(
            "SELECT client_id FROM user_client_access JOIN users ON id = user_id WHERE username = 'manager'"
        )
        assert isinstance(found, int)
        return found

    def wait_until(self, what: str, is_true: object) -> None:
        """Wait for a state of the demo, or fail with what it printed."""
        assert callable(is_true)
        end = time.monotonic() + READY_SECONDS
        while not is_true():
            if self.process.poll() is not None:
                pytest.fail(f"The demo ended while waiting for {what}:\n{self.output}")
            if time.monotonic() > end:
                pytest.fail(f"No {what} after {READY_SECONDS} s:\n{self.output}")
            time.sleep(0.1)

    def has_mart(self, scope: Scope) -> bool:
        return (self.home / "data" / "marts" / scope.key / "CURRENT").exists()

    def stop(self, number: int = signal.SIGINT) -> int:
        """Send the signal and return the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(30)


def start_demo(home: Path, *options: str, port: int | None = None) -> Demo:
    """Start a demo in `home` and wait until it has said where it is."""
    chosen = port or free_port()
    demo_log = home.with_suffix(".out").open("wb")
    command = [sys.executable, str(REPOSITORY / "panel_serve.py"), "--demo", "--scale", "small", "--home", str(home)]
    process = subprocess.Popen(
        [*command, "--port", str(chosen), *options],
        stdout=demo_log,
        stderr=subprocess.STDOUT,
        env=child_environment(PYTHONUNBUFFERED="1"),
    )
    demo_log.close()
    demo = Demo(home, chosen, process)
    demo.wait_until("address", lambda: "Ctrl-C ends everything" in demo.output)
    return demo


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="session")
def demo_folder() -> Iterator[Path]:
    """A folder that a server of root's, running as another account, can reach."""
    folder = Path(tempfile.mkdtemp(prefix="wb-demo-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def demo(demo_folder: Path) -> Iterator[Demo]:
    """A demo whose data have all arrived: read from every simulated account, in the marts of both kinds of user."""
    running = start_demo(demo_folder / "shared")
    try:
        running.wait_until("mart of all clients", lambda: running.has_mart(ALL_CLIENTS))
        one_client = Scope.of(running.one_client())
        running.wait_until("mart of one client", lambda: running.has_mart(one_client))
        running.wait_until("complete first sync", lambda: first_sync_is_complete(running))
        yield running
    finally:
        running.stop()


def first_sync_is_complete(demo: Demo) -> bool:
    """True once every pipeline has run and a mart was published after the last of them."""
    with demo.marts.open(ALL_CLIENTS) as mart:
        kinds = {row[0] for row in mart.connection.execute("SELECT DISTINCT sync_type FROM sync_history").fetchall()}
    return {"inventory", "billing", "usage", "cloudtrail"} <= kinds
