"""The process that holds the model: `python -m llm.worker`, started by `llm.worker_process` alone.

Reads a JSON line a request on stdin and writes JSON lines on stdout. First `{"load": …}`, answered by `{"ready": …}`
once a decode has worked. It ends when stdin does, so it never outlives its parent. A crash in C ends this process only.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from pathlib import Path
from typing import Any, TextIO

from llm.decode import Cancelled, DecodeFailed, Decoder


class Inbox:
    """The requests, read by a thread of its own so that a cancel is heard while the model works."""

    def __init__(self, lines: TextIO) -> None:
        self._lines = lines
        self._cancelled: set[int] = set()
        self._waiting: queue.Queue[dict[str, Any]] = queue.Queue()
        threading.Thread(target=self._listen, daemon=True).start()

    def take(self) -> dict[str, Any]:
        """Wait for the next request."""
        return self._waiting.get()

    def is_cancelled(self, request_id: int) -> bool:
        """True once the parent gave the request up."""
        return request_id in self._cancelled

    def _listen(self) -> None:
        for line in self._lines:
            said = json.loads(line)
            if "cancel" in said:
                self._cancelled.add(said["cancel"])
            else:
                self._waiting.put(said)
        os._exit(0)  # the parent is gone; the model may be in the middle of a decode


def main() -> None:
    """Serve until stdin ends."""
    # Whatever C code prints goes to stderr; stdout is ours alone.
    outbox = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    inbox = Inbox(sys.stdin)

    def say(**message: object) -> None:
        outbox.write(json.dumps(message) + "\n")
        outbox.flush()

    load = inbox.take()["load"]
    try:
        decoder = Decoder(
            Path(load["file"]), n_ctx=load["n_ctx"], threads=load["threads"], extra_buffers=load["extra_buffers"]
        )
        tested = decoder.complete(load["test_prompt"], max_tokens=4)
    except DecodeFailed as error:
        say(failed=error.what)
        return
    say(ready={"seconds": tested.seconds, "tokens": tested.tokens})
    while True:
        _serve(inbox.take(), decoder, inbox, say)


def _serve(request: dict[str, Any], decoder: Decoder, inbox: Inbox, say: Any) -> None:
    number = request["id"]
    try:
        done = decoder.complete(
            request["prompt"],
            grammar=request["grammar"],
            max_tokens=request["max_tokens"],
            stop=request["stop"],
            should_stop=lambda: inbox.is_cancelled(number),
            on_piece=lambda piece: say(id=number, token=piece),
        )
    except Cancelled:
        say(id=number, cancelled=True)
    except DecodeFailed as error:
        say(id=number, error=error.what)
    else:
        say(
            id=number, text=done.text, tokens=done.tokens, read_tokens=done.read_tokens, ttft_s=done.ttft_s,
            seconds=done.seconds,
        )  # fmt: skip


if __name__ == "__main__":
    main()
