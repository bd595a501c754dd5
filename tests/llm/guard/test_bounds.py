from __future__ import annotations

import pytest

from llm.catalog import SPECIFIED
from llm.guard import Rejected, check


@pytest.mark.parametrize(
    "call",
    [
        "repeat('x', 1000)",
        "lpad(region, 12, '.')",
        "range(10)",
        "range(-5, 5)",
        "generate_series(1, 100000)",
        "generate_series(DATE '2025-01-01', DATE '2025-12-31', INTERVAL 1 DAY)",
        "generate_series(created_at, last_connected_at, INTERVAL '1 hour')",
        "format('{:.2f} {:>10}', 1.5, 'x')",
        "printf('%08.2f', 1.5)",
        "quantile_cont(1, [0.1, 0.5, 0.9])",
        "length(repeat('x', 10)) + length(repeat('y', 10))",
    ],
)
def test_calls_of_modest_size_pass(call: str) -> None:
    assert check(f"SELECT {call} FROM workspaces", SPECIFIED)


@pytest.mark.parametrize(
    "call",
    [
        "repeat('x', 1001)",
        "repeat('x', length(region))",
        "repeat(repeat('x', 1000), 1000)",
        "repeat('x', 99999999999999999999)",
        "repeat('x', 1e3)",
        "main.repeat('x', 1001)",
        "region.repeat(10)",
        "lpad('x', -1 + 5000, 'y')",
        "rpad('x', 5000, 'y')",
        "list_resize([1], 5000)",
        "bar(1, 0, 10, 5000)",
        "range(100001)",
        "range(-100000, 100000)",
        "range(length(region))",
        "generate_series(1, 1000000000, 5)",
        "generate_series(DATE '2025-01-01', DATE '2025-12-31', INTERVAL 1 SECOND)",
        "generate_series(DATE '2025-01-01', DATE '2025-12-31', INTERVAL '1 day 1 second')",
        "format('{:>100000}', 'x')",
        "format(region, 'x')",
        "format('{:{}}', 'x', 5)",
        "printf('%*d', 5000, 1)",
        "quantile_cont(1, [" + ", ".join(["0.5"] * 51) + "])",
    ],
)
def test_calls_of_great_size_are_refused(call: str) -> None:
    with pytest.raises(Rejected):
        check(f"SELECT {call} FROM workspaces", SPECIFIED)


@pytest.mark.parametrize(
    ("sql", "word"),
    [
        ("SELECT * FROM accounts a" + " JOIN accounts USING (account_id)" * 21, "joins"),
        ("SELECT 1" + " UNION ALL SELECT 1" * 61, "SELECTs"),
    ],
)
def test_many_joins_and_selects_are_refused(sql: str, word: str) -> None:
    with pytest.raises(Rejected, match=word):
        check(sql, SPECIFIED)
