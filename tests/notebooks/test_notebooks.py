"""Every notebook runs on the demo, as somebody who is signed in, and shows the numbers that the record has."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbformat
import psycopg
import pytest
from nbclient import NotebookClient

from tests.demo import Demo
from workbench.domain.scope import ALL_CLIENTS
from workbench.settings import REPOSITORY

pytestmark = [pytest.mark.slow, pytest.mark.aws, pytest.mark.postgres, pytest.mark.redis]

NOTEBOOKS = sorted((REPOSITORY / "notebooks").glob("*.ipynb"))


def run(notebook: Path, demo: Demo, username: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Run the notebook in another folder than the repository; returns all it showed."""
    monkeypatch.setenv("WORKBENCH_URL", demo.url)
    monkeypatch.setenv("WORKBENCH_TOKEN", demo.token(username))
    monkeypatch.setenv("PYTHONWARNINGS", "default")
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    book = nbformat.read(notebook, as_version=4)
    NotebookClient(book, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(folder)}}).execute()
    return json.dumps([cell.get("outputs", []) for cell in book.cells], ensure_ascii=False)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebooks_hold_no_output(notebook: Path) -> None:
    book = nbformat.read(notebook, as_version=4)
    assert [cell.id for cell in book.cells if cell.get("outputs")] == []


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda p: p.stem)
def test_notebooks_do_not_bend_the_path(notebook: Path) -> None:
    assert "sys.path" not in notebook.read_text()


def test_the_tour_shows_what_the_record_holds(demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = run(REPOSITORY / "notebooks" / "tour.ipynb", demo, "finance", tmp_path, monkeypatch)
    printed = re.search(r"(\d+) unused WorkSpaces", shown)
    assert printed is not None
    with demo.marts.open(ALL_CLIENTS) as mart:
        unused = mart.connection.execute("SELECT count(*) FROM v_unused").fetchone()
    assert unused == (int(printed[1]),)
    assert "application/vnd.holoviews_exec.v0+json" in shown


def test_the_tour_of_one_client_names_no_other(demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = run(REPOSITORY / "notebooks" / "tour.ipynb", demo, "analyst", tmp_path, monkeypatch)
    with psycopg.connect(demo.dsn()) as connection:
        names = dict(connection.execute("SELECT name, client_id FROM clients").fetchall())
    assert {client_id for name, client_id in names.items() if name in shown} == {demo.one_client()}
