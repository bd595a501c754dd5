"""Makes the text that will run: DuckDB prints the tree that was judged, after tables are named in full and rows capped.

Printing the judged tree, rather than passing the asked text on, means that no comment, quote or encoding trick can
mean one thing to the judge and another to the engine. Column names, order and meaning stay as asked.
"""

from __future__ import annotations

from collections.abc import Iterator

from llm.guard.native import JudgedTree
from llm.guard.parser import Node, print_sql, read_sql

# Functions that take a lambda. DuckDB 2.0 no longer runs the older `x -> …` form that models have learnt.
_TAKE_LAMBDA = frozenset(
    f"{prefix}{name}"
    for prefix in ("", "array_", "list_")
    for name in ("apply", "filter", "reduce", "transform")
)  # fmt: skip


def regenerate(tree: JudgedTree, *, database: str, max_rows: int) -> str:
    """Return the text to run: base tables become `database.main.table`, at most `max_rows` + 1 rows come back.

    The one row more tells the reader that there were more. Changes `tree`.
    """
    _keep_column_names(tree.document)
    for node, name in tree.tables:
        node["catalog_name"], node["schema_name"], node["table_name"] = database, "main", name
        node["qualified_name"] = {"path": [database, "main", name]}
    _modernize_lambdas(tree.document)
    _cap_rows(tree.root, max_rows)
    return print_sql(tree.document)


def _cap_rows(root: Node, max_rows: int) -> None:
    limits = [modifier for modifier in root["modifiers"] if modifier["type"] == "LIMIT_MODIFIER"]
    cap = _integer(max_rows + 1)
    if not limits:
        root["modifiers"].append({"type": "LIMIT_MODIFIER", "limit": cap, "offset": None, "limit_type": "ROW_COUNT"})
        return
    limit = limits[-1]
    if limit.get("limit_type", "ROW_COUNT") != "ROW_COUNT":
        return  # A share of the rows; the reader of the rows caps them.
    if limit["limit"] is None or int(limit["limit"]["literal"]["text"]) > max_rows + 1:
        limit["limit"] = cap


def _integer(value: int) -> Node:
    return {
        "class": "CONSTANT",
        "type": "VALUE_CONSTANT",
        "alias": "",
        "query_location": 0,
        "literal": {"kind": "INTEGER", "text": str(value)},
    }


def _keep_column_names(document: Node) -> None:
    """Alias a column that would be called after its own text, where that text names a table that is about to change."""
    for node in list(_nodes(document)):
        if node.get("type") != "SELECT_NODE":
            continue
        for item in node["select_list"]:
            inside = list(_nodes(item))
            reads = any(found.get("type") == "BASE_TABLE" for found in inside)
            # A star or an unnest becomes several columns, which one name would not fit.
            spreads = any(f.get("class") == "STAR" or f.get("function_name") == "unnest" for f in inside)
            if reads and not item["alias"] and not spreads:
                item["alias"] = _text(item)


def _text(expression: Node) -> str:
    """DuckDB's text of one expression, which is what it calls the column."""
    document = read_sql("SELECT 1")
    document["statements"][0]["node"]["select_list"] = [expression]
    return print_sql(document).removeprefix("SELECT ")


def _nodes(item: object) -> Iterator[Node]:
    """Every JSON object in `item`, itself first."""
    pending = [item]
    while pending:
        found = pending.pop()
        if isinstance(found, list):
            pending.extend(found)
        elif isinstance(found, dict):
            yield found
            pending.extend(found.values())


def _modernize_lambdas(document: Node) -> None:
    for node in _nodes(document):
        if node.get("class") == "FUNCTION" and node["function_name"].lower() in _TAKE_LAMBDA:
            for argument in node["arguments"]:
                if argument["expression"].get("syntax_type") == "SINGLE_ARROW":
                    argument["expression"]["syntax_type"] = "LAMBDA_KEYWORD"
