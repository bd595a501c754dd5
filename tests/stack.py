"""Fixtures of the real servers: one PostgreSQL and one Redis for the whole test session, fresh data for each test.

Both start when the first test asks for them. `database` is a migrated database of the test's own, `empty_database` one
before any migration, `redis_url` a Redis without keys.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest
import redis
from psycopg import sql

from workbench.embedded.postgres import EmbeddedPostgres
from workbench.embedded.redis import EmbeddedRedis
from workbench.migrate import migrate

_numbers = count(1)


@contextmanager
def _open_folder() -> Iterator[Path]:
    # pytest's own folders are shut to the account that a server of root's runs as.
    folder = Path(tempfile.mkdtemp(prefix="wb-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[EmbeddedPostgres]:
    """The PostgreSQL of this session."""
    with _open_folder() as folder, EmbeddedPostgres(folder / "postgres") as server:
        yield server


@pytest.fixture(scope="session")
def migrated_template(postgres_server: EmbeddedPostgres) -> str:
    """Name of a migrated database; never connect to it, or no test can copy it."""
    name = "migrated_template"
    with psycopg.connect(postgres_server.dsn("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    migrate(postgres_server.dsn(name))
    return name


@pytest.fixture
def database(postgres_server: EmbeddedPostgres, migrated_template: str) -> Iterator[str]:
    """DSN of a migrated database that only this test sees."""
    with _database_like(migrated_template, postgres_server) as dsn:
        yield dsn


@pytest.fixture
def empty_database(postgres_server: EmbeddedPostgres) -> Iterator[str]:
    """DSN of a database without any table that only this test sees."""
    with _database_like("template0", postgres_server) as dsn:
        yield dsn


@pytest.fixture(scope="session")
def redis_server() -> Iterator[EmbeddedRedis]:
    """The Redis of this session."""
    with _open_folder() as folder, EmbeddedRedis(folder / "redis") as server:
        yield server


@pytest.fixture
def redis_url(redis_server: EmbeddedRedis) -> str:
    """URL of a Redis without keys."""
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
    return redis_server.url


@contextmanager
def _database_like(template: str, server: EmbeddedPostgres) -> Iterator[str]:
    name = f"test_{next(_numbers)}"
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
        try:
            yield server.dsn(name)
        finally:
            # FORCE ends the connections that a failed test left open.
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
