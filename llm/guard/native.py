"""The second opinion: DuckDB's own parse tree of the text, read as a closed world.

Every node has a kind that is listed here, every function and type a name that is listed in `functions`, every table is
in the catalogue or is a WITH name that is in sight where it stands. Whatever DuckDB parses differently from sqlglot, or
learns to parse tomorrow, is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from llm.catalog import Catalog
from llm.guard.bounds import refuse_large_call
from llm.guard.explain import unknown_table
from llm.guard.functions import CONTEXT_NAMES, FUNCTIONS, TABLE_FUNCTIONS, TYPES
from llm.guard.parser import Node, read_sql
from llm.guard.verdict import NO_RECURSION, ONLY_SELECT, READ_TABLES, Rejected, quoted

_PLAIN = frozenset(
    {
        "SELECT_NODE", "SET_OPERATION_NODE", "BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EMPTY",
        "EXPRESSION_LIST", "PIVOT", "ORDER_MODIFIER", "LIMIT_MODIFIER", "DISTINCT_MODIFIER", "ASCENDING",
        "DESCENDING", "ORDER_DEFAULT",
    }
)  # fmt: skip
_COMPARISONS = frozenset(
    {
        "COMPARE_EQUAL", "COMPARE_NOTEQUAL", "COMPARE_LESSTHAN", "COMPARE_GREATERTHAN", "COMPARE_LESSTHANOREQUALTO",
        "COMPARE_GREATERTHANOREQUALTO", "COMPARE_DISTINCT_FROM", "COMPARE_NOT_DISTINCT_FROM",
    }
)  # fmt: skip
_EXPRESSIONS: dict[str, frozenset[str]] = {
    "BETWEEN": frozenset({"COMPARE_BETWEEN", "COMPARE_NOT_BETWEEN"}),
    "CASE": frozenset({"CASE_EXPR"}),
    "CAST": frozenset({"OPERATOR_CAST"}),
    "COLLATE": frozenset({"COLLATE"}),
    "COLUMN_REF": frozenset({"COLUMN_REF"}),
    "COMPARISON": _COMPARISONS,
    "CONJUNCTION": frozenset({"CONJUNCTION_AND", "CONJUNCTION_OR"}),
    "CONSTANT": frozenset({"VALUE_CONSTANT"}),
    "FUNCTION": frozenset({"FUNCTION"}),
    "LAMBDA": frozenset({"LAMBDA"}),
    "LAMBDA_REF": frozenset({"LAMBDA_REF"}),
    "OPERATOR": frozenset(
        {
            "ARRAY_CONSTRUCTOR", "ARRAY_EXTRACT", "ARRAY_SLICE", "COMPARE_IN", "COMPARE_NOT_IN", "GROUPING_FUNCTION",
            "OPERATOR_COALESCE", "OPERATOR_IS_NOT_NULL", "OPERATOR_IS_NULL", "OPERATOR_NOT", "OPERATOR_NULLIF",
            "OPERATOR_TRY", "OPERATOR_UNPACK", "STRUCT_EXTRACT",
        }
    ),
    "POSITIONAL_REFERENCE": frozenset({"POSITIONAL_REFERENCE"}),
    "STAR": frozenset({"STAR"}),
    "SUBQUERY": frozenset({"SUBQUERY"}),
    "TYPE": frozenset({"TYPE"}),
    "WINDOW": frozenset(
        {
            "WINDOW_AGGREGATE", "WINDOW_CUME_DIST", "WINDOW_FILL", "WINDOW_FIRST_VALUE", "WINDOW_LAG",
            "WINDOW_LAST_VALUE", "WINDOW_LEAD", "WINDOW_NTH_VALUE", "WINDOW_NTILE", "WINDOW_PERCENT_RANK",
            "WINDOW_RANK", "WINDOW_RANK_DENSE", "WINDOW_ROW_NUMBER",
        }
    ),
}  # fmt: skip
_CALLABLE = FUNCTIONS | TABLE_FUNCTIONS
_DATABASES = frozenset({"information_schema", "mart", "memory", "pg_catalog", "system", "temp"})


@dataclass(slots=True)
class JudgedTree:
    """A tree that passed, and what was met in it."""

    document: Node  #: DuckDB's JSON form of the one statement
    tables: list[tuple[Node, str]] = field(default_factory=list)  #: each use of a base table, and its catalogue name
    column_names: set[str] = field(default_factory=set)  #: last parts of the column names, in lower case
    has_star: bool = False

    @property
    def root(self) -> Node:
        """The outermost query node."""
        node: Node = self.document["statements"][0]["node"]
        return node


def judge(sql: str, catalog: Catalog, *, database: str) -> JudgedTree:
    """Return DuckDB's tree of `sql`; raises Rejected unless everything in it is listed."""
    tree = JudgedTree(read_sql(sql))
    # A node with the WITH names in sight of it; depth-first with a list, as a tree may be deeper than Python's stack.
    pending: list[tuple[object, frozenset[str]]] = [(tree.document["statements"], frozenset())]
    while pending:
        item, in_sight = pending.pop()
        if isinstance(item, list):
            pending.extend((entry, in_sight) for entry in item)
        elif isinstance(item, dict):
            _refuse_unknown_kind(item)
            named = _judge_with(item, catalog, in_sight, pending)
            _judge_node(item, tree, catalog, database, named)
            pending.extend(
                (value, named) for key, value in item.items() if key != "cte_map" and isinstance(value, (dict, list))
            )
    return tree


def _refuse_unknown_kind(node: Node) -> None:
    kind, family = node.get("type"), node.get("class")
    if not isinstance(kind, str):
        return
    known = kind in _PLAIN if family is None else kind in _EXPRESSIONS.get(family, ())
    if known:
        return
    if kind == "RECURSIVE_CTE_NODE":
        raise Rejected(*NO_RECURSION)
    if kind == "VALUE_PARAMETER":
        raise Rejected("Parameters and templates cannot be used here.", "Write the values into the query.")
    raise Rejected(ONLY_SELECT, f"{quoted(kind.replace('_', ' ').title())} is not part of a reading query.")


def _judge_with(
    node: Node, catalog: Catalog, in_sight: frozenset[str], pending: list[tuple[object, frozenset[str]]]
) -> frozenset[str]:
    """Queue the WITH queries of `node`, each seeing those before it; return the names that the rest of `node` sees."""
    named = in_sight
    for entry in (node.get("cte_map") or {}).get("map") or ():
        name = entry["key"]
        if not name.isascii():
            raise Rejected(f"The WITH name {quoted(name)} has letters beyond A–Z.", "Rename it.")
        if catalog.table(name) is not None:
            raise Rejected(f"The WITH name {quoted(name)} is also the name of a table.", "Rename it.")
        pending.append((entry["value"], named))
        named = named | {name.lower()}
    return named


def _judge_node(node: Node, tree: JudgedTree, catalog: Catalog, database: str, in_sight: frozenset[str]) -> None:
    match node.get("class") or node.get("type"):
        case "BASE_TABLE":
            _judge_table(node, tree, catalog, database, in_sight)
        case "FUNCTION" | "WINDOW":
            _judge_function(node)
        case "TABLE_FUNCTION":
            name = str(node["function"].get("function_name"))
            if name.lower() not in TABLE_FUNCTIONS or node["function"].get("class") != "FUNCTION":
                raise Rejected(f"The function {quoted(name)} is not available.", READ_TABLES)
        case "COLUMN_REF":
            names = [str(name).lower() for name in node["column_names"]]
            if (len(names) == 1 and names[0] in CONTEXT_NAMES) or names[-1] == "rowid":
                raise Rejected(
                    f"{quoted(names[-1])} is not available.", "To read a column of that name, write table.column."
                )
            tree.column_names.add(names[-1])
        case "STAR":
            tree.has_star = True
        case "TYPE":
            path = [str(part).lower() for part in node["qualified_name"]["path"]]
            if len(path) != 1 or path[0] not in TYPES or str(node["type_name"]).lower() != path[0]:
                raise Rejected(f"The type {quoted(node['type_name'])} is not available.")
        case "PIVOT":
            if any(pivot.get("pivot_enum") or pivot.get("subquery") for pivot in node.get("pivots") or ()):
                raise Rejected(
                    "PIVOT needs the values that become columns.", "List the values: ON column IN ('a', 'b')."
                )
        case "LIMIT_MODIFIER":
            for key in ("limit", "offset"):
                amount = node.get(key)
                if amount is not None and not _is_whole_number(amount):
                    raise Rejected("LIMIT and OFFSET must be numbers.", "Write LIMIT 100.")


def _is_whole_number(value: Node) -> bool:
    literal = value.get("literal") or {}
    return literal.get("kind") == "INTEGER" and str(literal.get("text")).isdecimal() and len(literal["text"]) <= 15


def _judge_table(node: Node, tree: JudgedTree, catalog: Catalog, database: str, in_sight: frozenset[str]) -> None:
    path = [str(part) for part in node["qualified_name"]["path"]]
    name = path[-1]
    if node.get("at_clause") is not None:
        raise Rejected("Older versions of a table cannot be read here.", "Remove the AT clause.")
    if name != node["table_name"] or not name.isascii():
        raise Rejected(*unknown_table(name, catalog))
    if len(path) == 1 and name.lower() in in_sight:
        return
    known = catalog.table(name)
    if known is None:
        raise Rejected(*unknown_table(name, catalog))
    if [part.lower() for part in path[:-1]] not in ([], ["main"], [database, "main"]):
        raise Rejected(f"There is no {quoted('.'.join(path))} here.", f"Write just {quoted(known.name)}.")
    tree.tables.append((node, known.name))


def _judge_function(node: Node) -> None:
    path = [str(part).lower() for part in node["qualified_name"]["path"]]
    name = path[-1]
    if name not in _CALLABLE or str(node["function_name"]).lower() != name:
        raise Rejected(
            f"The function {quoted(name)} is not available.", "Use DuckDB's functions for numbers, text and dates."
        )
    # More than one part is `main.upper(x)`, or a method: `column.upper()`, `table.column.upper()`.
    if len(path) > 1 and path[0] in _DATABASES:
        raise Rejected(f"The function {quoted('.'.join(path))} is not available.", f"Write just {quoted(name)}.")
    refuse_large_call(name, node.get("arguments") or [], is_method=len(path) > 2 or path[:-1] not in ([], ["main"]))
