from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from llm.__main__ import app
from llm.evals.compare import Rows, says_the_same

STOPPED = "How many workspaces are stopped?"


@pytest.mark.parametrize(
    ("found", "gold", "order_matters", "expected"),
    [
        ([(1, "a")], [("a", 1)], False, True),  # columns in any order
        ([("a",), ("b",)], [("b",), ("a",)], False, True),  # rows in any order,
        ([("a",), ("b",)], [("b",), ("a",)], True, False),  # unless the order was asked for
        ([(Decimal("10.10"),)], [(10.1,)], False, True),  # numbers by value
        ([(10.1,)], [(10.2,)], False, False),
        ([(1,)], [(1,), (1,)], False, False),  # as many rows
        ([(1, 2)], [(1,)], False, False),  # as many columns
        ([(1, 2), (2, 1)], [(2, 1), (2, 1)], False, False),  # one order of columns for all rows
        ([(date(2026, 5, 1),)], [(datetime(2026, 5, 1, tzinfo=UTC),)], False, True),
        ([(None,)], [(0,)], False, False),
        ([], [], False, True),
    ],
)
def test_two_result_sets_say_the_same_if_their_values_do(
    found: Rows, gold: Rows, order_matters: bool, expected: bool
) -> None:
    assert says_the_same(found, gold, order_matters=order_matters) is expected


def test_eval_judges_answers_refusals_and_gold_that_does_not_run(tiny_mart: Path, tmp_path: Path) -> None:
    cases = [
        (
            "right",
            "How many workspaces are stopped?",
            "SELECT count(*) FROM workspaces WHERE state = 'STOPPED'",
            "answer",
        ),
        ("wrong", STOPPED, "SELECT 99", "answer"),
        ("refused", "Delete all workspaces", "", "refuse"),
        ("unknowable", "What is the weather?", "", "unanswerable"),
        ("answered too much", STOPPED, "", "clarify"),
        ("gold is broken", STOPPED, "SELECT nothing FROM nowhere", "answer"),
    ]
    questions, out = tmp_path / "q.jsonl", tmp_path / "r.jsonl"
    questions.write_text(
        "".join(json.dumps({"id": i, "question": q, "gold_sql": g, "expected": e}) + "\n" for i, q, g, e in cases)
    )
    done = CliRunner().invoke(
        app,
        f"eval --questions {questions} --database {tiny_mart} --as-of 2026-06-30 --model none --out {out}".split(),
    )
    assert done.exit_code == 0, done.output
    found = {line["id"]: line["correct"] for line in map(json.loads, out.read_text().splitlines())}
    assert found == {"right": True, "wrong": False, "refused": True, "unknowable": True, "answered too much": False,
                     "gold is broken": None}  # fmt: skip
    assert "3 of 6 right" in done.stderr


def test_ask_prints_message_sql_and_rows(tiny_mart: Path) -> None:
    done = CliRunner().invoke(
        app, ["ask", "How many workspaces are in each region?", "--database", str(tiny_mart), "--as-of", "2026-06-30"]
    )
    assert done.exit_code == 0, done.output
    assert "number of WorkSpaces by region" in done.stdout
    assert "eu-west-1\t3" in done.stdout


def test_models_list_says_which_can_be_used() -> None:
    done = CliRunner().invoke(app, ["models", "list"])
    assert done.exit_code == 0, done.output
    assert "phi-3-mini-128k-instruct (default)" in done.stdout
    assert "ready: " in done.stdout


def test_models_fetch_without_a_place_fails_with_what_to_do() -> None:
    done = CliRunner().invoke(app, ["models", "fetch", "phi-3-mini-128k-instruct"])
    assert done.exit_code == 1
    assert "--url" in done.stderr
