"""What the overview page and `GET /api/v1/dashboard` show: the same figures from the same function.

All of it is a function of one mart's version, so it can be kept until the next version is published.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal

from app.data.as_json import Json, as_json
from workbench.marts import Mart

SHOWN_MONTHS = 13  #: the running month and the twelve before it


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """The headline figures. Costs are in `currency`, hours in hours; "last month" is the last complete one."""

    as_of: datetime  #: instant of the data, UTC
    this_month: date
    last_month: date
    currency: str
    other_currencies: list[str] | None  #: of fee lines that the costs here leave out; None when there are none
    clients: int
    accounts: int
    workspaces: int  #: alive and in the inventory
    unhealthy_workspaces: int
    connected_workspaces: int
    this_month_cost: Decimal  #: so far
    last_month_cost: Decimal
    month_before_cost: Decimal
    is_last_month_estimated: bool
    last_month_hours: Decimal
    unused_workspaces: int  #: nobody connected for 30 days or ever
    unused_last_month_cost: Decimal
    mode_changes: int  #: WorkSpaces whose other running mode would have cost less
    mode_saving_usd: Decimal  #: mean per month, by list price

    @property
    def cost_change(self) -> Decimal:
        """What the last complete month cost more than the one before it."""
        return self.last_month_cost - self.month_before_cost


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientMonthCost:
    """What one client cost in one month."""

    month: date
    client_id: int
    client_name: str
    currency: str
    cost: Decimal
    billed_workspaces: int
    is_estimated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningModeCount:
    """WorkSpaces that are alive, by running mode and region."""

    running_mode: str
    region: str
    workspaces: int
    last_month_cost: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How old one kind of data is over all its accounts and regions ("places")."""

    sync_type: str
    places: int
    failing_places: int
    oldest_success_at: datetime | None  #: of the least fresh place; None while one was never read completely
    newest_success_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The overview of one mart version."""

    totals: Totals
    cost_by_client_month: list[ClientMonthCost]  #: by month, then client
    running_modes: list[RunningModeCount]
    freshness: list[Freshness]

    def to_json(self) -> dict[str, Json]:
        """The overview as JSON has it; the change of cost is worked out for those who cannot subtract strings."""
        return {
            "totals": {
                **{field.name: as_json(getattr(self.totals, field.name)) for field in fields(self.totals)},
                "cost_change": as_json(self.totals.cost_change),
            },
            "cost_by_client_month": as_json(self.cost_by_client_month),
            "running_modes": as_json(self.running_modes),
            "freshness": as_json(self.freshness),
        }


def overview(mart: Mart) -> Overview:
    """The overview of what `mart` holds."""
    (totals,) = mart.rows("overview/totals")
    return Overview(
        totals=Totals(**totals),
        cost_by_client_month=[
            ClientMonthCost(**row) for row in mart.rows("overview/cost_by_client_month", months=SHOWN_MONTHS)
        ],
        running_modes=[RunningModeCount(**row) for row in mart.rows("overview/running_modes")],
        freshness=[Freshness(**row) for row in mart.rows("overview/freshness")],
    )
