"""The values a question may name: clients, regions, states, …, as the asker's own mart holds them, and no others.

Invariant: an index is read from one mart and cached by its file, so that nobody's question meets another's clients.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from llm.catalog import Catalog
from llm.compiler import quote
from llm.semantic import FIELDS

MOST_VALUES = 200
"""A column with more different values is not enumerated: WorkSpaces and users are looked up after the reading."""

ENUMERATED = (
    "client", "account", "account_id", "region", "state", "running_mode", "compute_type", "bundle", "directory", "os",
    "event", "service", "fee_class", "currency", "sync_type", "sync_status",
)  # fmt: skip

Rows = Callable[[str], Sequence[Sequence[object]]]
"""Runs SQL of ours on the mart, through guard and sandbox, and returns its rows."""


@dataclass(frozen=True)
class ValueIndex:
    """Values by field, as the mart spells them; `tag_keys` are the keys of tags."""

    values: Mapping[str, tuple[str, ...]]
    tag_keys: tuple[str, ...] = ()

    @cached_property
    def spellings(self) -> tuple[tuple[re.Pattern[str], str, str], ...]:
        """How each value is recognised in lower-case text: (pattern, field, value), the longest first.

        Blank, dash and underscore count as one, or nothing: `always on`, `ALWAYS_ON` and `alwayson` are the same.
        """
        found: list[tuple[int, re.Pattern[str], str, str]] = []
        for name, values in self.values.items():
            for value in values:
                if len(value) > 1:
                    found.append((len(value), re.compile(rf"(?<![\w-]){_loose(value)}(?![\w-])"), name, value))
        found.sort(key=lambda item: -item[0])
        return tuple((pattern, name, value) for _, pattern, name, value in found)

    @cached_property
    def short_names(self) -> Mapping[str, tuple[str, ...]]:
        """Clients by the first word of their names, if it has four letters or more: `acme` → Acme Corp."""
        found: dict[str, tuple[str, ...]] = {}
        for client in self.values.get("client", ()):
            words = re.findall(r"\w+", client.lower())
            if len(words) > 1 and len(words[0]) >= 4:
                found[words[0]] = (*found.get(words[0], ()), client)
        return found


def _loose(value: str) -> str:
    parts = [re.escape(part) for part in re.split(r"[\s_-]+", value.lower()) if part]
    return r"[\s_-]?".join(parts)


def load_values(catalog: Catalog, rows: Rows) -> ValueIndex:
    """Read the index of a mart: one query for all fields, at most MOST_VALUES values each."""
    parts = [
        _distinct(name, FIELDS[name].table, FIELDS[name].column)
        for name in ENUMERATED
        if _has(catalog, FIELDS[name].table, FIELDS[name].column)
    ]
    if _has(catalog, "workspace_tags", "tag_key"):
        parts.append(_distinct("tag_key", "workspace_tags", "tag_key"))
    values: dict[str, list[str]] = {}
    for name, value in rows("\nUNION ALL\n".join(parts)) if parts else ():
        values.setdefault(str(name), []).append(str(value))
    keys = values.pop("tag_key", [])
    kept = {name: tuple(sorted(found)) for name, found in values.items() if len(found) <= MOST_VALUES}
    return ValueIndex(kept, tuple(sorted(keys)))


def _has(catalog: Catalog, table: str, column: str) -> bool:
    known = catalog.table(table)
    return known is not None and column in known.column_names


def _distinct(name: str, table: str, column: str) -> str:
    return (
        f"SELECT {quote(name)} AS field, value FROM "
        f"(SELECT DISTINCT CAST({column} AS VARCHAR) AS value FROM {table} WHERE {column} IS NOT NULL "
        f"LIMIT {MOST_VALUES + 1}) AS d_{name}"
    )
