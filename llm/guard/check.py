"""The guard's one entrance: the steps in their order."""

from __future__ import annotations

from collections.abc import Iterable

from llm.catalog import Catalog
from llm.guard.native import JudgedTree, judge
from llm.guard.pivots import ReadValues, fill_pivots, open_pivots
from llm.guard.precheck import read_tokens
from llm.guard.regenerate import regenerate
from llm.guard.tree import parse
from llm.guard.verdict import Allowed, Rejected

DATABASE = "mart"
"""Name under which the sandbox opens a mart."""
MAX_ROWS = 10_000


def check(
    sql: str,
    catalog: Catalog,
    *,
    distinct: ReadValues | None = None,
    database: str = DATABASE,
    max_rows: int = MAX_ROWS,
) -> Allowed:
    """Return the query as it may run on a mart with this `catalog`; raises Rejected with a sentence for the asker.

    distinct: runs an allowed one-column query and returns its values; used by a PIVOT that names no columns, which is
    refused without it. What it raises passes through. Unknown columns pass: DuckDB names the nearest when it binds.
    Safe from any thread.
    """
    tokens = read_tokens(sql)
    # A last semicolon and what follows it are dropped, so that both parsers see exactly the tokens that were read.
    sql = sql[: tokens[-1].end + 1]
    root = parse(sql, tokens, catalog)
    if open_pivots(root):
        sql = fill_pivots(root, _checked_first(distinct, catalog, database))
    tree = judge(sql, catalog, database=database)
    text = regenerate(tree, database=database, max_rows=max_rows)
    printed = judge(text, catalog, database=database)
    _require_qualified(printed, database)
    return Allowed(sql=text, tables=frozenset(name for _, name in tree.tables), columns=_columns(tree, catalog))


def _checked_first(distinct: ReadValues | None, catalog: Catalog, database: str) -> ReadValues | None:
    """`distinct`, given only text that went through the guard. A PIVOT inside a PIVOT's own source is refused."""
    if distinct is None:
        return None
    return lambda asked: distinct(check(asked, catalog, database=database).sql)


def _require_qualified(printed: JudgedTree, database: str) -> None:
    """The last look at what will run. It can only fail if DuckDB prints a tree wrongly, and then nothing may run."""
    for node, name in printed.tables:
        if node["qualified_name"]["path"] != [database, "main", name]:
            raise Rejected("This query could not be made safe to run.", "Write it more simply.")


def _columns(tree: JudgedTree, catalog: Catalog) -> frozenset[str]:
    return frozenset(
        f"{name}.{column}"
        for name in {name for _, name in tree.tables}
        for column in _names(catalog, name)
        if tree.has_star or column.lower() in tree.column_names
    )


def _names(catalog: Catalog, table: str) -> Iterable[str]:
    found = catalog.table(table)
    return found.column_names if found else ()
