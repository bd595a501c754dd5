"""Attacks by the thousand: what must not be reached, wherever SQL lets a table, a value or a statement stand.

Deterministic: the same list on every machine. None of these may be allowed.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import product

TABLES = (
    "users", '"users"', "main.users", "mart.main.users", "private.main.users", "theirs.main.workspaces",
    "sec.workspaces",
    "memory.main.workspaces", "temp.main.workspaces",
    "'secret.csv'", '"secret.csv"', "'theirs.duckdb'", "'https://e.example/x.csv'",
    "read_csv('secret.csv')", "read_text('*')", "read_blob('secret.csv')", "read_duckdb('theirs.duckdb')", "glob('*')",
    "sniff_csv('secret.csv')", "parquet_scan('x')", "query('FROM users')", "query_table('users')",
    "json_execute_serialized_sql('x')", "duckdb_settings()", "duckdb_secrets()", "duckdb_tables()", "duckdb_tables",
    "duckdb_databases()", "pragma_table_info('workspaces')", "pragma_database_list", "sqlite_master",
    "pg_catalog.pg_class",
    "pg_class",
    "information_schema.tables", "system.information_schema.columns", "which_secret('a', 'b')", "df",
    "seq_scan('users')",
    "summary((SELECT 1))", "repeat_row(1, num_rows := 9)", "arrow_scan(1, 2, 3)", "test_all_types()", "checkpoint()",
)  # fmt: skip
TABLE_PLACES = (
    "SELECT * FROM {}",
    "FROM {}",
    "SELECT count(*) FROM workspaces, {}",
    "SELECT 1 FROM workspaces w JOIN {} x ON true",
    "SELECT 1 FROM workspaces LEFT JOIN LATERAL (SELECT * FROM {}) x ON true",
    "SELECT (SELECT count(*) FROM {})",
    "SELECT region FROM workspaces WHERE EXISTS (SELECT 1 FROM {})",
    "SELECT region FROM workspaces WHERE region IN (FROM {})",
    "SELECT region FROM workspaces ORDER BY (SELECT count(*) FROM {})",
    "SELECT region FROM workspaces GROUP BY region HAVING (SELECT count(*) FROM {}) > 0",
    "SELECT region FROM workspaces QUALIFY row_number() OVER (ORDER BY (SELECT count(*) FROM {})) = 1",
    "SELECT sum(1) OVER w FROM workspaces WINDOW w AS (PARTITION BY (SELECT count(*) FROM {}))",
    "SELECT count(*) FILTER (WHERE (SELECT count(*) FROM {}) > 0) FROM workspaces",
    "WITH x AS (SELECT * FROM {}) SELECT * FROM x",
    "WITH x AS MATERIALIZED (FROM {}), y AS (FROM x) SELECT 1",
    "SELECT * FROM (WITH x AS (FROM {}) FROM x)",
    "SELECT region FROM workspaces UNION ALL BY NAME SELECT * FROM {}",
    "(SELECT 1) EXCEPT (SELECT count(*) FROM {})",
    "VALUES ((SELECT count(*) FROM {}))",
    "SELECT CASE WHEN (SELECT count(*) FROM {}) > 0 THEN 1 END",
    "SELECT list_transform([1], lambda x: (SELECT count(*) FROM {}))",
    "SELECT {{'a': (SELECT count(*) FROM {})}}",
    "SELECT * REPLACE ((SELECT count(*) FROM {}) AS region) FROM workspaces",
    "SELECT DISTINCT ON ((SELECT count(*) FROM {})) region FROM workspaces",
    "SELECT * FROM range((SELECT count(*) FROM {}))",
    "SELECT region FROM workspaces LIMIT (SELECT count(*) FROM {})",
    "PIVOT {} ON a IN (1) USING count(*)",
    "PIVOT workspaces ON state IN ('A') USING max((SELECT count(*) FROM {}))",
    "SELECT * FROM (UNPIVOT {} ON a INTO NAME n VALUE v)",
    "SELECT * FROM {} TABLESAMPLE 10%",
    "SELECT * FROM {} AS workspaces",
    "SELECT * FROM (SUMMARIZE FROM {})",
)
VALUES = (
    "current_setting('memory_limit')", "getvariable('x')", "version()", "current_user", "user", "session_user",
    "current_database()", "current_schemas(true)", "current_query()", "txid_current()", "nextval('s')", "setseed(0.1)",
    "sleep_ms(1)", "pg_sleep(1)", "write_log('x')", "error('x')", "json_serialize_sql('SELECT 1')", "stats(region)",
    "'users'::regclass", "system.main.lower('x')", "pg_catalog.pg_get_viewdef(1)", "read_text('secret.csv')", "rowid",
    "in_search_path('a', 'b')", "enum_range(NULL)", "cast_to_type(1, 2)", "?", "$1", "repeat('x', 1000000)",
    "range(999999999)",
)  # fmt: skip
VALUE_PLACES = (
    "SELECT {} FROM workspaces",
    "SELECT region FROM workspaces WHERE {} IS NOT NULL",
    "SELECT region FROM workspaces ORDER BY {}",
    "SELECT max({}) FROM workspaces",
    "SELECT region FROM workspaces GROUP BY region, {}",
    "SELECT row_number() OVER (PARTITION BY {} ORDER BY region) FROM workspaces",
    "SELECT [{}] FROM workspaces",
    "SELECT coalesce(NULL, CASE WHEN true THEN {} END) FROM workspaces",
    "SELECT region FROM workspaces a JOIN accounts b ON a.account_id = {}::VARCHAR",
    "WITH x AS (SELECT {} AS y FROM workspaces) FROM x",
)
STATEMENTS = (
    "DELETE FROM workspaces", "DELETE FROM workspaces RETURNING *", "UPDATE workspaces SET state = 'x' RETURNING *",
    "INSERT INTO accounts VALUES (1, 2, 3) RETURNING *", "TRUNCATE workspaces", "DROP TABLE workspaces",
    "COPY workspaces TO 'out.csv'",
    "CREATE TABLE x AS SELECT 1", "CREATE TEMP MACRO lower(x) AS 'x'", "ATTACH 'theirs.duckdb'", "DETACH mart",
    "INSTALL httpfs",
    "LOAD httpfs", "SET threads = 9", "RESET threads", "PRAGMA database_list", "CALL pragma_version()",
    "EXPLAIN SELECT 1",
    "DESCRIBE workspaces", "SUMMARIZE workspaces", "SHOW TABLES", "USE memory", "CHECKPOINT", "VACUUM", "BEGIN",
    "PREPARE x AS SELECT 1",
    "EXPORT DATABASE 'out'", "MERGE INTO accounts USING accounts b ON true WHEN MATCHED THEN DELETE",
)  # fmt: skip
STATEMENT_PLACES = (
    "{}",
    "SELECT 1; {}",
    "{}; SELECT 1",
    "SELECT 1;\n--\n{}",
    "WITH d AS ({}) SELECT * FROM d",
    "WITH d AS ({}) SELECT 1",
    "SELECT * FROM ({}) t",
    "SELECT ({})",
    "SELECT 1 UNION ALL {}",
    "FROM (WITH d AS ({}) SELECT 1)",
)


def _upper(sql: str, _: random.Random) -> str:
    return "".join(c.upper() if not quoted else c for c, quoted in _outside_strings(sql))


def _comments(sql: str, _: random.Random) -> str:
    return "".join("/**/" if c == " " and not quoted else c for c, quoted in _outside_strings(sql))


def _newlines(sql: str, _: random.Random) -> str:
    return "".join("\n\t" if c == " " and not quoted else c for c, quoted in _outside_strings(sql))


def _in_brackets(sql: str, _: random.Random) -> str:
    return f"({sql})"


def _with_tail(sql: str, chance: random.Random) -> str:
    return sql + chance.choice([" --", ";", " ; -- x", " /* */", "\n", " -- SELECT 1\n"])


def _with_head(sql: str, chance: random.Random) -> str:
    return chance.choice(["/* SELECT 1 */ ", "-- SELECT 1\n", "\n\n", "/*+ x */", "/* /* */ */ "]) + sql


def _inside(sql: str, _: random.Random) -> str:
    return f"SELECT * FROM ({sql}) AS hidden"


def _noise(sql: str, chance: random.Random) -> str:
    """One character put in: a quote, a backslash, an odd blank."""
    place = chance.randrange(len(sql) + 1)
    return (
        sql[:place] + chance.choice(["'", '"', "`", "\\", "\u00a0", "\u200b", "\x00", "\ufeff", "$", "#"]) + sql[place:]
    )


DISGUISES: tuple[Callable[[str, random.Random], str], ...] = (
    _upper, _comments, _newlines, _in_brackets, _with_tail, _with_head, _inside,
)  # fmt: skip


def plain_attacks() -> Iterator[str]:
    """Every payload in every place where it can stand."""
    for payloads, places in ((TABLES, TABLE_PLACES), (VALUES, VALUE_PLACES), (STATEMENTS, STATEMENT_PLACES)):
        for payload, place in product(payloads, places):
            if " " in payload or place != "SELECT ({})":  # There one word alone is a column, as good as any.
                yield place.format(payload)


def disguised_attacks(count: int, seed: int = 7) -> Iterator[str]:
    """`count` of them under one to three disguises."""
    chance = random.Random(seed)
    attacks = list(plain_attacks())
    for _ in range(count):
        sql = chance.choice(attacks)
        for disguise in chance.sample(DISGUISES, chance.randint(1, 3)):
            sql = disguise(sql, chance)
        yield sql


def noisy_texts(count: int, seed: int = 11) -> Iterator[str]:
    """Attacks broken by stray characters. Some may become harmless; none may raise anything but a rejection."""
    chance = random.Random(seed)
    attacks = list(plain_attacks())
    for _ in range(count):
        sql = chance.choice(attacks)
        for _ in range(chance.randint(1, 3)):
            sql = _noise(sql, chance)
        yield sql


def _outside_strings(sql: str) -> Iterator[tuple[str, bool]]:
    """Each character, and whether it stands in a string or a quoted name."""
    quote = ""
    for character in sql:
        if quote:
            yield character, True
            quote = "" if character == quote else quote
        else:
            quote = character if character in "'\"" else ""
            yield character, bool(quote)
