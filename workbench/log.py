"""Structured logs: a constant event name in the past tense, values as fields, JSON on stderr.

A log line holds ids, never objects, and never a token, a password, a DSN or the text of a question.
"""

from __future__ import annotations

import logging
import sys
from typing import TextIO, cast

import structlog


def configure_log(process: str, *, level: str = "INFO", as_json: bool = True, stream: TextIO | None = None) -> None:
    """Send the logs of this process to `stream` (stderr), each line stamped with the `process` it came from."""
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    )
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.format_exc_info, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.bind_contextvars(process=process)
    # Libraries log through the standard module; only their warnings are ours to show, in the same form.
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def get_logger(**bound: object) -> structlog.typing.FilteringBoundLogger:
    """A logger with `bound` on every line."""
    return cast("structlog.typing.FilteringBoundLogger", structlog.get_logger(**bound))
