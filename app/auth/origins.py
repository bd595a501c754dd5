"""Which web pages may use a visitor's cookie: our own and no other."""

from __future__ import annotations

from urllib.parse import urlsplit

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Origins:
    """Tells our own pages from foreign ones. public_url: the address people type; empty: whatever host was asked."""

    def __init__(self, public_url: str) -> None:
        self._netloc = urlsplit(public_url).netloc.lower()

    @property
    def websocket_hosts(self) -> list[str]:
        """host[:port] that a page's websocket may come from; empty means the host that it goes to."""
        return [self._netloc] if self._netloc else []

    def is_foreign(self, headers: dict[bytes, bytes]) -> bool:
        """Whether the request says that it comes from a page that is not ours. A program says nothing: False."""
        fetch_site = headers.get(b"sec-fetch-site")
        if fetch_site is not None and fetch_site not in (b"same-origin", b"none"):
            return True
        origin = headers.get(b"origin")
        return origin is not None and not self._is_ours(origin, headers.get(b"host", b""))

    def is_proven_ours(self, headers: dict[bytes, bytes]) -> bool:
        """Whether the browser says that the request comes from a page of ours. Required of writes with a cookie."""
        says_so = b"sec-fetch-site" in headers or b"origin" in headers
        return says_so and not self.is_foreign(headers)

    def _is_ours(self, origin: bytes, host: bytes) -> bool:
        netloc = urlsplit(origin.decode("latin-1")).netloc.lower()
        return bool(netloc) and netloc == (self._netloc or host.decode("latin-1").lower())
