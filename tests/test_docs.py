"""Docs are tested: each setting, make target, table and SQL file is where a reader looks for it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from workbench.queries import SQL_HOME, query, query_names
from workbench.settings import Settings, example_file

REPOSITORY = Path(__file__).resolve().parent.parent
README = (REPOSITORY / "README.md").read_text()


def test_env_example_is_what_the_settings_say() -> None:
    assert (REPOSITORY / ".env.example").read_text() == example_file(), (
        "Run: python -m workbench settings --example > .env.example"
    )


def test_every_setting_says_what_it_is() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_every_make_target_is_in_the_docs() -> None:
    targets = re.findall(r"^(\w+):.*##", (REPOSITORY / "Makefile").read_text(), re.MULTILINE)
    docs = (
        README
        + "".join(p.read_text() for p in (REPOSITORY / "docs").rglob("*.md"))
        + (REPOSITORY / "CONTRIBUTING.md").read_text()
    )
    assert [t for t in targets if f"make {t}" not in docs and t != "help"] == []


def test_every_top_level_folder_is_in_the_readme_map() -> None:
    folders = [
        p.name
        for p in REPOSITORY.iterdir()
        if p.is_dir() and not p.name.startswith(".") and p.name not in ("var", "__pycache__")
    ]
    assert [f for f in folders if f"`{f}/`" not in README] == []


def test_readme_links_lead_somewhere() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", README)
    assert links
    assert [link for link in links if not (REPOSITORY / link).exists()] == []


def test_every_table_of_the_record_is_in_the_architecture_page() -> None:
    created = set()
    for path in (SQL_HOME / "postgres" / "migrations").glob("*.sql"):
        created |= set(re.findall(r"^CREATE TABLE (?:mirror\.)?(\w+)", path.read_text(), re.MULTILINE))
    page = (REPOSITORY / "docs" / "architecture.md").read_text()
    assert [t for t in sorted(created) if f"`{t}`" not in page] == []


@pytest.mark.parametrize("name", [n for n in query_names() if n != "duckdb/comments"])
def test_every_query_has_a_header(name: str) -> None:
    found = query(name)
    assert found.meaning.endswith(".")
    assert found.grain.startswith("one row")


@pytest.mark.parametrize("name", query_names("duckdb"))
def test_the_parameters_of_a_query_are_those_its_header_names(name: str) -> None:
    if name == "duckdb/comments":
        return
    found = query(name)
    body = "\n".join(line for line in found.text.splitlines() if not line.startswith("--"))
    assert set(re.findall(r"\$([a-z_]+)", body)) == found.params
