"""`python -m llm …`: each command lives in a module of its own and is registered here."""

from __future__ import annotations

import typer

from llm.guard_cli import guard_command

app = typer.Typer(help="Questions in English, and the SQL that answers them.", no_args_is_help=True)
app.command("guard")(guard_command)


@app.callback()
def _several_commands() -> None:
    """Keep the command's name in use while there is but one."""


if __name__ == "__main__":
    app()
