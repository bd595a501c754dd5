"""Signature version 4: whether a request was signed with the secret that belongs to its key.

Enough for JSON and query services, whose requests are all `POST /` without a query; S3 is not verified.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping

_PARTS = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/(?P<day>\d{8})/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request, ?"
    r"SignedHeaders=(?P<signed>[a-z0-9;-]+), ?Signature=(?P<signature>[0-9a-f]{64})$"
)


def is_signed_with(secret: str, headers: Mapping[str, str], body: bytes) -> bool:
    """Whether the Authorization header of `POST /` proves the secret. `headers` have lower-case names."""
    match = _PARTS.match(headers.get("authorization", ""))
    if match is None:
        return False
    day, region, service = match["day"], match["region"], match["service"]
    signed = match["signed"].split(";")
    lines = [f"{name}:{' '.join(headers.get(name, '').split())}" for name in signed]
    payload = hashlib.sha256(body).hexdigest()
    canonical = "\n".join(["POST", "/", "", *lines, "", match["signed"], payload])
    scope = f"{day}/{region}/{service}/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = "\n".join(["AWS4-HMAC-SHA256", headers.get("x-amz-date", ""), scope, digest])
    key = f"AWS4{secret}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.compare_digest(hmac.digest(key, to_sign.encode(), "sha256").hex(), match["signature"])
