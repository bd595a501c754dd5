"""Decides whether SQL that a person or a model wrote may run, and gives the text that will.

`check(sql, catalog)` returns `Allowed` or raises `Rejected`. Nothing here runs the query or sees a row: the boundary
between tenants is that a query runs on the asker's own mart (`llm.sandbox`); the guard keeps it to reading that mart.

The steps, a module each: `precheck` bounds the text, `tree` is the first opinion (sqlglot), `pivots` fills in the
columns of a PIVOT, `native` is the second opinion (DuckDB's own `parser`, closed world) with `functions` and `bounds`,
`regenerate` has DuckDB print the tree that was judged. `check` puts them in order.
"""

from llm.guard.check import check
from llm.guard.explain import explain_unknown_column
from llm.guard.verdict import Allowed, Rejected

__all__ = ["Allowed", "Rejected", "check", "explain_unknown_column"]
