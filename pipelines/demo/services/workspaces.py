"""Amazon WorkSpaces: what DescribeWorkspaces and its siblings show, 25 a page, and what GetResources knows of tags."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from pipelines.demo.refusals import Refusal
from pipelines.demo.services import Call, Handler
from pipelines.demo.services.paging import page_of

PAGE = 25
_INVALID = "InvalidParameterValuesException"
_FILTERS = ("WorkspaceIds", "DirectoryId", "UserName", "BundleId", "WorkspaceName")
_NOWHERE: dict[str, Any] = {"workspaces": [], "connections": {}, "tags": {}, "directories": [], "bundles": []}


class Inventory:
    """The inventory of every account and region on the last day."""

    def __init__(self, home: Path) -> None:
        content = orjson.loads((home / "api" / "inventory.json").read_bytes())
        self._places: dict[str, dict[str, Any]] = content["places"]
        self.amazon_bundles: list[dict[str, Any]] = content["amazon_bundles"]

    def place(self, call: Call) -> dict[str, Any]:
        """What the caller's account has in the caller's region."""
        found: dict[str, Any] = self._places.get(call.account_id, {}).get(call.region, _NOWHERE)
        return found


class WorkSpaces:
    """Answers the Describe operations."""

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self.operations: dict[str, Handler] = {
            "DescribeWorkspaces": self._describe_workspaces,
            "DescribeWorkspacesConnectionStatus": self._describe_connection_status,
            "DescribeWorkspaceDirectories": self._describe_directories,
            "DescribeWorkspaceBundles": self._describe_bundles,
            "DescribeTags": self._describe_tags,
        }

    def _describe_workspaces(self, call: Call) -> dict[str, Any]:
        params = call.params
        used = {name for name in _FILTERS if params.get(name)}
        if len(used) > 1 and used != {"DirectoryId", "UserName"}:
            raise Refusal(_INVALID, "You can specify only one filter at a time.")
        if used == {"UserName"}:
            raise Refusal(_INVALID, "UserName needs a DirectoryId.")
        shown = self._inventory.place(call)["workspaces"]
        if ids := params.get("WorkspaceIds"):
            wanted = set(ids)
            shown = [w for w in shown if w["WorkspaceId"] in wanted]
        for name in used - {"WorkspaceIds"}:
            shown = [w for w in shown if w.get(name) == params[name]]
        return _paged("Workspaces", shown, call, size=params.get("Limit", PAGE))

    def _describe_connection_status(self, call: Call) -> dict[str, Any]:
        known = self._inventory.place(call)["connections"]
        ids = call.params.get("WorkspaceIds")
        shown = list(known.values()) if ids is None else [known[i] for i in dict.fromkeys(ids) if i in known]
        return _paged("WorkspacesConnectionStatus", shown, call)

    def _describe_directories(self, call: Call) -> dict[str, Any]:
        shown = self._inventory.place(call)["directories"]
        if ids := call.params.get("DirectoryIds"):
            shown = [d for d in shown if d["DirectoryId"] in ids]
        return _paged("Directories", shown, call, size=call.params.get("Limit", PAGE))

    def _describe_bundles(self, call: Call) -> dict[str, Any]:
        """Bundles by id, or of one owner: AMAZON, or the account's own when nobody is named."""
        ids, owner = call.params.get("BundleIds"), call.params.get("Owner")
        if ids and owner:
            raise Refusal(_INVALID, "BundleIds and Owner cannot be combined.")
        own, amazon = self._inventory.place(call)["bundles"], self._inventory.amazon_bundles
        if ids:
            shown = [b for b in (*own, *amazon) if b["BundleId"] in ids]
        else:
            shown = amazon if owner == "AMAZON" else own if owner in (None, call.account_id) else []
        return _paged("Bundles", shown, call)

    def _describe_tags(self, call: Call) -> dict[str, Any]:
        tags = self._inventory.place(call)["tags"].get(call.params["ResourceId"])
        if tags is None:
            raise Refusal("ResourceNotFoundException", "The resource could not be found.")
        return {"TagList": [{"Key": key, "Value": value} for key, value in tags.items()]}


def _paged(member: str, items: Sequence[dict[str, Any]], call: Call, *, size: int = PAGE) -> dict[str, Any]:
    shown, token = page_of(items, size, call.params, member="NextToken", refusal=_INVALID)
    return {member: list(shown)} | ({"NextToken": token} if token else {})
