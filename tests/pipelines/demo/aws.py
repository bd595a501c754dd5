"""A simulated AWS as a child process, and real boto3 clients for it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

AS_OF = "2026-11-21"
NO_RETRIES = Config(retries={"mode": "standard", "total_max_attempts": 1})


@dataclass
class SimulatedAws:
    """Where it answers, what a founder would type, what was planted."""

    endpoint_url: str
    s3_endpoint_url: str
    home: Path
    accounts: list[dict[str, Any]]
    hub: dict[str, str]
    payer: dict[str, str]
    cur: dict[str, str]
    expected: dict[str, Any]
    _clients: list[Any] = field(default_factory=list)
    _sessions: dict[str, boto3.Session] = field(default_factory=dict)

    def hub_client(self, service: str, config: Config = NO_RETRIES, **keys: str) -> Any:
        """A client with the hub's own key, or with `keys` in its place."""
        session = boto3.Session(
            keys.get("access_key", self.hub["access_key_id"]), keys.get("secret", self.hub["secret_access_key"])
        )
        return self._client(session, service, "us-east-1", config)

    def client(self, service: str, account_id: str = "", region: str = "", config: Config = NO_RETRIES) -> Any:
        """A client of the reader role of an account (the first one's, in its first region, if not said otherwise)."""
        account = next(a for a in self.accounts if account_id in ("", a["account_id"]))
        return self._client(self._assumed(account), service, region or account["regions"][0], config)

    def payer_client(self, service: str, config: Config = NO_RETRIES) -> Any:
        """A client of the payer's role."""
        return self._client(self._assumed(self.payer), service, "us-east-1", config)

    def inventory(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """(account id, region, WorkSpace) of everything that DescribeWorkspaces shows."""
        for account in self.accounts:
            for region in set(account["regions"]) - set(account["denied_regions"]):
                pages = self.client("workspaces", account["account_id"], region).get_paginator("describe_workspaces")
                for page in pages.paginate():
                    for workspace in page["Workspaces"]:
                        yield account["account_id"], region, workspace

    def close(self) -> None:
        """Close the connections of all clients."""
        for client in self._clients:
            client.close()

    def _assumed(self, target: dict[str, Any]) -> boto3.Session:
        if target["role_arn"] not in self._sessions:
            credentials = self.hub_client("sts").assume_role(
                RoleArn=target["role_arn"], RoleSessionName="tests", ExternalId=target["external_id"]
            )["Credentials"]
            self._sessions[target["role_arn"]] = boto3.Session(
                credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"]
            )
        return self._sessions[target["role_arn"]]

    def _client(self, session: boto3.Session, service: str, region: str, config: Config) -> Any:
        url = self.s3_endpoint_url if service == "s3" else self.endpoint_url
        client = session.client(service, region_name=region, endpoint_url=url, config=config)
        self._clients.append(client)
        return client


@contextmanager
def simulated_aws(home: Path, *options: str) -> Iterator[SimulatedAws]:
    """The simulated AWS at scale small over `home`, stopped by SIGTERM at the end."""
    command = [
        sys.executable,
        "-m",
        "pipelines.demo",
        "serve",
        "--home",
        str(home),
        "--scale",
        "small",
        "--as-of",
        AS_OF,
    ]
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            ready = json.loads(process.stdout.readline())
            onboarding = json.loads((home / "accounts.json").read_text())
            aws = SimulatedAws(
                endpoint_url=ready["endpoint_url"],
                s3_endpoint_url=ready["s3_endpoint_url"],
                home=home,
                accounts=onboarding["accounts"],
                hub=onboarding["hub"],
                payer=onboarding["payer"],
                cur=onboarding["cur"],
                expected=json.loads((home / "expected.json").read_text()),
            )
            try:
                yield aws
            finally:
                aws.close()
        finally:
            process.terminate()
            process.wait(timeout=10)
