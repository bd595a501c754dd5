"""Services of ours that are started one by one, watched together and ended together."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.embedded.child import Child, Progress, stop_together
from workbench.settings import REPOSITORY

Facts = Mapping[str, str]
"""What a service tells about itself once it is ready, e.g. its address."""

Ready = Callable[[Child], Facts | None]
"""Returns a service's facts once it is ready, None until then."""


def at_once(child: Child) -> Facts | None:
    """Ready as soon as it is started: nothing waits for it."""
    return {}


def line_with(*keys: str) -> Ready:
    """Ready when it has printed one line that is a JSON object with at least `keys`; that object is its facts."""

    def read(child: Child) -> Facts | None:
        for line in child.log_lines(last=1000):
            try:
                told = json.loads(line)
            except ValueError:
                continue  # a line for people
            if isinstance(told, dict) and all(key in told for key in keys):
                return {str(key): str(value) for key, value in told.items()}
        return None

    return read


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildSpec:
    """How to start one service."""

    name: str  #: as people read it, e.g. "worker"; also names its log
    command: Sequence[str]
    environment: Mapping[str, str]  #: the whole environment of the service
    ready: Ready = at_once


class ChildGroup:
    """Services that end together. Their logs lie in `logs`, one file each."""

    def __init__(self, logs: Path, progress: Progress) -> None:
        self._logs = logs
        self._progress = progress
        self._started: dict[str, tuple[ChildSpec, Child]] = {}

    @property
    def children(self) -> list[Child]:
        """The services started so far, oldest first."""
        return [child for _, child in self._started.values()]

    def launch(self, spec: ChildSpec) -> None:
        """Start a service without waiting for it."""
        child = Child.start(
            spec.name,
            spec.command,
            log_file=self._logs / f"{spec.name.replace(' ', '_')}.log",
            environment=spec.environment,
            cwd=REPOSITORY,
        )
        self._started[spec.name] = (spec, child)

    def wait_for(self, name: str, *, deadline_seconds: float = 60) -> Facts:
        """Wait until the service `name` is ready; returns its facts. Raises EmbeddedServerFailed if it ends first."""
        spec, child = self._started[name]
        found: list[Facts] = []

        def is_ready() -> bool:
            facts = spec.ready(child)
            if facts is not None:
                found.append(facts)
            return bool(found)

        child.wait_until_ready(
            is_ready,
            deadline_seconds=deadline_seconds,
            remedy=lambda lines: f"Read {child.log_file}; start again once the cause is gone.",
            progress=self._progress,
        )
        return found[0]

    def stop(self, *, patience_seconds: float) -> None:
        """End all services at once; one that takes longer than the patience is killed."""
        stop_together(self.children, ((signal.SIGTERM, patience_seconds), (signal.SIGKILL, 1.0)))
        self._started.clear()
