"""The inventory: filters, a table paged by the server, a download, and a drawer with one WorkSpace in full."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pandas as pd
import panel as pn
import panel_material_ui as pmui
import param
from bokeh.models.widgets.tables import DateFormatter, NumberFormatter

from app.charts.figure import Drawing
from app.data.inventory import WorkspaceDetail, WorkspaceFilters
from app.data.inventory_table import FILTERS, FilterChoices, InventoryFilters, as_csv
from app.theme import formats
from app.theme.palette import LIGHT, Look
from app.views.filter_bar import FilterBar
from app.views.markup import markup_pane, show
from app.views.plot_card import PlotCard, card
from app.views.table import table
from workbench.errors import WorkbenchError

PAGE_SIZE = 25
HEIGHT = 37 * PAGE_SIZE + 96  #: all rows of a page with header and pages, so that nothing scrolls in itself
OPEN = '<button type="button" class="open" aria-label="Show details">›</button>'
TITLES = {
    "user_name": "User",
    "workspace_id": "WorkSpace",
    "client_name": "Client",
    "account_name": "Account",
    "region": "Region",
    "state": "State",
    "running_mode": "Running mode",
    "compute_type": "Type",
    "last_month_hours": "Hours",
    "last_month_cost": "Cost",
    "last_connected_at": "Last connected",
    "created_at": "Created",
}
WIDTHS = {
    "workspace_id": 136,
    "region": 118,
    "state": 122,
    "running_mode": 122,
    "compute_type": 132,
    "last_month_hours": 84,
    "last_month_cost": 96,
    "last_connected_at": 142,
    "created_at": 104,
}
SOURCES = {"cloudtrail": "CloudTrail", "cur": "the first bill", "first_seen": "the first time it was seen"}


class InventoryView(pn.viewable.Viewer):
    """The table follows `filters`; `workspace` is the one whose details are open, empty for none."""

    filters = param.ClassSelector(class_=InventoryFilters, allow_None=False)
    workspace = param.String(doc="workspace_id of the open details.")
    look = param.ClassSelector(class_=Look, default=LIGHT)
    rows = param.DataFrame(doc="Rows that pass the filters; shared with other sessions, never changed.")

    def __init__(
        self,
        *,
        choices: FilterChoices,
        load: Callable[[WorkspaceFilters], pd.DataFrame],
        find: Callable[[str], WorkspaceDetail | None],
        draw: Callable[[WorkspaceDetail, Look], Drawing],
        total: int,
        currency: str,
        **params: object,
    ) -> None:
        super().__init__(**params)
        self._load, self._find, self._draw, self._total, self._currency = load, find, draw, total, currency
        self.rows = load(self.filters.chosen())
        self.count = markup_pane("count", shown=len(self.rows), total=total)
        self.problem = markup_pane("nothing")
        self.table = table(
            self._shown(),
            titles=TITLES,
            widths=WIDTHS,
            page_size=PAGE_SIZE,
            height=HEIGHT,
            buttons={"open": OPEN},
            formatters={
                "last_month_cost": NumberFormatter(format="0,0.00", text_align="right"),
                "last_month_hours": NumberFormatter(format="0,0.0", text_align="right"),
                "last_connected_at": DateFormatter(format="%Y-%m-%d %H:%M", nan_format=formats.NONE),
                "created_at": DateFormatter(format="%Y-%m-%d", nan_format=formats.NONE),
            },
        )
        self.table.on_click(self._clicked)
        self.download = pmui.FileDownload(
            callback=lambda: BytesIO(as_csv(self.rows).encode()),
            filename="workspaces.csv",
            label="Download CSV",
            icon="download",
            variant="text",
            size="small",
            margin=0,
        )
        self.bar = FilterBar(choices, filters=self.filters)
        self.detail = markup_pane("nothing")
        self.chart = PlotCard("Cost by month", height=210)
        self.drawer = pmui.Drawer(self.detail, self.chart, anchor="right", size=520, open=False, variant="temporary")
        head = pn.Row(self.count, self.download, sizing_mode="stretch_width", margin=(8, 12, 0, 16))
        self._layout = pn.Column(
            self.bar,
            self.problem,
            card(head, self.table, grow="none"),
            self.drawer,
            sizing_mode="stretch_width",
            margin=0,
            styles={"gap": "12px"},
        )
        self.filters.param.watch(self._filter, list(FILTERS))
        self.drawer.param.watch(self._closed, "open")
        self._open()

    def __panel__(self) -> pn.viewable.Viewable:
        """The layout, always the same."""
        return self._layout

    def _shown(self) -> pd.DataFrame:
        return self.rows[list(TITLES)]

    def _filter(self, *_: object) -> None:
        try:
            self.rows = self._load(self.filters.chosen())
        except WorkbenchError as error:
            show(self.problem, "alert", tone="bad", title=error.what, text=error.do)
            return
        with pn.io.hold():
            show(self.problem, "nothing")
            show(self.count, "count", shown=len(self.rows), total=self._total)
            self.table.page = 1
            self.table.value = self._shown()

    def _clicked(self, event: object) -> None:
        self.workspace = str(self.rows.workspace_id.iloc[event.row])  # type: ignore[attr-defined]

    def _closed(self, event: object) -> None:
        if not self.drawer.open:
            self.workspace = ""

    @param.depends("workspace", "look", watch=True)
    def _open(self) -> None:
        if not self.workspace:
            self.drawer.open = False
            return
        try:
            detail = self._find(self.workspace)
        except WorkbenchError as error:
            show(self.problem, "alert", tone="bad", title=error.what, text=error.do)
            return
        with pn.io.hold():
            if detail is None:
                show(
                    self.detail,
                    "state",
                    title="No such WorkSpace",
                    what=f"{self.workspace} is not among those you see.",
                    remedies=[],
                )
                self.chart.drawing = Drawing()
            else:
                show(
                    self.detail,
                    "workspace_detail",
                    w=detail.workspace,
                    months=detail.months,
                    events=detail.events,
                    tags=detail.tags,
                    sources=SOURCES,
                    currency=self._currency,
                )
                self.chart.drawing = self._draw(detail, self.look)
            self.chart.visible = bool(self.chart.drawing.item)
            self.drawer.open = True
