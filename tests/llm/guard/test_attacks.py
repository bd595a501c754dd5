"""Guard and sandbox together, against what must not come out: another tenant's rows, a secret, a side effect."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from llm.catalog import SPECIFIED, Catalog
from llm.guard import Rejected, check
from llm.sandbox import QueryTimedOut, QueryTooLarge, Sandbox, SandboxError, SandboxLimits
from tests.llm.guard.attack_grammar import disguised_attacks, noisy_texts, plain_attacks
from tests.llm.guard.conftest import Case, read_cases
from tests.llm.guard.two_marts import CANARY, OTHER_AMOUNT, SECRET, TwoMarts


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SandboxLimits(timeout_seconds=2, memory_mb=256, max_rows=2000, slots=1)) as opened:
        yield opened


def files_below(home: Path) -> dict[str, int]:
    return {str(file): file.stat().st_mtime_ns for file in sorted(home.rglob("*"))}


def outcome(sql: str, marts: TwoMarts, catalog: Catalog, sandbox: Sandbox) -> str:
    """Everything that the asker sees of `sql`, as text."""
    try:
        allowed = check(sql, catalog, distinct=lambda asked: sandbox.values(marts.ours, asked))
        return repr(sandbox.run(marts.ours, allowed.sql).rows)
    except (Rejected, SandboxError) as error:
        return str(error)


@pytest.mark.parametrize("case", read_cases("attacks.jsonl"), ids=lambda case: case.id)
def test_nothing_of_others_comes_out(case: Case, two_marts: TwoMarts, catalog: Catalog, sandbox: Sandbox) -> None:
    before = files_below(two_marts.ours.parent)
    seen = outcome(case.sql, two_marts, catalog, sandbox)
    assert SECRET not in seen
    assert OTHER_AMOUNT not in seen
    # The asker may have written the canary into the query; then a message may quote that word back.
    assert CANARY not in seen.replace(case.sql, "") or CANARY in case.sql
    assert files_below(two_marts.ours.parent) == before


def test_the_canary_is_where_it_should_not_be_reached(two_marts: TwoMarts, sandbox: Sandbox) -> None:
    """The oracle can fail: run on the other mart, the same words come out."""
    rows = sandbox.run(
        two_marts.theirs, "SELECT user_name, amount FROM workspaces JOIN billing_data USING (workspace_id)"
    )
    assert CANARY in repr(rows.rows)
    assert OTHER_AMOUNT in repr(rows.rows)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM billing_data a, billing_data b, billing_data c, billing_data d, billing_data e,"
        " billing_data f WHERE a.amount + b.amount > c.amount + d.amount + e.amount + f.amount",
        "SELECT sum(x.range * y.range) FROM range(100000) x, range(100000) y, range(100000) z",
        "SELECT list(a.range) FROM range(100000) a, range(100000) b",
    ],
    ids=["cross join", "series", "list"],
)
def test_an_allowed_query_without_end_is_ended(
    sql: str, two_marts: TwoMarts, catalog: Catalog, sandbox: Sandbox
) -> None:
    with pytest.raises((QueryTimedOut, QueryTooLarge)):
        sandbox.run(two_marts.ours, check(sql, catalog).sql)


def test_no_payload_in_any_place_is_allowed() -> None:
    assert _allowed(plain_attacks()) == []


def test_no_disguise_helps() -> None:
    assert _allowed(disguised_attacks(2000)) == []


def test_stray_characters_end_in_a_rejection_or_in_a_reading_of_our_own_tables() -> None:
    for sql in noisy_texts(2000):
        try:
            allowed = check(sql, SPECIFIED)
        except Rejected:
            continue
        assert "users" not in allowed.sql
        assert all(table in SPECIFIED.names for table in allowed.tables)


def _allowed(attacks: Iterator[str]) -> list[str]:
    passed = []
    for sql in attacks:
        try:
            passed.append(check(sql, SPECIFIED, distinct=lambda _: ["a"]).sql)
        except Rejected:
            continue
    return passed
