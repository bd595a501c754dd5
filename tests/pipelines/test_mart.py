"""Marts: what a scope sees, and nothing of anybody else."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import duckdb
import pytest

from pipelines.mart import view_names
from pipelines.mirror import TABLES
from tests.pipelines.conftest import Synced
from tests.pipelines.syncing import NOW, ask
from workbench.domain.scope import ALL_CLIENTS, Scope

pytestmark = [pytest.mark.postgres, pytest.mark.aws, pytest.mark.slow]

# The same for everyone: they hold nothing of any client.
SHARED = {"price_list", "mart_info"}
COUNTED = ("accounts", "workspaces", "billing_data", "cloudtrail_events", "workspace_usage", "workspace_usage_daily")


def relations(synced: Synced, scope: Scope) -> list[str]:
    """Every table and view of the mart."""
    rows = synced.rows("SELECT table_name FROM information_schema.tables ORDER BY 1", scope)
    return [row["table_name"] for row in rows]


def strangers(synced: Synced, code: str) -> set[str]:
    """Texts that only other clients' rows hold: ids, user names, client and account names, ARNs, directories."""
    texts: dict[bool, set[str]] = {True: set(), False: set()}
    for owner, *values in ask(
        synced.dsn,
        """SELECT c.code, c.name, a.account_name, a.account_id, w.workspace_id, w.user_name, w.directory_id,
               w.created_by
        FROM clients AS c JOIN aws_accounts AS a USING (client_id) LEFT JOIN workspaces AS w USING (account_id)""",
    ):
        texts[owner == code] |= {value for value in values if value}
    # Less what is part of a text of their own: julia.jones of one client, julia.jones2 of the other.
    own = "\n".join(texts[True])
    return {text for text in texts[False] if text not in own}


@pytest.mark.parametrize("code", ["acme", "globex", "initech"])
def test_a_mart_holds_no_row_of_another_client(synced: Synced, code: str) -> None:
    scope = Scope.of(synced.client_ids[code])
    others = strangers(synced, code)
    assert len(others) > 100
    names = relations(synced, scope)
    assert len(names) > 15
    for name in set(names) - SHARED:
        text = "\n".join(str(row) for row in synced.rows(f'SELECT * FROM "{name}"', scope))
        assert [other for other in others if f"'{other}'" in text or f"/{other}" in text] == [], name


@pytest.mark.parametrize("code", ["acme", "globex", "initech"])
def test_the_file_of_a_mart_holds_no_id_of_another_client(synced: Synced, code: str) -> None:
    # Not even in pages that no table uses any more.
    content = synced.marts.current(Scope.of(synced.client_ids[code])).read_bytes()
    assert [other for other in strangers(synced, code) if other.encode() in content] == []


@pytest.mark.parametrize("table", COUNTED)
def test_the_marts_of_all_clients_add_up_to_the_whole(synced: Synced, table: str) -> None:
    text = f"SELECT count(*) FROM {table}"
    parts = [synced.value(text, Scope.of(client_id)) for client_id in synced.client_ids.values()]
    assert all(parts)
    assert sum(parts) == synced.value(text)


def test_the_costs_of_all_clients_add_up_to_the_whole(synced: Synced) -> None:
    for view, column in (
        ("v_client_month_cost", "cost"),
        ("v_workspace_month", "cost"),
        ("v_focus_1_2", '"BilledCost"'),
    ):
        text = f"SELECT sum({column}) FROM {view}"
        parts: list[Decimal] = [synced.value(text, Scope.of(i)) for i in synced.client_ids.values()]
        assert sum(parts) == synced.value(text), view


def test_views_of_a_client_are_the_clients_rows_of_the_views_of_all(synced: Synced) -> None:
    scope, name = Scope.of(synced.client_ids["globex"]), "Globex Société Générale d’Assurances"
    for view in ("v_unused", "v_mode_recommendation", "v_lifecycle", "v_variance_bridge", "v_workspace_month"):
        of_all = synced.rows(f"SELECT * FROM {view} WHERE client_name = $name ORDER BY ALL", name=name)
        assert of_all
        assert synced.rows(f"SELECT * FROM {view} ORDER BY ALL", scope) == of_all, view


def test_secrets_and_error_texts_never_reach_a_mart(synced: Synced) -> None:
    columns = {row["column_name"] for row in synced.rows("SELECT column_name FROM information_schema.columns")}
    assert columns.isdisjoint({"error_message", "role_arn", "external_id", "password_hash", "raw"})
    assert "users" not in relations(synced, ALL_CLIENTS)
    with duckdb.connect(str(synced.data_home / "mirror" / "mirror.duckdb"), read_only=True) as mirror:
        kept = {name for (name,) in mirror.execute("SELECT column_name FROM duckdb_columns()").fetchall()}
    assert kept.isdisjoint({"error_message", "role_arn", "external_id", "password_hash", "raw"})


def test_every_table_view_and_column_says_what_it_is(synced: Synced) -> None:
    silent_columns = synced.rows(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal AND coalesce(comment, '') = ''"
    )
    silent_tables = synced.rows(
        """SELECT table_name AS name FROM duckdb_tables() WHERE coalesce(comment, '') = ''
        UNION ALL SELECT view_name FROM duckdb_views() WHERE NOT internal AND coalesce(comment, '') = ''"""
    )
    assert silent_columns == []
    assert silent_tables == []


def test_a_mart_says_which_moment_it_shows(synced: Synced) -> None:
    [info] = synced.rows("SELECT * FROM mart_info")
    snapshot: datetime = info["snapshot_at"]
    assert snapshot.utcoffset() is not None
    assert info["published_at"] == NOW
    assert info["version"] == synced.marts.version(ALL_CLIENTS) == 1


def test_the_mirror_has_every_row_of_the_record(synced: Synced) -> None:
    with duckdb.connect(str(synced.data_home / "mirror" / "mirror.duckdb"), read_only=True) as mirror:
        for table in TABLES:
            if table == "sync_history":
                continue  # it goes on while the mirror is made
            [(here,)] = mirror.execute(f"SELECT count(*) FROM {table}").fetchall()
            [(there,)] = ask(synced.dsn, f"SELECT count(*) FROM {table}")
            assert (table, here) == (table, there)


def test_amounts_are_the_records_to_the_last_digit(synced: Synced) -> None:
    [(total, lines)] = ask(synced.dsn, "SELECT sum(amount), count(*) FROM billing_data WHERE source = 'cur2'")
    [row] = synced.rows("SELECT sum(amount) AS total, count(*) AS lines FROM billing_data")
    assert row == {"total": total, "lines": lines}
    assert isinstance(row["total"], Decimal)


def test_a_view_comes_after_those_it_reads() -> None:
    names = view_names()
    assert len(names) == len(set(names)) > 5
