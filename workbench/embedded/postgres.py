"""An embedded PostgreSQL: found or unpacked, made once, run as a child of ours.

It keeps `fsync` on, so what was committed survives kill -9 and loss of power. It asks for a password on its Unix socket
and on loopback alike, and listens nowhere else.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psycopg
from psycopg.conninfo import make_conninfo

from workbench.embedded.binaries import PostgresBinaries, find_postgres
from workbench.embedded.child import Child, Ending, Progress, end_leftover, record_of
from workbench.embedded.cluster import SERVER_ENVIRONMENT, SUPERUSER, Cluster, place_cluster, remedy
from workbench.embedded.home import LOOPBACK, ServerHome
from workbench.errors import EmbeddedServerFailed
from workbench.log import get_logger

DATABASE = "workbench"


def _ending(patience_seconds: float) -> Ending:
    """Fast (ends sessions, writes a checkpoint), then immediate (the next start recovers), then by force."""
    return ((signal.SIGINT, patience_seconds), (signal.SIGQUIT, 1.0), (signal.SIGKILL, 1.0))


_OPTIONS = {
    "listen_addresses": LOOPBACK,
    "max_connections": "60",
    "shared_buffers": "128MB",
    "max_wal_size": "512MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "password_encryption": "scram-sha-256",
    "jit": "off",  # compiling costs more than it saves on queries of this size
    "logging_collector": "off",  # some distributions turn it on; our log is the child's output
    "update_process_title": "on",  # the title tells orphans of this server from other servers' processes
}

# Length of sun_path less the closing zero.
_SOCKET_PATH_LIMIT = 107 if sys.platform == "linux" else 103


class EmbeddedPostgres:
    """A PostgreSQL with its data in `home`. Use it in a `with`, or call `start` and `stop`.

    bin_dir: folder of `initdb` and `postgres`; None looks for one (see `binaries`). port: of loopback; 0 takes a free
    one and keeps it over restarts while it stays free. progress: takes a line when a step takes long.
    """

    def __init__(
        self, home: Path, *, bin_dir: Path | None = None, port: int = 0, progress: Progress = lambda line: None
    ) -> None:
        self._home = ServerHome(home, "PostgreSQL")
        self._bin_dir = bin_dir.absolute() if bin_dir else None  # children run in /
        self._asked_port = port
        self._progress = progress
        self._log = get_logger(server="postgresql")
        self._child: Child | None = None
        self._cluster: Cluster | None = None
        self._short_socket_dir: Path | None = None
        self.binaries: PostgresBinaries | None = None  #: what runs; None before the first start
        self.port = 0  #: of loopback
        self.socket_dir = Path()
        self._password = ""

    def start(self, *, deadline_seconds: float = 60) -> Self:
        """Start the server, making an empty cluster at the first start, and wait until it takes queries.

        Raises EmbeddedServerFailed with its last log lines and a remedy.
        """
        if self._child is not None:
            if self._child.returncode is None and self._takes_queries():
                return self
            self.stop()
        self._home.hold()
        try:
            if end_leftover(record_of(self.log_file), _ending(6)):
                self._log.warning("leftover_server_stopped", home=str(self._home.folder))
            cluster = self._cluster = place_cluster(self._home.folder)
            self.binaries = find_postgres(
                bin_dir=self._bin_dir, cluster_major=cluster.major, account=cluster.account, copies=cluster.folder
            )
            had_password = (self._home.folder / "password").exists()
            self._password = self._home.password()
            if cluster.major is None:
                self._progress("Making an empty PostgreSQL database")
                cluster.create(self.binaries, self._password)
            elif not had_password:
                raise self._password_is_lost(cluster)
            cluster.clear_what_a_crash_left()
            self._launch(cluster, self.binaries, deadline_seconds)
            self._create_database()
        except BaseException:
            self.stop()
            raise
        self._log.info(
            "embedded_postgres_started",
            port=self.port,
            major=self.binaries.major,
            source=self.binaries.source,
            account=cluster.account.name if cluster.account else None,
        )
        return self

    def stop(self, *, patience_seconds: float = 6) -> None:
        """Stop the server cleanly. One that takes longer than the patience is cut off within 2 s more, losing nothing.

        Nothing happens if it does not run.
        """
        if self._child is not None:
            self._child.stop(_ending(patience_seconds))
            self._child = None
        if self._short_socket_dir is not None:
            shutil.rmtree(self._short_socket_dir, ignore_errors=True)
            self._short_socket_dir = None
        self._home.release()

    def wipe(self) -> None:
        """Delete all data of this server for good, also those that lie outside its home. Stops it first."""
        self.stop()
        self._home.hold()
        try:
            end_leftover(record_of(self.log_file), _ending(6))
            cluster = place_cluster(self._home.folder)
            cluster.clear_what_a_crash_left()
            cluster.remove()
            for name in ("cluster_path", "password", "port"):
                (self._home.folder / name).unlink(missing_ok=True)
        finally:
            self._home.release()

    def dsn(self, database: str = DATABASE) -> str:
        """Keywords for libpq, over the Unix socket: for psycopg and ADBC. Holds the password."""
        return make_conninfo(
            host=str(self.socket_dir), port=self.port, user=SUPERUSER, password=self._password, dbname=database
        )

    def uri(self, database: str = DATABASE) -> str:
        """The same as a URI of libpq."""
        host = quote(str(self.socket_dir), safe="")
        return f"postgresql://{SUPERUSER}:{self._password}@/{quote(database)}?host={host}&port={self.port}"

    def url(self, database: str = DATABASE) -> str:
        """A URL over loopback, for programs that do not use libpq, such as dbmate."""
        address = f"{LOOPBACK}:{self.port}"
        return f"postgres://{SUPERUSER}:{self._password}@{address}/{quote(database)}?sslmode=disable"

    @property
    def pid(self) -> int | None:
        """Process id of the server; None if it does not run."""
        return self._child.pid if self._child and self._child.returncode is None else None

    @property
    def child(self) -> Child | None:
        """The server's process, to be watched; None before `start` and after `stop`."""
        return self._child

    @property
    def data(self) -> Path | None:
        """PostgreSQL's data directory; None before the first start."""
        return self._cluster.data if self._cluster else None

    @property
    def log_file(self) -> Path:
        """What the server logs."""
        return self._home.folder / "postgres.log"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _launch(self, cluster: Cluster, binaries: PostgresBinaries, deadline_seconds: float) -> None:
        for attempt in (1, 2, 3):
            self.port = self._home.port(self._asked_port)
            self.socket_dir = self._choose_socket_dir(cluster)
            options = {
                **_OPTIONS,
                "port": str(self.port),
                "unix_socket_directories": f'"{self.socket_dir}"',
                "cluster_name": cluster.name,
            }
            command: list[str | Path] = [binaries.folder / "postgres", "-D", cluster.data]
            for name, value in options.items():
                command += ["-c", f"{name}={value}"]
            self._child = Child.start(
                "PostgreSQL",
                command,
                log_file=self.log_file,
                environment=SERVER_ENVIRONMENT,
                account=cluster.account,
                death_signal=signal.SIGINT,
            )
            try:
                self._child.wait_until_ready(
                    self._takes_queries,
                    deadline_seconds=deadline_seconds,
                    remedy=lambda lines: remedy(list(lines), cluster.folder),
                    progress=self._progress,
                )
            except EmbeddedServerFailed as failed:
                # Between our look and the server's own, another program may take the port we found.
                lost_the_port = "could not bind" in failed.what and not self._asked_port
                if not lost_the_port or attempt == 3:
                    raise
                self._child.stop()
                (self._home.folder / "port").unlink(missing_ok=True)
            else:
                return

    def _takes_queries(self) -> bool:
        try:
            psycopg.connect(self.dsn("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error) and self._cluster:
                raise self._password_is_lost(self._cluster) from error
            return False
        return True

    def _create_database(self) -> None:
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
                connection.execute(f"CREATE DATABASE {DATABASE}")

    def _choose_socket_dir(self, cluster: Cluster) -> Path:
        """The cluster's folder or, if its path does not suit a socket, a short folder that only the server enters."""
        is_short = len(os.fsencode(cluster.folder / f".s.PGSQL.{self.port}")) <= _SOCKET_PATH_LIMIT
        if is_short and "," not in str(cluster.folder):  # libpq takes a host with a comma for two hosts
            return cluster.folder
        if self._short_socket_dir is None:
            for parent in (tempfile.gettempdir(), "/tmp"):  # noqa: S108  # mkdtemp makes an unguessable folder of mode 0700
                folder = Path(tempfile.mkdtemp(prefix="workbench-", dir=parent))
                if cluster.account is not None:
                    os.chown(folder, cluster.account.uid, cluster.account.gid)
                is_short = len(os.fsencode(folder / ".s.PGSQL.65535")) <= _SOCKET_PATH_LIMIT
                if is_short and (cluster.account is None or cluster.account.can_enter(folder)):
                    self._short_socket_dir = folder
                    break
                folder.rmdir()
            else:
                raise EmbeddedServerFailed(
                    f"{cluster.folder} is too long a path for a Unix socket, and no short folder can be used.",
                    do="Give a data home with a shorter path: WORKBENCH_DATA_HOME=…",
                )
        return self._short_socket_dir

    def _password_is_lost(self, cluster: Cluster) -> EmbeddedServerFailed:
        return EmbeddedServerFailed(
            f"The data of PostgreSQL were made with another password than {self._home.folder / 'password'} holds.",
            do=f"Bring the file back from a copy.\nOr move {cluster.folder} away to start empty, and load again.",
        )
