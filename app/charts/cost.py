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


def client_colours(frame: pd.DataFrame, look: Look) -> dict[str, str]:
    """Colour by client, the dearest first; beyond MOST_CLIENTS they share the one of Others.

    frame: one row per (month, client_name) with cost.
    """
    clients = list(frame.groupby("client_name").cost.sum().sort_values(ascending=False).index)
    # One client left over keeps its name: "Others" would hide it for nothing.
    named = clients if len(clients) <= MOST_CLIENTS + 1 else clients[:MOST_CLIENTS]
    colours = dict(zip(named, look.series, strict=False))
    return colours if len(named) == len(clients) else colours | {OTHERS: look.rest}


def last_months(frame: pd.DataFrame, months: int) -> pd.DataFrame:
    """The rows of the last `months` months that occur."""
    return frame[frame.month.isin(sorted(frame.month.unique())[-months:])]


def client_cost_bars(frame: pd.DataFrame, look: Look, *, currency: str = "USD") -> hv.Bars:
    """Cost by client, stacked, the dearest at the bottom.

    frame: one row per (month, client_name) with cost.
    """
    colours = client_colours(frame, look)
    clients = frame.client_name.where(frame.client_name.isin(colours), OTHERS)
    stacked = frame.assign(client=clients).groupby(["month", "client"], as_index=False).cost.sum()
    places = {client: place for place, client in enumerate(colours)}
    stacked = stacked.assign(place=stacked.client.map(places)).sort_values(["month", "place"])
    stacked["shown_month"] = [formats.month(month) for month in stacked.month]
    stacked["shown_cost"] = [formats.money(cost, currency) for cost in stacked.cost]
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
            padding=0.04,
        )
    )
