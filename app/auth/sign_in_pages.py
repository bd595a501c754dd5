"""The plain HTML pages around signing in. They need neither scripts nor a websocket, and load nothing."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from http import HTTPStatus
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.responses import HTMLResponse, Response

from app.auth.cookies import HOME
from app.auth.identity import User
from app.problems import RETRY_AFTER_SECONDS
from workbench.errors import WorkbenchError

TEMPLATES = Path(__file__).parent / "templates"


class SignInPages:
    """Renders the pages. root: the prefix that a reverse proxy serves the workbench under, or nothing."""

    def __init__(self) -> None:
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )

    def login(
        self, root: str, *, next_path: str, username: str = "", error: str = "", status: int = HTTPStatus.OK
    ) -> Response:
        """The sign-in form, with what was wrong with the last try."""
        return self._page(
            "login.html", status, title="Sign in", root=root, next=next_path, username=username, error=error
        )

    def signed_out(self, root: str) -> Response:
        """Told after a sign-out."""
        return self._notice(
            HTTPStatus.OK,
            "Signed out",
            "You are signed out on this browser.",
            "",
            root,
            f"{root}/login",
            "Sign in again",
        )

    def away(self, error: WorkbenchError, root: str) -> Response:
        """Told when sign-ins cannot be looked up."""
        page = self._notice(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "Not available now",
            error.what,
            error.do,
            root,
            f"{root}{HOME}",
            "Try again",
        )
        page.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return page

    def forbidden(self, user: User, root: str) -> Response:
        """Told to a user whose role does not allow a page."""
        return self._notice(
            HTTPStatus.FORBIDDEN,
            "Not for your role",
            f"You are signed in as {user.username}, and the role {user.role} does not open this page.",
            "Ask an administrator if you need it.",
            root,
            f"{root}{HOME}",
            "To the overview",
            is_signed_in=True,
        )

    def _notice(
        self,
        status: int,
        title: str,
        what: str,
        do: str,
        root: str,
        link: str,
        link_text: str,
        *,
        is_signed_in: bool = False,
    ) -> Response:
        return self._page(
            "notice.html",
            status,
            title=title,
            what=what,
            do=do.splitlines(),
            root=root,
            link=link,
            link_text=link_text,
            is_signed_in=is_signed_in,
        )

    def _page(self, template: str, status: int, **values: object) -> Response:
        style, policy = _style()
        html = self._templates.get_template(template).render(style=style, **values)
        return HTMLResponse(html, status, headers={"Content-Security-Policy": policy, "Cache-Control": "no-store"})


@cache
def _style() -> tuple[str, str]:
    """The style sheet and the policy that allows nothing but it."""
    style = (TEMPLATES / "style.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return style, (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
