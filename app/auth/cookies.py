"""The cookie that holds a visitor's token, and the way back to the page they wanted."""

from __future__ import annotations

from starlette.responses import Response

HOME = "/app/overview"


class SessionCookie:
    """Reads and writes the cookie. With HTTPS its name makes browsers refuse it from any other host or path."""

    def __init__(self, *, is_secure: bool) -> None:
        self.name = "__Host-wb" if is_secure else "wb"
        self._is_secure = is_secure

    def token(self, headers: dict[bytes, bytes]) -> str | None:
        """The token in the request's cookies, or None."""
        wanted = f"{self.name}="
        for part in headers.get(b"cookie", b"").decode("latin-1").split(";"):
            text = part.strip()
            if text.startswith(wanted):
                return text.removeprefix(wanted)
        return None

    def put(self, response: Response, token: str, *, seconds: int) -> None:
        """Have the browser keep the token."""
        response.set_cookie(
            self.name, token, max_age=seconds, path="/", secure=self._is_secure, httponly=True, samesite="lax"
        )

    def remove(self, response: Response) -> None:
        """Have the browser forget the token."""
        response.delete_cookie(self.name, path="/", secure=self._is_secure, httponly=True, samesite="lax")


def bearer(headers: dict[bytes, bytes]) -> str | None:
    """The token of `Authorization: Bearer …`, or None."""
    scheme, _, token = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def safe_next(wanted: str) -> str:
    """`wanted` if it is a path of ours, else the home page. Browsers read `//x`, `/\\x` and `/<tab>/x` as hosts."""
    is_ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\", "/auth/", "/login"))
    is_plain = len(wanted) <= 2000 and all(0x20 < ord(c) < 0x7F and c != "\\" for c in wanted)
    return wanted if is_ours and is_plain else HOME
