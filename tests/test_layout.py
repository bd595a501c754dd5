"""The shape of the repository: which package is which, who imports whom, what does not go where."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
PACKAGES = ("app", "llm", "pipelines", "workbench")


@pytest.mark.parametrize("package", PACKAGES)
def test_our_packages_are_found_from_any_folder(package: str, tmp_path: Path) -> None:
    # Another distribution on the package index has a top-level `llm`, and `app` is a common name.
    found = subprocess.run(
        [sys.executable, "-c", f"import {package}; print({package}.__file__)"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    shadowing = packages_distributions().get(package, [])
    assert Path(found).parent == REPOSITORY / package, f"{package} comes from {found}; distributions: {shadowing}"


def test_sql_holds_no_python() -> None:
    assert [p for p in (REPOSITORY / "sql").rglob("*") if p.is_file() and p.suffix not in (".sql", ".md")] == []


def test_every_code_folder_is_a_package_that_says_what_belongs_there() -> None:
    # A folder without __init__.py is invisible to import-linter: its imports would simply not be counted.
    folders = {p.parent for name in PACKAGES for p in (REPOSITORY / name).rglob("*.py")}
    silent = [
        f for f in folders if not (f / "__init__.py").exists() or not (f / "__init__.py").read_text().startswith('"""')
    ]
    assert silent == []


def test_every_test_folder_is_a_package() -> None:
    # tests/app without tests/__init__.py would make `import app` find the tests.
    folders = {p.parent for p in (REPOSITORY / "tests").rglob("*.py")}
    assert [f for f in folders if not (f / "__init__.py").exists()] == []


def test_import_contracts_hold() -> None:
    result = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout


def test_nobody_imports_the_entry_point() -> None:
    sources = [p for name in PACKAGES for p in (REPOSITORY / name).rglob("*.py")]
    assert [p for p in sources if "panel_serve" in p.read_text().replace("python panel_serve.py", "")] == []
