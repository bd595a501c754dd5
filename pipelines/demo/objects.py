"""S3 by moto's server, filled with the files below `<home>/s3`; only the payer's role may read."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.s3.models import s3_backends
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from pipelines.demo.access import AccessDesk
from pipelines.demo.refusals import Refusal

type StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class ObjectStore:
    """A running S3 on a port of its own, in a thread of this process."""

    def __init__(self, home: Path, desk: AccessDesk, *, host: str, port: int) -> None:
        _fill(home / "s3")
        app = DomainDispatcherApplication(create_backend_app)

        def guarded(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
            try:
                headers = {"authorization": environ.get("HTTP_AUTHORIZATION", "")}
                if token := environ.get("HTTP_X_AMZ_SECURITY_TOKEN"):
                    headers["x-amz-security-token"] = token
                desk.allow(desk.recognise(headers), "GetObject")
                if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
                    raise Refusal("AccessDenied", "The payer's role only reads.")
            except Refusal:
                start_response("403 Forbidden", [("Content-Type", "application/xml")])
                return [b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"]
            answered: Iterable[bytes] = app(environ, start_response)
            return answered

        self._server: BaseWSGIServer = make_server(host, port, guarded, threaded=True, request_handler=_QuietHandler)
        self.url = f"http://{host}:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, name="s3", daemon=True)

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Answer no more, and give the port back."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _QuietHandler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: a line a request helps nobody."""


def _fill(root: Path) -> None:
    backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
    for bucket in sorted(path for path in root.iterdir() if path.is_dir()):
        backend.create_bucket(bucket.name, "us-east-1")
        for file in sorted(path for path in bucket.rglob("*") if path.is_file()):
            backend.put_object(bucket.name, file.relative_to(bucket).as_posix(), file.read_bytes())
