from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest

from llm.catalog import Catalog
from tests.llm.guard.two_marts import TwoMarts, build_two_marts

HERE = Path(__file__).parent


class Case(NamedTuple):
    id: str
    sql: str
    expect: str  #: block: the guard refuses; scope, cost: it may run, on the asker's own mart and within bounds


def read_cases(name: str) -> list[Case]:
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [Case(o["id"], o["sql"], o.get("expect", "")) for o in map(json.loads, lines)]


@pytest.fixture(scope="session")
def two_marts(tmp_path_factory: pytest.TempPathFactory) -> TwoMarts:
    return build_two_marts(tmp_path_factory.mktemp("marts"))


@pytest.fixture(scope="session")
def plain(two_marts: TwoMarts) -> Iterator[duckdb.DuckDBPyConnection]:
    """Our mart as anybody would open it: no guard, nothing locked."""
    connection = duckdb.connect(":memory:", config={"threads": 1})
    connection.execute(f"ATTACH '{two_marts.ours}' AS mart (READ_ONLY)")
    connection.execute("USE mart")
    connection.execute("SET TimeZone = 'UTC'")
    yield connection
    connection.close()


@pytest.fixture(scope="session")
def catalog(plain: duckdb.DuckDBPyConnection) -> Catalog:
    return Catalog.from_database(plain, database="mart")
