"""The one kind of table: paged by the server, columns of fixed width, quiet in both looks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import panel as pn

from app.views.markup import stylesheet


def table(
    rows: pd.DataFrame,
    *,
    titles: Mapping[str, str],
    widths: Mapping[str, int],
    page_size: int,
    height: int,
    buttons: Mapping[str, str] | None = None,
    formatters: Mapping[str, Any] | None = None,
    has_pages: bool = True,
) -> pn.widgets.Tabulator:
    """A table of `rows`; columns without a width share what is left, but are never narrower than 120 pixels."""
    return pn.widgets.Tabulator(
        rows,
        titles=dict(titles),
        widths={**widths, **dict.fromkeys(buttons or {}, 44)},
        buttons=dict(buttons or {}),
        formatters=dict(formatters or {}),
        layout="fit_columns",
        pagination="remote" if has_pages else None,
        page_size=page_size,
        show_index=False,
        disabled=True,
        selectable=False,
        sizing_mode="stretch_width",
        height=height,
        margin=(0, 4),
        theme="simple",
        stylesheets=[stylesheet("table")],
        configuration={
            "columnDefaults": {"minWidth": 60, "resizable": "header"},
            "placeholder": "Nothing to show",
        },
    )
