"""Who is calling and what they may do: keys, assumed roles with their ExternalId, role policies, denied regions."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import orjson

from pipelines.demo.refusals import Refusal, access_denied
from pipelines.demo.signatures import is_signed_with
from workbench.clock import Clock

_AUTHORIZATION = re.compile(r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request")

HUB, READER, PAYER = "hub", "reader", "payer"
_POLICIES = {
    HUB: ("sts:*", "pricing:GetProducts"),
    READER: (
        "sts:GetCallerIdentity",
        "workspaces:Describe*",
        "tag:GetResources",
        "cloudwatch:GetMetricData",
        "cloudtrail:LookupEvents",
        "ce:GetCostAndUsage",
    ),
    PAYER: ("sts:GetCallerIdentity", "ce:GetCostAndUsage", "organizations:ListAccounts", "s3:*", "pricing:GetProducts"),
}
#: The service in a signature, where policies call it differently.
_POLICY_NAMES = {"tagging": "tag", "monitoring": "cloudwatch"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A caller: account, kind of policy, ARN, and what the session must prove itself with."""

    account_id: str
    policy: str
    arn: str
    unique_id: str
    secret: str
    session_token: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role that the hub may assume with the right ExternalId."""

    arn: str
    external_id: str
    account_id: str
    policy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A principal at the door of one service in one region."""

    principal: Principal
    service: str
    region: str


class AccessDesk:
    """Knows the keys, issues sessions, and says no where AWS would."""

    def __init__(self, home: Path, clock: Clock) -> None:
        onboarding = orjson.loads((home / "accounts.json").read_bytes())
        self._clock = clock
        self.payer_account_id: str = onboarding["payer"]["account_id"]
        self.accounts: list[dict[str, Any]] = onboarding["accounts"]
        self._roles = {a["role_arn"]: _role(a, READER) for a in self.accounts}
        self._roles[onboarding["payer"]["role_arn"]] = _role(onboarding["payer"], PAYER)
        self._denied = {(a["account_id"], region) for a in self.accounts for region in a["denied_regions"]}
        hub = onboarding["hub"]
        self._principals = {
            hub["access_key_id"]: Principal(
                account_id=hub["account_id"],
                policy=HUB,
                arn=f"arn:aws:iam::{hub['account_id']}:user/workbench-hub",
                unique_id="AIDADEMOHUB0000000001",
                secret=hub["secret_access_key"],
            )
        }

    def identify(self, headers: Mapping[str, str], body: bytes) -> Caller:
        """Who signed the request, for which service and region. Raises Refusal as AWS does for bad credentials."""
        caller = self.recognise(headers)
        if not is_signed_with(caller.principal.secret, headers, body):
            message = "The request signature we calculated does not match the signature you provided."
            raise Refusal("InvalidSignatureException", message, status=403)
        return caller

    def recognise(self, headers: Mapping[str, str]) -> Caller:
        """The caller by key and session token alone, without the proof of the secret."""
        authorization = headers.get("authorization", "")
        match = _AUTHORIZATION.match(authorization)
        if match is None:
            raise Refusal("MissingAuthenticationTokenException", "Missing Authentication Token", status=403)
        key, _, region, service = match.groups()
        principal = self._principals.get(key)
        if principal is None or principal.session_token != headers.get("x-amz-security-token"):
            raise Refusal(
                "UnrecognizedClientException", "The security token included in the request is invalid.", status=403
            )
        if principal.expires_at is not None and principal.expires_at <= self._clock():
            raise Refusal("ExpiredTokenException", "The security token included in the request is expired", status=403)
        return Caller(principal=principal, service=service, region=region)

    def allow(self, caller: Caller, operation: str) -> None:
        """Pass in silence if the caller's policy has the operation and no service control policy denies the region."""
        principal = caller.principal
        action = f"{_POLICY_NAMES.get(caller.service, caller.service)}:{operation}"
        if (principal.account_id, caller.region) in self._denied and caller.service != "sts":
            raise access_denied(principal.arn, action, because=" with an explicit deny in a service control policy")
        if not any(fnmatchcase(action, pattern) for pattern in _POLICIES[principal.policy]):
            raise access_denied(principal.arn, action, because=" because no identity-based policy allows the action")

    def assume(
        self, caller: Caller, role_arn: str, session_name: str, external_id: str | None, seconds: int
    ) -> tuple[str, Principal]:
        """Issue (access key, principal) for a role; a wrong role and a wrong ExternalId look the same."""
        role = self._roles.get(role_arn)
        if role is None or role.external_id != external_id:
            message = (
                f"User: {caller.principal.arn} is not authorized to perform: sts:AssumeRole on resource: {role_arn}"
            )
            raise Refusal("AccessDenied", message, status=403)
        key = "ASIA" + secrets.token_hex(8).upper()
        name = role_arn.rsplit("/", 1)[1]
        principal = Principal(
            account_id=role.account_id,
            policy=role.policy,
            arn=f"arn:aws:sts::{role.account_id}:assumed-role/{name}/{session_name}",
            unique_id=f"AROADEMO{role.account_id}:{session_name}",
            secret=secrets.token_urlsafe(30),
            session_token=secrets.token_urlsafe(48),
            expires_at=self._clock() + timedelta(seconds=seconds),
        )
        self._principals[key] = principal
        return key, principal


def _role(entry: Mapping[str, Any], policy: str) -> Role:
    return Role(arn=entry["role_arn"], external_id=entry["external_id"], account_id=entry["account_id"], policy=policy)
