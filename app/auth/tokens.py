"""Tokens: a signed note of who signed in, when it ends, and which session must still live for it to count.

All keys of the web process are derived from one secret, each for one purpose, so that none can stand in for another.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OctKey

from workbench.clock import Clock
from workbench.errors import SettingsAreWrong

ALGORITHM = "HS256"
ISSUER = "workspaces-workbench"
SHORTEST_SECRET = 32


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token says. `expires_at` in seconds since 1970, UTC."""

    user_id: int
    sid: str
    expires_at: int


class Tokens:
    """Makes and reads tokens. Raises SettingsAreWrong for a secret that is too short."""

    def __init__(self, secret: str, clock: Clock) -> None:
        key = derive_key(secret, "token")
        self._kid = hashlib.sha256(key).hexdigest()[:8]
        self._keys = KeySet([OctKey.import_key(key, {"kid": self._kid})])
        self._clock = clock

    def make(self, claims: Claims) -> str:
        """The token that says `claims`."""
        body = {
            "iss": ISSUER,
            "sub": str(claims.user_id),
            "sid": claims.sid,
            "iat": int(self._clock().timestamp()),
            "exp": claims.expires_at,
        }
        return jwt.encode({"alg": ALGORITHM, "kid": self._kid}, body, self._keys)

    def read(self, token: str) -> Claims | None:
        """What the token says; None if it is not ours, was changed, or is over. Its session may have ended."""
        try:
            read = jwt.decode(token, self._keys, algorithms=[ALGORITHM]).claims
        except (JoseError, ValueError, TypeError, AttributeError):  # what joserfc raises for text that is no token
            return None
        subject, sid, expires_at = read.get("sub"), read.get("sid"), read.get("exp")
        if read.get("iss") != ISSUER or not isinstance(sid, str) or not isinstance(expires_at, int):
            return None
        if not (isinstance(subject, str) and subject.isdecimal()) or expires_at <= self._clock().timestamp():
            return None
        return Claims(int(subject), sid, expires_at)


def derive_key(secret: str, purpose: str) -> bytes:
    """32 bytes for one purpose out of the web process's secret. Raises SettingsAreWrong if that is too short."""
    if len(secret) < SHORTEST_SECRET:
        raise SettingsAreWrong(
            f"WORKBENCH_WEB_SECRET_KEY has {len(secret)} characters; it needs at least {SHORTEST_SECRET}.",
            do="Make one: python -c 'import secrets; print(secrets.token_urlsafe(48))'. All replicas need the same.",
        )
    return hmac.new(secret.encode(), f"workbench {purpose} v1".encode(), hashlib.sha256).digest()
