"""One simulated AWS and one record synced from it, for all tests that only read them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from pipelines.demo.home import ensure_home
from pipelines.mirror import build_missing_marts
from pipelines.run import Outcome
from tests.pipelines.demo.aws import AS_OF, SimulatedAws, simulated_aws
from tests.pipelines.syncing import sync_everything, syncing
from workbench.domain.scope import Scope
from workbench.embedded.postgres import EmbeddedPostgres
from workbench.marts import Marts


@dataclass(frozen=True)
class Synced:
    """A record after one sync of the small estate, and the marts that came of it."""

    dsn: str
    data_home: Path
    aws: SimulatedAws
    outcomes: dict[str, Outcome]
    client_ids: dict[str, int]  #: by client code
    marts: Marts

    def rows(self, text: str, scope: Scope | None = None, **params: object) -> list[dict[str, Any]]:
        """Rows of a query on the mart of `scope` (all clients)."""
        with self.marts.open(scope or Scope()) as mart:
            rows: list[dict[str, Any]] = mart.connection.sql(text, params=params or None).to_arrow_table().to_pylist()
            return rows

    def value(self, text: str, scope: Scope | None = None, **params: object) -> Any:
        """The one value of a query on the mart of `scope`."""
        [row] = self.rows(text, scope, **params)
        [value] = row.values()
        return value


@pytest.fixture(scope="session")
def estate_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("estate") / "small"
    ensure_home(home, seed=7, scale="small", as_of=date.fromisoformat(AS_OF))
    return home


@pytest.fixture(scope="session")
def estate(estate_home: Path) -> Iterator[SimulatedAws]:
    with simulated_aws(estate_home) as running:
        yield running


@pytest.fixture(scope="session")
def synced(
    estate: SimulatedAws,
    postgres_server: EmbeddedPostgres,
    migrated_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Synced]:
    """Synced once: all clients' mart, and one for each client, as somebody who may see it alone would need."""
    with psycopg.connect(postgres_server.dsn("postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE synced TEMPLATE {}").format(sql.Identifier(migrated_template)))
    dsn, data_home = postgres_server.dsn("synced"), tmp_path_factory.mktemp("synced")
    with syncing(dsn, estate, data_home) as context:
        outcomes = sync_everything(context, estate)
        with psycopg.connect(dsn) as connection:
            client_ids: dict[str, int] = dict(connection.execute("SELECT code, client_id FROM clients").fetchall())
            for client_id in client_ids.values():
                connection.execute(
                    "INSERT INTO mart_requests (scope_key, client_ids) VALUES (%s, %s)",
                    [Scope.of(client_id).key, [client_id]],
                )
        build_missing_marts(context)
        marts = Marts(context.settings.marts_home)
        yield Synced(dsn, data_home, estate, outcomes, client_ids, marts)
        marts.close()
