"""Builds the mart of one scope out of the mirror: tables, then views, then what each of them means.

Invariant: a mart holds rows of its scope's accounts alone. Every table is made by one SELECT over the mirror that asks
the temporary table `scope_accounts`; views see nothing but the mart's own tables.
"""

from __future__ import annotations

import re
from datetime import datetime
from graphlib import TopologicalSorter
from pathlib import Path

import duckdb
import redis

from workbench.domain.scope import Scope
from workbench.log import get_logger
from workbench.marts import draft_path, next_version, publish
from workbench.queries import query, query_names
from workbench.settings import Settings

CHANNEL = "mart:published"

log = get_logger(module="mart")


def build_mart(mirror_file: Path, marts_home: Path, scope: Scope, *, published_at: datetime) -> Path:
    """Build the scope's mart from the mirror and publish it; returns the published file.

    One writer at a time: the caller holds the mirror pipeline's lock.
    """
    draft = draft_path(marts_home, scope)
    with duckdb.connect(str(draft)) as db:
        db.execute("SET TimeZone = 'UTC'")
        place = str(mirror_file).replace("'", "''")
        db.execute(f"ATTACH '{place}' AS mirror (READ_ONLY)")
        in_scope = {"is_all": scope.is_all, "client_ids": sorted(scope.client_ids or ())}
        db.execute(f"CREATE TEMP TABLE scope_accounts AS {query('duckdb/pipelines/scope_accounts').text}", in_scope)
        for name in query_names("duckdb/mart"):
            db.execute(f"CREATE TABLE {Path(name).name} AS {query(name).text}")
        info = {"version": next_version(marts_home, scope), "published_at": published_at}
        db.execute(f"CREATE TABLE mart_info AS {query('duckdb/pipelines/mart_info').text}", info)
        db.execute("DROP TABLE temp.scope_accounts")
        db.execute("DETACH mirror")
        for name in view_names():
            db.execute(f"CREATE VIEW {Path(name).name} AS {query(name).text}")
        db.execute(query("duckdb/comments").text)
        db.execute("CHECKPOINT")
    return publish(marts_home, scope, draft)


def view_names() -> list[str]:
    """The mart's views, each after those that it reads."""
    names = {Path(name).name: name for name in query_names("duckdb/views")}
    reads = {
        view: {other for other in re.findall(r"\bv_\w+", query(name).text) if other in names and other != view}
        for view, name in names.items()
    }
    return [names[view] for view in TopologicalSorter(reads).static_order()]


def announce(settings: Settings, scope: Scope) -> None:
    """Tell readers of the scope's new mart. They look by themselves too, so a Redis that is away is no error."""
    url = settings.redis_url.get_secret_value()
    if not url:
        return
    try:
        with redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1) as client:
            client.publish(CHANNEL, scope.key)
    except redis.RedisError as error:
        log.warning("mart_announcement_failed", scope=scope.key, error=type(error).__name__)
