"""The overview's charts, drawn in one look."""

from __future__ import annotations

import pandas as pd

from app.charts.cost import client_colours, client_cost_bars, hours_against_cost, last_months
from app.charts.figure import Drawing, as_item
from app.charts.use import client_mode_bars, mode_colours, month_hours_bars
from app.data.overview_charts import OverviewCharts
from app.theme import formats
from app.theme.palette import Look

MONTHS = 12


def overview_drawings(charts: OverviewCharts, look: Look) -> dict[str, Drawing]:
    """Each chart of the overview by name; one without rows is left out."""
    currency = charts.overview.totals.currency
    drawn: dict[str, Drawing] = {}
    cost = last_months(charts.client_cost, MONTHS)
    if len(cost):
        bars = client_cost_bars(cost, look, currency=currency)
        drawn["client_cost"] = Drawing(as_item(bars, look), tuple(client_colours(cost, look).items()))
    if len(charts.month_hours):
        drawn["month_hours"] = Drawing(as_item(month_hours_bars(last_months(charts.month_hours, MONTHS), look), look))
    if len(charts.hours_and_cost):
        points = hours_against_cost(charts.hours_and_cost, charts.break_even, look, currency=currency)
        drawn["hours_and_cost"] = Drawing(as_item(points, look), _modes(charts.hours_and_cost, look))
    if len(charts.client_modes):
        drawn["client_modes"] = Drawing(
            as_item(client_mode_bars(charts.client_modes, look), look), _modes(charts.client_modes, look)
        )
    return drawn


def _modes(rows: pd.DataFrame, look: Look) -> tuple[tuple[str, str], ...]:
    occurring = set(rows.running_mode.fillna("MANUAL"))
    return tuple((formats.words(mode), colour) for mode, colour in mode_colours(look).items() if mode in occurring)
