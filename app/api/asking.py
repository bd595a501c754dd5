"""Who asks and what for: the permission that each route states, and the door to the asker's own mart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from fastapi import HTTPException, Request
from fastapi.params import Depends

from app.auth.identity import SignInNeeded, User, Visitor
from app.auth.permissions import Permission, may
from app.doors import Doors
from workbench.errors import MartIsNotReady
from workbench.marts import Mart


class Needs:
    """A dependency that gives the user, and refuses who lacks the permission. A test looks for it on every route."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    async def __call__(self, request: Request) -> User:
        """The user, who may."""
        # Async so that no thread is fetched for what takes a microsecond.
        visitor = request.scope.get("user")  # put there by the gate alone
        if not isinstance(visitor, Visitor):
            raise SignInNeeded("Nobody is signed in.", do="POST username and password to /auth/login.")
        if not may(visitor.user, self.permission):
            raise HTTPException(
                HTTPStatus.FORBIDDEN, f"The role {visitor.user.role} lacks the permission {self.permission}."
            )
        return visitor.user


def needs(permission: Permission) -> Depends:
    """State the permission that a route needs, and take the user."""
    return Depends(Needs(permission))


def doors_of(request: Request) -> Doors:
    """The doors of this process."""
    doors = request.app.state.doors
    if not isinstance(doors, Doors):
        raise TypeError("The app was made without doors.")
    return doors


@contextmanager
def open_mart(doors: Doors, user: User) -> Iterator[Mart]:
    """Lease the user's own mart; if there is none yet the worker is asked for it.

    Raises NothingInScope or MartIsNotReady.
    """
    try:
        with doors.marts.open(user.scope) as mart:
            yield mart
    except MartIsNotReady:
        doors.users.request_mart(user.scope)
        raise


def etag_of(user: User, version: int) -> str:
    """The tag of what a version of the user's mart gives. Other scopes and versions have other tags."""
    return f'"{user.scope.key}-{version}"'


def is_known(request: Request, etag: str) -> bool:
    """Whether the asker holds this very version already."""
    given = request.headers.get("if-none-match", "")
    return any(tag.strip().removeprefix("W/") in (etag, "*") for tag in given.split(","))
