"""The sign-ins that count, in Redis: a sign-in that is not there has ended, whatever a token says.

Keys: `session:<sid>` holds user and stamp and lives as long as the sign-in; `sessions_of:<user>` the sids of one user.
Whoever ends a session says its sid on the channel `session:ended`, so that each web process closes what is open.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from workbench.errors import DatabaseIsAway, SettingsAreWrong
from workbench.settings import Settings

ENDED_CHANNEL = "session:ended"
REDIS_TIMEOUT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Session:
    """A sign-in that counts. `stamp` is the user's at the time: another one now means that the sign-in is over."""

    sid: str
    user_id: int
    stamp: str


class Sessions:
    """The sign-ins of all web processes that share one Redis. Every call raises DatabaseIsAway when it is away."""

    def __init__(self, client: redis.Redis) -> None:
        self._redis = client

    def start(self, user_id: int, stamp: str, *, seconds: int) -> Session:
        """Begin a sign-in that lives `seconds`."""
        session = Session(secrets.token_urlsafe(24), user_id, stamp)
        with _reporting_absence(), self._redis.pipeline() as pipeline:
            pipeline.set(_key(session.sid), f"{user_id}:{stamp}", ex=seconds)
            pipeline.sadd(_user_key(user_id), session.sid)
            pipeline.expire(_user_key(user_id), seconds)
            pipeline.execute()
        return session

    def find(self, sid: str) -> Session | None:
        """The sign-in, or None when it has ended."""
        with _reporting_absence():
            value = self._redis.get(_key(sid))
        if value is None:
            return None
        user_id, _, stamp = str(value).partition(":")
        return Session(sid, int(user_id), stamp)

    def end(self, sid: str) -> None:
        """End a sign-in everywhere."""
        session = self.find(sid)
        with _reporting_absence(), self._redis.pipeline() as pipeline:
            pipeline.delete(_key(sid))
            if session is not None:
                pipeline.srem(_user_key(session.user_id), sid)
            pipeline.publish(ENDED_CHANNEL, sid)
            pipeline.execute()

    def end_all(self, user_id: int) -> int:
        """End every sign-in of a user everywhere and return how many there were."""
        with _reporting_absence():
            sids = sorted(map(str, self._redis.smembers(_user_key(user_id))))
            with self._redis.pipeline() as pipeline:
                pipeline.delete(_user_key(user_id), *map(_key, sids))
                for sid in sids:
                    pipeline.publish(ENDED_CHANNEL, sid)
                pipeline.execute()
        return len(sids)

    def is_there(self) -> bool:
        """Whether Redis answers."""
        try:
            with _reporting_absence():
                return bool(self._redis.ping())
        except DatabaseIsAway:
            return False


def open_redis(settings: Settings) -> redis.Redis:
    """The Redis that the settings name, giving text. Raises SettingsAreWrong when none is named."""
    url = settings.redis_url.get_secret_value()
    if not url:
        raise SettingsAreWrong(
            "No Redis is named.",
            do="Set WORKBENCH_REDIS_URL, e.g. redis://:password@host:6379/0.\n"
            "Or run `make demo`, which brings its own.",
        )
    # One retry, at once: it mends a connection that a restart of Redis closed. More would only make people wait.
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=REDIS_TIMEOUT_SECONDS,
        socket_connect_timeout=REDIS_TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 1),
    )


@contextmanager
def _reporting_absence() -> Iterator[None]:
    try:
        yield
    except (redis.ConnectionError, redis.TimeoutError) as error:
        raise DatabaseIsAway(
            "Redis, which holds the sign-ins, does not answer.",
            do="Try again in a moment. If it lasts: start Redis, or correct WORKBENCH_REDIS_URL.",
        ) from error


def _key(sid: str) -> str:
    return f"session:{sid}"


def _user_key(user_id: int) -> str:
    return f"sessions_of:{user_id}"
