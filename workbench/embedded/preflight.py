"""What is looked at before the demo starts, so that it stops with a plain sentence and not half-way."""

from __future__ import annotations

import shutil
from pathlib import Path

from workbench.embedded.home import free_port, is_free
from workbench.errors import EmbeddedServerFailed

MARK = ".workspaces-workbench-demo"
"""A file of this name says that a folder is the demo's, to be used and emptied."""

LEAST_FREE_MB = 1000


def check_port(port: int) -> None:
    """Raise EmbeddedServerFailed if somebody listens on `port` already, naming a free one."""
    if not is_free(port):
        free = next((p for p in range(port + 1, min(port + 100, 65536)) if is_free(p)), None) or free_port()
        raise EmbeddedServerFailed(
            f"Port {port} is taken by another program.",
            do=f"Use another one: `make demo PORT={free}`.\nOr find out who listens: `ss -ltnp | grep :{port}`.",
        )


def check_disk(folder: Path) -> None:
    """Raise EmbeddedServerFailed if the disk of `folder`, which need not exist yet, has less than 1 GB free."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free
    if free < LEAST_FREE_MB * 10**6:
        raise EmbeddedServerFailed(
            f"Only {free // 10**6} MB are free where the demo keeps its data, {folder}; it needs {LEAST_FREE_MB} MB.",
            do="Free some space there.\nOr move this folder to a larger disk.",
        )


def check_mark(folder: Path) -> None:
    """Raise EmbeddedServerFailed if `folder` holds something and does not carry our mark: it is not ours to use."""
    if folder.exists() and not (folder / MARK).exists() and any(path.name != "lock" for path in folder.iterdir()):
        raise EmbeddedServerFailed(
            f"{folder} holds files that the demo did not make, so it is neither used nor emptied.",
            do="Move it away, and start again.",
        )
