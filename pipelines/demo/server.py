"""The simulated AWS as a process: one port for the services, one for S3, one JSON line on stdout when both answer."""

from __future__ import annotations

import asyncio
import signal
import socket
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn

from pipelines.demo.access import AccessDesk
from pipelines.demo.endpoint import Endpoint
from pipelines.demo.limits import Fault, Limiter, Rate
from pipelines.demo.objects import ObjectStore
from pipelines.demo.services.cloudtrail import CloudTrail
from pipelines.demo.services.cloudwatch import CloudWatch
from pipelines.demo.services.cost_explorer import CostExplorer
from pipelines.demo.services.organizations import Organizations
from pipelines.demo.services.pricing import Pricing
from pipelines.demo.services.sts import Sts
from pipelines.demo.services.tagging import Tagging
from pipelines.demo.services.workspaces import Inventory, WorkSpaces
from workbench.clock import system_clock

type Message = dict[str, Any]


def open_endpoint(home: Path, desk: AccessDesk, *, describe_rate: Rate, faults: Sequence[Fault] = ()) -> Endpoint:
    """The endpoint over the estate in `home`."""
    inventory = Inventory(home)
    services = {
        "sts": ("sts", Sts(desk).operations),
        "organizations": ("organizations", Organizations(desk).operations),
        "workspaces": ("workspaces", WorkSpaces(inventory).operations),
        "tagging": ("resourcegroupstaggingapi", Tagging(inventory).operations),
        "cloudtrail": ("cloudtrail", CloudTrail(home).operations),
        "monitoring": ("cloudwatch", CloudWatch(home).operations),
        "pricing": ("pricing", Pricing(home).operations),
        "ce": ("ce", CostExplorer(home, desk.payer_account_id).operations),
    }
    return Endpoint(desk, Limiter(time.monotonic, describe_rate, faults), services)


def serve(
    home: Path,
    *,
    host: str,
    port: int,
    s3_port: int,
    describe_rate: Rate,
    faults: Sequence[Fault],
    when_ready: Callable[[str, str], None],
) -> None:
    """Serve until SIGTERM or SIGINT; `when_ready` is called once with both addresses."""
    desk = AccessDesk(home, system_clock)
    endpoint = open_endpoint(home, desk, describe_rate=describe_rate, faults=faults)
    store = ObjectStore(home, desk, host=host, port=s3_port)
    listener = _listen(host, port)
    url = f"http://{host}:{listener.getsockname()[1]}"
    config = uvicorn.Config(_application(endpoint), lifespan="off", log_level="warning", access_log=False)
    store.start()
    try:
        asyncio.run(_Server(config, lambda: when_ready(url, store.url)).serve(sockets=[listener]))
    finally:
        store.stop()
        listener.close()


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket whose connections send at once: head and body are two writes, and Nagle's rule costs 40 ms."""
    listener = socket.create_server((host, port))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


class _Server(uvicorn.Server):
    """Says when it is ready, and ends with code 0 on SIGTERM: stopping is what it was asked to do."""

    def __init__(self, config: uvicorn.Config, when_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._when_ready = when_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._when_ready()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _application(endpoint: Endpoint) -> Callable[..., Awaitable[None]]:
    async def application(
        scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        answer = endpoint.answer(headers, body)
        fields = {
            "content-type": answer.content_type,
            "content-length": str(len(answer.body)),
            "x-amzn-requestid": answer.request_id,
        }
        raw = [(name.encode(), value.encode()) for name, value in fields.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": raw})
        await send({"type": "http.response.body", "body": answer.body})

    return application
