"""Refuses calls whose result is huge whatever the data: `repeat('x', 1e9)`, `range(2000000000)`.

A courtesy to the asker (a sentence in place of a timeout), not the bound: that is the sandbox's process.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from llm.guard.verdict import Rejected

MAX_LENGTH = 1_000
"""Characters or items that one call may make from a number in the query."""
MAX_SERIES = 100_000
MAX_QUANTILES = 50

# Function → position of the argument that says how long the result is.
_LENGTH_ARGUMENT = {"array_resize": 1, "bar": 3, "list_resize": 1, "lpad": 1, "repeat": 1, "rpad": 1, "to_base": 2}
_SERIES = frozenset({"generate_series", "range"})
_FORMATS = frozenset({"format", "printf"})
_QUANTILES = frozenset({"approx_quantile", "quantile", "quantile_cont", "quantile_disc", "reservoir_quantile"})
_DAYS_OR_MORE = frozenset(
    {"to_hours", "to_days", "to_weeks", "to_months", "to_quarters", "to_years", "to_decades", "to_centuries"}
)
_LONG_INTERVAL = re.compile(r"\s*\d{1,6}\s*(hour|day|week|month|quarter|year)s?\s*", re.IGNORECASE)
_WIDE_FORMAT = re.compile(r"\d{4,}|\*|\{[^}]*\{")


def refuse_large_call(name: str, arguments: list[dict[str, Any]], *, is_method: bool) -> None:
    """Raise Rejected if this call alone makes something huge.

    name: in lower case. arguments: of DuckDB's tree, in order. is_method: `x.f(…)`, whose first argument is elsewhere.
    """
    if name not in _BOUNDED:
        return
    if is_method:
        raise Rejected(f"Write `{name}(…)` with all its arguments inside the brackets.")
    values = [argument["expression"] for argument in arguments]
    if name in _SERIES:
        _bound_series(name, values)
    elif name in _FORMATS:
        if not values or _WIDE_FORMAT.search(_text(values[0]) or "*"):
            raise Rejected(f"`{name}` needs a plain format text with widths below 1,000.")
    elif name in _QUANTILES:
        if any(len(v.get("arguments") or v.get("children") or ()) > MAX_QUANTILES for v in values[1:]):
            raise Rejected(f"`{name}` takes at most {MAX_QUANTILES} quantiles.")
    else:
        position = _LENGTH_ARGUMENT[name]
        length = _integer(values[position]) if len(values) > position else 0
        if length is None or length > MAX_LENGTH:
            raise Rejected(f"The length in `{name}` must be a number up to {MAX_LENGTH:,}.")
        if any(call in _LENGTH_ARGUMENT and call != "bar" for value in values for call in _calls_in(value)):
            raise Rejected(f"`{name}` cannot be applied to a text that was itself made longer.")


_BOUNDED = frozenset(_LENGTH_ARGUMENT) | _SERIES | _FORMATS | _QUANTILES


def _bound_series(name: str, values: list[dict[str, Any]]) -> None:
    if len(values) == 3 and _is_coarse_interval(values[2]):
        return
    numbers = [_integer(value) for value in values]
    if not numbers or any(number is None for number in numbers):
        raise Rejected(
            f"The bounds of `{name}` must be numbers, or dates with a step of an hour or more.",
            f"Write {name}(1, 12) or {name}(DATE '2025-01-01', DATE '2025-12-01', INTERVAL 1 MONTH).",
        )
    known = [number for number in numbers if number is not None]
    start, stop = (0, known[0]) if len(known) == 1 else (known[0], known[1])
    step = abs(known[2]) if len(known) > 2 else 1
    if abs(stop - start) // max(step, 1) > MAX_SERIES:
        raise Rejected(f"`{name}` would make more than {MAX_SERIES:,} values.")


def _is_coarse_interval(value: dict[str, Any]) -> bool:
    """True for INTERVAL 1 DAY, INTERVAL '2 months' and the like, of an hour or more."""
    if value.get("class") == "FUNCTION":
        return value["function_name"].lower() in _DAYS_OR_MORE
    if value.get("class") == "CAST" and value["type_expr"]["type_name"].lower() == "interval":
        return _LONG_INTERVAL.fullmatch(_text(value["child"]) or "") is not None
    return False


def _integer(value: dict[str, Any]) -> int | None:
    literal = value.get("literal") or {}
    if literal.get("kind") != "INTEGER" or len(literal["text"]) > 18:
        return None
    return int(literal["text"])


def _text(value: dict[str, Any]) -> str | None:
    literal = value.get("literal") or {}
    return literal["text"] if literal.get("kind") == "STRING" else None


def _calls_in(value: object) -> Iterator[str]:
    """Names of the functions called anywhere in an expression, in lower case."""
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, list):
            pending.extend(item)
        elif isinstance(item, dict):
            if item.get("class") == "FUNCTION":
                yield str(item["function_name"]).lower()
            pending.extend(item.values())
