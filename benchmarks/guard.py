"""Cost of the guard: `python benchmarks/guard.py [--rounds 20]`.

Checks every query of the legitimate corpus, and beside it, in the same round, does the least that any such guard must
do: `sqlglot.parse_one`. Prints the median and the 95th percentile of both, their ratio, the machine and the commit.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import sqlglot

from llm.catalog import SPECIFIED
from llm.guard import check

REPOSITORY = Path(__file__).resolve().parent.parent
CORPUS = REPOSITORY / "tests" / "llm" / "guard" / "legit.jsonl"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="Times that each query is checked.")
    rounds: int = parser.parse_args().rounds
    queries = [q for q in _queries() if _is_parsed_by_sqlglot(q)]
    guard: list[float] = []
    plain: list[float] = []
    for query in queries:  # The first call starts DuckDB's parser; no query pays for it.
        check(query, SPECIFIED, distinct=lambda _: ["a", "b"])
    for _ in range(rounds):
        for query in queries:
            guard.append(_milliseconds(lambda q=query: check(q, SPECIFIED, distinct=lambda _: ["a", "b"])))
            plain.append(_milliseconds(lambda q=query: sqlglot.parse_one(q, read="duckdb")))
    print(f"machine   {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"versions  duckdb {duckdb.__version__}, sqlglot {sqlglot.__version__}; commit {_commit()}")
    print(f"corpus    {len(queries)} queries x {rounds} rounds")
    print(f"guard     median {statistics.median(guard):.2f} ms, p95 {_p95(guard):.2f} ms")
    print(f"parse_one median {statistics.median(plain):.2f} ms, p95 {_p95(plain):.2f} ms")
    print(f"ratio     {statistics.median(guard) / statistics.median(plain):.2f} x the bare parse, by medians")


def _queries() -> list[str]:
    return [json.loads(line)["sql"] for line in CORPUS.read_text(encoding="utf-8").splitlines()]


def _is_parsed_by_sqlglot(query: str) -> bool:
    """A PIVOT statement with an ORDER BY is not; the guard rewrites it first, so there is nothing to compare with."""
    try:
        sqlglot.parse_one(query, read="duckdb")
    except sqlglot.ParseError:
        return False
    return True


def _milliseconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def _commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"],  # noqa: S607  # whichever git the developer has
        cwd=REPOSITORY, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout.strip() or "unknown"


if __name__ == "__main__":
    main()
