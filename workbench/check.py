"""Examines what the workbench stands on, for `python -m workbench check`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import redis

from workbench import migrate
from workbench.domain.scope import ALL_CLIENTS
from workbench.errors import WorkbenchError
from workbench.marts import Marts
from workbench.postgres import open_postgres
from workbench.settings import Settings


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing examined: is it good, and what there is to say."""

    what: str
    is_good: bool
    text: str


def examine(settings: Settings) -> list[Finding]:
    """Examine each part by itself: one that fails does not hide the others."""
    parts: dict[str, Callable[[Settings], str]] = {"PostgreSQL": _postgres, "Redis": _redis, "Mart": _mart}
    return [_finding(what, examine_part, settings) for what, examine_part in parts.items()]


def _finding(what: str, examine_part: Callable[[Settings], str], settings: Settings) -> Finding:
    try:
        return Finding(what, True, examine_part(settings))
    except (WorkbenchError, redis.RedisError) as error:
        return Finding(what, False, str(error))


def _postgres(settings: Settings) -> str:
    postgres = open_postgres(settings, max_size=1)
    try:
        with postgres.connection() as connection:
            row = connection.execute("SHOW server_version").fetchone()
        missing = migrate.pending(postgres.dsn)
    finally:
        postgres.close()
    if missing:
        raise WorkbenchError(
            f"The schema lacks migrations {', '.join(missing)}.", do="Run `python -m workbench migrate`."
        )
    return f"{postgres.place}, version {row[0] if row else 'unknown'}, schema up to date"


def _redis(settings: Settings) -> str:
    url = settings.redis_url.get_secret_value()
    if not url:
        raise WorkbenchError(
            "No Redis is named.", do="Set WORKBENCH_REDIS_URL, e.g. redis://:password@localhost:6379/0."
        )
    with redis.Redis.from_url(url, socket_timeout=3) as client:
        version = client.info("server")["redis_version"]
    return f"answers, version {version}"


def _mart(settings: Settings) -> str:
    marts = Marts(settings.marts_home)
    try:
        with marts.open(ALL_CLIENTS) as mart:
            row = mart.connection.execute("SELECT CAST(snapshot_at AS VARCHAR) FROM mart_info").fetchone()
            return f"version {mart.version}, data of {row[0] if row else 'unknown'}"
    finally:
        marts.close()
