"""Shapes: what botocore's own validator lets through is caught here."""

from __future__ import annotations

import pytest

from pipelines.demo.wire import ServiceModel

SERVICES = (
    "workspaces",
    "cloudwatch",
    "cloudtrail",
    "ce",
    "organizations",
    "resourcegroupstaggingapi",
    "pricing",
)


@pytest.fixture(scope="module")
def workspaces() -> ServiceModel:
    return ServiceModel("workspaces")


@pytest.mark.parametrize("service", SERVICES)
def test_botocore_still_speaks_json_to(service: str) -> None:
    # Their models prefer CBOR; botocore resolves to JSON today, which is all that the endpoint speaks.
    assert ServiceModel(service).protocol == "json"


def test_botocore_still_speaks_query_to_sts() -> None:
    assert ServiceModel("sts").protocol == "query"


def test_a_good_answer_has_no_faults(workspaces: ServiceModel) -> None:
    answer = {"Workspaces": [{"WorkspaceId": "ws-0a1b2c3d4", "State": "STOPPED"}]}
    assert _faults(workspaces, answer) == []


@pytest.mark.parametrize(
    ("workspace", "fault"),
    [
        ({"State": "NOT_A_STATE"}, "must be one of"),
        ({"WorkspaceId": "bad id"}, "must match"),
        ({"Nope": 1}, "is not known"),
        ({"UserName": ""}, "at least 1 characters"),
        ({"UserName": "x" * 64}, "at most 63 characters"),
        ({"UserName": 7}, "must be a string"),
        ({"UserVolumeEncryptionEnabled": 1}, "must be a boolean"),
        ({"WorkspaceProperties": {"RootVolumeSizeGib": True}}, "must be a integer"),
        ({"WorkspaceProperties": {"GlobalAccelerator": {}}}, "Mode is required"),
        ({"WorkspaceProperties": {"Protocols": ["VNC"]}}, "must be one of"),
    ],
)
def test_a_wrong_member_is_named(workspaces: ServiceModel, workspace: dict[str, object], fault: str) -> None:
    faults = _faults(workspaces, {"Workspaces": [workspace]})
    assert len(faults) == 1
    assert faults[0].startswith("Workspaces[0].")
    assert fault in faults[0]


def test_a_list_that_is_too_long_is_a_fault(workspaces: ServiceModel) -> None:
    operation = workspaces.operation("DescribeWorkspaces")
    assert operation is not None
    ids = [f"ws-{number:09d}" for number in range(26)]
    assert operation.faults_of_input({"WorkspaceIds": ids}) == ["WorkspaceIds must be at most 25 items"]


def test_a_required_member_is_missed() -> None:
    operation = ServiceModel("cloudwatch").operation("GetMetricData")
    assert operation is not None
    assert operation.faults_of_input({"MetricDataQueries": [], "StartTime": 0}) == ["EndTime is required"]


def test_one_wrong_value_among_many_points_is_found() -> None:
    operation = ServiceModel("cloudwatch").operation("GetMetricData")
    assert operation is not None
    values: list[object] = [1.0] * 1000
    values[500] = "1.0"
    faults = operation.faults_of_output({"MetricDataResults": [{"Values": values}]})
    assert faults == ["MetricDataResults[0].Values must hold only double values"]


def test_a_shape_that_contains_itself_is_checked_to_the_bottom() -> None:
    operation = ServiceModel("ce").operation("GetCostAndUsage")
    assert operation is not None
    faults = operation.faults_of_input(
        {
            "TimePeriod": {"Start": "2026-10-01", "End": "2026-11-01"},
            "Granularity": "MONTHLY",
            "Metrics": ["UnblendedCost"],
            "Filter": {"Not": {"And": [{"Dimensions": {"Key": "COLOUR"}}]}},
        }
    )
    assert [fault.split(" must")[0] for fault in faults] == ["Filter.Not.And[0].Dimensions.Key"]


def _faults(model: ServiceModel, answer: dict[str, object]) -> list[str]:
    operation = model.operation("DescribeWorkspaces")
    assert operation is not None
    return operation.faults_of_output(answer)
