"""The worker process: reads a request, runs it on one mart, writes the answer, forgets everything.

Started as a script (`python -I worker.py …`), so that it holds no code of ours but this file; it imports duckdb and
pyarrow and nothing else that takes time. Frames are an eight-byte big-endian length and that many bytes.

    request   JSON {"mart", "sql"}
    answer    JSON {"status": "ok", "types", "truncated", "seconds"} and a frame with an Arrow stream,
              or JSON {"status": "failed", "kind", "text"}

Every query has a DuckDB of its own; the next one is prepared, still without a mart, while nobody waits.
"""

from __future__ import annotations

import json
import resource
import signal
import struct
import sys
import time
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
import pyarrow as pa

LENGTH = struct.Struct(">Q")
READY = b'{"status": "ready"}'
_BATCH_ROWS = 2_048


class ResultTooLarge(Exception):
    """The rows in hand are more bytes than may be passed on."""


def main(memory_mb: int, timeout_seconds: float, max_rows: int, max_bytes: int, threads: int) -> None:
    """Serve requests on stdin until it is closed. Bounds are the process's for life."""
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    warm_up = prepare(memory_mb, timeout_seconds, threads)
    warm_up.execute("SELECT 1").fetchall()
    warm_up.close()
    bound_process(memory_mb)
    engine = prepare(memory_mb, timeout_seconds, threads)
    write_frame(answers, READY)
    while (frame := read_frame(requests)) is not None:
        request = json.loads(frame)
        # The kernel ends this process if the parent, for whatever reason, does not.
        signal.setitimer(signal.ITIMER_REAL, timeout_seconds + 2)
        started = time.perf_counter()
        try:
            table, types, truncated = answer(engine, request["mart"], request["sql"], max_rows, max_bytes)
            body = to_stream(table)
        except Exception as error:  # The edge of this process: whatever it is, the parent is told and decides.
            failure = {"status": "failed", "kind": type(error).__name__, "text": str(error)}
            write_frame(answers, json.dumps(failure).encode())
        else:
            header = {"status": "ok", "types": types, "truncated": truncated, "seconds": time.perf_counter() - started}
            write_frame(answers, json.dumps(header).encode())
            write_frame(answers, body)
        signal.setitimer(signal.ITIMER_REAL, 0)
        engine.close()
        engine = prepare(memory_mb, timeout_seconds, threads)


def prepare(memory_mb: int, timeout_seconds: float, threads: int) -> duckdb.DuckDBPyConnection:
    """A DuckDB in memory that loads, installs, spills and remembers nothing."""
    return duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "allow_unsigned_extensions": "false",
            "allow_persistent_secrets": "false",
            "temp_directory": "",
            "max_temp_directory_size": "0KB",
            "memory_limit": f"{memory_mb * 3 // 4}MiB",
            "max_execution_time": str(int(timeout_seconds * 1000)),
            "threads": str(threads),
        },
    )


def answer(
    engine: duckdb.DuckDBPyConnection, mart: str, sql: str, max_rows: int, max_bytes: int
) -> tuple[pa.Table, list[str], bool]:
    """Run `sql` on the file `mart`; return at most `max_rows` rows, their types, and whether there were more."""
    quoted = mart.replace("'", "''")
    engine.execute(f"ATTACH '{quoted}' AS mart (READ_ONLY)")
    engine.execute("USE mart")
    engine.execute("SET TimeZone = 'UTC'")
    engine.execute("SET python_enable_replacements = false")
    # From here on no file can be opened, and no setting changed, the last two included.
    engine.execute("SET enable_external_access = false")
    engine.execute("SET lock_configuration = true")
    relation = engine.sql(sql)
    reader = relation.to_arrow_reader(_BATCH_ROWS)
    batches: list[Any] = []
    rows = size = 0
    for batch in reader:
        batches.append(batch)
        rows += batch.num_rows
        size += batch.nbytes
        if size > max_bytes:
            raise ResultTooLarge(f"more than {max_bytes} bytes")
        if rows > max_rows:
            break
    table = pa.Table.from_batches(batches, schema=reader.schema)
    return table.slice(0, max_rows), [str(kind) for kind in relation.types], rows > max_rows


def bound_process(memory_mb: int) -> None:
    """No core dump, no file written, few files open, and `memory_mb` more address space than is in use now."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    statm = Path("/proc/self/statm")
    if statm.exists():
        in_use = int(statm.read_text().split()[0]) * resource.getpagesize()
        bound = in_use + memory_mb * 1024 * 1024
        resource.setrlimit(resource.RLIMIT_AS, (bound, bound))


def to_stream(table: pa.Table) -> bytes:
    """`table` as an Arrow stream."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


def read_frame(stream: BinaryIO) -> bytes | None:
    """The next frame, or None at the end of the stream."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    return stream.read(LENGTH.unpack(head)[0])


def write_frame(stream: BinaryIO, payload: bytes) -> None:
    """Write one frame and send it off."""
    stream.write(LENGTH.pack(len(payload)))
    stream.write(payload)
    stream.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]))
