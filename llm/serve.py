"""`python -m llm serve`: the model service over HTTP on loopback. It holds no data and opens no database.

GET /health → {state, model, reason, queue}.
POST /complete {prompt, grammar?, max_tokens?, stop?, timeout_s?} → a JSON line `{"token": …}` for each piece, then
`{"text", "tokens", "ttft_s", "seconds"}` or `{"error"}`; 429 when the queue is full, 503 without a model.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import asdict
from typing import Any

import psutil
import uvicorn
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from llm.model_service import CompletionRequest, ModelService, NotReady, QueueIsFull
from llm.models import locate, model_card
from llm.prompting import semantic_prompt
from llm.worker_process import Load
from workbench.settings import Settings

MOST_THREADS = 8
DISCONNECT_POLL_SECONDS = 0.1


class CompletionBody(BaseModel):
    """The body of POST /complete."""

    model_config = ConfigDict(extra="forbid")

    prompt: str = Field(min_length=1, max_length=60_000)
    grammar: str = Field("", max_length=60_000)
    max_tokens: int = Field(160, ge=1, le=1024)
    stop: list[str] = Field(default_factory=list, max_length=8)
    timeout_s: float = Field(60.0, gt=0, le=600)


def load_of(settings: Settings) -> Callable[[], Load]:
    """How the service finds what the settings name; called later, in a thread, because it reads the whole file."""

    def find() -> Load:
        card = model_card(settings.model_name)
        return Load(
            file=locate(card, settings.model_home),
            n_ctx=card.n_ctx,
            threads=min(psutil.cpu_count(logical=False) or 1, MOST_THREADS),
            extra_buffers=True,
            # What the first real question begins with is then in the model's memory already.
            test_prompt=semantic_prompt("How many WorkSpaces are there?", card.chat),
        )

    return find


def create_service_app(service: ModelService, *, longest_s: float) -> Starlette:
    """The ASGI app around `service`, which it starts and stops. longest_s: a request's own limit counts up to this."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        service.start()
        yield
        await service.stop()

    async def health(_: Request) -> Response:
        return JSONResponse(asdict(service.state))

    async def complete(request: Request) -> Response:
        try:
            body = CompletionBody.model_validate_json(await request.body())
        except ValidationError as error:
            problem = error.errors()[0]
            where = ".".join(map(str, problem["loc"])) or "body"
            return JSONResponse({"error": f"{where}: {problem['msg']}"}, status_code=400)
        asked = CompletionRequest(
            prompt=body.prompt, grammar=body.grammar, max_tokens=body.max_tokens, stop=tuple(body.stop),
            timeout_s=min(body.timeout_s, longest_s),
        )  # fmt: skip
        try:
            service.admit()
        except QueueIsFull as full:
            return JSONResponse({"error": str(full)}, status_code=429)
        except NotReady as unready:
            return JSONResponse({"error": str(unready)}, status_code=503)
        return StreamingResponse(_lines(service, asked, request), media_type="application/x-ndjson")

    return Starlette(
        routes=[Route("/health", health), Route("/complete", complete, methods=["POST"])], lifespan=lifespan
    )


async def _lines(service: ModelService, asked: CompletionRequest, request: Request) -> AsyncIterator[bytes]:
    """What the service says, a line each. When the client goes away, even inside a prompt, it is cancelled."""
    said: asyncio.Queue[dict[str, Any] | None] = asyncio.Queue()

    async def produce() -> None:
        try:
            async with aclosing(service.complete(asked)) as messages:
                async for message in messages:
                    said.put_nowait(message)
        finally:
            said.put_nowait(None)

    producer = asyncio.create_task(produce())
    try:
        while True:
            try:
                message = await asyncio.wait_for(said.get(), DISCONNECT_POLL_SECONDS)
            except TimeoutError:
                if await request.is_disconnected():
                    return
                continue
            if message is None:
                return
            yield json.dumps(message).encode() + b"\n"
    finally:
        producer.cancel()
        with suppress(asyncio.CancelledError):
            await producer


def serve(settings: Settings, *, host: str, port: int) -> None:
    """Serve until a signal ends it."""
    service = ModelService(settings.model_name, load_of(settings))
    app = create_service_app(service, longest_s=settings.model_timeout_seconds)
    uvicorn.run(app, host=host, port=port, log_config=None, access_log=False)
