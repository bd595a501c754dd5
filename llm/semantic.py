"""The semantic query: what a question asks for, in the field's own terms, fit to be shown, checked and compiled.

Parser and small model both end here; `llm.compiler` makes SQL of it. Invariant: it holds names of METRICS and FIELDS
and literals only, never SQL.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, get_args

from llm.periods import Period
from workbench.errors import WorkbenchError

Operator = Literal["=", "!=", "contains", "is set", "not set", "<", "<=", ">", ">="]
Calculation = Literal["share", "change", "change %", "running total", "moving average"]
Direction = Literal["asc", "desc"]
OPERATORS: tuple[Operator, ...] = get_args(Operator)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Something rows can be grouped, filtered or listed by."""

    table: str  #: of the mart; `workspace` and the time grains belong to the metric's own table
    column: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """Something that can be counted, added up or listed."""

    table: str
    expression: str = ""  #: DuckDB, over the alias of `table`; empty: rows are listed
    column: str = ""  #: name of the value in the answer
    title: str
    time: str = ""  #: column a period and the time grains apply to; empty: none
    unit: str = ""
    is_alive_only: bool = False  #: means WorkSpaces that are not terminated, unless the question says otherwise


FIELDS: dict[str, Field] = {
    "client": Field(table="accounts", column="client_name", title="client"),
    "account": Field(table="accounts", column="account_name", title="account"),
    "account_id": Field(table="accounts", column="account_id", title="account id"),
    "region": Field(table="workspaces", column="region", title="region"),
    "state": Field(table="workspaces", column="state", title="state"),
    "running_mode": Field(table="workspaces", column="running_mode", title="running mode"),
    "compute_type": Field(table="workspaces", column="compute_type", title="compute type"),
    "bundle": Field(table="workspaces", column="bundle_id", title="bundle"),
    "directory": Field(table="workspaces", column="directory_id", title="directory"),
    "os": Field(table="workspaces", column="os_name", title="operating system"),
    "user": Field(table="workspaces", column="user_name", title="user"),
    "display_name": Field(table="workspaces", column="display_name", title="display name"),
    "created": Field(table="workspaces", column="created_at", title="creation"),
    "terminated": Field(table="workspaces", column="terminated_at", title="termination"),
    "last_connected": Field(table="workspaces", column="last_connected_at", title="last connection"),
    "workspace": Field(table="", column="workspace_id", title="WorkSpace"),
    "day": Field(table="", column="day", title="day"),
    "month": Field(table="", column="month", title="month"),
    "quarter": Field(table="", column="quarter", title="quarter"),
    "year": Field(table="", column="year", title="year"),
    "credit": Field(table="billing_data", column="amount", title="credit"),
    "recommended_mode": Field(table="v_mode_recommendation", column="recommended_mode", title="recommended mode"),
    "driver": Field(table="v_variance_bridge", column="driver", title="driver"),
    "service": Field(table="billing_data", column="service", title="service"),
    "usage_type": Field(table="billing_data", column="usage_type", title="usage type"),
    "fee_class": Field(table="billing_data", column="fee_class", title="kind of fee"),
    "currency": Field(table="billing_data", column="currency", title="currency"),
    "event": Field(table="cloudtrail_events", column="event_name", title="event"),
    "actor": Field(table="cloudtrail_events", column="user_identity", title="who did it"),
    "event_time": Field(table="cloudtrail_events", column="event_time", title="time of the event"),
    "sync_type": Field(table="sync_history", column="sync_type", title="kind of sync"),
    "sync_status": Field(table="sync_history", column="status", title="status of the sync"),
    "tag": Field(table="workspace_tags", column="tag_value", title="tag"),
}
GRAINS = ("day", "month", "quarter", "year")

METRICS: dict[str, Metric] = {
    "workspace_count": Metric(
        table="workspaces", expression="COUNT(*)", column="workspaces", title="number of WorkSpaces", is_alive_only=True
    ),
    "user_count": Metric(
        table="workspaces", expression="COUNT(DISTINCT w.user_name)", column="users", title="number of users",
        is_alive_only=True,
    ),
    "region_count": Metric(
        table="workspaces", expression="COUNT(DISTINCT w.region)", column="regions", title="number of regions",
        is_alive_only=True,
    ),
    "workspaces_created": Metric(
        table="workspaces", expression="COUNT(w.created_at)", column="created", title="number of WorkSpaces created",
        time="created_at",
    ),
    "workspaces_terminated": Metric(
        table="workspaces", expression="COUNT(w.terminated_at)", column="terminated",
        title="number of WorkSpaces terminated", time="terminated_at",
    ),
    "workspaces": Metric(table="workspaces", title="list of WorkSpaces", is_alive_only=True),
    "account_count": Metric(
        table="accounts", expression="COUNT(*)", column="accounts", title="number of AWS accounts"
    ),
    "client_count": Metric(
        table="accounts", expression="COUNT(DISTINCT a.client_name)", column="clients", title="number of clients"
    ),
    "accounts": Metric(table="accounts", title="list of accounts"),
    "cost": Metric(
        table="billing_data", expression="SUM(b.amount)", column="cost", title="cost", time="start_date", unit="USD"
    ),
    "cost_per_workspace": Metric(
        table="billing_data", expression="SUM(b.amount) / COUNT(DISTINCT b.workspace_id)", column="cost_per_workspace",
        title="average cost per WorkSpace", time="start_date", unit="USD",
    ),
    "average_monthly_cost": Metric(
        table="billing_data", expression="SUM(b.amount) / COUNT(DISTINCT date_trunc('month', b.start_date))",
        column="average_monthly_cost", title="average cost per month", time="start_date", unit="USD",
    ),
    "billed_workspace_count": Metric(
        table="billing_data", expression="COUNT(DISTINCT b.workspace_id)", column="workspaces",
        title="number of WorkSpaces billed", time="start_date",
    ),
    "usage_hours": Metric(
        table="workspace_usage", expression="SUM(u.usage_hours)", column="usage_hours", title="usage hours",
        time="month", unit="hours",
    ),
    "average_hours": Metric(
        table="workspace_usage", expression="AVG(u.usage_hours)", column="average_hours",
        title="average usage hours per WorkSpace and month", time="month", unit="hours",
    ),
    "median_hours": Metric(
        table="workspace_usage", expression="MEDIAN(u.usage_hours)", column="median_hours",
        title="median usage hours of WorkSpace and month", time="month", unit="hours",
    ),
    "cost_per_hour": Metric(
        table="v_workspace_month", expression="SUM(m.cost) / nullif(SUM(m.usage_hours), 0)", column="cost_per_hour",
        title="cost per usage hour", time="month", unit="USD",
    ),
    "hours_per_workspace": Metric(
        table="workspace_usage", expression="SUM(u.usage_hours) / COUNT(DISTINCT u.workspace_id)",
        column="hours_per_workspace", title="average usage hours per WorkSpace", time="month", unit="hours",
    ),
    "used_workspace_count": Metric(
        table="workspace_usage", expression="COUNT(DISTINCT u.workspace_id) FILTER (WHERE u.usage_hours > 0)",
        column="workspaces", title="number of WorkSpaces used", time="month",
    ),
    "event_count": Metric(
        table="cloudtrail_events", expression="COUNT(DISTINCT e.event_id)", column="events", title="number of events",
        time="event_time",
    ),
    "workspaces_touched": Metric(
        table="cloudtrail_events", expression="COUNT(DISTINCT e.workspace_id)", column="workspaces",
        title="number of WorkSpaces with such an event", time="event_time",
    ),
    "events": Metric(table="cloudtrail_events", title="list of events", time="event_time"),
    "sync_count": Metric(
        table="sync_history", expression="COUNT(*)", column="syncs", title="number of syncs", time="started_at"
    ),
    "records_processed": Metric(
        table="sync_history", expression="SUM(s.records_processed)", column="records",
        title="records read by syncs", time="started_at",
    ),
    "last_sync": Metric(
        table="sync_history", expression="MAX(s.completed_at)", column="last_sync_at", title="time of the last sync",
        time="started_at",
    ),
    "saving": Metric(
        table="v_mode_recommendation", expression="SUM(r.saving_usd)", column="saving_per_month",
        title="saving by changing the running mode, a month", unit="USD",
    ),
    "cost_change_drivers": Metric(
        table="v_variance_bridge", expression="SUM(v.change)", column="change",
        title="change of cost against the month before", time="month", unit="USD",
    ),
    "recommendation_count": Metric(
        table="v_mode_recommendation", expression="COUNT(*)", column="workspaces",
        title="number of WorkSpaces whose running mode should change",
    ),
    "recommendations": Metric(
        table="v_mode_recommendation", title="list of WorkSpaces whose running mode should change"
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Rows to keep: those whose `field` compares so with one of `values`; `is set` and `not set` take none."""

    field: str
    operator: Operator = "="
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """Groups to keep: those whose value compares so with `number`."""

    operator: Operator
    number: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SemanticQuery:
    """A question, understood. `by` groups a value; for a metric that lists rows it names the columns."""

    metric: str
    by: tuple[str, ...] = ()
    where: tuple[Condition, ...] = ()
    period: Period | None = None
    before: Period | None = None  #: for a `change`: the period that `period` is compared with
    thresholds: tuple[Threshold, ...] = ()
    order: Direction | None = None
    limit: int | None = None
    limit_within: str = ""  #: the limit holds within each value of this field, e.g. 3 users per region
    calculation: Calculation | None = None
    window_months: int = 3  #: of a moving average
    with_terminated: bool = False  #: the question says that terminated WorkSpaces count too
    is_count_of_groups: bool = False  #: how many groups there are, e.g. WorkSpaces that cost more than 100 USD
    is_row_per_workspace: bool = False  #: a list of something of WorkSpaces, a row for each, though its id is not shown
    idle_days: int | None = None  #: only WorkSpaces nobody connected to for more than so many days, or ever


class CannotAnswer(WorkbenchError):
    """The semantic query has no SQL on this mart; says why, for the asker."""


def validated(query: SemanticQuery) -> SemanticQuery:
    """Return `query` if all its names exist. Raises CannotAnswer."""
    if query.metric not in METRICS:
        raise CannotAnswer(f"There is no measure {query.metric!r}.")
    for name in (*query.by, *(c.field for c in query.where)):
        if name not in FIELDS and not name.startswith("tag:"):
            raise CannotAnswer(f"There is no field {name!r}.")
    return query
