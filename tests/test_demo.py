"""`make demo` as a newcomer meets it: it starts, it ends cleanly, it comes back, and it says what is in the way."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import psutil
import pytest

from tests.demo import start_demo
from workbench.domain.scope import ALL_CLIENTS
from workbench.settings import REPOSITORY

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.redis, pytest.mark.aws]


def test_a_demo_starts_ends_with_every_child_and_comes_back_with_its_data(demo_folder: Path) -> None:
    home = demo_folder / "life"
    first = start_demo(home)
    assert httpx.get(f"{first.url}/login").status_code == 200
    first.wait_until("first mart", lambda: first.has_mart(ALL_CLIENTS))
    children = psutil.Process(first.process.pid).children(recursive=True)
    assert len(children) >= 4  # PostgreSQL, Redis, simulated AWS, worker, model service
    assert first.stop(signal.SIGINT) == 0
    assert "Stopped" in first.output
    assert "Traceback" not in first.output
    assert [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE] == []

    second = start_demo(home)
    try:
        assert second.password("admin") in second.output
        assert second.has_mart(ALL_CLIENTS)
        with second.api("admin") as client:
            assert client.get("/api/v1/dashboard").status_code == 200
    finally:
        second.stop()


def test_a_killed_child_ends_the_demo_with_its_name(demo_folder: Path) -> None:
    demo = start_demo(demo_folder / "killed")
    [worker] = [
        child
        for child in psutil.Process(demo.process.pid).children(recursive=True)
        if {"pipelines", "schedule"} <= set(child.cmdline())
    ]
    worker.kill()
    assert demo.process.wait(30) == 1
    assert "worker ended by itself" in demo.output
    assert "Traceback" not in demo.output


def test_a_taken_port_is_named_with_the_way_out(demo_folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = subprocess.run(
            [
                sys.executable,
                REPOSITORY / "panel_serve.py",
                "--demo",
                "--port",
                str(port),
                "--home",
                str(demo_folder / "taken"),
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert result.returncode == 1
    assert f"Port {port} is taken" in result.stderr
    assert "make demo PORT=" in result.stderr
    assert "Traceback" not in result.stderr


def test_sign_ins_are_made_up_and_private(demo_folder: Path) -> None:
    demo = start_demo(demo_folder / "private")
    try:
        file = demo_folder / "private" / "sign-ins.json"
        passwords = json.loads(file.read_text())
        assert set(passwords) == {"admin", "finance", "analyst", "manager"}
        assert len(set(passwords.values())) == 4
        assert file.stat().st_mode & 0o077 == 0
    finally:
        demo.stop()
