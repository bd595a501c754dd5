"""What an asker gets back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from llm.sandbox import QueryResult

Outcome = Literal["answer", "clarify", "unanswerable", "refuse", "error"]
Way = Literal["parser", "model", "sql"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to a question or to SQL. Numbers are in `result` alone, straight from the mart."""

    outcome: Outcome
    way: Way  #: who read the question: our rules, a model, or nobody because it was SQL
    message: str  #: what was done, or what is missing, in words
    sql: str | None = None  #: as composed, fit to be read; what ran is the guard's print of it
    result: QueryResult | None = None  #: with `clarify`: of a small model's guess, to be shown as such
    model: str | None = None  #: name of the model that read the question
    seconds: float = 0.0
    attempts: int = 0  #: queries that were made and tried
    suggestions: tuple[str, ...] = ()  #: questions that can be answered
