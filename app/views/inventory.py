"""The inventory: filters, a table paged by the server, a download, and a drawer with one WorkSpace in full."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pandas as pd
import panel as pn
import panel_material_ui as pmui
import param

from app.charts.figure import Drawing
from app.data.inventory import WorkspaceDetail, WorkspaceFilters
from app.data.inventory_table import FILTERS, FilterChoices, InventoryFilters, as_csv
from app.data.overview import Totals
from app.theme import formats
from app.theme.palette import LIGHT, Look
from app.views.filter_bar import FilterBar
from app.views.markup import markup_pane, show
from app.views.plot_card import PlotCard, card
from app.views.table import Column, Table
from workbench.errors import WorkbenchError

PAGE_SIZE = 25
SOURCES = {"cloudtrail": "CloudTrail", "cur": "the first bill", "first_seen": "the first time it was seen"}


class InventoryView(pn.viewable.Viewer):
    """The table follows `filters`; `workspace` is the one whose details are open, empty for none."""

    filters = param.ClassSelector(class_=InventoryFilters, default=InventoryFilters(), instantiate=True)
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
        totals: Totals,
        **params: object,
    ) -> None:
        super().__init__(**params)
        self._load, self._find, self._draw, self._total = load, find, draw, total
        self._currency = totals.currency
        self.rows = load(self.filters.chosen())
        self.count = markup_pane("count", shown=len(self.rows), total=total)
        self.problem = markup_pane("nothing")
        self.table = Table(
            _columns(totals),
            rows=self.rows,
            label="WorkSpaces",
            page_size=PAGE_SIZE,
            on_open=lambda place: self.param.update(workspace=str(self.rows.workspace_id.iloc[place])),
        )
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
        self.detail, self.history = markup_pane("nothing"), markup_pane("nothing")
        self.chart = PlotCard("Cost by month", height=210, margin=(0, 16), grow="none")
        close = pmui.Button(label="Close", icon="close", variant="text", size="small", margin=(10, 12, 0, 12))
        close.on_click(self._close)
        self.drawer = pmui.Drawer(
            close,
            self.detail,
            self.chart,
            self.history,
            anchor="right",
            size=520,
            variant="temporary",
            sx={"maxWidth": "100vw", "backgroundImage": "none"},
        )
        head = pn.Row(self.count, self.download, sizing_mode="stretch_width", margin=(8, 12, 0, 16))
        self._layout = pn.Column(
            self.bar,
            self.problem,
            card(head, self.table.__panel__(), grow="none"),
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

    def _filter(self, *_: object) -> None:
        try:
            self.rows = self._load(self.filters.chosen())
        except WorkbenchError as error:
            show(self.problem, "alert", tone="bad", title=error.what, text=error.do)
            return
        with pn.io.hold():
            show(self.problem, "nothing")
            show(self.count, "count", shown=len(self.rows), total=self._total)
            self.table.rows = self.rows

    def _close(self, _: object) -> None:
        self.workspace = ""

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
                what = f"{self.workspace} is not among those you see."
                show(self.detail, "state", title="No such WorkSpace", what=what, remedies=[])
                show(self.history, "nothing")
                self.chart.drawing = Drawing()
            else:
                show(self.detail, "workspace_detail", w=detail.workspace, tags=detail.tags, sources=SOURCES)
                show(
                    self.history,
                    "workspace_history",
                    months=detail.months,
                    events=detail.events,
                    currency=self._currency,
                )
                self.chart.drawing = self._draw(detail, self.look)
            self.chart.__panel__().visible = bool(self.chart.drawing.item)
            self.drawer.open = True


def _columns(totals: Totals) -> list[Column]:
    month, currency = f"{totals.last_month:%b}", totals.currency
    return [
        Column(name="user_name", title="User", width=120),
        Column(name="workspace_id", title="WorkSpace", width=116),
        Column(name="client_name", title="Client", width=150),
        Column(name="region", title="Region", width=104),
        Column(name="state", title="State", width=100, write=formats.words),
        Column(name="running_mode", title="Running mode", width=100, write=formats.words),
        Column(name="compute_type", title="Type", width=104, write=formats.words),
        Column(name="last_month_hours", title=f"Hours, {month}", width=84, is_number=True, write="{:,.1f}".format),
        Column(
            name="last_month_cost",
            title=f"Cost, {month}",
            width=92,
            is_number=True,
            write=lambda cost: formats.money(cost, currency),
        ),
        Column(name="last_connected_at", title="Last connected", width=122, write="{:%Y-%m-%d %H:%M}".format),
        Column(name="created_at", title="Created", width=82, write=formats.day),
    ]
