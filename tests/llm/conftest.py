"""The tiny mart, once for all tests; nobody writes to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.llm.tiny_mart import build_tiny_mart


@pytest.fixture(scope="session")
def tiny_mart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_mart(tmp_path_factory.mktemp("mart") / "m000001.duckdb")
