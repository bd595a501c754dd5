"""What people read when AWS refuses."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from pipelines.aws.refusals import explain, is_expected
from workbench.errors import WorkbenchError


def refusal(code: str, operation: str = "DescribeWorkspaces") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "AWS's words"}}, operation)


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        (refusal("AccessDeniedException"), "Add the action to the reader role"),
        (refusal("AccessDenied", "AssumeRole"), "Check the role's trust policy"),
        (refusal("ExpiredTokenException"), "Renew the hub's credentials"),
        (refusal("ThrottlingException"), "WORKBENCH_AWS_REQUESTS_PER_SECOND"),
        (refusal("NoSuchBucket", "ListObjectsV2"), "Check name and region"),
        (refusal("Never seen before"), "Read AWS's message"),
    ],
)
def test_a_refusal_has_code_call_words_and_remedy(error: ClientError, remedy: str) -> None:
    text = explain(error)
    code = error.response["Error"]["Code"]
    assert text.startswith(f"{code} in {error.operation_name}: AWS's words\n  → ")
    assert remedy in text


def test_an_aws_that_cannot_be_reached_is_told() -> None:
    text = explain(EndpointConnectionError(endpoint_url="https://workspaces.us-east-1.amazonaws.com"))
    assert "workspaces.us-east-1" in text
    assert "Check the network" in text


def test_our_own_errors_keep_their_words() -> None:
    assert explain(WorkbenchError("It is so.", do="Do that.")) == "It is so.\n  → Do that."


def test_only_surprises_need_a_stack_trace() -> None:
    assert is_expected(refusal("AccessDenied"))
    assert is_expected(WorkbenchError("x"))
    assert not is_expected(KeyError("x"))
