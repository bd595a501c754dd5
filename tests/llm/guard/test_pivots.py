from __future__ import annotations

import duckdb
import pytest

from llm.catalog import SPECIFIED, Catalog
from llm.guard import Rejected, check


def test_the_values_come_from_a_checked_query_over_the_asked_source() -> None:
    asked: list[str] = []

    def read_values(sql: str) -> list[object]:
        asked.append(sql)
        return ["AVAILABLE", "STOPPED"]

    allowed = check("PIVOT workspaces ON state USING count(*)", SPECIFIED, distinct=read_values)
    assert "IN ('AVAILABLE', 'STOPPED')" in allowed.sql
    assert len(asked) == 1
    assert "FROM mart.main.workspaces" in asked[0]


def test_a_quote_in_a_value_stays_in_the_value() -> None:
    allowed = check("PIVOT workspaces ON state USING count(*)", SPECIFIED, distinct=lambda _: ["a'b"])
    assert "'a''b'" in allowed.sql


def test_without_a_reader_the_list_is_asked_for() -> None:
    with pytest.raises(Rejected, match="needs the values"):
        check("PIVOT workspaces ON state USING count(*)", SPECIFIED)


def test_a_private_table_is_refused_before_anything_is_read() -> None:
    with pytest.raises(Rejected, match="no table `users`"):
        check("PIVOT users ON role USING count(*)", SPECIFIED, distinct=lambda _: pytest.fail("was read"))


@pytest.mark.parametrize("on", ["state", "state, region"])
def test_too_many_columns_are_refused(on: str) -> None:
    values: list[object] = list(range(51 if on == "state" else 8))
    with pytest.raises(Rejected, match="more than 50 columns"):
        check(f"PIVOT workspaces ON {on} USING count(*)", SPECIFIED, distinct=lambda _: values)


def test_no_value_makes_no_column() -> None:
    with pytest.raises(Rejected, match="no column"):
        check("PIVOT workspaces ON state USING count(*)", SPECIFIED, distinct=lambda _: [])


@pytest.mark.parametrize(
    "sql",
    [
        "WITH w AS (SELECT state FROM workspaces) PIVOT w ON state USING count(*)",
        "SELECT * FROM (WITH w AS (SELECT 1) FROM (PIVOT workspaces ON state USING count(*) GROUP BY region))",
        "PIVOT (SELECT month, usage_hours FROM workspace_usage) ON month USING sum(usage_hours)",
        "PIVOT workspace_usage ON (usage_hours > 50) USING count(*) GROUP BY month ORDER BY month LIMIT 2",
        "PIVOT workspaces ON state || '/' || running_mode USING count(*)",
        "PIVOT workspaces ON upper(state) USING count(*)",
    ],
)
def test_columns_and_rows_are_those_of_the_query_as_asked(
    sql: str, plain: duckdb.DuckDBPyConnection, catalog: Catalog
) -> None:
    def read_values(query: str) -> list[object]:
        return [row[0] for row in plain.execute(query).fetchall()]

    asked = plain.sql(sql).to_arrow_table()
    answered = plain.sql(check(sql, catalog, distinct=read_values).sql).to_arrow_table()
    assert answered.column_names == asked.column_names
    assert sorted(map(repr, answered.to_pylist())) == sorted(map(repr, asked.to_pylist()))
