"""Puts a file of questions to the asker and judges the answers.

Invariant: the gold SQL is run for comparison alone, after the answer is there; nothing that answers can see it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llm.answer import Answer
from llm.evals.compare import says_the_same
from llm.guard import Rejected, check
from llm.knowledge import KnownMarts
from llm.sandbox import Sandbox, SandboxError
from llm.text_to_sql import Asker
from workbench.errors import WorkbenchError


class QuestionsAreWrong(WorkbenchError):
    """The file of questions cannot be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One line of the file."""

    id: str
    question: str
    gold_sql: str
    expected: str  #: the outcome that is right
    order_matters: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One answer, judged. `correct` is None where the gold itself cannot be run on this mart."""

    question: Question
    answer: Answer
    correct: bool | None

    def line(self) -> dict[str, Any]:
        """As written to the file of results."""
        return {
            "id": self.question.id, "outcome": self.answer.outcome, "sql": self.answer.sql, "correct": self.correct,
            "seconds": round(self.answer.seconds, 3), "attempts": self.answer.attempts, "way": self.answer.way,
            "message": self.answer.message,
        }  # fmt: skip


def read_questions(file: Path) -> list[Question]:
    """Read JSON lines. `expected` defaults to answer; `ordered` is an older name of order_matters."""
    found: list[Question] = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            case = json.loads(line)
            found.append(
                Question(
                    id=str(case["id"]),
                    question=case["question"],
                    gold_sql=case.get("gold_sql") or "",
                    expected=case.get("expected", "answer"),
                    order_matters=bool(case.get("order_matters", case.get("ordered", False))),
                )
            )
        except (ValueError, KeyError, TypeError):
            raise QuestionsAreWrong(
                f"Line {number} of {file} is not a question.", do='Write {"id", "question", "gold_sql", …} a line.'
            ) from None
    return found


def judge(questions: list[Question], asker: Asker, sandbox: Sandbox, mart: Path) -> Iterator[Judged]:
    """Ask each question and judge its answer."""
    marts = KnownMarts(sandbox)
    for question in questions:
        answer = asker.ask(question.question, mart)
        yield Judged(question=question, answer=answer, correct=_is_correct(question, answer, sandbox, marts, mart))


def _is_correct(question: Question, answer: Answer, sandbox: Sandbox, marts: KnownMarts, mart: Path) -> bool | None:
    if question.expected != "answer" or answer.outcome != "answer" or answer.result is None:
        return question.expected == answer.outcome and question.expected != "answer"
    try:
        gold = sandbox.run(mart, check(question.gold_sql, marts.of(mart).catalog).sql)
    except (Rejected, SandboxError):
        return None
    return says_the_same(answer.result.rows, gold.rows, order_matters=question.order_matters)
