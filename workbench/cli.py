"""The command line of the workbench itself: schema, settings, health and the people who may sign in."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from workbench import migrate as migrations
from workbench.errors import WorkbenchError
from workbench.log import configure_log
from workbench.passwords import generate_password
from workbench.postgres import open_postgres
from workbench.settings import describe, example_file, load_settings
from workbench.users import ROLES, Users

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
users_app = typer.Typer(no_args_is_help=True, help="People who may sign in.")
app.add_typer(users_app, name="user")

console = Console()


def reporting_errors[**P, R](command: Callable[P, R]) -> Callable[P, R]:
    """Show a WorkbenchError as its text and exit with 1; anything else is a bug and keeps its trace."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except WorkbenchError as error:
            sys.stderr.write(f"{error}\n")
            raise typer.Exit(1) from error

    return wrapped


@app.command("migrate")
@reporting_errors
def migrate_command() -> None:
    """Bring the record to this version's schema."""
    settings = load_settings()
    configure_log("workbench", level=settings.log_level, as_json=settings.log_json)
    applied = migrations.migrate(open_postgres(settings).dsn)
    print(f"Applied {', '.join(applied)}." if applied else "Nothing to do: the schema is up to date.")


@app.command("check")
@reporting_errors
def check_command() -> None:
    """Say whether PostgreSQL, its schema, Redis and the marts are in order. Exits with 1 if one is not."""
    from workbench.check import examine

    findings = examine(load_settings())
    for finding in findings:
        console.print(("[green]ok[/]    " if finding.is_good else "[red]wrong[/] ") + f"{finding.what}: {finding.text}")
    raise typer.Exit(0 if all(finding.is_good for finding in findings) else 1)


@app.command("settings")
@reporting_errors
def settings_command(
    example: Annotated[bool, typer.Option("--example", help="Print the text of .env.example instead.")] = False,
) -> None:
    """Print every setting with its value and where that came from; secrets are hidden."""
    if example:
        print(example_file(), end="")
        return
    table = Table("setting", "value", "from", "meaning")
    for setting in describe(load_settings()):
        table.add_row(setting.variable, setting.value, setting.origin, setting.description)
    console.print(table)


@users_app.command("add")
@reporting_errors
def user_add(
    username: str,
    role: Annotated[str, typer.Option(help="One of " + ", ".join(ROLES))] = "MANAGER",
    client: Annotated[list[str] | None, typer.Option(help="Code of a client the user may see; repeat it.")] = None,
    all_clients: Annotated[bool, typer.Option(help="The user sees every client, future ones included.")] = False,
    display_name: Annotated[str, typer.Option(help="The name that pages show.")] = "",
    email: Annotated[str | None, typer.Option()] = None,
    password_stdin: Annotated[bool, typer.Option(help="Read the password from standard input.")] = False,
) -> None:
    """Add a user. Without --password-stdin a password is made up and printed once."""
    password = sys.stdin.readline().rstrip("\n") if password_stdin else generate_password()
    with _users() as users:
        users.add(
            username,
            password,
            role,
            client_codes=client or [],
            all_clients=all_clients,
            display_name=display_name,
            email=email,
        )
    print(f"Added {username}." + ("" if password_stdin else f" Password, shown this once: {password}"))


@users_app.command("password")
@reporting_errors
def user_password(
    username: str, password_stdin: Annotated[bool, typer.Option(help="Read it from standard input.")] = False
) -> None:
    """Set a user's password: made up and printed once, or read from standard input."""
    password = sys.stdin.readline().rstrip("\n") if password_stdin else generate_password()
    with _users() as users:
        users.set_password(username, password)
    print(f"Changed {username}." + ("" if password_stdin else f" Password, shown this once: {password}"))


@users_app.command("access")
@reporting_errors
def user_access(
    username: str,
    client: Annotated[
        list[str] | None, typer.Option(help="Code of a client; repeat it. These replace the old ones.")
    ] = None,
    all_clients: Annotated[bool, typer.Option()] = False,
) -> None:
    """Set which clients a user may see."""
    with _users() as users:
        users.set_access(username, client_codes=client or [], all_clients=all_clients)
    print(f"{username} sees {'all clients' if all_clients else ', '.join(client or []) or 'no client'}.")


@users_app.command("disable")
@reporting_errors
def user_disable(username: str) -> None:
    """Close a user's account; open pages end."""
    with _users() as users:
        users.set_active(username, active=False)
    print(f"{username} can no longer sign in.")


@users_app.command("enable")
@reporting_errors
def user_enable(username: str) -> None:
    """Open a closed account again."""
    with _users() as users:
        users.set_active(username, active=True)
    print(f"{username} can sign in.")


@users_app.command("list")
@reporting_errors
def user_list() -> None:
    """List all users with role and clients."""
    table = Table("user", "role", "clients", "active", "last sign-in")
    with _users() as users:
        listed = users.list()
    for user in listed:
        clients = "all" if user.sees_all_clients else ", ".join(user.client_codes)
        signed_in = user.last_login_at.isoformat(timespec="minutes") if user.last_login_at else "never"
        table.add_row(user.username, user.role, clients or "none", "yes" if user.is_active else "no", signed_in)
    console.print(table)


@contextmanager
def _users() -> Iterator[Users]:
    settings = load_settings()
    postgres = open_postgres(settings, max_size=1)
    try:
        yield Users(postgres, bcrypt_cost=settings.bcrypt_cost)
    finally:
        postgres.close()
