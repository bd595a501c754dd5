import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from structlog.testing import capture_logs

from workbench.embedded.home import LOOPBACK
from workbench.embedded.redis import EmbeddedRedis
from workbench.errors import EmbeddedServerFailed
from workbench.settings import child_environment

pytestmark = pytest.mark.redis


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    server = EmbeddedRedis(tmp_path / "home")
    yield server
    server.stop()


@pytest.fixture
def durable(server: EmbeddedRedis) -> EmbeddedRedis:
    server.start()
    if not server.is_durable:
        if "CI" in child_environment():
            pytest.fail("The gate has no real Redis: nothing here would be tested.")
        pytest.skip("this machine has no real Redis")
    return server


def put(server: EmbeddedRedis, key: str, value: str) -> None:
    with redis.Redis.from_url(server.url) as client:
        client.set(key, value)
        # While a sync to disk goes on, Redis may answer before it writes.
        while server.is_durable and client.info("persistence").get("aof_buffer_length", 0):
            time.sleep(0.01)


def get(server: EmbeddedRedis, key: str) -> str | None:
    with redis.Redis.from_url(server.url, decode_responses=True) as client:
        return client.get(key)


def test_a_restart_keeps_the_data_and_the_port(durable: EmbeddedRedis) -> None:
    put(durable, "key", "kept")
    port = durable.port
    durable.stop()
    durable.start()
    assert get(durable, "key") == "kept"
    assert durable.port == port


def test_a_start_right_after_kill_9_keeps_the_data(durable: EmbeddedRedis) -> None:
    put(durable, "key", "kept")
    assert durable.pid is not None
    os.kill(durable.pid, signal.SIGKILL)
    durable.start()
    assert get(durable, "key") == "kept"


def test_a_password_is_asked_for(durable: EmbeddedRedis) -> None:
    with (
        redis.Redis(host=LOOPBACK, port=durable.port, retry=Retry(NoBackoff(), 0)) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()


def test_the_password_does_not_show_among_the_arguments(durable: EmbeddedRedis) -> None:
    password = redis.connection.parse_url(durable.url)["password"]
    assert password not in " ".join(psutil.Process(durable.pid).cmdline())


def test_it_listens_on_loopback_alone(durable: EmbeddedRedis) -> None:
    listening = [c.laddr for c in psutil.Process(durable.pid).net_connections("tcp") if c.status == psutil.CONN_LISTEN]
    assert [(where.ip, where.port) for where in listening] == [(LOOPBACK, durable.port)]


def test_a_port_taken_since_is_replaced(server: EmbeddedRedis) -> None:
    port = server.start().port
    server.stop()
    with socket.create_server((LOOPBACK, port)):
        server.start()
        assert server.port != port
        put(server, "key", "there")
        assert get(server, "key") == "there"


def test_a_home_in_use_is_refused(server: EmbeddedRedis, tmp_path: Path) -> None:
    server.start()
    with pytest.raises(EmbeddedServerFailed, match="in use by process"):
        EmbeddedRedis(tmp_path / "home").start()


def test_stop_leaves_no_process(server: EmbeddedRedis) -> None:
    pid = server.start().pid
    assert pid is not None
    server.stop()
    assert not psutil.pid_exists(pid)


def test_a_path_with_spaces_and_quotes_works(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path / 'Jo\'s "data"') as server:
        put(server, "key", "there")
        assert get(server, "key") == "there"


def test_data_that_cannot_be_read_stop_the_start_with_a_remedy(durable: EmbeddedRedis, tmp_path: Path) -> None:
    put(durable, "key", "value")
    durable.stop()
    for log in (tmp_path / "home").rglob("*.aof"):
        log.write_bytes(b"this is no log of commands\n" * 3)
    with pytest.raises(
        EmbeddedServerFailed, match=r"Redis ended with code 1(?s:.)*Bad file format(?s:.)*→ Read the log"
    ):
        durable.start()


def test_without_a_real_one_a_stand_in_is_used_and_named(tmp_path: Path) -> None:
    with capture_logs() as logs, EmbeddedRedis(tmp_path / "home", kinds=("fakeredis",)) as server:
        put(server, "key", "there")
        assert get(server, "key") == "there"
        assert server.kind == "fakeredis"
        assert not server.is_durable
    assert [line["event"] for line in logs if line["log_level"] == "warning"] == ["redis_stand_in_started"]


def test_with_no_kind_at_hand_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EmbeddedServerFailed, match=r"None of valkey, redis was found(?s:.)*WORKBENCH_REDIS_URL"):
        EmbeddedRedis(tmp_path / "home", kinds=("valkey", "redis")).start()
