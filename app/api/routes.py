"""`/api/v1`: what the pages show, for programs. HTTP only; every answer comes from app.data or workbench."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import suppress
from http import HTTPStatus
from typing import Annotated, Any, BinaryIO, Literal

import orjson
from fastapi import APIRouter, HTTPException, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel, Field

from app.api.asking import doors_of, etag_of, is_known, needs, open_mart
from app.auth.identity import User
from app.auth.permissions import ROLE_PERMISSIONS, Permission
from app.data.as_json import as_json
from app.data.inventory import (
    MOST_ROWS,
    Page,
    WorkspaceDetail,
    WorkspaceFilters,
    WorkspaceOrder,
    WorkspaceSort,
    find_workspace,
    list_syncs,
    list_workspaces,
)
from app.data.overview import Overview, overview
from app.doors import Doors
from app.problems import MEDIA_TYPE
from llm.answer import Answer
from llm.text_to_sql import LONGEST_QUESTION, Asker
from workbench.errors import MartIsNotReady
from workbench.log import get_logger
from workbench.queries import query

LONGEST_SQL = 20_000
CHUNK_BYTES = 256 * 1024
KEPT_DASHBOARDS = 64

log = get_logger(module="api")

_PROBLEM: dict[str, Any] = {"content": {MEDIA_TYPE: {}}}
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"description": "Nobody is signed in.", **_PROBLEM},
    403: {"description": "The role or the scope does not allow it.", **_PROBLEM},
    503: {"description": "The data are not ready, or a database is away; see Retry-After.", **_PROBLEM},
}
_NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "You hold this version already."}}
_BAD_CURSOR: dict[int | str, dict[str, Any]] = {400: {"description": "The cursor is of another list.", **_PROBLEM}}
_NOT_FOUND: dict[int | str, dict[str, Any]] = {404: {"description": "There is none that you may see.", **_PROBLEM}}

Limit = Annotated[int, Query(ge=1, le=MOST_ROWS, description="Most rows of one page.")]
Cursor = Annotated[str | None, Query(max_length=600, description="`cursor` of the page before.")]
Filter = Annotated[str | None, Query(max_length=200)]


class Question(BaseModel):
    """A question in English."""

    question: str = Field(min_length=1, max_length=LONGEST_QUESTION)


class Sql(BaseModel):
    """One SELECT in DuckDB's dialect over the tables and views of the mart."""

    sql: str = Field(min_length=1, max_length=LONGEST_SQL)


class SyncRequest(BaseModel):
    """Which pipeline to run; without an account: for all."""

    sync_type: Literal["inventory", "usage", "billing", "cloudtrail", "prices", "mirror"]
    account_id: str | None = Field(None, pattern=r"^\d{12}$")


def api_router() -> APIRouter:
    """The routes below /api/v1. Each states the permission it needs."""
    router = APIRouter(prefix="/api/v1", responses=_PROBLEMS)
    dashboards: OrderedDict[str, bytes] = OrderedDict()

    @router.get("/me", tags=["you"])
    def me(user: Annotated[User, needs(Permission.SEE_ITSELF)]) -> Response:
        """Who you are, what your role allows, and how much you see."""
        return _json(
            {
                "username": user.username,
                "display_name": user.display_name,
                "role": user.role,
                "sees_all_clients": user.scope.is_all,
                "clients": None if user.scope.client_ids is None else len(user.scope.client_ids),
                "permissions": sorted(ROLE_PERMISSIONS[user.role]),
            }
        )

    @router.get("/dashboard", tags=["data"], response_model=Overview, responses=_NOT_MODIFIED)
    async def dashboard(request: Request, user: Annotated[User, needs(Permission.SEE_COSTS)]) -> Response:
        """The figures of the overview page: totals, cost by client and month, running modes, freshness."""
        doors = doors_of(request)
        with suppress(MartIsNotReady):  # then it is asked for below
            etag = etag_of(user, doors.marts.version(user.scope))
            if is_known(request, etag):
                return _not_modified(etag)
            if etag in dashboards:
                return _dashboard(etag, dashboards[etag])
        etag, body = await run_in_threadpool(_work_out_dashboard, doors, user)
        dashboards[etag] = body
        while len(dashboards) > KEPT_DASHBOARDS:
            dashboards.popitem(last=False)
        return _dashboard(etag, body)

    @router.get("/workspaces", tags=["data"], response_model=Page, responses=_BAD_CURSOR)
    def workspaces(
        request: Request,
        user: Annotated[User, needs(Permission.SEE_INVENTORY)],
        q: Filter = None,
        client: Filter = None,
        account_id: Filter = None,
        region: Filter = None,
        state: Filter = None,
        running_mode: Filter = None,
        compute_type: Filter = None,
        sort: Annotated[WorkspaceSort, Query()] = "workspace_id",
        descending: bool = False,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> Response:
        """WorkSpaces, filtered, sorted and paged. `q` is looked for in ids, users and computer names."""
        filters = WorkspaceFilters(
            q=q,
            client=client,
            account_id=account_id,
            region=region,
            state=state,
            running_mode=running_mode,
            compute_type=compute_type,
        )
        order = WorkspaceOrder(by=sort, is_descending=descending)
        with open_mart(doors_of(request), user) as mart:
            return _json(list_workspaces(mart, filters, order=order, limit=limit, cursor=cursor))

    @router.get("/workspaces/{workspace_id}", tags=["data"], response_model=WorkspaceDetail, responses=_NOT_FOUND)
    def workspace(
        request: Request,
        user: Annotated[User, needs(Permission.SEE_INVENTORY)],
        workspace_id: Annotated[str, Path(max_length=100)],
    ) -> Response:
        """One WorkSpace with its months, events and tags."""
        with open_mart(doors_of(request), user) as mart:
            detail = find_workspace(mart, workspace_id)
        if detail is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, "There is no such WorkSpace among those you may see.")
        return _json(detail)

    @router.post("/ai/query", tags=["questions"])
    def ask(request: Request, user: Annotated[User, needs(Permission.ASK)], asked: Question) -> Response:
        """Answer a question in English, with the SQL that gave the answer."""
        doors = doors_of(request)
        asker = _asker(doors.asker)
        with open_mart(doors, user) as mart:
            return _json(_answer(asker.ask(asked.question, mart.path)))

    @router.post("/sql", tags=["questions"])
    def sql(request: Request, user: Annotated[User, needs(Permission.RUN_SQL)], asked: Sql) -> Response:
        """Run your own SELECT over your own mart, if the guard allows it."""
        doors = doors_of(request)
        asker = _asker(doors.asker)
        with open_mart(doors, user) as mart:
            return _json(_answer(asker.run_sql(asked.sql, mart.path)))

    @router.post("/sync/trigger", tags=["syncs"], status_code=HTTPStatus.ACCEPTED, responses=_NOT_FOUND)
    def trigger_sync(
        request: Request, user: Annotated[User, needs(Permission.START_SYNC)], asked: SyncRequest
    ) -> Response:
        """Ask the worker for a run of a pipeline. It starts within seconds; see /sync/history."""
        with doors_of(request).postgres.connection() as connection:
            row = connection.execute(
                query("postgres/users/request_sync").text,
                {"sync_type": asked.sync_type, "account_id": asked.account_id, "user_id": user.id},
            ).fetchone()
        if row is None:
            raise HTTPException(HTTPStatus.NOT_FOUND, "There is no such AWS account.")
        log.info("sync_requested", request_id=row[0], sync_type=asked.sync_type, user_id=user.id)
        return _json({"request_id": row[0], "requested_at": row[1]}, HTTPStatus.ACCEPTED)

    @router.get("/sync/history", tags=["syncs"], response_model=Page, responses=_BAD_CURSOR)
    def sync_history(
        request: Request,
        user: Annotated[User, needs(Permission.SEE_SYNCS)],
        sync_type: Filter = None,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> Response:
        """Runs of the pipelines for your clients' accounts, newest first, as of the last mirror."""
        with open_mart(doors_of(request), user) as mart:
            return _json(list_syncs(mart, sync_type=sync_type, limit=limit, cursor=cursor))

    @router.get("/mart", tags=["data"], responses=_NOT_MODIFIED)
    def mart_file(request: Request, user: Annotated[User, needs(Permission.TAKE_MART)]) -> Response:
        """Your own mart as a DuckDB file: what `workbench.client` opens in notebooks."""
        with open_mart(doors_of(request), user) as mart:
            version, etag = mart.version, etag_of(user, mart.version)
            if is_known(request, etag):
                return _not_modified(etag)
            # Opened while it is leased: an open file stays whole though a newer version replaces it.
            file = mart.path.open("rb")
            size = mart.path.stat().st_size
        log.info("mart_downloaded", user_id=user.id, version=version, size_bytes=size)
        headers = _versioned(etag) | {
            "Content-Length": str(size),
            "Content-Disposition": f'attachment; filename="workbench-{version:06d}.duckdb"',
            "X-Mart-Version": str(version),
        }
        return StreamingResponse(_chunks(file), media_type="application/vnd.duckdb", headers=headers)

    return router


def _json(value: object, status: int = HTTPStatus.OK) -> Response:
    return Response(orjson.dumps(as_json(value)), status, media_type="application/json")


def _versioned(etag: str) -> dict[str, str]:
    # Kept by the asker's own cache alone, and asked about each time.
    return {"ETag": etag, "Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}


def _work_out_dashboard(doors: Doors, user: User) -> tuple[str, bytes]:
    with open_mart(doors, user) as mart:
        return etag_of(user, mart.version), orjson.dumps(overview(mart).to_json())


def _dashboard(etag: str, body: bytes) -> Response:
    return Response(body, media_type="application/json", headers=_versioned(etag))


def _not_modified(etag: str) -> Response:
    return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=_versioned(etag))


def _asker(asker: Asker | None) -> Asker:
    if asker is None:
        raise HTTPException(HTTPStatus.SERVICE_UNAVAILABLE, "Questions are switched off here.")
    return asker


def _answer(answer: Answer) -> dict[str, object]:
    result = answer.result
    return {
        "outcome": answer.outcome,
        "way": answer.way,
        "message": answer.message,
        "sql": answer.sql,
        "columns": None
        if result is None
        else [{"name": n, "type": t} for n, t in zip(result.columns, result.types, strict=True)],
        "rows": None if result is None else result.rows,
        "truncated": result is not None and result.truncated,
        "model": answer.model,
        "seconds": answer.seconds,
        "attempts": answer.attempts,
        "suggestions": answer.suggestions,
    }


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
