"""Finds the SQL files under sql/ and hands them out by name. Invariant: a query without a grain line does not load.

A file opens with `-- name: what it gives`, then `-- grain:` and, where they apply, `-- units:`, `-- params:` and
`-- source:`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from workbench.errors import QueryFileIsWrong

SQL_HOME = Path(__file__).resolve().parent.parent / "sql"

_HEADER = re.compile(r"^--\s*(\w+):\s*(.*)$")


@dataclass(frozen=True, slots=True)
class Query:
    """One SQL file: its text and what its header says of it."""

    name: str  #: path below sql/ without the suffix, e.g. duckdb/queries/overview_totals
    text: str
    meaning: str
    grain: str
    params: frozenset[str]


@cache
def query(name: str) -> Query:
    """Return the query of `sql/<name>.sql`. Raises QueryFileIsWrong if it is not there or has no proper header."""
    path = SQL_HOME / f"{name}.sql"
    if not path.is_file():
        raise QueryFileIsWrong(f"There is no query {name!r}: sql/{name}.sql does not exist.", do="Check the name.")
    text = path.read_text(encoding="utf-8")
    header: dict[str, str] = {}
    for line in text.splitlines():
        match = _HEADER.match(line)
        if not match:
            break
        header[match[1]] = match[2].strip()
    stem = path.stem
    if stem not in header or not header.get("grain"):
        raise QueryFileIsWrong(
            f"sql/{name}.sql has no proper header.",
            do=f"Open it with `-- {stem}: what it gives` and `-- grain: one row per …`.",
        )
    params = frozenset(re.findall(r"\$(\w+)\s+\w+", header.get("params", "")))
    return Query(name=name, text=text, meaning=header[stem], grain=header["grain"], params=params)


def query_names(under: str = "") -> list[str]:
    """Names of all SQL files below sql/<under>, sorted; migrations are not queries and stay out."""
    home = SQL_HOME / under
    names = (p.relative_to(SQL_HOME).with_suffix("").as_posix() for p in home.rglob("*.sql"))
    return sorted(n for n in names if "/migrations/" not in n)
