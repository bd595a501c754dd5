"""The workbench from a notebook: sign in with your own account, get your own mart, ask it with SQL or by name.

Invariant: the server decides what is in the mart it hands out; nothing here can widen it. The file is kept in a private
folder and removed when the connection is closed.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx
import pandas as pd

from workbench.domain.scope import Scope
from workbench.errors import DatabaseIsAway, SettingsAreWrong, WorkbenchError
from workbench.marts import Mart, connect_reader
from workbench.settings import load_settings


class SignInRefused(WorkbenchError):
    """The server does not accept the account or the token."""


class Connection:
    """A signed-in connection with a copy of your mart. Use it in a `with`, or call `close()` at the end."""

    def __init__(self, url: str, token: str) -> None:
        self._http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60)
        self._folder = Path(tempfile.mkdtemp(prefix="workbench-"))
        self._etag = ""
        self._mart: Mart | None = None

    def refresh(self) -> int:
        """Fetch the mart if a newer one was published. Returns its version.

        Raises SignInRefused when the sign-in has ended, WorkbenchError with the server's words otherwise.
        """
        headers = {"If-None-Match": self._etag} if self._etag else {}
        with _reaching(self._http.base_url), self._http.stream("GET", "/api/v1/mart", headers=headers) as response:
            if response.status_code == httpx.codes.NOT_MODIFIED and self._mart is not None:
                return self._mart.version
            if response.is_error:
                response.read()
                raise _problem(response)
            version = int(response.headers["X-Mart-Version"])
            path = self._folder / f"m{version:06d}.duckdb"
            with path.open("wb") as file:
                for chunk in response.iter_bytes():
                    file.write(chunk)
            self._etag = response.headers["ETag"]
        if self._mart is not None:
            self._mart.connection.close()
            self._mart.path.unlink(missing_ok=True)
        self._mart = Mart(Scope(frozenset()), version, path, connect_reader(path))
        return version

    def frame(self, name: str, /, **params: object) -> pd.DataFrame:
        """Rows of the workbench's own query `sql/duckdb/<name>.sql` as a frame; money columns hold Decimal."""
        return self._current().frame(name, **params)

    def sql(self, text: str) -> pd.DataFrame:
        """Rows of your own SQL (DuckDB) over your mart as a frame; money columns hold Decimal.

        The mart is a read-only file that holds your clients alone, opened without access to files or the network.
        """
        frame: pd.DataFrame = self._current().connection.sql(text).to_arrow_table().to_pandas()
        return frame

    def tables(self) -> pd.DataFrame:
        """Tables, views and columns of the mart with their meanings. One row per column."""
        return self.sql(
            "SELECT table_name, column_name, data_type, comment AS meaning FROM duckdb_columns() "
            "WHERE NOT internal ORDER BY table_name, column_index"
        )

    def close(self) -> None:
        """Close the mart and remove the copy."""
        if self._mart is not None:
            self._mart.connection.close()
            self._mart = None
        self._http.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _current(self) -> Mart:
        if self._mart is None:
            raise WorkbenchError("The connection is closed.", do="Call `workbench.client.connect()` again.")
        return self._mart


def connect(url: str = "", *, username: str = "", password: str = "", token: str = "") -> Connection:
    """Sign in at the workbench and fetch your mart.

    url, token: default to WORKBENCH_URL and WORKBENCH_TOKEN. With `username` and `password` a token is fetched first.
    Raises SettingsAreWrong when neither a token nor an account is given, SignInRefused when the server refuses.
    """
    settings = load_settings()
    url = url or settings.url or f"http://{settings.web_host}:{settings.web_port}"
    token = token or settings.token.get_secret_value()
    if username:
        token = _sign_in(url, username, password)
    if not token:
        raise SettingsAreWrong(
            "Nobody is signed in.", do="Give username and password, or set WORKBENCH_TOKEN to a token of yours."
        )
    connection = Connection(url, token)
    try:
        connection.refresh()
    except BaseException:
        connection.close()
        raise
    return connection


def _sign_in(url: str, username: str, password: str) -> str:
    with _reaching(url):
        response = httpx.post(f"{url}/auth/login", json={"username": username, "password": password}, timeout=30)
    if response.is_error:
        raise _problem(response)
    return str(response.json()["token"])


@contextmanager
def _reaching(url: object) -> Iterator[None]:
    """Turns "no connection" into an error that says what to do."""
    try:
        yield
    except httpx.TransportError as error:
        raise DatabaseIsAway(
            f"The workbench at {url} does not answer.",
            do="Start it (`make demo` or `python panel_serve.py`), or correct WORKBENCH_URL.",
        ) from error


def _problem(response: httpx.Response) -> WorkbenchError:
    body = response.json() if "json" in response.headers.get("content-type", "") else {}
    what = str(body.get("detail") or body.get("title") or f"The server answered {response.status_code}.")
    kind = SignInRefused if response.status_code == httpx.codes.UNAUTHORIZED else WorkbenchError
    return kind(what, do=str(body.get("do", "")))
