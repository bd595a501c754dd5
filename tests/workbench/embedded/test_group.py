import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from workbench.embedded.group import ChildGroup, ChildSpec, line_with
from workbench.errors import EmbeddedServerFailed
from workbench.settings import child_environment

TELLS_ITS_ADDRESS = """
import time
print("starting up", flush=True)
print('{"event": "a log line"}', flush=True)
print('{"url": "http://127.0.0.1:1", "extra": 2}', flush=True)
time.sleep(60)
"""
IGNORES_SIGTERM = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print('{"url": ""}', flush=True)
time.sleep(60)
"""


@pytest.fixture
def group(tmp_path: Path) -> Iterator[ChildGroup]:
    group = ChildGroup(tmp_path, lambda line: None)
    yield group
    group.stop(patience_seconds=0)


def spec(name: str, code: str) -> ChildSpec:
    command = [sys.executable, "-c", code]
    return ChildSpec(name=name, command=command, environment=child_environment(), ready=line_with("url"))


def test_a_service_tells_its_facts_in_one_line_among_others(group: ChildGroup) -> None:
    group.launch(spec("a service", TELLS_ITS_ADDRESS))
    assert group.wait_for("a service") == {"url": "http://127.0.0.1:1", "extra": "2"}


def test_a_service_that_dies_first_is_named_with_its_last_words(group: ChildGroup) -> None:
    group.launch(spec("a service", "raise SystemExit('no tariff for mars')"))
    with pytest.raises(
        EmbeddedServerFailed, match=r"a service ended with code 1(?s:.)*no tariff for mars(?s:.)*a_service\.l"
    ):
        group.wait_for("a service")


def test_services_that_do_not_listen_are_killed_after_one_common_wait(group: ChildGroup) -> None:
    names = ["one", "two", "three"]
    for name in names:
        group.launch(spec(name, IGNORES_SIGTERM))
    for name in names:
        group.wait_for(name)
    children = group.children
    group.stop(patience_seconds=0.3)
    assert [child.returncode for child in children] == [-signal.SIGKILL] * 3
    assert not any(psutil.pid_exists(child.pid) for child in children)


def test_a_polite_service_gets_one_signal_and_may_finish(group: ChildGroup, tmp_path: Path) -> None:
    code = f"""
import pathlib, signal, sys, time
def finish(*_):
    with open({str(tmp_path / "said")!r}, "a") as file: file.write("asked ")
    time.sleep(0.3)
    sys.exit(0)
signal.signal(signal.SIGTERM, finish)
print('{{"url": ""}}', flush=True)
time.sleep(60)
"""
    group.launch(spec("polite", code))
    group.wait_for("polite")
    child = group.children[0]
    group.stop(patience_seconds=20)
    assert child.returncode == 0
    assert (tmp_path / "said").read_text() == "asked "


def test_a_service_that_never_says_a_word_can_count_as_ready_at_once(group: ChildGroup) -> None:
    code = "import time; time.sleep(60)"
    group.launch(ChildSpec(name="silent", command=[sys.executable, "-c", code], environment=child_environment()))
    assert group.wait_for("silent", deadline_seconds=0) == {}
    assert group.children[0].returncode is None
