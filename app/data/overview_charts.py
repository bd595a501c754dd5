"""The frames behind the overview's charts and lists. Floats here are for drawing; figures in words stay Decimal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import pandas as pd

from app.data.overview import SHOWN_MONTHS, Overview, overview
from workbench.marts import Mart

MOST_POINTS = 3000
MOST_SAVINGS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakEven:
    """Hours per month above which ALWAYS_ON costs less, over the WorkSpaces in use."""

    median_hours: float
    least_hours: float
    most_hours: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFreshness:
    """How old each kind of data of one account is. `reads` maps sync_type to (last success, is failing)."""

    account_id: str
    account_name: str
    client_name: str
    reads: dict[str, tuple[datetime | None, bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """One change of running mode that would save money; by list price, mean per month."""

    workspace_id: str
    user_name: str | None
    client_name: str
    compute_type: str
    running_mode: str
    recommended_mode: str
    mean_hours: Decimal
    break_even_hours: Decimal
    saving_usd: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewCharts:
    """All that the overview shows of one mart version."""

    overview: Overview
    client_cost: pd.DataFrame  #: one row per (month, client_name): cost; the main currency alone
    month_hours: pd.DataFrame  #: one row per month: usage_hours, used_workspaces, workspaces
    hours_and_cost: pd.DataFrame  #: one row per WorkSpace of the last complete month, at most MOST_POINTS
    billed_workspaces: int  #: how many WorkSpaces that month has; more than the rows above means a sample
    client_modes: pd.DataFrame  #: one row per (client_name, running_mode): workspaces
    break_even: BreakEven | None
    freshness: list[AccountFreshness]
    savings: list[Saving]


def overview_charts(mart: Mart) -> OverviewCharts:
    """Read everything the overview shows."""
    figures = overview(mart)
    cost = pd.DataFrame(
        [
            (row.month, row.client_name, float(row.cost))
            for row in figures.cost_by_client_month
            if row.currency == figures.totals.currency
        ],
        columns=["month", "client_name", "cost"],
    )
    month_hours = mart.frame("overview/hours_by_month", months=SHOWN_MONTHS)
    points = mart.frame("overview/hours_against_cost", most_rows=MOST_POINTS + 1)
    break_even = mart.row("overview/break_even")
    return OverviewCharts(
        overview=figures,
        client_cost=cost,
        month_hours=month_hours.assign(usage_hours=month_hours.usage_hours.astype(float)),
        hours_and_cost=points.head(MOST_POINTS).assign(
            usage_hours=points.usage_hours.astype(float), cost=points.cost.astype(float)
        ),
        billed_workspaces=len(points),
        client_modes=mart.frame("overview/running_modes_by_client"),
        break_even=BreakEven(**break_even) if break_even and break_even["median_hours"] is not None else None,
        freshness=_by_account(mart.rows("overview/freshness_by_account")),
        savings=[Saving(**row) for row in mart.rows("overview/largest_savings", most_rows=MOST_SAVINGS)],
    )


def _by_account(rows: list[dict[str, Any]]) -> list[AccountFreshness]:
    accounts: dict[str, AccountFreshness] = {}
    for row in rows:
        account = accounts.setdefault(
            row["account_id"],
            AccountFreshness(
                account_id=row["account_id"],
                account_name=row["account_name"],
                client_name=row["client_name"],
                reads={},
            ),
        )
        account.reads[row["sync_type"]] = (row["last_success_at"], row["is_failing"])
    return list(accounts.values())
