"""The prompts: a fixed prefix that a model keeps in its memory, then the nearest examples, then the question.

Invariant: today's date stands in the tail, never in the prefix, which would otherwise be read anew every day.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from llm.catalog import Catalog
from llm.grammar import query_to_json
from llm.models import Chat
from llm.reading import normalised

PROMPTS = Path(__file__).with_name("prompts")
SEMANTIC_EXAMPLES = 4
SQL_EXAMPLES = 4

_MONTHS = r"\b(?:jan\w*|feb\w*|mar(?:ch)?|apr\w*|may|june?|july?|aug\w*|sep\w*|oct\w*|nov\w*|dec\w*)\b"


@dataclass(frozen=True, slots=True)
class Example:
    """A question with a checked answer: SQL that runs, and its measure and grouping if it has them."""

    question: str
    sql: str
    metric: str = ""
    by: tuple[str, ...] = ()


@cache
def bank() -> tuple[Example, ...]:
    """The verified examples of `prompts/bank.jsonl`."""
    lines = (PROMPTS / "bank.jsonl").read_text(encoding="utf-8").splitlines()
    found = [json.loads(line) for line in lines if line.strip()]
    return tuple(Example(e["question"], e["sql"], e.get("metric", ""), tuple(e.get("by", ()))) for e in found)


def nearest(question: str, count: int, examples: tuple[Example, ...]) -> list[Example]:
    """The `count` examples most like `question`, the nearest last, by TF-IDF of words with dates and numbers masked."""
    documents = [_terms(example.question) for example in examples]
    rarity = Counter(term for document in documents for term in set(document))
    weight = {term: math.log(1 + len(documents) / seen) for term, seen in rarity.items()}
    asked = _vector(_terms(question), weight)
    scored = [(_cosine(asked, _vector(d, weight)), n) for n, d in enumerate(documents)]
    return [examples[n] for _, n in sorted(sorted(scored, reverse=True)[:count])]


def _terms(text: str) -> list[str]:
    masked = re.sub(_MONTHS, "MONTH", normalised(text))
    masked = re.sub(r"\b(?:19|20)\d\d\b", "YEAR", re.sub(r"\b[a-z]{2}-[a-z]+-\d\b", "REGION", masked))
    return re.findall(r"\w+", re.sub(r"\b\d+\b", "NUMBER", masked))


def _vector(terms: list[str], weight: dict[str, float]) -> dict[str, float]:
    return {term: count * weight.get(term, 0.0) for term, count in Counter(terms).items()}


def _cosine(a: dict[str, float], b: dict[str, float]) -> float:
    norm = math.sqrt(sum(x * x for x in a.values())) * math.sqrt(sum(x * x for x in b.values()))
    return sum(x * b.get(term, 0.0) for term, x in a.items()) / norm if norm else 0.0


def semantic_prompt(question: str, chat: Chat) -> str:
    """The prompt that asks a small model for measure and grouping."""
    examples = nearest(question, SEMANTIC_EXAMPLES, tuple(e for e in bank() if e.metric))
    turns = [(e.question, query_to_json(e.metric, e.by)) for e in examples]
    return _chat((PROMPTS / "semantic.txt").read_text(encoding="utf-8").strip(), turns, question, chat)


def sql_prompt(
    question: str, catalog: Catalog, today: date, chat: Chat, *, failed_sql: str = "", problem: str = ""
) -> str:
    """The prompt that asks a capable model for SQL. After a failure: with the SQL that failed, and why."""
    rules = (PROMPTS / "sql.txt").read_text(encoding="utf-8").strip()
    turns = [(e.question, e.sql) for e in nearest(question, SQL_EXAMPLES, bank())]
    tail = f"Today is {today}. {question}"
    if failed_sql:
        tail += f"\nThis failed: {failed_sql}\nBecause: {problem}\nWrite it correctly."
    return _chat(f"{rules}\n\n{schema_text(catalog)}", turns, tail, chat)


def schema_text(catalog: Catalog) -> str:
    """The tables and columns of the mart, one table a line, with the meanings that were written down."""
    lines = []
    for table in catalog.tables:
        columns = ", ".join(c.name + (f" [{c.meaning}]" if c.meaning else "") for c in table.columns)
        lines.append(f"{table.name}({columns})")
    return "\n".join(lines)


def sql_of(text: str) -> str:
    """The SQL in a model's answer: without fences and closing semicolon."""
    fenced = re.search(r"```(?:sql)?\s*(.*?)```", text, re.DOTALL)
    return (fenced[1] if fenced else text).strip().rstrip(";").strip()


def _chat(system: str, turns: list[tuple[str, str]], question: str, chat: Chat) -> str:
    marks = {"chatml": ("<|im_start|>{role}\n", "<|im_end|>\n"), "phi-3": ("<|{role}|>\n", "<|end|>\n")}
    opening, closing = marks[chat]

    def turn(role: str, text: str) -> str:
        return opening.format(role=role) + text + closing

    said = "".join(turn("user", q) + turn("assistant", a) for q, a in turns)
    return turn("system", system) + said + turn("user", question) + opening.format(role="assistant")
