"""Resource Groups Tagging: GetResources. It knows only what has tags, so an untagged WorkSpace is absent here."""

from __future__ import annotations

from typing import Any

from pipelines.demo.services import Call, Handler
from pipelines.demo.services.paging import page_of
from pipelines.demo.services.workspaces import Inventory

PAGE = 50
_TYPES = ("workspaces", "workspaces:workspace")


class Tagging:
    """Tags of WorkSpaces, by ARN."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self.operations: dict[str, Handler] = {"GetResources": self._get_resources}

    def _get_resources(self, call: Call) -> dict[str, Any]:
        params = call.params
        types = params.get("ResourceTypeFilters") or _TYPES
        tagged = self._inventory.place(call)["tags"] if any(t in _TYPES for t in types) else {}
        prefix = f"arn:aws:workspaces:{call.region}:{call.account_id}:workspace/"
        found = [
            {"ResourceARN": prefix + workspace_id, "Tags": [{"Key": k, "Value": v} for k, v in tags.items()]}
            for workspace_id, tags in tagged.items()
            if tags and _matches(tags, params.get("TagFilters") or [])
        ]
        if arns := params.get("ResourceARNList"):
            found = [resource for resource in found if resource["ResourceARN"] in arns]
        shown, token = page_of(
            found,
            params.get("ResourcesPerPage", PAGE),
            params,
            member="PaginationToken",
            refusal="PaginationTokenExpiredException",
        )
        # Unlike its siblings this API always sends a token; an empty one ends the list.
        return {"ResourceTagMappingList": list(shown), "PaginationToken": token or ""}


def _matches(tags: dict[str, str], filters: list[dict[str, Any]]) -> bool:
    return all(f["Key"] in tags and (not f.get("Values") or tags[f["Key"]] in f["Values"]) for f in filters)
