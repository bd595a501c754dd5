"""AWS STS: AssumeRole with its ExternalId checked, GetCallerIdentity."""

from __future__ import annotations

from typing import Any

from pipelines.demo.access import AccessDesk
from pipelines.demo.services import Call, Handler


class Sts:
    """Hands out sessions."""

    def __init__(self, desk: AccessDesk) -> None:
        self._desk = desk
        self.operations: dict[str, Handler] = {
            "AssumeRole": self._assume_role,
            "GetCallerIdentity": self._get_caller_identity,
        }

    def _assume_role(self, call: Call) -> dict[str, Any]:
        params = call.params
        key, principal = self._desk.assume(
            call.caller,
            params["RoleArn"],
            params["RoleSessionName"],
            params.get("ExternalId"),
            params.get("DurationSeconds", 3600),
        )
        return {
            "Credentials": {
                "AccessKeyId": key,
                "SecretAccessKey": principal.secret,
                "SessionToken": principal.session_token,
                "Expiration": principal.expires_at.timestamp() if principal.expires_at else None,
            },
            "AssumedRoleUser": {"AssumedRoleId": principal.unique_id, "Arn": principal.arn},
        }

    def _get_caller_identity(self, call: Call) -> dict[str, Any]:
        principal = call.caller.principal
        return {"UserId": principal.unique_id, "Account": principal.account_id, "Arn": principal.arn}
