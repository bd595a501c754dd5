"""Errors as `application/problem+json` (RFC 9457), with `do`: what the reader can do about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from http import HTTPStatus

import orjson
import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from app.auth.identity import SignInNeeded
from app.data.inventory import CursorIsWrong
from workbench.errors import DatabaseIsAway, MartIsNotReady, NothingInScope, WorkbenchError

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 5

_STATUS: Mapping[type[WorkbenchError], HTTPStatus] = {
    SignInNeeded: HTTPStatus.UNAUTHORIZED,
    CursorIsWrong: HTTPStatus.BAD_REQUEST,
    NothingInScope: HTTPStatus.FORBIDDEN,
    MartIsNotReady: HTTPStatus.SERVICE_UNAVAILABLE,
    DatabaseIsAway: HTTPStatus.SERVICE_UNAVAILABLE,
}


def problem(
    status: int,
    detail: str,
    *,
    do: str = "",
    instance: str = "",
    kind: str = "",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A problem as a response. kind: names the sort of problem for programs, e.g. `mart-is-not-ready`."""
    status = HTTPStatus(status)
    body = {
        "type": f"urn:workspaces-workbench:problem:{kind}" if kind else "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        "instance": instance,
        "do": do,
    }
    return Response(orjson.dumps(body), status, headers, MEDIA_TYPE)


def problem_of(error: WorkbenchError, *, instance: str = "") -> Response:
    """The problem that one of our own errors is for whoever asked."""
    status = next((s for kind, s in _STATUS.items() if isinstance(error, kind)), HTTPStatus.INTERNAL_SERVER_ERROR)
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return unexplained(instance=instance)
    return problem(status, error.what, do=error.do, instance=instance, kind=_kind(error), headers=headers)


def unexplained(*, instance: str) -> Response:
    """The problem for a failure inside: what went wrong is for the log, not for whoever asked."""
    return problem(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "The workbench could not answer; the failure was logged.",
        do="Try again; if it lasts, tell your administrator.",
        instance=instance,
    )


def add_problem_handlers(app: FastAPI) -> None:
    """Make every error that `app` answers a problem."""

    async def of_ours(request: Request, error: Exception) -> Response:
        if isinstance(error, psycopg.OperationalError):
            error = DatabaseIsAway("PostgreSQL does not answer.", do="Try again in a moment.")
        # Errors without a status of their own are bugs: they go on to the process edge, which logs them.
        if not isinstance(error, WorkbenchError) or not isinstance(error, tuple(_STATUS)):
            raise error
        return problem_of(error, instance=request.url.path)

    async def of_bugs(request: Request, error: Exception) -> Response:
        # Whoever calls the app is given the error as well, after this answer: the gate logs it.
        return unexplained(instance=request.url.path)

    async def of_http(request: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            raise error
        return problem(
            error.status_code, str(error.detail), do=_do(error), instance=request.url.path, headers=error.headers
        )

    async def of_validation(request: Request, error: Exception) -> Response:
        if not isinstance(error, RequestValidationError):
            raise error
        faults = [f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg']}" for fault in error.errors()]
        return problem(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "; ".join(faults),
            do="Correct what is named; /api/v1/openapi.json describes every parameter.",
            instance=request.url.path,
            kind="request-is-wrong",
        )

    app.add_exception_handler(WorkbenchError, of_ours)
    app.add_exception_handler(psycopg.OperationalError, of_ours)
    app.add_exception_handler(Exception, of_bugs)
    app.add_exception_handler(HTTPException, of_http)
    app.add_exception_handler(RequestValidationError, of_validation)


def _do(error: HTTPException) -> str:
    match error.status_code:
        case HTTPStatus.NOT_FOUND:
            return "Check the address; /api/v1/openapi.json lists every route."
        case HTTPStatus.METHOD_NOT_ALLOWED:
            return "Use a method that the Allow header names."
    return ""


def _kind(error: WorkbenchError) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "-", type(error).__name__).lower()
