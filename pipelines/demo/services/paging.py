"""Pages: a token names the next item and is good only for the request it was given for."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from pipelines.demo.refusals import Refusal


def page_of[T](
    items: Sequence[T], size: int, params: Mapping[str, Any], *, member: str, refusal: str
) -> tuple[Sequence[T], str | None]:
    """The page that the token in `params` asks for, and the token of the next one or None.

    Raises Refusal with the code `refusal` when the token is not one of ours or belongs to another request.
    """
    start = offset_in(params, member=member, refusal=refusal)
    following = start + size
    return items[start:following], token_at(following, params, member) if following < len(items) else None


def token_at(offset: int, params: Mapping[str, Any], member: str) -> str:
    """The token that names `offset` of this request."""
    return base64.urlsafe_b64encode(f"{offset}:{_fingerprint(params, member)}".encode()).decode()


def offset_in(params: Mapping[str, Any], *, member: str, refusal: str) -> int:
    """The offset that the token of a request names, 0 without one."""
    token = params.get(member)
    if not token:
        return 0
    try:
        offset, fingerprint = base64.urlsafe_b64decode(token.encode()).decode().split(":")
        place = int(offset)
    except (ValueError, binascii.Error):
        raise Refusal(refusal, "The token is not valid.") from None
    if fingerprint != _fingerprint(params, member):
        raise Refusal(refusal, "The token belongs to another request.")
    return place


def _fingerprint(params: Mapping[str, Any], member: str) -> str:
    rest = {key: value for key, value in params.items() if key != member}
    return hashlib.sha256(orjson.dumps(rest, option=orjson.OPT_SORT_KEYS)).hexdigest()[:12]
