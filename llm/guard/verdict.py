"""What the guard says of a query."""

from __future__ import annotations

import re
from dataclasses import dataclass

from workbench.errors import WorkbenchError

ONLY_SELECT = "Only SELECT is possible here."
WRITE_A_SELECT = "Write a SELECT; nothing can be changed, set or listed from here."
ONE_STATEMENT = ("Only one statement is possible here.", "Remove everything after the first semicolon.")
TOO_DEEP = ("The query is nested too deeply.", "Name the inner parts in a WITH clause.")
READ_TABLES = "Read from the tables listed here."
NO_RECURSION = ("WITH RECURSIVE is not possible here.", "For a series of dates or numbers use generate_series.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """A query that may run. Only `sql` may be run, never the text that was asked for."""

    sql: str  #: printed by DuckDB from the tree that was judged; tables are named in full, LIMIT is capped
    tables: frozenset[str]  #: tables and views of the catalogue that it reads
    columns: frozenset[str]  #: `table.column` that it names or stars; advisory, names are not resolved


class Rejected(WorkbenchError):
    """A query that may not run. `reason` and `hint` are sentences for the asker.

    They quote at most a word of the asker's own text and names of the catalogue; never a value, a path or a setting.
    """

    def __init__(self, reason: str, hint: str = "") -> None:
        super().__init__(reason, do=hint)

    @property
    def reason(self) -> str:
        """Why it may not run."""
        return self.what

    @property
    def hint(self) -> str:
        """What to write instead; empty if there is nothing."""
        return self.do


def quoted(name: object) -> str:
    """A word of the asker's text, made fit to be shown: printable, at most 60 characters."""
    text = re.sub(r"[^\x20-\x7e\xa0-\ud7ff\ue000-\uffff]", "?", str(name)).replace("`", "'")
    return f"`{text[:60]}{'…' if len(text) > 60 else ''}`"
