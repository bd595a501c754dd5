"""Who gets in: keys, roles with their ExternalId, policies, a denied region, expiry."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

from pipelines.demo.access import READER, AccessDesk, Caller
from pipelines.demo.refusals import Refusal
from tests.pipelines.demo.aws import SimulatedAws

pytestmark = pytest.mark.aws


def test_the_hub_assumes_a_role_and_is_then_the_other_account(aws: SimulatedAws) -> None:
    account = aws.accounts[1]
    identity = aws.client("sts", account["account_id"]).get_caller_identity()
    assert identity["Account"] == account["account_id"]
    assert identity["Arn"].endswith(":assumed-role/WorkspacesInventoryReader/tests")


@pytest.mark.parametrize("external_id", ["wrong-external-id", None])
def test_a_wrong_or_missing_external_id_is_refused(aws: SimulatedAws, external_id: str | None) -> None:
    extra = {"ExternalId": external_id} if external_id else {}
    with pytest.raises(ClientError) as refused:
        aws.hub_client("sts").assume_role(RoleArn=aws.accounts[0]["role_arn"], RoleSessionName="tests", **extra)
    assert _code(refused) == "AccessDenied"
    assert _status(refused) == 403


def test_an_unknown_role_is_refused_in_the_same_words(aws: SimulatedAws) -> None:
    with pytest.raises(ClientError) as refused:
        aws.hub_client("sts").assume_role(
            RoleArn="arn:aws:iam::999999999999:role/Nope", RoleSessionName="tests", ExternalId="whatever-it-is"
        )
    assert _code(refused) == "AccessDenied"


def test_an_unknown_key_is_refused(aws: SimulatedAws) -> None:
    with pytest.raises(ClientError) as refused:
        aws.hub_client("sts", access_key="AKIANOBODY0000000000").get_caller_identity()
    assert _code(refused) == "InvalidClientTokenId"
    with pytest.raises(ClientError) as refused:
        aws.hub_client("workspaces", access_key="AKIANOBODY0000000000").describe_workspaces()
    assert _code(refused) == "UnrecognizedClientException"


def test_a_wrong_secret_does_not_match(aws: SimulatedAws) -> None:
    with pytest.raises(ClientError) as refused:
        aws.hub_client("sts", secret="not the secret").get_caller_identity()
    assert _code(refused) == "SignatureDoesNotMatch"


def test_an_unsigned_request_is_refused(aws: SimulatedAws) -> None:
    config = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1})
    client = boto3.Session().client("workspaces", "us-east-1", endpoint_url=aws.endpoint_url, config=config)
    with pytest.raises(ClientError) as refused:
        client.describe_workspaces()
    client.close()
    assert _code(refused) == "MissingAuthenticationTokenException"


def test_a_session_ends(demo_home: Path) -> None:
    now = [datetime(2026, 11, 22, tzinfo=UTC)]
    desk = AccessDesk(demo_home, lambda: now[0])
    account = desk.accounts[0]
    hub = desk.recognise(_header("AKIADEMOHUB000000001")).principal
    caller = Caller(principal=hub, service="sts", region="us-east-1")
    key, session = desk.assume(caller, account["role_arn"], "tests", account["external_id"], 900)
    headers = _header(key) | {"x-amz-security-token": session.session_token or ""}
    assert desk.recognise(headers).principal.policy == READER
    now[0] += timedelta(seconds=900)
    with pytest.raises(Refusal, match="ExpiredTokenException"):
        desk.recognise(headers)


def test_the_hub_itself_reads_no_client(aws: SimulatedAws) -> None:
    with pytest.raises(ClientError) as refused:
        aws.hub_client("workspaces").describe_workspaces()
    assert _code(refused) == "AccessDeniedException"


def test_a_client_role_does_not_list_the_organization(aws: SimulatedAws) -> None:
    with pytest.raises(ClientError) as refused:
        aws.client("organizations").list_accounts()
    assert _code(refused) == "AccessDeniedException"


def test_only_the_payer_reads_the_export(aws: SimulatedAws) -> None:
    with pytest.raises(ClientError) as refused:
        aws.client("s3").list_objects_v2(Bucket=aws.cur["bucket"])
    assert _code(refused) == "AccessDenied"


def test_one_region_is_denied_by_policy(aws: SimulatedAws) -> None:
    denied = aws.expected["denied_region"]
    account = next(a for a in aws.accounts if a["account_id"] == denied["account_id"])
    assert denied["region"] in account["regions"]
    for call in (
        lambda: aws.client("workspaces", account["account_id"], denied["region"]).describe_workspaces(),
        lambda: aws.client("cloudtrail", account["account_id"], denied["region"]).lookup_events(),
    ):
        with pytest.raises(ClientError) as refused:
            call()
        assert _code(refused) == "AccessDeniedException"
        assert "service control policy" in refused.value.response["Error"]["Message"]


def _header(key: str) -> dict[str, str]:
    return {"authorization": f"AWS4-HMAC-SHA256 Credential={key}/20261122/us-east-1/workspaces/aws4_request, …"}


def _code(refused: pytest.ExceptionInfo[ClientError]) -> str:
    return str(refused.value.response["Error"]["Code"])


def _status(refused: pytest.ExceptionInfo[ClientError]) -> int:
    return int(refused.value.response["ResponseMetadata"]["HTTPStatusCode"])
