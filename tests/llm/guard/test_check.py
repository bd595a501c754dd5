from __future__ import annotations

import threading

import duckdb
import pytest

from llm.catalog import SPECIFIED, Catalog
from llm.guard import Allowed, Rejected, check, explain_unknown_column


def rejection(sql: str, catalog: Catalog = SPECIFIED) -> Rejected:
    with pytest.raises(Rejected) as caught:
        check(sql, catalog)
    return caught.value


def test_the_text_that_runs_names_its_table_in_full_and_caps_its_rows() -> None:
    assert (
        check("select region from Workspaces", SPECIFIED).sql == "SELECT region FROM mart.main.workspaces LIMIT 10001"
    )


def test_the_database_and_the_cap_are_the_callers() -> None:
    allowed = check("FROM accounts", SPECIFIED, database="acme", max_rows=5)
    assert allowed.sql == "SELECT * FROM acme.main.accounts LIMIT 6"


def test_a_smaller_limit_is_kept_and_a_larger_one_is_cut() -> None:
    assert check("SELECT 1 LIMIT 7", SPECIFIED).sql.endswith("LIMIT 7")
    assert check("SELECT 1 LIMIT 70000", SPECIFIED).sql.endswith("LIMIT 10001")


def test_the_limit_of_an_inner_query_is_its_own() -> None:
    sql = check("SELECT * FROM (FROM accounts LIMIT 70000)", SPECIFIED).sql
    assert "LIMIT 70000" in sql
    assert sql.endswith("LIMIT 10001")


def test_a_column_called_after_a_subquery_keeps_that_name() -> None:
    connection = duckdb.connect()
    connection.execute("ATTACH ':memory:' AS mart; USE mart; CREATE TABLE accounts (account_id INTEGER)")
    sql = "SELECT (SELECT count(*) FROM accounts), 1 + (SELECT 2 FROM accounts) FROM range(1)"
    assert connection.sql(check(sql, SPECIFIED).sql).columns == connection.sql(sql).columns


def test_comments_do_not_reach_the_engine() -> None:
    assert check("SELECT 1 /* UNION SELECT 2 */ -- x", SPECIFIED).sql == "SELECT 1 LIMIT 10001"


def test_tables_and_columns_read_are_told() -> None:
    allowed = check(
        "SELECT w.region, sum(amount) FROM workspaces w JOIN billing_data USING (workspace_id) GROUP BY 1", SPECIFIED
    )
    assert allowed.tables == {"workspaces", "billing_data"}
    assert {"workspaces.region", "billing_data.amount"} <= allowed.columns
    assert "billing_data.currency" not in allowed.columns


def test_a_star_reads_every_column() -> None:
    assert check("FROM accounts", SPECIFIED).columns == {
        "accounts.account_id", "accounts.account_name", "accounts.client_name",
    }  # fmt: skip


def test_an_unknown_table_brings_the_nearest_and_the_list() -> None:
    found = rejection("SELECT * FROM workspace")
    assert found.reason == "There is no table `workspace` here."
    assert found.hint.startswith("Did you mean `workspaces`? There are: accounts, workspaces,")


def test_an_unknown_function_is_named() -> None:
    assert rejection("SELECT * FROM read_csv('x')").reason == "The function `read_csv` is not available."


def test_a_change_is_refused_in_words_that_a_manager_understands() -> None:
    found = rejection("DELETE FROM accounts")
    assert found.reason == "Only SELECT is possible here."
    assert str(found).splitlines()[1].startswith("  → Write a SELECT")


def test_a_message_quotes_no_more_than_a_word() -> None:
    long_name = "x" * 500
    assert len(rejection(f"SELECT {long_name}(1)").reason) < 120


def test_an_unknown_column_passes_as_the_engine_names_the_nearest() -> None:
    assert isinstance(check("SELECT regoin FROM workspaces", SPECIFIED), Allowed)


def test_an_unknown_column_can_be_explained() -> None:
    text = explain_unknown_column("regoin", SPECIFIED, ["workspaces"])
    assert text == "There is no column `regoin` in these tables. The nearest are: `region` (workspaces)."


def test_a_column_of_another_table_is_found() -> None:
    assert explain_unknown_column("client_name", SPECIFIED, ["sync_history"]) == (
        "There is no column `client_name` in these tables; accounts has it."
    )


def test_a_with_name_cannot_stand_for_a_table() -> None:
    assert "also the name of a table" in rejection("WITH accounts AS (SELECT 1) SELECT * FROM accounts").reason


def test_a_with_name_is_seen_only_where_sql_says() -> None:
    assert check("WITH a AS (SELECT 1 AS x), b AS (FROM a) SELECT * FROM b, (FROM a)", SPECIFIED).tables == frozenset()
    assert "no table `a`" in rejection("SELECT * FROM (WITH a AS (SELECT 1) FROM a), a").reason
    assert "no table `b`" in rejection("WITH a AS (FROM b), b AS (SELECT 1) FROM a").reason


def test_a_table_in_a_window_clause_that_nothing_uses_is_met() -> None:
    assert (
        "no table `users`"
        in rejection("SELECT 1 FROM accounts WINDOW w AS (ORDER BY (SELECT max(x) FROM users))").reason
    )


def test_the_older_lambda_form_is_made_the_newer() -> None:
    sql = check("SELECT list_transform([1, 2], x -> x + 1) AS l", SPECIFIED).sql
    assert duckdb.connect().execute(sql).fetchall() == [([2, 3],)]


def test_an_arrow_into_json_stays_an_arrow() -> None:
    sql = check("""SELECT '{"a": 7}'::JSON -> 'a' AS j""", SPECIFIED).sql
    assert duckdb.connect().execute(sql).fetchall() == [("7",)]


def test_a_method_call_is_a_function_call() -> None:
    assert duckdb.connect().execute(check("SELECT 'a'.upper()", SPECIFIED).sql).fetchall() == [("A",)]


def test_every_thread_can_check() -> None:
    results: list[str] = []
    threads = [threading.Thread(target=lambda: results.append(check("SELECT 1", SPECIFIED).sql)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == ["SELECT 1 LIMIT 10001"] * 8


def test_deep_nesting_within_bounds_never_ends_in_a_stack_error() -> None:
    for opening, closing in (("(", ")"), ("abs(", ")"), ("[", "]"), ("(SELECT ", ")"), ("if(true, ", ", 1)")):
        sql = "SELECT " + opening * 49 + "1" + closing * 49
        try:
            outcome = check(sql, SPECIFIED).sql
        except Rejected as rejected:
            outcome = rejected.reason
        assert outcome.endswith(("LIMIT 10001", "nested too deeply."))
