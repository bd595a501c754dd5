"""The set-up of a fresh clone: what it installs, what it refuses, and what it says then."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from collections import namedtuple
from pathlib import Path
from types import ModuleType

import pytest

from workbench.settings import REPOSITORY

SETUP = REPOSITORY / "setup"


@pytest.fixture
def install() -> ModuleType:
    """setup/install.py, which is a script and no module of ours."""
    spec = importlib.util.spec_from_file_location("install", SETUP / "install.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_missing_compiler_is_said_with_the_way_to_get_one(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.delenv("CXX", raising=False)
    with pytest.raises(install.SetupFailed, match="build-essential"):
        install.check_machine()


def test_a_full_disk_is_said_before_anything_is_installed(install: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**12, 10**12, 2**20))
    with pytest.raises(install.SetupFailed, match=r"0\.0 GiB are free"):
        install.check_machine()


def test_a_step_that_fails_shows_its_last_words(install: ModuleType) -> None:
    with pytest.raises(install.SetupFailed, match="No matching distribution"):
        install.run(["sh", "-c", "echo No matching distribution; exit 1"], "A package could not be installed.")


def test_a_step_that_fills_the_disk_says_so(install: ModuleType) -> None:
    with pytest.raises(install.SetupFailed, match="Free some disk space"):
        install.run(["sh", "-c", "echo 'No space left on device'; exit 1"], "A package could not be installed.")


def test_every_package_of_the_lock_is_one_block_with_its_hashes(install: ModuleType) -> None:
    blocks = list(install.locked_blocks(REPOSITORY / "requirements.lock"))
    assert "".join(blocks) == (REPOSITORY / "requirements.lock").read_text()
    assert [b for b in blocks if "==" not in b.splitlines()[0] or "--hash=" not in b] == []


def test_the_binding_is_compiled_without_amx_where_the_compiler_knows_it(install: ModuleType) -> None:
    # Debian 12's gcc and every newer one know the flags; on other processors there is no AMX to switch off.
    import platform

    expected = install.NO_AMX if platform.machine() in ("x86_64", "AMD64") else ""
    assert install.compiler_flags() == expected


def test_an_environment_made_for_tests_serves_the_demo_as_well(
    install: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").touch()
    monkeypatch.setattr(install, "VENV", tmp_path)
    monkeypatch.setattr(install, "STAMP", tmp_path / "stamp")
    run, dev = (install.fingerprint(REPOSITORY / name) for name in ("requirements.lock", "requirements-dev.lock"))
    assert not install.is_in_place(run, dev=False)
    (tmp_path / "stamp").write_text(f"dev {dev}\n")
    assert install.is_in_place(run, dev=False)
    assert install.is_in_place(dev, dev=True)
    (tmp_path / "stamp").write_text(f"run {run}\n")
    assert not install.is_in_place(dev, dev=True)


def test_without_a_python_there_are_three_ways_to_get_one(tmp_path: Path) -> None:
    sh = shutil.which("sh")
    cat = shutil.which("cat")
    assert sh is not None
    assert cat is not None
    (tmp_path / "cat").symlink_to(cat)
    result = subprocess.run(
        [sh, SETUP / "find_python.sh"],
        env={"PATH": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert [line[:4] for line in result.stderr.splitlines() if line.startswith("  ")] == ["  1.", "  2.", "  3."]


def test_a_python_of_pyenv_is_found_though_its_commands_fail(tmp_path: Path) -> None:
    import sys

    folder = tmp_path / ".pyenv" / "versions" / "3.12.99" / "bin"
    folder.mkdir(parents=True)
    (folder / "python").symlink_to(Path(sys.executable).resolve())
    (tmp_path / "python3.12").write_text("#!/bin/sh\nexit 127\n")
    (tmp_path / "python3.12").chmod(0o755)
    found = subprocess.run(
        [shutil.which("sh") or "sh", SETUP / "find_python.sh"],
        env={"PATH": str(tmp_path), "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    assert found == str(folder / "python")
