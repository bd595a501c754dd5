"""Questions in English and SQL of the asker's own → answers from the asker's mart.

A question goes to our rules first; only if they do not understand every word does a model get it. Whatever comes out
goes through the guard, and only the guard's print of it runs, in the sandbox, on the one mart that was given.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from llm.answer import Answer, Way
from llm.boundaries import what_is_unknowable, why_refused
from llm.catalog import Catalog
from llm.client import Completion, ModelError, ModelState
from llm.compiler import compile_query
from llm.explain import explain
from llm.grammar import query_from_json, semantic_grammar
from llm.guard import Rejected, check
from llm.knowledge import Knowledge, KnownMarts, Runner
from llm.models import ModelCard, ModelIsUnknown, model_card
from llm.parse import Parsed, Unclear, parse
from llm.prompting import semantic_prompt, sql_of, sql_prompt
from llm.sandbox import QueryFailed, QueryResult
from llm.semantic import METRICS, CannotAnswer, SemanticQuery
from workbench.clock import Clock, system_clock
from workbench.errors import WorkbenchError
from workbench.log import get_logger

LONGEST_QUESTION = 500
"""Characters; nobody asks longer in one sentence, and a model's context is short."""
MOST_SQL_ATTEMPTS = 2

SUGGESTIONS = (
    "How many WorkSpaces are there in each region?",
    "What did each client spend last month?",
    "Which WorkSpaces have not been used for 60 days?",
    "Top 10 users by cost last month",
    "Average usage hours per running mode this year",
    "How did cost change from last month by client?",
)

Stage = Callable[[str], None]
"""Told in a word or two what is being done."""

log = get_logger()


class Model(Protocol):
    """A model service: `llm.client.ModelClient`."""

    def state(self) -> ModelState:
        """What the service says of itself; never raises."""
        ...

    def complete(
        self, prompt: str, *, grammar: str = "", max_tokens: int = 160, stop: tuple[str, ...] = ()
    ) -> Completion:
        """Return the continuation of `prompt`. Raises ModelError."""
        ...


@dataclass(slots=True)
class _Asked:
    """One question on its way."""

    question: str
    mart: Path
    stage: Stage
    began: float = field(default_factory=time.perf_counter)

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.began


class Asker:
    """Answers questions. Safe from any number of threads; holds no data of its own but names and values of marts.

    companions: lists say whose WorkSpace it is, changes show both sides; without, an answer holds what was asked alone.
    """

    def __init__(
        self, *, sandbox: Runner, model: Model | None = None, clock: Clock = system_clock, companions: bool = True
    ) -> None:
        self._sandbox = sandbox
        self._model = model
        self._clock = clock
        self._companions = companions
        self._marts = KnownMarts(sandbox)

    def ask(self, question: str, mart: Path, *, on_stage: Stage | None = None) -> Answer:
        """Answer a question on `mart`, the asker's own. Raises no WorkbenchError: the answer says what went wrong."""
        asked = _Asked(question.strip(), mart, on_stage or (lambda _: None))
        try:
            answer = self._answer(asked)
        except WorkbenchError as error:
            answer = Answer(outcome="error", way="parser", message=str(error))
        answer = replace(answer, seconds=asked.seconds)
        log.info("question_answered", outcome=answer.outcome, way=answer.way, model=answer.model,
                 attempts=answer.attempts, took_ms=round(answer.seconds * 1000))  # fmt: skip
        return answer

    def run_sql(self, sql: str, mart: Path) -> Answer:
        """Run the asker's own SQL on `mart`, if the guard allows it."""
        asked = _Asked("", mart, lambda _: None)
        try:
            result = self._run(sql, self._marts.of(mart).catalog, mart)
            answer = Answer(outcome="answer", way="sql", message="Ran your SQL.", sql=sql, result=result, attempts=1)
        except Rejected as rejected:
            answer = Answer(outcome="refuse", way="sql", message=str(rejected), sql=sql)
        except WorkbenchError as error:
            answer = Answer(outcome="error", way="sql", message=str(error), sql=sql, attempts=1)
        return replace(answer, seconds=asked.seconds)

    def _answer(self, asked: _Asked) -> Answer:
        if not asked.question:
            return _clarify("Ask a question.")
        if len(asked.question) > LONGEST_QUESTION:
            return _clarify(f"Ask in at most {LONGEST_QUESTION} characters.")
        refusal = why_refused(asked.question)
        if refusal:
            return Answer(outcome="refuse", way="parser", message=refusal)
        asked.stage("reading the question")
        known = self._marts.of(asked.mart)
        reading = parse(asked.question, known.index, self._clock().date())
        if isinstance(reading, Parsed):
            return self._compiled(asked, known, reading.query, "parser", "Answered without a model: ")
        unknowable = what_is_unknowable(asked.question)
        if unknowable:
            return Answer(outcome="unanswerable", way="parser", message=f"The data does not know {unknowable}.")
        if not reading.words:
            return _clarify(reading.missing)
        return self._with_model(asked, known, reading)

    def _compiled(self, asked: _Asked, known: Knowledge, query: SemanticQuery, way: Way, lead: str) -> Answer:
        query = _by_currency(query, known)
        try:
            compiled = compile_query(query, known.catalog, self._clock().date(), companions=self._companions)
        except CannotAnswer as cannot:
            return Answer(outcome="unanswerable", way=way, message=cannot.what)
        asked.stage("running the query")
        result = self._run(compiled.sql, known.catalog, asked.mart)
        message = " ".join([f"{lead}{explain(query)}.", *compiled.notes])
        return Answer(outcome="answer", way=way, message=message, sql=compiled.sql, result=result, attempts=1)

    def _run(self, sql: str, catalog: Catalog, mart: Path) -> QueryResult:
        def distinct(asked: str) -> list[object]:
            return [row[0] for row in self._sandbox.run(mart, asked).rows]

        return self._sandbox.run(mart, check(sql, catalog, distinct=distinct).sql)

    def _with_model(self, asked: _Asked, known: Knowledge, reading: Unclear) -> Answer:
        words = ", ".join(f"“{w}”" for w in reading.words)
        state = self._model.state() if self._model else ModelState(state="no_model", reason="No model is set up.")
        if self._model is None or state.state != "ready":
            return _clarify(f"I do not understand {words}, and no model is there to help: {state.reason}")
        if _names_somebody(asked.question, reading.words):
            return _clarify(f"I do not know {words} in your data.")
        try:
            card = model_card(state.model)
        except ModelIsUnknown:
            card = None
        if not (card and card.writes_sql) and reading.has_measure:
            # A condition that is not understood must not be left out, and a small model can only leave it out.
            return _clarify(f"I do not understand {words}.")
        asked.stage(f"asking {state.model}")
        try:
            if card and card.writes_sql:
                answer = self._by_sql(asked, known, card)
            else:
                answer = self._by_meaning(asked, known, reading, card)
        except ModelError as error:
            return _clarify(f"I do not understand {words}, and the model did not help: {error.what}")
        return replace(answer, model=state.model)

    def _by_meaning(self, asked: _Asked, known: Knowledge, reading: Unclear, card: ModelCard | None) -> Answer:
        """A small model guesses measure and grouping; everything else stays what the rules have read."""
        assert self._model is not None  # noqa: S101  # for the type checker; the caller has asked its state
        prompt = semantic_prompt(asked.question, card.chat if card else "chatml")
        completion = self._model.complete(prompt, grammar=semantic_grammar(known.catalog), max_tokens=60)
        query = query_from_json(completion.text, reading.partial)
        unread = ", ".join(f"“{w}”" for w in reading.words)
        if not METRICS[query.metric].expression and query.thresholds:
            return _clarify(f"I do not understand {unread}.")
        # Measured, such a model is right about one time in nine: its reading is offered, never given as the answer.
        lead = f"I do not understand {unread}. A small model, which is often wrong, takes you to mean: "
        guess = self._compiled(asked, known, query, "model", lead)
        return replace(guess, outcome="clarify", suggestions=SUGGESTIONS) if guess.outcome == "answer" else guess

    def _by_sql(self, asked: _Asked, known: Knowledge, card: ModelCard) -> Answer:
        """A capable model writes SQL; what cannot run is shown to it once."""
        assert self._model is not None  # noqa: S101  # as above
        problem, sql = "", ""
        today = self._clock().date()
        for attempt in range(1, MOST_SQL_ATTEMPTS + 1):
            prompt = sql_prompt(asked.question, known.catalog, today, card.chat, failed_sql=sql, problem=problem)
            sql = sql_of(self._model.complete(prompt, max_tokens=300, stop=(";", "\n\n")).text)
            asked.stage("running the query")
            try:
                result = self._run(sql, known.catalog, asked.mart)
            except (Rejected, QueryFailed) as error:
                problem = str(error)
                asked.stage("trying once more")
                continue
            message = f"{card.name} wrote this SQL; check that it means what you asked."
            return Answer(outcome="answer", way="model", message=message, sql=sql, result=result, attempts=attempt)
        return Answer(outcome="error", way="model", message=f"The model found no query that runs. {problem}", sql=sql,
                      attempts=MOST_SQL_ATTEMPTS, suggestions=SUGGESTIONS)  # fmt: skip


def _clarify(missing: str) -> Answer:
    return Answer(outcome="clarify", way="parser", message=missing, suggestions=SUGGESTIONS)


def _by_currency(query: SemanticQuery, known: Knowledge) -> SemanticQuery:
    """Amounts of different currencies are never added together."""
    is_money = METRICS[query.metric].table == "billing_data"
    if is_money and len(known.index.values.get("currency", ())) > 1 and "currency" not in query.by:
        return replace(query, by=(*query.by, "currency"))
    return query


def _names_somebody(question: str, words: tuple[str, ...]) -> bool:
    """An unknown word written like a name: no model can know whose it is."""
    later = question.split(" ", 1)[-1]
    return any(f" {word.capitalize()}" in f" {later}" or word.upper() in later.split() for word in words)
