"""Decides whether a token still counts, in microseconds when it was asked a moment ago.

Invariants: a token counts only while its session lives in Redis, its user's account is open, and the user's password,
role and clients are those of the sign-in. What was found is trusted for a few seconds, and only while this process
hears of ended sessions; an ended session is forgotten, and its sockets are closed, as soon as it is heard of.
If Redis or PostgreSQL is away nobody new gets in: `visitor` raises DatabaseIsAway.
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass

import psycopg
import redis
import redis.asyncio

from app.auth.identity import User, Visitor
from app.auth.tokens import Claims, Tokens
from workbench.clock import Clock
from workbench.errors import DatabaseIsAway
from workbench.log import get_logger
from workbench.sessions import ENDED_CHANNEL, REDIS_TIMEOUT_SECONDS, Sessions
from workbench.users import Users

TRUSTED_SECONDS = 5.0  #: how long a finding counts while ended sessions are heard of
RECHECK_SECONDS = 10.0  #: pause between two looks at the sessions of open sockets
RECONNECT_SECONDS = 0.5
MOST_KEPT = 20_000  #: tokens and sessions kept in memory

log = get_logger(module="guard")


@dataclass(frozen=True, slots=True)
class _Finding:
    visitor: Visitor
    trusted_until: float  #: time.monotonic()


class Guard:
    """Knows the visitors of one web process. `listening()` must run for findings to be trusted at all."""

    def __init__(self, tokens: Tokens, sessions: Sessions, users: Users, redis_url: str, clock: Clock) -> None:
        self._tokens, self._sessions, self._users = tokens, sessions, users
        self._redis_url = redis_url
        self._clock = clock
        self._claims: dict[str, Claims] = {}
        self._found: dict[str, _Finding] = {}
        self._sockets: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._looking: dict[str, asyncio.Task[Visitor | None]] = {}
        self._is_listening = False
        self._endings = 0  # how many sessions this process has heard end
        # Of its own, so that slow password hashes or queries never hold up the answer to "who is this?".
        self._threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="guard")

    def known(self, token: str) -> Visitor | None:
        """The visitor, if that can be told without asking anyone. None means: ask `visitor`."""
        claims = self._claims.get(token)
        if claims is None or claims.expires_at <= self._clock().timestamp():
            return None
        return self._trusted(claims.sid)

    async def visitor(self, token: str) -> Visitor | None:
        """The visitor whose token this is, or None when it does not count. Raises DatabaseIsAway."""
        known = self.known(token)
        if known is not None:
            return known
        claims = self._tokens.read(token)
        if claims is None:
            return None
        _make_room(self._claims)
        self._claims[token] = claims
        # Requests that come together for one session ask once.
        looking = self._looking.get(claims.sid)
        if looking is None:
            looking = self._looking[claims.sid] = asyncio.create_task(self._look_up_in_thread(claims))
            looking.add_done_callback(lambda done: self._looked(claims.sid, done))
        return await asyncio.shield(looking)

    def user_of(self, sid: str) -> User | None:
        """The user of a session, asking and waiting if it must; None when it has ended. Raises DatabaseIsAway."""
        visitor = self._trusted(sid) or self._look_up(sid, expires_at=0)
        return visitor.user if visitor else None

    @contextmanager
    def watching(self, visitor: Visitor) -> Iterator[asyncio.Event]:
        """An event that is set when the visitor's session ends: by sign-out, change of access, or time."""
        ended = asyncio.Event()
        self._sockets[visitor.sid].add(ended)
        seconds_left = max(0.0, visitor.expires_at - self._clock().timestamp())
        timer = asyncio.get_running_loop().call_later(seconds_left, ended.set)
        try:
            yield ended
        finally:
            timer.cancel()
            self._sockets[visitor.sid].discard(ended)
            if not self._sockets[visitor.sid]:
                del self._sockets[visitor.sid]

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Hear of ended sessions and look at those of open sockets from time to time, while the process serves."""
        tasks = [asyncio.create_task(self._hear()), asyncio.create_task(self._recheck_now_and_then())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task
            self._threads.shutdown(wait=False, cancel_futures=True)

    @property
    def open_sockets(self) -> int:
        """Websockets that are open in this process."""
        return sum(map(len, self._sockets.values()))

    def _trusted(self, sid: str) -> Visitor | None:
        found = self._found.get(sid)
        if found is None or not self._is_listening or found.trusted_until < time.monotonic():
            return None
        return found.visitor

    def _looked(self, sid: str, done: asyncio.Task[Visitor | None]) -> None:
        self._looking.pop(sid, None)
        # Every asker may have gone before the answer came; a failure is then nobody's, and no news either.
        if not done.cancelled():
            done.exception()

    async def _look_up_in_thread(self, claims: Claims) -> Visitor | None:
        loop = asyncio.get_running_loop()
        visitor = await loop.run_in_executor(self._threads, self._look_up, claims.sid, claims.expires_at)
        return visitor if visitor is None or visitor.user.id == claims.user_id else None

    def _look_up(self, sid: str, expires_at: int) -> Visitor | None:
        asked_at, endings = time.monotonic(), self._endings
        session = self._sessions.find(sid)
        if session is None:
            self._found.pop(sid, None)
            return None
        try:
            record = self._users.by_id(session.user_id)
        except psycopg.OperationalError as error:
            raise DatabaseIsAway("PostgreSQL does not answer.", do="Try again in a moment.") from error
        if record is None or not record.is_active or record.stamp != session.stamp:
            self._sessions.end(sid)
            return None
        visitor = Visitor(User.of(record), sid, expires_at)
        # A session that ended while we asked must not be trusted for what we heard before.
        if expires_at and endings == self._endings:
            _make_room(self._found)
            self._found[sid] = _Finding(visitor, asked_at + TRUSTED_SECONDS)
        return visitor

    async def _hear(self) -> None:
        while True:
            try:
                async with (
                    redis.asyncio.Redis.from_url(
                        self._redis_url, decode_responses=True, socket_connect_timeout=REDIS_TIMEOUT_SECONDS
                    ) as client,
                    client.pubsub(ignore_subscribe_messages=True) as channel,
                ):
                    await channel.subscribe(ENDED_CHANNEL)
                    self._found.clear()  # what ended while nobody listened is not known
                    self._is_listening = True
                    log.info("session_channel_opened")
                    async for message in channel.listen():
                        self._forget(str(message["data"]))
            except (redis.ConnectionError, redis.TimeoutError) as error:
                if self._is_listening:
                    log.warning("session_channel_lost", error=type(error).__name__)
            finally:
                self._is_listening = False
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _recheck_now_and_then(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(RECHECK_SECONDS)
            for sid in list(self._sockets):
                try:
                    still_counts = await loop.run_in_executor(self._threads, self._look_up, sid, 0)
                except DatabaseIsAway as error:
                    # Open pages stay; they are looked at again, and nothing new is let in meanwhile.
                    log.warning("sessions_not_rechecked", reason=error.what)
                    break
                if still_counts is None:
                    self._forget(sid)

    def _forget(self, sid: str) -> None:
        self._endings += 1
        self._found.pop(sid, None)
        for ended in self._sockets.get(sid, ()):
            ended.set()


def _make_room(kept: dict[str, Claims] | dict[str, _Finding]) -> None:
    if len(kept) >= MOST_KEPT:
        kept.clear()  # all can be found again
