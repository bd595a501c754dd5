"""`python -m llm ask` and `python -m llm eval`."""

from __future__ import annotations

import json
import sys
from collections import Counter
from contextlib import closing
from datetime import UTC, date, datetime, time
from pathlib import Path
from statistics import median
from typing import Annotated

import typer

from llm.answer import Answer
from llm.client import ModelClient
from llm.evals.run import Judged, judge, read_questions
from llm.models import model_card
from llm.sandbox import Sandbox, SandboxLimits
from llm.text_to_sql import Asker
from workbench.clock import Clock, frozen_clock, system_clock
from workbench.errors import WorkbenchError
from workbench.log import configure_log
from workbench.settings import Settings, load_settings

SHOWN_ROWS = 50


def ask_command(
    question: Annotated[str, typer.Argument(help="A question in English.")],
    database: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="The mart it is asked of.")],
    as_of: Annotated[str, typer.Option(help="Today, as YYYY-MM-DD; else the real one.")] = "",
    sql: Annotated[bool, typer.Option("--sql", help="The question is SQL.")] = False,
) -> None:
    """Answer one question on a mart, with the SQL and the rows."""
    settings = load_settings()
    configure_log("ask", level="WARNING", as_json=False)
    with closing(Sandbox(SandboxLimits.of(settings))) as sandbox:
        asker = Asker(sandbox=sandbox, model=_model(settings), clock=_clock(as_of))
        answer = asker.run_sql(question, database) if sql else asker.ask(question, database)
    _show(answer)
    if answer.outcome != "answer":
        raise typer.Exit(1)


def eval_command(
    questions: Annotated[
        Path, typer.Option(exists=True, dir_okay=False, help="JSON lines of questions with gold SQL.")
    ],
    database: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="The mart they are asked of.")],
    as_of: Annotated[str, typer.Option(help="Today, as YYYY-MM-DD.")],
    out: Annotated[Path, typer.Option(help="File of results, a JSON line each.")],
    model: Annotated[
        str, typer.Option(help="Model that must be serving; `none`: rules alone; else whatever serves.")
    ] = "",
) -> None:
    """Measure how many questions are answered right. The gold is compared with, never read to answer."""
    settings = load_settings()
    configure_log("eval", level="WARNING", as_json=False)
    try:
        asked = read_questions(questions)
        client = None if model == "none" else _serving(settings, model)
        with closing(Sandbox(SandboxLimits.of(settings))) as sandbox, out.open("w", encoding="utf-8") as results:
            # Companion columns help people; a gold answer holds only what was asked for.
            asker = Asker(sandbox=sandbox, model=client, clock=_clock(as_of), companions=False)
            judged: list[Judged] = []
            for found in judge(asked, asker, sandbox, database):
                judged.append(found)
                results.write(json.dumps(found.line(), ensure_ascii=False) + "\n")
    except WorkbenchError as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(2) from None
    sys.stderr.write(summary(judged) + "\n")


def summary(judged: list[Judged]) -> str:
    """A few lines on how it went."""
    if not judged:
        return "No question."
    right = sum(found.correct is True for found in judged)
    lines = [f"{right} of {len(judged)} right ({100 * right / len(judged):.0f} %), median "
             f"{median(found.answer.seconds for found in judged):.2f} s"]  # fmt: skip
    for way, count in Counter(found.answer.way for found in judged).most_common():
        well = sum(found.correct is True for found in judged if found.answer.way == way)
        lines.append(f"  by {way}: {well} of {count} right")
    for expected, count in Counter(found.question.expected for found in judged).most_common():
        mine = [found for found in judged if found.question.expected == expected]
        gave = ", ".join(f"{n} {outcome}" for outcome, n in Counter(f.answer.outcome for f in mine).most_common())
        lines.append(f"  {expected} was right for {count}: gave {gave}")
    lost = sum(found.correct is None for found in judged)
    return "\n".join([*lines, f"  {lost} gold queries do not run on this mart"] if lost else lines)


def _show(answer: Answer) -> None:
    sys.stdout.write(answer.message + "\n")
    if answer.suggestions:
        sys.stdout.write("You can ask, for example:\n" + "".join(f"  {s}\n" for s in answer.suggestions))
    if answer.sql:
        sys.stdout.write(f"\n{answer.sql}\n")
    if answer.result is not None:
        rows = answer.result.rows
        sys.stdout.write("\n" + "\t".join(answer.result.columns) + "\n")
        sys.stdout.writelines("\t".join(map(str, row)) + "\n" for row in rows[:SHOWN_ROWS])
        if len(rows) > SHOWN_ROWS:
            sys.stdout.write(f"… {len(rows) - SHOWN_ROWS} rows more\n")


def _model(settings: Settings) -> ModelClient:
    return ModelClient(settings.model_url, timeout_seconds=settings.model_timeout_seconds)


def _serving(settings: Settings, name: str) -> ModelClient:
    client = _model(settings)
    if name:
        state = client.state()
        if (state.state, state.model) != ("ready", model_card(name).name):
            raise WorkbenchError(
                f"{name} is not serving at {settings.model_url}: {state.state} {state.model} {state.reason}",
                do=f"Run `WORKBENCH_MODEL_NAME={name} python -m llm serve` and wait until it is ready.",
            )
    return client


def _clock(as_of: str) -> Clock:
    if not as_of:
        return system_clock
    return frozen_clock(datetime.combine(date.fromisoformat(as_of), time(12), tzinfo=UTC))
