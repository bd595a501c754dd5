"""The folder of one embedded server: who holds it, its password, its port.

Invariant: whoever holds the lock of a home is the only one that starts, ends or changes what is in it. The lock goes
with its process, also after kill -9, so a server that runs in a home whose lock is free was left behind by a dead run.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
from pathlib import Path

from workbench.errors import EmbeddedServerFailed

LOOPBACK = "127.0.0.1"


class ServerHome:
    """The home of the server called `server`, e.g. "PostgreSQL". Nothing is made before `hold`."""

    def __init__(self, folder: Path, server: str) -> None:
        self.folder = folder.absolute()
        self.server = server
        self._lock: int | None = None

    def hold(self) -> None:
        """Make the folder if needed and take its lock. Raises EmbeddedServerFailed if another process holds it."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise EmbeddedServerFailed(
                f"The folder of {self.server}, {self.folder}, cannot be used: {error.strerror}.",
                do="Make it writable for you, or give another data home: WORKBENCH_DATA_HOME=…",
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(lock, 20).decode() or "unknown"
            os.close(lock)
            raise EmbeddedServerFailed(
                f"{self.server} in {self.folder} is in use by process {holder}.",
                do=f"Stop that one first (Ctrl-C where it runs, or `kill {holder}`).\n"
                "Or start beside it with another data home: WORKBENCH_DATA_HOME=…",
            ) from None
        os.truncate(lock, 0)
        os.pwrite(lock, str(os.getpid()).encode(), 0)
        self._lock = lock

    def release(self) -> None:
        """Give the lock back."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def password(self) -> str:
        """The server's password: random, made once, kept in a file that only its owner reads."""
        return kept_secret(self.folder / "password")

    def port(self, asked: int) -> int:
        """The port to listen on: `asked`, or for 0 the one used last time if it is free, else any free one.

        Raises EmbeddedServerFailed if the asked one is taken.
        """
        if asked:
            if not is_free(asked):
                raise EmbeddedServerFailed(
                    f"Port {asked}, which {self.server} was told to use, is taken.",
                    do=f"Free it (`ss -ltnp | grep {asked}` shows who listens), or give another; 0 finds a free one.",
                )
            return asked
        record = self.folder / "port"
        last = record.read_text(encoding="ascii") if record.exists() else ""
        if last.isdigit() and is_free(int(last)):
            return int(last)
        port = free_port()
        record.write_text(str(port), encoding="ascii")
        return port


def kept_secret(path: Path) -> str:
    """The secret in the file `path`; made at first, 43 random characters that only the file's owner reads."""
    if not path.exists():
        draft = path.with_name(path.name + ".tmp")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32))
        draft.replace(path)
    return path.read_text(encoding="ascii")


def free_port() -> int:
    """A port of loopback where nobody listens now."""
    with socket.create_server((LOOPBACK, 0)) as server:
        return int(server.getsockname()[1])


def is_free(port: int, host: str = LOOPBACK) -> bool:
    """Whether nobody listens on `port` of `host`."""
    try:
        # create_server sets SO_REUSEADDR, as the servers do, so connections that just closed do not count.
        socket.create_server((host, port)).close()
    except OSError:
        return False
    return True
