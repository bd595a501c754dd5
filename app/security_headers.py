"""What every answer tells the browser to forbid."""

from __future__ import annotations

from functools import cache

# Panel's pages add scripts at run time: without 'unsafe-inline' and blob: tables are not drawn, without 'unsafe-eval'
# the chat is not. It keeps out other hosts and frames, not an injected script: text of people and models is escaped.
PAGE_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' blob:; worker-src 'self' blob:; "
    "frame-ancestors 'none'; base-uri 'self'; form-action 'self'; object-src 'none'"
)
STRICT_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

YEAR_SECONDS = 31_536_000

type Headers = tuple[tuple[bytes, bytes], ...]


@cache
def security_headers(*, is_page: bool, is_static: bool, is_versioned: bool, has_https: bool) -> Headers:
    """Headers for an answer that does not set them itself. is_versioned: the address names the file's version."""
    headers = {
        "content-security-policy": PAGE_POLICY if is_page else STRICT_POLICY,
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        # Not no-referrer: forms would then be sent with `Origin: null`.
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    }
    if is_static:
        age = YEAR_SECONDS if is_versioned else 3600
        headers["cache-control"] = f"public, max-age={age}" + (", immutable" if is_versioned else "")
    else:
        headers["cache-control"] = "no-store"
    if has_https:
        headers["strict-transport-security"] = f"max-age={YEAR_SECONDS}"
    return tuple((name.encode(), value.encode()) for name, value in headers.items())
