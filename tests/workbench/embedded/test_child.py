import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from workbench.embedded import child as child_module
from workbench.embedded.child import Child, end_leftover, is_alive, record_of, rotate
from workbench.errors import EmbeddedServerFailed
from workbench.settings import REPOSITORY, child_environment

SLEEP = "import time; print('up', flush=True); time.sleep(60)"


def start(folder: Path, code: str, stdin: bytes = b"") -> Child:
    log = folder / "child.log"
    return Child.start(
        "A child", [sys.executable, "-c", code], log_file=log, environment=child_environment(), stdin=stdin
    )


def wait_for(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 20
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def says(child: Child, word: str) -> Callable[[], bool]:
    return lambda: word in " ".join(child.log_lines())


def test_a_child_is_ended_and_reaped(tmp_path: Path) -> None:
    child = start(tmp_path, SLEEP)
    child.wait_until_ready(says(child, "up"), deadline_seconds=20, remedy=lambda _: "", progress=lambda _: None)
    child.stop()
    assert child.returncode == -signal.SIGTERM
    assert not psutil.pid_exists(child.pid)
    assert not record_of(child.log_file).exists()


def test_a_child_that_ignores_the_polite_signal_is_killed(tmp_path: Path) -> None:
    child = start(tmp_path, f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}")
    assert wait_for(says(child, "up"))
    child.stop(((signal.SIGTERM, 0.2), (signal.SIGKILL, 5)))
    assert child.returncode == -signal.SIGKILL


def test_what_a_child_started_ends_with_it(tmp_path: Path) -> None:
    code = (
        "import subprocess, sys, time; p = subprocess.Popen(['sleep', '60']); print(p.pid, flush=True); time.sleep(60)"
    )
    child = start(tmp_path, code)
    assert wait_for(lambda: bool(child.log_lines()))
    grandchild = psutil.Process(int(child.log_lines()[0]))
    child.stop()
    assert not is_alive(grandchild)


def test_a_child_that_dies_while_starting_is_reported_with_its_last_words(tmp_path: Path) -> None:
    child = start(tmp_path, "import sys; print('the disk is on fire'); sys.exit(3)")
    with pytest.raises(EmbeddedServerFailed, match=r"code 3(?s:.)*the disk is on fire(?s:.)*Fetch water"):
        child.wait_until_ready(
            lambda: False,
            deadline_seconds=20,
            remedy=lambda lines: "Fetch water." * len(lines),
            progress=lambda _: None,
        )


def test_a_child_that_is_never_ready_is_given_up_at_the_deadline(tmp_path: Path) -> None:
    child = start(tmp_path, SLEEP)
    with pytest.raises(EmbeddedServerFailed, match="was not ready after 0 s"):
        child.wait_until_ready(lambda: False, deadline_seconds=0.1, remedy=lambda _: "", progress=lambda _: None)
    child.stop()


def test_a_slow_start_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_module, "PROGRESS_EVERY_SECONDS", 0.05)
    said: list[str] = []
    child = start(tmp_path, SLEEP)
    child.wait_until_ready(lambda: len(said) > 1, deadline_seconds=20, remedy=lambda _: "", progress=said.append)
    child.stop()
    assert "A child is still starting" in said[0]


def test_only_the_log_lines_of_this_run_are_shown(tmp_path: Path) -> None:
    (tmp_path / "child.log").write_text("from an earlier run\n")
    child = start(tmp_path, "print('from this run')")
    assert wait_for(lambda: child.returncode is not None)
    assert child.log_lines() == ["from this run"]


def test_what_goes_to_its_standard_input_is_not_in_its_arguments(tmp_path: Path) -> None:
    child = start(tmp_path, "import sys, time; print(len(sys.stdin.read()), flush=True); time.sleep(60)", b"secret")
    assert wait_for(says(child, "6"))
    assert "secret" not in " ".join(psutil.Process(child.pid).cmdline())
    child.stop()


@pytest.mark.skipif(child_module._setpriv() is None, reason="needs setpriv of util-linux 2.33")
def test_a_child_ends_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    parent = _parent_of_a_child(tmp_path, "start()")
    child = psutil.Process(json.loads((tmp_path / "child.child.json").read_text())["pid"])
    parent.kill()
    parent.wait()
    assert wait_for(lambda: not is_alive(child))


def test_a_leftover_of_a_killed_parent_is_ended_at_the_next_start(tmp_path: Path) -> None:
    # A child that a thread started is not tied to its parent's life, so it is left over for certain.
    parent = _parent_of_a_child(tmp_path, "t = threading.Thread(target=start); t.start(); t.join()")
    record = tmp_path / "child.child.json"
    child = psutil.Process(json.loads(record.read_text())["pid"])
    parent.kill()
    parent.wait()
    assert is_alive(child)
    assert end_leftover(record)
    assert not is_alive(child)


def test_a_process_that_got_the_id_of_a_leftover_is_left_alone(tmp_path: Path) -> None:
    record = tmp_path / "child.json"
    # Our own id, born long before us.
    record.write_text(json.dumps({"pid": os.getpid(), "created": psutil.Process().create_time() - 1000}))
    assert not end_leftover(record)


@pytest.mark.parametrize("text", ["", "{", '{"pid": 1', '{"pid": "x", "created": 1}', "[]"])
def test_a_record_cut_short_by_a_crash_names_no_leftover(tmp_path: Path, text: str) -> None:
    record = tmp_path / "child.json"
    record.write_text(text)
    assert not end_leftover(record)


def test_a_zombie_does_not_count_as_alive() -> None:
    process = subprocess.Popen(["/bin/sh", "-c", ":"])
    zombie = psutil.Process(process.pid)
    assert wait_for(lambda: zombie.status() == psutil.STATUS_ZOMBIE)
    assert not is_alive(zombie)
    process.wait()


def test_a_large_log_is_put_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child_module, "LOG_LIMIT_BYTES", 10)
    log = tmp_path / "server.log"
    log.write_text("more than ten bytes")
    rotate(log)
    assert not log.exists()
    assert (tmp_path / "server.log.1").read_text() == "more than ten bytes"


def _parent_of_a_child(folder: Path, how: str) -> subprocess.Popen[bytes]:
    """A process that starts a child by `how`, and has said so."""
    code = f"""
import sys, threading, time
from pathlib import Path
from workbench.embedded.child import Child
def start():
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    Child.start("child", command, log_file=Path({str(folder)!r}) / "child.log", environment={{}})
{how}
print("started", flush=True)
time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-W", "ignore", "-c", code], stdout=subprocess.PIPE, cwd=REPOSITORY)
    assert parent.stdout is not None
    assert parent.stdout.readline() == b"started\n"
    parent.stdout.close()
    return parent
