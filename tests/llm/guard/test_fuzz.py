"""Random texts and random queries. A text may only be rejected; a query that is allowed reads, and answers as asked."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llm.catalog import SPECIFIED, Catalog
from llm.guard import Rejected, check
from llm.guard.native import judge
from tests.llm.guard.conftest import read_cases

LEGIT = [case.sql for case in read_cases("legit.jsonl")]
CASES = LEGIT + [case.sql for case in read_cases("attacks.jsonl") if len(case.sql) < 300]
WORDS = """
SELECT FROM WHERE GROUP BY HAVING ORDER LIMIT OFFSET WITH AS RECURSIVE UNION ALL BY NAME INTERSECT EXCEPT VALUES TABLE
PIVOT UNPIVOT ON USING IN INTO NAME VALUE QUALIFY WINDOW OVER PARTITION ROWS RANGE BETWEEN AND PRECEDING FOLLOWING
LATERAL JOIN LEFT SEMI ASOF POSITIONAL NATURAL CROSS CASE WHEN THEN ELSE END CAST TRY_CAST NOT NULL IS DISTINCT ANY
INSERT EXISTS UPDATE DELETE MERGE COPY ATTACH SET PRAGMA CALL DESCRIBE SUMMARIZE SHOW EXPLAIN RETURNING CREATE TEMP
MACRO users workspaces accounts billing_data amount region user_name w x count sum list_transform read_csv query
getvariable duckdb_settings INTERVAL DATE '2025-01-01' 'a' 'secret.csv' "users" "a b" 1 2.5 1e9 * + - / // % || -> ->>
:: = <> < > ( ) [ ] { } , . ; : ? $1 $$ -- /* */ lambda COLUMNS EXCLUDE REPLACE FILTER UNNEST generate_series range
repeat AT VERSION
""".split()  # noqa: SIM905  # a list of two hundred quoted words reads worse

# DuckDB's own parser is slow to load in a fresh process; no test here is about time.
FUZZ = settings(
    max_examples=400, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

pytestmark = pytest.mark.slow


def reads_only(sql: str) -> None:
    """Passes if `sql` is rejected, or what would run is one plain reading statement that the guard allows again."""
    try:
        allowed = check(sql, SPECIFIED, distinct=lambda _: ["a", "b"])
    except Rejected:
        return
    (statement,) = duckdb.connect().extract_statements(allowed.sql)
    assert statement.type == duckdb.StatementType.SELECT
    printed = judge(allowed.sql, SPECIFIED, database="mart")
    assert all(table["qualified_name"]["path"][:2] == ["mart", "main"] for table, _ in printed.tables)
    assert "users" not in allowed.tables


@FUZZ
@given(st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join))
def test_soup_of_words(sql: str) -> None:
    reads_only(sql)
    reads_only("SELECT " + sql)
    reads_only("SELECT * FROM workspaces " + sql)


@FUZZ
@given(st.text(max_size=80))
def test_any_text(sql: str) -> None:
    reads_only(sql)
    reads_only(f"SELECT {sql}")
    reads_only(f"SELECT '{sql}'")


@FUZZ
@given(st.data())
def test_mutations_of_written_cases(data: st.DataObject) -> None:
    words = data.draw(st.sampled_from(CASES)).split(" ")
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(words) - 1))
        match data.draw(st.sampled_from(["drop", "put", "swap", "repeat"])):
            case "drop":
                words = words[:place] + words[place + 1 :] or ["SELECT"]
            case "put":
                words.insert(place, data.draw(st.sampled_from(WORDS)))
            case "swap":
                other = data.draw(st.integers(0, len(words) - 1))
                words[place], words[other] = words[other], words[place]
            case _:
                words[place:place] = words[place : place + 3] * data.draw(st.integers(1, 3))
    reads_only(" ".join(words))


@FUZZ
@given(
    st.sampled_from(CASES),
    st.sampled_from(CASES),
    st.sampled_from([" UNION ALL ", " WHERE ", ", ", " JOIN ", "; ", " --\n"]),
)
def test_two_cases_put_together(first: str, second: str, between: str) -> None:
    reads_only(first + between + second)
    reads_only(f"SELECT * FROM ({first}) a{between}({second}) b")


# Queries from a small grammar of what analysts write, over `workspace_usage u JOIN workspaces w`.
NUMBER = st.recursive(
    st.sampled_from(["u.usage_hours", "month(u.month)", "length(w.user_name)", "2", "0.5", "-3"]),
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(["+", "-", "*", "%", "//"]), inner),
        st.builds("round({}, 1)".format, inner),
        st.builds("coalesce({}, {})".format, inner, inner),
        st.builds("CASE WHEN {} > {} THEN {} ELSE {} END".format, inner, inner, inner, inner),
        st.builds("greatest({}, {})".format, inner, inner),
        st.builds("{}::DECIMAL(18, 3)".format, inner),
        st.builds("list_sum([{}, {}])".format, inner, inner),
        st.builds("(SELECT max({}) FROM workspaces x WHERE x.region = w.region)".format, st.just("length(x.state)")),
    ),
    max_leaves=6,
)
TEXT = st.sampled_from(
    ["w.region", "w.state", "upper(w.user_name)", "w.region[1:2]", "left(w.state, 3) || '-' || w.running_mode",
     "strftime(u.month, '%Y/%m')", "regexp_replace(w.region, '[0-9]', '')", "w.state.lower()"]
)  # fmt: skip
CONDITION = st.recursive(
    st.one_of(
        st.builds("{} > {}".format, NUMBER, NUMBER),
        st.builds("{} LIKE '%{}%'".format, TEXT, st.sampled_from(["a", "T", "us-", "_"])),
        st.builds("{} IN ('AVAILABLE', 'us-east-1')".format, TEXT),
        st.builds("{} IS NOT DISTINCT FROM {}".format, TEXT, TEXT),
        st.builds("{} BETWEEN {} AND {}".format, NUMBER, NUMBER, NUMBER),
        st.just("u.month >= DATE '2025-02-01' + INTERVAL 1 MONTH"),
        st.just("w.terminated_at IS NULL"),
    ),
    lambda inner: st.one_of(
        st.builds("({} AND {})".format, inner, inner),
        st.builds("({} OR {})".format, inner, inner),
        st.builds("NOT ({})".format, inner),
    ),
    max_leaves=4,
)
AGGREGATE = st.one_of(
    st.builds("{}({})".format, st.sampled_from(["sum", "avg", "min", "max", "median", "count"]), NUMBER),
    st.builds("count(*) FILTER (WHERE {})".format, CONDITION),
    st.builds("string_agg(DISTINCT {0}, ',' ORDER BY {0})".format, TEXT),
    st.builds("sum(sum({})) OVER ()".format, NUMBER),
)


@st.composite
def analysts_query(draw: st.DrawFn) -> str:
    keys = draw(st.lists(TEXT, min_size=1, max_size=2, unique=True))
    facts = draw(st.lists(AGGREGATE, min_size=1, max_size=3))
    where = f" WHERE {draw(CONDITION)}" if draw(st.booleans()) else ""
    having = f" HAVING count(*) > {draw(st.integers(0, 4))}" if draw(st.booleans()) else ""
    core = (
        f"SELECT {', '.join(keys + facts)} FROM workspace_usage u JOIN workspaces w USING (workspace_id){where}"
        f" GROUP BY {', '.join(keys)}{having}"
    )
    shape = draw(
        st.sampled_from(["{} ORDER BY ALL", "WITH q AS ({}) FROM q", "{} UNION ALL {} ORDER BY ALL", "({}) ORDER BY 1"])
    )
    return shape.format(*[core] * shape.count("{}"))


@FUZZ
@given(sql=analysts_query())
def test_a_composed_query_answers_as_without_the_guard(
    sql: str, plain: duckdb.DuckDBPyConnection, catalog: Catalog
) -> None:
    allowed = check(sql, catalog)
    try:
        asked = plain.sql(sql).to_arrow_table()
    except duckdb.Error as error:
        with pytest.raises(type(error)):
            plain.sql(allowed.sql).to_arrow_table()
        return
    answered = plain.sql(allowed.sql).to_arrow_table()
    assert answered.column_names == asked.column_names
    assert sorted(map(repr, zip(*answered.to_pydict().values(), strict=True))) == sorted(
        map(repr, zip(*asked.to_pydict().values(), strict=True))
    )
