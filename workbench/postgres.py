"""The door to PostgreSQL, the record. The only place that opens connections to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool, PoolTimeout

from workbench.errors import DatabaseIsAway, SettingsAreWrong
from workbench.settings import Settings

Connection = psycopg.Connection[tuple[Any, ...]]


class Postgres:
    """A pool of connections that opens on first use; sessions run in UTC.

    Raises DatabaseIsAway when no connection can be had within `timeout_seconds`.
    """

    def __init__(self, dsn: str, *, max_size: int = 10, timeout_seconds: float = 10) -> None:
        self.dsn = make_conninfo(dsn, options="-c timezone=UTC", application_name="workspaces-workbench")
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            self.dsn,
            min_size=0,
            max_size=max_size,
            open=False,
            timeout=timeout_seconds,
            check=ConnectionPool.check_connection,
        )

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A connection in a transaction: committed at the end, rolled back by an exception."""
        self._pool.open()
        try:
            connection = self._pool.getconn()
        except PoolTimeout as error:
            raise DatabaseIsAway(
                f"PostgreSQL at {self.place} does not answer.",
                do="Start it, or correct WORKBENCH_POSTGRES_DSN; `python -m workbench check` tells more.",
            ) from error
        try:
            with connection:
                yield connection
        finally:
            self._pool.putconn(connection)

    @property
    def place(self) -> str:
        """host:port/database, without secrets, for messages."""
        parts = conninfo_to_dict(self.dsn)
        return f"{parts.get('host', 'localhost')}:{parts.get('port', '5432')}/{parts.get('dbname', '')}"

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


def open_postgres(settings: Settings, *, max_size: int = 10, timeout_seconds: float = 10) -> Postgres:
    """The record that the settings name. Raises SettingsAreWrong when none is named."""
    dsn = settings.postgres_dsn.get_secret_value()
    if not dsn:
        raise SettingsAreWrong(
            "No PostgreSQL is named.",
            do="Set WORKBENCH_POSTGRES_DSN, e.g. 'host=… dbname=workbench user=workbench password=…'.\n"
            "Or run `make demo`, which brings its own.",
        )
    return Postgres(dsn, max_size=max_size, timeout_seconds=timeout_seconds)


def database_url(dsn: str) -> str:
    """The same address as a URL, for tools that take nothing else (ADBC, dbmate)."""
    from urllib.parse import quote, urlencode

    parts = {k: str(v) for k, v in conninfo_to_dict(dsn).items()}
    host, port = parts.pop("host", "localhost"), parts.pop("port", "5432")
    user, password = quote(parts.pop("user", ""), safe=""), quote(parts.pop("password", ""), safe="")
    database = quote(parts.pop("dbname", ""), safe="")
    options = {k: v for k, v in parts.items() if k in ("sslmode", "connect_timeout")}
    if host.startswith("/"):
        options["host"] = host
        host = ""
    return f"postgresql://{user}:{password}@{host}:{port}/{database}" + (f"?{urlencode(options)}" if options else "")
