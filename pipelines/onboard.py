"""Onboarding: clients and their accounts from a file, as often as wanted.

The file is JSON: `{"accounts": [{"client_name", "client_code", "account_id", "account_name", "payer_account_id",
"role_arn", "external_id", "regions"}]}`. Other members are left alone. Invariant: an account never changes its client
here, because its bills and marts would move with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, Field, ValidationError

from pipelines.load import upsert
from pipelines.tables import AWS_ACCOUNTS, CLIENTS
from workbench.errors import WorkbenchError
from workbench.postgres import Postgres
from workbench.queries import query


class AccountsFileIsWrong(WorkbenchError):
    """The file of accounts cannot be used."""


class _Account(BaseModel):
    client_name: str = Field(min_length=1)
    client_code: str = Field(pattern=r"^[a-z0-9-]{2,40}$")
    account_id: str = Field(pattern=r"^\d{12}$")
    account_name: str = Field(min_length=1)
    payer_account_id: str | None = Field(None, pattern=r"^\d{12}$")
    role_arn: str = Field(pattern=r"^arn:aws[a-z-]*:iam::\d{12}:role/.+$")
    external_id: str = Field(min_length=16)
    regions: list[str] = Field(min_length=1)


class _AccountsFile(BaseModel):
    accounts: list[_Account] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Onboarded:
    """How many clients and accounts the file names, and how many rows of the record it changed."""

    clients: int
    accounts: int
    written: int


def onboard(postgres: Postgres, file: Path) -> Onboarded:
    """Create or update the clients and accounts that `file` names. Raises AccountsFileIsWrong."""
    wanted = _read(file)
    clients = {account.client_code: account.client_name for account in wanted}
    with postgres.connection() as connection:
        loaded = upsert(connection, CLIENTS, sorted(clients.items()))
        ids: dict[str, int] = dict(connection.execute(query("postgres/pipelines/client_ids").text).fetchall())
        loaded += upsert(
            connection,
            AWS_ACCOUNTS,
            (
                (
                    account.account_id,
                    ids[account.client_code],
                    account.payer_account_id,
                    account.account_name,
                    account.role_arn,
                    account.external_id,
                    account.regions,
                )
                for account in wanted
            ),
        )
    return Onboarded(len(clients), len(wanted), loaded.written)


def _read(file: Path) -> list[_Account]:
    try:
        found = _AccountsFile.model_validate_json(file.read_bytes()).accounts
    except FileNotFoundError:
        raise AccountsFileIsWrong(f"There is no file {file}.", do="Check the path.") from None
    except ValidationError as error:
        lines = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False)]
        raise AccountsFileIsWrong(
            f"{file} cannot be used:\n" + "\n".join(f"  {line}" for line in lines), do="Correct these members."
        ) from None
    ids = [account.account_id for account in found]
    twice = sorted({account_id for account_id in ids if ids.count(account_id) > 1})
    if twice:
        raise AccountsFileIsWrong(f"{file} names {', '.join(twice)} more than once.", do="Keep one entry for each.")
    return found
