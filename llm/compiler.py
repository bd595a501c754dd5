"""Semantic query → DuckDB SQL over a mart, and the notes that say what the numbers mean.

Invariant: the SQL holds names of our own catalogue and quoted literals only, and uses a column only if the mart has it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

from llm.catalog import Catalog
from llm.periods import Period
from llm.semantic import FIELDS, GRAINS, METRICS, CannotAnswer, Condition, Metric, SemanticQuery, validated

ALIASES = {
    "workspaces": "w", "accounts": "a", "billing_data": "b", "workspace_usage": "u", "cloudtrail_events": "e",
    "sync_history": "s", "v_mode_recommendation": "r", "v_variance_bridge": "v", "v_workspace_month": "m",
}  # fmt: skip
_MONTHLY = ("billing_data", "workspace_usage", "v_variance_bridge", "v_workspace_month")
_ADDITIVE = ("SUM(", "COUNT(*)", "COUNT(w.")
_RECOMMENDATION_COLUMNS = ("running_mode", "recommended_mode", "saving_usd")


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """SQL of a semantic query. `notes` are sentences on what was counted and what was left out."""

    sql: str
    notes: tuple[str, ...] = ()


def compile_query(query: SemanticQuery, catalog: Catalog, today: date, *, companions: bool = False) -> Compiled:
    """Return the SQL of `query`.

    companions: add columns that help people read the answer (whose WorkSpace it is, the parts of a change); without
    them the answer has exactly what was asked for. Raises CannotAnswer if this mart cannot tell.
    """
    return _Statement(validated(query), catalog, today, companions).compiled()


def quote(text: str) -> str:
    """A text literal."""
    return "'" + text.replace("'", "''") + "'"


@dataclass(slots=True)
class _Statement:
    query: SemanticQuery
    catalog: Catalog
    today: date
    companions: bool
    metric: Metric = field(init=False)
    alias: str = field(init=False)
    joins: set[str] = field(default_factory=set)
    tag_keys: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.metric = METRICS[self.query.metric]
        self.alias = ALIASES[self.metric.table]
        if self.catalog.table(self.metric.table) is None:
            raise CannotAnswer(f"Your data has no {self.metric.table}.")

    def compiled(self) -> Compiled:
        lines = self._rows() if not self.metric.expression else self._groups()
        if self.query.is_count_of_groups:
            unordered = [line for line in lines if not line.startswith("ORDER BY")]
            name = {"workspace": "workspaces"}.get(self.query.by[0], f"{self.query.by[0]}s")
            lines = [f"SELECT COUNT(*) AS {name}", "FROM (", *(f"  {line}" for line in unordered), ") AS found"]
        return Compiled(sql="\n".join(lines), notes=tuple(self.notes))

    def _rows(self) -> list[str]:
        names = list(self.query.by) or ["workspace"]
        is_of_events = self.metric.table == "cloudtrail_events"
        is_distinct = "event_time" not in names if is_of_events else "workspace" not in names
        is_distinct = is_distinct and not self.query.is_row_per_workspace
        if self.companions and "workspace" in names and self.metric.table == "workspaces":
            names += [n for n in ("user", "client") if n not in names]
            if self.query.idle_days is not None or any(c.field == "last_connected" for c in self.query.where):
                names.append("last_connected")
        columns = [self._selected(name) for name in names]
        if self.metric.table == "v_mode_recommendation":
            columns += [f"r.{name}" for name in _RECOMMENDATION_COLUMNS if "user" not in self.query.by]
        where = self._conditions()
        order = ["r.saving_usd DESC"] if self.metric.table == "v_mode_recommendation" else []
        if "event_time" in names:
            order = ["e.event_time DESC"]
        return [
            f"SELECT {'DISTINCT ' if is_distinct else ''}{', '.join(columns)}",
            *self._from(),
            *where,
            "ORDER BY " + ", ".join(order or [str(n) for n in range(1, len(columns) + 1)]),
            *([f"LIMIT {self.query.limit}"] if self.query.limit else []),
        ]

    def _groups(self) -> list[str]:
        query, value = self.query, self.metric.column
        names = list(query.by)
        has_owner = self.metric.table != "cloudtrail_events" and "user" not in names
        if self.companions and "workspace" in names and has_owner:
            names.insert(names.index("workspace") + 1, "user")
        dimensions = [self._expression(name) for name in names]
        columns = [self._selected(name) for name in names]
        share_of = [c for c in query.where if c.field != "credit"] if query.calculation == "share" and not names else []
        where = self._conditions(leave_out=share_of)
        values = self._values(names, dimensions, share_of)
        columns += [f"{expression} AS {name}" for expression, name in values]
        result = values[-1][1]
        lines = [f"SELECT {', '.join(columns)}", *self._from(), *where]
        if dimensions:
            lines.append("GROUP BY " + ", ".join(dimensions))
        if query.thresholds:
            tests = [f"{values[-1][0]} {t.operator} {t.number:f}" for t in query.thresholds]
            # A window cannot stand in HAVING.
            keyword = "QUALIFY" if " OVER (" in values[-1][0] else "HAVING"
            lines.append(f"{keyword} " + " AND ".join(tests))
        if query.limit_within:
            partition = self._expression(query.limit_within)
            direction = (query.order or "desc").upper()
            lines.append(
                f"QUALIFY row_number() OVER (PARTITION BY {partition} ORDER BY {self.metric.expression} {direction}, "
                f"{', '.join(dimensions)}) <= {query.limit}"
            )
        lines += self._order(names, result if result else value)
        if query.limit and not query.limit_within:
            lines.append(f"LIMIT {query.limit}")
        return lines

    def _values(self, names: list[str], dimensions: list[str], share_of: list[Condition]) -> list[tuple[str, str]]:
        """The computed columns, the asked one last: (expression, name)."""
        query, total, name = self.query, self.metric.expression, self.metric.column
        if query.calculation is None:
            return [(total, name)]
        if not total.startswith(_ADDITIVE):
            raise CannotAnswer(f"The {query.calculation} of {self.metric.title} has no meaning: it does not add up.")
        parts = [(total, name)] if self.companions else []
        grain = next((n for n in names if n in GRAINS), None)
        if query.calculation == "share":
            if not names:
                inside = " AND ".join(self._condition(c) for c in share_of) or "true"
                return [(f"100.0 * {total} FILTER (WHERE {inside}) / {total}", "share_pct")]
            return [*parts, (f"100.0 * {total} / SUM({total}) OVER ()", "share_pct")]
        if query.calculation in ("change", "change %") and query.before and query.period:
            then = f"{total} FILTER (WHERE {self._within(query.before)})"
            now = f"{total} FILTER (WHERE {self._within(query.period)})"
            both = [(then, f"{name}_before"), (now, f"{name}_after")] if self.companions else []
            change = f"coalesce({now}, 0) - coalesce({then}, 0)"
            if query.calculation == "change %":
                return [*both, (f"100.0 * ({change}) / nullif({then}, 0)", "change_pct")]
            return [*both, (change, "change")]
        if grain is None:
            raise CannotAnswer(f"A {query.calculation} needs months: say 'per month', or which two periods to compare.")
        others = [d for d, n in zip(dimensions, names, strict=True) if n != grain]
        window = (f"PARTITION BY {', '.join(others)} " if others else "") + f"ORDER BY {self._expression(grain)}"
        if query.calculation == "running total":
            return [*parts, (f"SUM({total}) OVER ({window})", "running_total")]
        if query.calculation == "moving average":
            rows = f"ROWS BETWEEN {query.window_months - 1} PRECEDING AND CURRENT ROW"
            return [*parts, (f"AVG({total}) OVER ({window} {rows})", "moving_average")]
        earlier = f"LAG({total}) OVER ({window})"
        if query.calculation == "change %":
            return [*parts, (f"100.0 * ({total} - {earlier}) / nullif({earlier}, 0)", "change_pct")]
        return [*parts, (f"{total} - {earlier}", "change")]

    def _order(self, names: list[str], result: str) -> list[str]:
        if not names:
            return []
        titles = [self._title(name) for name in names]
        grains = [self._title(name) for name in names if name in GRAINS]
        if self.query.limit_within:
            keys = [self._title(self.query.limit_within), f"{result} {(self.query.order or 'desc').upper()}"]
        elif self.query.order:
            keys = [f"{result} {self.query.order.upper()}", *titles]
        else:
            keys = [*grains, *[t for t in titles if t not in grains]] if grains else [f"{result} DESC", *titles]
        return ["ORDER BY " + ", ".join(keys)]

    def _title(self, name: str) -> str:
        return name.partition(":")[2].lower().replace("-", "_") if name.startswith("tag:") else FIELDS[name].column

    def _selected(self, name: str) -> str:
        expression, title = self._expression(name), self._title(name)
        if name.startswith("tag:"):
            title = "tag_value"
        return expression if expression.endswith(f".{title}") else f"{expression} AS {title}"

    def _expression(self, name: str) -> str:
        if name.startswith("tag:"):
            return self._tag(name.partition(":")[2])
        if name in GRAINS:
            return self._grain(name)
        where = FIELDS[name]
        if name == "workspace":
            return f"{self._with_column(self.metric.table, 'workspace_id')}.workspace_id"
        if self.metric.table.startswith("v_") and self._has(self.metric.table, where.column):
            return f"{self.alias}.{where.column}"  # a view brings what it is split by
        if where.table not in (self.metric.table, "workspaces", "accounts"):
            raise CannotAnswer(f"The {self.metric.title} cannot be told by {where.title}.")
        self._with_column(where.table, where.column)
        if where.table != self.metric.table:
            self._join(where.table)
        return f"{ALIASES[where.table]}.{where.column}"

    def _with_column(self, table: str, column: str) -> str:
        """The alias of `table`, if the mart's table has the column."""
        if not self._has(table, column):
            raise CannotAnswer(f"Your data has no column {column} in {table}.")
        return ALIASES[table]

    def _has(self, table: str, column: str) -> bool:
        known = self.catalog.table(table)
        return known is not None and (not known.columns or column in known.column_names)

    def _grain(self, name: str) -> str:
        moment = self._moment(is_by_month=name != "day")
        if name == "year":
            return f"year({moment})"
        if name == "month" and moment.endswith((".month", ".billing_period")):
            return moment
        return f"CAST(date_trunc({quote(name)}, {moment}) AS DATE)"

    def _moment(self, *, is_by_month: bool) -> str:
        if not self.metric.time:
            raise CannotAnswer(f"The {self.metric.title} is known as of now only, not by time.")
        # A charge belongs to the month of its bill, whatever day it is dated.
        if is_by_month and self.metric.table == "billing_data" and self._has("billing_data", "billing_period"):
            return "b.billing_period"
        return f"{self.alias}.{self.metric.time}"

    def _tag(self, key: str) -> str:
        if self.catalog.table("workspace_tags") is None:
            raise CannotAnswer("Your data has no tags.")
        if key not in self.tag_keys:
            self.tag_keys.append(key)
        if self.metric.table != "workspaces":
            self._with_column(self.metric.table, "workspace_id")
        return f"t{self.tag_keys.index(key) + 1}.tag_value"

    def _join(self, table: str) -> None:
        self.joins.add(table)
        if table == "workspaces":
            self._with_column(self.metric.table, "workspace_id")
        # Accounts are reached directly where the table has the account, else through the WorkSpace.
        if table == "accounts" and not self._has(self.metric.table, "account_id"):
            if not self._has(self.metric.table, "workspace_id"):
                raise CannotAnswer(f"The {self.metric.title} is not known by client or account.")
            self.joins.add("workspaces")

    def _from(self) -> list[str]:
        lines = [f"FROM {self.metric.table} AS {self.alias}"]
        if "workspaces" in self.joins:
            lines.append(f"JOIN workspaces AS w ON w.workspace_id = {self.alias}.workspace_id")
            if self.metric.table == "billing_data":
                self.notes.append("Charges that belong to no WorkSpace (tax, directories, credits) are left out.")
        if "accounts" in self.joins:
            home = self.alias if self._has(self.metric.table, "account_id") else "w"
            lines.append(f"JOIN accounts AS a ON a.account_id = {home}.account_id")
        for number, key in enumerate(self.tag_keys, 1):
            lines.append(
                f"LEFT JOIN workspace_tags AS t{number} ON t{number}.workspace_id = {self.alias}.workspace_id "
                f"AND t{number}.tag_key = {quote(key)}"
            )
        return lines

    def _conditions(self, leave_out: list[Condition] | None = None) -> list[str]:
        query = self.query
        tests = [self._condition(c) for c in query.where if c not in (leave_out or [])]
        if query.idle_days is not None:
            moment = self._expression("last_connected")
            tests.append(f"({moment} IS NULL OR {moment} < {_day(self.today - timedelta(days=query.idle_days))})")
            self.notes.append("WorkSpaces that nobody ever connected to are included.")
        if "workspace" in query.by and self.metric.table in ("billing_data", "cloudtrail_events"):
            tests.append(f"{self.alias}.workspace_id IS NOT NULL")
        tests += self._time_tests()
        if self._is_alive_only():
            tests.append("w.state <> 'TERMINATED'")
            self.notes.append("Terminated WorkSpaces are not counted; say 'including terminated' for all.")
        return ["WHERE " + "\n  AND ".join(tests)] if tests else []

    def _time_tests(self) -> list[str]:
        period = self.query.period
        if period is None:
            return [f"{self.alias}.{self.metric.time} IS NOT NULL"] if self.metric.time.endswith("ated_at") else []
        if self.query.before is not None:
            return [f"({self._within(self.query.before)} OR {self._within(period)})"]
        if self.metric.time:
            return [self._within(period)]
        if self.metric.table != "workspaces":
            raise CannotAnswer(f"The {self.metric.title} is known as of now only, not for {period.label}.")
        self.notes.append(f"WorkSpaces that existed at some time in {period.label} are counted.")
        return [
            f"w.created_at < {_day(period.end)}",
            f"(w.terminated_at IS NULL OR w.terminated_at >= {_day(period.start)})",
        ]

    def _is_alive_only(self) -> bool:
        query = self.query
        if not self.metric.is_alive_only or query.with_terminated or query.period is not None or "state" in query.by:
            return False
        if query.metric == "workspaces" and "workspace" not in query.by and not query.where:
            return False  # a list of the users or regions there are
        if query.calculation == "share" and not query.by:
            return True  # the whole that the share is of
        return not any(c.field in ("state", "created", "terminated", "workspace") for c in query.where)

    def _within(self, period: Period) -> str:
        is_monthly = self.metric.table in _MONTHLY
        start, end = period.by_month() if is_monthly else (period.start, period.end)
        moment = self._moment(is_by_month=start.day == 1 and end.day == 1)
        if start.year <= 1970:
            return f"{moment} < {_day(end)}"
        return f"{moment} >= {_day(start)} AND {moment} < {_day(end)}"

    def _condition(self, condition: Condition) -> str:
        if condition.field == "credit":
            return f"b.amount {'<' if condition.operator == '=' else '>='} 0"
        column = self._expression(condition.field)
        if condition.operator in ("is set", "not set"):
            return f"{column} IS {'NOT ' if condition.operator == 'is set' else ''}NULL"
        if condition.operator == "contains":
            return "(" + " OR ".join(f"contains(lower({column}), {quote(v.lower())})" for v in condition.values) + ")"
        if condition.field in ("created", "terminated", "last_connected", "event_time"):
            return f"{column} {condition.operator} {_day(date.fromisoformat(condition.values[0]))}"
        if condition.field in ("user", "display_name") and condition.operator == "=":
            column, values = f"lower({column})", [v.lower() for v in condition.values]
        else:
            values = list(condition.values)
        if len(values) == 1:
            operator = "<>" if condition.operator == "!=" else condition.operator
            return f"{column} {operator} {quote(values[0])}"
        listed = ", ".join(map(quote, values))
        return f"{column} {'NOT ' if condition.operator == '!=' else ''}IN ({listed})"


def _day(day: date) -> str:
    return f"DATE '{day}'"
