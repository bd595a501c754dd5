import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from workbench.embedded import cluster
from workbench.embedded.account import server_account, switch_to
from workbench.embedded.binaries import wheel_bin_dir
from workbench.embedded.cluster import remedy
from workbench.embedded.home import LOOPBACK
from workbench.embedded.postgres import EmbeddedPostgres
from workbench.errors import EmbeddedServerFailed
from workbench.settings import REPOSITORY

pytestmark = pytest.mark.postgres


@pytest.fixture
def server(folder: Path) -> Iterator[EmbeddedPostgres]:
    server = EmbeddedPostgres(folder / "home")
    yield server
    server.stop()


def note(server: EmbeddedPostgres, text: str) -> None:
    with psycopg.connect(server.dsn()) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS notes (text text)")
        connection.execute("INSERT INTO notes VALUES (%s)", [text])


def notes(server: EmbeddedPostgres) -> list[str]:
    with psycopg.connect(server.dsn()) as connection:
        return [row[0] for row in connection.execute("SELECT text FROM notes ORDER BY text")]


def setting(server: EmbeddedPostgres, name: str) -> str:
    with psycopg.connect(server.dsn()) as connection:
        row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
        assert row is not None
        return str(row[0])


def test_a_first_start_gives_an_empty_database_in_utc_and_utf8(server: EmbeddedPostgres) -> None:
    server.start()
    assert setting(server, "timezone") == "UTC"
    assert setting(server, "server_encoding") == "UTF8"
    assert setting(server, "fsync") == "on"


def test_all_three_addresses_lead_to_the_same_database(server: EmbeddedPostgres) -> None:
    server.start()
    note(server, "here")
    for address in (server.dsn(), server.uri(), server.url()):
        with psycopg.connect(address) as connection:
            assert connection.execute("SELECT text FROM notes").fetchone() == ("here",)


def test_a_restart_keeps_the_data_and_the_port(server: EmbeddedPostgres) -> None:
    server.start()
    note(server, "kept")
    port = server.port
    server.stop()
    server.start()
    assert notes(server) == ["kept"]
    assert server.port == port


def test_stop_leaves_no_process(server: EmbeddedPostgres) -> None:
    server.start()
    pid = server.pid
    assert pid is not None
    server.stop()
    assert not psutil.pid_exists(pid)
    assert server.pid is None


def test_a_start_right_after_kill_9_keeps_what_was_committed(server: EmbeddedPostgres) -> None:
    server.start()
    note(server, "committed")
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    server.start()
    assert notes(server) == ["committed"]


def test_a_backend_that_outlives_a_killed_server_does_not_stop_the_next_start(server: EmbeddedPostgres) -> None:
    server.start()
    busy = psycopg.connect(server.dsn())
    # A backend notices that its server is gone only when it waits, and this one does not; it keeps the shared memory.
    busy.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b")
    with psycopg.connect(server.dsn(), autocommit=True) as other:
        active = "SELECT 1 FROM pg_stat_activity WHERE pid = %s AND state = 'active'"
        while not other.execute(active, [busy.info.backend_pid]).fetchone():
            time.sleep(0.01)
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    server.start()
    assert setting(server, "fsync") == "on"
    busy.close()


def test_a_half_made_cluster_is_never_used(server: EmbeddedPostgres) -> None:
    server.start()
    note(server, "from the half-made one")
    server.stop()
    assert server.data is not None
    server.data.rename(server.data.with_name("pgdata.tmp"))
    server.start()
    with psycopg.connect(server.dsn()) as connection:
        assert connection.execute("SELECT to_regclass('notes')").fetchone() == (None,)
    assert not server.data.with_name("pgdata.tmp").exists()


def test_the_password_file_of_initdb_does_not_stay(server: EmbeddedPostgres) -> None:
    server.start()
    assert server.data is not None
    assert not (server.data.parent / "initdb.password").exists()


@pytest.mark.parametrize("whose", ["a zombie's", "another program's", "nobody's"])
def test_a_pid_file_without_a_server_is_cleared(server: EmbeddedPostgres, whose: str) -> None:
    server.start()
    server.stop()
    assert server.data is not None
    # Of the server's own account: PostgreSQL passes over processes of others without our help.
    as_account = switch_to(server_account(server.data))
    code = "sleep 60" if whose == "another program's" else ":"
    other = subprocess.Popen(["/bin/sh", "-c", code], cwd="/", **as_account)
    if whose == "nobody's":
        other.wait()
    elif whose == "a zombie's":
        while psutil.Process(other.pid).status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)
    (server.data / "postmaster.pid").write_text(f"{other.pid}\n{server.data}\n")
    server.start()
    assert setting(server, "fsync") == "on"
    assert other.poll() is None or whose != "another program's"
    other.kill()
    other.wait()


def test_a_server_started_by_hand_on_the_same_data_is_left_alone(server: EmbeddedPostgres, folder: Path) -> None:
    server.start()
    assert server.binaries is not None
    assert server.data is not None
    server.stop()
    by_hand = subprocess.Popen(
        [server.binaries.folder / "postgres", "-D", server.data, "-c", "listen_addresses=", "-k", server.data],
        stderr=subprocess.DEVNULL,
        cwd="/",
        **switch_to(server_account(server.data)),
    )
    while not (server.data / "postmaster.pid").exists():
        time.sleep(0.02)
    with pytest.raises(EmbeddedServerFailed, match=f"started by hand(?s:.)*process {by_hand.pid}(?s:.)*kill -INT"):
        server.start()
    assert by_hand.poll() is None
    by_hand.send_signal(signal.SIGINT)
    by_hand.wait(timeout=20)


def test_data_of_another_major_version_are_refused_and_left_as_they_are(server: EmbeddedPostgres) -> None:
    server.start()
    server.stop()
    assert server.data is not None
    (server.data / "PG_VERSION").write_text("9\n")
    with pytest.raises(EmbeddedServerFailed, match=r"written by PostgreSQL 9(?s:.)*Install PostgreSQL 9"):
        server.start()
    assert (server.data / "PG_VERSION").read_text() == "9\n"


def test_a_port_taken_since_is_replaced(server: EmbeddedPostgres) -> None:
    server.start()
    port = server.port
    server.stop()
    with socket.create_server((LOOPBACK, port)):
        server.start()
        assert server.port != port
        assert setting(server, "port") == str(server.port)


def test_a_home_in_use_is_refused(server: EmbeddedPostgres, folder: Path) -> None:
    server.start()
    with pytest.raises(EmbeddedServerFailed, match=f"in use by process {os.getpid()}"):
        EmbeddedPostgres(folder / "home").start()


def test_a_server_left_by_a_killed_run_is_ended_and_its_data_kept(server: EmbeddedPostgres, folder: Path) -> None:
    code = f"""
import psycopg, threading, time; from pathlib import Path; from workbench.embedded.postgres import EmbeddedPostgres
server = EmbeddedPostgres(Path({str(folder / "home")!r}))
thread = threading.Thread(target=server.start); thread.start(); thread.join()   # from a thread: not tied to our life
with psycopg.connect(server.dsn()) as connection:
    connection.execute("CREATE TABLE notes AS SELECT 'kept' AS text")
print("ready", server.pid, flush=True); time.sleep(60)
"""
    run = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=REPOSITORY)
    assert run.stdout is not None
    # Log lines of the run come first.
    pid = next(line.split()[1] for line in run.stdout if line.startswith(b"ready"))
    run.kill()
    run.wait()
    run.stdout.close()
    assert psutil.pid_exists(int(pid))
    server.start()
    assert notes(server) == ["kept"]
    assert server.pid != int(pid)


def test_a_password_is_asked_for_on_loopback_and_on_the_socket(
    server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PGPASSWORD", raising=False)
    monkeypatch.setenv("PGPASSFILE", "/nonexistent")
    server.start()
    for host in (LOOPBACK, str(server.socket_dir)):
        door = make_conninfo(host=host, port=server.port, user="workbench", dbname="workbench")
        with pytest.raises(psycopg.OperationalError, match="no password supplied"):
            psycopg.connect(door)
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(door, password="guessed")


def test_a_lost_password_is_reported_and_not_replaced(server: EmbeddedPostgres, folder: Path) -> None:
    server.start()
    server.stop()
    (folder / "home" / "password").write_text("another-password")
    with pytest.raises(EmbeddedServerFailed, match="made with another password"):
        server.start()


def test_a_path_too_long_for_a_socket_works(folder: Path) -> None:
    with EmbeddedPostgres(folder / ("long" * 15) / ("path" * 15)) as server:
        assert setting(server, "fsync") == "on"
        short = server.socket_dir
        assert len(str(short)) < 80
        assert stat.S_IMODE(short.stat().st_mode) == 0o700
    assert not short.exists()


def test_a_path_with_spaces_commas_and_quotes_works(folder: Path) -> None:
    with EmbeddedPostgres(folder / "Jo's data, 2026") as server:
        note(server, "here")
        with psycopg.connect(server.uri()) as connection:
            assert connection.execute("SELECT text FROM notes").fetchone() == ("here",)


def test_the_programs_of_the_wheel_work(folder: Path) -> None:
    with EmbeddedPostgres(folder / "home", bin_dir=wheel_bin_dir()) as server:
        note(server, "from the wheel")
        assert notes(server) == ["from the wheel"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root lends its servers another account")
def test_a_home_that_only_root_enters_works_and_stays_shut(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "SYSTEM_HOME", folder / "system")
    shut = folder / "shut"
    shut.mkdir(mode=0o700)
    server = EmbeddedPostgres(shut / "home").start()
    note(server, "kept")
    server.stop()
    assert server.data is not None
    assert server.data.is_relative_to(folder / "system")
    server = EmbeddedPostgres(shut / "home").start()
    assert notes(server) == ["kept"]
    assert (shut.stat().st_mode & 0o777, shut.stat().st_uid) == (0o700, 0)
    server.wipe()
    assert list((folder / "system").iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root lends its servers another account")
def test_a_folder_that_was_there_before_keeps_its_owner_and_mode(folder: Path) -> None:
    home = folder / "home"
    home.mkdir()
    home.chmod(0o751)
    with EmbeddedPostgres(home):
        assert (home.stat().st_uid, home.stat().st_mode & 0o777) == (0, 0o751)


def test_wipe_leaves_nothing_and_the_next_start_is_a_first_one(server: EmbeddedPostgres) -> None:
    server.start()
    note(server, "gone")
    server.wipe()
    assert server.data is not None
    assert not server.data.parent.exists()
    server.start()
    with psycopg.connect(server.dsn()) as connection:
        assert connection.execute("SELECT to_regclass('notes')").fetchone() == (None,)


def test_a_server_that_cannot_start_says_why(server: EmbeddedPostgres) -> None:
    server.start()
    server.stop()
    assert server.data is not None
    shutil.move(server.data / "global", server.data / "elsewhere")
    with pytest.raises(EmbeddedServerFailed, match=r"ended with code 2(?s:.)*global/pg_control(?s:.)*→"):
        server.start()
    assert server.pid is None


@pytest.mark.parametrize(
    ("last_words", "advice"),
    [
        ('FATAL:  could not write lock file "postmaster.pid": No space left on device', "The disk is full"),
        ('LOG:  could not bind IPv4 address "127.0.0.1": Address already in use', "another port will be found"),
        ('FATAL:  could not open file "PG_VERSION": Permission denied', "Check who owns"),
        ("FATAL:  could not create shared memory segment: Cannot allocate memory", "--shm-size"),
        ("PANIC:  could not locate a valid checkpoint record", "Read the log"),
    ],
)
def test_the_cause_decides_the_advice(last_words: str, advice: str) -> None:
    assert advice in remedy(["LOG:  starting PostgreSQL", last_words], Path("/data"))
