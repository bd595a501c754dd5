"""`python -m llm …`: each command lives in a module of its own and is registered here."""

from __future__ import annotations

import typer

from llm.ask_cli import ask_command, eval_command
from llm.guard_cli import guard_command
from llm.models_cli import models_app, serve_command

app = typer.Typer(help="Questions in English, and the SQL that answers them.", no_args_is_help=True)
app.command("ask")(ask_command)
app.command("eval")(eval_command)
app.command("guard")(guard_command)
app.add_typer(models_app, name="models")
app.command("serve")(serve_command)


if __name__ == "__main__":
    app()
