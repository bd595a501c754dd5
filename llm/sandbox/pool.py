"""Workers kept warm, a slot for each query that may run at once."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from llm.sandbox.errors import QueryTooLarge, SandboxIsBusy
from llm.sandbox.result import QueryResult
from llm.sandbox.worker_process import Cancellation, WorkerProcess
from workbench.log import get_logger
from workbench.settings import Settings

SPARES = 1
"""Workers beyond the slots, so that a killed one costs the next query nothing."""
QUERIES_PER_WORKER = 500
"""A worker is replaced after so many, whatever the engine may have leaked."""

_log = get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxLimits:
    """What one query may use."""

    timeout_seconds: float = 10.0
    memory_mb: int = 1024  #: address space beyond that of an idle worker, MiB
    max_rows: int = 10_000
    max_bytes: int = 64 * 1024 * 1024  #: of the answer
    threads: int = 1  #: of the engine
    slots: int = 2  #: queries at once
    wait_seconds: float = 30.0  #: longest wait for a slot

    @classmethod
    def of(cls, settings: Settings) -> SandboxLimits:
        """The limits of the settings."""
        return cls(
            timeout_seconds=settings.query_timeout_seconds,
            memory_mb=settings.query_memory_mb,
            max_rows=settings.query_max_rows,
        )


class Sandbox:
    """Runs queries; safe from any number of threads (from asyncio with `asyncio.to_thread`). Close it, or use `with`.

    Workers start on the first query, or with `start`. A worker serves any mart, one at a time, and keeps nothing.
    """

    def __init__(self, limits: SandboxLimits | None = None) -> None:
        self.limits = limits or SandboxLimits()
        self._slots = threading.BoundedSemaphore(self.limits.slots)
        self._lock = threading.Lock()
        self._idle: deque[WorkerProcess] = deque()
        self._busy: set[WorkerProcess] = set()
        self._closed = False

    def __enter__(self) -> Sandbox:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start the workers, without waiting until they are ready."""
        with self._lock:
            self._fill()

    def close(self) -> None:
        """End every worker; queries that run get an error."""
        with self._lock:
            self._closed = True
            idle, busy = list(self._idle), list(self._busy)
            self._idle.clear()
        for worker in busy:
            worker.kill()  # Its own thread reaps it.
        for worker in idle:
            worker.stop()

    def run(self, mart: Path, sql: str, *, cancellation: Cancellation | None = None) -> QueryResult:
        """Run `sql`, which the guard allowed, on the file `mart`.

        Returns at most `limits.max_rows` rows. Raises QueryTimedOut, QueryTooLarge, QueryFailed, QueryCancelled or
        SandboxIsBusy, whose sentences hold no value of the mart.
        """
        cancellation = cancellation or Cancellation()
        if not self._slots.acquire(timeout=self.limits.wait_seconds):
            raise SandboxIsBusy("Too many queries are running.", do="Try again in a moment.")
        try:
            worker = self._take()
            try:
                return worker.ask(mart, sql, cancellation)
            except QueryTooLarge:
                if self._closed:  # It was ended with the rest, not by its own hunger.
                    raise _stopping() from None
                raise
            finally:
                self._give_back(worker)
        finally:
            self._slots.release()

    def values(self, mart: Path, sql: str) -> list[object]:
        """The first column of an allowed query: what the guard's `distinct` wants."""
        return [row[0] for row in self.run(mart, sql).rows]

    @property
    def busy_count(self) -> int:
        """Queries that run now."""
        with self._lock:
            return len(self._busy)

    def worker_pids(self) -> list[int]:
        """Process ids of all workers."""
        with self._lock:
            return [worker.pid for worker in (*self._idle, *self._busy)]

    def _take(self) -> WorkerProcess:
        with self._lock:
            if self._closed:
                raise _stopping()
            self._fill()
            worker = self._idle.popleft()
            while not worker.is_alive:  # It was ended from outside while it waited.
                worker.stop()
                self._fill()
                worker = self._idle.popleft()
            self._busy.add(worker)
            return worker

    def _give_back(self, worker: WorkerProcess) -> None:
        spent = not worker.is_alive or worker.queries >= QUERIES_PER_WORKER
        with self._lock:
            self._busy.discard(worker)
            keep = not spent and not self._closed
            if keep:
                self._idle.appendleft(worker)
            elif not self._closed:
                self._fill()
        if not keep:
            worker.stop()
            _log.info("sandbox_worker_replaced", pid=worker.pid, queries=worker.queries)

    def _fill(self) -> None:
        """Start workers until there is one for each slot and a spare. Call with the lock held."""
        while not self._closed and len(self._idle) + len(self._busy) < self.limits.slots + SPARES:
            self._idle.append(
                WorkerProcess(
                    memory_mb=self.limits.memory_mb,
                    timeout_seconds=self.limits.timeout_seconds,
                    max_rows=self.limits.max_rows,
                    max_bytes=self.limits.max_bytes,
                    threads=self.limits.threads,
                )
            )


def _stopping() -> SandboxIsBusy:
    return SandboxIsBusy("The workbench is stopping.", do="Try again when it is back.")
