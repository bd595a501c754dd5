"""Taking clients and accounts on board."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipelines.load import RowBelongsElsewhere
from pipelines.onboard import AccountsFileIsWrong, Onboarded, onboard
from tests.pipelines.syncing import ask
from workbench.postgres import Postgres

pytestmark = pytest.mark.postgres


@pytest.fixture
def postgres(database: str) -> Iterator[Postgres]:
    postgres = Postgres(database)
    yield postgres
    postgres.close()


def account(account_id: str = "100000000010", **changes: Any) -> dict[str, Any]:
    return {
        "client_name": "Acme",
        "client_code": "acme",
        "account_id": account_id,
        "account_name": "acme-prod",
        "role_arn": f"arn:aws:iam::{account_id}:role/Reader",
        "external_id": "sixteen-characters",
        "regions": ["us-east-1"],
        **changes,
    }


def write(folder: Path, *accounts: dict[str, Any]) -> Path:
    file = folder / "accounts.json"
    file.write_text(json.dumps({"accounts": accounts, "hub": {"anything": "else"}}))
    return file


def test_clients_and_accounts_are_made_once(postgres: Postgres, database: str, tmp_path: Path) -> None:
    other = account("100000000011", client_code="globex", client_name="Globex Société", regions=["eu-west-1"])
    file = write(tmp_path, account(), other)
    assert onboard(postgres, file) == Onboarded(clients=2, accounts=2, written=4)
    assert onboard(postgres, file) == Onboarded(clients=2, accounts=2, written=0)
    rows = ask(
        database,
        """SELECT c.code, c.name, a.account_id, a.regions FROM clients AS c
        JOIN aws_accounts AS a USING (client_id) ORDER BY 1""",
    )
    assert rows == [
        ("acme", "Acme", "100000000010", ["us-east-1"]),
        ("globex", "Globex Société", "100000000011", ["eu-west-1"]),
    ]


def test_what_changed_in_the_file_changes_in_the_record(postgres: Postgres, database: str, tmp_path: Path) -> None:
    onboard(postgres, write(tmp_path, account()))
    assert onboard(postgres, write(tmp_path, account(regions=["us-east-1", "eu-west-1"]))).written == 1
    assert ask(database, "SELECT regions FROM aws_accounts") == [(["us-east-1", "eu-west-1"],)]


def test_an_account_never_moves_to_another_client(postgres: Postgres, database: str, tmp_path: Path) -> None:
    onboard(postgres, write(tmp_path, account()))
    with pytest.raises(RowBelongsElsewhere, match="100000000010"):
        onboard(postgres, write(tmp_path, account(client_code="globex", client_name="Globex")))
    assert ask(database, "SELECT code FROM clients") == [("acme",)]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"account_id": "123"}, "accounts.0.account_id"),
        ({"role_arn": "Reader"}, "accounts.0.role_arn"),
        ({"external_id": "short"}, "accounts.0.external_id"),
        ({"regions": []}, "accounts.0.regions"),
        ({"client_code": "Acme!"}, "accounts.0.client_code"),
    ],
)
def test_a_wrong_member_is_named_and_nothing_is_written(
    postgres: Postgres, database: str, tmp_path: Path, change: dict[str, Any], words: str
) -> None:
    with pytest.raises(AccountsFileIsWrong, match=words):
        onboard(postgres, write(tmp_path, account() | change))
    assert ask(database, "SELECT count(*) FROM clients") == [(0,)]


def test_an_account_twice_is_refused(postgres: Postgres, tmp_path: Path) -> None:
    with pytest.raises(AccountsFileIsWrong, match="100000000010 more than once"):
        onboard(postgres, write(tmp_path, account(), account()))


def test_a_file_that_is_not_there_is_named(postgres: Postgres, tmp_path: Path) -> None:
    with pytest.raises(AccountsFileIsWrong, match="There is no file"):
        onboard(postgres, tmp_path / "nothing.json")
