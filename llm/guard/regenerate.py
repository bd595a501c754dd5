"""Makes the text that will run: DuckDB prints the tree that was judged, after tables are named in full and rows capped.

Printing the judged tree, rather than passing the asked text on, means that no comment, quote or encoding trick can
mean one thing to the judge and another to the engine. Column names, order and meaning stay as asked.
"""

from __future__ import annotations

from typing import Any

from llm.guard.native import JudgedTree
from llm.guard.parser import Node, print_sql

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


def _modernize_lambdas(item: Any) -> None:
    pending = [item]
    while pending:
        node = pending.pop()
        if isinstance(node, list):
            pending.extend(node)
        elif isinstance(node, dict):
            if node.get("class") == "FUNCTION" and node["function_name"].lower() in _TAKE_LAMBDA:
                for argument in node["arguments"]:
                    if argument["expression"].get("syntax_type") == "SINGLE_ARROW":
                        argument["expression"]["syntax_type"] = "LAMBDA_KEYWORD"
            pending.extend(node.values())
