"""The chart of one WorkSpace: cost by month, with the hours in the hover."""

from __future__ import annotations

import holoviews as hv
import pandas as pd
from bokeh.models import HoverTool

from app.charts.figure import Drawing, as_item, figure_options, money_ticks
from app.data.inventory import WorkspaceDetail
from app.theme import formats
from app.theme.palette import Look


def fee_colours(look: Look) -> dict[str, str]:
    """Colour by kind of fee."""
    return {"Fixed fees": look.series[0], "Hourly fees": look.series[1]}


def workspace_months(detail: WorkspaceDetail, look: Look, *, currency: str = "USD", months: int = 12) -> hv.Bars:
    """Cost of each of the last `months` months, fixed fees below hourly ones."""
    rows = [
        (formats.month(m["month"]), fee, float(cost), formats.money(cost, currency), formats.hours(m["usage_hours"]))
        for m in reversed(detail.months[:months])
        for fee, cost in (
            ("Fixed fees", m["cost"] - m["auto_stop_hours_cost"]),
            ("Hourly fees", m["auto_stop_hours_cost"]),
        )
    ]
    frame = pd.DataFrame(rows, columns=["month", "fee", "cost", "shown_cost", "shown_hours"])
    hover = HoverTool(
        tooltips=[("Month", "@month"), ("Fee", "@fee"), ("Cost", "@shown_cost"), ("Hours", "@shown_hours")]
    )
    return hv.Bars(frame, ["month", "fee"], ["cost", "shown_cost", "shown_hours"]).opts(
        hv.opts.Bars(
            **figure_options(look),
            stacked=True,
            cmap=fee_colours(look),
            line_color=look.surface,
            bar_width=0.7,
            xlabel="",
            ylabel="",
            xrotation=45,
            yformatter=money_ticks(currency),
            show_grid=True,
            gridstyle={"xgrid_line_color": None},
            tools=[hover],
        )
    )


def workspace_drawing(detail: WorkspaceDetail, look: Look, *, currency: str = "USD") -> Drawing:
    """The chart as the browser takes it; nothing for a WorkSpace without a month."""
    if not detail.months:
        return Drawing()
    return Drawing(as_item(workspace_months(detail, look, currency=currency), look), tuple(fee_colours(look).items()))
