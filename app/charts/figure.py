"""Turns HoloViews elements into the text that a browser draws, in the workbench's look.

A figure is worked out once per mart version and mode and sent as it is to every session: rendering HoloViews for each
session costs 0.5 s of CPU a page, sending kept text 0.02 s.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, cast

import holoviews as hv
from bokeh.core.enums import SizingModeType
from bokeh.embed import json_item
from bokeh.models import Axis, NumeralTickFormatter, Toolbar
from bokeh.plotting import figure as Figure

from app.theme.palette import FONT, Look

# Software WebGL, as in virtual desktops, is slower than a plain canvas at our sizes.
hv.renderer("bokeh").webgl = False

_FILL: SizingModeType = "stretch_both"


def money_ticks(currency: str) -> NumeralTickFormatter:
    """Ticks such as $1.2k; a currency other than USD stands in the chart's heading."""
    return NumeralTickFormatter(format="$0.[0]a" if currency == "USD" else "0.[0]a")


def number_ticks() -> NumeralTickFormatter:
    """Ticks such as 1.2k."""
    return NumeralTickFormatter(format="0.[0]a")


def figure_options(look: Look) -> dict[str, Any]:
    """Options of every chart: quiet tools, no logo, room to fill its card."""
    return {
        "responsive": True,
        "toolbar": "above",
        "default_tools": ["save", "reset"],
        "active_tools": [],
        "show_legend": False,
        "title": "",
    }


@dataclass(frozen=True, slots=True)
class Drawing:
    """A chart as a browser draws it, and its legend: what each colour stands for, in order."""

    item: str = ""  #: JSON of one Bokeh figure; empty when there is nothing to draw
    legend: tuple[tuple[str, str], ...] = ()


def as_item(element: hv.core.dimension.Dimensioned, look: Look) -> str:
    """`element` as the JSON of one Bokeh figure in the colours of `look`."""
    drawn = hv.render(element, backend="bokeh")
    drawn.sizing_mode = _FILL
    dress(drawn, look)
    item: dict[str, Any] = dict(json_item(drawn))
    # Definitions of Panel's own models, 150 kB that no figure refers to.
    item["doc"] = {key: value for key, value in item["doc"].items() if key != "defs"}
    return json.dumps(item, separators=(",", ":"))


def dress(drawn: Figure, look: Look) -> None:
    """Give a Bokeh figure the look's colours and type."""
    drawn.output_backend = "canvas"
    drawn.background_fill_color = drawn.border_fill_color = look.surface
    drawn.outline_line_color = None
    drawn.min_border_right = 12
    drawn.toolbar_inner = True
    for axis in cast("list[Axis]", drawn.select({"type": Axis})):
        axis.axis_line_color = look.line
        axis.major_tick_line_color = axis.minor_tick_line_color = None
        axis.major_label_text_color = look.muted
        axis.major_label_text_font = axis.axis_label_text_font = FONT
        axis.major_label_text_font_size = "12px"
        axis.axis_label_text_color = look.muted
        axis.axis_label_text_font_size = "12px"
        axis.axis_label_text_font_style = "normal"
    for grid in (*drawn.xgrid, *drawn.ygrid):
        if grid.grid_line_color is not None:
            grid.grid_line_color = look.line
    for toolbar in cast("list[Toolbar]", drawn.select({"type": Toolbar})):
        toolbar.logo = None
        toolbar.autohide = True
