"""Signing in and out, for people with a form and for programs with JSON."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.auth.cookies import HOME, SessionCookie, bearer, safe_next
from app.auth.guard import Guard
from app.auth.sign_in_pages import SignInPages
from app.auth.throttle import SignInThrottle
from app.auth.tokens import Claims, Tokens
from app.data.as_json import as_json
from app.doors import Doors
from app.problems import problem
from workbench.errors import DatabaseIsAway
from workbench.log import get_logger
from workbench.users import UserRecord

WRONG = "The user name or the password is wrong, or the account is closed."

log = get_logger(module="sign_in")


class Credentials(BaseModel):
    """Who signs in."""

    model_config = ConfigDict(extra="ignore")

    username: str = Field(min_length=1, max_length=80)
    password: str = Field(min_length=1, max_length=200)
    next: str = Field("", max_length=2000, description="Path to go to afterwards; of the form alone.")


@dataclass(frozen=True, slots=True)
class _SignedIn:
    user: UserRecord
    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class _Refused:
    detail: str
    status: HTTPStatus
    wait_seconds: int = 0


class SignIn:
    """Checks credentials and begins sessions. Hashing runs in two threads of its own, off the event loop."""

    def __init__(self, doors: Doors, tokens: Tokens) -> None:
        self._doors, self._tokens = doors, tokens
        self._throttle = SignInThrottle(doors.settings.redis_url.get_secret_value())
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="sign-in")
        self.seconds = round(doors.settings.session_hours * 3600)

    async def attempt(self, credentials: Credentials, address: str) -> _SignedIn | _Refused:
        """Sign in, or say why not without telling which part was wrong. Raises DatabaseIsAway."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._attempt, credentials, address)

    def _attempt(self, credentials: Credentials, address: str) -> _SignedIn | _Refused:
        wait_seconds = self._throttle.wait_seconds(credentials.username, address)
        if wait_seconds:
            log.warning("sign_in_throttled", address=address)
            detail = f"Too many tries. Wait {wait_seconds} s and try again."
            return _Refused(detail, HTTPStatus.TOO_MANY_REQUESTS, wait_seconds)
        user = self._doors.users.verify(credentials.username, credentials.password)
        if user is None:
            log.info("sign_in_refused", address=address)
            return _Refused(WRONG, HTTPStatus.UNAUTHORIZED)
        session = self._doors.sessions.start(user.id, user.stamp, seconds=self.seconds)
        expires_at = int(self._doors.clock().timestamp()) + self.seconds
        log.info("signed_in", user_id=user.id, address=address)
        token = self._tokens.make(Claims(user.id, session.sid, expires_at))
        return _SignedIn(user, token, datetime.fromtimestamp(expires_at, UTC))


def auth_router(doors: Doors, guard: Guard, tokens: Tokens, cookie: SessionCookie, pages: SignInPages) -> APIRouter:
    """The routes /login and /auth/…; all of them are public."""
    router = APIRouter(tags=["sign-in"])
    sign_in = SignIn(doors, tokens)

    @router.get("/login", include_in_schema=False)
    async def login_page(request: Request, next_path: Annotated[str, Query(alias="next")] = HOME) -> Response:
        wanted = safe_next(next_path)
        token = cookie.token(_headers(request))
        try:
            if token and await guard.visitor(token):
                return RedirectResponse(_root(request) + wanted, HTTPStatus.SEE_OTHER)
        except DatabaseIsAway as error:
            return pages.away(error, _root(request))
        return pages.login(_root(request), next_path=wanted)

    @router.post("/auth/login", summary="Sign in", responses={401: {}, 422: {}, 429: {}, 503: {}})
    async def login(request: Request) -> Response:
        """Takes a form (answers 303 with a cookie), or JSON `{username, password}` (`{token, expires_at, user}`)."""
        is_json = request.headers.get("content-type", "").partition(";")[0].strip() == "application/json"
        credentials = await _credentials(request, is_json=is_json)
        if credentials is None:
            outcome: _SignedIn | _Refused = _Refused(
                "Give a user name and a password.", HTTPStatus.UNPROCESSABLE_ENTITY
            )
        else:
            try:
                outcome = await sign_in.attempt(credentials, request.client.host if request.client else "")
            except DatabaseIsAway as error:
                if is_json:
                    raise
                return pages.away(error, _root(request))
        if is_json:
            return _as_json(outcome)
        if isinstance(outcome, _Refused):
            page = pages.login(
                _root(request),
                next_path=safe_next(credentials.next if credentials else ""),
                username=credentials.username if credentials else "",
                error=outcome.detail,
                status=outcome.status,
            )
            if outcome.wait_seconds:
                page.headers["Retry-After"] = str(outcome.wait_seconds)
            return page
        wanted = safe_next(credentials.next if credentials else "")
        response = RedirectResponse(_root(request) + wanted, HTTPStatus.SEE_OTHER)
        cookie.put(response, outcome.token, seconds=sign_in.seconds)
        return response

    @router.post("/auth/logout", summary="Sign out everywhere this session is open", responses={204: {}, 503: {}})
    async def logout(request: Request) -> Response:
        """Ends the session of the cookie (answers 303) or of the bearer token (answers 204)."""
        headers = _headers(request)
        is_program = bearer(headers) is not None
        token = bearer(headers) or cookie.token(headers)
        claims = tokens.read(token) if token else None
        if claims is not None:
            try:
                await asyncio.to_thread(doors.sessions.end, claims.sid)
            except DatabaseIsAway as error:
                if is_program:
                    raise
                return pages.away(error, _root(request))
            log.info("signed_out", user_id=claims.user_id)
        if is_program:
            return Response(status_code=HTTPStatus.NO_CONTENT)
        response = RedirectResponse(f"{_root(request)}/auth/signed-out", HTTPStatus.SEE_OTHER)
        cookie.remove(response)
        return response

    @router.get("/auth/signed-out", include_in_schema=False)
    async def signed_out(request: Request) -> Response:
        return pages.signed_out(_root(request))

    return router


async def _credentials(request: Request, *, is_json: bool) -> Credentials | None:
    try:
        if is_json:
            return Credentials.model_validate_json(await request.body())
        form = await request.form(max_files=0, max_fields=10)
        return Credentials.model_validate(dict(form))
    except ValidationError:
        return None


def _as_json(outcome: _SignedIn | _Refused) -> Response:
    if isinstance(outcome, _Refused):
        headers = {"Retry-After": str(outcome.wait_seconds)} if outcome.wait_seconds else {}
        do = "Try again; an administrator can set a new password."
        return problem(outcome.status, outcome.detail, do=do, instance="/auth/login", headers=headers)
    body = {
        "token": outcome.token,
        "expires_at": outcome.expires_at,
        "user": {
            "username": outcome.user.username,
            "display_name": outcome.user.display_name,
            "role": outcome.user.role,
        },
    }
    return Response(orjson.dumps(as_json(body)), media_type="application/json")


def _headers(request: Request) -> dict[bytes, bytes]:
    return dict(request.scope["headers"])


def _root(request: Request) -> str:
    return str(request.scope.get("root_path", "")).rstrip("/")
