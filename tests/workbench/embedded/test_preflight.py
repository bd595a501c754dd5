import shutil
import socket
from collections import namedtuple
from pathlib import Path

import pytest

from workbench.embedded.home import LOOPBACK
from workbench.embedded.preflight import check_disk, check_mark, check_port
from workbench.errors import EmbeddedServerFailed


def test_a_taken_web_port_is_named_with_the_way_out() -> None:
    with socket.create_server((LOOPBACK, 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(EmbeddedServerFailed, match=rf"Port {port} is taken(?s:.)*make demo PORT=\d+"):
            check_port(port)
    check_port(port)


def test_a_full_disk_is_named_before_anything_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    for free, enough in ((1_000_000_000, True), (999_999_999, False)):
        monkeypatch.setattr(shutil, "disk_usage", lambda path, free=free: usage(free, 0, free))
        if enough:
            check_disk(tmp_path / "not" / "yet")
        else:
            with pytest.raises(EmbeddedServerFailed, match=r"Only 999 MB are free(?s:.)*Free some space"):
                check_disk(tmp_path / "not" / "yet")


def test_a_first_start_that_was_cut_short_does_not_shut_the_folder(tmp_path: Path) -> None:
    (tmp_path / "lock").write_text("1")
    check_mark(tmp_path)
