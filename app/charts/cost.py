"""Charts of cost: by client and month, and against hours of use."""

from __future__ import annotations

import holoviews as hv
import pandas as pd
from bokeh.models import HoverTool

from app.charts.figure import figure_options, money_ticks
from app.data.overview_charts import BreakEven
from app.theme import formats
from app.theme.palette import RUNNING_MODES, Look

MOST_CLIENTS = 6
OTHERS = "Others"


def client_cost_bars(frame: pd.DataFrame, look: Look, *, currency: str = "USD", months: int = 12) -> hv.Bars:
    """Cost by client, stacked, of the last `months` months.

    frame: one row per (month, client_name) with cost. Clients beyond the MOST_CLIENTS dearest are added up as Others.
    """
    kept = sorted(frame.month.unique())[-months:]
    frame = frame[frame.month.isin(kept)]
    by_client = frame.groupby("client_name").cost.sum().sort_values(ascending=False)
    # One client left over keeps its name: "Others" would hide it for nothing.
    named = list(by_client.index) if len(by_client) <= MOST_CLIENTS + 1 else list(by_client.index[:MOST_CLIENTS])
    clients = frame.client_name.where(frame.client_name.isin(named), OTHERS)
    stacked = frame.assign(client=clients).groupby(["month", "client"], as_index=False).cost.sum()
    order = [*named, OTHERS] if (clients == OTHERS).any() else named
    place = {client: number for number, client in enumerate(order)}
    stacked = stacked.assign(place=stacked.client.map(place)).sort_values(["month", "place"])
    stacked["shown_month"] = [formats.month(month) for month in stacked.month]
    stacked["shown_cost"] = [formats.money(cost, currency) for cost in stacked.cost]
    colours = {c: look.rest if c == OTHERS else look.series[place[c] % len(look.series)] for c in order}
    hover = HoverTool(tooltips=[("Month", "@shown_month"), ("Client", "@client"), ("Cost", "@shown_cost")])
    bars = hv.Bars(stacked, ["shown_month", "client"], ["cost", "shown_cost"])
    return bars.opts(
        hv.opts.Bars(
            **figure_options(look),
            stacked=True,
            cmap=colours,
            line_color=look.surface,
            line_width=1,
            bar_width=0.72,
            xlabel="",
            ylabel="",
            xrotation=45,
            yformatter=money_ticks(currency),
            show_grid=True,
            gridstyle={"xgrid_line_color": None},
            legend_position="right",
            tools=[hover],
        )
    )


def hours_against_cost(
    frame: pd.DataFrame, break_even: BreakEven | None, look: Look, *, currency: str = "USD"
) -> hv.Overlay:
    """One point per WorkSpace of a month: hours of use against cost, by running mode, with the break-even as a line.

    frame: usage_hours [h], cost, running_mode, user_name, workspace_id, client_name, compute_type.
    """
    frame = frame.assign(
        shown_cost=[formats.money(cost, currency) for cost in frame.cost],
        shown_hours=[formats.hours(hours) for hours in frame.usage_hours],
    )
    hover = HoverTool(
        tooltips=[
            ("User", "@user_name"),
            ("WorkSpace", "@workspace_id"),
            ("Client", "@client_name"),
            ("Type", "@compute_type"),
            ("Hours", "@shown_hours"),
            ("Cost", "@shown_cost"),
        ]
    )
    layers: list[hv.Element] = []
    said = ["cost", "user_name", "workspace_id", "client_name", "compute_type", "shown_cost", "shown_hours"]
    for mode, colour in RUNNING_MODES.items():
        of_mode = frame[frame.running_mode.fillna("MANUAL") == mode]
        if len(of_mode):
            points = hv.Scatter(of_mode, "usage_hours", said, label=mode)
            # Bokeh's legend shows what is drawn; alpha lets thousands of points show where they crowd.
            layers.append(points.opts(color=look.series[colour], size=6, alpha=0.65, line_color=None, tools=[hover]))
    if break_even:
        layers.append(hv.VLine(break_even.median_hours).opts(color=look.warning, line_width=1.5, line_dash="dashed"))
    return hv.Overlay(layers).opts(
        hv.opts.Overlay(
            **figure_options(look),
            xlabel="Hours of use in the month",
            ylabel="",
            yformatter=money_ticks(currency),
            show_grid=True,
            legend_position="top_right",
            padding=0.04,
        )
    )
