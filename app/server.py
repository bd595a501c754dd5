"""Puts the web process together: the gate around FastAPI (API, sign-in, health) and Panel (pages), as one ASGI app.

Served by uvicorn, one worker a process; with several processes a load balancer must send a browser to the same one, by
its cookie, because a page's websocket belongs to the process that made the page.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Annotated

import panel as pn
from bokeh.server.auth import AuthPolicy
from bokeh.server.request import ServerRequest
from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from panel.io.fastapi import add_applications
from starlette.types import ASGIApp

from app.api.asking import needs
from app.api.health import health_router
from app.api.routes import api_router
from app.auth.cookies import HOME, SessionCookie
from app.auth.guard import Guard
from app.auth.identity import SID_HEADER, User, Visitor, bind_page
from app.auth.origins import Origins
from app.auth.permissions import PAGE_PERMISSIONS, Permission
from app.auth.routes import auth_router
from app.auth.sign_in_pages import SignInPages
from app.auth.tokens import Tokens, derive_key
from app.doors import Doors
from app.gate import SessionGate
from app.problems import add_problem_handlers
from workbench.errors import SettingsAreWrong
from workbench.log import get_logger

type PageFunction = Callable[[], pn.viewable.Viewable]

log = get_logger(module="server")


def create_app(
    doors: Doors,
    *,
    pages: Mapping[str, PageFunction] | None = None,
    page_permissions: Mapping[str, Permission] = PAGE_PERMISSIONS,
) -> ASGIApp:
    """The whole app behind its gate; its end closes the doors.

    pages: path → function that builds the page; None: those of `app.pages`. Raises SettingsAreWrong for a secret that
    is too short, and for a page whose permission is not stated.
    """
    if pages is None:
        from app.pages import pages as all_pages  # builds on what is imported here already

        pages = all_pages(doors)
    unstated = sorted(set(pages) - set(page_permissions))
    if unstated:
        raise SettingsAreWrong(
            f"No permission is stated for the page {', '.join(unstated)}.",
            do="Add it to PAGE_PERMISSIONS in app/auth/permissions.py.",
        )
    settings = doors.settings
    secret = settings.web_secret_key.get_secret_value()
    page_key = derive_key(secret, "page")
    tokens = Tokens(secret, doors.clock)
    guard = Guard(tokens, doors.sessions, doors.users, settings.redis_url.get_secret_value(), doors.clock)
    cookie = SessionCookie(is_secure=settings.web_secure_cookies)
    origins = Origins(settings.web_public_url)
    sign_in = SignInPages()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with guard.listening():
            log.info("web_started", pages=len(pages))
            yield
        doors.close()
        log.info("web_stopped")

    app = FastAPI(
        title="WorkSpaces Workbench",
        openapi_url=None,  # served below, with a permission of its own
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.doors = doors
    add_problem_handlers(app)
    app.include_router(auth_router(doors, guard, tokens, cookie, sign_in))
    app.include_router(health_router())
    app.include_router(api_router())
    _add_own_routes(app)
    if pages:
        _add_pages(app, pages, guard, page_key, origins)
    return SessionGate(
        app,
        guard,
        cookie=cookie,
        origins=origins,
        pages={path: page_permissions[path] for path in pages},
        page_key=page_key,
        sign_in=sign_in,
        has_https=settings.web_secure_cookies,
    )


def _add_own_routes(app: FastAPI) -> None:
    @app.get("/", include_in_schema=False)
    @app.get("/app", include_in_schema=False)
    async def home(request: Request, user: Annotated[User, needs(Permission.SEE_ITSELF)]) -> Response:
        return RedirectResponse(str(request.scope.get("root_path", "")).rstrip("/") + HOME, HTTPStatus.SEE_OTHER)

    @app.get("/api/v1/openapi.json", include_in_schema=False)
    async def openapi(request: Request, user: Annotated[User, needs(Permission.SEE_ITSELF)]) -> dict[str, object]:
        return app.openapi()


def _add_pages(
    app: FastAPI, pages: Mapping[str, PageFunction], guard: Guard, page_key: bytes, origins: Origins
) -> None:
    add_applications(
        {path: _bound(function, guard) for path, function in pages.items()},
        app=app,
        index_enabled=False,
        auth_policy=AuthPolicy(_whom_the_gate_let_in, logout_url="/auth/logout"),
        # What the page's token holds can be read in the page: the session's id and nothing else.
        include_headers=[SID_HEADER, "host"],
        include_cookies=[],
        sign_sessions=True,
        secret_key=page_key,
        extra_websocket_origins=origins.websocket_hosts or None,
    )


def _bound(function: PageFunction, guard: Guard) -> PageFunction:
    def page() -> pn.viewable.Viewable:
        document = pn.state.curdoc
        if document is not None:
            bind_page(document, guard)
        return function()

    return page


def _whom_the_gate_let_in(request: ServerRequest) -> str | None:
    """A second lock: `user` of a request is no header, so only the gate can have put a visitor there."""
    return request.user.user.username if isinstance(request.user, Visitor) else None
