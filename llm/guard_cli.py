"""`python -m llm guard`: puts a file of queries through the guard, and with a mart through the sandbox too.

For anyone who wants to measure from outside. Reads {"id", "sql"} a line, writes a line for each:
{"id", "verdict", "reason", "ran", "rows", "error"}.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import duckdb
import typer

from llm.catalog import SPECIFIED, Catalog
from llm.guard import Rejected, check
from llm.sandbox import QueryResult, Sandbox, SandboxError, SandboxLimits
from workbench.errors import WorkbenchError
from workbench.settings import load_settings


class GuardFileIsWrong(WorkbenchError):
    """The file of queries, or the mart, cannot be read."""


def guard_command(
    file: Annotated[Path, typer.Option(help='JSON lines of {"id", "sql"}.')],
    database: Annotated[Path | None, typer.Option(help="A mart: its tables are the catalogue.")] = None,
    run: Annotated[bool, typer.Option("--run", help="Run what is allowed on that mart, in the sandbox.")] = False,
) -> None:
    """Judge every query of a file; with --database and --run also run it and write its rows."""
    try:
        for verdict in verdicts(file, database, run=run):
            sys.stdout.write(json.dumps(verdict, default=str) + "\n")
    except WorkbenchError as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(2) from None


def verdicts(file: Path, database: Path | None, *, run: bool) -> Iterator[dict[str, Any]]:
    """A verdict for each line of `file`, in order. Raises GuardFileIsWrong."""
    if database is None:
        if run:
            raise GuardFileIsWrong("--run needs a mart to run on.", do="Add --database MART.duckdb.")
        for case in _cases(file):
            # There is no mart to ask for the columns of a PIVOT, and nothing will run: any value serves to judge it.
            yield _verdict(case, SPECIFIED, lambda _: ["value"], None)
        return
    mart = database
    catalog = _catalog(mart)
    with closing(Sandbox(SandboxLimits.of(load_settings()))) as sandbox:
        for case in _cases(file):
            yield _verdict(
                case,
                catalog,
                lambda sql: sandbox.values(mart, sql),
                (lambda sql: sandbox.run(mart, sql)) if run else None,
            )


def _verdict(
    case: dict[str, Any],
    catalog: Catalog,
    distinct: Callable[[str], Sequence[object]],
    run: Callable[[str], QueryResult] | None,
) -> dict[str, Any]:
    verdict = {"id": case["id"], "verdict": "allowed", "reason": "", "ran": False, "rows": [], "error": ""}
    try:
        allowed = check(case["sql"], catalog, distinct=distinct)
        if run is not None:
            verdict |= {"rows": [list(row) for row in run(allowed.sql).rows], "ran": True}
    except Rejected as rejected:
        verdict |= {"verdict": "rejected", "reason": rejected.reason}
    except SandboxError as error:
        verdict |= {"error": type(error).__name__, "reason": error.what}
    return verdict


def _catalog(database: Path) -> Catalog:
    try:
        with duckdb.connect(str(database), read_only=True) as connection:
            return Catalog.from_database(connection)
    except duckdb.Error:
        raise GuardFileIsWrong(
            f"{database} cannot be opened as a mart.", do="Give the path of a DuckDB file that nobody is writing."
        ) from None


def _cases(file: Path) -> Iterator[dict[str, Any]]:
    try:
        lines = file.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError):
        raise GuardFileIsWrong(f"{file} cannot be read.", do="Give a file of JSON lines, UTF-8.") from None
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            case = json.loads(line)
            yield {"id": case["id"], "sql": str(case["sql"])}
        except (ValueError, KeyError, TypeError):
            raise GuardFileIsWrong(
                f"Line {number} of {file} is not a case.", do='Write {"id": "1", "sql": "SELECT 1"} a line.'
            ) from None
