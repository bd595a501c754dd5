"""Sentences about names that are not there, with the nearest ones that are."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from llm.catalog import Catalog
from llm.guard.verdict import quoted


def unknown_table(name: str, catalog: Catalog) -> tuple[str, str]:
    """Reason and hint for a table that the catalogue does not have."""
    near = get_close_matches(name.lower(), [n.lower() for n in catalog.names], n=1, cutoff=0.6)
    listed = ", ".join(catalog.names)
    did_you_mean = f"Did you mean {quoted(near[0])}? " if near else ""
    return f"There is no table {quoted(name)} here.", f"{did_you_mean}There are: {listed}."


def explain_unknown_column(name: str, catalog: Catalog, tables: Iterable[str] = ()) -> str:
    """A sentence for a column that is not there: the nearest names of `tables` (all if empty) and where they are."""
    chosen = [t for t in map(catalog.table, tables) if t is not None] or list(catalog.tables)
    homes: dict[str, list[str]] = {}
    for table in chosen:
        for column in table.column_names:
            homes.setdefault(column.lower(), []).append(table.name)
    near = get_close_matches(name.lower(), list(homes), n=3, cutoff=0.55)
    if near:
        suggestions = ", ".join(f"`{n}` ({', '.join(homes[n])})" for n in near)
        return f"There is no column {quoted(name)} in these tables. The nearest are: {suggestions}."
    elsewhere = [t.name for t in catalog.tables if name.lower() in map(str.lower, t.column_names)]
    if elsewhere:
        return f"There is no column {quoted(name)} in these tables; {', '.join(elsewhere)} has it."
    return f"There is no column {quoted(name)} in these tables."
