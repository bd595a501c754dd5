"""Runs SQL that the guard allowed, each query in a process that can be killed.

`Sandbox.run(mart, sql)` opens one mart, read-only, in a worker process that has no credentials, cannot open another
file and has bounds on time, memory and rows that hold whatever DuckDB does: it minds its own between operations only.
The guard says what may be asked; this is what bounds the damage if the guard is wrong.
"""

from llm.sandbox.errors import QueryCancelled, QueryFailed, QueryTimedOut, QueryTooLarge, SandboxError, SandboxIsBusy
from llm.sandbox.pool import Sandbox, SandboxLimits
from llm.sandbox.result import QueryResult
from llm.sandbox.worker_process import Cancellation

__all__ = [
    "Cancellation",
    "QueryCancelled",
    "QueryFailed",
    "QueryResult",
    "QueryTimedOut",
    "QueryTooLarge",
    "Sandbox",
    "SandboxError",
    "SandboxIsBusy",
    "SandboxLimits",
]
