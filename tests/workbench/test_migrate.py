from __future__ import annotations

import re
import threading
from pathlib import Path

import psycopg
import pytest

from workbench import migrate
from workbench.errors import MigrationFailed
from workbench.postgres import Postgres, database_url

pytestmark = pytest.mark.postgres


def test_migrations_from_zero_end_in_the_schema_that_the_code_expects(empty_database: str) -> None:
    numbers = sorted(p.name.split("_")[0] for p in migrate.MIGRATIONS.glob("*.sql"))
    assert migrate.migrate(empty_database) == numbers
    assert migrate.pending(empty_database) == []
    assert migrate.migrate(empty_database) == []


def test_two_processes_that_start_at_once_migrate_once(empty_database: str) -> None:
    applied: list[list[str]] = []
    threads = [threading.Thread(target=lambda: applied.append(migrate.migrate(empty_database))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(len, applied))[0] == 0
    assert sum(map(len, applied)) == len(list(migrate.MIGRATIONS.glob("*.sql")))


def test_a_failing_migration_keeps_nothing_and_says_why(
    empty_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "0001_broken.sql").write_text(
        "-- migrate:up\nCREATE TABLE half (x int);\nSELECT nonsense;\n-- migrate:down\n"
    )
    monkeypatch.setattr(migrate, "MIGRATIONS", tmp_path)
    with pytest.raises(MigrationFailed, match="nonsense"):
        migrate.migrate(empty_database)
    with psycopg.connect(empty_database) as connection:
        assert connection.execute("SELECT to_regclass('half')").fetchone() == (None,)


def test_every_mirrored_row_is_stamped_and_every_deleted_one_leaves_a_tombstone(database: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO clients (name, code) VALUES ('Acme', 'acme')")
        connection.execute("SAVEPOINT a")
        written = connection.execute("SELECT ver = pg_current_xact_id() FROM clients").fetchone()
        connection.execute("DELETE FROM clients")
        buried = connection.execute("SELECT table_name, key ? 'client_id' FROM mirror.tombstones").fetchone()
    assert written == (True,)
    assert buried == ("clients", True)


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (
            "billing_data (source, account_id, billing_period, service, usage_type, charge_type, fee_class, "
            "start_date, end_date, amount)",
            "('ce', '100000000001', '2026-06-01', 's', 'u', 'Usage', 'other', '2026-06-01', '2026-06-02', 'NaN')",
        ),
        (
            "workspace_usage (workspace_id, account_id, month, usage_hours, usage_source)",
            "('ws-aaaaaaaaa', '100000000001', '2026-06-02', 1, 'cur')",
        ),
        (
            "workspaces (workspace_id, account_id, region, state, last_connected_at)",
            "('ws-aaaaaaaaa', '100000000001', 'us-east-1', 'AVAILABLE', 'infinity')",
        ),
    ],
    ids=["an amount that is no number", "a month that is not its first day", "an instant that is not finite"],
)
def test_the_record_refuses(database: str, table: str, values: str) -> None:
    with psycopg.connect(database) as connection:
        connection.execute("INSERT INTO clients (name, code) VALUES ('Acme', 'acme')")
        connection.execute(
            "INSERT INTO aws_accounts (account_id, client_id, account_name, role_arn, external_id, regions) "
            "SELECT '100000000001', client_id, 'acme', 'arn', repeat('x', 16), '{us-east-1}' FROM clients"
        )
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute(f"INSERT INTO {table} VALUES {values}".encode())


def test_the_url_of_an_address_leads_to_the_same_database(database: str) -> None:
    with psycopg.connect(database) as one, psycopg.connect(database_url(database)) as other:
        question = "SELECT current_database(), inet_server_addr() IS NULL"
        assert one.execute(question).fetchone() == other.execute(question).fetchone()


def test_a_transaction_that_fails_leaves_nothing(database: str) -> None:
    postgres = Postgres(database, max_size=1)

    def fail_half_way() -> None:
        with postgres.connection() as connection:
            connection.execute("INSERT INTO clients (name, code) VALUES ('Acme', 'acme')")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    with postgres.connection() as connection:
        assert connection.execute("SELECT count(*) FROM clients").fetchone() == (0,)
    postgres.close()


def test_messages_name_the_place_without_the_password(database: str) -> None:
    password = re.search(r"password=(\S+)", database)
    assert password is not None
    assert password[1] not in Postgres(database).place
