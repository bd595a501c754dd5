from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pyarrow as pa

from app.data.answers import answer_table
from llm.sandbox import QueryResult


def result(table: pa.Table, *types: str) -> QueryResult:
    return QueryResult(table=table, types=types, truncated=False, seconds=0.0)


def test_numbers_stay_numbers_and_money_is_known_by_its_name() -> None:
    table = pa.table({"client": ["Acme"], "cost": [Decimal("1.50")], "workspaces": [2]})
    answer = answer_table(result(table, "VARCHAR", "DECIMAL(18,10)", "BIGINT"))
    assert answer.rows.to_numpy().tolist() == [["Acme", 1.5, 2]]
    assert (answer.numbers, answer.money) == (("cost", "workspaces"), ("cost",))


def test_a_count_of_fees_is_not_money() -> None:
    assert answer_table(result(pa.table({"fee_lines": [3]}), "BIGINT")).money == ()


def test_columns_of_one_name_are_told_apart() -> None:
    table = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["n", "n"])
    assert answer_table(result(table, "BIGINT", "BIGINT")).rows.columns.tolist() == ["n", "n (2)"]


def test_instants_are_shown_in_utc_and_null_stays_missing() -> None:
    table = pa.table({"at": [datetime(2026, 11, 1, 8, tzinfo=UTC), None]})
    assert answer_table(result(table, "TIMESTAMP WITH TIME ZONE")).rows["at"].tolist()[0] == "2026-11-01 08:00"


def test_no_row_gives_an_empty_table() -> None:
    assert answer_table(result(pa.table({"n": pa.array([], pa.int64())}), "BIGINT")).rows.empty
