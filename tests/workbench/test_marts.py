from __future__ import annotations

import threading
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from workbench.domain.scope import ALL_CLIENTS, Scope
from workbench.errors import MartIsNotReady, NothingInScope
from workbench.marts import KEPT_VERSIONS, Marts, draft_path, publish


def publish_with(home: Path, scope: Scope, amount: str) -> Path:
    draft = draft_path(home, scope)
    with duckdb.connect(str(draft)) as connection:
        connection.execute(f"CREATE TABLE billing_data AS SELECT CAST('{amount}' AS DECIMAL(18,10)) AS amount")
    return publish(home, scope, draft)


def amount_in(marts: Marts, scope: Scope) -> Decimal:
    with marts.open(scope) as mart:
        row = mart.connection.execute("SELECT amount FROM billing_data").fetchone()
    assert row is not None
    return Decimal(row[0])


def test_a_published_mart_is_read_exactly(tmp_path: Path) -> None:
    publish_with(tmp_path, ALL_CLIENTS, "0.1000000001")
    assert amount_in(Marts(tmp_path), ALL_CLIENTS) == Decimal("0.1000000001")


def test_a_scope_without_a_mart_is_not_given_another_scopes(tmp_path: Path) -> None:
    publish_with(tmp_path, ALL_CLIENTS, "1")
    with pytest.raises(MartIsNotReady), Marts(tmp_path).open(Scope.of(7)):
        pass


def test_an_empty_scope_opens_nothing(tmp_path: Path) -> None:
    publish_with(tmp_path, Scope.of(), "1")
    with pytest.raises(NothingInScope), Marts(tmp_path).open(Scope.of()):
        pass


def test_a_new_version_is_seen_by_the_next_request_and_not_by_the_one_under_way(tmp_path: Path) -> None:
    publish_with(tmp_path, ALL_CLIENTS, "1")
    marts = Marts(tmp_path)
    with marts.open(ALL_CLIENTS) as under_way:
        publish_with(tmp_path, ALL_CLIENTS, "2")
        assert amount_in(marts, ALL_CLIENTS) == 2
        assert under_way.connection.execute("SELECT amount FROM billing_data").fetchone() == (Decimal("1.0000000000"),)


def test_two_doors_of_one_process_open_the_same_file(tmp_path: Path) -> None:
    publish_with(tmp_path, ALL_CLIENTS, "1")
    with Marts(tmp_path).open(ALL_CLIENTS) as one:
        assert amount_in(Marts(tmp_path), ALL_CLIENTS) == 1
        with pytest.raises(duckdb.Error, match="locked"):
            one.connection.execute("SET threads = 1")


def test_old_versions_are_removed(tmp_path: Path) -> None:
    for amount in range(KEPT_VERSIONS + 2):
        publish_with(tmp_path, ALL_CLIENTS, str(amount))
    kept = sorted(p.name for p in (tmp_path / "all").glob("m*.duckdb"))
    assert kept == ["m000003.duckdb", "m000004.duckdb", "m000005.duckdb"]


def test_a_killed_writers_draft_is_neither_seen_nor_in_the_way(tmp_path: Path) -> None:
    publish_with(tmp_path, ALL_CLIENTS, "1")
    draft_path(tmp_path, ALL_CLIENTS).write_bytes(b"half a mart")
    assert amount_in(Marts(tmp_path), ALL_CLIENTS) == 1
    publish_with(tmp_path, ALL_CLIENTS, "2")
    assert amount_in(Marts(tmp_path), ALL_CLIENTS) == 2


def test_readers_never_fail_while_marts_are_published(tmp_path: Path) -> None:
    publish_with(tmp_path, ALL_CLIENTS, "0")
    marts, failures, seen, done = Marts(tmp_path), [], set(), threading.Event()

    def read() -> None:
        while not done.is_set():
            try:
                seen.add(amount_in(marts, ALL_CLIENTS))
            except Exception as error:  # whatever it is, the assertion below shows it
                failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for amount in range(1, 8):
        publish_with(tmp_path, ALL_CLIENTS, str(amount))
    done.set()
    for reader in readers:
        reader.join()
    assert failures == []
    assert len(seen) > 1


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('/etc/passwd')",
        "COPY billing_data TO '/tmp/stolen.csv'",
        "ATTACH '/tmp/other.duckdb'",
        "SET enable_external_access = true",
        "INSERT INTO billing_data VALUES (1)",
    ],
)
def test_a_mart_is_read_only_and_shut_off(tmp_path: Path, statement: str) -> None:
    publish_with(tmp_path, ALL_CLIENTS, "1")
    with Marts(tmp_path).open(ALL_CLIENTS) as mart, pytest.raises(duckdb.Error):
        mart.connection.execute(statement)


def test_the_key_of_a_scope_does_not_tell_its_clients_and_ignores_their_order() -> None:
    assert Scope.of(1, 2).key == Scope.of(2, 1).key
    assert Scope.of(1, 2).key != Scope.of(12).key
    assert ALL_CLIENTS.key == "all"
