"""Whom a server runs as.

PostgreSQL refuses root. Root therefore lends it an account that exists already (`postgres`, else `nobody`); for anyone
else nothing changes. No account is ever made and no parent folder ever gets another mode.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from workbench.errors import EmbeddedServerFailed


class SwitchArguments(TypedDict, total=False):
    """The arguments of subprocess that change the user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Account:
    """An unprivileged account of this machine."""

    name: str
    uid: int
    gid: int

    def can_enter(self, folder: Path) -> bool:
        """Whether a process of this account can reach `folder`; tried for real, because modes alone miss ACLs."""
        command = ["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)]
        return subprocess.run(command, capture_output=True, cwd="/", **switch_to(self)).returncode == 0


def switch_to(account: Account | None) -> SwitchArguments:
    """Arguments for subprocess that start a child as `account`; None means as ourselves."""
    if account is None:
        return {}
    return {"user": account.uid, "group": account.gid, "extra_groups": []}


def server_account(folder: Path) -> Account | None:
    """The account that a server with its data in `folder` runs as; None means as ourselves.

    Root uses the owner of an existing `folder`, so that data that another user made stay usable, else `postgres`, else
    `nobody`. Raises EmbeddedServerFailed if root has no such account, or if `folder` belongs to somebody else.
    """
    owner = folder.stat().st_uid if folder.exists() else None
    if os.geteuid() != 0:
        if owner not in (None, os.geteuid()):
            raise EmbeddedServerFailed(
                f"{folder} belongs to user {_name_of(owner)}, and you are {_name_of(os.geteuid())}.",
                do="Start as the user that started it first (root, if it was root).\n"
                "Or give another data home: WORKBENCH_DATA_HOME=…",
            )
        return None
    for candidate in (owner, "postgres", "nobody"):
        entry = _entry(candidate) if candidate else None
        if entry is not None and entry.pw_uid != 0:
            return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise EmbeddedServerFailed(
        "PostgreSQL does not run as root, and this machine has neither a user `postgres` nor `nobody`.",
        do="Start as an ordinary user.\nOr give a PostgreSQL that runs already: WORKBENCH_POSTGRES_DSN=…",
    )


def make_private_folder(folder: Path, account: Account | None) -> None:
    """Make `folder` for `account` alone (mode 0700). One that is there already is left as it is."""
    if folder.exists():
        return
    folder.mkdir(mode=0o700)
    if account is not None:
        os.chown(folder, account.uid, account.gid)


def _entry(who: int | str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(who) if isinstance(who, str) else pwd.getpwuid(who)
    except KeyError:
        return None


def _name_of(uid: int | None) -> str:
    entry = _entry(uid) if uid is not None else None
    return entry.pw_name if entry else str(uid)
