"""The process: ready line, fixed port, a clean end on SIGTERM, and the other two commands."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pipelines.demo.aws import AS_OF, simulated_aws

pytestmark = pytest.mark.aws
COMMAND = [sys.executable, "-m", "pipelines.demo"]


def test_sigterm_ends_it_with_code_0(demo_home: Path) -> None:
    arguments = ["serve", "--home", str(demo_home), "--scale", "small", "--as-of", AS_OF]
    with subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        process.terminate()
        assert process.wait(timeout=10) == 0
    assert set(ready) == {"endpoint_url", "s3_endpoint_url", "home"}


def test_a_fixed_port_is_taken(demo_home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with simulated_aws(demo_home, "--port", str(port)) as aws:
        assert aws.endpoint_url == f"http://127.0.0.1:{port}"
        assert aws.hub_client("sts").get_caller_identity()["Account"] == aws.hub["account_id"]


def test_generate_finds_what_it_made(tmp_path: Path) -> None:
    arguments = ["generate", "--home", str(tmp_path / "home"), "--scale", "small", "--as-of", AS_OF]
    said = [subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=True).stdout for _ in range(2)]
    assert [line.split()[0] for line in said] == ["made", "found"]


def test_expected_prints_the_answers(demo_home: Path) -> None:
    done = subprocess.run([*COMMAND, "expected", "--home", str(demo_home)], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["totals"]["workspaces"] == 120
