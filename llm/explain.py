"""A semantic query in a sentence: what was counted, of what, for when."""

from __future__ import annotations

from llm.semantic import FIELDS, METRICS, Condition, SemanticQuery, Threshold

_COMPARED = {
    "=": "", "!=": "not ", "contains": "containing ", "<": "before ", "<=": "until ", ">": "after ", ">=": "since ",
}  # fmt: skip
_THRESHOLDS = {
    ">": "more than", ">=": "at least", "<": "less than", "<=": "at most", "=": "exactly", "!=": "other than",
}  # fmt: skip


def explain(query: SemanticQuery) -> str:
    """Return the query in words, without a full stop: `cost by client in June 2026, highest first`."""
    metric = METRICS[query.metric]
    text = metric.title
    if query.is_count_of_groups:
        text = f"how many {_title(query.by[0])}s have a {text}"
    if query.calculation:
        text = f"{query.calculation} of the {text}"
    if query.by and not query.is_count_of_groups:
        text += (" by " if metric.expression else ": ") + " and ".join(_title(name) for name in query.by)
    if query.thresholds:
        joiner = " of " if query.is_count_of_groups else ", only "
        text += joiner + " and ".join(_threshold(t, metric.unit) for t in query.thresholds)
    conditions = [_condition(c) for c in query.where]
    if query.idle_days is not None:
        conditions.append(f"not connected to for more than {query.idle_days} days")
    if conditions:
        text += ", " + ", ".join(conditions)
    if query.before and query.period:
        text += f", {query.before.label} and {query.period.label}"
    elif query.period:
        start, end = query.period.by_month() if metric.table in ("billing_data", "workspace_usage") else (
            query.period.start, query.period.end)  # fmt: skip
        days = f" ({start} up to, not including, {end})" if query.period.label.startswith("the last") else ""
        text += f", {query.period.label}{days}"
    if query.order and metric.expression:
        text += ", highest first" if query.order == "desc" else ", lowest first"
    if query.limit:
        text += f", the first {query.limit}" + (f" of each {_title(query.limit_within)}" if query.limit_within else "")
    return text


def _title(name: str) -> str:
    return f"tag {name.partition(':')[2]}" if name.startswith("tag:") else FIELDS[name].title


def _condition(condition: Condition) -> str:
    if condition.field == "credit":
        return "credits only" if condition.operator == "=" else "without credits"
    if condition.field == "last_connected" and condition.operator == "not set":
        return "never connected to"
    if condition.operator in ("is set", "not set"):
        return f"{_title(condition.field)} {'known' if condition.operator == 'is set' else 'unknown'}"
    return f"{_title(condition.field)} {_COMPARED[condition.operator]}{' or '.join(condition.values)}"


def _threshold(threshold: Threshold, unit: str) -> str:
    return f"{_THRESHOLDS[threshold.operator]} {threshold.number:f}" + (f" {unit}" if unit else "")
