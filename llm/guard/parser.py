"""DuckDB's own parser as a door: text to tree and tree to text.

The tree is DuckDB's JSON form (`json_serialize_sql`), which parses and does not bind: no file is opened by it.
"""

from __future__ import annotations

import json
import threading
from functools import cache
from typing import Any

import duckdb

from llm.guard.verdict import ONE_STATEMENT, ONLY_SELECT, TOO_DEEP, WRITE_A_SELECT, Rejected, quoted

Node = dict[str, Any]
"""A JSON object of DuckDB's tree; its keys vary by kind."""


def read_sql(sql: str) -> Node:
    """The tree of one SELECT. Raises Rejected if DuckDB reads `sql` as anything else."""
    try:
        answer = _parser().execute("SELECT json_serialize_sql(?::VARCHAR)", [sql]).fetchall()[0][0]
        document: Node = json.loads(answer)
    except (RecursionError, duckdb.Error):
        raise Rejected(*TOO_DEEP) from None
    if document.get("error"):
        message = str(document.get("error_message", ""))
        if "expression depth" in message:
            raise Rejected(*TOO_DEEP)
        if "Only SELECT" in message:
            raise Rejected(ONLY_SELECT, WRITE_A_SELECT)
        near = message.partition('near "')[2].partition('"')[0]
        raise Rejected(
            f"This could not be read as SQL{f' near {quoted(near)}' if near else ''}.",
            "Write one SELECT in DuckDB's SQL.",
        )
    if len(document["statements"]) != 1:
        raise Rejected(*ONE_STATEMENT)
    return document


def print_sql(document: Node) -> str:
    """DuckDB's own text of the tree."""
    try:
        text: str = _parser().execute("SELECT json_deserialize_sql(?::JSON)", [json.dumps(document)]).fetchall()[0][0]
    except (RecursionError, duckdb.Error):
        raise Rejected("This query could not be made safe to run.", "Write it more simply.") from None
    return text


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """One in-memory DuckDB for parsing, closed to files, extensions and Python's variables."""
    engine = duckdb.connect(
        ":memory:",
        config={
            "enable_external_access": "false",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "threads": "1",
            "memory_limit": "256MB",
        },
    )
    engine.execute("SET python_enable_replacements = false")
    engine.execute("SET lock_configuration = true")
    return engine


_threads = threading.local()


def _parser() -> duckdb.DuckDBPyConnection:
    """This thread's cursor on the parsing engine: DuckDB's connections are not shared between threads."""
    cursor: duckdb.DuckDBPyConnection | None = getattr(_threads, "cursor", None)
    if cursor is None:
        cursor = _threads.cursor = _engine().cursor()
    return cursor
