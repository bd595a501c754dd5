"""What each role may do. Which rows someone sees is not decided here but by their scope."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from app.auth.identity import User
from workbench.users import Role


class Permission(StrEnum):
    """Something that a route or a page needs."""

    SEE_ITSELF = "self:read"
    SEE_INVENTORY = "inventory:read"
    SEE_COSTS = "costs:read"
    SEE_SYNCS = "syncs:read"
    ASK = "questions:ask"
    RUN_SQL = "sql:run"
    TAKE_MART = "mart:download"
    START_SYNC = "syncs:start"


_READER = frozenset(
    {
        Permission.SEE_ITSELF,
        Permission.SEE_INVENTORY,
        Permission.SEE_COSTS,
        Permission.SEE_SYNCS,
        Permission.ASK,
    }
)

ROLE_PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    "MANAGER": _READER,
    "FINANCE": _READER | {Permission.RUN_SQL, Permission.TAKE_MART},
    "ANALYST": _READER | {Permission.RUN_SQL, Permission.TAKE_MART},
    "ADMIN": frozenset(Permission),
}

# A page that is not here does not start: add a line for it.
PAGE_PERMISSIONS: Mapping[str, Permission] = {
    "/app/overview": Permission.SEE_COSTS,
    "/app/inventory": Permission.SEE_INVENTORY,
    "/app/ask": Permission.ASK,
}


def may(user: User, permission: Permission) -> bool:
    """Whether the user's role allows it: the one place that decides."""
    return permission in ROLE_PERMISSIONS[user.role]
