"""The chart of an answer: bars for names, a line for months and days; none where a chart would say nothing."""

from __future__ import annotations

import re

import holoviews as hv
from bokeh.models import HoverTool

from app.charts.figure import Drawing, as_item, figure_options, money_ticks, number_ticks
from app.data.answers import AnswerTable
from app.theme import formats
from app.theme.palette import Look

MOST_BARS = 25
_DATE = re.compile(r"^\d{4}-\d{2}(-\d{2})?( \d{2}:\d{2})?$")


def answer_chart(table: AnswerTable, look: Look) -> hv.Element | None:
    """The first column of numbers over the first column of names; None without both or with a single row.

    Dates make a line in their own order; other names make bars, at most MOST_BARS, in the order of the rows.
    """
    names = [name for name in table.rows.columns if name not in table.numbers]
    if not names or not table.numbers or len(table.rows) < 2:
        return None
    name, number = names[0], table.numbers[0]
    rows = table.rows[[name, number]].dropna()
    is_time = len(rows) > 0 and all(_DATE.match(text) for text in rows[name])
    # Several rows of one name are split by another column: one axis cannot show that.
    if len(rows) < 2 or rows[name].duplicated().any():
        return None
    is_money = number in table.money
    rows = rows.assign(shown=[formats.money(v) if is_money else f"{v:,.10g}" for v in rows[number]])
    # HoloViews reads braces and spaces in names as its own; neutral names keep any column name possible.
    rows = rows.set_axis(["name", "number", "shown"], axis=1)
    hover = HoverTool(tooltips=[(_plain(name), "@name"), (_plain(number), "@shown")])
    ticks = money_ticks("USD") if is_money else number_ticks()
    if is_time:
        rows = rows.sort_values("name")
        line = hv.Curve(rows, "name", ["number", "shown"])
        return line.opts(
            hv.opts.Curve(
                **figure_options(look),
                color=look.series[0],
                line_width=2,
                xlabel="",
                ylabel="",
                xrotation=45,
                yformatter=ticks,
                show_grid=True,
                tools=[hover],
            )
        )
    bars = hv.Bars(rows.head(MOST_BARS).iloc[::-1], "name", ["number", "shown"])
    return bars.opts(
        hv.opts.Bars(
            **figure_options(look),
            invert_axes=True,
            color=look.series[0],
            line_color=None,
            bar_width=0.7,
            xlabel="",
            ylabel="",
            xformatter=ticks,
            show_grid=True,
            gridstyle={"ygrid_line_color": None},
            tools=[hover],
        )
    )


def answer_drawing(table: AnswerTable, look: Look) -> Drawing:
    """The chart as the browser takes it; empty when there is none."""
    chart = answer_chart(table, look)
    return Drawing() if chart is None else Drawing(as_item(chart, look))


def _plain(name: str) -> str:
    """A column's name as a label; Bokeh reads @ and $ in it as fields."""
    return name.replace("_", " ").replace("@", "").replace("$", "")
