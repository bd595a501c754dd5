"""The gate around everything: no request and no websocket passes it unless it belongs to a living session.

Deny by default: only the paths listed here are public. Invariants: `x-wb-…` headers, cookies and tokens of a client
never reach a page; a page's websocket opens only for the session that made the page; a session that ends closes its
sockets; while sessions cannot be looked up, nobody gets in. It is also the edge of the process: what nobody handled is
logged and answered here, once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import parse_qs, quote

from bokeh.util.token import check_token_signature, get_token_payload
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.auth.cookies import SessionCookie, bearer
from app.auth.guard import Guard
from app.auth.identity import SID_HEADER, Visitor
from app.auth.origins import SAFE_METHODS, Origins
from app.auth.permissions import Permission, may
from app.auth.sign_in_pages import SignInPages
from app.problems import problem, problem_of, unexplained
from app.security_headers import security_headers
from workbench.errors import DatabaseIsAway
from workbench.log import get_logger

PUBLIC_PATHS = frozenset(
    {"/health", "/livez", "/favicon.ico", "/login", "/auth/login", "/auth/logout", "/auth/signed-out"}
)
PUBLIC_FOLDERS = ("/static/",)  # library code alone
API = "/api/"
MOST_BODY_BYTES = 1_000_000

SIGN_IN_NEEDED, NOT_YOURS, AWAY = 4401, 4403, 1013  # codes of closed websockets

log = get_logger(module="gate")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """A request or websocket as the gate sees it. `path` is without the prefix of a reverse proxy."""

    path: str
    root_path: str
    method: str  #: WEBSOCKET for a websocket
    headers: dict[bytes, bytes]

    @property
    def is_public(self) -> bool:
        return self.path in PUBLIC_PATHS or self.path.startswith(PUBLIC_FOLDERS)

    @property
    def is_api(self) -> bool:
        return self.path.startswith(API)

    @property
    def is_write(self) -> bool:
        return self.method not in SAFE_METHODS and self.method != "WEBSOCKET"


class SessionGate:
    """The outermost ASGI app.

    pages: permission by path of each page; its websocket and files go with it. page_key: signs the tokens of pages.
    """

    def __init__(
        self,
        app: ASGIApp,
        guard: Guard,
        *,
        cookie: SessionCookie,
        origins: Origins,
        pages: Mapping[str, Permission],
        page_key: bytes,
        sign_in: SignInPages,
        has_https: bool,
    ) -> None:
        self._app, self._guard = app, guard
        self._cookie, self._origins, self._sign_in = cookie, origins, sign_in
        self._page_key = page_key
        self._pages = sorted(pages.items(), key=lambda page: -len(page[0]))
        self._has_https = has_https

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, websocket or the process's life."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        call, inner = _read(scope)
        status, is_complete, user_id = 0, False, None
        headers = security_headers(
            is_page=self._permission(call.path) is not None,
            is_static=call.path.startswith(PUBLIC_FOLDERS),
            is_versioned=b"v=" in scope["query_string"],
            has_https=self._has_https,
        )

        async def sending(message: Message) -> None:
            nonlocal status, is_complete
            if message["type"] == "http.response.body":
                is_complete = not message.get("more_body", False)
            elif message["type"] == "http.response.start":
                status = message["status"]
                given = {name.lower() for name, _ in message.get("headers", ())}
                message["headers"] = [*message.get("headers", ()), *(h for h in headers if h[0] not in given)]
            await send(message)

        try:
            refusal, visitor = await self._judge(call, scope)
            if visitor is not None:
                user_id = visitor.user.id
                _let_in(inner, visitor)
            await (refusal or self._app)(inner, receive, sending)
        except Exception:  # the edge of the process: logged, and answered if nothing was sent yet
            log.exception("http_request_failed", method=call.method, path=call.path, user_id=user_id)
            if not status:
                await unexplained(instance=call.path)(inner, receive, sending)
            elif not is_complete:
                raise  # so that the server cuts the connection, and nobody takes half an answer for a whole one
        finally:
            log.info(
                "http_request_finished",
                method=call.method,
                route=_route(inner, call, self._permission(call.path) is not None),
                status=int(status),
                took_ms=round((time.perf_counter() - started) * 1000, 2),
                user_id=user_id,
            )

    async def _judge(self, call: _Call, scope: Scope) -> tuple[Response | None, Visitor | None]:
        """Either what to answer instead, or who is let in (None on a public path)."""
        if call.is_write and (refusal := self._refuse_body(call)):
            return refusal, None
        if call.is_public:
            if call.is_write and self._origins.is_foreign(call.headers):
                return self._refuse_foreign(call), None
            return None, None
        token, is_cookie = self._token(call)
        try:
            visitor = (self._guard.known(token) or await self._guard.visitor(token)) if token else None
        except DatabaseIsAway as error:
            log.warning("visitor_not_looked_up", reason=error.what)
            return (
                problem_of(error, instance=call.path) if call.is_api else self._sign_in.away(error, call.root_path)
            ), None
        if visitor is None:
            return self._ask_to_sign_in(call, scope), None
        if is_cookie and call.is_write and not self._origins.is_proven_ours(call.headers):
            return self._refuse_foreign(call), visitor
        permission = self._permission(call.path)
        if permission is not None:
            # With these anyone could have a page opened under an id that they know, and join it afterwards.
            if {"bokeh-session-id", "bokeh-token"} & parse_qs(scope["query_string"].decode("latin-1")).keys():
                return problem(400, "A page's session cannot be chosen.", do="Open the page's plain address."), visitor
            if not may(visitor.user, permission):
                return self._sign_in.forbidden(visitor.user, call.root_path), visitor
        return None, visitor

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        call, inner = _read(scope)
        token = self._cookie.token(call.headers)
        code = SIGN_IN_NEEDED
        visitor = None
        try:
            if token is not None and not self._origins.is_foreign(call.headers):
                visitor = await self._guard.visitor(token)
        except DatabaseIsAway as error:
            log.warning("visitor_not_looked_up", reason=error.what)
            code = AWAY
        if visitor is None:
            await _refuse_socket(receive, send, code)
            return
        permission = self._permission(call.path)
        if permission is None or not may(visitor.user, permission) or self._page_sid(scope) != visitor.sid:
            await _refuse_socket(receive, send, NOT_YOURS)
            return
        _let_in(inner, visitor)
        with self._guard.watching(visitor) as ended:
            # Once more, now that we would hear of it: it may have ended between the look and the listening.
            if token is None or await self._guard.visitor(token) is None:
                await _refuse_socket(receive, send, SIGN_IN_NEEDED)
                return
            await _serve_until(ended, self._app, inner, receive, send)
        log.info(
            "websocket_closed",
            route=call.path,
            by_gate=ended.is_set(),
            took_ms=round((time.perf_counter() - started) * 1000),
            user_id=visitor.user.id,
        )

    def _page_sid(self, scope: Scope) -> str | None:
        """The session that the page of this websocket was made in, by the page's signed token."""
        protocols = scope.get("subprotocols") or []
        if len(protocols) != 2:
            return None
        token = protocols[1]
        try:
            # The signature first: only what we signed ourselves is unpacked.
            if not check_token_signature(token, secret_key=self._page_key, signed=True):
                return None
            sid = get_token_payload(token).get("headers", {}).get(SID_HEADER)
        except (ValueError, KeyError, TypeError, AttributeError):
            return None  # no token at all
        return sid if isinstance(sid, str) else None

    def _token(self, call: _Call) -> tuple[str | None, bool]:
        """The token that the call carries, and whether a browser added it by itself."""
        if call.is_api and (token := bearer(call.headers)):
            return token, False
        return self._cookie.token(call.headers), True

    def _permission(self, path: str) -> Permission | None:
        """What the page that `path`, or its file or websocket, belongs to needs; None if there is no page."""
        return next((p for page, p in self._pages if path == page or path.startswith(page + "/")), None)

    def _ask_to_sign_in(self, call: _Call, scope: Scope) -> Response:
        if call.is_api or call.method not in SAFE_METHODS:
            return problem(
                HTTPStatus.UNAUTHORIZED,
                "Nobody is signed in, or the sign-in has ended.",
                do="POST username and password to /auth/login, and send the token as `Authorization: Bearer …`.",
                instance=call.path,
                headers={"WWW-Authenticate": "Bearer"},
            )
        query = scope["query_string"].decode("latin-1")
        wanted = quote(call.path, safe="/") + (f"?{query}" if query else "")
        return RedirectResponse(f"{call.root_path}/login?next={quote(wanted, safe='/')}", HTTPStatus.FOUND)

    @staticmethod
    def _refuse_foreign(call: _Call) -> Response:
        return problem(
            HTTPStatus.FORBIDDEN,
            "The request does not come from a page of this workbench.",
            do="Use the workbench's own pages, or send the token as `Authorization: Bearer …` to /api/.",
            instance=call.path,
        )

    @staticmethod
    def _refuse_body(call: _Call) -> Response | None:
        length = call.headers.get(b"content-length")
        if length is None and b"transfer-encoding" in call.headers:
            return problem(HTTPStatus.LENGTH_REQUIRED, "The length of the body is not given.", instance=call.path)
        if length is not None and (not length.isdigit() or int(length) > MOST_BODY_BYTES):
            return problem(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"The body is larger than {MOST_BODY_BYTES:,} bytes.",
                do="Send less at once.",
                instance=call.path,
            )
        return None


def _read(scope: Scope) -> tuple[_Call, Scope]:
    """The call, and the scope to hand on, without what only the gate may say."""
    root_path = scope.get("root_path", "").rstrip("/")
    path = scope["path"]
    if root_path and (path == root_path or path.startswith(root_path + "/")):
        path = path[len(root_path) :] or "/"
    kept = [(n, v) for n, v in scope["headers"] if not n.startswith(b"x-wb-") and n != b"bokeh-session-id"]
    headers: dict[bytes, bytes] = {}
    for name, value in kept:
        # Several cookie headers are one list; of any other header the first counts.
        headers[name] = (
            headers[name] + b"; " + value if name == b"cookie" and name in headers else headers.get(name, value)
        )
    call = _Call(path=path, root_path=root_path, method=scope.get("method", "WEBSOCKET"), headers=headers)
    inner = dict(scope, headers=kept)
    inner.pop("user", None)
    return call, inner


def _let_in(inner: Scope, visitor: Visitor) -> None:
    # `user` is no header: no client can send it. Pages get the session's id in their own signed token.
    inner["user"] = visitor
    inner["headers"] = [h for h in inner["headers"] if h[0] not in (b"cookie", b"authorization")]
    inner["headers"].append((SID_HEADER.encode(), visitor.sid.encode()))


async def _refuse_socket(receive: Receive, send: Send, code: int) -> None:
    await receive()
    await send({"type": "websocket.close", "code": code})


async def _serve_until(ended: asyncio.Event, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve a websocket until the app or the client leaves, or `ended` is set, which closes it with 4401."""
    ending = asyncio.create_task(ended.wait())
    is_closed = False

    async def receiving() -> Message:
        nonlocal is_closed
        if is_closed:
            return {"type": "websocket.disconnect", "code": SIGN_IN_NEEDED}
        receiving_one = asyncio.ensure_future(receive())
        await asyncio.wait({receiving_one, ending}, return_when=asyncio.FIRST_COMPLETED)
        if not ending.done():
            return receiving_one.result()
        receiving_one.cancel()
        is_closed = True
        await send({"type": "websocket.close", "code": SIGN_IN_NEEDED, "reason": "Your sign-in has ended."})
        return {"type": "websocket.disconnect", "code": SIGN_IN_NEEDED}

    async def sending(message: Message) -> None:
        if not is_closed:
            await send(message)

    try:
        await app(scope, receiving, sending)
    finally:
        ending.cancel()


def _route(inner: Scope, call: _Call, is_page: bool) -> str:
    """The template of the route, so that a log holds no ids and few different values."""
    template = getattr(inner.get("route"), "path_format", None)
    if isinstance(template, str):
        return template
    if call.path.startswith(PUBLIC_FOLDERS):
        return "/static/…"
    return call.path if is_page or call.path in PUBLIC_PATHS else "other"
