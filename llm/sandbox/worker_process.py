"""The parent's side of one worker process: ask, wait so long and no longer, kill, reap.

Invariant: whatever happens in the worker, `ask` returns or raises by the timeout and a second, and a worker that did
not answer properly is dead and reaped.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pyarrow as pa

from llm.sandbox import worker
from llm.sandbox.errors import QueryCancelled, SandboxError, engine_error, timed_out, too_large
from llm.sandbox.result import QueryResult

GRACE_SECONDS = 1.0
"""From the engine's own timeout to the kill."""
START_SECONDS = 60.0
"""Longest wait for a new worker; it takes about 0.4 s on an idle machine."""
_CHUNK_BYTES = 1 << 20


class Cancellation:
    """Lets another thread give a query up. One for each query."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._worker: WorkerProcess | None = None
        self.is_requested = False

    def cancel(self) -> None:
        """Kill the worker if the query runs, or let it never start; the one who asked gets QueryCancelled."""
        with self._lock:
            self.is_requested = True
            if self._worker is not None:
                self._worker.kill()

    def bind(self, running_on: WorkerProcess | None) -> None:
        """Say which worker the query is on; None when it is on none."""
        with self._lock:
            self._worker = running_on
            if running_on is not None and self.is_requested:
                running_on.kill()


class WorkerProcess:
    """One worker. Used by one thread at a time, except `kill`."""

    def __init__(self, *, memory_mb: int, timeout_seconds: float, max_rows: int, max_bytes: int, threads: int) -> None:
        self._timeout_seconds = timeout_seconds
        self._max_bytes = max_bytes
        self._ready = False
        self.queries = 0
        bounds = (memory_mb, timeout_seconds, max_rows, max_bytes, threads)
        self._process = subprocess.Popen(
            [sys.executable, "-I", str(Path(worker.__file__)), *map(str, bounds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # The engine may print what it crashed on; that could be a value.
            stderr=subprocess.DEVNULL,
            # None of our settings, and so no credential, reaches it.
            env={"LC_ALL": "C.UTF-8"},
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """True while it can be asked."""
        return self._process.poll() is None

    def ask(self, mart: Path, sql: str, cancellation: Cancellation) -> QueryResult:
        """Run `sql` on `mart`. Raises SandboxError; after a timeout, a cancellation or a crash the worker is dead."""
        cancellation.bind(self)
        try:
            self._wait_until_ready()
            self.queries += 1
            deadline = time.monotonic() + self._timeout_seconds + GRACE_SECONDS
            self._send({"mart": str(mart.resolve()), "sql": sql})
            header = json.loads(self._receive(deadline))
            if header["status"] == "failed":
                raise engine_error(header["kind"], header["text"])
            with pa.ipc.open_stream(self._receive(deadline)) as stream:
                table = stream.read_all()
        except TimeoutError:
            self.stop()
            raise timed_out() from None
        except (OSError, ValueError, KeyError, pa.ArrowException) as lost:
            self.stop()
            if cancellation.is_requested:
                raise QueryCancelled("The query was given up.") from None
            # It died by itself: out of memory in a place where the engine cannot say so, or a fault of the engine.
            raise too_large(f"worker ended with {self._process.returncode}: {lost}") from None
        except SandboxError:
            raise
        except BaseException:
            # An interrupt between two frames leaves an answer that nobody reads; the next query must not get it.
            self.stop()
            raise
        finally:
            cancellation.bind(None)
        return QueryResult(
            table=table, types=tuple(header["types"]), truncated=header["truncated"], seconds=header["seconds"]
        )

    def kill(self) -> None:
        """End it at once. Safe from any thread, any number of times; `stop` reaps it."""
        self._process.kill()

    def stop(self) -> None:
        """End and reap it."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None and not pipe.closed:
                try:
                    pipe.close()
                except BrokenPipeError:
                    continue  # What was still to be sent has no reader any more.

    def _wait_until_ready(self) -> None:
        if not self._ready:
            self._receive(time.monotonic() + START_SECONDS)
            self._ready = True

    def _send(self, request: dict[str, Any]) -> None:
        pipe = self._process.stdin
        if pipe is None or pipe.closed:
            raise BrokenPipeError("the worker is gone")
        worker.write_frame(pipe, json.dumps(request).encode())  # type: ignore[arg-type]  # typeshed says IO[bytes]

    def _receive(self, deadline: float) -> bytes:
        """The next frame. Raises TimeoutError at `deadline` (monotonic seconds), OSError if the worker is gone."""
        length = worker.LENGTH.unpack(self._read(worker.LENGTH.size, deadline))[0]
        if length > 2 * self._max_bytes + _CHUNK_BYTES:
            raise OSError(f"a frame of {length} bytes was announced")
        return self._read(length, deadline)

    def _read(self, count: int, deadline: float) -> bytes:
        pipe = self._process.stdout
        if pipe is None or pipe.closed:
            raise BrokenPipeError("the worker is gone")
        poll = select.poll()
        poll.register(pipe.fileno(), select.POLLIN)
        received = bytearray()
        while len(received) < count:
            left = deadline - time.monotonic()
            if left <= 0 or not poll.poll(left * 1000):
                raise TimeoutError
            chunk = os.read(pipe.fileno(), min(count - len(received), _CHUNK_BYTES))
            if not chunk:
                raise BrokenPipeError("the worker is gone")
            received += chunk
        return bytes(received)
