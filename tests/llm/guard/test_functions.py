from __future__ import annotations

import duckdb
import pytest

from llm.guard.functions import FUNCTIONS, TABLE_FUNCTIONS

# Written by SQL's grammar, or by DuckDB's parser in place of another form; not in DuckDB's own list.
GRAMMAR = {
    "->", "coalesce", "grouping", "grouping_id", "ifnull", "percentile_cont", "percentile_disc", "count_star", "**",
    "^", "!~~*", "rank_dense", "unnest", "json_each", "json_tree",
}  # fmt: skip
OUTSIDE = (
    "read_", "scan", "parquet_", "glob", "sniff", "duckdb_", "pragma_", "pg_", "query", "current_setting",
    "getvariable",
    "execute", "serialize", "secret", "checkpoint", "logging", "nextval", "setval", "currval", "setseed", "sleep",
    "version", "_privilege", "stats", "write_", "resource", "__internal", "in_search_path", "txid", "connection",
    "error",
    "block_size",
)  # fmt: skip


def test_every_function_on_the_list_exists() -> None:
    rows = duckdb.connect().execute("SELECT DISTINCT lower(function_name) FROM duckdb_functions()").fetchall()
    assert {name for (name,) in rows} | GRAMMAR >= FUNCTIONS | TABLE_FUNCTIONS


@pytest.mark.parametrize("word", OUTSIDE)
def test_nothing_that_reaches_outside_the_query_is_on_the_list(word: str) -> None:
    assert not {name for name in FUNCTIONS | TABLE_FUNCTIONS if word in name} - {"pg_size_pretty"}
