"""The parent's side of a worker: starts it, sends requests one at a time, hears its answers, ends it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncGenerator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.settings import REPOSITORY, child_environment

START_SECONDS = 120.0
"""For loading and the first decode; a large model from a cold disk takes its time."""
CANCEL_SECONDS = 3.0
"""For a cancelled request to end before the worker is ended instead."""
_LINE_BYTES = 1 << 20


class WorkerDied(WorkbenchError):
    """The process with the model ended."""


class WorkerUnfit(WorkbenchError):
    """The worker did not manage its first decode."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a worker loads. `test_prompt` is decoded before it counts as ready, and stays in its memory as prefix."""

    file: Path
    n_ctx: int
    threads: int
    extra_buffers: bool
    test_prompt: str


class ModelWorker:
    """One worker process. One request at a time: the caller holds a lock."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._number = 0
        self.self_test_seconds = 0.0

    @classmethod
    async def start(cls, load: Load) -> ModelWorker:
        """Start a worker and wait for its self-test. Raises WorkerUnfit; then no process is left behind."""
        # No setting and no credential is its business. OpenMP threads that spin while waiting slow a shared machine
        # down 17-fold, and the policy counts only if it is set before libgomp is loaded.
        environment = child_environment(
            without=("WORKBENCH_", "AWS_", "PG", "REDIS", "OMP_"), OMP_WAIT_POLICY="passive", PYTHONUNBUFFERED="1"
        )
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "llm.worker", cwd=REPOSITORY, env=environment, limit=_LINE_BYTES,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        worker = cls(process)
        try:
            await worker._send({"load": {**asdict(load), "file": str(load.file)}})
            said = await asyncio.wait_for(worker._hear(), START_SECONDS)
        except (WorkerDied, TimeoutError) as error:
            await worker.end()
            how = f"ended with code {process.returncode}" if isinstance(error, WorkerDied) else "did not get ready"
            raise WorkerUnfit(f"The model's process {how} in its first decode.") from error
        except asyncio.CancelledError:
            await worker.end()
            raise
        if "failed" in said:
            await worker.end()
            raise WorkerUnfit(str(said["failed"]))
        worker.self_test_seconds = float(said["ready"]["seconds"])
        return worker

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def wait(self) -> int:
        """Wait until the process ends; returns its code."""
        return await self._process.wait()

    async def complete(
        self, prompt: str, *, grammar: str, max_tokens: int, stop: list[str]
    ) -> AsyncGenerator[dict[str, Any]]:
        """Yield `{"token": …}` messages and then the final one. Raises WorkerDied.

        If the caller stops listening, the request is cancelled; a worker that does not heed that is ended.
        """
        self._number += 1
        number = self._number
        is_over = False
        try:
            await self._send(
                {"id": number, "prompt": prompt, "grammar": grammar, "max_tokens": max_tokens, "stop": stop}
            )
            while not is_over:
                said = await self._hear()
                if said.pop("id", number) != number:
                    continue
                is_over = "token" not in said
                yield said
        except WorkerDied:
            is_over = True
            raise
        finally:
            if not is_over:
                await asyncio.shield(self._cancel(number))

    async def _cancel(self, number: int) -> None:
        try:
            await self._send({"cancel": number})
            async with asyncio.timeout(CANCEL_SECONDS):
                while True:
                    said = await self._hear()
                    if said.get("id") == number and "token" not in said:
                        return
        except (TimeoutError, WorkerDied):
            await self.end()

    async def end(self) -> None:
        """End the process, if it has not ended."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()

    async def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None  # noqa: S101  # it was started with a pipe
        try:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")
            await self._process.stdin.drain()
        except (ConnectionError, RuntimeError) as error:
            raise WorkerDied("The model's process ended.") from error

    async def _hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None  # noqa: S101  # as above
        line = await self._process.stdout.readline()
        if not line:
            raise WorkerDied("The model's process ended.")
        said: dict[str, Any] = json.loads(line)
        return said
