"""Keeps one worker alive and lets requests at it one by one: queue, deadlines, restarts, and giving up when hopeless.

States: loading → ready; loading → no_model (no file, or no decode works); ready → loading (the worker died, a new one
is started) → crashed (it died MOST_CRASHES times within CRASH_WINDOW_SECONDS).
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from llm.client import ModelState
from llm.worker_process import Load, ModelWorker, WorkerDied, WorkerUnfit
from workbench.errors import WorkbenchError
from workbench.log import get_logger

MOST_WAITING = 8
MOST_CRASHES = 3
CRASH_WINDOW_SECONDS = 300.0

log = get_logger()


class QueueIsFull(WorkbenchError):
    """MOST_WAITING requests wait already."""


class NotReady(WorkbenchError):
    """There is no model to ask."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionRequest:
    """One request to the model."""

    prompt: str
    grammar: str = ""
    max_tokens: int = 160
    stop: tuple[str, ...] = ()
    timeout_s: float = 60.0  #: from arrival, so waiting counts


class ModelService:
    """The service without its HTTP. Lives in one event loop.

    find: returns what to load, checked; it raises WorkbenchError if there is no model, with what to do about it. It is
    called in a thread, for a checksum of gigabytes takes a while.
    """

    def __init__(self, model: str, find: Callable[[], Load]) -> None:
        self._model = model
        self._find = find
        self._worker: ModelWorker | None = None
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._crashes: deque[float] = deque()
        self._state = ModelState(state="loading", model=model, reason="The model is being loaded.")
        self._keeper: asyncio.Task[None] | None = None

    @property
    def state(self) -> ModelState:
        """What /health says."""
        return replace(self._state, queue=self._waiting)

    @property
    def worker_pid(self) -> int | None:
        """Process id of the worker, if one is ready."""
        return self._worker.pid if self._worker else None

    def start(self) -> None:
        """Begin to load the model, in the background."""
        self._keeper = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """End the worker and its keeper."""
        if self._keeper:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper
        if self._worker:
            await self._worker.end()

    def admit(self) -> None:
        """Take a place in the queue for one `complete`, which must follow. Raises QueueIsFull or NotReady."""
        if self._state.state != "ready":
            raise NotReady(self._state.reason)
        if self._waiting >= MOST_WAITING:
            raise QueueIsFull(f"{MOST_WAITING} questions wait for the model already.", do="Ask again in a moment.")
        self._waiting += 1

    async def complete(self, request: CompletionRequest) -> AsyncGenerator[dict[str, Any]]:
        """Yield `{"token": …}` and then `{"text": …}` or `{"error": …}`, for a request that was admitted.

        All of it in one task; cancelling that frees the model at once.
        """
        is_waiting = True
        try:
            async with asyncio.timeout(request.timeout_s), self._turn:
                self._waiting -= 1
                is_waiting = False
                async for said in self._ask(request):
                    yield said
        except TimeoutError:
            yield {"error": f"The model did not finish within {request.timeout_s:g} s."}
        except WorkerDied:
            yield {"error": "The model's process ended; it is being started again."}
        finally:
            self._waiting -= is_waiting

    async def _ask(self, request: CompletionRequest) -> AsyncGenerator[dict[str, Any]]:
        worker = self._worker
        if worker is None:
            raise WorkerDied("The model's process ended.")
        said = worker.complete(
            request.prompt, grammar=request.grammar, max_tokens=request.max_tokens, stop=list(request.stop)
        )
        try:
            async for message in said:
                yield message
        finally:
            await said.aclose()  # cancels the request if it is not over

    async def _keep(self) -> None:
        try:
            load = await asyncio.to_thread(self._find)
        except WorkbenchError as error:
            self._enter("no_model", str(error))
            return
        while True:
            worker = await self._started(load)
            if worker is None:
                return
            self._worker = worker
            self._enter("ready", "")
            code = await worker.wait()
            self._worker = None
            log.warning("model_worker_ended", model=self._model, pid=worker.pid, code=code)
            if self._is_hopeless():
                self._enter("crashed", f"The model's process ended {MOST_CRASHES} times within 5 minutes; see the log. "
                                       "Questions that need no model, and SQL, work without it.")  # fmt: skip
                return
            self._enter("loading", "The model's process ended; it is being started again.")

    async def _started(self, load: Load) -> ModelWorker | None:
        for extra_buffers in (True, False):
            try:
                worker = await ModelWorker.start(replace(load, extra_buffers=extra_buffers))
            except WorkerUnfit as unfit:
                log.warning("model_self_test_failed", model=self._model, extra_buffers=extra_buffers, why=unfit.what)
                reason = unfit.what
                continue
            log.info("model_ready", model=self._model, pid=worker.pid, extra_buffers=extra_buffers,
                     self_test_ms=round(worker.self_test_seconds * 1000))  # fmt: skip
            return worker
        self._enter("no_model", f"{self._model} does not run on this machine: {reason} "
                                "Questions that need no model, and SQL, work without it.")  # fmt: skip
        return None

    def _is_hopeless(self) -> bool:
        now = time.monotonic()
        self._crashes.append(now)
        while self._crashes and self._crashes[0] < now - CRASH_WINDOW_SECONDS:
            self._crashes.popleft()
        return len(self._crashes) >= MOST_CRASHES

    def _enter(self, state: Any, reason: str) -> None:
        self._state = ModelState(state=state, model=self._model, reason=reason)
