"""The data of an embedded PostgreSQL: where they lie, how they are made, and how what a crash left is cleared.

Invariant: `pgdata` is whole or absent. It is made beside, as `pgdata.tmp`, and renamed once initdb has finished.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psutil

from workbench.embedded.account import Account, make_private_folder, server_account, switch_to
from workbench.embedded.binaries import PostgresBinaries
from workbench.embedded.child import end_processes, is_alive
from workbench.errors import EmbeddedServerFailed

SUPERUSER = "workbench"

SYSTEM_HOME = Path("/var/lib/workspaces-workbench")
"""Where root's data go if the home lies where the server's account cannot enter, e.g. under /root."""

SERVER_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True, slots=True)
class Cluster:
    """The data of one server. `folder` is of `account` alone; None means ours."""

    folder: Path
    account: Account | None
    name: str  #: shows in the title of each of the server's processes, and so tells them from other servers'

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.folder / "pgdata"

    @property
    def major(self) -> int | None:
        """Major version that wrote the data; None if there are none yet."""
        file = self.data / "PG_VERSION"
        return int(file.read_text(encoding="ascii")) if file.exists() else None

    def create(self, binaries: PostgresBinaries, password: str) -> None:
        """Make an empty cluster whose superuser has `password`. Raises EmbeddedServerFailed with what initdb said."""
        draft = self.folder / "pgdata.tmp"
        password_file = self.folder / "initdb.password"
        password_file.unlink(missing_ok=True)
        file = os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(file, password.encode("ascii"))
            if self.account is not None:
                os.fchown(file, self.account.uid, self.account.gid)
            # C.UTF-8 knows letters of all languages and sorts alike everywhere; old systems have only C.
            for locale in ("C.UTF-8", "C"):
                shutil.rmtree(draft, ignore_errors=True)
                command = [str(binaries.folder / "initdb"), "-D", str(draft), "-U", SUPERUSER]
                command += [
                    "--auth=scram-sha-256",
                    f"--pwfile={password_file}",
                    "--encoding=UTF8",
                    f"--locale={locale}",
                ]
                ended = subprocess.run(
                    [*command, "--no-instructions"],
                    capture_output=True,
                    text=True,
                    env=SERVER_ENVIRONMENT,
                    cwd="/",
                    **switch_to(self.account),
                )
                if ended.returncode == 0 or "locale" not in ended.stderr:
                    break
        finally:
            os.close(file)
            password_file.unlink()
        if ended.returncode != 0:
            lines = ended.stderr.strip().splitlines()[-8:]
            said = "".join(f"\n  | {line}" for line in lines)
            raise EmbeddedServerFailed(f"initdb could not make {self.data}:{said}", do=remedy(lines, self.folder))
        draft.rename(self.data)

    def clear_what_a_crash_left(self) -> None:
        """Remove a postmaster.pid that no server stands behind, and end orphans of a killed server.

        PostgreSQL itself would refuse to start beside a zombie, and beside a process that got the same id since.
        Raises EmbeddedServerFailed if a server that we did not start runs on these data; it is never touched.
        """
        pid_file = self.data / "postmaster.pid"
        if not pid_file.exists():
            return
        first_line = pid_file.read_text(encoding="utf-8").partition("\n")[0].strip()
        if first_line.isdigit() and self._is_our_postmaster(int(first_line)):
            raise EmbeddedServerFailed(
                f"A PostgreSQL that was started by hand runs on {self.data}, as process {first_line}.",
                do=f"Stop it: `kill -INT {first_line}`, then start again.",
            )
        # Backends of a killed server go on until they next wait, and hold its shared memory until then.
        title = f"postgres: {self.name}:"
        orphans = [
            process
            for process in psutil.process_iter(["cmdline"])
            if " ".join(process.info["cmdline"] or []).startswith(title)
        ]
        end_processes(orphans, ((signal.SIGQUIT, 3.0), (signal.SIGKILL, 2.0)))
        pid_file.unlink(missing_ok=True)

    def remove(self) -> None:
        """Delete the data for good. The server must not run."""
        shutil.rmtree(self.folder, ignore_errors=False)

    def _is_our_postmaster(self, pid: int) -> bool:
        try:
            process = psutil.Process(pid)
            return is_alive(process) and process.name() == "postgres" and str(self.data) in process.cmdline()
        except psutil.NoSuchProcess:
            return False


def place_cluster(home: Path) -> Cluster:
    """Decide where the data of the server at `home` lie and who owns them, and make the folder.

    They lie in `home`, unless root's home lies where the server's account cannot enter; then a file `cluster_path` in
    `home` says where.
    """
    pointer = home / "cluster_path"
    folder = Path(pointer.read_text(encoding="utf-8")) if pointer.exists() else home / "cluster"
    account = server_account(folder)
    key = hashlib.sha256(str(home).encode()).hexdigest()[:12]
    if not pointer.exists() and not folder.exists() and account is not None and not account.can_enter(home):
        folder = SYSTEM_HOME / key
        if not SYSTEM_HOME.exists():
            SYSTEM_HOME.mkdir()
            SYSTEM_HOME.chmod(0o711)  # ours, new; a strict umask would shut the server's account out
        pointer.write_text(str(folder), encoding="utf-8")
        account = server_account(folder)
    make_private_folder(folder, account)
    return Cluster(folder, account, f"workbench-{key}")


def remedy(lines: list[str], folder: Path) -> str:
    """What a person can do about a server whose last words were `lines`."""
    text = "\n".join(lines)
    if "No space left on device" in text:
        return f"The disk is full. Free space where {folder} lies; nothing that was committed is lost."
    if "Address already in use" in text or "could not bind" in text:
        return "Another program took the port in between. Start again: another port will be found."
    if "Permission denied" in text or "wrong ownership" in text or "invalid permissions" in text:
        return f"Check who owns {folder} (`ls -ld`): it must be of the user that started it first, mode 0700."
    if "shared memory" in text or "semaphore" in text:
        return "Too little shared memory: in a container give `--shm-size=256m`; else stop other PostgreSQL servers."
    return f"Read the log. If {folder} is beyond repair, move it away and load again."
