"""One web process for the tests of a module; tests that break or change it serve their own."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
import redis
from psycopg import sql

from tests.app.serving import Served, serving
from workbench.embedded.postgres import EmbeddedPostgres
from workbench.embedded.redis import EmbeddedRedis


@pytest.fixture(scope="module")
def served(
    postgres_server: EmbeddedPostgres,
    migrated_template: str,
    redis_server: EmbeddedRedis,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Served]:
    """A running web process with users and marts, the module's own."""
    name = f"served_{tmp_path_factory.mktemp('served').name}"
    with psycopg.connect(postgres_server.dsn("postgres"), autocommit=True) as connection:
        made = sql.Identifier(name)
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(made, sql.Identifier(migrated_template)))
        with redis.Redis.from_url(redis_server.url) as client:
            client.flushall()
        with serving(postgres_server.dsn(name), redis_server.url, tmp_path_factory.mktemp("data")) as served:
            yield served
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(made))
