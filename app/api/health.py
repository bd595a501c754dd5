"""`/livez`: this process runs. `/health`: so do those it needs. Both are public and tell no address and no secret."""

from __future__ import annotations

import asyncio
import time
from http import HTTPStatus

import duckdb
import orjson
import psycopg
from fastapi import APIRouter, Request
from fastapi.responses import Response

from app.api.asking import doors_of
from app.data.as_json import Json, as_json
from app.doors import Doors
from workbench.domain.scope import ALL_CLIENTS
from workbench.errors import DatabaseIsAway, MartIsNotReady

KEPT_SECONDS = 2.0  #: nobody can make us ask the databases more often than this


def health_router() -> APIRouter:
    """The two routes."""
    router = APIRouter(tags=["health"])
    kept: dict[str, tuple[float, Response]] = {}
    asking = asyncio.Lock()

    @router.get("/livez", include_in_schema=False)
    async def livez() -> Response:
        return Response(b'{"status":"ok"}', media_type="application/json")

    @router.get("/health", responses={503: {"description": "PostgreSQL or Redis is away."}})
    async def health(request: Request) -> Response:
        """State of PostgreSQL, Redis, the newest data and the model; 503 when nobody could sign in."""
        async with asking:
            found = kept.get("")
            if found is None or found[0] < time.monotonic():
                answer = await _look(doors_of(request))
                found = kept[""] = (time.monotonic() + KEPT_SECONDS, answer)
        return found[1]

    return router


async def _look(doors: Doors) -> Response:
    postgres, redis, data, model = await asyncio.gather(
        asyncio.to_thread(_postgres, doors),
        asyncio.to_thread(doors.sessions.is_there),
        asyncio.to_thread(_data, doors),
        asyncio.to_thread(lambda: doors.model.state().state),
    )
    is_usable = postgres and redis
    is_whole = is_usable and data["state"] == "ok"
    body = {
        "status": "ok" if is_whole else "degraded" if is_usable else "down",
        "postgres": "ok" if postgres else "away",
        "redis": "ok" if redis else "away",
        "data": data,
        "model": model,
    }
    status = HTTPStatus.OK if is_usable else HTTPStatus.SERVICE_UNAVAILABLE
    return Response(orjson.dumps(body), status, media_type="application/json")


def _postgres(doors: Doors) -> bool:
    try:
        with doors.postgres.connection() as connection:
            connection.execute("SELECT 1")
    except (DatabaseIsAway, psycopg.OperationalError):
        return False
    return True


def _data(doors: Doors) -> dict[str, Json]:
    """The state of the mart of all clients, which is published whenever any is."""
    try:
        with doors.marts.open(ALL_CLIENTS) as mart:
            row = mart.row("overview/as_of")
    except (MartIsNotReady, duckdb.Error):
        return {"state": "missing", "as_of": None}
    as_of = row["as_of"] if row else None
    if as_of is None:
        return {"state": "missing", "as_of": None}
    age_minutes = (doors.clock() - as_of).total_seconds() / 60
    is_stale = age_minutes > doors.settings.mirror_max_age_minutes
    return {"state": "stale" if is_stale else "ok", "as_of": as_json(as_of)}
