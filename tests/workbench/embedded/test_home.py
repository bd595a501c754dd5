import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.embedded.home import LOOPBACK, ServerHome, is_free
from workbench.errors import EmbeddedServerFailed
from workbench.settings import REPOSITORY


@pytest.fixture
def home(tmp_path: Path) -> ServerHome:
    home = ServerHome(tmp_path / "home", "A server")
    home.hold()
    home.release()
    return home


def test_a_home_is_held_by_one_alone(home: ServerHome) -> None:
    home.hold()
    with pytest.raises(EmbeddedServerFailed, match=rf"in use by process {os.getpid()}\.(?s:.)*Stop that one"):
        ServerHome(home.folder, "A server").hold()
    home.release()


def test_a_killed_holder_lets_go(home: ServerHome) -> None:
    code = f"""
import time; from pathlib import Path; from workbench.embedded.home import ServerHome
ServerHome(Path({str(home.folder)!r}), "x").hold(); print("held", flush=True); time.sleep(60)
"""
    holder = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=REPOSITORY)
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(EmbeddedServerFailed):
        home.hold()
    holder.kill()
    holder.wait()
    holder.stdout.close()
    home.hold()
    home.release()


def test_a_home_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(
        EmbeddedServerFailed, match=r"cannot be used: (File exists|Not a directory)(?s:.)*WORKBENCH_DATA_HOME"
    ):
        ServerHome(tmp_path / "file" / "home", "A server").hold()


def test_the_password_is_kept_and_for_its_owner_alone(home: ServerHome) -> None:
    password = home.password()
    assert len(password) >= 32
    assert home.password() == password
    assert stat.S_IMODE((home.folder / "password").stat().st_mode) == 0o600


def test_two_homes_have_different_passwords(tmp_path: Path) -> None:
    homes = [ServerHome(tmp_path / name, "A server") for name in ("a", "b")]
    for home in homes:
        home.hold()
        home.release()
    assert homes[0].password() != homes[1].password()


def test_the_port_is_kept_while_it_is_free(home: ServerHome) -> None:
    assert home.port(0) == home.port(0)


def test_a_port_that_was_taken_since_is_replaced(home: ServerHome) -> None:
    port = home.port(0)
    with socket.create_server((LOOPBACK, port)):
        assert home.port(0) != port


def test_an_asked_port_that_is_taken_is_refused_by_number(home: ServerHome) -> None:
    with socket.create_server((LOOPBACK, 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(EmbeddedServerFailed, match=f"Port {port}"):
            home.port(port)
    assert home.port(port) == port


def test_a_port_is_free_until_somebody_listens() -> None:
    with socket.create_server((LOOPBACK, 0)) as server:
        port = server.getsockname()[1]
        assert not is_free(port)
    assert is_free(port)
