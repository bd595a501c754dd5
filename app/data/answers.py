"""An answer's rows as a frame that a table and a chart can show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import pandas as pd

from llm.sandbox import QueryResult

MONEY_WORDS = ("cost", "amount", "saving", "price", "usd", "spend", "spent", "fee", "budget")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerTable:
    """Rows of an answer: numbers as numbers, everything else as text; the columns' names are unique."""

    rows: pd.DataFrame
    numbers: tuple[str, ...]  #: names of the columns that hold numbers
    money: tuple[str, ...]  #: those among them that say so by their name


def answer_table(result: QueryResult) -> AnswerTable:
    """The rows of `result`. Decimals become floats: for reading, not for adding up."""
    names = _unique(result.columns)
    is_number = [_is_number(type_) for type_ in result.types]
    columns = zip(*result.rows, strict=True) if result.row_count else ([] for _ in names)
    data = {
        name: [_number(value) for value in column] if numeric else [_text(value) for value in column]
        for name, column, numeric in zip(names, columns, is_number, strict=True)
    }
    numbers = tuple(name for name, numeric in zip(names, is_number, strict=True) if numeric)
    decimals = {name for name, type_ in zip(names, result.types, strict=True) if not _is_integer(type_)}
    money = tuple(n for n in numbers if n in decimals and any(word in n.lower() for word in MONEY_WORDS))
    return AnswerTable(rows=pd.DataFrame(data, columns=list(names)), numbers=numbers, money=money)


def _unique(names: tuple[str, ...]) -> tuple[str, ...]:
    """`a, a` → `a, a (2)`: SQL may name two columns alike, a table cannot."""
    seen: dict[str, int] = {}
    given: list[str] = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        given.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return tuple(given)


def _is_integer(type_: str) -> bool:
    return type_.endswith("INT") or type_ == "INTEGER"


def _is_number(type_: str) -> bool:
    return _is_integer(type_) or type_.startswith("DECIMAL") or type_ in ("DOUBLE", "FLOAT")


def _number(value: object) -> float | int | None:
    match value:
        case Decimal():
            return float(value)
        case int() | float():
            return value
    return None


def _text(value: object) -> str | None:
    match value:
        case None:
            return None
        case datetime():
            return f"{value.astimezone(UTC) if value.tzinfo else value:%Y-%m-%d %H:%M}"
    return str(value)
