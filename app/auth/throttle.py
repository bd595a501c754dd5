"""Slows down who tries passwords: so many tries a minute for one name from one address, and for one address in all."""

from __future__ import annotations

import hashlib
import time
from functools import cached_property

import redis
from limits import RateLimitItem, parse
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from workbench.errors import DatabaseIsAway
from workbench.sessions import REDIS_TIMEOUT_SECONDS

PER_NAME_AND_ADDRESS = "10/minute"
PER_ADDRESS = "60/minute"


class SignInThrottle:
    """Counts tries in Redis, so all web processes count together."""

    def __init__(self, redis_url: str) -> None:
        self._redis_url = redis_url
        self._limits: tuple[RateLimitItem, RateLimitItem] = (parse(PER_ADDRESS), parse(PER_NAME_AND_ADDRESS))

    def wait_seconds(self, username: str, address: str) -> int:
        """Count one try, and say how long to wait before it may be made; 0: at once. Raises DatabaseIsAway."""
        # A digest, so that what people type by mistake into the name does not stay in Redis.
        name = hashlib.sha256(username.lower().encode(errors="surrogatepass")).hexdigest()[:32]
        try:
            for limit, keys in zip(self._limits, ((address,), (address, name)), strict=True):
                if not self._limiter.hit(limit, "sign-in", *keys):
                    resets_at, _ = self._limiter.get_window_stats(limit, "sign-in", *keys)
                    return max(1, round(resets_at - time.time()))
        except (redis.ConnectionError, redis.TimeoutError) as error:
            raise DatabaseIsAway(
                "Redis does not answer, so nobody can sign in.", do="Try again in a moment."
            ) from error
        return 0

    @cached_property
    def _limiter(self) -> MovingWindowRateLimiter:
        # Made at the first try: it speaks to Redis at once, which may not be there when we start.
        return MovingWindowRateLimiter(
            storage_from_string(
                self._redis_url,
                key_prefix="limits",
                socket_timeout=REDIS_TIMEOUT_SECONDS,
                socket_connect_timeout=REDIS_TIMEOUT_SECONDS,
            )
        )
