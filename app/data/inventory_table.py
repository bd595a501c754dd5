"""The inventory as a table: filters that a page and its address share, and the rows that pass them."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import pandas as pd
import param

from app.data.inventory import WorkspaceFilters
from workbench.marts import Mart

MOST_ROWS = 100_000

# The columns of the table and of the download, in this order.
COLUMNS = [
    "workspace_id",
    "user_name",
    "client_name",
    "account_name",
    "region",
    "state",
    "running_mode",
    "compute_type",
    "last_month_hours",
    "last_month_cost",
    "last_connected_at",
    "created_at",
    "computer_name",
    "account_id",
]


class InventoryFilters(param.Parameterized):
    """What is looked for; an empty string leaves a filter open. Each is also a parameter of the page's address."""

    q = param.String(doc="Part of an id, a user or a computer name.")
    client = param.String()
    region = param.String()
    state = param.String()
    running_mode = param.String()
    compute_type = param.String()

    def chosen(self) -> WorkspaceFilters:
        """The filters as a query takes them."""
        values = {name: getattr(self, name).strip() or None for name in FILTERS}
        return WorkspaceFilters(**values)


FILTERS = ("q", "client", "region", "state", "running_mode", "compute_type")


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterChoices:
    """The values that occur, sorted, by filter."""

    client: list[str]
    region: list[str]
    state: list[str]
    running_mode: list[str]
    compute_type: list[str]


def filter_choices(mart: Mart) -> FilterChoices:
    """The values that each filter can take."""
    choices: dict[str, list[str]] = {name: [] for name in FILTERS if name != "q"}
    for row in mart.rows("inventory/filter_choices"):
        choices[row["filter"]].append(row["choice"])
    return FilterChoices(**choices)


def inventory_rows(mart: Mart, filters: WorkspaceFilters) -> pd.DataFrame:
    """All WorkSpaces that pass, dearest first, columns COLUMNS; cost in the bill's currency, hours in hours, as floats.

    Instants are UTC without a zone, as the table and the download show them.
    """
    rows = mart.frame(
        "inventory/workspaces",
        **asdict(filters),
        sort="last_month_cost",
        descending=True,
        after_text=None,
        after_number=None,
        after_id=None,
        most_rows=MOST_ROWS,
    )
    rows = rows[rows.workspace_id.notna()][COLUMNS].reset_index(drop=True)
    # A column of nothing but NULL has no type of its own.
    instants = {
        name: pd.to_datetime(rows[name], utc=True).dt.tz_localize(None) for name in ("last_connected_at", "created_at")
    }
    return rows.assign(
        **instants,
        last_month_cost=rows.last_month_cost.astype(float).round(2),
        last_month_hours=rows.last_month_hours.astype(float).round(1),
    )


def as_csv(rows: pd.DataFrame) -> str:
    """`rows` as CSV. A text that a spreadsheet would take for a formula gets an apostrophe in front."""
    texts = {
        name: rows[name].where(~rows[name].str.startswith(("=", "+", "-", "@", "\t", "\r"), na=False), "'" + rows[name])
        for name in rows.columns
        if pd.api.types.is_string_dtype(rows[name])
    }
    text: str = rows.assign(**texts).to_csv(index=False, date_format="%Y-%m-%dT%H:%M:%SZ")
    return text
