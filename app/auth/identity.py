"""Who is asking: the user, and the visit that a request or a page belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from weakref import WeakKeyDictionary

from workbench.domain.scope import Scope
from workbench.errors import WorkbenchError
from workbench.users import Role, UserRecord

if TYPE_CHECKING:
    from bokeh.document import Document

SID_HEADER = "x-wb-sid"
"""Set by the gate alone; the gate strips every `x-wb-…` header that a client sends."""


@dataclass(frozen=True, slots=True)
class User:
    """Someone who signed in. `scope` holds the clients whose rows they may see."""

    id: int
    username: str
    display_name: str
    role: Role
    scope: Scope

    @classmethod
    def of(cls, record: UserRecord) -> User:
        """The user as the web knows them."""
        return cls(record.id, record.username, record.display_name, record.role, record.scope)


@dataclass(frozen=True, slots=True)
class Visitor:
    """A user in one of their sign-ins. `expires_at` in seconds since 1970, UTC."""

    user: User
    sid: str
    expires_at: int


class SignInNeeded(WorkbenchError):
    """Nobody is signed in, or the sign-in has ended."""


class KnowsVisitors(Protocol):
    """What a page needs of the guard: the user of a session that still lives, waiting if it must."""

    def user_of(self, sid: str) -> User | None:
        """The session's user; None when it has ended."""


# A document belongs to one app of one process; it is forgotten when the page is.
_guards: WeakKeyDictionary[Document, KnowsVisitors] = WeakKeyDictionary()


def bind_page(document: Document, guard: KnowsVisitors) -> None:
    """Note which guard answers for the page that `document` shows."""
    _guards[document] = guard


def page_user() -> User:
    """The user of the page that is being built or has called back; the scope is at most some seconds old.

    Raises SignInNeeded when the session has ended since, or outside a page.
    """
    from panel.io.state import state  # two seconds of import that a command line need not wait for

    sid = state.headers.get(SID_HEADER)
    guard = _guards.get(state.curdoc) if state.curdoc is not None else None
    user = guard.user_of(sid) if guard is not None and isinstance(sid, str) else None
    if user is None:
        raise SignInNeeded("Your sign-in has ended.", do="Sign in again.")
    return user
