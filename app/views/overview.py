"""The overview: key figures, four charts, the largest savings and how fresh the data are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import panel as pn
import param

from app.charts.figure import Drawing
from app.data.overview_charts import OverviewCharts
from app.theme import formats
from app.theme.palette import LIGHT, Look
from app.views.kpi import key_figures
from app.views.markup import markup_pane, show
from app.views.plot_card import PlotCard, card

KINDS = ("inventory", "usage", "billing", "cloudtrail")

Drawings = Callable[[Look], dict[str, Drawing]]
"""Gives the charts by name in a look; one that has nothing to draw is left out."""


class OverviewView(pn.viewable.Viewer):
    """One mart version, laid out once; a change of `look` redraws the charts alone."""

    look = param.ClassSelector(class_=Look, default=LIGHT)

    def __init__(self, charts: OverviewCharts, drawings: Drawings, *, now: datetime, **params: object) -> None:
        super().__init__(**params)
        totals = charts.overview.totals
        self._drawings = drawings
        self._savings = markup_pane("savings", savings=charts.savings, theme=self._theme)
        self._charts = charts
        last = formats.month(totals.last_month)
        sample = len(charts.hours_and_cost)
        of_all = f"an even sample of {formats.count(sample)}" if charts.billed_workspaces > sample else "each WorkSpace"
        turn = charts.break_even
        break_even = f"; dashed: above {turn.median_hours:.0f} h always on costs less" if turn else ""
        in_currency = "" if totals.currency == "USD" else f" in {totals.currency}"
        self.charts = {
            "client_cost": PlotCard("Cost by client", f"Last 12 months, the running one so far{in_currency}"),
            "month_hours": PlotCard("Hours of use", "All WorkSpaces, last 12 months, the running one so far"),
            "hours_and_cost": PlotCard(f"Hours against cost, {last}", f"{of_all[0].upper()}{of_all[1:]}{break_even}"),
            "client_modes": PlotCard("Running modes by client", "WorkSpaces that exist now"),
        }
        cards = [
            *self.charts.values(),
            card(self._savings),
            card(self._freshness(charts, now)),
        ]
        self._layout = pn.Column(
            markup_pane("kpi_strip", figures=key_figures(totals)),
            pn.FlexBox(*cards, gap="16px", align_items="stretch", sizing_mode="stretch_width", margin=(16, 0, 0, 0)),
            sizing_mode="stretch_width",
            margin=0,
        )
        self._redraw()

    def __panel__(self) -> pn.viewable.Viewable:
        """The layout, always the same."""
        return self._layout

    @property
    def _theme(self) -> str:
        return "dark" if self.look.mode == "dark" else "default"

    @param.depends("look", watch=True)
    def _redraw(self) -> None:
        drawn = self._drawings(self.look)
        with pn.io.hold():
            for name, chart in self.charts.items():
                chart.drawing = drawn.get(name, Drawing())
            show(self._savings, "savings", savings=self._charts.savings, theme=self._theme)

    @staticmethod
    def _freshness(charts: OverviewCharts, now: datetime) -> pn.pane.HTML:
        kinds = [kind for kind in KINDS if any(kind in account.reads for account in charts.freshness)]
        others = sorted({kind for account in charts.freshness for kind in account.reads} - set(KINDS))
        return markup_pane("freshness", accounts=charts.freshness, kinds=[*kinds, *others], now=now)
