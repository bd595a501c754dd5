from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from llm.sandbox import Sandbox, SandboxLimits


@pytest.fixture(scope="session")
def mart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("sandbox") / "it's a mart.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("CREATE TABLE accounts AS SELECT 'first-secret' AS account_name, 7 AS amount")
    return file


@pytest.fixture(scope="session")
def other_mart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("sandbox") / "other.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute("CREATE TABLE accounts AS SELECT 'second-secret' AS account_name, 8 AS amount")
    return file


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SandboxLimits(timeout_seconds=1.0, memory_mb=256, max_rows=100, max_bytes=8 << 20, slots=2)) as opened:
        yield opened
