from __future__ import annotations

import duckdb
import pytest

from llm.catalog import SPECIFIED, Catalog


@pytest.fixture
def mart() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:")
    connection.execute("CREATE TABLE accounts (account_id VARCHAR, balance DECIMAL(18, 10))")
    connection.execute("CREATE VIEW v_unused AS SELECT account_id FROM accounts")
    connection.execute("COMMENT ON COLUMN accounts.balance IS 'What is owed, USD'")
    connection.execute("COMMENT ON TABLE accounts IS 'One row per AWS account'")
    connection.execute("CREATE TABLE users (password_hash VARCHAR)")
    connection.execute("CREATE SCHEMA other")
    connection.execute("CREATE TABLE other.hidden (x INTEGER)")
    return connection


def test_tables_come_before_views_and_other_schemas_stay_out(mart: duckdb.DuckDBPyConnection) -> None:
    assert Catalog.from_database(mart).names == ("accounts", "v_unused")


def test_a_column_keeps_its_type_and_the_meaning_of_its_comment(mart: duckdb.DuckDBPyConnection) -> None:
    accounts = Catalog.from_database(mart).table("accounts")
    assert accounts is not None
    assert (accounts.columns[1].type, accounts.columns[1].meaning) == ("DECIMAL(18,10)", "What is owed, USD")
    assert accounts.meaning == "One row per AWS account"


def test_a_view_is_told_apart_and_has_columns(mart: duckdb.DuckDBPyConnection) -> None:
    view = Catalog.from_database(mart).table("V_Unused")
    assert view is not None
    assert (view.is_view, view.column_names) == (True, ("account_id",))


def test_a_private_table_is_in_no_catalogue(mart: duckdb.DuckDBPyConnection) -> None:
    assert Catalog.from_database(mart).table("users") is None
    assert Catalog.of({"Users": ("x",)}).names == ()


def test_an_attached_database_is_read_by_its_name(mart: duckdb.DuckDBPyConnection) -> None:
    mart.execute("ATTACH ':memory:' AS second")
    mart.execute("CREATE TABLE second.main.only_there (x INTEGER)")
    assert Catalog.from_database(mart, database="second").names == ("only_there",)


def test_the_specified_names_are_known_without_a_mart() -> None:
    usage = SPECIFIED.table("workspace_usage")
    assert usage is not None
    assert usage.column_names == ("workspace_id", "month", "usage_hours")
