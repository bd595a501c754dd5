from __future__ import annotations

from pathlib import Path

import pytest

import workbench.queries as queries
from workbench.errors import QueryFileIsWrong


@pytest.fixture
def sql_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(queries, "SQL_HOME", tmp_path)
    queries.query.cache_clear()
    return tmp_path


def test_the_header_tells_meaning_grain_and_parameters(sql_home: Path) -> None:
    (sql_home / "hours.sql").write_text(
        "-- hours: hours by month.\n-- grain: one row per month\n-- params: $day date\nSELECT 1"
    )
    found = queries.query("hours")
    assert (found.meaning, found.grain, found.params) == ("hours by month.", "one row per month", frozenset({"day"}))


def test_a_query_without_a_grain_does_not_load(sql_home: Path) -> None:
    (sql_home / "hours.sql").write_text("-- hours: hours by month.\nSELECT 1")
    with pytest.raises(QueryFileIsWrong, match="no proper header"):
        queries.query("hours")


def test_a_missing_query_is_named(sql_home: Path) -> None:
    with pytest.raises(QueryFileIsWrong, match="sql/nothing"):
        queries.query("nothing")


def test_migrations_are_not_queries() -> None:
    assert not [name for name in queries.query_names() if "migrations" in name]
