"""What every test shares: a scrubbed environment and the servers of tests/stack.py. (Loopback alone: see addopts.)"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

pytest_plugins = ["tests.stack", "tests.demo"]

# Settings and credentials of the machine must not reach a test; set before any of our modules reads them.
for name in list(os.environ):
    if name.startswith(("WORKBENCH_", "AWS_")):
        del os.environ[name]
os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull


@pytest.fixture(autouse=True)
def _settings_come_from_the_test_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """No .env of the checkout is read: tests run in a folder without one."""
    empty: Path = tmp_path_factory.getbasetemp() / "nowhere"
    empty.mkdir(exist_ok=True)
    monkeypatch.chdir(empty)


@pytest.fixture(autouse=True)
def _logging_is_as_before() -> Iterator[None]:
    """What a command line or a test sets up for its logs ends with it."""
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    logging.root.handlers, logging.root.level = handlers, level
