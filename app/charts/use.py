"""Charts of use: hours by month, and running modes by client."""

from __future__ import annotations

import holoviews as hv
import pandas as pd
from bokeh.models import HoverTool

from app.charts.figure import figure_options, number_ticks
from app.theme import formats
from app.theme.palette import RUNNING_MODES, Look


def mode_colours(look: Look) -> dict[str, str]:
    """Colour by running mode, the same on every chart."""
    return {mode: look.series[place] for mode, place in RUNNING_MODES.items()}


def month_hours_bars(frame: pd.DataFrame, look: Look) -> hv.Bars:
    """Hours of use by month. frame: one row per month with usage_hours [h] and used_workspaces."""
    frame = frame.sort_values("month")
    frame = frame.assign(
        shown_month=[formats.month(month) for month in frame.month],
        shown_hours=[formats.hours(hours) for hours in frame.usage_hours],
    )
    hover = HoverTool(
        tooltips=[("Month", "@shown_month"), ("Hours of use", "@shown_hours"), ("WorkSpaces used", "@used_workspaces")]
    )
    return hv.Bars(frame, "shown_month", ["usage_hours", "shown_hours", "used_workspaces"]).opts(
        hv.opts.Bars(
            **figure_options(look),
            color=look.series[2],
            line_color=None,
            bar_width=0.72,
            xlabel="",
            ylabel="",
            xrotation=45,
            yformatter=number_ticks(),
            show_grid=True,
            gridstyle={"xgrid_line_color": None},
            tools=[hover],
        )
    )


def client_mode_bars(frame: pd.DataFrame, look: Look) -> hv.Bars:
    """WorkSpaces by client, stacked by running mode, the largest client on top.

    frame: one row per (client_name, running_mode) with workspaces.
    """
    size = frame.groupby("client_name").workspaces.sum().sort_values()
    place = {client: number for number, client in enumerate(size.index)}
    modes = {mode: number for number, mode in enumerate(RUNNING_MODES)}
    frame = frame.assign(
        client_place=frame.client_name.map(place), mode_place=frame.running_mode.map(modes).fillna(len(modes))
    ).sort_values(["client_place", "mode_place"])
    colours = dict.fromkeys(frame.running_mode, look.rest) | mode_colours(look)
    hover = HoverTool(
        tooltips=[("Client", "@client_name"), ("Running mode", "@running_mode"), ("WorkSpaces", "@workspaces")]
    )
    return hv.Bars(frame, ["client_name", "running_mode"], "workspaces").opts(
        hv.opts.Bars(
            **figure_options(look),
            stacked=True,
            invert_axes=True,
            cmap=colours,
            line_color=look.surface,
            line_width=1,
            bar_width=0.66,
            xlabel="",
            ylabel="",
            xformatter=number_ticks(),
            show_grid=True,
            gridstyle={"ygrid_line_color": None},
            tools=[hover],
        )
    )
