"""Fills in the columns of a PIVOT that names none.

DuckDB finds such columns by running a query while it binds, as several statements; a tree with an IN list is one
statement that can be judged. So the values are read first, by a query that is itself checked, and listed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from sqlglot import exp
from sqlglot.errors import ErrorLevel

from llm.guard.tree import PARSER_FAULTS
from llm.guard.verdict import Rejected

MAX_PIVOT_COLUMNS = 50
_LIST_THEM = "List the values: ON column IN ('a', 'b')."

ReadValues = Callable[[str], Sequence[object]]
"""Given the text of a one-column query as it was asked, not yet checked, returns the values of its first column."""


def open_pivots(root: exp.Expr) -> list[exp.Pivot]:
    """The PIVOTs of the tree that leave their columns to the data."""
    return [
        pivot
        for pivot in root.find_all(exp.Pivot)
        if isinstance(pivot.this, exp.Expr)
        and not pivot.args.get("unpivot")
        and any(_is_open(on) for on in pivot.expressions)
    ]


def fill_pivots(root: exp.Expr, read_values: ReadValues | None) -> str:
    """Return the text of `root` with every open PIVOT filled in. Raises Rejected if there are too many columns."""
    if read_values is None:
        raise Rejected("PIVOT needs the values that become columns.", _LIST_THEM)
    for pivot in open_pivots(root):
        pivot.set("expressions", list(_filled(pivot, read_values)))
    try:
        return root.sql(dialect="duckdb", comments=False, unsupported_level=ErrorLevel.RAISE)
    except (*PARSER_FAULTS, RecursionError):
        raise Rejected("This PIVOT could not be understood.", _LIST_THEM) from None


def _filled(pivot: exp.Pivot, read_values: ReadValues) -> Iterator[exp.Expr]:
    columns = 1
    for on in pivot.expressions:
        if not _is_open(on):
            columns *= max(1, len(on.expressions))
            yield on
            continue
        if isinstance(on, (exp.In, exp.Tuple)):
            raise Rejected("PIVOT needs the values that become columns.", _LIST_THEM)
        values = read_values(_distinct_values(pivot, on))
        columns *= max(1, len(values))
        if columns > MAX_PIVOT_COLUMNS:
            raise Rejected(f"This PIVOT would make more than {MAX_PIVOT_COLUMNS} columns.", _LIST_THEM)
        if not values:
            raise Rejected("This PIVOT would make no column: there is no value to pivot on.", _LIST_THEM)
        subject = exp.Paren(this=on.copy()) if isinstance(on, exp.Binary) else on.copy()
        yield exp.In(this=subject, expressions=[exp.Literal.string(str(value)) for value in values])


def _is_open(on: exp.Expr) -> bool:
    return not isinstance(on, exp.In) or on.args.get("query") is not None


def _distinct_values(pivot: exp.Pivot, on: exp.Expr) -> str:
    """The query for the values of `on`, as text, in DuckDB's order, with each WITH clause that the PIVOT stands in."""
    source = pivot.this.copy()
    if isinstance(source, exp.Subquery) and not source.alias:
        source.set("alias", exp.TableAlias(this=exp.to_identifier("pivoted")))
    values = exp.select(exp.alias_(on.copy(), "pivot_value")).distinct().from_(source)
    listed = (
        exp.select(exp.alias_(exp.cast(exp.column("pivot_value"), exp.DType.VARCHAR), "pivot_value"))
        .from_(values.subquery("found"))
        .where(exp.column("pivot_value").is_(exp.null()).not_())
        .order_by(exp.column("pivot_value", table="found"))
        .limit(MAX_PIVOT_COLUMNS + 1)
    )
    ctes: list[exp.Expr] = []
    node: exp.Expr | None = pivot
    inside: exp.Expr | None = None
    while node is not None:
        clause = node.args.get("with_")
        if clause is not None and clause is not inside:
            ctes = [cte.copy() for cte in clause.expressions] + ctes
        if isinstance(node.parent, exp.With):
            # Inside a CTE only those written before it can be seen.
            before = node.parent.expressions[: node.parent.expressions.index(node)]
            ctes = [cte.copy() for cte in before] + ctes
            inside = node.parent
        node = node.parent
    if ctes:
        listed.set("with_", exp.With(expressions=ctes))
    try:
        return listed.sql(dialect="duckdb", comments=False, unsupported_level=ErrorLevel.RAISE)
    except (*PARSER_FAULTS, RecursionError):
        raise Rejected("This PIVOT could not be understood.", _LIST_THEM) from None
