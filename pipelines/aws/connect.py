"""The door to AWS: from the hub's own credentials into each client account by AssumeRole with its external id.

Invariants: no long-lived key of a client exists anywhere; credentials renew themselves before they expire; every HTTP
request waits for its turn and is counted.
"""

from __future__ import annotations

import threading
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, cast

import botocore.session
from botocore.config import Config
from botocore.credentials import DeferredRefreshableCredentials
from botocore.exceptions import NoCredentialsError
from botocore.loaders import Loader
from botocore.utils import parse_timestamp

from pipelines.aws.pace import CallMeter, Pace
from workbench.errors import WorkbenchError
from workbench.settings import Settings

SESSION_NAME = "workspaces-workbench"
THROTTLING_CODES = frozenset(
    {"ThrottlingException", "Throttling", "TooManyRequestsException", "LimitExceededException", "RequestLimitExceeded"}
)

UNPACED = ("s3.",)  # made for thousands of reads a second


class NoHubCredentials(WorkbenchError):
    """The worker has no AWS credentials of its own to assume roles with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One ACTIVE row of aws_accounts: whose it is and how we get in."""

    account_id: str
    client_id: int
    account_name: str
    payer_account_id: str | None
    role_arn: str
    external_id: str
    regions: tuple[str, ...]


@dataclass(slots=True)
class AwsRegion:
    """One account in one region, open for reading; `meter` counts the calls made through it."""

    account_id: str
    region: str
    _session: botocore.session.Session
    _lock: threading.RLock
    _pace: Pace
    meter: CallMeter = field(default_factory=CallMeter)
    _clients: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        """boto3's client of `service`; typed by the service's own model, so Any here."""
        if service not in self._clients:
            # botocore's sessions are not safe for threads while they make clients; clients are.
            with self._lock:
                client = self._session.create_client(
                    service,
                    region_name=self.region,
                    config=Config(retries={"mode": "standard", "total_max_attempts": 10}, max_pool_connections=32),
                )
            client.meta.events.register("before-send", self._before_send)
            client.meta.events.register("response-received", self._response_received)
            self._clients[service] = client
        return self._clients[service]

    def close(self) -> None:
        """Give the connections back."""
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    def _before_send(self, event_name: str, **_: object) -> None:
        # event_name is before-send.<service>.<operation>; hooking here makes retries wait their turn too.
        api = event_name.split(".", 1)[1]
        if not api.startswith(UNPACED):
            self._pace.wait_for_turn(self.account_id, self.region, api)
        self.meter.count(calls=1)

    def _response_received(self, parsed_response: dict[str, Any] | None, **_: object) -> None:
        if parsed_response and parsed_response.get("Error", {}).get("Code") in THROTTLING_CODES:
            self.meter.count(throttles=1)


class AwsAccounts:
    """Opens accounts. One per process; safe to use from many threads."""

    def __init__(self, settings: Settings, stop: threading.Event | None = None) -> None:
        self._settings = settings
        self._pace = Pace(settings.aws_requests_per_second, stop or threading.Event())
        # Reentrant: making a client may ask for credentials, and getting those makes a client.
        self._lock = threading.RLock()
        self._loader = Loader(include_default_search_paths=True)  # service models are parsed once for all sessions
        self._hub = self._new_session()
        self._sessions: dict[tuple[str, str, str], botocore.session.Session] = {}

    def open(self, account: Account, region: str) -> AwsRegion:
        """The account in `region`. Raises NoHubCredentials; that the role lets us in shows at the first call."""
        return AwsRegion(account.account_id, region, self._session_of(account), self._lock, self._pace)

    def open_hub(self, region: str) -> AwsRegion:
        """The hub's own account, where the bills of all accounts may lie."""
        return AwsRegion("hub", region, self._hub, self._lock, self._pace)

    def _session_of(self, account: Account) -> botocore.session.Session:
        key = (account.account_id, account.role_arn, account.external_id)
        with self._lock:
            if key not in self._sessions:
                self._sessions[key] = self._assumed(account)
            return self._sessions[key]

    def _assumed(self, account: Account) -> botocore.session.Session:
        session = self._new_session()
        # botocore has no public setter for credentials that renew themselves.
        session._credentials = DeferredRefreshableCredentials(partial(self._assume_role, account), "assume-role")
        return session

    def _assume_role(self, account: Account) -> dict[str, str]:
        """Fresh credentials of the account's role, in the form that botocore renews from. Raises NoHubCredentials."""
        config = Config(retries={"mode": "standard", "total_max_attempts": 10})
        with self._lock:
            sts = self._hub.create_client("sts", region_name=self._settings.aws_region, config=config)
        with closing(sts):
            try:
                answer = sts.assume_role(
                    RoleArn=account.role_arn, ExternalId=account.external_id, RoleSessionName=SESSION_NAME
                )
            except NoCredentialsError:
                raise NoHubCredentials(
                    "The worker has no AWS credentials.",
                    do="Give it an instance or task role, or set AWS_PROFILE; sts:AssumeRole is all it needs.",
                ) from None
        given = answer["Credentials"]
        return {
            "access_key": given["AccessKeyId"],
            "secret_key": given["SecretAccessKey"],
            "token": given["SessionToken"],
            "expiry_time": given["Expiration"].isoformat(),
        }

    def _new_session(self) -> botocore.session.Session:
        session = botocore.session.Session()
        session.register_component("data_loader", self._loader)
        session.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=_instant)
        return session


def _instant(value: object) -> datetime:
    """An instant in UTC. botocore's own way goes through the local time zone and costs most of reading metrics."""
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    return cast("datetime", parse_timestamp(value)).astimezone(UTC)
