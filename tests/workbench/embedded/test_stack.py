import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from workbench.embedded.addresses import StackAddresses
from workbench.embedded.home import free_port
from workbench.embedded.preflight import MARK
from workbench.embedded.stack import DemoCommands, DemoStack
from workbench.errors import EmbeddedServerFailed
from workbench.settings import REPOSITORY

pytestmark = [pytest.mark.postgres, pytest.mark.redis]

# A service that notes when it starts, and when it ends whether PostgreSQL still answers.
SERVICE = """
import json, os, pathlib, signal, sys, time
import psycopg
name, folder = sys.argv[1], pathlib.Path(sys.argv[2])
def note(text):
    with open(folder / "diary", "a") as diary: diary.write(f"{name} {text}\\n")
def end(*_):
    dsn = os.environ.get("WORKBENCH_POSTGRES_DSN")
    if dsn: psycopg.connect(dsn).close(); note("ended beside PostgreSQL")
    else: note("ended")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
(folder / f"{name}.json").write_text(json.dumps(dict(os.environ)))
note("started")
print(json.dumps({"endpoint_url": "http://127.0.0.1:1", "s3_endpoint_url": "http://127.0.0.1:2"}))
time.sleep(120)
"""


class Demo:
    """A stack of real servers and pretended services, and what it said."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.said: list[str] = []
        self.deaths: list[tuple[str, int, list[str]]] = []
        script = folder / "service.py"
        script.write_text(SERVICE)
        self.commands = DemoCommands(
            **{name: (sys.executable, str(script), name, str(folder)) for name in ("aws", "worker", "model")}
        )

    def stack(self, **changes: Any) -> DemoStack:
        arguments: dict[str, Any] = {
            "web_port": free_port(),
            "say": self.said.append,
            "on_death": lambda name, code, lines: self.deaths.append((name, code, list(lines))),
            "commands": self.commands,
        }
        return DemoStack(self.home, **(arguments | changes))

    def diary(self) -> list[str]:
        return (self.folder / "diary").read_text().splitlines()

    def environment(self, name: str) -> dict[str, str]:
        file = self.folder / f"{name}.json"
        wait_for(lambda: file.exists() and file.read_text().endswith("}"))
        return dict(json.loads(file.read_text()))


@pytest.fixture
def demo(folder: Path) -> Demo:
    return Demo(folder)


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def processes_of(demo: Demo) -> list[psutil.Process]:
    """Whatever runs with a path of this demo among its arguments."""
    found = [p for p in psutil.process_iter(["cmdline"]) if str(demo.folder) in " ".join(p.info["cmdline"] or [])]
    return [process for process in found if process.status() != psutil.STATUS_ZOMBIE]


def pid_of(demo: Demo, record: str) -> int:
    return int(json.loads((demo.home / record).read_text())["pid"])


def test_all_start_in_order_and_end_in_reverse(demo: Demo) -> None:
    seen: list[str] = []

    def load(addresses: StackAddresses) -> None:
        with psycopg.connect(addresses.postgres_dsn) as connection:
            seen.append(str(connection.execute("SELECT count(*) FROM aws_accounts").fetchone()))
        seen.append(addresses.aws_endpoint_url)

    with demo.stack(prepare=[("Client accounts", load)]):
        demo.environment("worker")
        demo.environment("model")
    assert seen == ["(0,)", "http://127.0.0.1:1"]
    assert [line.partition(": ready")[0] for line in demo.said if ": ready" in line] == [
        "PostgreSQL",
        "Redis",
        "The database's schema",
        "The simulated AWS",
        "Client accounts",
    ]
    diary = demo.diary()
    assert diary[0] == "aws started"
    assert sorted(diary[1:3]) == ["model started", "worker started"]
    assert sorted(diary[3:5]) == ["model ended", "worker ended beside PostgreSQL"]
    assert diary[5] == "aws ended"
    assert processes_of(demo) == []


def test_only_the_worker_is_told_of_aws_and_of_the_simulated_one_alone(
    demo: Demo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "the real one")
    monkeypatch.setenv("AWS_PROFILE", "production")

    def keys(addresses: StackAddresses) -> dict[str, str]:
        assert addresses.aws_home.is_dir()
        return {"AWS_SECRET_ACCESS_KEY": "made up", "WORKBENCH_CUR_BUCKET": "exports"}

    with demo.stack(worker_variables=keys) as stack:
        environments = {name: demo.environment(name) for name in ("aws", "worker", "model")}
        environments["web"] = stack.addresses.web_environment()
    for name in ("aws", "model", "web"):
        assert not [variable for variable in environments[name] if variable.startswith("AWS_")], name
    worker = environments["worker"]
    assert worker["AWS_SECRET_ACCESS_KEY"] == "made up"
    assert worker["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert worker["AWS_ENDPOINT_URL_S3"] == "http://127.0.0.1:2"
    assert "AWS_PROFILE" not in worker
    assert worker["WORKBENCH_CUR_BUCKET"] == "exports"


def test_the_model_service_is_told_of_no_data(demo: Demo) -> None:
    with demo.stack() as stack:
        model = demo.environment("model")
        assert (model["WORKBENCH_POSTGRES_DSN"], model["WORKBENCH_REDIS_URL"]) == ("", "")
        assert model["WORKBENCH_MODEL_URL"] == stack.addresses.web_settings()["model_url"]


def test_a_second_start_finds_the_data_and_a_fresh_one_does_not(demo: Demo) -> None:
    def note(addresses: StackAddresses) -> None:
        with psycopg.connect(addresses.postgres_dsn) as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS notes (text text)")
            connection.execute("INSERT INTO notes VALUES ('a start')")
            (starts,) = connection.execute("SELECT count(*) FROM notes").fetchone() or (0,)
        counts.append(starts)

    counts: list[int] = []
    secrets = []
    for fresh in (False, False, True):
        with demo.stack(prepare=[("Notes", note)], fresh=fresh) as stack:
            secrets.append(stack.addresses.web_secret_key)
    assert counts == [1, 2, 1]
    assert secrets[0] == secrets[1] != secrets[2]
    assert len(secrets[0]) >= 32


@pytest.mark.parametrize(
    ("record", "name"),
    [
        ("logs/worker.child.json", "worker"),
        ("postgres/postgres.child.json", "PostgreSQL"),
        ("redis/redis.child.json", "Redis"),
    ],
)
def test_a_part_that_dies_is_reported_by_name(demo: Demo, record: str, name: str) -> None:
    with demo.stack():
        demo.environment("worker")
        os.kill(pid_of(demo, record), signal.SIGKILL)
        wait_for(lambda: demo.deaths)
    assert [(dead, code) for dead, code, _ in demo.deaths] == [(name, -signal.SIGKILL)]
    assert processes_of(demo) == []


def test_an_orderly_stop_reports_no_death(demo: Demo) -> None:
    with demo.stack():
        pass
    assert demo.deaths == []


def test_a_step_that_fails_ends_what_was_started(demo: Demo) -> None:
    def fail(addresses: StackAddresses) -> None:
        raise RuntimeError("no accounts today")

    with pytest.raises(RuntimeError, match="no accounts today"):
        demo.stack(prepare=[("Client accounts", fail)]).start()
    assert processes_of(demo) == []
    with demo.stack():
        pass


def test_a_simulated_aws_that_dies_at_start_is_shown_with_its_last_words(demo: Demo) -> None:
    commands = DemoCommands(aws=(sys.executable, "-c", "raise SystemExit('no personas')"), worker=(), model=())
    with pytest.raises(EmbeddedServerFailed, match=r"simulated AWS ended with code 1(?s:.)*no personas"):
        demo.stack(commands=commands).start()
    assert processes_of(demo) == []


@pytest.fixture
def run(demo: Demo) -> Iterator[subprocess.Popen[bytes]]:
    """A stack that another process runs."""
    code = f"""
import time
from pathlib import Path
from tests.workbench.embedded.test_stack import Demo
with Demo(Path({str(demo.folder)!r})).stack():
    print("up", flush=True)
    time.sleep(120)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=REPOSITORY) as run:
        assert run.stdout is not None
        assert any(line == b"up\n" for line in run.stdout)
        for name in ("worker", "model"):
            demo.environment(name)
        yield run
        run.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_the_whole_stack_in_order(
    demo: Demo, run: subprocess.Popen[bytes], number: signal.Signals
) -> None:
    run.send_signal(number)
    assert run.wait(timeout=30) in (128 + number, -number)
    assert "worker ended beside PostgreSQL" in demo.diary()
    assert demo.diary()[-1] == "aws ended"
    assert processes_of(demo) == []


def test_after_kill_9_of_all_at_once_the_next_start_finds_the_data(demo: Demo, run: subprocess.Popen[bytes]) -> None:
    run.kill()
    run.wait()
    # On Linux all parts end by themselves; elsewhere this start ends them.
    with demo.stack() as stack, psycopg.connect(stack.addresses.postgres_dsn) as connection:
        assert connection.execute("SELECT to_regclass('aws_accounts') IS NOT NULL").fetchone() == (True,)
    assert processes_of(demo) == []


def test_a_demo_that_runs_already_is_named(demo: Demo) -> None:
    with demo.stack(), pytest.raises(EmbeddedServerFailed, match=f"The demo in .* is in use by process {os.getpid()}"):
        demo.stack().start()


def test_a_folder_without_the_mark_is_neither_used_nor_emptied(demo: Demo) -> None:
    demo.home.mkdir()
    (demo.home / "thesis.txt").write_text("years of work")
    for fresh in (False, True):
        with pytest.raises(EmbeddedServerFailed, match="holds files that the demo did not make"):
            demo.stack(fresh=fresh).start()
    assert (demo.home / "thesis.txt").read_text() == "years of work"
    assert not (demo.home / MARK).exists()


def test_fresh_follows_no_link_out_of_the_folder(demo: Demo) -> None:
    elsewhere = demo.folder / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept").write_text("")
    demo.home.mkdir()
    (demo.home / MARK).touch()
    (demo.home / "link").symlink_to(elsewhere)
    with demo.stack(fresh=True):
        assert not (demo.home / "link").exists()
    assert (elsewhere / "kept").exists()
