"""The WorkSpaces API, its pages and its rules; tags; accounts of the organization."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.pipelines.demo.aws import SimulatedAws

pytestmark = pytest.mark.aws


@pytest.fixture(scope="module")
def busiest(aws: SimulatedAws) -> str:
    counts = aws.expected["totals"]["workspaces_by_account"]
    return str(max(counts, key=counts.get))


def test_pages_hold_25_and_together_everything(aws: SimulatedAws, busiest: str) -> None:
    pages = list(aws.client("workspaces", busiest).get_paginator("describe_workspaces").paginate())
    sizes = [len(page["Workspaces"]) for page in pages]
    total = aws.expected["totals"]["workspaces_by_account"][busiest]
    assert sizes == [25] * (total // 25) + ([total % 25] if total % 25 else [])
    ids = {workspace["WorkspaceId"] for page in pages for workspace in page["Workspaces"]}
    assert len(ids) == total


def test_a_smaller_limit_is_kept(aws: SimulatedAws, busiest: str) -> None:
    page = aws.client("workspaces", busiest).describe_workspaces(Limit=3)
    assert len(page["Workspaces"]) == 3
    assert page["NextToken"]


def test_a_limit_above_25_is_refused(aws: SimulatedAws) -> None:
    with pytest.raises(ClientError, match="at most 25"):
        aws.client("workspaces").describe_workspaces(Limit=26)


def test_the_inventory_is_what_the_generator_says(aws: SimulatedAws) -> None:
    regions: dict[str, int] = {}
    states: dict[str, int] = {}
    for _, region, workspace in aws.inventory():
        regions[region] = regions.get(region, 0) + 1
        states[workspace["State"]] = states.get(workspace["State"], 0) + 1
    assert regions == aws.expected["totals"]["workspaces_by_region"]
    assert states == aws.expected["totals"]["workspaces_by_state"]
    assert sum(regions.values()) == 120


def test_only_one_filter_at_a_time(aws: SimulatedAws) -> None:
    client = aws.client("workspaces")
    one = client.describe_workspaces(Limit=1)["Workspaces"][0]
    with pytest.raises(ClientError, match="only one filter"):
        client.describe_workspaces(DirectoryId=one["DirectoryId"], BundleId=one["BundleId"])


def test_a_user_is_found_within_a_directory(aws: SimulatedAws) -> None:
    client = aws.client("workspaces")
    one = client.describe_workspaces(Limit=1)["Workspaces"][0]
    found = client.describe_workspaces(DirectoryId=one["DirectoryId"], UserName=one["UserName"])["Workspaces"]
    assert [w["WorkspaceId"] for w in found] == [one["WorkspaceId"]]
    with pytest.raises(ClientError, match="needs a DirectoryId"):
        client.describe_workspaces(UserName=one["UserName"])


def test_a_token_of_another_request_is_refused(aws: SimulatedAws, busiest: str) -> None:
    client = aws.client("workspaces", busiest)
    token = client.describe_workspaces(Limit=3)["NextToken"]
    with pytest.raises(ClientError, match="another request"):
        client.describe_workspaces(Limit=4, NextToken=token)
    with pytest.raises(ClientError, match="InvalidParameterValuesException"):
        client.describe_workspaces(NextToken="nonsense")


def test_a_gone_workspace_is_not_returned(aws: SimulatedAws) -> None:
    gone = aws.expected["inventory_versus_bill"]["billed_after_termination"]["workspace_id"]
    assert aws.client("workspaces").describe_workspaces(WorkspaceIds=[gone])["Workspaces"] == []


def test_connection_status_takes_25_ids(aws: SimulatedAws, busiest: str) -> None:
    client = aws.client("workspaces", busiest)
    pages = client.get_paginator("describe_workspaces").paginate()
    ids = [w["WorkspaceId"] for page in pages for w in page["Workspaces"]]
    shown = client.describe_workspaces_connection_status(WorkspaceIds=ids[:25])["WorkspacesConnectionStatus"]
    assert {status["WorkspaceId"] for status in shown} <= set(ids[:25])
    with pytest.raises(ClientError, match="at most 25"):
        client.describe_workspaces_connection_status(WorkspaceIds=ids[:26])


def test_every_directory_and_bundle_of_a_workspace_is_found(aws: SimulatedAws) -> None:
    seen: dict[tuple[str, str], tuple[set[str], set[str]]] = {}
    for account, region, workspace in aws.inventory():
        directories, bundles = seen.setdefault((account, region), (set(), set()))
        directories.add(workspace["DirectoryId"])
        bundles.add(workspace["BundleId"])
    for (account, region), (directories, bundles) in seen.items():
        client = aws.client("workspaces", account, region)
        known = {d["DirectoryId"] for d in client.describe_workspace_directories()["Directories"]}
        amazon = client.get_paginator("describe_workspace_bundles").paginate(Owner="AMAZON")
        offered = {b["BundleId"] for page in amazon for b in page["Bundles"]}
        own = {b["BundleId"] for b in client.describe_workspace_bundles()["Bundles"]}
        assert directories <= known
        assert bundles <= offered | own


def test_tags_come_one_by_one_and_all_at_once(aws: SimulatedAws) -> None:
    untagged = set(aws.expected["untagged"]["workspace_ids"])
    tagged: set[str] = set()
    for account in aws.accounts:
        client = aws.client("resourcegroupstaggingapi", account["account_id"])
        pages = client.get_paginator("get_resources").paginate(ResourceTypeFilters=["workspaces:workspace"])
        resources = [r for page in pages for r in page["ResourceTagMappingList"]]
        tagged |= {r["ResourceARN"].rsplit("/", 1)[1] for r in resources}
        one = resources[0]
        workspaces = aws.client("workspaces", account["account_id"])
        assert workspaces.describe_tags(ResourceId=one["ResourceARN"].rsplit("/", 1)[1])["TagList"] == one["Tags"]
    everything = {workspace["WorkspaceId"] for _, _, workspace in aws.inventory()}
    assert everything - tagged == untagged
    assert len(untagged) == 11  # 9 % of 120, rounded


def test_tags_of_an_unknown_workspace_are_not_found(aws: SimulatedAws) -> None:
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        aws.client("workspaces").describe_tags(ResourceId="ws-000000000")


def test_what_is_not_simulated_says_so(aws: SimulatedAws) -> None:
    with pytest.raises(ClientError, match="DescribeAccount is not simulated"):
        aws.client("workspaces").describe_account()


def test_the_payer_lists_all_accounts(aws: SimulatedAws) -> None:
    client = aws.payer_client("organizations")
    pages = list(client.get_paginator("list_accounts").paginate(PaginationConfig={"PageSize": 2}))
    ids = [account["Id"] for page in pages for account in page["Accounts"]]
    assert sorted(ids) == sorted([aws.payer["account_id"], *(a["account_id"] for a in aws.accounts)])
    assert len(pages) == 3  # five accounts, two a page
