"""The model service over real HTTP with real worker processes and the real SmolLM2."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import psutil
import pytest
import uvicorn

from llm.client import ModelClient, ModelIsAway, ModelIsBusy, ModelIsNotReady
from llm.model_service import MOST_CRASHES, MOST_WAITING, ModelService
from llm.sandbox import Sandbox, SandboxLimits
from llm.serve import create_service_app, load_of
from llm.text_to_sql import Asker
from llm.worker_process import Load
from workbench.clock import frozen_clock
from workbench.settings import load_settings

pytestmark = pytest.mark.model

PROMPT = "<|im_start|>user\nTell me a long story<|im_end|>\n<|im_start|>assistant\n"
LONG_GRAMMAR = 'root ::= "word " root'  # has no end


class Running:
    """A service that listens on loopback."""

    def __init__(self, service: ModelService, url: str) -> None:
        self.service = service
        self.url = url
        self.client = ModelClient(url, timeout_seconds=60)

    def wait_for(self, state: str) -> None:
        self.wait_until(lambda: self.client.state().state == state)

    def wait_until(self, is_so: Callable[[], bool]) -> None:
        for _ in range(600):
            if is_so():
                return
            time.sleep(0.1)
        raise AssertionError(f"still {self.client.state()}")


@contextmanager
def running(find: Callable[[], Load], *, name: str = "smollm2-135m") -> Iterator[Running]:
    service = ModelService(name, find)
    server = uvicorn.Server(
        uvicorn.Config(create_service_app(service, longest_s=60), port=0, log_config=None, timeout_graceful_shutdown=5)
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield Running(service, f"http://127.0.0.1:{port}")
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def find(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Load]:
    settings = load_settings(model_name="smollm2-135m", model_home=tmp_path_factory.mktemp("models"))
    return load_of(settings)


@pytest.fixture(scope="module")
def service(find: Callable[[], Load]) -> Iterator[Running]:
    with running(find) as started:
        started.wait_for("ready")
        yield started


def test_tokens_are_streamed_and_add_up_to_the_text(service: Running) -> None:
    pieces: list[str] = []
    done = service.client.complete(PROMPT, max_tokens=12, on_token=pieces.append)
    assert done.tokens == 12
    assert "".join(pieces) == done.text


def test_the_worker_waits_passively_and_has_no_settings(service: Running) -> None:
    assert service.service.worker_pid is not None
    environment = psutil.Process(service.service.worker_pid).environ()
    assert environment["OMP_WAIT_POLICY"] == "passive"
    assert not [name for name in environment if name.startswith(("WORKBENCH_", "AWS_"))]


@pytest.mark.parametrize("body", [b"", b"{}", b'{"prompt":"x","max_tokens":0}', b'{"prompt":"x","extra":1}'])
def test_a_request_that_is_none_is_refused(service: Running, body: bytes) -> None:
    assert httpx.post(f"{service.url}/complete", content=body).status_code == 400


def test_a_wrong_grammar_is_an_error_and_the_worker_lives(service: Running) -> None:
    before = service.service.worker_pid
    with pytest.raises(ModelIsBusy, match="grammar"):
        service.client.complete(PROMPT, grammar='root ::= root "a"')
    assert service.service.worker_pid == before


def test_the_queue_holds_so_many_and_refuses_the_next(service: Running) -> None:
    def ask(_: int) -> int:
        asked = {"prompt": PROMPT, "grammar": LONG_GRAMMAR, "max_tokens": 1000, "timeout_s": 2.0}
        return httpx.post(f"{service.url}/complete", json=asked, timeout=30).status_code

    # One at work and MOST_WAITING in the queue; the others are told to come back.
    with ThreadPoolExecutor(MOST_WAITING + 3) as pool:
        codes = sorted(pool.map(ask, range(MOST_WAITING + 3)))
    assert codes == [200] * (MOST_WAITING + 1) + [429] * 2
    service.wait_until(lambda: service.client.state().queue == 0)


def test_a_request_past_its_time_ends_with_an_error_and_frees_the_model(service: Running) -> None:
    asked = {"prompt": PROMPT, "grammar": LONG_GRAMMAR, "max_tokens": 1000, "timeout_s": 0.5}
    lines = httpx.post(f"{service.url}/complete", json=asked, timeout=30).text.splitlines()
    assert "did not finish within 0.5 s" in json.loads(lines[-1])["error"]
    assert service.client.complete(PROMPT, max_tokens=2).tokens == 2


def test_a_client_that_goes_away_frees_the_model(service: Running) -> None:
    before = service.service.worker_pid
    asked = {"prompt": PROMPT, "grammar": LONG_GRAMMAR, "max_tokens": 1000}
    with httpx.stream("POST", f"{service.url}/complete", json=asked, timeout=30) as answer:
        next(answer.iter_lines())
    # A thousand tokens would take many seconds; if they were still made, this would have to wait behind them.
    assert ModelClient(service.url, timeout_seconds=5).complete(PROMPT, max_tokens=2).tokens == 2
    assert service.service.worker_pid == before


def test_the_asker_gets_a_reading_from_the_real_model(service: Running, tiny_mart: Path) -> None:
    clock = frozen_clock(datetime(2026, 6, 30, 12, tzinfo=UTC))
    with Sandbox(SandboxLimits(slots=1)) as sandbox:
        answer = Asker(sandbox=sandbox, model=service.client, clock=clock).ask(
            "how is the moolah of Acme spread geographically in May 2026", tiny_mart
        )
    assert (answer.way, answer.model) == ("model", "smollm2-135m")
    assert answer.outcome == "clarify"  # a model this small only offers a reading
    assert answer.sql is not None
    assert "client_name = 'Acme'" in answer.sql  # what the rules had read stays, whatever the model says


def test_a_killed_worker_is_started_again_until_it_is_hopeless(find: Callable[[], Load]) -> None:
    with running(find) as service:
        for killed in range(MOST_CRASHES):
            service.wait_for("ready")
            pid = service.service.worker_pid
            assert pid is not None
            if killed == 0:
                with ThreadPoolExecutor(1) as pool:
                    asked = pool.submit(service.client.complete, PROMPT, grammar=LONG_GRAMMAR, max_tokens=1000)
                    time.sleep(0.5)
                    os.kill(pid, signal.SIGKILL)
                    with pytest.raises(ModelIsBusy, match="started again"):
                        asked.result()
            else:
                os.kill(pid, signal.SIGKILL)
            service.wait_until(lambda gone=pid: service.service.worker_pid != gone)  # type: ignore[misc]
        service.wait_for("crashed")
        with pytest.raises(ModelIsNotReady, match="3 times"):
            service.client.complete(PROMPT)


def test_without_a_file_it_serves_on_and_says_how_to_get_one(tmp_path: Path) -> None:
    settings = load_settings(model_name="phi-3-mini-128k-instruct", model_home=tmp_path)
    with running(load_of(settings), name=settings.model_name) as service:
        service.wait_for("no_model")
        assert "models fetch phi-3-mini-128k-instruct" in service.client.state().reason
        with pytest.raises(ModelIsNotReady, match="models fetch"):
            service.client.complete(PROMPT)


def test_a_model_whose_first_decode_fails_both_ways_leaves_no_model(find: Callable[[], Load], tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.gguf"
    wrong.write_bytes(b"GGUF" + bytes(1000))
    with running(lambda: replace(find(), file=wrong)) as service:
        service.wait_for("no_model")
        assert "does not run on this machine" in service.client.state().reason


def test_workers_end_with_their_service(find: Callable[[], Load]) -> None:
    with running(find) as service:
        service.wait_for("ready")
        pid = service.service.worker_pid
    assert pid is not None
    assert not psutil.pid_exists(pid)


def test_a_service_that_is_away_is_a_state_and_a_clear_error() -> None:
    client = ModelClient("http://127.0.0.1:9")
    assert client.state().state == "away"
    assert "python -m llm serve" in client.state().reason
    with pytest.raises(ModelIsAway, match="python -m llm serve"):
        client.complete(PROMPT)
