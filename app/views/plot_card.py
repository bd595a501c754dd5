"""A card with a heading and a chart of fixed height."""

from __future__ import annotations

import panel as pn
import param

from app.charts.figure import Drawing
from app.views.markup import markup_pane, show
from app.views.plot import Plot

CARD = {
    "background": "var(--mui-palette-background-paper)",
    "border": "1px solid var(--mui-palette-divider)",
    "border-radius": "8px",
    "overflow": "hidden",
    "align-self": "stretch",
    "height": "auto",
}


def card(*content: pn.viewable.Viewable, grow: str = "1 1 460px") -> pn.Column:
    """A card that shares its row with others; `grow` is its CSS flex."""
    return pn.Column(
        *content, sizing_mode="stretch_width", margin=0, styles={**CARD, "flex": grow, "min-width": "min(100%, 300px)"}
    )


class PlotCard(pn.viewable.Viewer):
    """A card with a heading, a legend and a chart of fixed height; `drawing` can be replaced."""

    drawing = param.ClassSelector(class_=Drawing, default=Drawing())

    def __init__(
        self,
        title: str,
        note: str = "",
        *,
        height: int = 300,
        margin: int | tuple[int, ...] = 0,
        grow: str = "1 1 460px",
        **params: object,
    ) -> None:
        super().__init__(**params)
        self._title, self._note = title, note
        self.head = markup_pane("card_head", title=title, note=note, legend=())
        self.plot = Plot(label=f"{title}. {note}", height=height, sizing_mode="stretch_width", margin=(2, 8, 6, 8))
        self._layout = card(self.head, self.plot, grow=grow)
        self._layout.margin = margin
        self._redraw()

    def __panel__(self) -> pn.viewable.Viewable:
        """The card, always the same."""
        return self._layout

    @param.depends("drawing", watch=True)
    def _redraw(self) -> None:
        show(self.head, "card_head", title=self._title, note=self._note, legend=self.drawing.legend)
        self.plot.item = self.drawing.item
