"""Throttling, ordered faults, and that botocore's standard retries outlive both."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from pipelines.demo.limits import Fault, Limiter, Rate
from pipelines.demo.refusals import Refusal
from tests.pipelines.demo.aws import SimulatedAws, simulated_aws

STANDARD = Config(retries={"mode": "standard", "total_max_attempts": 6})


def test_a_bucket_refills_with_time() -> None:
    now = [0.0]
    limiter = Limiter(lambda: now[0], Rate(per_second=2, burst=3))
    for _ in range(3):
        limiter.admit("a", "r", "DescribeTags")
    with pytest.raises(Refusal, match="ThrottlingException"):
        limiter.admit("a", "r", "DescribeTags")
    now[0] += 0.5  # one more at two a second
    limiter.admit("a", "r", "DescribeTags")
    with pytest.raises(Refusal):
        limiter.admit("a", "r", "DescribeTags")


def test_each_account_region_and_operation_has_its_own_bucket() -> None:
    limiter = Limiter(lambda: 0.0, Rate(per_second=1, burst=1))
    limiter.admit("a", "r", "DescribeTags")
    limiter.admit("b", "r", "DescribeTags")
    limiter.admit("a", "s", "DescribeTags")
    limiter.admit("a", "r", "DescribeWorkspaces")
    with pytest.raises(Refusal):
        limiter.admit("a", "r", "DescribeTags")


def test_lookup_events_is_two_a_second() -> None:
    limiter = Limiter(lambda: 0.0, Rate(per_second=1000, burst=1000))
    limiter.admit("a", "r", "LookupEvents")
    limiter.admit("a", "r", "LookupEvents")
    with pytest.raises(Refusal):
        limiter.admit("a", "r", "LookupEvents")


def test_a_fault_strikes_as_often_as_it_says() -> None:
    limiter = Limiter(lambda: 0.0, faults=[Fault(account_id="a", operation="ListAccounts", times=2)])
    for _ in range(2):
        with pytest.raises(Refusal):
            limiter.admit("a", "r", "ListAccounts")
    limiter.admit("a", "r", "ListAccounts")
    limiter.admit("b", "r", "ListAccounts")


@pytest.mark.aws
def test_standard_retries_survive_three_throttles(demo_home: Path) -> None:
    with simulated_aws(demo_home, "--faults", '[{"operation": "DescribeWorkspaces", "times": 3}]') as aws:
        answer = aws.client("workspaces", config=STANDARD).describe_workspaces()
        assert answer["ResponseMetadata"]["RetryAttempts"] == 3
        assert answer["Workspaces"]


@pytest.mark.aws
def test_an_account_can_be_made_to_fail_for_ever(demo_home: Path, aws: SimulatedAws) -> None:
    bad, good = aws.accounts[0]["account_id"], aws.accounts[1]["account_id"]
    fault = {"account_id": bad, "operation": "DescribeWorkspaces", "code": "InternalServerException", "status": 500}
    with simulated_aws(demo_home, "--faults", json.dumps([fault])) as failing:
        for _ in range(2):
            with pytest.raises(ClientError, match="InternalServerException"):
                failing.client("workspaces", bad).describe_workspaces()
        assert failing.client("workspaces", good).describe_workspaces()["Workspaces"]
