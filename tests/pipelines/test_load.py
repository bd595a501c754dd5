"""The loader: writes what changed and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime

import psycopg
import pytest

from pipelines import tables
from pipelines.load import Loaded, RowBelongsElsewhere, merge, open_stage, stage, upsert
from pipelines.tables import BILLING_DATA, WORKSPACE_TRACES, WORKSPACE_USAGE_DAILY, WORKSPACES, Table
from workbench.postgres import Connection, Postgres

pytestmark = pytest.mark.postgres

A, B = "100000000001", "100000000002"
MORNING, EVENING = datetime(2026, 11, 1, 8, tzinfo=UTC), datetime(2026, 11, 1, 20, tzinfo=UTC)


@pytest.fixture
def connection(database: str) -> Iterator[Connection]:
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO clients (name, code) VALUES ('Acme', 'acme')")
        for account_id in (A, B):
            connection.execute(
                """INSERT INTO aws_accounts (account_id, client_id, account_name, role_arn, external_id, regions)
                SELECT %s, client_id, 'x', 'arn:aws:iam::1:role/r', 'sixteen-characters', '{us-east-1}' FROM clients""",
                [account_id],
            )
        connection.commit()
        yield connection


def day(number: int, minutes: int, workspace_id: str = "ws-aaaaaaaaa") -> tuple[object, ...]:
    return (workspace_id, A, date(2026, 11, number), minutes, 288)


def desktop(account_id: str = A, **changes: object) -> tuple[object, ...]:
    values: dict[str, object] = dict.fromkeys(WORKSPACES.columns)
    values |= {"workspace_id": "ws-aaaaaaaaa", "account_id": account_id, "region": "us-east-1", "state": "AVAILABLE"}
    values |= {"first_seen_at": MORNING, "missing_syncs": 0, "is_in_inventory": True}
    return tuple((values | changes).values())


def test_new_rows_are_inserted_and_the_same_rows_again_are_not_touched(connection: Connection) -> None:
    first = upsert(connection, WORKSPACE_USAGE_DAILY, [day(1, 60), day(2, 0)])
    connection.commit()
    versions = connection.execute("SELECT ver FROM workspace_usage_daily ORDER BY day").fetchall()
    again = upsert(connection, WORKSPACE_USAGE_DAILY, [day(2, 0), day(1, 60)])
    connection.commit()
    assert first == Loaded(read=2, inserted=2)
    assert again == Loaded(read=2)
    # The mirror reads rows by version: what did not change must keep it.
    assert connection.execute("SELECT ver FROM workspace_usage_daily ORDER BY day").fetchall() == versions


def test_only_changed_rows_are_updated(connection: Connection) -> None:
    upsert(connection, WORKSPACE_USAGE_DAILY, [day(1, 60), day(2, 0)])
    assert upsert(connection, WORKSPACE_USAGE_DAILY, [day(1, 65), day(2, 0), day(3, 5)]) == Loaded(3, 1, 1)


def test_a_key_that_comes_twice_takes_its_last_row(connection: Connection) -> None:
    assert upsert(connection, WORKSPACE_USAGE_DAILY, [day(1, 60), day(1, 90)]) == Loaded(read=2, inserted=1)
    assert connection.execute("SELECT connected_min FROM workspace_usage_daily").fetchall() == [(90,)]


def test_a_stage_gathers_several_batches_across_transactions(connection: Connection) -> None:
    open_stage(connection, WORKSPACE_USAGE_DAILY)
    for number in (1, 2):
        stage(connection, WORKSPACE_USAGE_DAILY, [day(number, 5)])
        connection.commit()
    assert merge(connection, WORKSPACE_USAGE_DAILY) == Loaded(inserted=2)
    open_stage(connection, WORKSPACE_USAGE_DAILY)
    assert merge(connection, WORKSPACE_USAGE_DAILY) == Loaded()


def test_null_keys_are_one_key(connection: Connection) -> None:
    line = {
        "source": "cur2",
        "account_id": A,
        "billing_period": date(2026, 10, 1),
        "service": "Amazon WorkSpaces",
        "usage_type": "",
        "charge_type": "Tax",
        "fee_class": "tax",
        "start_date": date(2026, 10, 1),
        "end_date": date(2026, 11, 1),
        "amount": "12.3400000001",
        "currency": "USD",
        "is_estimated": False,
    }
    row = tuple(line.get(column) for column in BILLING_DATA.columns)
    assert upsert(connection, BILLING_DATA, [row]).inserted == 1
    assert upsert(connection, BILLING_DATA, [row]) == Loaded(read=1)


def test_what_was_not_told_this_time_stays_known(connection: Connection) -> None:
    upsert(connection, WORKSPACES, [desktop(last_connected_at=MORNING, user_name="ann")])
    assert upsert(connection, WORKSPACES, [desktop(last_connected_at=None, user_name="ann")]).updated == 0
    upsert(connection, WORKSPACES, [desktop(last_connected_at=None, user_name="bob")])
    row = connection.execute("SELECT last_connected_at, user_name FROM workspaces").fetchone()
    assert row == (MORNING, "bob")


def test_a_quiet_column_writes_no_row_by_itself(connection: Connection) -> None:
    upsert(connection, WORKSPACES, [desktop(connection_checked_at=MORNING)])
    assert upsert(connection, WORKSPACES, [desktop(connection_checked_at=EVENING)]).updated == 0
    upsert(connection, WORKSPACES, [desktop(connection_checked_at=EVENING, state="STOPPED")])
    assert connection.execute("SELECT connection_checked_at FROM workspaces").fetchone() == (EVENING,)


def test_the_first_sight_is_never_moved(connection: Connection) -> None:
    upsert(connection, WORKSPACES, [desktop()])
    upsert(connection, WORKSPACES, [desktop(first_seen_at=EVENING, state="STOPPED")])
    assert connection.execute("SELECT first_seen_at, state FROM workspaces").fetchone() == (MORNING, "STOPPED")


def test_a_trace_fills_what_is_unknown_and_overrides_nothing(connection: Connection) -> None:
    def trace(user_name: str | None, compute_type: str | None) -> tuple[object, ...]:
        known = ("ws-aaaaaaaaa", A, "us-east-1", user_name, None, None, None, compute_type)
        return (*known, "UNKNOWN", MORNING, False)

    upsert(connection, WORKSPACE_TRACES, [trace(None, "VALUE")])
    upsert(connection, WORKSPACE_TRACES, [trace("ann", "POWER")])
    assert connection.execute("SELECT user_name, compute_type FROM workspaces").fetchone() == ("ann", "VALUE")


def test_the_same_id_from_another_account_is_refused_and_nothing_of_the_load_is_kept(
    connection: Connection, database: str
) -> None:
    upsert(connection, WORKSPACES, [desktop(A)])
    connection.commit()
    other = desktop(B, workspace_id="ws-bbbbbbbbb")
    postgres = Postgres(database)
    words = f"ws-aaaaaaaaa came with account_id {B}.* has it with {A}"
    with pytest.raises(RowBelongsElsewhere, match=words), postgres.connection() as theirs:
        upsert(theirs, WORKSPACES, [other, desktop(B, state="STOPPED")])
    postgres.close()
    rows = connection.execute("SELECT workspace_id, account_id, state FROM workspaces").fetchall()
    assert rows == [("ws-aaaaaaaaa", A, "AVAILABLE")]


def test_json_and_arrays_are_loaded_as_such(connection: Connection) -> None:
    upsert(connection, WORKSPACES, [desktop(raw=json.dumps({"a": [1, "é"]}), protocols=["PCOIP", "WSP"])])
    row = connection.execute("SELECT raw, protocols FROM workspaces").fetchone()
    assert row == ({"a": [1, "é"]}, ["PCOIP", "WSP"])


def test_the_catalogue_names_columns_that_exist(connection: Connection) -> None:
    catalogue = [table for table in vars(tables).values() if isinstance(table, Table)]
    assert len(catalogue) > 10
    for table in catalogue:
        known = connection.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s", [table.name]
        ).fetchall()
        named = {*table.columns, *table.key, *table.insert_only, *table.kept_when_null, *table.quiet}
        assert named | table.filled_when_null <= {name for (name,) in known}, table.name
        assert set(table.key) <= set(table.columns)
