"""The errors that people see. Each says what is wrong and what to do next."""

from __future__ import annotations


class WorkbenchError(Exception):
    """An error with a remedy.

    what: one sentence on what is wrong. do: what the reader can do about it; each line one way.
    """

    def __init__(self, what: str, *, do: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.do = do

    def __str__(self) -> str:
        """The sentence, with the remedy on lines of its own."""
        return self.what + "".join(f"\n  → {line}" for line in self.do.splitlines())


class SettingsAreWrong(WorkbenchError):
    """A setting is missing or has a value that cannot work."""


class QueryFileIsWrong(WorkbenchError):
    """An SQL file lacks its header, or a query is asked for that is not there."""


class DatabaseIsAway(WorkbenchError):
    """PostgreSQL or Redis does not answer."""


class MigrationFailed(WorkbenchError):
    """The database could not be brought to the recorded schema."""


class MartIsNotReady(WorkbenchError):
    """No mart has been published yet for this scope; the worker has been asked for one."""


class NothingInScope(WorkbenchError):
    """The user may see no client at all, so there is nothing to open."""


class EmbeddedServerFailed(WorkbenchError):
    """A server or service that we start ourselves cannot be started, or ended by itself."""


class PasswordRefused(WorkbenchError):
    """A new password is too short, too long or among those that everybody tries first."""


class UserIsWrong(WorkbenchError):
    """A user does not exist, exists already, or is given something it cannot have."""
