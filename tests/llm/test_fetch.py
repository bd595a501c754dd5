from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from llm.fetch import ModelFetchFailed, fetch_model
from llm.models import ModelCard, ModelFileIsWrong, locate

CONTENT = b"GGUF" + hashlib.sha256(b"weights").digest() * 4096
SHA256 = hashlib.sha256(CONTENT).hexdigest()
CARD = ModelCard(name="tiny", file="tiny.gguf", size_bytes=len(CONTENT), sha256=SHA256, licence="none", source="tests")


class Publisher(ThreadingHTTPServer):
    """Serves CONTENT with ranges; `/broken` stops after half of it; `ranges` holds what was asked for."""

    daemon_threads = True
    ranges: list[str | None]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Publisher

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.server.ranges.append(asked)
        if self.path == "/gone":
            self.send_error(404)
            return
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        if start >= len(CONTENT):
            self.send_error(416)
            return
        body = CONTENT[start:]
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if self.path == "/broken" else body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    server = Publisher(("127.0.0.1", 0), Handler)
    server.ranges = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_file_is_fetched_with_progress_and_checked(publisher: Publisher, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    path = fetch_model(CARD, tmp_path, url=publisher.url, progress=lambda *step: seen.append(step))
    assert path.read_bytes() == CONTENT
    assert seen[-1] == (len(CONTENT), len(CONTENT))
    assert [p.name for p in tmp_path.iterdir()] == ["tiny.gguf"]


def test_a_broken_download_goes_on_where_it_stopped(publisher: Publisher, tmp_path: Path) -> None:
    with pytest.raises(ModelFetchFailed, match="goes on where it stopped"):
        fetch_model(CARD, tmp_path, url=publisher.url + "/broken")
    half = (tmp_path / "tiny.gguf.part").stat().st_size
    assert half == len(CONTENT) // 2
    assert fetch_model(CARD, tmp_path, url=publisher.url).read_bytes() == CONTENT
    assert publisher.ranges == [None, f"bytes={half}-"]


def test_a_complete_part_is_not_fetched_again(publisher: Publisher, tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf.part").write_bytes(CONTENT)
    assert fetch_model(CARD, tmp_path, url=publisher.url).read_bytes() == CONTENT


def test_another_file_than_the_registry_knows_is_removed(publisher: Publisher, tmp_path: Path) -> None:
    other = ModelCard(
        name="tiny", file="tiny.gguf", size_bytes=len(CONTENT), sha256="0" * 64, licence="", source="tests"
    )
    with pytest.raises(ModelFileIsWrong, match="expected 0000"):
        fetch_model(other, tmp_path, url=publisher.url)
    assert list(tmp_path.iterdir()) == []


def test_an_address_that_is_gone_says_so(publisher: Publisher, tmp_path: Path) -> None:
    with pytest.raises(ModelFetchFailed, match="404"):
        fetch_model(CARD, tmp_path, url=publisher.url + "/gone")


def test_a_server_that_is_away_says_so(publisher: Publisher, tmp_path: Path) -> None:
    with pytest.raises(ModelFetchFailed, match="broke off"):
        fetch_model(CARD, tmp_path, url="http://127.0.0.1:9/tiny.gguf")


def test_an_unknown_checksum_needs_the_administrators_yes(tmp_path: Path) -> None:
    card = ModelCard(name="new", file="new.gguf", size_bytes=0, sha256="", licence="none", source="tests")
    own = tmp_path / "mine.gguf"
    own.write_bytes(CONTENT)
    with pytest.raises(ModelFileIsWrong, match=SHA256):
        fetch_model(card, tmp_path / "home", file=own)
    asked: list[str] = []
    path = fetch_model(card, tmp_path / "home", file=own, confirm=lambda sha256: asked.append(sha256) is None)
    assert asked == [SHA256]
    assert locate(card, tmp_path / "home") == path


def test_a_model_without_an_address_asks_for_one(tmp_path: Path) -> None:
    with pytest.raises(ModelFetchFailed, match="--url"):
        fetch_model(CARD, tmp_path)
