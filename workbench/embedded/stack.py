"""The demo's stack around the web process: PostgreSQL, Redis, the simulated AWS, the worker and the model service.

Invariants: everything lies in one folder that carries our mark (PostgreSQL's data may lie in a folder of the system
that is theirs alone, see `cluster`), and nothing else is ever deleted; PostgreSQL ends last.
"""

from __future__ import annotations

import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from workbench.embedded.addresses import StackAddresses, service_environment
from workbench.embedded.child import Child, end_leftover
from workbench.embedded.group import ChildGroup, ChildSpec, line_with
from workbench.embedded.home import LOOPBACK, ServerHome, free_port, kept_secret
from workbench.embedded.postgres import EmbeddedPostgres
from workbench.embedded.preflight import MARK, check_disk, check_mark, check_port
from workbench.embedded.redis import EmbeddedRedis
from workbench.migrate import migrate

Say = Callable[[str], None]
"""Takes one line for people."""

OnDeath = Callable[[str, int, Sequence[str]], None]
"""Told, from a thread, of a service that ended by itself: its name, exit code and last log lines."""


_Handler = Callable[[int, FrameType | None], object] | int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCommands:
    """What the stack runs beside PostgreSQL and Redis. The simulated AWS is told its folder in addition."""

    aws: Sequence[str] = (sys.executable, "-m", "pipelines.demo", "serve", "--port", "0", "--home")
    worker: Sequence[str] = (sys.executable, "-m", "pipelines", "schedule")
    model: Sequence[str] = (sys.executable, "-m", "llm", "serve")


class DemoStack:
    """Starts, watches and ends the stack. Use it in a `with`, in the main thread; see `start` and `stop`.

    home: the one folder of everything; a second start with the same one finds its data. fresh: delete what is in it
    first. prepare: steps between the migration and the worker's start, each named as people read it; they load accounts
    and users. worker_variables: asked after them for what else stands in the worker's environment: its keys of the
    simulated AWS, and where its bills lie.
    """

    def __init__(
        self,
        home: Path,
        *,
        web_port: int,
        say: Say,
        on_death: OnDeath,
        prepare: Sequence[tuple[str, Callable[[StackAddresses], None]]] = (),
        worker_variables: Callable[[StackAddresses], Mapping[str, str]] = lambda addresses: {},
        commands: DemoCommands | None = None,
        fresh: bool = False,
        postgres_bin_dir: Path | None = None,
    ) -> None:
        self._home = ServerHome(home, "The demo")
        self._web_port = web_port
        self._say = say
        self._on_death = on_death
        self._prepare = prepare
        self._worker_variables = worker_variables
        self._commands = commands or DemoCommands()
        self._fresh = fresh
        folder = self._home.folder
        self._postgres = EmbeddedPostgres(folder / "postgres", bin_dir=postgres_bin_dir, progress=say)
        self._redis = EmbeddedRedis(folder / "redis", progress=say)
        self._sources = ChildGroup(folder / "logs", say)
        self._services = ChildGroup(folder / "logs", say)
        self._is_stopping = threading.Event()
        self._watcher: threading.Thread | None = None
        self._handlers: dict[signal.Signals, _Handler] = {}
        self._addresses: StackAddresses | None = None

    @property
    def addresses(self) -> StackAddresses:
        """Where the parts are found; only after `start`."""
        if self._addresses is None:
            raise RuntimeError("The stack has no addresses before it is started.")
        return self._addresses

    def start(self) -> Self:
        """Start everything in order; whatever fails, what was started is ended again.

        Raises EmbeddedServerFailed naming what is in the way (a taken port, a full disk, another demo) or which part
        did not start, with its last log lines.
        """
        check_mark(self._home.folder)
        self._home.hold()  # before the port: a demo that runs already is better named than its port
        try:
            check_port(self._web_port)
            check_disk(self._home.folder)
            self._clear()
            self._launch()
        except BaseException:
            self.stop()
            raise
        self._is_stopping.clear()
        self._watcher = threading.Thread(target=self._watch, name="demo-watcher", daemon=True)
        self._watcher.start()
        return self

    def stop(self) -> None:
        """End everything within 10 s: services first, then the simulated AWS, Redis, and PostgreSQL last."""
        self._is_stopping.set()
        with _deaf_to_signals():
            if self._watcher is not None and self._watcher is not threading.current_thread():
                self._watcher.join(timeout=1)
                self._watcher = None
            self._services.stop(patience_seconds=3)
            self._sources.stop(patience_seconds=1)
            self._redis.stop(patience_seconds=1)
            self._postgres.stop(patience_seconds=2)
            self._home.release()

    def __enter__(self) -> Self:
        # Ctrl-C raises already; a polite `kill` must end the stack in the same way.
        self._handlers = {number: signal.signal(number, _leave) for number in (signal.SIGTERM, signal.SIGHUP)}
        try:
            return self.start()
        except BaseException:
            self._restore_handlers()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self._restore_handlers()

    def _restore_handlers(self) -> None:
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def _clear(self) -> None:
        folder = self._home.folder
        (folder / MARK).touch()
        for record in (*(folder / "logs").glob("*.child.json"), *(folder / "redis").glob("*.child.json")):
            end_leftover(record)
        if self._fresh:
            self._say("Deleting the demo's data of earlier runs")
            self._postgres.wipe()
            for path in folder.iterdir():
                if path.name in (MARK, "lock"):
                    continue
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink()
        for name in ("logs", "aws", "data"):
            (folder / name).mkdir(exist_ok=True)

    def _launch(self) -> None:
        folder = self._home.folder
        # It needs nothing of the others and takes longest, so it starts beside them and is waited for later.
        self._sources.launch(
            ChildSpec(
                name="simulated AWS",
                command=[*self._commands.aws, str(folder / "aws")],
                environment=service_environment({}),
                ready=line_with("endpoint_url", "s3_endpoint_url"),
            )
        )
        with self._step("PostgreSQL"):
            self._postgres.start()
        with self._step("Redis"):
            self._redis.start()
        if not self._redis.is_durable:
            self._say("No real Redis was found: a stand-in serves, and sign-ins do not outlive a restart")
        with self._step("The database's schema"):
            migrate(self._postgres.dsn())
        with self._step("The simulated AWS"):
            aws = self._sources.wait_for("simulated AWS")
        addresses = self._addresses = StackAddresses(
            data_home=folder / "data",
            postgres_dsn=self._postgres.dsn(),
            redis_url=self._redis.url,
            model_url=f"http://{LOOPBACK}:{free_port()}",
            aws_home=folder / "aws",
            aws_endpoint_url=aws["endpoint_url"],
            aws_s3_endpoint_url=aws["s3_endpoint_url"],
            web_port=self._web_port,
            web_secret_key=kept_secret(folder / "web_secret_key"),
        )
        for name, act in self._prepare:
            with self._step(name):
                act(addresses)
        worker_environment = addresses.worker_environment() | dict(self._worker_variables(addresses))
        self._services.launch(ChildSpec(name="worker", command=self._commands.worker, environment=worker_environment))
        self._services.launch(
            ChildSpec(name="model service", command=self._commands.model, environment=addresses.model_environment())
        )
        self._say("The worker and the model service are starting in the background")

    @contextmanager
    def _step(self, name: str) -> Iterator[None]:
        started = time.monotonic()
        yield
        self._say(f"{name}: ready after {time.monotonic() - started:.1f} s")

    def _watch(self) -> None:
        servers = [child for child in (self._postgres.child, self._redis.child) if child]
        watched: list[Child] = [*servers, *self._sources.children, *self._services.children]
        while not self._is_stopping.wait(0.2):
            for child in watched:
                code = child.returncode
                if code is not None and not self._is_stopping.is_set():
                    self._on_death(child.name, code, child.log_lines())
                    return


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


@contextmanager
def _deaf_to_signals() -> Iterator[None]:
    """A second, impatient Ctrl-C must not leave half the stack running."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {n: signal.signal(n, signal.SIG_IGN) for n in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
