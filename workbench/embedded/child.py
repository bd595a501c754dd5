"""A process that we start, watch, end and reap.

Each child has its own session, so that Ctrl-C in a terminal reaches us alone and we choose the order of ending. On
Linux a child is also told when we die (`setpriv --pdeathsig`), even by kill -9. `setpriv` asks for that after the fork
and after the change of user; a `preexec_fn` would run Python between fork and exec, which is unsafe beside threads.
Where it is missing (macOS), the record of the child lets the next start end what was left.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

import psutil

from workbench.embedded.account import Account, switch_to
from workbench.errors import EmbeddedServerFailed

Progress = Callable[[str], None]
"""Takes one line for people on what is going on."""

Ending = Sequence[tuple[signal.Signals, float]]
"""Signals to send in turn, each with the seconds to wait for its effect."""

POLITE: Ending = ((signal.SIGTERM, 6.0), (signal.SIGKILL, 2.0))

LOG_LIMIT_BYTES = 10_000_000
PROGRESS_EVERY_SECONDS = 3.0


class Child:
    """A started process. `pid` and `returncode` are those of the process itself."""

    def __init__(
        self, name: str, process: subprocess.Popen[bytes], log_file: Path, log_start: int, record: Path
    ) -> None:
        self.name = name
        self.log_file = log_file
        self._process = process
        self._log_start = log_start
        self._record = record

    @classmethod
    def start(
        cls,
        name: str,
        command: Sequence[str | Path],
        *,
        log_file: Path,
        environment: Mapping[str, str],
        account: Account | None = None,
        stdin: bytes = b"",
        cwd: Path | str = "/",
        death_signal: signal.Signals = signal.SIGTERM,
    ) -> Child:
        """Start `command`, with stdout and stderr appended to `log_file`.

        stdin: what the child reads there; a place for secrets, which arguments are not. death_signal: what the child
        gets if we die first. Beside the log a record of the child is left for `end_leftover`.
        """
        rotate(log_file)
        log_start = log_file.stat().st_size if log_file.exists() else 0
        log = os.open(log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            process = subprocess.Popen(
                _told_of_our_death([str(part) for part in command], death_signal),
                stdin=subprocess.PIPE if stdin else subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(environment),
                cwd=cwd,
                start_new_session=True,
                **switch_to(account),
            )
        finally:
            os.close(log)
        if process.stdin is not None:
            # A child that dies at once breaks the pipe; its log then says why, so the writing itself needs no report.
            try:
                process.stdin.write(stdin)
                process.stdin.close()
            except BrokenPipeError:
                process.wait(timeout=10)
        record = record_of(log_file)
        record.write_text(json.dumps({"pid": process.pid, "created": _created(process.pid)}), encoding="utf-8")
        return cls(name, process, log_file, log_start, record)

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """Exit code, negative for a signal; None while it runs. Asking reaps a child that has ended."""
        return self._process.poll()

    def log_lines(self, last: int = 15) -> list[str]:
        """The last lines that this run of the child wrote."""
        with self.log_file.open("rb") as log:
            log.seek(max(self._log_start, log.seek(0, os.SEEK_END) - 100_000))
            return log.read().decode("utf-8", errors="replace").splitlines()[-last:]

    def wait_until_ready(
        self,
        is_ready: Callable[[], bool],
        *,
        deadline_seconds: float,
        remedy: Callable[[Sequence[str]], str],
        progress: Progress,
    ) -> None:
        """Return once `is_ready()` holds. A slow start is told to `progress` every few seconds.

        remedy: given the child's last log lines, what a person can do. Raises EmbeddedServerFailed if the child ends
        or the deadline passes first.
        """
        started = time.monotonic()
        next_progress = started + PROGRESS_EVERY_SECONDS
        while not is_ready():
            now = time.monotonic()
            if self.returncode is not None or now - started > deadline_seconds:
                lines = self.log_lines()
                reason = (
                    f"{self.name} ended with code {self.returncode} while starting"
                    if self.returncode is not None
                    else f"{self.name} was not ready after {deadline_seconds:.0f} s"
                )
                said = "".join(f"\n  | {line}" for line in lines) or " It logged nothing."
                raise EmbeddedServerFailed(f"{reason}. Its log, {self.log_file}:{said}", do=remedy(lines))
            if now > next_progress:
                progress(f"{self.name} is still starting, {now - started:.0f} s so far")
                next_progress = now + PROGRESS_EVERY_SECONDS
            time.sleep(0.02)

    def stop(self, ending: Ending = POLITE) -> None:
        """End the child and whatever it started, and reap it. Nothing happens if it has ended already."""
        stop_together([self], ending)


def stop_together(children: Sequence[Child], ending: Ending = POLITE) -> None:
    """End all `children` and whatever they started at the same time, and reap them."""
    running = [child for child in children if child.returncode is None]
    families = [process for child in running for process in _family(child.pid)]
    for number, seconds in ending:
        running = [child for child in running if child.returncode is None]
        for child in running:
            child._process.send_signal(number)
        deadline = time.monotonic() + seconds
        for child in running:
            # One that takes longer gets the next signal.
            with suppress(subprocess.TimeoutExpired):
                child._process.wait(timeout=max(0.0, deadline - time.monotonic()))
    end_processes(families, ((signal.SIGTERM, 0.5), (signal.SIGKILL, 2.0)))
    for child in children:
        if child.returncode is not None:
            child._record.unlink(missing_ok=True)


def record_of(log_file: Path) -> Path:
    """Where the record of the child that writes `log_file` lies."""
    return log_file.with_suffix(".child.json")


def end_leftover(record: Path, ending: Ending = POLITE) -> bool:
    """End the child that an earlier run of ours recorded and could not end. True if there was one.

    A process counts as that child only if it has the same id and the same time of birth, so a reused id is left alone.
    Call it only while holding the home's lock: then the run that recorded it is gone for sure.
    """
    try:
        noted = json.loads(record.read_text(encoding="utf-8"))
        process = psutil.Process(int(noted["pid"]))
        is_same = abs(process.create_time() - float(noted["created"])) < 2
    except (FileNotFoundError, psutil.NoSuchProcess, ValueError, KeyError, TypeError):
        return False  # no record, no such process, or a record cut short by a crash
    if not is_same or not is_alive(process):
        return False
    end_processes([process, *_family(process.pid)], ending)
    return True


def is_alive(process: psutil.Process) -> bool:
    """Whether `process` runs. A zombie does not: it holds an id but no files, sockets or locks."""
    try:
        return bool(process.is_running()) and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def rotate(log_file: Path) -> None:
    """Put a log that has grown large aside as `<name>.1`, in place of the one before it."""
    if log_file.exists() and log_file.stat().st_size > LOG_LIMIT_BYTES:
        log_file.replace(log_file.with_name(log_file.name + ".1"))


def _told_of_our_death(command: list[str], death_signal: signal.Signals) -> list[str]:
    # The kernel watches the thread that started the child, not the process. A thread that ends would take its children
    # with it, so only the main thread ties them to itself.
    setpriv = _setpriv()
    if setpriv is None or threading.current_thread() is not threading.main_thread():
        return command
    return [setpriv, "--pdeathsig", death_signal.name.removeprefix("SIG"), "--", *command]


@cache
def _setpriv() -> str | None:
    path = shutil.which("setpriv")
    if path is None:
        return None
    # Before util-linux 2.33, and in busybox, it does not know --pdeathsig.
    tried = subprocess.run([path, "--pdeathsig", "TERM", "--", "true"], capture_output=True)
    return path if tried.returncode == 0 else None


def _created(pid: int) -> float:
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.NoSuchProcess:
        return 0.0


def _family(pid: int) -> list[psutil.Process]:
    try:
        return list(psutil.Process(pid).children(recursive=True))
    except psutil.NoSuchProcess:
        return []


def end_processes(processes: Sequence[psutil.Process], ending: Ending) -> None:
    """Send the signals of `ending` in turn to those that still run. They need not be children of ours."""
    for number, seconds in ending:
        alive = [process for process in processes if is_alive(process)]
        for process in alive:
            try:
                process.send_signal(number)
            except psutil.NoSuchProcess:
                continue
        deadline = time.monotonic() + seconds
        while any(is_alive(process) for process in alive) and time.monotonic() < deadline:
            time.sleep(0.02)
