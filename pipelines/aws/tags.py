"""Tags of WorkSpaces through the tagging API: one paginated list in place of one DescribeTags per WorkSpace."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.aws.connect import AwsRegion


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """One tag of one WorkSpace."""

    workspace_id: str
    key: str
    value: str


def workspace_tags(region: AwsRegion) -> Iterator[Tag]:
    """All tags of the account's WorkSpaces in the region."""
    client = region.client("resourcegroupstaggingapi")
    pages = client.get_paginator("get_resources").paginate(
        ResourceTypeFilters=["workspaces:workspace"], PaginationConfig={"PageSize": 100}
    )
    for page in pages:
        for resource in page.get("ResourceTagMappingList", []):
            workspace_id = resource["ResourceARN"].rsplit("/", 1)[-1]
            for tag in resource.get("Tags", []):
                yield Tag(workspace_id=workspace_id, key=tag["Key"], value=tag["Value"])
