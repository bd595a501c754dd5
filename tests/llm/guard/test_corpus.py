"""The written cases: what analysts ask passes and answers the same, what attackers ask does not get in."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest

from llm.catalog import Catalog
from llm.guard import Rejected, check
from tests.llm.guard.conftest import Case, read_cases

# No such column: the guard leaves that to DuckDB, whose mart does not hold it.
STOPPED_BY_THE_BINDER = {"A336", "A426"}


def rows_of(table: pa.Table) -> list[str]:
    """Rows as comparable text; the order is compared only where the query fixes it, so they are sorted."""
    return sorted(repr(list(row.values())) for row in table.to_pylist())


@pytest.mark.parametrize("case", read_cases("legit.jsonl"), ids=lambda case: case.id)
def test_a_legitimate_query_answers_as_without_the_guard(
    case: Case, plain: duckdb.DuckDBPyConnection, catalog: Catalog
) -> None:
    def read_values(query: str) -> list[object]:
        return [row[0] for row in plain.execute(query).fetchall()]

    allowed = check(case.sql, catalog, distinct=read_values)
    asked, answered = plain.sql(case.sql).to_arrow_table(), plain.sql(allowed.sql).to_arrow_table()
    assert answered.column_names == asked.column_names
    assert rows_of(answered) == rows_of(asked)


@pytest.mark.parametrize(
    "case", [c for c in read_cases("attacks.jsonl") if c.expect == "block"], ids=lambda case: case.id
)
def test_an_attack_is_refused(case: Case, plain: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    if case.id in STOPPED_BY_THE_BINDER:
        with pytest.raises(duckdb.BinderException):
            plain.execute(check(case.sql, catalog).sql)
        return
    with pytest.raises(Rejected):
        check(case.sql, catalog, distinct=lambda _: ["a", "b"])
