"""`python -m pipelines`: run pipelines by hand, keep them running, take new accounts on board."""

from __future__ import annotations

import signal
import sys
import threading
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from pipelines.aws.connect import AwsAccounts
from pipelines.demo.__main__ import app as demo_app
from pipelines.onboard import onboard as onboard_file
from pipelines.registry import PIPELINES, run_named
from pipelines.run import Context
from workbench.errors import WorkbenchError
from workbench.log import configure_log
from workbench.postgres import open_postgres
from workbench.settings import Settings, load_settings

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="What reads AWS into the record, and the record into the marts.",
)
app.add_typer(demo_app, name="demo")


def main() -> None:
    """Run the command line; a WorkbenchError becomes a message and exit code 2."""
    try:
        app()
    except WorkbenchError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(2)


@app.command("list")
def list_pipelines() -> None:
    """Name the pipelines, in the order in which they run."""
    for name, pipeline in PIPELINES.items():
        typer.echo(f"{name:<12} {pipeline.meaning}")


@app.command()
def run(
    name: Annotated[str, typer.Argument(help="A pipeline of `list`, or `all`.")],
    account: Annotated[list[str] | None, typer.Option(help="Only this account; may be given several times.")] = None,
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Read again from this day on.")] = None,
) -> None:
    """Run one pipeline, or all in order, and say how it went. Exit code 1 if a part failed."""
    settings = load_settings()
    configure_log("pipelines", level=settings.log_level, as_json=settings.log_json)
    stop = _stop_on_signal()
    context = _context(settings, stop, accounts=account, since=since)
    has_failed = False
    try:
        for chosen in PIPELINES if name == "all" else [name]:
            outcome = run_named(context, chosen)
            typer.echo(
                f"{outcome.sync_type}: {outcome.status}, {outcome.loaded.read} read, {outcome.loaded.inserted} new, "
                f"{outcome.loaded.updated} changed, {outcome.loaded.deleted} gone, {outcome.api_calls} calls, "
                f"{outcome.seconds:.1f} s"
            )
            for failure in outcome.failures:
                has_failed = True
                typer.echo(f"  {failure.account_id or 'all'} {failure.region or ''}: {failure.message}", err=True)
    finally:
        context.postgres.close()
    raise typer.Exit(1 if has_failed else 0)


@app.command()
def schedule() -> None:
    """Run as the worker: keep the record and the marts fresh until SIGTERM."""
    from pipelines.schedule import keep_fresh

    settings = load_settings()
    configure_log("worker", level=settings.log_level, as_json=settings.log_json)
    stop = _stop_on_signal()
    context = _context(settings, stop)
    try:
        keep_fresh(context)
    finally:
        context.postgres.close()


@app.command()
def onboard(file: Annotated[Path, typer.Argument(help="JSON with clients and accounts; see docs/how-to.")]) -> None:
    """Create or update the clients and accounts that FILE names."""
    settings = load_settings()
    postgres = open_postgres(settings)
    try:
        done = onboard_file(postgres, file)
    finally:
        postgres.close()
    typer.echo(f"{done.clients} clients, {done.accounts} accounts, {done.written} rows written")


def _context(
    settings: Settings, stop: threading.Event, *, accounts: list[str] | None = None, since: datetime | None = None
) -> Context:
    return Context(
        settings=settings,
        # One connection for each worker, and a few for the thread that watches over them.
        postgres=open_postgres(settings, max_size=settings.aws_workers + 4),
        aws=AwsAccounts(settings, stop),
        stop=stop,
        only_accounts=frozenset(accounts) if accounts else None,
        since=since.date() if since else None,
    )


def _stop_on_signal() -> threading.Event:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
