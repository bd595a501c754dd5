"""The first opinion: sqlglot's tree may hold only what a reading query is made of.

sqlglot parses generously (`CHECKPOINT` is a column to it), so everything is an allow-list: the root, and each node.
Functions are not judged here: sqlglot gives one function different classes by its arguments, so their names are
judged in DuckDB's own tree (`native`).
"""

from __future__ import annotations

import logging

import sqlglot
from sqlglot import Token, TokenType, exp
from sqlglot.errors import SqlglotError

from llm.catalog import Catalog
from llm.guard.explain import unknown_table
from llm.guard.verdict import (
    NO_RECURSION,
    ONE_STATEMENT,
    ONLY_SELECT,
    READ_TABLES,
    TOO_DEEP,
    WRITE_A_SELECT,
    Rejected,
    quoted,
)

MAX_JOINS = 20
MAX_SELECTS = 60

# Its warnings quote the text of the query, which is not ours to log.
logging.getLogger("sqlglot").setLevel(logging.ERROR)

PARSER_FAULTS = (SqlglotError, ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)
"""What sqlglot raises on texts that are no SQL: its own errors, and slips of a parser that expects SQL."""

_QUERIES = (exp.Select, exp.SetOperation, exp.Subquery, exp.Values, exp.Pivot)
_EXPRESSIONS = (exp.Func, exp.Condition)
_REFUSED_EXPRESSIONS = (
    exp.Parameter, exp.Placeholder, exp.SessionParameter, exp.Pseudocolumn, exp.NestedJSONSelect, exp.Adjacent,
    exp.RawString, exp.ByteString, exp.BitString, exp.UnicodeString,
)  # fmt: skip
_STRUCTURE = frozenset(
    {
        exp.Alias, exp.Aliases, exp.AtTimeZone, exp.CTE, exp.ColumnDef, exp.Comprehension, exp.Cube, exp.DataType,
        exp.DataTypeParam, exp.Distinct, exp.Except, exp.Fetch, exp.Filter, exp.From, exp.Group, exp.GroupingSets,
        exp.Having, exp.HavingMax, exp.Identifier, exp.IgnoreNulls, exp.Intersect, exp.Interval, exp.IntervalOp,
        exp.IntervalSpan, exp.JSONKeyValue, exp.JSONPath, exp.JSONPathFilter, exp.JSONPathKey, exp.JSONPathRecursive,
        exp.JSONPathRoot, exp.JSONPathSelector, exp.JSONPathSlice, exp.JSONPathSubscript, exp.JSONPathUnion,
        exp.JSONPathWildcard, exp.Join, exp.Lambda, exp.Lateral, exp.Limit, exp.LimitOptions, exp.Offset, exp.Order,
        exp.Ordered, exp.Pivot, exp.PivotAlias, exp.PivotAny, exp.PositionalColumn, exp.Qualify, exp.RespectNulls,
        exp.Rollup, exp.Select, exp.Slice, exp.Star, exp.Subquery, exp.Table, exp.TableAlias, exp.TableColumn,
        exp.TableSample, exp.Tuple, exp.Union, exp.UnpivotColumns, exp.Values, exp.Var, exp.Where, exp.WindowSpec,
        exp.With, exp.WithinGroup,
    }
)  # fmt: skip
_REFUSED_CLAUSES = {
    "into": "SELECT … INTO would write a table",
    "locks": "Row locks are not possible",
    "hint": "Optimizer hints are not possible",
    "kind": "SELECT AS is not possible",
}
_BRACKETS = {TokenType.L_PAREN: 1, TokenType.L_BRACKET: 1, TokenType.L_BRACE: 1,
             TokenType.R_PAREN: -1, TokenType.R_BRACKET: -1, TokenType.R_BRACE: -1}  # fmt: skip
_PIVOTS = frozenset({"PIVOT", "PIVOT_WIDER", "PIVOT_LONGER", "UNPIVOT"})


def parse(sql: str, tokens: list[Token], catalog: Catalog) -> exp.Expr:
    """Return sqlglot's tree of `sql`. Raises Rejected unless it is one reading query made only of known parts.

    A table is known if it is in `catalog` or bears a WITH name; whether that name is in sight is judged in `native`.
    """
    try:
        statements = sqlglot.parse(_pivot_as_select(sql, tokens), read="duckdb", error_level=sqlglot.ErrorLevel.RAISE)
        root = _only(statements)
        _judge(root)
        _refuse_unknown_tables(root, catalog)
    except PARSER_FAULTS:
        raise Rejected("This could not be read as SQL.", "Write one SELECT in DuckDB's SQL.") from None
    except RecursionError:
        raise Rejected(*TOO_DEEP) from None
    return root


def _only(statements: list[exp.Expr | None]) -> exp.Expr:
    found = [statement for statement in statements if statement is not None]
    if len(found) != 1:
        raise Rejected(*ONE_STATEMENT)
    if not isinstance(found[0], _QUERIES):
        raise Rejected(ONLY_SELECT, WRITE_A_SELECT)
    return found[0]


def _judge(root: exp.Expr) -> None:
    joins = selects = 0
    for node in root.walk():
        kind = type(node)
        if isinstance(node, (exp.ReadCSV, exp.ReadParquet)):
            raise Rejected(f"The function {quoted(node.sql_name().lower())} is not available.", READ_TABLES)
        if kind not in _STRUCTURE and not (
            isinstance(node, _EXPRESSIONS) and not isinstance(node, _REFUSED_EXPRESSIONS)
        ):
            raise Rejected(f"{ONLY_SELECT} {quoted(kind.__name__)} is not part of a reading query.")
        if isinstance(node, exp.Select):
            selects += 1
            for clause, why in _REFUSED_CLAUSES.items():
                if node.args.get(clause):
                    raise Rejected(f"{why} here.", "Write a plain SELECT.")
        elif isinstance(node, exp.Join):
            joins += 1
        elif isinstance(node, exp.With) and node.args.get("recursive"):
            raise Rejected(*NO_RECURSION)
        elif isinstance(node, exp.CTE) and not isinstance(node.this, _QUERIES):
            raise Rejected(f"{ONLY_SELECT} A WITH clause can hold nothing else either.")
    if joins > MAX_JOINS or selects > MAX_SELECTS:
        raise Rejected(
            f"The query has more than {MAX_JOINS} joins or {MAX_SELECTS} SELECTs.", "Ask for less in one query."
        )


def _pivot_as_select(sql: str, tokens: list[Token]) -> str:
    """`[WITH …] PIVOT … ORDER BY …` → `[WITH …] SELECT * FROM (PIVOT …) ORDER BY …`, which sqlglot can read."""
    start = _start_of_pivot(tokens)
    if start is None:
        return sql
    depth = 0
    end = tokens[-1].end + 1
    for token in tokens[start:]:
        depth += _BRACKETS.get(token.token_type, 0)
        if depth == 0 and token.token_type in (TokenType.ORDER_BY, TokenType.LIMIT, TokenType.OFFSET):
            end = token.start
            break
    begin = tokens[start].start
    return f"{sql[:begin]}SELECT * FROM ({sql[begin:end]}\n) {sql[end : tokens[-1].end + 1]}"


def _refuse_unknown_tables(root: exp.Expr, catalog: Catalog) -> None:
    """Also meets tables that DuckDB drops unread, as in a WINDOW clause that nothing uses."""
    named = {cte.alias.lower() for cte in root.find_all(exp.CTE)}
    for table in root.find_all(exp.Table):
        if isinstance(table.this, exp.Identifier) and table.name.lower() not in named and not catalog.table(table.name):
            raise Rejected(*unknown_table(table.name, catalog))


def _start_of_pivot(tokens: list[Token]) -> int | None:
    """Index of the PIVOT that is the statement itself, or None."""
    if tokens[0].text.upper() in _PIVOTS:
        return 0
    if tokens[0].token_type is not TokenType.WITH:
        return None
    depth = 0
    for index, token in enumerate(tokens):
        depth += _BRACKETS.get(token.token_type, 0)
        if depth == 0 and token.token_type in (TokenType.SELECT, TokenType.FROM, TokenType.VALUES):
            return None
        if depth == 0 and token.text.upper() in _PIVOTS:
            return index
    return None
