"""AWS Organizations: ListAccounts of the payer's organization."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pipelines.demo.access import AccessDesk
from pipelines.demo.services import Call, Handler
from pipelines.demo.services.paging import page_of

ORGANIZATION = "o-demo0msp0001"
PAGE = 20


class Organizations:
    """The accounts of all clients, and the payer itself."""

    def __init__(self, desk: AccessDesk) -> None:
        payer = desk.payer_account_id
        names = {payer: "msp-payer"} | {a["account_id"]: a["account_name"] for a in desk.accounts}
        self._accounts = [
            {
                "Id": account_id,
                "Arn": f"arn:aws:organizations::{payer}:account/{ORGANIZATION}/{account_id}",
                "Email": f"aws+{account_id}@msp.example",
                "Name": name,
                "Status": "ACTIVE",
                "State": "ACTIVE",
                "JoinedMethod": "CREATED" if account_id != payer else "INVITED",
                "JoinedTimestamp": datetime(2024, 1, 10, tzinfo=UTC).timestamp(),
            }
            for account_id, name in names.items()
        ]
        self.operations: dict[str, Handler] = {"ListAccounts": self._list_accounts}

    def _list_accounts(self, call: Call) -> dict[str, Any]:
        size = call.params.get("MaxResults", PAGE)
        accounts, token = page_of(
            self._accounts,
            size,
            call.params,
            member="NextToken",
            refusal="InvalidInputException",
        )
        return {"Accounts": list(accounts)} | ({"NextToken": token} if token else {})
