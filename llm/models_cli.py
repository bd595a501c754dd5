"""`python -m llm models` and `python -m llm serve`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from llm.fetch import fetch_model
from llm.models import ModelCard, load_registry, locate, model_card
from llm.serve import serve
from workbench.errors import WorkbenchError
from workbench.log import configure_log
from workbench.settings import load_settings

models_app = typer.Typer(help="The models that can answer questions.", no_args_is_help=True)


@models_app.command("list")
def list_command() -> None:
    """Show every model of the registry, and whether it can be used here."""
    settings = load_settings()
    for card in load_registry().values():
        marks = [
            mark for mark, is_so in (("default", card.default), ("in use", card.name == settings.model_name)) if is_so
        ]
        size = f"{card.size_bytes / 1e6:,.0f} MB" if card.size_bytes else "size not known"
        kind = "writes SQL" if card.writes_sql else "fills in measure and grouping"
        sys.stdout.write(f"{card.name}{f' ({", ".join(marks)})' if marks else ''}\n")
        sys.stdout.write(f"  {card.file}, {size}, {card.licence}, from {card.source}; {kind}\n")
        sys.stdout.write(f"  {_whether(card, settings.model_home)}\n")


def _whether(card: ModelCard, home: Path) -> str:
    try:
        return f"ready: {locate(card, home)}"
    except WorkbenchError as error:
        return str(error).replace("\n", "\n  ")


@models_app.command("fetch")
def fetch_command(
    name: Annotated[str, typer.Argument(help="A model of the registry.")],
    url: Annotated[str, typer.Option(help="Where its GGUF is, if the registry does not say.")] = "",
    file: Annotated[Path | None, typer.Option(help="A GGUF on this machine.")] = None,
    sha256: Annotated[str, typer.Option(help="Its sha256 as its publisher states it; else you are asked.")] = "",
) -> None:
    """Get a model's file, going on where an earlier try stopped, and check it."""
    try:
        path = fetch_model(
            model_card(name), load_settings().model_home, url=url, file=file, progress=_show,
            confirm=lambda digest: _confirmed(digest, sha256, url),
        )  # fmt: skip
    except WorkbenchError as error:
        sys.stderr.write(f"\n{error}\n")
        raise typer.Exit(1) from None
    sys.stdout.write(f"\nReady: {path}\nUse it with WORKBENCH_MODEL_NAME={name}.\n")


def _confirmed(digest: str, expected: str, url: str) -> bool:
    if expected:
        return digest == expected.lower()
    place = f" (from {urlsplit(url).netloc})" if url else ""
    sys.stderr.write(f"\nThe registry does not know this file's checksum{place}. Its sha256 is\n  {digest}\n")
    return typer.confirm("Is that what its publisher states?", err=True)


def _show(there: int, in_all: int) -> None:
    share = f" of {in_all / 1e6:,.0f} MB, {100 * there / in_all:.0f} %" if in_all else ""
    sys.stderr.write(f"\r{there / 1e6:,.0f} MB{share}   ")


def serve_command(
    host: Annotated[
        str, typer.Option(help="Address to listen on; anyone who reaches it may use the model.")
    ] = "127.0.0.1",
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Port; else the one of WORKBENCH_MODEL_URL.")
    ] = None,
) -> None:
    """Run the model service until it is stopped."""
    settings = load_settings()
    configure_log("model", level=settings.log_level, as_json=settings.log_json)
    serve(settings, host=host, port=port or urlsplit(settings.model_url).port or 8010)
